"""Quickhull in the plane: throw away what lies inside the triangle to the farthest point, on both sides again."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from entropylab.geometry.exact.buffers import INT_ZERO, copy_into, grow
from entropylab.geometry.exact.predicates import orient2d
from entropylab.geometry.hulls.monotone_chain_kernel import chain
from entropylab.geometry.hulls.operation_count import with_operation_count
from entropylab.kernels.compilation import njit

__all__ = ["quickhull"]

MAX_TESTS_PER_POINT = np.int64(64)  # tests a point before quickhull gives up; random points take about 6


@njit(cache=True, nogil=True)
def lexicographically_less(x, i, j):
    """True if point i comes before point j in lexicographic order."""
    return x[i, 0] < x[j, 0] or (x[i, 0] == x[j, 0] and x[i, 1] < x[j, 1])


@njit(cache=True, nogil=True)
def extreme_points(x):
    """The lexicographically smallest point and the largest; of equal points the first."""
    a = b = INT_ZERO
    for i in range(1, len(x)):
        if lexicographically_less(x, i, a):
            a = i
        if lexicographically_less(x, b, i):
            b = i
    return a, b


@njit(cache=True, nogil=True)
def _side(x, p, q, points, first, end, far, room, ring, count, left):
    """Candidates from p up to, not including, q, outside of that edge: `points[first:end]`, the farthest of them `far`.

    A point is dropped only when an exact test shows it inside a triangle of points. Which point is taken for the
    farthest is rounded: that costs time, and candidates that `trim` drops, never a corner. Returns the new length
    of `ring` and the tests made, or -1 where there were more than `left`.
    """
    up = lexicographically_less(x, p, q)
    waiting = np.empty((64, 5), np.int64)
    depth = tests = 0
    while True:
        if first == end:
            ring[count] = p
            count += 1
            if depth == 0:
                return count, tests
            depth -= 1
            p, q, first, end, far = (
                waiting[depth, 0], waiting[depth, 1], waiting[depth, 2], waiting[depth, 3], waiting[depth, 4],
            )  # fmt: skip
            continue
        tests += end - first
        if tests > left:
            return count, np.int64(-1)
        c = far
        px, py, cx, cy, qx, qy = x[p, 0], x[p, 1], x[c, 0], x[c, 1], x[q, 0], x[q, 1]
        near, later = first, INT_ZERO
        near_far = later_far = c
        near_most = later_most = 0.0
        for k in range(first, end):
            i = points[k]
            ix, iy = x[i, 0], x[i, 1]
            if ix == cx and iy == cy:
                c = min(c, i)
            elif (ix < cx or (ix == cx and iy < cy)) == up:
                area = orient2d(px, py, cx, cy, ix, iy)
                if area < 0:
                    points[near] = i
                    near += 1
                    if area < near_most:
                        near_most, near_far = area, i
            else:
                area = orient2d(cx, cy, qx, qy, ix, iy)
                if area < 0:
                    room[later] = i
                    later += 1
                    if area < later_most:
                        later_most, later_far = area, i
        copy_into(room, later, points, near)
        if depth == len(waiting):
            waiting = grow(waiting)
        waiting[depth, 0], waiting[depth, 1], waiting[depth, 2], waiting[depth, 3], waiting[depth, 4] = (
            c, q, near, near + later, later_far,
        )  # fmt: skip
        depth += 1
        q, end, far = c, near, near_far


@njit(cache=True, nogil=True)
def keep_strict_corners(x, ring, start, count, q):
    """Keep the strictly convex corners of ring[start:count], a lexicographically sorted way that goes on to q."""
    kept = start
    tests = 0
    for k in range(start, count + 1):
        c = q if k == count else ring[k]
        while kept - start >= 2:
            tests += 1
            a, b = ring[kept - 2], ring[kept - 1]
            if orient2d(x[a, 0], x[a, 1], x[b, 0], x[b, 1], x[c, 0], x[c, 1]) > 0:
                break
            kept -= 1
        if k < count:
            ring[kept] = c
            kept += 1
    return kept, tests


@njit(cache=True, nogil=True)
def quickhull_kernel(x, patience):
    """Hull of the rows of `x` and the orientation tests made; an empty hull if those were more than patience n."""
    n = len(x)
    a, b = extreme_points(x)
    if x[a, 0] == x[b, 0] and x[a, 1] == x[b, 1]:
        return np.full(1, a, np.int64), np.int64(0)
    points, room, ring = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    below, above = INT_ZERO, n
    low_far = high_far = a
    low_most = high_most = 0.0
    ax, ay, bx, by = x[a, 0], x[a, 1], x[b, 0], x[b, 1]
    for i in range(n):
        area = orient2d(ax, ay, bx, by, x[i, 0], x[i, 1])
        if area < 0:
            points[below] = i
            below += 1
            if area < low_most:
                low_most, low_far = area, i
        elif area > 0:
            above -= 1
            points[above] = i
            if area > high_most:
                high_most, high_far = area, i
    count, tests = _side(x, a, b, points, INT_ZERO, below, low_far, room, ring, INT_ZERO, patience * n)
    if tests < 0:
        return ring[:0].copy(), tests
    count, trims = keep_strict_corners(x, ring, INT_ZERO, count, b)
    start = count
    count, more = _side(x, b, a, points, above, n, high_far, room, ring, count, patience * n)
    if more < 0:
        return ring[:0].copy(), more
    count, last = keep_strict_corners(x, ring, start, count, a)
    return ring[:count].copy(), n + tests + more + trims + last


def quickhull_with_fallback(x: np.ndarray) -> tuple[np.ndarray, int]:
    """Hull of `x` and the tests made: by quickhull, or where that takes too many tests by the chain."""
    hull, tests = quickhull_kernel(x, MAX_TESTS_PER_POINT)
    if tests < 0:
        hull, tests = chain(x, np.argsort(x[:, 0]))
        tests += int(MAX_TESTS_PER_POINT) * len(x)
    return hull, tests


@with_operation_count
def quickhull(points: ArrayLike) -> np.ndarray:
    """Indices of the strictly convex hull by quickhull.

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
    About six orientation tests a point where points are spread over a region of the plane; after 64 a point (corners
    that crowd geometrically) the monotone chain takes over.

    References
    ----------
    Eddy (1977). A new convex hull algorithm for planar sets. ACM Transactions on Mathematical Software 3.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.quickhull([[0, 0], [2, 0], [1, 1], [2, 2], [0, 2]]).tolist()
    [0, 1, 3, 4]
    """
    return quickhull_with_fallback
