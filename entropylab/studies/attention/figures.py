"""Figures of the attention experiment."""

from __future__ import annotations

import numpy as np
import xarray as xr

from entropylab.studies.attention.models.methods import METHODS
from entropylab.studies.rendering.figure import Figure, band, curve, heatmap, rgba_image, scatter_points
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
    horizontal_bars,
    label,
)
from entropylab.studies.rendering.thumbnail import lines

NAMES = tuple(METHODS)
TINT = np.array([213, 94, 0]) / 255  # attention is laid over ink in this colour
COLLAPSE = 0.3  # nats; below it our models lose accuracy
FIRST, SECOND = SOFT, HARD
HEADS = (SOFT, GREEN, PURPLE, MARK)
LEGEND = dict(legend_position="top", legend_cols=2, show_legend=True)


def first_map(answer: xr.Dataset) -> Figure:
    """Where the chosen row of method A looks: orange over the image; the mark is the patch that asks."""
    return over_image(answer, "map")


def second_map(answer: xr.Dataset) -> Figure:
    """The same row of method B."""
    return over_image(answer, "other_map")


def over_image(answer: xr.Dataset, name: str) -> Figure:
    """A map over the image; the mark is the patch whose row it is, if it is a patch's."""
    points = answer.attrs.get("query") != "class token"
    x, y = (answer.attrs.get(axis, np.nan) if points else np.nan for axis in ("x", "y"))
    pixels = _colored(answer.picture.values, answer[name].values)
    return figure(rgba_image(pixels, (0, 0, 1, 1)), draggable_point(x, y), **_frame("", ""))


def rollout(answer: xr.Dataset) -> Figure:
    """How much of each patch reaches the class token through all layers: A on the left, B on the right."""
    shown = [_colored(answer.picture.values, answer[name].values) for name in ("rollout", "other_rollout")]
    return _montage([shown], ["A", "B"], [""], (0, 0, 2, 1))


def heads(answer: xr.Dataset) -> Figure:
    """The chosen row in every head of method A: columns are heads, rows are layers."""
    rows = [[_colored(answer.picture.values, head) for head in layer] for layer in answer.heads.values]
    layers, columns = answer.heads.shape[:2]
    names = [f"head {i + 1}" for i in range(columns)], [f"layer {i + 1}" for i in range(layers)]
    return _montage(rows, *names, (0, 0, columns, layers))


def matrix(answer: xr.Dataset) -> Figure:
    """All rows of the chosen head of method A; token 0 is the class token, zeros are darkest."""
    values = answer.matrix.values
    n = len(values)
    cells = np.arange(n) + 0.5
    weights = heatmap(cells, cells, np.float32(values)[::-1], cmap=SEQUENTIAL, clim=(0.0, 1.0), colorbar=True,
                      clabel="attention")  # fmt: skip
    ends = np.array([0.0, n])
    return figure(
        weights, curve(ends, ends[::-1], NEUTRAL, line_dash="dotted"), xlim=(0, n), ylim=(0, n), xlabel="key",
        ylabel="query, from the top", show_legend=False,
    )  # fmt: skip


def accuracy(answer: xr.Dataset) -> Figure:
    """Accuracy over sparsity as the threshold rises: A and B with bands, other methods faint; the present threshold."""
    x, mean, half = answer.target.values, answer.accuracy_over_sparsity.values, answer.half_over_sparsity.values
    chosen = [(NAMES.index(answer.attrs[key]), color) for key, color in (("method", FIRST), ("versus", SECOND))]
    return figure(
        *(curve(x, mean[i], NEUTRAL, line_alpha=0.5) for i in range(len(NAMES))),
        *(band(x, mean[i] - half[i], mean[i] + half[i], color) for i, color in chosen),
        curve(x, mean[chosen[0][0]], FIRST, "A"), curve(x, mean[chosen[1][0]], SECOND, "B"),
        draggable_point(answer.sparsity, answer.accuracy), xlim=(0, 96), ylim=(_floor(mean), 100),
        xlabel=label(answer.target), ylabel=label(answer.accuracy_over_sparsity), **LEGEND,
    )  # fmt: skip


def difference(answer: xr.Dataset) -> Figure:
    """A minus B on the same images over sparsity: wide band over trained models, narrow band over images."""
    x, y = answer.target.values, answer.difference_over_sparsity.values
    halves = answer.model_half.values, answer.image_half.values
    low, high = min(float(np.nanmin(y - halves[0])), -2.0), max(float(np.nanmax(y + halves[0])), 2.0)
    return figure(
        *(band(x, y - half, y + half, SOFT) for half in halves),
        curve(x[[0, -1]], [0, 0], NEUTRAL, line_dash="dotted"),
        curve(x, y, SOFT),
        draggable_point(answer.sparsity, answer.difference),
        xlim=(0, 96),
        ylim=(1.1 * low, 1.1 * high),
        xlabel=label(answer.target),
        ylabel="A − B [points]",
        show_legend=False,
    )


