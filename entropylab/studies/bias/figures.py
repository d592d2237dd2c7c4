"""Figures of the bias experiment."""

from __future__ import annotations

import numpy as np
import xarray as xr

from entropylab.studies.bias.curves import COMMON
from entropylab.studies.bias.methods import ALL, METHODS
from entropylab.studies.rendering.figure import Figure, band, curve, heatmap, scatter_points
from entropylab.studies.rendering.limits import central_quantile_range, padded_range
from entropylab.studies.rendering.style import (
    DIVERGING,
    GREEN,
    HARD,
    NEUTRAL,
    SERIES,
    SOFT,
    draggable_point,
    figure,
    horizontal_bars,
    label,
    truth,
)
from entropylab.studies.rendering.thumbnail import lines

LEGEND = dict(legend_position="top", legend_cols=3, show_legend=True)


def estimate_over_samples(answer: xr.Dataset) -> Figure:
    """Mean estimate over n with one standard deviation over seeds, for every estimator; the truth dashed."""
    x = answer["size"].values
    mean, deviation = answer.mean_over_samples.values, answer.deviation_over_samples.values
    target = float(answer.truth)
    bands = [band(x, mean[i] - deviation[i], mean[i] + deviation[i], SERIES[name], 0.15) for i, name in _all()]
    drawn = [_line(x, mean[i], name, _chosen(answer, i)) for i, name in _all()]
    return figure(
        *bands, truth(x[[0, -1]], [target, target], "truth"), *drawn,
        draggable_point(answer.attrs["samples"], target), logx=True, xlim=_sizes(answer),
        ylim=padded_range(np.concatenate([(mean - deviation).ravel(), (mean + deviation).ravel()]), target),
        xlabel=label(answer["size"]), ylabel=label(answer.mean_over_samples), show_legend=False,
    )  # fmt: skip


def error_over_samples(answer: xr.Dataset) -> Figure:
    """Root mean square error over n, both logarithmic: the slope is the rate, a floor is a bias that stays."""
    x, rmse = answer["size"].values, answer.rmse_over_samples.values
    drawn = [_line(x, rmse[i], name, _chosen(answer, i)) for i, name in _all()]
    known = rmse[np.isfinite(rmse) & (rmse > 0)]
    low, high = (known.min(), known.max()) if len(known) else (0.01, 1.0)
    top = np.nanmax(np.where(x == 500, rmse, np.nan)) if np.isfinite(rmse[:, x == 500]).any() else high
    return figure(
        curve(x, top * np.sqrt(500 / x), NEUTRAL, "n^(−1/2)", line_dash="dotted"), *drawn,
        logx=True, logy=True, xlim=_sizes(answer), ylim=(low / 1.5, high * 1.5), xlabel=label(answer["size"]),
        ylabel=label(answer.rmse_over_samples, "RMSE"), show_legend=False,
    )  # fmt: skip


def split_over_samples(answer: xr.Dataset) -> Figure:
    """|bias| and standard deviation over n of the estimator looked at closely, both logarithmic: which one to fight."""
    x, i = answer["size"].values, ALL.index(focus(answer))
    size = np.abs(answer.mean_over_samples.values[i] - float(answer.truth))
    deviation = answer.deviation_over_samples.values[i]
    known = np.concatenate([size, deviation])
    known = known[np.isfinite(known) & (known > 0)]
    low, high = (known.min(), known.max()) if len(known) else (0.01, 1.0)
    return figure(
        curve(x, size, SOFT, "size of the bias"),
        curve(x, deviation, NEUTRAL, "standard deviation", line_dash="dotted"),
        logx=True, logy=True, xlim=_sizes(answer), ylim=(low / 1.5, high * 1.5), xlabel=label(answer["size"]),
        ylabel=label(answer.rmse_over_samples, focus(answer)), **LEGEND,
    )  # fmt: skip


