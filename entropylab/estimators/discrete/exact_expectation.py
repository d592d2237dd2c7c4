"""Exact expectation of a discrete estimator, hence its exact bias: every outcome of the sample, weighed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import comb

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, xlogy

from entropylab.numerics.validation import check
from entropylab.numerics.validation.containers import as_numpy

__all__ = ["exact_expectation"]

MAX_OUTCOMES = 2_000_000


def exact_expectation(estimator: Callable, probabilities: ArrayLike, n: int, **knobs) -> float:
    """Exact expectation of an estimator of counts over all samples of size n, in the unit of the estimator.

    Parameters
    ----------
    estimator : callable
        A function of counts, given with their zeros, so that a support left out is the number of probabilities.
    probabilities : array_like, shape (m,)
        Probabilities of the symbols.
    n : int
        Size of the sample.
    **knobs
        Parameters of the estimator.

    Returns
    -------
    float
        The expectation; less the truth it is the exact bias.

    Raises
    ------
    ValueError
        For probabilities that are not (m,), negative, or do not sum to 1; n < 1; more than two million outcomes.

    Notes
    -----
    E = sum over all counts c with sum n of n! / prod(c_i!) prod(p_i^c_i) estimator(c): no sampling, no error bar. It
    takes one call for each of the C(n + m - 1, m - 1) outcomes, and one for each partition of n for an estimator with a
    card, which does not depend on the order of the counts.

    References
    ----------
    Paninski (2003). Estimation of entropy and mutual information. Neural Computation 15.

    Examples
    --------
    The plug-in of two fair coin tosses is 0 or log 2, each with probability 1/2:

    >>> import math
    >>> import entropylab as lab
    >>> lab.exact_expectation(lab.plugin, [0.5, 0.5], 2) == math.log(2) / 2
    True
    """
    p = as_numpy("probabilities", probabilities).astype(np.float64)
    if not callable(estimator):
        raise ValueError(f"estimator must be a function of counts: got {estimator!r}; pass for instance plugin.")
    if p.ndim != 1 or not len(p) or not np.all(p >= 0) or not abs(p.sum() - 1) < 1e-9:
        raise ValueError(
            "probabilities must have shape (m,), be 0 or more and sum to 1: "
            f"got shape {p.shape} and sum {p.sum():g}; divide weights by their sum."
        )
    n = check.whole_number("the sample size n", n, 1, "pass at least 1.")
    possible = np.flatnonzero(p)
    outcomes = comb(int(n) + len(possible) - 1, len(possible) - 1)
    if outcomes > MAX_OUTCOMES:
        raise ValueError(
            f"exact_expectation must enumerate at most {MAX_OUTCOMES} outcomes: got {outcomes} for n={n} and "
            f"{len(possible)} symbols; lower n, merge symbols, or average over random samples."
        )
    unordered = hasattr(estimator, "card")
    known: dict[tuple, float] = {}
    total, counts = 0.0, np.zeros(len(p), dtype=np.int64)
    for outcome in _outcomes(int(n), len(possible)):
        key = tuple(sorted(outcome)) if unordered else outcome
        counts[possible] = outcome
        if key not in known:
            known[key] = float(estimator(counts.copy(), **knobs))
        log_chance = gammaln(n + 1) + float(np.sum(xlogy(counts, p) - gammaln(counts + 1)))
        total += np.exp(log_chance) * known[key]
    return float(total)


def _outcomes(n: int, m: int) -> Iterator[tuple[int, ...]]:
    """Every way to write n as an ordered sum of m counts."""
    if m == 1:
        yield (n,)
        return
    for first in range(n + 1):
        for others in _outcomes(n - first, m - 1):
            yield (first, *others)
