"""Figures of cells in training."""

from __future__ import annotations

import numpy as np
import xarray as xr

from entropylab.studies.patterns.figures import GRADIENT_AXIS, VANISHED, decades
from entropylab.studies.rendering.figure import Figure, band, curve, heatmap, image
from entropylab.studies.rendering.style import (
    DIVERGING,
    GREEN,
    GREY,
    HARD,
    NEUTRAL,
    PURPLE,
    SOFT,
    draggable_point,
    figure,
    label,
    truth,
    vertical_bars,
)
from entropylab.studies.rendering.thumbnail import lines


def entropies(answer: xr.Dataset) -> Figure:
    """Soft and hard entropy of held-out runs through training; dotted: log n."""
    x, hard, error = answer.mark.values, answer.hard_curve.values, answer.hard_error_curve.values
    ceiling = float(answer.ceiling)
    return figure(
        band(x, hard - 1.96 * error, hard + 1.96 * error, HARD),
        curve(x[[0, -1]], [ceiling, ceiling], NEUTRAL, "log n", line_dash="dotted"),
        truth(x, hard, "hard"),
        curve(x, answer.soft_curve.values, SOFT, "soft"),
        draggable_point(answer.step, answer.soft),
        xlim=(0, x[-1]),
        ylim=(0, 1.22 * ceiling),
        xlabel="step",
        ylabel=label(answer.soft, "entropy"),
        legend_position="top",
        legend_cols=3,
        show_legend=True,
    )


def utility(answer: xr.Dataset) -> Figure:
    """U of held-out hard patterns through training with its interval, the soft one that is trained, and the bound."""
    x, value, error = answer.mark.values, answer.utility_curve.values, answer.utility_error_curve.values
    bound = float(answer.bound)
    return figure(
        band(x, value - 1.96 * error, value + 1.96 * error, HARD),
        curve(x[[0, -1]], [bound, bound], NEUTRAL, "bound", line_dash="dotted"),
        truth(x, value, "hard"), curve(x, answer.soft_utility_curve.values, SOFT, "soft"),
        draggable_point(answer.step, answer.utility), xlim=(0, x[-1]), ylim=(-0.25, 1.3), xlabel="step",
        ylabel=label(answer.utility), legend_position="top", legend_cols=3, show_legend=True,
    )  # fmt: skip


def space_time(answer: xr.Dataset) -> Figure:
    """One held-out run: cells across, time downwards, white is 1."""
    times, cells = answer.space_time.shape
    frame = dict(xlim=(0, cells), ylim=(0, times), invert_yaxis=True, xlabel="cell", ylabel="time [steps]")
    return figure(image(answer.space_time.values[::-1], (0, 0, cells, times), GREY), **frame)


def final_patterns(answer: xr.Dataset) -> Figure:
    """The last states of held-out runs, one row a run, frequent patterns first."""
    rows, cells = answer.pattern.shape
    frame = dict(xlim=(0, cells), ylim=(0, rows), invert_yaxis=True, xlabel="cell", ylabel="run, ordered by pattern")
    return figure(image(answer.pattern.values[::-1], (0, 0, cells, rows), GREY), **frame)


def histogram(answer: xr.Dataset) -> Figure:
    """Shares of the most frequent hard patterns, with 95 % intervals over runs."""
    share, error = answer.share.values, answer.share_error.values
    rank = np.arange(1, len(share) + 1)
    x, y = _bars(np.arange(len(share) + 1) + 0.5, share)
    low, high = np.maximum(share - 1.96 * error, 0), share + 1.96 * error
    return figure(
        band(x, np.zeros_like(x), y, HARD, alpha=0.6), vertical_bars(rank, low, high, NEUTRAL),
        xlim=(0.5, len(share) + 0.5), ylim=(0, 1.05), xlabel="pattern by rank", ylabel="share of held-out runs",
        show_legend=False,
    )  # fmt: skip


def states(answer: xr.Dataset) -> Figure:
    """How the final states lie between 0 and 1; dashed: the threshold."""
    density = answer.density.values
    x, y = _bars(np.linspace(0, 1, len(density) + 1), density)
    top = float(len(density))
    return figure(
        band(x, np.zeros_like(x), y, SOFT, alpha=0.6), truth([0.5, 0.5], [0, top], "threshold"),
        xlim=(0, 1), ylim=(0, top), xlabel="final state", ylabel="density", show_legend=False,
    )  # fmt: skip


def gradient(answer: xr.Dataset) -> Figure:
    """The size of the gradient of the soft entropy through training; in the shaded zone it has vanished."""
    x, low, high = answer.mark.values, *GRADIENT_AXIS
    size = answer.gradient_curve.values
    return figure(
        band(x[[0, -1]], [low, low], [VANISHED, VANISHED], HARD),
        curve(x, np.where(size > 0, np.maximum(size, low), np.where(np.isnan(size), np.nan, low)), SOFT),
        logy=True, xlim=(0, x[-1]), ylim=(low, high), xlabel="step", ylabel="gradient n dH/ds", show_legend=False,
    )  # fmt: skip


def schedule(answer: xr.Dataset) -> Figure:
    """The path through temperature and bandwidth over the bias of the present patterns."""
    x, y = np.log10(answer.map_temperature.values), np.log10(answer.map_bandwidth.values)
    ceiling = float(answer.ceiling)
    surface = heatmap(x, y, answer.bias.values.T.astype(np.float32), cmap=DIVERGING, clim=(-ceiling, ceiling),
                      colorbar=True, clabel=label(answer.bias))  # fmt: skip
    path = curve(np.log10(answer.temperature_path.values), np.log10(answer.bandwidth_path.values), GREEN)
    here = draggable_point(np.log10(answer.temperature_now), np.log10(answer.bandwidth_now))
    return figure(
        surface, path, here, xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), xticks=decades(x), yticks=decades(y),
        xlabel=label(answer.map_temperature), ylabel=label(answer.map_bandwidth), show_legend=False,
    )  # fmt: skip


def loss(answer: xr.Dataset) -> Figure:
    """The training loss of every step; dashed: the least that any rule can reach with this diversity."""
    values = answer.loss.values
    x, least = np.arange(1, len(values) + 1), float(answer.least_loss)
    known = values[~np.isnan(values)]
    top = max(least + 0.3, float(known.max()) + 0.05) if len(known) else least + 0.3
    return figure(
        truth([0, len(values)], [least, least], "least"), curve(x, values, PURPLE, "loss"), xlim=(0, len(values)),
        ylim=(least - 0.05, top), xlabel="step", ylabel=label(answer.loss), legend_position="top", legend_cols=2,
        show_legend=True,
    )  # fmt: skip


def sketch(answer: xr.Dataset) -> str:
    """Soft and hard entropy through training."""
    curves = {HARD: answer.hard_curve.values, SOFT: answer.soft_curve.values}
    return lines(answer.mark.values, curves, top=float(answer.ceiling))


def _bars(edges, heights):
    """Outline of a bar chart as a line: every height twice, at both its edges."""
    return np.repeat(edges, 2)[1:-1].astype(float), np.repeat(heights, 2).astype(float)
