"""Histograms in any dimension: only occupied bins exist, so 20 bins in 13 dimensions is an ordinary request."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from entropylab.estimators.card import estimator
from entropylab.knobs import BINS
from entropylab.numerics.kernel_sums.binning import bin_edges, bin_numbers, whole
from entropylab.numerics.kernel_sums.scaling import divided, ends, extreme_exponent, extreme_exponents
from entropylab.numerics.validation import check

__all__ = ["histogram", "histogram_curve", "histogram_mutual_information"]

# Above one occupied bin for three points the first-order bias (K - 1) / 2n passes 1/6 nat.
POINTS_PER_BIN = 3


def _local_entropy(x: Float[np.ndarray, "n ..."], *, bins: int = 20) -> Float[np.ndarray, " n"]:
    """-log of the histogram density at every sample, in nats."""
    x = check.as_numpy_samples("x", x)
    codes, size, log_volume = cells(x, whole(bins, x.shape[1]))
    own, counts = _relabelled(codes, size)
    return math.log(len(x)) - np.log(counts)[own] + log_volume


@estimator(
    quantity="differential entropy",
    takes="samples",
    formula=r"\hat h = -\sum_{b} \frac{c_b}{n} \log \frac{c_b}{n} + \sum_{j=1}^{d} \log w_j",
    reference="moddemeijer1989",
    bias="down by about (occupied bins - 1) / 2n, up by the density's variation inside a bin",
    cost="n d + n log n",
    differentiable=False,
    kind="host",
    law="differential",
    knobs={"bins": BINS},
    aliases=("hist", "binning"),
    local=_local_entropy,
)
def histogram(x: ArrayLike, *, bins: int = 20) -> float:
    """Differential entropy of the histogram density of `x`, in nats.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Samples.

    Returns
    -------
    float
        The estimate in nats.

    Raises
    ------
    ValueError
        For a column that does not vary, for bins whose edges would take more than 4 GiB, and for rules such as "auto"
        or given edges, which are no number of bins.

    Warns
    -----
    EstimateWarning
        Where there are fewer than three points to an occupied bin: with one point to a bin the estimate is
        log n + sum_j log w_j whatever the density.

    Notes
    -----
    Every axis is divided into `bins` equal bins from its least to its greatest value (the last edge belongs to the last
    bin, as in numpy.histogramdd). The estimate is the Shannon entropy of the counts plus the log volume of a bin. K
    occupied bins pull it down by about (K - 1) / 2n; wide bins push it up by about sum_j w_j^2 / 24 E[(d log f /
    dx_j)^2]. Memory grows with n, never with bins^d.

    Examples
    --------
    A standard normal, whose entropy is 0.5 log(2 pi e) = 1.419 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x = np.random.default_rng(0).normal(size=2000)
    >>> abs(lab.histogram(x) - 1.419) < 0.1
    True
    """
    x = check.as_numpy_samples("x", x)
    codes, size, log_volume = cells(x, whole(bins, x.shape[1]))
    counts = count_occupied(codes, size)
    _warn_if_saturated(counts, len(x), bins, log_volume)
    return entropy_of_counts(counts, len(x)) + log_volume


def histogram_curve(x: ArrayLike, bins: Sequence[int]) -> Float[np.ndarray, " b"]:
    """`histogram` at every number of bins of `bins`, in nats, without its warning of sparse bins.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Samples.
    bins : sequence of int
        Numbers of equal bins per axis.

    Returns
    -------
    numpy.ndarray, shape (b,)
        The estimates in nats.

    Raises
    ------
    ValueError
        As `histogram`.

    Notes
    -----
    One-dimensional data are sorted once; a number of bins then costs the search of its edges in the sorted data, and
    nothing that grows with n. Further columns are binned again for every entry.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> x = np.random.default_rng(0).normal(size=500)
    >>> float(lab.histogram_curve(x, [5, 20])[1]) == lab.histogram(x, bins=20)
    True
    """
    x = check.as_numpy_samples("x", x)
    if isinstance(bins, str) or not np.iterable(bins):
        raise ValueError(f"bins must be a list of whole numbers: got {bins!r}; pass [{bins!r}] for a single one.")
    bins = [whole(b, x.shape[1]) for b in bins]
    if x.shape[1] > 1:
        return np.array(
            [
                entropy_of_counts(count_occupied(codes, size), len(x)) + v
                for codes, size, v in (cells(x, b) for b in bins)
            ]
        )
    ordered = np.sort(x[:, 0])
    exponent = extreme_exponent(ordered[0], ordered[-1])
    if exponent:
        ordered = divided(ordered, exponent)
    out = []
    for b in bins:
        edges = bin_edges(0, ordered[0], ordered[-1], b)
        places = np.searchsorted(ordered, edges[1:-1], side="left")
        counts = np.diff(places, prepend=0, append=len(x))
        out.append(
            entropy_of_counts(counts[counts > 0], len(x))
            + math.log((ordered[-1] - ordered[0]) / b)
            + exponent * math.log(2)
        )
    return np.array(out)


def _local_information(x, y, *, bins: int = 20) -> Float[np.ndarray, " n"]:
    """log of joint over product of histogram probabilities at every sample, in nats."""
    return _information(*_marginals_and_joint(x, y, bins))


@estimator(
    quantity="mutual information",
    takes="pair",
    formula=r"\hat I = \sum_{a,b} \frac{c_{ab}}{n} \log \frac{n\, c_{ab}}{c_a\, c_b}",
    reference="moddemeijer1989",
    bias="up by about (occupied joint bins - occupied x bins - occupied y bins + 1) / 2n, down by wide bins",
    cost="n d + n log n",
    differentiable=False,
    kind="host",
    law="invariant",
    knobs={"bins": BINS},
    aliases=("hist", "binning"),
    local=_local_information,
)
def histogram_mutual_information(x: ArrayLike, y: ArrayLike, *, bins: int = 20) -> float:
    """Mutual information of the binned x and y, in nats; columns of one argument are binned jointly.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n, d)
        Samples, row by row from the joint density.

    Returns
    -------
    float
        The estimate in nats: not negative but for rounding, at most the log of the number of occupied bins.

    Raises
    ------
    ValueError
        For a column that does not vary.

    Warns
    -----
    EstimateWarning
        Where there are fewer than three points to an occupied joint bin.

    Notes
    -----
    The plug-in value of the counts in `bins` equal bins per axis; bin volumes cancel. For K occupied bins independent
    data give about (K_xy - K_x - K_y + 1) / 2n too much; wide bins lose information.

    Examples
    --------
    A correlation of 0.8, where the truth is -log(0.6) = 0.511 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 2000))
    >>> abs(lab.histogram_mutual_information(x, 0.8 * x + 0.6 * noise, bins=10) - 0.511) < 0.1
    True
    """
    parts = _marginals_and_joint(x, y, bins)
    _warn_if_information_saturated(bins, *parts)
    # The mean of the local values, because H(x) + H(y) - H(x, y) subtracts numbers of size log n.
    return float(_information(*parts).mean())


def cells(x: Float[np.ndarray, "n d"], bins: int) -> tuple[np.ndarray, int, float]:
    """The bin of every row as one number below `size`, `size`, and the log volume of a bin."""
    lows, highs = ends(x)
    exponents = extreme_exponents(lows, highs)
    if any(exponents):
        x = divided(x, exponents)
        lows, highs = ends(x)
    edges = [bin_edges(j, low, high, bins) for j, (low, high) in enumerate(zip(lows, highs, strict=True))]
    codes, size = joint_codes((bin_numbers(column, e) for column, e in zip(x.T, edges, strict=True)), bins)
    return codes, size, sum(math.log((e[-1] - e[0]) / bins) for e in edges) + sum(exponents) * math.log(2)


def joint_codes(columns: Iterable[np.ndarray], bins: int) -> tuple[np.ndarray, int]:
    """Bin numbers of several columns as one number below `size`, and `size`."""
    codes, size = 0, 1
    for column in columns:
        if size > np.iinfo(np.int64).max // bins:  # number the occupied cells so far 0, 1, 2 ...
            codes, counts = _relabelled(codes, size)
            size = len(counts)
        codes = codes * bins + column.astype(np.int64)
        size *= bins
    return codes, size


def count_occupied(codes: np.ndarray, size: int) -> np.ndarray:
    """Counts of the occupied cells, in the order of their codes."""
    if size <= 4 * len(codes):
        counts = np.bincount(codes, minlength=1)
        return counts[counts > 0]
    ordered = np.sort(codes)
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return np.diff(starts, append=len(codes))


def _relabelled(codes: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The occupied cells renumbered from 0 in the order of their codes, and their counts."""
    if size <= 4 * len(codes):
        counts = np.bincount(codes, minlength=1)
        return (np.cumsum(counts > 0) - 1)[codes], counts[counts > 0]
    _, own, counts = np.unique(codes, return_inverse=True, return_counts=True)
    return own, counts


