"""View: a picture of an experiment's answer, with the stages it is drawn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import holoviews as hv
import xarray as xr


@dataclass(frozen=True)
class View:
    """`draw` turns an answer into a HoloViews element, always of the same type and structure.

    `needs` names the stages whose variables it reads; `about` says in one line what to see. `drag` names the
    two knobs whose slider positions are the coordinates of the last element, a marked point: dragging it in
    the picture turns them. Or it names one knob of places, and the last element holds any number of points: a
    dragged one enters the knob by its index.
    """

    name: str
    title: str
    about: str
    draw: Callable[[xr.Dataset], hv.Element | hv.Overlay]
    needs: tuple[str, ...]
    drag: tuple[str] | tuple[str, str] | None = None
