"""Figures of a run of attention training."""

from __future__ import annotations

import numpy as np
import xarray as xr

from entropylab.studies.attention.figures import COLLAPSE, FIRST, HEADS, SECOND, heads, over_image
from entropylab.studies.rendering.figure import Figure, band, curve
from entropylab.studies.rendering.style import GREEN, HARD, NEUTRAL, figure, label
from entropylab.studies.rendering.thumbnail import lines

LEGEND = dict(legend_position="top", legend_cols=2, show_legend=True)

every_head = heads


def class_token_attention(answer: xr.Dataset) -> Figure:
    """Where the class token looks in one test image: last layer, mean over heads, pruned."""
    return over_image(answer, "map")


def accuracies(answer: xr.Dataset) -> Figure:
    """Accuracy on test images over steps, with nothing pruned and pruned."""
    return figure(
        curve(answer.record.values, answer.accuracy_over_steps.values, FIRST, "whole"),
        curve(answer.record.values, answer.pruned_over_steps.values, SECOND, "pruned"),
        **_frame(answer, (0, 100), answer.accuracy_over_steps, "accuracy"), **LEGEND,
    )  # fmt: skip


def zeros(answer: xr.Dataset) -> Figure:
    """Share of weights that the threshold and the map drop."""
    drawn = curve(answer.record.values, answer.sparsity_over_steps.values, GREEN)
    return figure(drawn, **_frame(answer, (0, 100), answer.sparsity_over_steps), show_legend=False)


def losses(answer: xr.Dataset) -> Figure:
    """Cross-entropy of the test images; dotted: guessing."""
    guess = np.log(10) / (1 if answer.cross_over_steps.attrs["units"] == "nats" else np.log(2))
    ends = np.array([0.0, float(answer.length)])
    return figure(
        curve(ends, [guess, guess], NEUTRAL, line_dash="dotted"),
        curve(answer.record.values, answer.cross_over_steps.values, FIRST),
        **_frame(answer, (0, 1.5 * guess), answer.cross_over_steps), show_legend=False,
    )  # fmt: skip


def entropies(answer: xr.Dataset) -> Figure:
    """Entropy of rows: a line a head, layer 2 dashed; dotted: uniform rows; red: collapse."""
    x, values, top = answer.record.values, answer.entropy_over_steps.values, float(answer.uniform)
    drawn = [
        curve(x, values[:, layer, head], HEADS[head], "" if layer else f"h{head + 1}",
              line_dash="dashed" if layer else "solid")
        for layer in range(values.shape[1]) for head in range(values.shape[2])
    ]  # fmt: skip
    ends = np.array([0.0, float(answer.length)])
    zone = COLLAPSE / (1 if answer.uniform.attrs["units"] == "nats" else np.log(2))
    return figure(
        band(ends, [0, 0], [zone, zone], HARD), curve(ends, [top, top], NEUTRAL, line_dash="dotted"), *drawn,
        **_frame(answer, (0, 1.15 * top), answer.entropy_over_steps), legend_position="top", legend_cols=4,
        show_legend=True,
    )  # fmt: skip


def training_sketch(answer: xr.Dataset) -> str:
    """Accuracy with nothing pruned and pruned, as a thumbnail."""
    drawn = {SECOND: np.nan_to_num(answer.pruned_over_steps.values), FIRST: np.nan_to_num(answer.accuracy_over_steps)}
    return lines(answer.record.values, drawn, top=100)


def _frame(answer, ylim, variable, name=None):
    return dict(xlim=(0, float(answer.length)), ylim=ylim, xlabel=label(answer.record), ylabel=label(variable, name))
