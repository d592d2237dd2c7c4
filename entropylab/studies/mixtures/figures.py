"""Figures of the mixtures experiment."""

from __future__ import annotations

import numpy as np
import xarray as xr

from entropylab.studies.rendering.figure import Figure, band, curve, image, scatter_points
from entropylab.studies.rendering.limits import padded_range
from entropylab.studies.rendering.style import (
    GREEN,
    HARD,
    MARK,
    NEUTRAL,
    PURPLE,
    SEQUENTIAL,
    SOFT,
    draggable_point,
    figure,
    label,
    truth,
)
from entropylab.studies.rendering.thumbnail import lines

# The truth is dashed and wears the hard colour, as everywhere; a bound keeps one colour in every picture.
COLORS = {
    "joint": NEUTRAL, "kl": SOFT, "chernoff": GREEN, "bhattacharyya": "#56b4e9", "elk": PURPLE,
    "conditional": "#a6761d", "centers": MARK,
}  # fmt: skip
NAMES = {
    "joint": "H(X|C) + H(C)", "kl": "KL", "chernoff": "Chernoff α", "bhattacharyya": "Bhattacharyya", "elk": "ELK",
    "conditional": "H(X|C)", "centers": "centers",
}  # fmt: skip

KEY = {NAMES[name]: color for name, color in COLORS.items()}


def bounds(answer: xr.Dataset) -> Figure:
    """Every bound over what is varied, the Monte Carlo truth dashed in its band, the best interval shaded."""
    return _curves(answer, answer.bounds, answer.monte_carlo, label(answer.bounds, "entropy"))


def gaps(answer: xr.Dataset) -> Figure:
    """Every bound minus the truth: above zero it bounds from above."""
    gap = (answer.bounds - answer.monte_carlo).assign_attrs(answer.bounds.attrs)
    return _curves(answer, gap, 0 * answer.monte_carlo, label(gap, "bound − truth"))


def _curves(answer, values, middle, title):
    x, varied = answer.axis.values, answer.attrs["varied"]
    known = np.isfinite(x)
    x = np.where(known, x, np.nan)
    ends = (np.nanmin(x), np.nanmax(x))
    error = 1.96 * answer.monte_carlo_error.values
    upper = values.sel(bound=["joint", "kl"]).min("bound").values
    lower = values.sel(bound=["chernoff", "bhattacharyya", "elk", "conditional"]).max("bound").values
    here = float(x[answer.attrs["at"]]) if known[answer.attrs["at"]] else np.nan
    return figure(
        band(x[known], lower[known], upper[known], NEUTRAL),
        band(x[known], (middle.values - error)[known], (middle.values + error)[known], HARD),
        *(curve(x, values.sel(bound=name).values, COLORS[name], NAMES[name]) for name in NAMES),
        truth(x, middle.values, "Monte Carlo"),
        draggable_point(here, float(middle.values[answer.attrs["at"]])),
        logx=True, xlim=ends, ylim=padded_range(values.values), xlabel=varied, ylabel=title, show_legend=False,
    )  # fmt: skip


def alphas(answer: xr.Dataset) -> Figure:
    """The Chernoff bound over alpha at the chosen point: the best alpha marked, truth dashed."""
    x, value = answer.alphas.values, answer.chernoff_over_alpha.values
    ends, level = x[[0, -1]], float(answer.truth)
    error = 1.96 * float(answer.error)
    return figure(
        band(ends, [level - error] * 2, [level + error] * 2, HARD), truth(ends, [level, level], "Monte Carlo"),
        curve(x, value, GREEN, "Chernoff α"), draggable_point(answer.best_alpha, answer.best_chernoff), xlim=(0, 1),
        ylim=padded_range(value, level - error, level + error), xlabel="alpha",
        ylabel=label(answer.chernoff_over_alpha, "lower bound"), legend_position="top", legend_cols=2, show_legend=True,
    )  # fmt: skip


def plane(answer: xr.Dataset) -> Figure:
    """The density of four components; the marked one can be dragged."""
    density = answer.density.values
    surface = image(density[::-1] / density.max(), (-4, -4, 4, 4), SEQUENTIAL)
    return figure(
        surface,
        draggable_point(answer.attrs["x"], answer.attrs["y"]),
        xlim=(-4, 4),
        ylim=(-4, 4),
        xlabel="x",
        ylabel="y",
        show_legend=False,
    )


def plane_bounds(answer: xr.Dataset) -> Figure:
    """The bounds for the four components in the plane, one a row, beside the truth and its interval."""
    values = answer.plane_bounds.values
    rows = np.arange(len(values))[::-1]
    level, error = float(answer.plane_truth), 1.96 * float(answer.plane_error)
    points = [
        scatter_points([value], [row], color=COLORS[str(name)], size=11)
        for value, row, name in zip(values, rows, answer.bound.values, strict=True)
    ]
    names = [(int(row), NAMES[str(name)]) for row, name in zip(rows, answer.bound.values, strict=True)]
    return figure(
        band([level - error, level + error], [-0.5] * 2, [len(values) - 0.5] * 2, HARD),
        truth([level, level], [-0.5, len(values) - 0.5], "Monte Carlo"), *points,
        xlim=padded_range(values, level - error, level + error), ylim=(-0.5, len(values) - 0.5), yticks=names,
        xlabel=label(answer.plane_bounds, "entropy"), ylabel="bound", show_legend=False,
    )  # fmt: skip


def logdet(answer: xr.Dataset) -> Figure:
    """LogDet over beta beside the entropy of the normal it samples: they meet at one beta only."""
    x, y, level = answer.beta.values, answer.logdet.values, float(answer.normal_entropy)
    ends = x[[0, -1]]
    return figure(
        truth(ends, [level, level], "normal entropy"), curve(x, y, SOFT, "LogDet"), logx=True, xlim=tuple(ends),
        ylim=(min(0.0, y.min()), 1.05 * y.max()), xlabel="beta", ylabel=label(answer.logdet, "entropy"),
        legend_position="top", legend_cols=2, show_legend=True,
    )  # fmt: skip


def mixture_sketch(answer: xr.Dataset) -> str:
    """The sandwich: KL above, Chernoff below, the truth dashed."""
    known = np.isfinite(answer.axis.values)
    x = np.log(answer.axis.values[known])
    values = answer.bounds.values[:, known]
    floor = values[[1, 2]].min()
    rows = dict(zip(answer.bound.values.tolist(), values - floor, strict=True))
    return lines(x, {HARD: answer.monte_carlo.values[known] - floor, SOFT: rows["kl"], GREEN: rows["chernoff"]})
