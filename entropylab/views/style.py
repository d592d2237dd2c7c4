"""One look for every picture: palette safe for colour-blind eyes, soft and hard in one colour each, truth dashed."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar

import holoviews as hv
import numpy as np
import xarray as xr

if "bokeh" not in hv.Store.loaded_backends():
    hv.extension("bokeh", logo=False, inline=True)  # in a notebook: BokehJS from this machine, not from the network
hv.renderer("bokeh").webgl = False  # a browser grants few WebGL contexts, and a page has more figures

# Okabe and Ito's palette; both entropies keep contrast 3:1 on white and on the dark theme's grey.
SOFT, HARD, MARK, GREEN, PURPLE, NEUTRAL = "#0080c8", "#d55e00", "#cc3388", "#009e73", "#9467bd", "#808080"
SEQUENTIAL, DIVERGING, GREY = "viridis", "PuOr_r", "gray"
# One estimator keeps one colour on every page; densities and counts never share a picture.
SERIES = {
    "histogram": "#b87a00", "KDE": SOFT, "KDE leave-one-out": "#6a6ee0", "KDE + histogram": "#96705a",
    "Kozachenko-Leonenko": GREEN, "Gaussian": PURPLE, "Gaussian corrected": "#c0508f", "Vasicek": "#159aa8",
    "van Es": "#7a8f00", "Ebrahimi": "#d9605a", "Correa": "#7f7f7f", "LogDet": "#a0522d",
    "plug-in": "#b87a00", "Miller-Madow": SOFT, "Grassberger 1988": "#6a6ee0", "Grassberger 2003": "#159aa8",
    "Chao-Shen": GREEN, "James-Stein": PURPLE, "NSB": "#c0508f", "Dirichlet": "#96705a",
    "KSG": GREEN, "KSG, variant 2": "#159aa8", "LNC": "#7a8f00", "Ross": "#d9605a", "Gaussian copula": "#c0508f",
    "MI histogram": "#b87a00", "MI KDE": SOFT, "MI KDE leave-one-out": "#6a6ee0",
}  # fmt: skip

HEIGHT = 280
LEGEND = {"padding": 0, "margin": 2, "spacing": 6, "glyph_width": 18, "border_line_width": 0}
FRAME = {
    "height": HEIGHT,
    "responsive": True,
    "toolbar": "right",
    "autohide_toolbar": True,
    "default_tools": ["pan", "wheel_zoom", "box_zoom", "reset", "save"],
    "fontsize": {"labels": 11, "ticks": 9, "legend": 9},
    "show_grid": False,
}


def label(variable: xr.DataArray, name: str | None = None) -> str:
    """Axis title of a variable: its long name, with the unit where it has one."""
    name = name or variable.attrs["long_name"]
    units = variable.attrs.get("units", "1")
    return name if units == "1" else f"{name} [{units}]"


_bare: ContextVar[bool] = ContextVar("bare", default=False)


@contextmanager
def bare():
    """Inside it elements are drawn without their options, in half the time: a live figure has them already.

    What may move with the answer (limits, axis titles) is kept on the element as `dress`.
    """
    token = _bare.set(True)
    try:
        yield
    finally:
        _bare.reset(token)


def dressed(element: hv.Element | hv.Overlay, **options) -> hv.Element | hv.Overlay:
    """`element` with HoloViews options; inside `bare()` they are only noted."""
    element.dress = options
    return element if _bare.get() else element.opts(getattr(hv.opts, type(element).__name__)(**options))


def overlay(*elements: hv.Element, **options) -> hv.Overlay:
    """The elements in one frame of the house style."""
    return dressed(hv.Overlay(elements), **{**FRAME, "legend_opts": LEGEND, **options})


def curve(x, y, color: str, name: str = "", **options) -> hv.Curve:
    """A line; `name` enters the legend."""
    line = hv.Curve((np.asarray(x), np.asarray(y)), "x", "y", label=name)
    return dressed(line, color=color, line_width=2, **options)


def truth(x, y, name: str, color: str = HARD) -> hv.Curve:
    """A known or hard value over a range: always dashed."""
    return curve(x, y, color, name, line_dash="dashed")


def band(x, low, high, color: str, alpha: float = 0.2) -> hv.Area:
    """An interval around a line."""
    data = (np.asarray(x), np.asarray(low), np.asarray(high))
    return dressed(hv.Area(data, "x", ["low", "high"]), color=color, alpha=alpha, line_width=0)


def mark(x: float, y: float) -> hv.Scatter:
    """The present point."""
    point = hv.Scatter(([float(x)], [float(y)]), "x", "y")
    return dressed(point, color=MARK, marker="diamond", size=13, line_color="white", line_width=1)


def image(values: np.ndarray, bounds: tuple[float, float, float, float], cmap: str, **options) -> hv.Image:
    """Values in [0, 1] as a picture of bytes, first row on top: a sixth of the traffic of floats."""
    pixels = np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
    picture = hv.Image(pixels, ["x", "y"], "value", bounds=bounds)
    return dressed(picture, cmap=cmap, clim=(0, 255), **{**FRAME, **options})
