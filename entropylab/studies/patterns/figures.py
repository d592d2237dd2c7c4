"""Figures of the patterns experiment."""

from __future__ import annotations

import numpy as np
import xarray as xr

from entropylab.studies.rendering.figure import Figure, band, curve, heatmap, image, scatter_points
from entropylab.studies.rendering.style import (
    DIVERGING,
    GREY,
    HARD,
    NEUTRAL,
    SEQUENTIAL,
    SOFT,
    draggable_point,
    figure,
    label,
    truth,
)

VANISHED = 1e-6  # below it a float32 update of a state near 1/2 is lost in rounding
GRADIENT_AXIS = (1e-14, 1e2)


def soft_patterns(answer: xr.Dataset) -> Figure:
    """The soft patterns, one row a sample, equal hard patterns side by side."""
    rows, cells = answer.pattern.shape
    frame = dict(xlim=(0, cells), ylim=(0, rows), invert_yaxis=True, xlabel="cell", ylabel="sample, ordered by pattern")
    return figure(image(answer.pattern.values[::-1], (0, 0, cells, rows), GREY), **frame)


def kernel(answer: xr.Dataset) -> Figure:
    """The kernel between samples: blocks are hard patterns, grey off the blocks is leakage."""
    rows = answer.kernel.shape[0]
    frame = dict(xlim=(0, rows), ylim=(0, rows), invert_yaxis=True, xlabel="sample", ylabel="sample")
    bar = dict(colorbar=True, colorbar_ticks={0: "0", 128: "1/2", 255: "1"}, clabel="kernel")
    return figure(image(answer.kernel.values[::-1], (0, 0, rows, rows), SEQUENTIAL, **bar), **frame)


def counts(answer: xr.Dataset) -> Figure:
    """Soft count against hard count per sample; on the diagonal they agree."""
    n = answer.attrs["samples"]
    ends = np.array([0.8, 1.25 * n])
    points = scatter_points(answer.hard_count.values, answer.soft_count.values, color=SOFT, size=6, alpha=0.6)
    return figure(
        truth(ends, ends, "equal", NEUTRAL), points, logx=True, logy=True, xlim=tuple(ends), ylim=tuple(ends),
        xlabel="hard count [samples]", ylabel="soft count [samples]", show_legend=False,
    )  # fmt: skip


def entropy_over_temperature(answer: xr.Dataset) -> Figure:
    """Soft entropy over temperature, the hard one dashed, log n dotted, the present point marked."""
    return _entropies(answer, "temperature")


def entropy_over_bandwidth(answer: xr.Dataset) -> Figure:
    """Soft entropy over bandwidth, the hard one dashed, log n dotted, the present point marked."""
    return _entropies(answer, "bandwidth")


def _entropies(answer, axis):
    x, soft, error = answer[axis].values, answer[f"soft_over_{axis}"].values, answer[f"error_over_{axis}"].values
    ends = x[[0, -1]]
    hard, ceiling = float(answer.hard), float(answer.ceiling)
    return figure(
        band(x, soft - 1.96 * error, soft + 1.96 * error, SOFT),
        curve(ends, [ceiling, ceiling], NEUTRAL, "log n", line_dash="dotted"),
        truth(ends, [hard, hard], "hard"),
        curve(x, soft, SOFT, "soft"),
        draggable_point(answer.attrs[axis], answer.soft),
        logx=True, xlim=tuple(ends), ylim=(0, 1.22 * ceiling), xlabel=label(answer[axis]),
        ylabel=label(answer.soft, "entropy"), legend_position="top", legend_cols=3, show_legend=True,
    )  # fmt: skip


def ranked_counts(answer: xr.Dataset) -> Figure:
    """Hard counts of the shown samples, frequent patterns first, and the soft count of the same samples."""
    hard, soft = answer.hard_count.values, answer.soft_count.values
    rank, n = np.arange(1, len(hard) + 1), answer.attrs["samples"]
    points = scatter_points(rank, soft, "soft", color=SOFT, size=4, alpha=0.7)
    return figure(
        points, truth(rank, hard, "hard"), logy=True, xlim=(0, len(hard) + 1), ylim=(0.8, 1.25 * n),
        xlabel="sample, ordered by pattern", ylabel="count [samples]", legend_position="top", legend_cols=2,
        show_legend=True,
    )  # fmt: skip


def kernel_over_distance(answer: xr.Dataset) -> Figure:
    """What a pattern h cells away still counts, the hard kernel dashed, and how many pairs lie at that distance."""
    width = answer.pattern.shape[1]
    h = np.arange(width + 1.0)
    hard = np.where(h == 0, 1.0, 0.0)
    return figure(
        band(h, np.zeros_like(h), answer.pairs_at_distance.values, NEUTRAL, alpha=0.5), truth(h, hard, "hard"),
        curve(h, answer.kernel_at_distance.values, SOFT, "soft"), xlim=(0, width), ylim=(0, 1.05),
        xlabel="Hamming distance [cells]", ylabel="kernel, share of pairs", legend_position="top", legend_cols=2,
        show_legend=True,
    )  # fmt: skip


def bias_map(answer: xr.Dataset) -> Figure:
    """Soft minus hard entropy over temperature and bandwidth, with the line of no bias and the present point."""
    x, y, z = np.log10(answer.map_temperature.values), np.log10(answer.map_bandwidth.values), answer.bias.values.T
    ceiling = float(answer.ceiling)
    surface = heatmap(x, y, z.astype(np.float32), cmap=DIVERGING, clim=(-ceiling, ceiling), colorbar=True,
                      clabel=label(answer.bias))  # fmt: skip
    import contourpy  # a package of the dashboard's

    lines = contourpy.contour_generator(x, y, z).lines(0.0)
    path = np.concatenate([np.concatenate([line, [[np.nan, np.nan]]]) for line in lines] or [np.full((1, 2), np.nan)])
    zero = curve(path[:, 0], path[:, 1], HARD, line_dash="dashed")
    here = draggable_point(np.log10(answer.attrs["temperature"]), np.log10(answer.attrs["bandwidth"]))
    return figure(
        surface, zero, here, xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), xticks=decades(x), yticks=decades(y),
        xlabel=label(answer.map_temperature), ylabel=label(answer.map_bandwidth), show_legend=False,
    )  # fmt: skip


def decades(exponents: np.ndarray) -> list[tuple[float, str]]:
    """Ticks at 1, 2 and 5 times the powers of ten that lie inside."""
    values = [m * 10.0**e for e in range(-3, 4) for m in (1, 2, 5)]
    return [(np.log10(v), f"{v:g}") for v in values if exponents[0] <= np.log10(v) <= exponents[-1]]


def gradient(answer: xr.Dataset) -> Figure:
    """The size of the gradient over temperature; in the shaded zone it has vanished."""
    x, size = answer.temperature.values, answer.gradient.values
    at = np.exp(np.interp(np.log(answer.attrs["temperature"]), np.log(x), np.log(np.maximum(size, 1e-300))))
    ends = x[[0, -1]]
    low, high = GRADIENT_AXIS
    return figure(
        band(ends, [low, low], [VANISHED, VANISHED], HARD), curve(x, size, SOFT),
        draggable_point(answer.attrs["temperature"], at), logx=True, logy=True, xlim=tuple(ends), ylim=(low, high),
        xlabel=label(answer.temperature), ylabel="gradient n dH/ds", show_legend=False,
    )  # fmt: skip
