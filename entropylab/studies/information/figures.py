"""Figures of the information experiment."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

from entropylab.studies.information.estimators import ESTIMATORS
from entropylab.studies.rendering.figure import Figure, Layer, band, curve, heatmap, scatter_points
from entropylab.studies.rendering.limits import central_quantile_range, padded_range
from entropylab.studies.rendering.style import (
    DIVERGING,
    GREEN,
    HARD,
    MARK,
    NEUTRAL,
    PURPLE,
    SEQUENTIAL,
    SERIES,
    draggable_point,
    figure,
    horizontal_bars,
    label,
    truth,
)
from entropylab.studies.rendering.thumbnail import lines

KSG = SERIES["KSG"]
LEGEND = dict(legend_position="top", legend_cols=3, show_legend=True)


def scatter(answer: xr.Dataset) -> Figure:
    """The pairs, each in the colour of what it contributes to the estimate."""
    x, y, local = answer.x.values, answer.y.values, answer.local.values
    limit = float(np.nanmax(np.abs(local))) if np.isfinite(local).any() else 1.0
    pairs = scatter_points(x, y, columns={"local": local}, color="local", cmap=DIVERGING, clim=(-limit, limit),
                           colorbar=True, clabel=label(answer.local), size=5)  # fmt: skip
    return figure(
        pairs,
        xlim=central_quantile_range(x),
        ylim=central_quantile_range(y),
        xlabel=label(answer.x),
        ylabel=label(answer.y),
        show_legend=False,
    )


def over_k(answer: xr.Dataset) -> Figure:
    """KSG over k with one standard deviation over seeds; grey: the middle 95 % of shuffled pairs."""
    x = answer.neighbours.values
    low, high = answer.null_low_over_k.values, answer.null_high_over_k.values
    return _moving(answer, "k", x, answer.attrs["k"], answer.truth, band(x, low, high, NEUTRAL, 0.35),
                   logx=True, also=np.concatenate([low, high]), xticks=[1, 3, 10, 30, 100],
                   xlabel=label(answer.neighbours))  # fmt: skip


def over_samples(answer: xr.Dataset) -> Figure:
    """KSG over n with one standard deviation over seeds; dotted: the most that n samples allow."""
    x, most = answer["size"].values, answer.ceiling_over_samples.values
    return _moving(answer, "samples", x, answer.attrs["samples"], answer.truth,
                   curve(x, most, NEUTRAL, "ceiling ψ(n) − ψ(k)", line_dash="dotted"), logx=True,
                   xticks=[int(n) for n in x], xlabel=label(answer["size"]))  # fmt: skip


def over_noise(answer: xr.Dataset) -> Figure:
    """KSG as noise blurs y, with one standard deviation over seeds; the truth dashed where it is known."""
    x = answer.noise_stop.values
    return _moving(answer, "noise", x, answer.attrs["noise"], answer.truth_over_noise, _zero(x),
                   xlabel=label(answer.noise_stop))  # fmt: skip


def over_rotation(answer: xr.Dataset) -> Figure:
    """KSG as two columns are turned, with one standard deviation over seeds; the truth dashed where it is known."""
    x = answer.rotation_stop.values
    return _moving(answer, "rotation", x, answer.attrs["rotation"], answer.truth_over_rotation, _zero(x),
                   xlabel=label(answer.rotation_stop))  # fmt: skip


def _moving(answer, axis, x, at, target, below, *, xlabel, also=(), logx=False, **options):
    mean, deviation = answer[f"mean_over_{axis}"].values, answer[f"deviation_over_{axis}"].values
    target = np.broadcast_to(target.values, x.shape)
    low, high = mean - deviation, mean + deviation
    place = np.interp(np.log(at), np.log(x), mean) if logx else np.interp(at, x, mean)
    return figure(
        below,
        band(x, low, high, KSG),
        truth(x, target, "truth"),
        curve(x, mean, KSG, "KSG"),
        draggable_point(at, place),
        logx=logx,
        xlim=(x[0], x[-1]),
        ylim=padded_range(np.concatenate([low, high, target, also, [0.0]])),
        xlabel=xlabel,
        ylabel=label(answer[f"mean_over_{axis}"], "mutual information"),
        **options,
        **LEGEND,
    )


def _zero(x):
    return curve(x[[0, -1]], [0.0, 0.0], NEUTRAL, line_dash="dotted")


def estimators(answer: xr.Dataset) -> Figure:
    """Every estimator's mean with its 95 % interval over seeds, its null in grey, the truth dashed."""
    rows = np.arange(len(ESTIMATORS))[::-1].astype(float)
    mean, error = answer["mean"].values, answer.error.values
    low, high = answer.null_low.values, answer.null_high.values
    target = float(answer.truth)
    dots = [dot(mean[i], rows[i], SERIES[name]) for i, name in enumerate(ESTIMATORS)]
    ends = [-0.7, len(ESTIMATORS) - 0.3]
    return figure(
        curve([0, 0], ends, NEUTRAL, line_dash="dotted"),
        truth([target, target], ends, "truth"),
        horizontal_bars(low, high, rows - 0.25, NEUTRAL),
        horizontal_bars(mean - 1.96 * error, mean + 1.96 * error, rows, MARK),
        *dots,
        xlim=padded_range(np.concatenate([mean - 2 * error, mean + 2 * error, low, high, [target, 0.0]])),
        ylim=tuple(ends),
        yticks=[(row, name.removeprefix("MI ")) for row, name in zip(rows, ESTIMATORS, strict=True)],
        xlabel=label(answer["mean"]),
        ylabel="",
        show_legend=False,
    )


