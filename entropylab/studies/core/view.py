"""View: a figure of an experiment's answer and the stages it is drawn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import xarray as xr

from entropylab.studies.rendering.figure import Figure


@dataclass(frozen=True)
class View:
    """`draw` turns an answer into a figure description, with the same layers for every answer.

    `needs` names the stages whose variables it reads; `about` is one line for the reader. `drag` names two knobs whose
    slider positions are the coordinates of the last layer, a marked point that can be dragged; or one knob of places,
    where the last layer holds any number of points and a dragged one enters the knob by its index. `key` names series
    beside their colour where a legend would cover them. `absent(answer)` says why there is nothing to show and what
    to do, and is empty otherwise.
    """

    name: str
    title: str
    about: str
    draw: Callable[[xr.Dataset], Figure]
    needs: tuple[str, ...]
    drag: tuple[str] | tuple[str, str] | None = None
    key: dict[str, str] = field(default_factory=dict)
    absent: Callable[[xr.Dataset], str] = lambda answer: ""


def training_not_started(answer: xr.Dataset) -> str:
    """Message before the first step of a training, where its curves are empty; else empty."""
    return "" if int(answer.step) else "It begins with the first step. Press Play."
