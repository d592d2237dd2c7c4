"""Entropy of counts by moving the frequencies: towards unseen symbols (Chao-Shen) or the uniform (James-Stein)."""

from __future__ import annotations

import math

import numpy as np

from entropylab.estimators.card import estimator
from entropylab.estimators.discrete.vast_alphabets import VAST
from entropylab.numerics.discrete.counts import Counts, CountsLike, checked_counts, surprisal
from entropylab.numerics.validation import check

__all__ = ["chao_shen", "james_stein"]


@estimator(
    quantity="entropy",
    takes="counts",
    formula=r"\hat H = -\sum_{n_i > 0} \frac{\tilde p_i \log \tilde p_i}{1 - (1 - \tilde p_i)^{n}},"
    r" \quad \tilde p_i = \left(1 - \frac{f_1}{n}\right) \frac{n_i}{n}",
    reference="chao2003",
    bias="either sign where symbols are unseen; the plug-in's, negative, where every symbol is common",
    cost="m",
    differentiable=False,
    kind="host",
    aliases=("cs", "coverage adjusted"),
)
def chao_shen(counts: CountsLike) -> float:
    """Chao-Shen coverage-adjusted entropy in nats.

    Parameters
    ----------
    counts : array_like, shape (m,)
        Whole numbers, how often each symbol was observed; zeros are allowed.

    Returns
    -------
    float
        The estimate in nats.

    Raises
    ------
    ValueError
        For counts that are not (m,), not whole, negative, or all zero.

    Warns
    -----
    EstimateWarning
        Where every symbol was seen once.

    Notes
    -----
    Frequencies shrink by Good's coverage C = 1 - f_1 / n (f_1 symbols seen once), and each term is divided by the
    probability 1 - (1 - C p_i)^n of seeing its symbol at all (Horvitz-Thompson). If every symbol was seen once, C = 0
    and the formula is 0/0: f_1 = n - 1 is used instead, as in section 2.5 of Hausser and Strimmer (2009).

    Examples
    --------
    1000 equally likely symbols and 2000 samples, log 1000 = 6.908 nats; the plug-in gives 6.61:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> counts = np.bincount(np.random.default_rng(0).integers(1000, size=2000))
    >>> abs(lab.chao_shen(counts) - 6.908) < 0.12
    True
    """
    c = checked_counts("chao_shen", counts)
    singletons = int((c.seen == 1).sum())
    if singletons == c.total:
        _warn_no_coverage(c)
        singletons -= 1
    n = float(c.total)
    p = (1 - singletons / n) * c.seen / n
    rest = c.rest / n + singletons / n * (c.seen / n)  # 1 - p, without subtracting
    with np.errstate(divide="ignore"):  # where p = 1, log 0 = -inf makes the chance of meeting it 1
        met = -np.expm1(-n * surprisal(rest, p))
    return float(np.sum(p * surprisal(p, rest) / met))


@estimator(
    quantity="entropy",
    takes="counts",
    formula=r"\hat H = -\sum_{i} p_i^{*} \log p_i^{*}, \quad p_i^{*} = \frac{\lambda}{K} +"
    r" (1 - \lambda) \frac{n_i}{n}, \quad \lambda = \min\left(1,"
    r" \frac{1 - \sum_{i} (n_i / n)^2}{(n - 1) \sum_{i} (1 / K - n_i / n)^2}\right)",
    reference="hausser2009",
    bias="negative for flat distributions, positive for peaked ones on a large alphabet",
    cost="m",
    differentiable=False,
    kind="host",
    aliases=("shrink", "shrinkage", "js"),
)
def james_stein(counts: CountsLike, *, support: int | None = None) -> float:
    """James-Stein shrinkage entropy in nats: the plug-in entropy of frequencies shrunk towards uniform.

    Parameters
    ----------
    counts : array_like, shape (m,)
        Whole numbers, how often each symbol was observed; zeros are allowed.
    support : int, optional
        Size of the alphabet, up to 10^1000; len(counts), zeros included, by default.

    Returns
    -------
    float
        The estimate in nats.

    Raises
    ------
    ValueError
        For counts that are not (m,), not whole, negative, or all zero. Also for a support below the number of observed
        symbols.

    Warns
    -----
    EstimateWarning
        Of a single observation, where the estimate is log(support) whatever the counts.

    Notes
    -----
    The target is 1 / support. The intensity lambda is the one of least estimated squared error, at most 1 by
    definition; at 1 the estimate is log(support).

    Examples
    --------
    >>> import math
    >>> import entropylab as lab
    >>> lab.plugin([3, 1]) < lab.james_stein([3, 1]) <= math.log(2)
    True
    """
    c = checked_counts("james_stein", counts, support)
    if c.support == 1:
        return 0.0
    if c.total == 1:
        _warn_one_observation(c)
        return math.log(c.support)
    if c.support > VAST:
        return _of_vast_alphabet(c)
    n, k = float(c.total), float(c.support)
    # Both in units of 1 / n^2, from differences of whole numbers: equal counts give a distance of exactly 0.
    distance = float(np.sum((c.seen * k - n) ** 2) / k + c.unseen * (n * n / k)) / k
    variance = float(np.sum(c.seen * c.rest)) / (n - 1)
    shrink = 1.0 if variance >= distance else variance / distance
    p = shrink / k + (1 - shrink) * c.seen / n
    rest = (1 - shrink) * c.rest / n + shrink * (k - 1) / k  # 1 - p, without subtracting
    unseen = c.unseen * (shrink / k) * -np.log(shrink / k) if shrink > 0 else 0.0
    return float(np.sum(p * surprisal(p, rest)) + unseen)


def _of_vast_alphabet(c: Counts) -> float:
    """`james_stein` where 1 / K is nothing beside any frequency, and log K all that is left of K."""
    n = float(c.total)
    distance = float(np.sum(c.seen.astype(np.float64) ** 2))
    variance = float(np.sum(c.seen * c.rest)) / (n - 1)
    shrink = min(1.0, variance / distance)
    p = (1 - shrink) * c.seen / n
    rest = (1 - shrink) * c.rest / n + shrink
    unseen = shrink * (math.log(c.support) - math.log(shrink)) if shrink > 0 else 0.0
    return (float(np.sum(p * surprisal(p, rest))) if shrink < 1 else 0.0) + unseen


def _warn_no_coverage(c: Counts) -> None:
    check.warn(
        f"chao_shen saw {c.total} symbols once each: their coverage is 0 and the formula 0/0, so {c.total - 1} "
        "singletons are assumed; the number says little more than that the alphabet is large."
    )


def _warn_one_observation(c: Counts) -> None:
    check.warn(
        "james_stein saw one observation, which carries no weight: the estimate is the logarithm of the support, "
        f"{math.log(c.support):.4g} nats."
    )
