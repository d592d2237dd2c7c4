"""One look for every picture: palette safe for colour-blind eyes, soft and hard in one colour each, truth dashed."""

from __future__ import annotations

from colorsys import hls_to_rgb

import holoviews as hv
import numpy as np
import xarray as xr

from entropylab.studies.rendering.columns import ColumnData, Layers, is_data_only

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

HUES = 64  # cells told apart by colour

HEIGHT = 280
LEGEND = {"location": "top_left", "padding": 0, "margin": 2, "spacing": 6, "glyph_width": 18, "border_line_width": 0}
FRAME = {
    "height": HEIGHT,
    "responsive": True,
    "toolbar": "right",
    "autohide_toolbar": True,
    "default_tools": ["pan", "wheel_zoom", "box_zoom", "reset", "save"],
    "active_tools": ["pan"],  # the wheel scrolls the page until someone asks for its zoom
    "fontsize": {"labels": 11, "ticks": 9, "legend": 9},
    "show_grid": False,
}


def label(variable: xr.DataArray, name: str | None = None) -> str:
    """Axis title of a variable: its long name, with the unit where it has one."""
    name = name or variable.attrs["long_name"]
    units = variable.attrs.get("units", "1")
    return name if units == "1" else f"{name} [{units}]"


def with_options(element: hv.Element | hv.Overlay, **options) -> hv.Element | hv.Overlay:
    """`element` with HoloViews options; inside `bare()` they are only noted."""
    element.dress = options
    return element if is_data_only() else element.opts(getattr(hv.opts, type(element).__name__)(**options))


def overlay(*elements: hv.Element, **options) -> hv.Overlay:
    """The elements in one frame of the house style."""
    together = Layers(elements) if is_data_only() else hv.Overlay(elements)
    return with_options(together, **{**FRAME, "legend_opts": LEGEND, **options})


def curve(x, y, color: str, name: str = "", **options) -> hv.Curve:
    """A line; `name` enters the legend."""
    line = (
        ColumnData.points(x=x, y=y)
        if is_data_only()
        else hv.Curve((np.asarray(x), np.asarray(y)), "x", "y", label=name)
    )
    return with_options(line, color=color, line_width=2, **options)


def truth(x, y, name: str, color: str = HARD) -> hv.Curve:
    """A known or hard value over a range: always dashed."""
    return curve(x, y, color, name, line_dash="dashed")


def band(x, low, high, color: str, alpha: float = 0.2) -> hv.Area:
    """An interval around a line."""
    data = (np.asarray(x), np.asarray(low), np.asarray(high))
    area = ColumnData.area(*data) if is_data_only() else hv.Area(data, "x", ["low", "high"])
    return with_options(area, color=color, alpha=alpha, line_width=0)


def draggable_point(x: float, y: float) -> hv.Scatter:
    """The present point."""
    return draggable_points([x], [y])


def draggable_points(x, y) -> hv.Scatter:
    """Points that can be moved."""
    points = scatter_points(np.asarray(x, float), np.asarray(y, float))
    return with_options(
        points, color=MARK, marker="diamond", size=13, line_color="white", line_width=1, hooks=[_draw_above_axes]
    )


def _draw_above_axes(plot, element):
    """On the level of annotations Bokeh draws a mark at the end of an axis whole; below it the frame cuts it."""
    plot.handles["glyph_renderer"].level = "annotation"


def scatter_points(x, y, name: str = "", **values) -> hv.Scatter:
    """Points, with further numbers of each under their names; `name` enters the legend."""
    if is_data_only():
        return ColumnData.points(x=x, y=y, **values)
    columns = (np.asarray(x), np.asarray(y), *values.values())
    return hv.Scatter(columns, "x", ["y", *values], label=name)


def dots(x, y, color, size: float = 4, alpha: float = 0.9) -> hv.Scatter:
    """Points; `color` is one for all, or the number of each one's hue."""
    if isinstance(color, str):
        return with_options(scatter_points(x, y), color=color, size=size, alpha=alpha)
    points = scatter_points(x, y, hue=np.asarray(color, float))
    shades = {"color": "hue", "cmap": to_hex(palette(HUES)), "clim": (-0.5, HUES - 0.5)}
    return with_options(points, size=size, alpha=alpha, **shades)


def rgba_overlay(colors: np.ndarray, bounds: tuple[float, float, float, float], opacity: float = 0.45) -> hv.RGB:
    """Colours (rows, columns, 3) in [0, 1] as a picture that lets the theme shine through; first row on top."""
    pixels = np.empty((*colors.shape[:2], 4), np.uint8)
    pixels[..., :3] = np.round(255 * colors)
    pixels[..., 3] = round(255 * opacity)
    return with_options(hv.RGB(pixels, ["x", "y"], bounds=bounds))


def palette(count: int) -> np.ndarray:
    """(count, 3) colours in [0, 1] to tell cells apart: Okabe and Ito's, then turns of the golden angle."""
    first = [SOFT, "#e69f00", GREEN, MARK, "#56b4e9", HARD, "#8f7ae5", "#a6761d"]
    chosen = [tuple(int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)) for code in first[:count]]
    chosen += [hls_to_rgb(0.618034 * i % 1, 0.45 + 0.15 * (i % 3 - 1), 0.6) for i in range(len(first), count)]
    return np.array(chosen)


def to_hex(colors: np.ndarray) -> list[str]:
    """Colours (n, 3) in [0, 1] as #rrggbb."""
    return ["#{:02x}{:02x}{:02x}".format(*np.round(255 * color).astype(int)) for color in colors]


def image(values: np.ndarray, bounds: tuple[float, float, float, float], cmap: str, **options) -> hv.Image:
    """Values in [0, 1] as a picture of bytes, first row on top: a sixth of the traffic of floats."""
    pixels = np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
    if is_data_only():
        picture = ColumnData.picture(pixels, bounds)
    else:
        picture = hv.Image(pixels, ["x", "y"], "value", bounds=bounds)
    return with_options(picture, cmap=cmap, clim=(0, 255), **{**FRAME, **options})


def heatmap(x, y, values: np.ndarray, name: str, **others: np.ndarray) -> hv.Image:
    """Numbers over evenly spaced x and y, one row a y; `others` are further numbers, which a hover tool may tell."""
    if not is_data_only():
        return hv.Image((np.asarray(x), np.asarray(y), values, *others.values()), ["x", "y"], [name, *others])
    edges = [
        (axis[0] - step, axis[-1] + step) for axis in (x, y) for step in [(axis[-1] - axis[0]) / 2 / (len(axis) - 1)]
    ]
    (left, right), (bottom, top) = edges
    flipped = {column: np.asarray(told)[::-1] for column, told in others.items()}
    return ColumnData.picture(np.asarray(values)[::-1], (left, bottom, right, top), **flipped)
