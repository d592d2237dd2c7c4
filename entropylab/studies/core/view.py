"""View: a picture of an experiment's answer, with the stages it is drawn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import holoviews as hv
import xarray as xr


@dataclass(frozen=True)
class View:
    """`draw` turns an answer into a HoloViews element, always of the same type and structure.

    `needs` names the stages whose variables it reads; `about` says in one line what to see. `drag` names the
    two knobs whose slider positions are the coordinates of the last element, a marked point: dragging it in
    the picture turns them. Or it names one knob of places, and the last element holds any number of points: a
    dragged one enters the knob by its index. `key` tells lines apart in words, each beside its colour, where a
    legend would cover them. `absent(answer)` says why there is nothing to see and what to do, and is empty where
    there is.
    """

    name: str
    title: str
    about: str
    draw: Callable[[xr.Dataset], hv.Element | hv.Overlay]
    needs: tuple[str, ...]
    drag: tuple[str] | tuple[str, str] | None = None
    key: dict[str, str] = field(default_factory=dict)
    absent: Callable[[xr.Dataset], str] = lambda answer: ""


def training_not_started(answer: xr.Dataset) -> str:
    """What to do where the lines of a training begin with its first step, and empty after it."""
    return "" if int(answer.step) else "It begins with the first step. Press Play."
