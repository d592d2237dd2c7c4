"""Pareto maxima: the points that no other point matches or beats in every coordinate."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from entropylab.geometry.exact.planar import in_float64
from entropylab.geometry.pareto.pivots import discard_dominated
from entropylab.kernels.compilation import njit
from entropylab.numerics.validation import check

__all__ = ["maxima"]


def maxima(points: ArrayLike) -> np.ndarray:
    """Indices, ascending, of the Pareto maxima; larger is better.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Points.

    Returns
    -------
    numpy.ndarray of int
        The indices.

    Raises
    ------
    ValueError
        For a wrong shape, no points, NaN.

    Notes
    -----
    A point is a maximum if no other point is at least as large in every coordinate and larger in one; copies of a
    maximum are maxima too. Points below a few strong ones are dropped in one pass first, unless more than a fifth of a
    sample are maxima. Then a sort and one sweep: n log n in two and three dimensions, n h d in others.

    References
    ----------
    Kung, Luccio and Preparata (1975). On finding the maxima of a set of vectors. Journal of the ACM 22.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.maxima([[3, 1], [1, 3], [1, 1], [2, 2]]).tolist()
    [0, 1, 3]
    """
    x = _points(points)
    left = discard_dominated(x)
    rest = x if left is None else x[left]
    if not np.isfinite(rest).all():
        check.require_finite("points", x)
    d = x.shape[1]
    if d == 1:
        chosen = np.flatnonzero(rest[:, 0] == rest[:, 0].max())
    elif d <= 3:
        chosen = _sweep(rest)
    else:
        order = np.lexsort(rest.T)[::-1]
        order = order[np.argsort(-rest[order].sum(1), kind="stable")]  # rounded sums keep the order of domination
        chosen = np.sort(_against_front(rest[order], order))
    return chosen if left is None else left[chosen]


def _points(points) -> np.ndarray:
    x = in_float64("points", points)
    x = np.ascontiguousarray(x) if x.ndim else x
    if not x.flags.writeable:
        x = x.copy()  # for arrays that cannot be written everything would be compiled once more
    if x.ndim != 2 or x.shape[1] == 0:
        raise ValueError(f"points must have shape (n, d): got shape {x.shape}; reshape it to one point a row.")
    if len(x) == 0:
        raise ValueError("points needs at least 1 point: got 0; add points.")
    return x


def _sweep(x: np.ndarray) -> np.ndarray:
    """Maxima in two or three dimensions, from the largest last coordinate down."""
    last = x[:, -1]
    order = np.argsort(last)
    if (last[order[1:]] == last[order[:-1]]).any():
        order = np.lexsort(x.T)
    if x.shape[1] == 2:
        return np.sort(_stairs(x, order))
    return np.sort(_front(x, order, np.argsort(x[:, 0])))


@njit(cache=True, nogil=True)
def _stairs(x, order):
    """Two dimensions, `order` ascending by the last coordinate and then by the first: maxima reach ever farther."""
    out = np.empty(order.size, np.int64)
    count = 0
    best = -np.inf
    k = order.size - 1
    while k >= 0:
        i = order[k]
        new = x[i, 0] > best or k == order.size - 1
        best = max(best, x[i, 0])
        first = i
        while k >= 0 and x[order[k], 0] == x[first, 0] and x[order[k], 1] == x[first, 1]:
            if new:
                out[count] = order[k]
                count += 1
            k -= 1
    return out[:count]


@njit(cache=True, nogil=True)
def _front(x, order, by_first):
    """Three dimensions, `order` ascending by z, then y, then x. A tree over the ranks of x holds the largest y so far.

    A point is beaten iff one before it in the sweep, not equal to it, has x and y no smaller.
    """
    n = order.size
    rank = np.empty(n, np.int64)
    place = 0
    for k in range(n - 1, -1, -1):  # rank 1 is the largest x
        if k == n - 1 or x[by_first[k], 0] != x[by_first[k + 1], 0]:
            place += 1
        rank[by_first[k]] = place
    tree = np.full(place + 1, -np.inf)
    out = np.empty(n, np.int64)
    count = 0
    k = n - 1
    while k >= 0:
        i = order[k]
        y = x[i, 1]
        best = -np.inf
        r = rank[i]
        while r > 0:
            best = max(best, tree[r])
            r &= r - 1
        new = best < y
        if new:
            r = rank[i]
            while r <= place:
                tree[r] = max(tree[r], y)
                r += r & -r
        while k >= 0 and x[order[k], 0] == x[i, 0] and x[order[k], 1] == y and x[order[k], 2] == x[i, 2]:
            if new:
                out[count] = order[k]
                count += 1
            k -= 1
    return out[:count]


@njit(cache=True, nogil=True)
def _against_front(x, names):
    """Any dimension, rows sorted so that a row is beaten only by earlier ones: each is held against the front."""
    n, d = x.shape
    front = np.empty(n, np.int64)
    count = 0
    for i in range(n):
        beaten = False
        for k in range(count):
            j = front[k]
            above = below = False
            for a in range(d):
                above |= x[j, a] > x[i, a]
                below |= x[j, a] < x[i, a]
                if below:
                    break
            if above and not below:
                beaten = True
                break
        if not beaten:
            front[count] = i
            count += 1
    return names[front[:count]]