def estimate_over_knob(answer: xr.Dataset) -> Figure:
    """The estimator looked at closely over its own knob, with one standard deviation; the truth dashed."""
    x, mean = answer.setting.values, answer.mean_over_parameter.values
    deviation = answer.deviation_over_parameter.values
    ceiling, target = answer.ceiling_over_parameter.values, float(answer.truth)
    own = _present(answer)
    return figure(
        band(x, mean - deviation, mean + deviation, SOFT),
        curve(x, ceiling, NEUTRAL, "one to a bin", line_dash="dotted"),
        truth(x[[0, -1]], [target, target], "truth"), curve(x, mean, SOFT, "estimate"),
        draggable_point(own, answer.focus_mean if np.isfinite(own) else np.nan), logx=True, xlim=(x[0], x[-1]),
        ylim=padded_range(np.concatenate([mean - deviation, mean + deviation]), target),
        xlabel=label(answer.setting), ylabel=label(answer.mean_over_parameter, focus(answer)), **LEGEND,
    )  # fmt: skip


def errors_over_seeds(answer: xr.Dataset) -> Figure:
    """Error of every estimate of every seed, one row an estimator, the least error on top; no error dashed."""
    errors = answer.estimate.values - float(answer.truth)
    order = np.argsort(np.where(answer.is_compared.values, -np.nan_to_num(answer.rmse.values, nan=np.inf), np.inf))
    row = np.full(len(ALL), np.nan)
    count = int(answer.is_compared.values.sum())
    row[order[:count]] = np.arange(count)
    replicate = np.arange(errors.shape[1])
    jitter = 0.5 * ((replicate * 0.6180339887) % 1 - 0.5)  # the golden section spreads any number of points
    dots = [
        scatter_points(*_known(errors[i], row[i] + jitter), name, color=SERIES[name], size=5, alpha=0.6)
        for i, name in _all()
    ]
    known = errors[np.isfinite(errors) & np.isfinite(row)[:, None]]
    half = 1.96 * answer.error_of_bias.values
    return figure(
        *dots, horizontal_bars(answer.bias.values - half, answer.bias.values + half, row, NEUTRAL),
        truth([0, 0], [-1, len(ALL)], "no error"), xlim=padded_range(known, 0.0),
        ylim=(-0.6, count - 0.4), yaxis=None, xlabel=label(answer.estimate, "estimate − truth"), ylabel="",
        show_legend=False,
    )  # fmt: skip


def bias_over_size_and_dimension(answer: xr.Dataset) -> Figure:
    """Bias of the estimator looked at closely over n and dimension (symbols: over n and alphabet)."""
    x, y = np.log2(answer.map_size.values), np.log2(answer.map_width.values)
    z = answer.bias_map.values
    limit = float(np.nanmax(np.abs(z))) if np.isfinite(z).any() else 1.0
    dx, dy = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
    half = 1.96 * answer.error_of_map.values
    surface = heatmap(
        x, y, z.astype(np.float32), {"half": half.astype(np.float32)}, cmap=DIVERGING, clim=(-limit, limit),
        colorbar=True, clabel=label(answer.bias_map),
        hover=[(label(answer.bias_map), "@image{+0.000} ± @half{0.000}, 95 % over seeds")],
    )  # fmt: skip
    # A symbol problem has no dimension: the alphabet takes its place.
    symbols = float(answer.map_width[-1]) > 100
    width = answer.attrs["support" if symbols else "dimension"]
    return figure(
        surface, draggable_point(np.log2(answer.attrs["samples"]), np.log2(width)),
        xlim=(x[0] - dx, x[-1] + dx), ylim=(y[0] - dy, y[-1] + dy),
        xticks=[(np.log2(v), str(v)) for v in (32, 128, 512, 2048)],
        yticks=[(np.log2(v), str(v)) for v in (1, 2, 4, 8, 16, 64, 256, 1024)],
        xlabel=label(answer.map_size), ylabel="symbols K" if symbols else "dimensions d", show_legend=False,
    )  # fmt: skip


