"""Pictures of the information experiment."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

from entropylab.studies.information.estimators import ESTIMATORS
from entropylab.studies.information.network import FEATURES, NEURONS, RANDOM
from entropylab.studies.rendering.figure import Figure, band, curve, heatmap, scatter_points
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
    return _moving(answer, "k", x, answer.attrs["k"], answer.truth, band(*_drawn(x, low, high), NEUTRAL, 0.35),
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
        band(*_drawn(x, low, high), KSG),
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
    dots = [_dot(mean[i], rows[i], SERIES[name]) for i, name in enumerate(ESTIMATORS)]
    ends = [-0.7, len(ESTIMATORS) - 0.3]
    return figure(
        curve([0, 0], ends, NEUTRAL, line_dash="dotted"),
        truth([target, target], ends, "truth"),
        _bars(low, high, rows - 0.25, NEUTRAL),
        _bars(mean - 1.96 * error, mean + 1.96 * error, rows, MARK),
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
        _bars(off - 1.96 * error, off + 1.96 * error, rows, NEUTRAL),
        _dot(np.where(wrong, np.nan, off), rows, GREEN, "sound"),
        _dot(np.where(wrong, off, np.nan), rows, HARD, "wrong"),
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
        band(*_drawn(x, own - 1.96 * error, own + 1.96 * error), PURPLE),
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


def neurons(answer: xr.Dataset) -> Figure:
    """Proficiency of every neuron alone, and of the whole layer in the last column, for every feature."""
    values = answer.proficiency.values[::-1]
    ticks = [(i + 0.5, name) for i, name in enumerate(FEATURES[::-1])]
    columns = [(j + 0.5, str(j + 1)) for j in range(0, NEURONS - 1, 2)] + [(NEURONS + 0.5, "all")]
    cells = heatmap(
        np.arange(NEURONS + 1) + 0.5, np.arange(len(FEATURES)) + 0.5, values.astype(np.float32), cmap=DIVERGING,
        clim=(-1, 1), colorbar=True, clabel=label(answer.proficiency),
    )  # fmt: skip
    return figure(
        cells, xticks=columns, yticks=ticks, xlim=(0, NEURONS + 1), ylim=(0, len(FEATURES)), xlabel="neuron", ylabel="",
    )  # fmt: skip


def layer(answer: xr.Dataset) -> Figure:
    """The layer's proficiency with its 95 % interval, beside what shuffled features read; random features at 0."""
    rows = np.arange(len(FEATURES))[::-1].astype(float)
    value, error = answer.layer_proficiency.values, answer.layer_error.values
    low, high = answer.layer_null_low.values, answer.layer_null_high.values
    chance = np.array([name in RANDOM for name in FEATURES])
    ends = [-0.7, len(FEATURES) - 0.3]
    known = np.concatenate([value - 2 * error, value + 2 * error, low, high, [0.0, 1.0]])
    return figure(
        truth([0, 0], ends, "nothing known"), _bars(low, high, rows - 0.25, NEUTRAL),
        _bars(value - 1.96 * error, value + 1.96 * error, rows, KSG), _dot(np.where(chance, np.nan, value), rows, KSG),
        _dot(np.where(chance, value, np.nan), rows, MARK), xlim=padded_range(known), ylim=tuple(ends),
        yticks=list(zip(rows, FEATURES, strict=True)), xlabel=label(answer.layer_proficiency), ylabel="",
        show_legend=False,
    )  # fmt: skip


def _bars(low, high, rows, color):
    """Horizontal bars, all in one line that is broken between rows."""
    gap = np.full(len(rows), np.nan)
    return curve(np.column_stack([low, high, gap]).ravel(), np.column_stack([rows, rows, gap]).ravel(), color)


def layer_over_images(answer: xr.Dataset) -> Figure:
    """The layer's proficiency for the class and for a random feature over the number of images; null in grey."""
    x = answer.images_stop.values
    mean, deviation = answer.layer_over_images.values, answer.layer_deviation.values
    low, high = answer.null_low_over_images.values, answer.null_high_over_images.values
    bands = [
        band(*_drawn(x, mean[i] - deviation[i], mean[i] + deviation[i]), color) for i, color in ((0, KSG), (1, MARK))
    ]
    ends = x[[0, -1]]
    return figure(
        band(*_drawn(x, low, high), NEUTRAL, 0.35),
        *bands,
        truth(ends, [0.0, 0.0], "nothing known"),
        curve(x, mean[0], KSG, "class"),
        curve(x, mean[1], MARK, "uniform"),
        logx=True,
        xlim=tuple(ends),
        ylim=padded_range(
            np.concatenate([(mean - deviation).ravel(), (mean + deviation).ravel(), low, high, [0.0, 1.0]])
        ),
        xticks=[int(m) for m in x],
        xlabel=label(answer.images_stop),
        ylabel=label(answer.layer_over_images),
        **LEGEND,
    )


def _dot(x, y, color, name=""):
    x, y = np.atleast_1d(x), np.atleast_1d(y)
    return scatter_points(x, y, name, color=color, size=7)


def _drawn(x, low, high):
    """The part of a band that is known: an area through NaN would be drawn to zero."""
    known = np.isfinite(low) & np.isfinite(high)
    return (x[known], low[known], high[known]) if known.any() else (x[:1], np.array([np.nan]), np.array([np.nan]))


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
