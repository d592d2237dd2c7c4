"""House style of figures: a palette safe for colour-blind readers, one colour each for soft and hard, truth dashed."""

from __future__ import annotations

from colorsys import hls_to_rgb

import numpy as np
import xarray as xr

from entropylab.studies.rendering.figure import Figure, Layer, curve, scatter_points

# Okabe and Ito's palette; both entropies keep contrast 3:1 on white and on the dark theme's grey.
SOFT, HARD, MARK, GREEN, PURPLE, NEUTRAL = "#0080c8", "#d55e00", "#cc3388", "#009e73", "#9467bd", "#808080"
SEQUENTIAL, DIVERGING, GREY = "viridis", "PuOr_r", "gray"
# Estimators that one figure compares differ in colour; those of densities, counts and information never share one.
SERIES = {
    "histogram": "#b87a00", "KDE": SOFT, "KDE leave-one-out": "#6a6ee0", "KDE + histogram": "#96705a",
    "Kozachenko-Leonenko": GREEN, "Gaussian": PURPLE, "Gaussian corrected": "#c0508f", "Vasicek": "#159aa8",
    "van Es": "#7a8f00", "Ebrahimi": "#d9605a", "Correa": "#7f7f7f", "LogDet": "#a0522d",
    "plug-in": "#b87a00", "Miller-Madow": SOFT, "Grassberger 1988": "#6a6ee0", "Grassberger 2003": "#159aa8",
    "Chao-Shen": GREEN, "James-Stein": PURPLE, "NSB": "#c0508f", "Dirichlet": "#96705a",
    "KSG": GREEN, "KSG, variant 2": "#159aa8", "LNC": "#7a8f00", "Ross": "#d9605a", "Gaussian copula": "#c0508f",
    "MI histogram": "#b87a00", "MI KDE": SOFT, "MI KDE leave-one-out": "#6a6ee0",
}  # fmt: skip

HUES = 64  # cells distinguished by colour

HEIGHT = 280
LEGEND = {"location": "top_left", "padding": 0, "margin": 2, "spacing": 6, "glyph_width": 18, "border_line_width": 0}
FRAME = {
    "height": HEIGHT,
    "responsive": True,
    "toolbar": "right",
    "autohide_toolbar": True,
    "default_tools": ["pan", "wheel_zoom", "box_zoom", "reset", "save"],
    "active_tools": ["pan"],  # the wheel scrolls the page until the user selects its zoom
    "fontsize": {"labels": 11, "ticks": 9, "legend": 9},
    "show_grid": False,
}


def label(variable: xr.DataArray, name: str | None = None) -> str:
    """Axis title of a variable: its long name, with the unit where it has one."""
    name = name or variable.attrs["long_name"]
    units = variable.attrs.get("units", "1")
    return name if units == "1" else f"{name} [{units}]"


def figure(*layers: Layer, **options) -> Figure:
    """The layers in one frame of the house style."""
    return Figure(layers, {**FRAME, "legend_opts": LEGEND, **options})


def truth(x, y, name: str, color: str = HARD) -> Layer:
    """A known or hard value over a range: always dashed."""
    return curve(x, y, color, name, line_dash="dashed")


def horizontal_bars(low, high, y, color: str) -> Layer:
    """Intervals from `low` to `high` at each height y, as one line with gaps."""
    return curve(*_with_gaps(low, high, y), color)


def vertical_bars(x, low, high, color: str) -> Layer:
    """Intervals from `low` to `high` at each x, as one line with gaps."""
    return curve(*_with_gaps(low, high, x)[::-1], color)


def _with_gaps(low, high, at):
    gap = np.full(len(low), np.nan)
    return np.column_stack([low, high, gap]).ravel(), np.column_stack([at, at, gap]).ravel()


def draggable_point(x: float, y: float) -> Layer:
    """The present point."""
    return draggable_points([x], [y])


def draggable_points(x, y) -> Layer:
    """Points that can be moved."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    return scatter_points(
        x, y, color=MARK, marker="diamond", size=13, line_color="white", line_width=1, above_axes=True
    )  # fmt: skip


def dots(x, y, color, size: float = 4, alpha: float = 0.9) -> Layer:
    """Points of one colour, or with an array of numbers each in the colour of its number."""
    if isinstance(color, str):
        return scatter_points(x, y, color=color, size=size, alpha=alpha)
    shades = {"color": "hue", "cmap": to_hex(palette(HUES)), "clim": (-0.5, HUES - 0.5)}
    return scatter_points(x, y, columns={"hue": np.asarray(color, float)}, size=size, alpha=alpha, **shades)


def palette(count: int) -> np.ndarray:
    """(count, 3) colours in [0, 1] that distinguish cells: Okabe and Ito's, then multiples of the golden angle."""
    first = [SOFT, "#e69f00", GREEN, MARK, "#56b4e9", HARD, "#8f7ae5", "#a6761d"]
    colors = [tuple(int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)) for code in first[:count]]
    colors += [hls_to_rgb(0.618034 * i % 1, 0.45 + 0.15 * (i % 3 - 1), 0.6) for i in range(len(first), count)]
    return np.array(colors)


def to_hex(colors: np.ndarray) -> list[str]:
    """Colours (n, 3) in [0, 1] as #rrggbb."""
    return ["#{:02x}{:02x}{:02x}".format(*np.round(255 * color).astype(int)) for color in colors]