def conventions(answer: xr.Dataset) -> Figure:
    """What every convention adds to Kraskov's estimate, with its 95 % interval over seeds."""
    told = json.loads(answer.attrs["conventions"])
    rows = np.arange(len(told))[::-1].astype(float)
    off, error = answer.convention_off.values, answer.convention_error.values
    wrong = answer.convention_wrong.values > 0
    ends = [-0.7, len(told) - 0.3]
    return figure(
        truth([0, 0], ends, "Kraskov", NEUTRAL),
        horizontal_bars(off - 1.96 * error, off + 1.96 * error, rows, NEUTRAL),
        dot(np.where(wrong, np.nan, off), rows, GREEN, "sound"),
        dot(np.where(wrong, off, np.nan), rows, HARD, "wrong"),
        xlim=padded_range(np.concatenate([off - 2 * error, off + 2 * error])), ylim=tuple(ends),
        yticks=[(row, name) for row, (name, _, _) in zip(rows, told, strict=True)],
        xticks=3, xlabel=label(answer.convention_off), ylabel="", show_legend=False,
    )  # fmt: skip


def sliced(answer: xr.Dataset) -> Figure:
    """The joint distribution of x and y = x^2, the cut, and P(y | x) drawn from the cut to the right."""
    x, y = answer.slice_x.values, answer.slice_y.values
    share = answer.joint.values.astype(np.float32)
    here = _cell(answer)
    joint = heatmap(x, y, np.where(share > 0, share, np.nan), cmap=SEQUENTIAL, clim=(0, float(share.max())),
                    colorbar=True, clabel=label(answer.joint))  # fmt: skip
    width, height = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
    bottom, top = y[0] - height, y[-1] + height
    edges = np.repeat(np.append(y - height, top), 2)[1:-1]
    steps = x[here] + 0.5 * np.repeat(answer.conditional_at.values, 2)
    return figure(
        joint, curve([x[here]] * 2, [bottom, top], HARD, line_dash="dotted"), curve(steps, edges, HARD),
        xlim=(x[0] - width, x[-1] + width + 0.35), ylim=(bottom, top), xlabel="x", ylabel="y", show_legend=False,
    )  # fmt: skip


def conditional(answer: xr.Dataset) -> Figure:
    """H(Y | x) over x, its average H(Y | X), and H(Y) above both."""
    x, own, error = answer.slice_x.values, answer.entropy_at.values, answer.entropy_at_error.values
    whole, average = float(answer.entropy_of_y), float(answer.conditional_entropy)
    ends = x[[0, -1]]
    here, most = _cell(answer), max(whole, 0.1)  # two bins may hold all of y in one
    return figure(
        band(x, own - 1.96 * error, own + 1.96 * error, PURPLE),
        curve(ends, [whole, whole], NEUTRAL, "H(Y)", line_dash="dotted"),
        curve(ends, [average, average], KSG, "H(Y | X)"),
        curve(x, own, PURPLE, "H(Y | x)"),
        draggable_point(x[here], own[here]),
        xlim=(x[0], x[-1]),
        ylim=(-0.04 * most, 1.15 * most),
        xlabel="x",
        ylabel=label(answer.entropy_of_y, "entropy"),
        **LEGEND,
    )


def _cell(answer):
    bins = answer.slice_x.size
    return min(int((answer.attrs["position"] + 1) / 2 * bins), bins - 1)


def dot(x, y, color: str, name: str = "") -> Layer:
    """One mark, or one a row."""
    x, y = np.atleast_1d(x), np.atleast_1d(y)
    return scatter_points(x, y, name, color=color, size=7)


def information_sketch(answer: xr.Dataset) -> str:
    """KSG over k against the truth."""
    x, mean = np.log(answer.neighbours.values), answer.mean_over_k.values
    known = np.isfinite(mean)
    target = float(answer.truth)
    low, high = padded_range(np.append(mean[known], target))
    curves = {KSG: mean[known] - low}
    if np.isfinite(target):
        curves = {HARD: np.full(int(known.sum()), target - low), **curves}
    return lines(x[known], curves, top=high - low)
