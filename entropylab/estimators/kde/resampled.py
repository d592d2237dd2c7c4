"""Draws from a kernel density estimate, and the histogram entropy of very many of them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from entropylab.estimators.card import estimator
from entropylab.estimators.kde.entropy import RULE
from entropylab.estimators.order.histogram import POINTS_PER_BIN, count_occupied, entropy_of_counts, joint_codes
from entropylab.knobs import BINS, SEED, Knob
from entropylab.numerics.kernel_sums import bandwidth as kernel_sums_bandwidth
from entropylab.numerics.kernel_sums.binning import bin_edges, bin_numbers, require_memory, whole
from entropylab.numerics.kernel_sums.scaling import divided, ends, extreme_exponents, without_offset
from entropylab.numerics.validation import check

__all__ = ["kde_histogram", "kde_sample"]

DRAWS = Knob(
    "D", "Draws from the density estimate: more fill the bins better, and widen their range a little.",
    1_000_000, stops=(10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000), name="draws",
)  # fmt: skip
_CHUNK = 1 << 16


@check.check_knob_types
def kde_sample(
    x: ArrayLike, draws: int, *, bandwidth: str | float = "scott", seed: int = 0
) -> Float[np.ndarray, "draws d"]:
    """Samples of the Gaussian kernel density estimate of `x`, in the units of `x`.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Samples.
    draws : int
        Number of samples to draw.
    bandwidth : float or {'scott', 'silverman', 'loo'}, default 'scott'
        As `kde`.
    seed : int, default 0
        Seed of the draws; the same seed gives the same draws.

    Returns
    -------
    numpy.ndarray, shape (draws, d)
        The draws; beside `x` they show how good the fit is.

    Raises
    ------
    ValueError
        For what `kde` refuses, for draws that take more than 4 GiB, and where some could exceed the largest float64.

    Notes
    -----
    Each is a sample of `x` plus one draw of the kernel, so variances add.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> x = np.random.default_rng(0).normal(size=1000)
    >>> lab.kde_sample(x, 5).shape
    (5, 1)
    """
    x, draws, seed, caution = _prepared("kde_sample", x, bandwidth, draws, seed)
    if caution:
        check.warn(caution)
    require_memory("kde_sample: draws", draws, 16 * x.shape[1], "draw some at a time, with another seed each.")
    root = kernel_sums_bandwidth.kernel_cholesky(x, bandwidth)
    if not np.isfinite(np.abs(x).max() / 2 + 20 * np.abs(root).max(0).sum()).all():
        raise ValueError(f"kde_sample: draws from data as large as {np.abs(x).max():.3g} may overflow; rescale them.")
    return np.concatenate(list(_chunks(x, root, draws, seed)))


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
    x: ArrayLike,
    *,
    bandwidth: str | float = "scott",
    bins: int = 20,
    draws: int = 1_000_000,
    seed: int = 0,
) -> float:
    """Differential entropy of the histogram of draws from a kernel density estimate of `x`, in nats.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Samples.
    bandwidth : float or {'scott', 'silverman', 'loo'}, default 'scott'
        As `kde`.
    bins : int, default 20
        Equal bins per axis over the range of the draws, as `histogram`.
    draws : int, default 1000000
        Number of draws; about 24 + d bytes of memory each, at most 4 GiB.
    seed : int, default 0
        Seed of the draws.

    Returns
    -------
    float
        The estimate in nats.

    Raises
    ------
    ValueError
        For draws below 2 or beyond that memory, and for what `kde` refuses.

    Warns
    -----
    EstimateWarning
        With fewer than three draws to an occupied bin, where the estimate falls towards log(draws) + sum_j log w_j
        whatever the density.

    Notes
    -----
    The draws add a standard error of about sqrt(d / 2 draws), 0.001 for a million in the plane, to that of the data.
    More draws than bins can hold remove the histogram's loss of counts, not its smoothing nor the kernel's.
    `expected_kde_histogram` gives the value for numbers of draws that no memory holds.

    Examples
    --------
    A standard normal, whose entropy is 1.419 nats; kernel and bins smooth it:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x = np.random.default_rng(0).normal(size=2000)
    >>> abs(lab.kde_histogram(x, draws=100_000) - 1.419) < 0.1
    True
    """
    x, draws, seed, caution = _prepared("kde_histogram", x, bandwidth, draws, seed)
    if caution:
        check.warn(caution)
    d = x.shape[1]
    bins = whole(bins, d)
    require_memory("kde_histogram: draws", draws, 24 + d * _bin_type(bins).itemsize, "use expected_kde_histogram.")
    x = without_offset(x)
    widths = np.full(d, 0.0 if isinstance(bandwidth, str) else float(bandwidth))
    exponents = extreme_exponents(*ends(np.vstack([x, widths])))
    x, widths = divided(x, exponents), divided(widths, exponents)
    root = kernel_sums_bandwidth.kernel_cholesky(x, bandwidth) if isinstance(bandwidth, str) else np.diag(widths)
    counts, log_volume = _histogram(x, root, bins, draws, seed)
    log_volume += sum(exponents) * math.log(2)
    _warn_if_sparse(counts, draws, log_volume)
    return entropy_of_counts(counts, draws) + log_volume


def _histogram(x, root, bins, draws, seed):
    """Counts of the occupied bins, and the log volume of a bin."""
    d = x.shape[1]
    low, high = np.full(d, np.inf), np.full(d, -np.inf)
    for z in _chunks(x, root, draws, seed):
        low, high = np.minimum(low, z.min(0)), np.maximum(high, z.max(0))
    edges = [bin_edges(j, low[j], high[j], bins) for j in range(d)]
    kept = np.empty((d, draws), _bin_type(bins))
    first = 0
    for z in _chunks(x, root, draws, seed):  # the same draws again: cheaper than keeping them
        for j in range(d):
            kept[j, first : first + len(z)] = bin_numbers(z[:, j], edges[j])
        first += len(z)
    return count_occupied(*joint_codes(kept, bins)), float(np.log((high - low) / bins).sum())


def _bin_type(bins) -> np.dtype:
    """The least type that numbers so many bins."""
    return np.min_scalar_type(bins - 1)


def _prepared(name, x, bandwidth, draws, seed):
    """The sorted data, so that the order of the samples changes no draw; draws and seed; and what to warn of."""
    kernel_sums_bandwidth.require_rule_or_positive(name, bandwidth)
    draws = check.whole_number(f"{name}: draws", draws, 2, "a million is usual.")
    seed = checked_seed(name, seed)
    x = check.as_numpy_samples("x", x)
    caution = kernel_sums_bandwidth.conditioning_warning(x) if isinstance(bandwidth, str) else ""
    return x[np.lexsort(x.T)], draws, seed, caution and f"{name}: {caution}"


def checked_seed(name, seed) -> int:
    """Demand a whole number from 0 below 2^63."""
    seed = check.whole_number(f"{name}: the seed", seed, 0)
    if seed >= 1 << 63:
        raise ValueError(f"{name}: the seed must be below 2^63: got an integer of {len(str(seed))} digits; pass less.")
    return seed


def _chunks(x, root, draws, seed) -> Iterator[np.ndarray]:
    """The draws, some at a time; the same ones every time."""
    random = np.random.default_rng(seed)
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