def fit_beside_data(answer: xr.Dataset) -> Figure:
    """Draws of the kernel fit beside the data, first two columns; a single column is spread by jitter."""
    data, fitted = answer.data_points.values, answer.fitted_points.values
    both = np.concatenate([data, fitted])
    clouds = [
        scatter_points(*_known(points[:, 0], points[:, 1]), name, color=color, size=4, alpha=0.5)
        for points, color, name in ((fitted, SOFT, "draws of the KDE"), (data, GREEN, "data"))
    ]
    single = answer.attrs["dimension"] == 1
    return figure(
        *clouds,
        xlim=central_quantile_range(both[:, 0]),
        ylim=central_quantile_range(both[:, 1]),
        xlabel="first column",
        ylabel="jitter" if single else "second column",
        **LEGEND,
    )


def fit_against_data(answer: xr.Dataset) -> Figure:
    """Quantiles of the kernel fit against those of the data, first column; on the dashed line they agree."""
    x, y = answer.data_quantile.values, answer.fitted_quantile.values
    ends = np.array(central_quantile_range(np.concatenate([x, y])))
    points = scatter_points(*_known(x, y), color=SOFT, size=5, alpha=0.7)
    return figure(
        truth(ends, ends, "equal"), points, xlim=tuple(ends), ylim=tuple(ends), xlabel="quantile of the data",
        ylabel="quantile of the KDE", show_legend=False,
    )  # fmt: skip


def change_of_unit(answer: xr.Dataset) -> Figure:
    """Differential entropy and Jaynes' entropy when all samples are multiplied by a; truths dashed."""
    x = answer.scaled.values
    target, relative = answer.true_h_over_scale.values, answer.true_jaynes_over_scale.values
    h, jaynes = answer.h_over_scale.values, answer.jaynes_over_scale.values
    return figure(
        truth(x, target, "truth"), truth(x, relative, "truth"), curve(x, h, GREEN, "h(aX)"),
        curve(x, jaynes, SOFT, "Jaynes"),
        logx=True, xlim=(x[0], x[-1]), ylim=padded_range(np.concatenate([h, jaynes, target, relative]), 0.0),
        xlabel=label(answer.scaled), ylabel=label(answer.h_over_scale, "entropy"), **LEGEND,
    )  # fmt: skip


def focus(answer: xr.Dataset) -> str:
    """The estimator looked at closely."""
    discrete = not np.isfinite(answer.ceiling)
    return answer.attrs["count_focus" if discrete else "focus"]


def _sizes(answer):
    """First and last n of the curves: the grid goes on where the question's n does."""
    x = answer["size"].values
    return x[0], x[x <= max(COMMON, answer.attrs["samples"])][-1]


def _present(answer):
    """Where the own knob stands; NaN for one that no slider turns, and where there is none."""
    return float(answer.attrs.get(METHODS[focus(answer)].own, np.nan))


def _all():
    return list(enumerate(ALL))


def _chosen(answer, i):
    return bool(answer.is_compared.values[i])


def _line(x, y, name, chosen):
    return curve(x, y if chosen else np.full_like(y, np.nan), SERIES[name], name)


def _known(x, y):
    known = np.isfinite(x) & np.isfinite(y)
    return (x[known], y[known]) if known.any() else ([np.nan], [np.nan])


def bias_sketch(answer: xr.Dataset) -> str:
    """The estimator looked at closely over n against the truth."""
    mean = answer.mean_over_samples.values[ALL.index(focus(answer))]
    known = np.isfinite(mean)
    target = float(answer.truth)
    low, high = padded_range(mean[known], target)
    x = np.log(answer["size"].values[known])
    if len(x) < 2:
        return lines(np.array([0.0, 1.0]), {HARD: np.full(2, 0.5)}, top=1.0)
    return lines(x, {HARD: np.full(len(x), target - low), SERIES[focus(answer)]: mean[known] - low}, top=high - low)
