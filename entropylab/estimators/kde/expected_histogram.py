"""What the histogram of any number of draws from a kernel density estimate would say, from box probabilities."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from entropylab.estimators.kde.resampled import checked_seed
from entropylab.numerics.kernel_sums import bandwidth as kernel_sums_bandwidth
from entropylab.numerics.kernel_sums.binning import bin_edges, bin_numbers, require_memory, whole
from entropylab.numerics.kernel_sums.scaling import divided, extreme_exponent, without_offset
from entropylab.numerics.special.binomial_logarithm import expected_log_binomial
from entropylab.numerics.validation import check

__all__ = ["expected_kde_histogram"]

EXACT = 10_000  # bins up to which all of them are summed
MOST = 10**300  # draws


@check.check_knob_types
def expected_kde_histogram(
    x: ArrayLike,
    *,
    bandwidth: float,
    bins: int = 20,
    draws: float | int = 1e10,
    probes: int = 4096,
    seed: int = 0,
) -> tuple[float, float]:
    """Mean of `kde_histogram` over its draws, for any number of them, in nats, with the standard error from probes.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Samples.
    bandwidth : float
        Standard deviation of the isotropic kernel, in the units of `x`.
    bins : int, default 20
        Equal bins per axis over the mean range of the draws.
    draws : float, default 1e10
        Number of draws from the kernel density estimate.
    probes : int, default 4096
        Draws that estimate the mean where there are more than 10 000 bins.
    seed : int, default 0
        Seed of the probes.

    Returns
    -------
    tuple of float
        The mean in nats, and its standard error: 0 for up to 10 000 bins, which are all summed.

    Raises
    ------
    ValueError
        For a rule as bandwidth, whose boxes have no closed form, for bins or probes that take more than 4 GiB, and for
        a bandwidth lost in the rounding of the data.

    Notes
    -----
    The kernel gives a box the probability p = mean_i prod_j (Phi - Phi). A draw then finds C draws in its bin, C - 1
    binomial (draws - 1, p), and the estimate is the mean of -log(C / draws) over draws plus the log volume of a bin.
    The bins span the mean extremes of `draws` draws of each column, which omits the O(1 / log(draws)^2) that their
    scatter takes from the log volume. Costs n d times the probes or bins.

    References
    ----------
    Couthures (2024). Tracking with ML. Slides.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> x = np.random.default_rng(0).normal(size=200)
    >>> mean, error = lab.expected_kde_histogram(x, bandwidth=0.3, draws=100_000)
    >>> error == 0 and abs(mean - lab.kde_histogram(x, bandwidth=0.3, draws=100_000)) < 0.02
    True
    """
    if isinstance(bandwidth, str):
        raise ValueError(
            f"expected_kde_histogram: bandwidth must be the width of an isotropic kernel: got {bandwidth!r}; pass a "
            "number, or use kde_histogram."
        )
    kernel_sums_bandwidth.require_rule_or_positive("expected_kde_histogram", bandwidth)
    bandwidth = float(bandwidth)
    draws = check.whole_number("expected_kde_histogram: draws", draws, 2, "1e10 is usual.")
    if draws > MOST:
        raise ValueError(f"expected_kde_histogram: draws must be at most {MOST:g}: got {len(str(draws))} digits.")
    probes = check.whole_number("expected_kde_histogram: probes", probes, 0, "4096 is usual.")
    seed = checked_seed("expected_kde_histogram", seed)
    x = check.as_numpy_samples("x", x)
    n, d = x.shape
    bins = whole(bins, d)
    exact = bins**d <= EXACT
    if not exact and probes < 2:
        raise ValueError(
            f"expected_kde_histogram: {bins}^{d} bins need at least 2 probes: got {probes}; 4096 is usual."
        )
    require_memory("bins", bins, 8 * n * (d + 2), "use fewer, or fewer samples.")
    require_memory("expected_kde_histogram: probes", probes, 24 * d, "use fewer.")
    x = without_offset(x)
    exponent = extreme_exponent(x.min(), max(x.max(), bandwidth))
    x, bandwidth, draws = divided(x, exponent), math.ldexp(bandwidth, -exponent), float(draws)
    edges = [_edges(j, x[:, j], bandwidth, bins, draws) for j in range(d)]
    # mass[j][b, i]: what kernel i puts into bin b of axis j
    mass = [np.diff(ndtr((e[:, None] - x[:, j]) / bandwidth), axis=0) for j, e in enumerate(edges)]
    log_volume = sum(math.log((e[-1] - e[0]) / bins) for e in edges) + d * exponent * math.log(2)
    if exact:
        chosen = np.indices((bins,) * d).reshape(d, -1).T
    else:
        random = np.random.default_rng(seed)
        z = x[random.integers(n, size=probes)] + bandwidth * random.standard_normal((probes, d))
        chosen = np.column_stack([bin_numbers(z[:, j], edges[j]) for j in range(d)])
    p = np.array([_box_probability(mass, box) for box in chosen])
    terms = math.log(draws) - expected_log_binomial(p, draws)
    if exact:
        return float((p * terms).sum() / p.sum()) + log_volume, 0.0
    return float(terms.mean()) + log_volume, float(terms.std(ddof=1) / math.sqrt(probes))


def _edges(j, column, bandwidth, bins, draws):
    """Bin edges from the mean least to the mean greatest of `draws` draws.

    The greatest of D draws has the Gumbel law, whose mean is where the upper tail holds e^-gamma / D.
    """
    from scipy.optimize import brentq

    tail = math.exp(-np.euler_gamma) / draws

    def excess(t, side):
        return ndtr(side * (t - column) / bandwidth).mean() - tail

    least, greatest = column.min(), column.max()
    if not bandwidth > 4 * np.finfo(float).eps * max(abs(least), abs(greatest)):
        raise ValueError(
            f"the bandwidth must be above {4 * np.finfo(float).eps:.1g} of the size of column {j}, or rounding "
            "hides it; subtract the column's mean first, or widen the kernel."
        )
    reach = 40 * bandwidth  # the normal tail at 40 widths is below any 1 / D
    low = brentq(excess, least - reach, greatest, args=(1,), xtol=1e-12 * bandwidth)
    high = brentq(excess, least, greatest + reach, args=(-1,), xtol=1e-12 * bandwidth)
    return bin_edges(j, low, high, bins)


def _box_probability(mass, box):
    """Probability of one box: the mean over kernels of the product over axes."""
    product = mass[0][box[0]]
    for axis, number in zip(mass[1:], box[1:], strict=True):
        product = product * axis[number]
    return product.mean()
