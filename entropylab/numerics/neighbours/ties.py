"""Neighbours at equal distances: how much probability a ball holds when its radius is one of few possible values.

Where no two distances are equal, the ball up to the k-th neighbour has psi(k) for the mean log of its share of the
points, and a variable psi(c + 1) with c others strictly nearer. Repeated values, and values on a grid, put J points at
one distance, and the ball grows by all of them at once: from the share s that lies strictly inside, with i points, to
the whole, with o. The k-th point stands at a random place of that step, the (k - i)-th of J in order, so the whole
ball has psi(k) - log(s + (1 - s) exp(psi(k - i) - psi(J + 1))): psi(o + 1) where s is 0, as for repeated rows, and
psi(k) where the step is small. s is the product of what the variables have strictly inside, which many points tell.
A variable with several points on the edge has psi(c + 1) with the points on the edge among its c.

That psi(o + 1) is larger says that a ball is taken at a step where many points came at once. A variable whose own
ball it is holds the same surplus, exp(psi(o + 1)) less the exponential of the above, and it is taken off there too.
Among several variables it is a small part of what either holds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import digamma

from entropylab.numerics.neighbours.search import Ranges
from entropylab.numerics.special.digamma import digamma_at_integers

_LEVELS = 256  # radii looked at: fewer ties than three among them move no estimate


def may_tie(eps: np.ndarray, spaces: Sequence[Ranges]) -> bool:
    """True where values repeat, or three points have one distance to their k-th neighbour: two may share theirs."""
    some = np.sort(eps[:: max(1, len(eps) // _LEVELS)])
    return bool((some[2:] == some[:-2]).any()) or any(space.has_repeats() for space in spaces)


def counts_on_either_side(x: np.ndarray, eps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many other points are strictly nearer to x_i than eps_i, and how many no farther."""
    ranges = Ranges(x)
    return ranges.counts(eps), ranges.counts(eps, strict=False)


def tied_terms(
    inner: np.ndarray,
    outer: np.ndarray,
    eps: np.ndarray,
    k,
    spaces: Sequence[Ranges],
    weights: Sequence[int],
    alone: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """The mean log of the ball's share less the weighted ones of the spaces, for every point, and where it ties.

    `inner` and `outer` (n,) count the points strictly nearer than eps (n,) and no farther, in all columns together.
    Weight -1 is for a space that the others share, the variable given; `alone` is for one whose own ball it is.
    """
    strict = [space.counts(eps) for space in spaces]
    closed = [space.counts(eps, strict=False) for space in spaces]
    several = [most - least > 1 for least, most in zip(strict, closed, strict=True)]
    tied = (outer > k) | np.any(several, axis=0)
    share = np.where(eps > 0, 1.0, 0.0)
    for least, most, weight in zip(strict, closed, weights, strict=True):
        share *= ((least + 1) / (most + 1)) ** weight
    share = np.minimum(share, 1.0)  # the estimate of a share that a variable given makes rough
    step = np.exp(digamma(k - inner) - digamma(outer - inner + 1))
    held = digamma(k) - np.where(tied, np.log(share + (1 - share) * step), 0.0)
    surplus = np.exp(digamma(outer + 1)) - np.exp(held) if alone else 0.0
    value = held
    for least, most, many, weight in zip(strict, closed, several, weights, strict=True):
        edged = np.log(np.where(many, np.exp(digamma_at_integers(most + 1)) - surplus, 1.0))
        value = value - weight * np.where(many, edged, digamma_at_integers(least + 1))
    return value, tied
