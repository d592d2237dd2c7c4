"""Columns: what an element would put into its data source, without the element.

A live figure has its glyphs, options and models already; making HoloViews' elements only to read their columns takes
nine tenths of the time of a move.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import numpy as np

_bare: ContextVar[bool] = ContextVar("bare", default=False)


@contextmanager
def data_only() -> Iterator[None]:
    """Inside it the helpers of `style` give columns where they can, and elements without their options elsewhere.

    What may move with the answer (limits, axis titles) is kept as `dress`.
    """
    token = _bare.set(True)
    try:
        yield
    finally:
        _bare.reset(token)


def is_data_only() -> bool:
    """True inside `bare()`."""
    return _bare.get()


@dataclass(eq=False)
class ColumnData:
    """The columns of one element's data source, by name."""

    data: Mapping[str, object]
    dress: dict = field(default_factory=dict)

    @classmethod
    def points(cls, **columns) -> ColumnData:
        """Of a line or of points: equally long columns."""
        return cls({name: np.asarray(column) for name, column in columns.items()})

    @classmethod
    def area(cls, x, low, high) -> ColumnData:
        """Of a band: there along its top and back along its foot; one patch for every stretch without gaps."""
        x, low, high = (np.asarray(column, float) for column in (x, low, high))
        known = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
        stretches = np.split(known, np.flatnonzero(np.diff(known) > 1) + 1) if known.size else []
        there, along = [], []
        for part in stretches:
            gap = [np.nan] if there else []
            there += [gap, x[part], x[part][::-1]]
            along += [gap, high[part], low[part][::-1]]
        empty = [np.zeros(0)]
        return cls({"x": np.concatenate(there or empty), "y": np.concatenate(along or empty)})

    @classmethod
    def picture(cls, pixels: np.ndarray, bounds: tuple[float, float, float, float], **others: np.ndarray) -> ColumnData:
        """Of an image whose first row is on top, with further numbers of its cells."""
        left, bottom, right, top = bounds
        told = {name: [values[::-1]] for name, values in {"image": pixels, **others}.items()}
        return cls({**told, "x": [left], "y": [bottom], "dw": [right - left], "dh": [top - bottom]})


@dataclass(eq=False)
class Layers:
    """Elements or columns of one figure."""

    parts: tuple
    dress: dict = field(default_factory=dict)
