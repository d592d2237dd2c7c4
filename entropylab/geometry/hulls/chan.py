"""Chan's hull: hulls of small groups, wrapped; the groups are squared in size until the wrapping closes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from entropylab.geometry.exact.buffers import copy_into
from entropylab.geometry.exact.predicates import orient2d
from entropylab.geometry.hulls.operation_count import with_operation_count
from entropylab.geometry.hulls.quickhull_kernel import lexicographically_less, quickhull_kernel, quickhull_with_fallback
from entropylab.kernels.compilation import njit

__all__ = ["chan_hull"]

_FIRST_GROUP = 16


@njit(cache=True, nogil=True)
def _beyond(x, p, i, j):
    """True if j lies beyond i on the ray from p through both."""
    if x[i, 0] != x[p, 0]:
        return x[j, 0] > x[i, 0] if x[i, 0] > x[p, 0] else x[j, 0] < x[i, 0]
    return x[j, 1] > x[i, 1] if x[i, 1] > x[p, 1] else x[j, 1] < x[i, 1]


@njit(cache=True, nogil=True)
def _better(x, p, i, j):
    """True if j comes before i for a wrap at p: farther to the right, or farther away in the same direction."""
    if x[i, 0] == x[p, 0] and x[i, 1] == x[p, 1]:
        return x[j, 0] != x[p, 0] or x[j, 1] != x[p, 1]
    if x[j, 0] == x[p, 0] and x[j, 1] == x[p, 1]:
        return False
    area = orient2d(x[p, 0], x[p, 1], x[i, 0], x[i, 1], x[j, 0], x[j, 1])
    return area < 0 or (area == 0 and _beyond(x, p, i, j))


@njit(cache=True, nogil=True)
def _wrap(x, corners, starts, most):
    """Wrap the group hulls, corners[starts[g] : starts[g + 1]]; an empty ring if it does not close in `most` steps.

    The touching corner of a group only moves on counter-clockwise, as the wrap does.
    """
    groups = starts.size - 1
    ring = np.empty(most, np.int64)
    touch = np.empty(groups, np.int64)
    tests = 0
    start = corners[0]
    for i in corners:
        if lexicographically_less(x, i, start) or (not lexicographically_less(x, start, i) and i < start):
            start = i
    for g in range(groups):
        touch[g] = starts[g]
        for k in range(starts[g] + 1, starts[g + 1]):
            tests += 1
            if _better(x, start, corners[touch[g]], corners[k]):
                touch[g] = k
    p = start
    for count in range(most):
        ring[count] = p
        best = np.int64(-1)
        for g in range(groups):
            first, end = starts[g], starts[g + 1]
            for _ in range(end - first):
                k = touch[g] + 1 if touch[g] + 1 < end else first
                tests += 1
                if not _better(x, p, corners[touch[g]], corners[k]):
                    break
                touch[g] = k
            i = corners[touch[g]]
            if best < 0:
                best = i
                continue
            tests += 1
            if x[i, 0] == x[best, 0] and x[i, 1] == x[best, 1]:
                best = min(best, i)
            elif _better(x, p, best, i):
                best = i
        if x[best, 0] == x[start, 0] and x[best, 1] == x[start, 1]:
            return ring[: count + 1].copy(), tests
        p = best
    return ring[:0].copy(), tests


@njit(cache=True, nogil=True)
def _group_hulls(x, size):
    n = len(x)
    groups = (n + size - 1) // size
    corners = np.empty(n, np.int64)
    starts = np.empty(groups + 1, np.int64)
    starts[0] = tests = 0
    for g in range(groups):
        first = g * n // groups
        hull, made = quickhull_kernel(x[first : (g + 1) * n // groups], n)
        starts[g + 1] = starts[g] + hull.size
        copy_into(hull + first, hull.size, corners, starts[g])
        tests += made
    return corners[: starts[groups]], starts, tests


def _chan(x):
    size, total = _FIRST_GROUP, 0
    while size < len(x):
        corners, starts, tests = _group_hulls(x, size)
        ring, more = _wrap(x, corners, starts, size)
        total += tests + more
        if len(ring):
            return ring, total
        size *= size
    ring, tests = quickhull_with_fallback(x)
    return ring, total + tests


@with_operation_count
def chan_hull(points: ArrayLike) -> np.ndarray:
    """Indices of the strictly convex hull by Chan's algorithm, in time n log h for h corners.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        Points of the plane.

    Returns
    -------
    numpy.ndarray of int, shape (h,)
        Counter-clockwise from the lexicographically smallest point; of equal points the first counts. Degenerate points
        give the degenerate hull: the two ends of a segment, or one point.

    Raises
    ------
    ValueError
        For a wrong shape, no points, NaN.

    Notes
    -----
    Groups of 16, 256, 65536, ... points are hulled and wrapped, until the wrap closes within as many steps. The order
    of the points affects the time only through which of them share a group.

    References
    ----------
    Chan (1996). Optimal output-sensitive convex hull algorithms in two and three dimensions. Discrete & Computational
    Geometry 16.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.chan_hull([[0, 0], [2, 0], [1, 1], [2, 2], [0, 2]]).tolist()
    [0, 1, 3, 4]
    """
    return _chan
