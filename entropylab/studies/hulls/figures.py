"""Figures of the hulls experiment."""

from __future__ import annotations

import numpy as np
import xarray as xr

from entropylab.studies.rendering import thumbnail
from entropylab.studies.rendering.figure import Figure, band, curve
from entropylab.studies.rendering.style import (
    GREEN,
    HARD,
    MARK,
    NEUTRAL,
    PURPLE,
    SOFT,
    dots,
    draggable_point,
    figure,
    horizontal_bars,
    label,
    vertical_bars,
)

TOP = dict(legend_position="top", show_legend=True)
COLORS = {"adaptive": SOFT, "quickhull": GREEN, "chain": "#b87a00", "bounded": MARK, "Chan": PURPLE}


def plane(answer: xr.Dataset) -> Figure:
    """The points, what the filter leaves of them, the polygon that it drops by and the hull."""
    points, left, ring, inner = (answer[name].values for name in ("point", "left", "ring", "inner"))
    low, high = np.nanmin(ring, axis=0), np.nanmax(ring, axis=0)
    room = 0.05 * (high - low).max() or 0.5
    return figure(
        dots(points[:, 0], points[:, 1], NEUTRAL, 2, 0.5), dots(left[:, 0], left[:, 1], SOFT, 4),
        curve(inner[:, 0], inner[:, 1], SOFT, "sample's hull", line_dash="dotted"),
        curve(ring[:, 0], ring[:, 1], HARD, "hull"),
        xlim=(low[0] - room, high[0] + room), ylim=(low[1] - room, high[1] + room), xlabel="x", ylabel="y",
        legend_cols=2, **TOP,
    )  # fmt: skip


def tests_over_size(answer: xr.Dataset) -> Figure:
    """Tests per point of every algorithm over the number of points."""
    n, tests = answer["size"].values, answer.tests.values
    lines = [curve(n, tests[i], COLORS[name], name) for i, name in enumerate(answer.algorithm.values)]
    return figure(
        *lines, logx=True, logy=True, xlim=(n[0], n[-1]), ylim=(0.8, 1.3 * _top(tests, 10.0)),
        xlabel=label(answer["size"]), ylabel="tests per point", legend_cols=3, **TOP,
    )  # fmt: skip


def entropy_over_size(answer: xr.Dataset) -> Figure:
    """The interval of the structural entropy over the number of points; ln(n / 3) is the most."""
    n, low, high = (answer[name].values for name in ("size", "lower_over_size", "upper_over_size"))
    most = np.log(n / 3)
    return figure(
        curve(n, most, NEUTRAL, "ln(n / 3)", line_dash="dotted"), band(n, low, high, HARD, 0.3),
        curve(n, high, HARD, "at most"), curve(n, low, GREEN, "at least"), logx=True, xlim=(n[0], n[-1]),
        ylim=(0, 1.05 * most[-1]), xlabel=label(answer["size"]),
        ylabel=label(answer.upper_over_size, "structural entropy"), legend_cols=3, **TOP,
    )  # fmt: skip


def against_entropy(answer: xr.Dataset) -> Figure:
    """Tests per point of the entropy-bounded hull against the structural entropy of many sets, and its interval."""
    low, high, tests = answer.set_lower.values, answer.set_upper.values, answer.set_tests.values
    middle = answer.set_middle.values
    return figure(
        horizontal_bars(low, high, tests, NEUTRAL), _line(middle, tests, HARD), dots(middle, tests, HARD, 7),
        draggable_point((answer.hull_lower + answer.hull_upper) / 2, np.nan), xlim=(0, 1.05 * _top(high, 1.0)),
        ylim=(0, 1.1 * _top(tests, 10.0)), xlabel=label(answer.set_upper, "structural entropy"),
        ylabel="tests per point", show_legend=False,
    )  # fmt: skip


def against_surrogate(answer: xr.Dataset) -> Figure:
    """The same tests against H_diff of sixteen anchors: the sets are all alike to it."""
    x, tests = answer.set_surrogate.values, answer.set_tests.values
    return figure(
        _line(x, tests, SOFT), dots(x, tests, SOFT, 7), xlim=(0, 1.1 * _top(x, 1.0)), ylim=(0, 1.1 * _top(tests, 10.0)),
        xlabel=label(answer.set_surrogate), ylabel="tests per point", show_legend=False,
    )  # fmt: skip


def speedups(answer: xr.Dataset) -> Figure:
    """Speedups over the baseline with their intervals; a grey ring is one that the null ratio does not exclude."""
    place = np.arange(len(answer.arm))
    low, high, speedup = (answer[name].values for name in ("speedup_low", "speedup_high", "speedup"))
    ends = np.array([-0.5, len(place) - 0.5])
    null = np.full(2, float(answer.null))
    ticks = [(int(i), str(name)) for i, name in zip(place, answer.arm.values, strict=True) if name]
    bottom = min(0.5, float(np.nanmin(low)) / 1.3 if np.isfinite(low).any() else 0.5)
    return figure(
        curve(ends, null, NEUTRAL, line_dash="dotted"), vertical_bars(place, low, high, NEUTRAL),
        dots(place, speedup, SOFT, 9),
        logy=True, xlim=tuple(ends), ylim=(bottom, 1.5 * _top(high, 20.0)), xticks=ticks, xrotation=30, xlabel="",
        ylabel="speedup over the baseline", show_legend=False,
    )  # fmt: skip


def insufficient_points(answer: xr.Dataset) -> str:
    """What to do where there are fewer points than the curves over their number begin with, else empty."""
    least = int(answer["size"][0])
    return f"The curves begin at {least} points: raise samples." if answer.attrs["samples"] < least else ""


def not_timed(answer: xr.Dataset) -> str:
    """What to do where no speedup is known, and empty where one is."""
    known = np.isfinite(answer.speedup_low.values).any()
    return "" if known else "Nothing is clocked yet. Switch on the knob clock; a bar tells how far it is."


def _top(values, least):
    return max(least, float(np.nanmax(values))) if np.isfinite(values).any() else least


def _line(x, y, color):
    known = np.isfinite(x + y)
    if known.sum() < 3 or np.ptp(x[known]) == 0:
        return curve([np.nan, np.nan], [np.nan, np.nan], color)
    slope, start = np.polyfit(x[known], y[known], 1)
    ends = np.array([x[known].min(), x[known].max()])
    return curve(ends, start + slope * ends, color)


def hull_sketch(answer: xr.Dataset) -> str:
    """Some of the points, and the hull's corners in another colour."""
    points, ring = answer.point.values[::12], answer.ring.values
    points, ring = points[np.isfinite(points[:, 0])], ring[np.isfinite(ring[:, 0])][:120]
    both = np.vstack([points, ring])
    return thumbnail.dots(both[:, 0], both[:, 1], [NEUTRAL] * len(points) + [HARD] * len(ring))
