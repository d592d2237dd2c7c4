"""Dragging of points in a figure: sets the knobs of its view."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from entropylab.app.session import Session
from entropylab.studies.core.view import View

DRAG_IDLE_S = 0.4  # seconds without a move after which a drag counts as ended


def drag_callback(view: View, session: Session, locked: Callable[[Callable], None]) -> Callable[..., None] | None:
    """Callback that sets the knobs of a view as a point moves, and commits the question when the drag ends.

    `locked(act)` runs `act` under the document's lock. None for a view without points to drag.
    """
    if view.drag is None:
        return None
    knobs = session.question.knobs()
    timer = None

    def on_drag(index, *position):
        nonlocal timer
        changes = {}
        if len(view.drag) == 1:
            (name,) = view.drag
            changes[name] = knobs[name].moved(getattr(session.question, name), index, *position)
        else:
            for name, value in zip(view.drag, position, strict=True):
                start, end, _ = knobs[name].positions
                changes[name] = knobs[name].at(min(max(value, start), end))
        session.update(**changes)
        if timer is not None:
            timer.cancel()
        timer = asyncio.get_running_loop().call_later(DRAG_IDLE_S, locked, session.commit)

    return on_drag
