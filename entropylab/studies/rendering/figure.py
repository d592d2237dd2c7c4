"""Figure: a description of a figure as layers of columns with options, independent of the library that draws it.

The app draws a description once and afterwards moves its columns alone; in a notebook a description shows itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import ArrayLike

Bounds = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True, eq=False)
class Layer:
    """One curve, set of points, band or image of a figure.

    Attributes
    ----------
    kind
        How `data` is drawn.
    data
        Of a curve or points: `x`, `y` and any further column, all of length n. Of a band: `x`, `low`, `high`. Of an
        image: `image` (rows, columns), the first row on top, and further numbers of the same shape. Of rgba: `image`
        (rows, columns, 4) of bytes.
    options
        Colours, sizes, scales; an option whose value is the name of a column takes one value a point. `above_axes`
        draws a layer over the frame. `hover` holds (label, format) pairs of a tooltip, `colorbar_ticks` the words at
        values of a colour bar.
    label
        The name in the legend; empty for none.
    bounds
        Extent of an image in the units of the axes.
    """

    kind: Literal["curve", "points", "band", "image", "rgba"]
    data: Mapping[str, np.ndarray]
    options: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    bounds: Bounds | None = None

    def columns(self) -> dict[str, Any]:
        """The columns of the layer's Bokeh data source."""
        if self.kind == "band":
            return _outline(**self.data)
        if self.kind == "rgba":
            return self._placed({"image": np.ascontiguousarray(self.data["image"]).view(np.uint32)[..., 0]})
        if self.kind == "image":
            return self._placed(self.data)
        columns = dict(self.data)
        for option, value in self.options.items():
            if isinstance(value, str) and value in self.data:
                columns[option] = columns.pop(value)
        return columns

    def _placed(self, values):
        left, bottom, right, top = self.bounds
        place = {"x": [left], "y": [bottom], "dw": [right - left], "dh": [top - bottom]}
        return {name: [rows[::-1]] for name, rows in values.items()} | place


@dataclass(frozen=True, eq=False)
class Figure:
    """Layers in the order of drawing, and the options of their frame: limits, axis titles, ticks, legend."""

    layers: tuple[Layer, ...]
    options: Mapping[str, Any]

    def to_holoviews(self):
        """The figure as a HoloViews overlay."""
        from entropylab.studies.rendering.holoviews_renderer import render  # holoviews is needed for drawing alone

        return render(self)

    def __add__(self, other: Figure):
        """Both figures side by side."""
        return self.to_holoviews() + other.to_holoviews()

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self.to_holoviews()._repr_mimebundle_(include, exclude)


def curve(x: ArrayLike, y: ArrayLike, color: str, name: str = "", **options) -> Layer:
    """A line; `name` enters the legend."""
    data = {"x": np.asarray(x), "y": np.asarray(y)}
    return Layer("curve", data, {"color": color, "line_width": 2, **options}, name)


def scatter_points(
    x: ArrayLike, y: ArrayLike, name: str = "", columns: Mapping[str, ArrayLike] | None = None, **options
) -> Layer:
    """Points with further numbers of each in `columns`; `name` enters the legend."""
    data = {key: np.asarray(value) for key, value in {"x": x, "y": y, **(columns or {})}.items()}
    return Layer("points", data, options, name)


def band(x: ArrayLike, low: ArrayLike, high: ArrayLike, color: str, alpha: float = 0.2) -> Layer:
    """An interval around a line; it is cut where an end is NaN."""
    data = {"x": np.asarray(x), "low": np.asarray(low), "high": np.asarray(high)}
    return Layer("band", data, {"color": color, "alpha": alpha, "line_width": 0})


def image(values: np.ndarray, bounds: Bounds, cmap: str, **options) -> Layer:
    """Values in [0, 1] as an image of bytes, first row on top: a sixth of the traffic of floats."""
    pixels = np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
    return Layer("image", {"image": pixels}, {"cmap": cmap, "clim": (0, 255), **options}, bounds=bounds)


def heatmap(
    x: np.ndarray, y: np.ndarray, values: np.ndarray, columns: Mapping[str, np.ndarray] | None = None, **options
) -> Layer:
    """Numbers (y, x) over evenly spaced x and y; needs `cmap` and `clim`; `columns` are further numbers for `hover`."""
    steps = [(axis[-1] - axis[0]) / 2 / (len(axis) - 1) for axis in (x, y)]
    bounds = (x[0] - steps[0], y[0] - steps[1], x[-1] + steps[0], y[-1] + steps[1])
    data = {name: np.asarray(rows)[::-1] for name, rows in {"image": values, **(columns or {})}.items()}
    return Layer("image", data, options, bounds=tuple(map(float, bounds)))


def rgba_image(colors: np.ndarray, bounds: Bounds, opacity: float = 1.0) -> Layer:
    """Colours (rows, columns, 3) in [0, 1] as an image, first row on top; the theme shows through below opacity 1."""
    pixels = np.empty((*colors.shape[:2], 4), np.uint8)
    pixels[..., :3] = np.round(255 * colors)
    pixels[..., 3] = round(255 * opacity)
    return Layer("rgba", {"image": pixels}, bounds=bounds)


def _outline(x, low, high) -> dict[str, np.ndarray]:
    """Outline of a band, forward along its top and back along its bottom; one patch for each stretch without gaps."""
    x, low, high = (np.asarray(column, float) for column in (x, low, high))
    known = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
    stretches = np.split(known, np.flatnonzero(np.diff(known) > 1) + 1) if known.size else []
    across, up = [], []
    for part in stretches:
        gap = [np.nan] if across else []
        across += [gap, x[part], x[part][::-1]]
        up += [gap, high[part], low[part][::-1]]
    empty = [np.zeros(0)]
    return {"x": np.concatenate(across or empty), "y": np.concatenate(up or empty)}