def _marginals_and_joint(x, y, bins):
    """n and (cell of every row, counts) of x, of y and of both."""
    x, y = check.as_numpy_samples("x", x), check.as_numpy_samples("y", y)
    check.require_same_length(x=x, y=y)
    bins = whole(bins, max(x.shape[1], y.shape[1]))
    own_x, counts_x = _relabelled(*_named_cells("x", x, bins))
    own_y, counts_y = _relabelled(*_named_cells("y", y, bins))
    size = len(counts_x) * len(counts_y)
    return len(x), (own_x, counts_x), (own_y, counts_y), _relabelled(own_x * len(counts_y) + own_y, size)


def _information(n, of_x, of_y, of_both):
    """log(n c_ab / (c_a c_b)) at every sample."""
    logs = [np.log(counts)[own] for own, counts in (of_both, of_x, of_y)]
    return (logs[0] - logs[1]) - (logs[2] - math.log(n))


def _named_cells(name, x, bins):
    try:
        return cells(x, bins)[:2]
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def entropy_of_counts(counts: np.ndarray, n: int) -> float:
    """Shannon entropy of counts that sum to n, in nats."""
    p = counts / n
    return float(-(p * np.log(p)).sum())


def _warn_if_saturated(counts, n, bins, log_volume):
    if POINTS_PER_BIN * len(counts) > n:
        check.warn(
            f"histogram is short of points: {n} points occupy {len(counts)} bins, so the estimate is low by at least "
            f"about {(len(counts) - 1) / (2 * n):.2g} nats; with one point to a bin it is log n + sum log width = "
            f"{math.log(n) + log_volume:.4g} whatever the density. Use fewer bins than {bins}, or more points."
        )


def _warn_if_information_saturated(bins, n, of_x, of_y, of_both):
    kx, ky, k = (len(counts) for _, counts in (of_x, of_y, of_both))
    if POINTS_PER_BIN * k > n:
        check.warn(
            f"histogram_mutual_information is short of points: {n} points occupy {k} joint bins, so independent data "
            f"would read about {(k - kx - ky + 1) / (2 * n):.2g} nats. Use fewer bins than {bins}, or more points."
        )
