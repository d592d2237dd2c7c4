"""What a drag of a point in a picture does: it turns the knobs of the view."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from entropylab.app.session import Session
from entropylab.studies.core.view import View

REST = 0.4  # seconds without a move after which a drag has come to rest


def dragger(view: View, session: Session, locked: Callable[[Callable], None]) -> Callable[..., None] | None:
    """Turns the view's knobs as a point goes, and makes its resting place a step of undo.

    `locked(act)` runs `act` under the document's lock. None for a view without points to drag.
    """
    if view.drag is None:
        return None
    knobs = session.question.knobs()
    rest = None

    def dragged(index, *place):
        nonlocal rest
        turned = {}
        if len(view.drag) == 1:
            (name,) = view.drag
            turned[name] = knobs[name].moved(getattr(session.question, name), index, *place)
        else:
            for name, position in zip(view.drag, place, strict=True):
                start, end, _ = knobs[name].positions
                turned[name] = knobs[name].at(min(max(position, start), end))
        session.update(**turned)
        if rest is not None:
            rest.cancel()
        rest = asyncio.get_running_loop().call_later(REST, locked, session.commit)

    return dragged
