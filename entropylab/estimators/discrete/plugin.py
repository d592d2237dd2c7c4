"""Entropy of counts by the empirical frequencies, with corrections that look at each count alone."""

from __future__ import annotations

import numpy as np

from entropylab.estimators.card import estimator
from entropylab.numerics.discrete.counts import Counts, CountsLike, Labels, checked_counts, count_symbols, encode_labels
from entropylab.numerics.special.gamma_differences import log_minus_digamma
from entropylab.numerics.validation import check

__all__ = ["plugin", "miller_madow", "grassberger_1988", "grassberger_2003", "count_labels"]


def count_labels(labels: Labels) -> np.ndarray:
    """How often each distinct label occurs, without unit.

    Parameters
    ----------
    labels : array_like, shape (n,) or (n, d)
        Labels of anything hashable, or rows of d columns taken as joint symbols.

    Returns
    -------
    numpy.ndarray, shape (m,)
        Whole numbers above 0, one a symbol: sorted, or in order of first appearance where symbols cannot be sorted.

    Raises
    ------
    ValueError
        For no labels, NaN, more than two axes, unhashable objects.

    Notes
    -----
    Labels that Python keeps apart are kept apart.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.count_labels(["b", "a", "b"]).tolist()
    [1, 2]
    """
    return count_symbols(*encode_labels("labels", labels))


@estimator(
    quantity="entropy",
    takes="counts",
    formula=r"\hat H = -\sum_{i} \frac{n_i}{n} \log \frac{n_i}{n}",
    reference="shannon1948",
    bias="negative, about (symbols with positive probability - 1) / (2 n)",
    cost="m",
    differentiable=False,
    kind="host",
    aliases=("ml", "mle", "maximum likelihood", "naive", "empirical"),
)
def plugin(counts: CountsLike) -> float:
    """Plug-in (maximum likelihood) entropy of the symbols, in nats.

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

    Notes
    -----
    Low for every distribution of more than one symbol (Basharin, 1959); zeros do not matter.

    Examples
    --------
    Two symbols, equally frequent: one bit.

    >>> import math
    >>> import entropylab as lab
    >>> lab.plugin([5, 5]) == math.log(2)
    True
    """
    return _plugin(checked_counts("plugin", counts))


@estimator(
    quantity="entropy",
    takes="counts",
    formula=r"\hat H = -\sum_{i} \frac{n_i}{n} \log \frac{n_i}{n} + \frac{m_{+} - 1}{2 n}",
    reference="miller1955",
    bias="negative while symbols are unseen; of order 1 / n^2 after",
    cost="m",
    differentiable=False,
    kind="host",
    aliases=("mm", "miller"),
)
def miller_madow(counts: CountsLike) -> float:
    """Miller-Madow entropy in nats: the plug-in plus (observed symbols - 1) / (2 n).

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

    Notes
    -----
    Low while the sample misses symbols, as the true first-order correction counts those too.

    Examples
    --------
    >>> import entropylab as lab
    >>> round(lab.miller_madow([5, 5]) - lab.plugin([5, 5]), 12)
    0.05
    """
    c = checked_counts("miller_madow", counts)
    return _plugin(c) + (len(c.seen) - 1) / (2 * c.total)


@estimator(
    quantity="entropy",
    takes="counts",
    formula=r"\hat H = \sum_{i} \frac{n_i}{n} \left(\log n - \psi(n_i) - \frac{(-1)^{n_i}}{n_i (n_i + 1)}\right)",
    reference="grassberger1988",
    bias="negative where symbols are unseen, less so than Miller-Madow; 1 / (2 n) where every symbol is common",
    cost="m",
    differentiable=False,
    kind="host",
    aliases=("grassberger88", "g88"),
)
def grassberger_1988(counts: CountsLike) -> float:
    """Grassberger's entropy of 1988 in nats, with psi(n_i) + (-1)^n_i / (n_i (n_i + 1)) in place of log n_i.

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
        Of a sample of one symbol.

    Notes
    -----
    The correction is made for n_i much smaller than n: a sample of one symbol gives log n - psi(n) - (-1)^n / (n (n +
    1)), not 0.

    Examples
    --------
    A fair die, log 6 = 1.792 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> counts = np.bincount(np.random.default_rng(0).integers(6, size=2000))
    >>> abs(lab.grassberger_1988(counts) - 1.792) < 0.01
    True
    """
    c = checked_counts("grassberger_1988", counts)
    sign = 1.0 - 2.0 * (c.seen % 2)
    k = c.seen.astype(np.float64)
    estimate = _corrected(c, log_minus_digamma(k) - sign / (k * (k + 1)))
    _warn_if_certain("grassberger_1988", c, estimate)
    return estimate


@estimator(
    quantity="entropy",
    takes="counts",
    formula=r"\hat H = \log n - \frac{1}{n} \sum_{i} n_i G_{n_i}, \quad G_{j} = \psi(j) +"
    r" \frac{(-1)^{j}}{2} \left(\psi\left(\frac{j + 1}{2}\right) - \psi\left(\frac{j}{2}\right)\right)",
    reference="grassberger2003",
    bias="negative where symbols are unseen, less so than 1988's; 1 / (2 n) where every symbol is common",
    cost="m",
    differentiable=False,
    kind="host",
    aliases=("grassberger", "grassberger03", "g03"),
)
def grassberger_2003(counts: CountsLike) -> float:
    """Grassberger's entropy of 2003 in nats, with G(n_i) in place of log n_i.

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
        Of a sample of one symbol.

    Notes
    -----
    G(1) = -gamma - log 2, G(2) = 2 - gamma - log 2, G(2j + 1) = G(2j), G(2j + 2) = G(2j) + 2 / (2j + 1). A sample of
    one symbol gives log n - G(n), not 0: about -1 / (6 n^2) for even n and 1 / n for odd.

    Examples
    --------
    A fair die, log 6 = 1.792 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> counts = np.bincount(np.random.default_rng(0).integers(6, size=2000))
    >>> abs(lab.grassberger_2003(counts) - 1.792) < 0.01
    True
    """
    c = checked_counts("grassberger_2003", counts)
    # The duplication formula of psi collapses the definition to G(j) = psi(h) + log 2 with h = floor(j / 2) + 1/2,
    # which is j / 2 for odd j and half a step more for even j.
    half = c.seen // 2 + 0.5
    estimate = _corrected(c, log_minus_digamma(half) + np.log1p((c.seen / 2 - half) / half))
    _warn_if_certain("grassberger_2003", c, estimate)
    return estimate


def _plugin(c: Counts) -> float:
    return float(np.sum(c.seen * c.surprises()) / c.total)


def _corrected(c: Counts, gaps: np.ndarray) -> float:
    """The plug-in plus the mean of `gaps`, by how much log n_i exceeds what stands in its place."""
    return _plugin(c) + float(np.sum(c.seen * gaps) / c.total)


def _warn_if_certain(name: str, c: Counts, estimate: float) -> None:
    if len(c.seen) == 1:
        check.warn(
            f"{name} saw one symbol only, {c.total} times: the correction, made for rare symbols, gives "
            f"{estimate:.3g} nats where the plug-in gives 0."
        )
