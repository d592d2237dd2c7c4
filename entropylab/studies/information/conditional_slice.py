"""Conditional entropy of y = x^2: the slides' slice at one x beside the average over all x (Couthures 2024)."""

from __future__ import annotations

import numpy as np
import xarray as xr

from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import stage

LOW, HIGH = -1.0, 1.0


@stage("samples", "noise", "bins", "seed", "position", "abscissa")
def density_slice(knobs) -> xr.Dataset:
    """H(Y | x) at every x, its average H(Y | X), and the distribution of y at the chosen x."""
    x_cell, y_cell, (low, high) = parabola_cells(knobs.samples, knobs.noise, knobs.bins, knobs.seed, knobs.abscissa)
    bins = knobs.bins
    table = np.bincount(x_cell * bins + y_cell, minlength=bins * bins).reshape(bins, bins).astype(float)
    own, error, count = _entropies(table)
    whole, _, _ = _entropies(table.sum(0)[None])
    n = table.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        surprise = -np.log(table / count[:, None])[x_cell, y_cell]
        conditional = table / count[:, None]
    here = min(int((knobs.position - LOW) / (HIGH - LOW) * bins), bins - 1)
    centers = LOW + (np.arange(bins) + 0.5) * (HIGH - LOW) / bins
    rows = low + (np.arange(bins) + 0.5) * (high - low) / bins
    over = {"interval": "1.96 standard errors of the mean surprise over samples; the plug-in bias is apart"}
    return xr.Dataset(
        {
            "joint": (("slice_y", "slice_x"), (table / n).T, attributes("share of the samples")),
            "conditional_at": ("slice_y", conditional[here], attributes("P(y | x)")),
            "entropy_at": ("slice_x", own, entropy_attributes("H(Y | x)", **over)),
            "entropy_at_error": ("slice_x", error, entropy_attributes("standard error of H(Y | x)")),
            "conditional_entropy": ((), surprise.mean(), entropy_attributes("H(Y | X)", **over)),
            "conditional_entropy_error": (
                (),
                surprise.std() / np.sqrt(n),
                entropy_attributes("standard error of H(Y | X)"),
            ),
            "slice_entropy": ((), own[here], entropy_attributes("H(Y | x) at the slice", **over)),
            "slice_error": ((), error[here], entropy_attributes("standard error of H(Y | x)")),
            "entropy_of_y": ((), whole[0], entropy_attributes("H(Y)", **over)),
        },
        coords={
            "slice_x": ("slice_x", centers, attributes("x")),
            "slice_y": ("slice_y", rows, attributes("y")),
        },
    )


def parabola_cells(
    n: int, noise: float, bins: int, seed: int, abscissa: str
) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    """Cells of x and of y = x^2 + noise, and the range of y. On the grid every cell of x holds a single number."""
    rng = np.random.Generator(np.random.PCG64([seed, 2]))
    if abscissa == "grid":
        x_cell = rng.integers(0, bins, n)
        x = LOW + (x_cell + 0.5) * (HIGH - LOW) / bins
    else:
        x = rng.uniform(LOW, HIGH, n)
        x_cell = np.minimum(((x - LOW) / (HIGH - LOW) * bins).astype(int), bins - 1)
    y = x**2 + noise * rng.standard_normal(n)
    low, high = float(y.min()), float(y.max())
    if low == high:  # two cells of x without noise: every y is one number
        low, high = low - 0.5, high + 0.5
    y_cell = np.minimum(((y - low) / (high - low) * bins).astype(int), bins - 1)
    return x_cell, y_cell, (low, high)


def _entropies(table):
    """Plug-in entropy of every row of counts, the standard error of its mean surprise, and the row's count."""
    count = table.sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = table / count[:, None]
        surprise = np.where(table > 0, -np.log(np.where(table > 0, share, 1.0)), 0.0)
        mean = (share * surprise).sum(1)
        variance = (share * (surprise - mean[:, None]) ** 2).sum(1)
        return mean + 0.0, np.sqrt(variance / count), count
