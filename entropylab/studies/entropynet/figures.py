"""Figures of EntropyNet's training."""

from __future__ import annotations

import numpy as np
import xarray as xr

from entropylab.studies.rendering import thumbnail
from entropylab.studies.rendering.figure import Figure, band, curve
from entropylab.studies.rendering.limits import padded_range
from entropylab.studies.rendering.style import (
    GREEN,
    HARD,
    MARK,
    NEUTRAL,
    PURPLE,
    SOFT,
    dots,
    draggable_point,
    draggable_points,
    figure,
    label,
    truth,
)

TOP = dict(legend_position="top", legend_cols=3, show_legend=True)


def point_sets(answer: xr.Dataset) -> Figure:
    """One held-out set before (grey) and after, the way of every point, both hulls, and the anchors."""
    before, after = answer.before.values, answer.after.values
    gone = np.full_like(before, np.nan)
    ways = np.stack([before, after, gone], 1).reshape(-1, 2)
    old, new, anchors = answer.hull_before.values, answer.hull_after.values, answer.anchor.values
    seen = np.concatenate([before, after])
    return figure(
        curve(ways[:, 0], ways[:, 1], NEUTRAL, alpha=0.4), dots(before[:, 0], before[:, 1], NEUTRAL, 3),
        dots(after[:, 0], after[:, 1], SOFT, 4), truth(old[:, 0], old[:, 1], "hull before"),
        curve(new[:, 0], new[:, 1], SOFT, "hull after"), draggable_points(anchors[:, 0], anchors[:, 1]),
        xlim=padded_range(seen[:, 0]), ylim=padded_range(seen[:, 1]), xlabel="x", ylabel="y", **TOP,
    )  # fmt: skip


def loss_terms(answer: xr.Dataset) -> Figure:
    """What every part adds to the loss."""
    x = answer.row.values
    names = {"chamfer": GREEN, "entropy": SOFT, "stability": PURPLE}
    values = {name: answer[f"{name}_history"].values for name in names}
    low, high = padded_range(np.concatenate([*values.values(), [0.0]]))
    return figure(
        *(curve(x, values[name], color, name) for name, color in names.items()),
        xlim=_run(answer), ylim=(low, high), xlabel=label(answer.row), ylabel="part of the loss", **TOP,
    )  # fmt: skip


def entropy(answer: xr.Dataset) -> Figure:
    """The entropy of held-out sets; dashed where the same cells find the sets unmoved."""
    x, start = answer.row.values, float(answer.entropy_before)
    value, ends = answer.held_out_history.values, _run(answer)
    return figure(
        truth(ends, [start, start], "unmoved"),
        curve(x, value, SOFT, "moved"),
        draggable_point(answer.step, answer.entropy_after),
        xlim=ends,
        ylim=padded_range(np.concatenate([value, [0.0, start, float(answer.entropy_after)]])),
        xlabel=label(answer.row),
        ylabel=label(answer.held_out_history, "entropy"),
        **TOP,
    )


def error(answer: xr.Dataset) -> Figure:
    """The hull's area error in held-out sets with its 95 % interval."""
    return _with_band(answer, answer.error_history, 1.96 * answer.error_spread.values, MARK)


def displacement(answer: xr.Dataset) -> Figure:
    """The Hausdorff distance between held-out sets before and after."""
    return _with_band(answer, answer.displacement_history, 0 * answer.displacement_history.values, PURPLE)


def tradeoff(answer: xr.Dataset) -> Figure:
    """What the entropy costs: hull error against entropy, along the run."""
    x, y = answer.held_out_history.values, answer.error_history.values
    here, start = (float(answer.entropy_after), float(answer.area_error)), float(answer.entropy_before)
    return figure(
        truth([start] * 2, [0.0, max(here[1], 1e-3)], "entropy unmoved"),
        curve(x, y, SOFT, "run"),
        draggable_point(*here),
        xlim=padded_range(np.concatenate([x, [here[0], 0.0, start]])),
        ylim=padded_range(np.concatenate([y, [here[1], 0.0]])),
        xlabel=label(answer.held_out_history, "entropy"),
        ylabel=label(answer.error_history, "hull area error"),
        **TOP,
    )


def entropynet_sketch(answer: xr.Dataset) -> str:
    """The moved set."""
    after = answer.after.values
    few = np.linspace(0, len(after) - 1, min(len(after), 70)).round().astype(int)
    return thumbnail.dots(after[few, 0], after[few, 1], [SOFT] * len(few))


def _with_band(answer, history, half, color):
    x, value, ends = answer.row.values, history.values, _run(answer)
    known = np.where(np.isfinite(x), x, ends[1])  # a band takes no gaps: the future has no height
    flat = np.where(np.isfinite(value), value, 0.0)
    high = np.where(np.isfinite(value), value + half, 0.0)
    low = np.where(np.isfinite(value), value - half, 0.0)
    return figure(
        band(known, low, high, color),
        truth(ends, [0.0, 0.0], "the same hull", HARD),
        curve(x, value, color),
        xlim=ends,
        ylim=padded_range(np.concatenate([high, flat, [0.0]])),
        xlabel=label(answer.row),
        ylabel=label(history),
        show_legend=False,
    )


def _run(answer) -> tuple[float, float]:
    return 0.0, float(answer.length)
