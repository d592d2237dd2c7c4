"""Figures of what the neurons of a network know of features of digits."""

from __future__ import annotations

import numpy as np
import xarray as xr

from entropylab.studies.information.figures import KSG, LEGEND, dot
from entropylab.studies.information.network import FEATURES, NEURONS, RANDOM
from entropylab.studies.rendering.figure import Figure, band, curve, heatmap
from entropylab.studies.rendering.limits import padded_range
from entropylab.studies.rendering.style import DIVERGING, MARK, NEUTRAL, figure, horizontal_bars, label, truth


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
        truth([0, 0], ends, "nothing known"), horizontal_bars(low, high, rows - 0.25, NEUTRAL),
        horizontal_bars(value - 1.96 * error, value + 1.96 * error, rows, KSG),
        dot(np.where(chance, np.nan, value), rows, KSG),
        dot(np.where(chance, value, np.nan), rows, MARK), xlim=padded_range(known), ylim=tuple(ends),
        yticks=list(zip(rows, FEATURES, strict=True)), xlabel=label(answer.layer_proficiency), ylabel="",
        show_legend=False,
    )  # fmt: skip


def layer_over_images(answer: xr.Dataset) -> Figure:
    """The layer's proficiency for the class and for a random feature over the number of images; null in grey."""
    x = answer.images_stop.values
    mean, deviation = answer.layer_over_images.values, answer.layer_deviation.values
    low, high = answer.null_low_over_images.values, answer.null_high_over_images.values
    bands = [band(x, mean[i] - deviation[i], mean[i] + deviation[i], color) for i, color in ((0, KSG), (1, MARK))]
    ends = x[[0, -1]]
    return figure(
        band(x, low, high, NEUTRAL, 0.35),
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