def entropies(answer: xr.Dataset) -> Figure:
    """Entropy of rows through training of method A: a line a head, layer 2 dashed; dotted: uniform rows."""
    x, values, top = answer.step.values, answer.entropy_over_steps.values, float(answer.uniform)
    drawn = [
        curve(x, values[:, layer, head], HEADS[head], "" if layer else f"h{head + 1}",
              line_dash="dashed" if layer else "solid")
        for layer in range(values.shape[1]) for head in range(values.shape[2])
    ]  # fmt: skip
    ends = np.array([0.0, x[-1]])
    zone = COLLAPSE * (1 if answer.uniform.attrs["units"] == "nats" else 1 / np.log(2))
    return figure(
        band(ends, [0, 0], [zone, zone], HARD), curve(ends, [top, top], NEUTRAL, line_dash="dotted"), *drawn,
        xlim=tuple(ends), ylim=(0, 1.15 * top), xlabel=label(answer.step), ylabel=label(answer.entropy_over_steps),
        legend_position="top", legend_cols=4, show_legend=True,
    )  # fmt: skip


def strokes(answer: xr.Dataset) -> Figure:
    """Overlap of the class token's attention with strokes for every method; dotted: chance, dashed: the centre."""
    mean, half = answer.iou.values, answer.iou_half.values
    rows = np.arange(len(NAMES), dtype=float)[::-1]
    points = scatter_points(mean, rows, color=SOFT, size=8)
    ends = np.array([-0.6, len(NAMES) - 0.4])
    at = lambda name: np.full(2, float(answer[name]))  # noqa: E731
    return figure(
        curve(at("chance_level"), ends, NEUTRAL, "chance", line_dash="dotted"),
        curve(at("centre"), ends, GREEN, "centre", line_dash="dashed"),
        curve(np.full(2, 0.73), ends, HARD, "claimed", line_dash="dashed"),
        horizontal_bars(mean - half, mean + half, rows, SOFT), points, xlim=(0, 1), ylim=tuple(ends),
        yticks=list(zip(rows, NAMES, strict=True)), xlabel="overlap (IoU)", ylabel="", legend_position="top",
        legend_cols=3, show_legend=True,
    )  # fmt: skip


def attention_sketch(answer: xr.Dataset) -> str:
    """Accuracy over sparsity of A and B as a thumbnail."""
    mean = answer.accuracy_over_sparsity.values
    drawn = {
        color: np.maximum(np.nan_to_num(mean[NAMES.index(answer.attrs[key])], nan=0) - _floor(mean), 0)
        for key, color in (("versus", SECOND), ("method", FIRST))
    }
    return lines(answer.target.values, drawn, top=100 - _floor(mean))


def _floor(mean):
    return max(0.0, 10 * np.floor(np.nanmin(mean) / 10))


def _colored(picture, weights):
    """Ink in grey, with the weights of patches over it: full tint at the largest, or at half of the row's mass."""
    times = picture.shape[0] // weights.shape[0]
    shade = np.kron(np.clip(weights / max(weights.max(), 1e-12), 0, 1), np.ones((times, times)))[..., None] * 0.75
    grey = np.repeat(np.clip(picture, 0, 1)[..., None], 3, axis=-1)
    return (1 - shade) * grey + shade * TINT


def _montage(rows, columns, names, bounds):
    """Pictures side by side with a thin gap, names along both axes."""
    side = rows[0][0].shape[0]
    gap = 1
    high, wide = len(rows), len(rows[0])
    sheet = np.full((high * (side + gap), wide * (side + gap), 3), 0.5)
    for i, row in enumerate(rows):
        for j, picture in enumerate(row):
            sheet[i * (side + gap) : i * (side + gap) + side, j * (side + gap) : j * (side + gap) + side] = picture
    ends = np.array([0.0, wide])
    return figure(
        rgba_image(sheet[:-gap, :-gap], bounds), curve(ends, [0, 0], NEUTRAL), xlim=(0, wide), ylim=(0, high),
        xlabel="", ylabel="",
        xticks=[(j + 0.5, name) for j, name in enumerate(columns)],
        yticks=[(high - i - 0.5, name) for i, name in enumerate(names)], show_legend=False,
    )  # fmt: skip


def _frame(xlabel, ylabel):
    ticks = [(-1.0, "")]  # out of sight: an empty list is not taken
    return dict(
        xlim=(0, 1), ylim=(0, 1), xlabel=xlabel, ylabel=ylabel, xticks=ticks, yticks=ticks, show_legend=False
    )  # fmt: skip
