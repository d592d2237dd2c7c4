"""Draws from a kernel density estimate, and the histogram entropy of very many of them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from jaxtyping import ArrayLike, Float

from entropylab.estimators.card import estimator
from entropylab.estimators.histograms import POINTS_PER_BIN, bin_numbers, entropy_of_counts, joined, occupied, whole
from entropylab.estimators.kernel_density import RULE
from entropylab.knobs import BINS, SEED, Knob
from entropylab.numerics import check, kernel_shape

__all__ = ["kde_histogram", "kde_sample"]

DRAWS = Knob(
    "D", "Draws from the density estimate: more fill the bins better, and widen their range a little.",
    1_000_000, stops=(10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000), name="draws",
)  # fmt: skip
_CHUNK = 1 << 16


def kde_sample(
    x: Float[ArrayLike, "n ..."], draws: int, *, bandwidth: str | float = "scott", seed: int = 0
) -> Float[np.ndarray, "draws d"]:
    """`draws` samples of the Gaussian kernel density estimate of `x`: a sample plus one draw of the kernel.

    `bandwidth` as in `kde`. Put beside `x`, they show how good the fit is. Same seed, same draws.
    """
    x, draws = _prepared("kde_sample", x, bandwidth, draws, seed)
    return np.concatenate(list(_chunks(x, kernel_shape.root(x, bandwidth), draws, seed)))


@estimator(
    quantity="differential entropy",
    takes="samples",
    formula=r"z_1, \dots, z_D \sim \hat f_H, \quad"
    r" \hat h = -\sum_{b} \frac{c_b(z)}{D} \log \frac{c_b(z)}{D} + \sum_{j=1}^{d} \log w_j(z)",
    reference="couthures2024",
    bias="up by the kernel's width and the bins', down by about (occupied bins - 1) / 2 draws",
    cost="draws d",
    differentiable=False,
    kind="host",
    law="differential",
    knobs={"bandwidth": RULE, "bins": BINS, "draws": DRAWS, "seed": SEED},
    aliases=("kde + histogram",),
)
def kde_histogram(
    x: Float[ArrayLike, "n ..."],
    *,
    bandwidth: str | float = "scott",
    bins: int = 20,
    draws: int = 1_000_000,
    seed: int = 0,
) -> float:
    """Differential entropy of the histogram of `draws` draws from a kernel density estimate of `x`, in nats.

    `bandwidth` as in `kde`, bins as in `histogram`: `bins` equal ones per axis over the range of the draws.
    The draws add a standard error of about sqrt(d / 2 draws) (0.001 for a million in the plane), what `x`
    itself leaves open comes on top. More draws than bins can hold remove the histogram's loss of counts, not
    its smoothing nor the kernel's; with fewer than three draws to an occupied bin it warns, and the estimate
    falls towards log(draws) + sum_j log w_j whatever the density. `expected_kde_histogram` gives the value for
    draws that no memory holds. Memory: 8 + d bytes a draw.

    ValueError for draws below 2 and for what `kde` refuses. Source: Couthures, Tracking with ML (2024).
    """
    bins = whole(bins)
    x, draws = _prepared("kde_histogram", x, bandwidth, draws, seed)
    counts, log_volume = _histogram(x, kernel_shape.root(x, bandwidth), bins, draws, seed)
    _warn_if_sparse(counts, draws, log_volume)
    return entropy_of_counts(counts, draws) + log_volume


def _histogram(x, root, bins, draws, seed):
    """Counts of the occupied bins, and the log volume of a bin."""
    d = x.shape[1]
    low, high = np.full(d, np.inf), np.full(d, -np.inf)
    for z in _chunks(x, root, draws, seed):
        low, high = np.minimum(low, z.min(0)), np.maximum(high, z.max(0))
    edges = [np.linspace(low[j], high[j], bins + 1) for j in range(d)]
    kept = np.empty((d, draws), np.min_scalar_type(bins - 1))
    first = 0
    for z in _chunks(x, root, draws, seed):  # the same draws again: cheaper than keeping them
        for j in range(d):
            kept[j, first : first + len(z)] = bin_numbers(z[:, j], edges[j])
        first += len(z)
    return occupied(*joined(kept, bins)), float(np.log((high - low) / bins).sum())


def _prepared(name, x, bandwidth, draws, seed):
    kernel_shape.known(name, bandwidth)
    if isinstance(draws, bool) or draws != draws // 1 or draws < 2:
        raise ValueError(f"{name} needs a whole number of draws, at least 2: got {draws!r}.")
    checked_seed(name, seed)
    x = check.host_samples("x", x)
    if isinstance(bandwidth, str) and (caution := kernel_shape.condition(x)):
        check.warn(f"{name}: {caution}")
    return x[np.lexsort(x.T)], int(draws)  # sorted: the order of the samples changes no draw


def checked_seed(name, seed):
    """Demand a whole number from 0."""
    if isinstance(seed, bool) or seed != seed // 1 or seed < 0:
        raise ValueError(f"{name}: the seed must be a whole number from 0: got {seed!r}.")


def _chunks(x, root, draws, seed) -> Iterator[np.ndarray]:
    """The draws, some at a time; the same ones every time."""
    random = np.random.default_rng(int(seed))
    for first in range(0, draws, _CHUNK):
        count = min(_CHUNK, draws - first)
        centres = random.integers(len(x), size=count)
        yield x[centres] + random.standard_normal((count, x.shape[1])) @ root.T


def _warn_if_sparse(counts, draws, log_volume):
    if POINTS_PER_BIN * len(counts) > draws:
        check.warn(
            f"kde_histogram is short of draws: {draws} draws occupy {len(counts)} bins, so the estimate is low by at "
            f"least about {(len(counts) - 1) / (2 * draws):.2g} nats; with one draw to a bin it is log(draws) + "
            f"sum log width = {math.log(draws) + log_volume:.4g} whatever the density. Use fewer bins, more draws, or "
            "expected_kde_histogram."
        )
