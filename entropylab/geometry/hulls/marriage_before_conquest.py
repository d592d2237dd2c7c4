"""A hull whose work follows the structural entropy of the points: bridge over the median, then both sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from entropylab.geometry.exact.buffers import INT_ZERO, copy_into, grow
from entropylab.geometry.exact.predicates import orient2d
from entropylab.geometry.hulls.monotone_chain_kernel import chain
from entropylab.geometry.hulls.operation_count import with_operation_count
from entropylab.geometry.hulls.quickhull_kernel import extreme_points, keep_strict_corners, lexicographically_less
from entropylab.kernels.compilation import njit

__all__ = ["entropy_bounded_hull"]

_MEDIAN_OF = 15


@njit(cache=True, nogil=True)
def _middle(x, points, first, end):
    """The lexicographic median of the first fifteen points, which stand in random order."""
    size = min(_MEDIAN_OF, end - first)
    sample = points[first : first + size].copy()
    for i in range(1, size):
        point = sample[i]
        j = i
        while j and lexicographically_less(x, point, sample[j - 1]):
            sample[j] = sample[j - 1]
            j -= 1
        sample[j] = point
    return sample[(size - 1) // 2]


@njit(cache=True, nogil=True)
def _bridge(x, p, q, points, first, end, middle, up):
    """The edge of the hull outside of p -> q that crosses the median, and the tests made: expected 6 a point.

    A linear program in two unknowns, the points taken one by one in random order. A point outside of the edge so
    far is one end of the new edge; the other end is found among the points before it.
    """
    a, b = p, q
    tests = end - first
    for k in range(first, end):
        i = points[k]
        if orient2d(x[a, 0], x[a, 1], x[b, 0], x[b, 1], x[i, 0], x[i, 1]) >= 0:
            continue
        early = lexicographically_less(x, middle, i) != up  # on the side of p, the median itself included
        if not up:
            early = not lexicographically_less(x, i, middle)
        if early:
            a, b = i, q
        else:
            a, b = p, i
        tests += k - first
        for l in range(first, k):  # noqa: E741
            j = points[l]
            side = not lexicographically_less(x, middle, j) if up else not lexicographically_less(x, j, middle)
            if side != early and orient2d(x[a, 0], x[a, 1], x[b, 0], x[b, 1], x[j, 0], x[j, 1]) < 0:
                if early:
                    b = j
                else:
                    a = j
    return a, b, tests


@njit(cache=True, nogil=True)
def _side(x, p, q, points, first, end, room, ring, count):
    """Corners from p up to, not including, q outside of that edge; the new length of `ring` and the tests made."""
    up = lexicographically_less(x, p, q)
    waiting = np.empty((64, 4), np.int64)
    depth = tests = 0
    while True:
        if first == end:
            ring[count] = p
            count += 1
            if depth == 0:
                return count, tests
            depth -= 1
            p, q, first, end = waiting[depth, 0], waiting[depth, 1], waiting[depth, 2], waiting[depth, 3]
            continue
        middle = _middle(x, points, first, end)
        a, b, made = _bridge(x, p, q, points, first, end, middle, up)
        tests += made
        near, later = first, INT_ZERO
        low = high = False
        for k in range(first, end):
            i = points[k]
            if x[i, 0] == x[a, 0] and x[i, 1] == x[a, 1]:
                a = min(a, i)
                continue
            if x[i, 0] == x[b, 0] and x[i, 1] == x[b, 1]:
                b = min(b, i)
                continue
            low, high = lexicographically_less(x, i, a) == up, lexicographically_less(x, b, i) == up
            if low and a != p:
                tests += 1
                if orient2d(x[p, 0], x[p, 1], x[a, 0], x[a, 1], x[i, 0], x[i, 1]) < 0:
                    points[near] = i
                    near += 1
            elif high and b != q:
                tests += 1
                if orient2d(x[b, 0], x[b, 1], x[q, 0], x[q, 1], x[i, 0], x[i, 1]) < 0:
                    room[later] = i
                    later += 1
        copy_into(room, later, points, near)
        if depth + 2 > len(waiting):
            waiting = grow(waiting)
        if b != q:
            waiting[depth, 0], waiting[depth, 1], waiting[depth, 2], waiting[depth, 3] = b, q, near, near + later
            depth += 1
        if a != p:
            waiting[depth, 0], waiting[depth, 1], waiting[depth, 2], waiting[depth, 3] = a, b, near, near
            depth += 1
            q, end = a, near
        else:
            q, end = b, first  # nothing lies outside of the bridge
    return count, tests


@njit(cache=True, nogil=True)
def marriage_before_conquest(x):
    """Hull of the rows of `x` and the orientation tests made."""
    n = len(x)
    rising = falling = True
    for i in range(1, n):
        rising &= x[i - 1, 0] <= x[i, 0]
        falling &= x[i - 1, 0] >= x[i, 0]
    order = np.arange(n)
    if rising:
        return chain(x, order)
    if falling:
        return chain(x, order[::-1].copy())
    a, b = extreme_points(x)
    state = np.uint64(n)
    for i in range(n - 1, 0, -1):  # one fixed shuffle for each n: the hull does not depend on it, the count does
        state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
        j = np.int64((state >> np.uint64(33)) % np.uint64(i + 1))
        order[i], order[j] = order[j], order[i]
    points, room, ring = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    below, above = INT_ZERO, INT_ZERO
    for i in order:
        area = orient2d(x[a, 0], x[a, 1], x[b, 0], x[b, 1], x[i, 0], x[i, 1])
        if area < 0:
            points[below] = i
            below += 1
        elif area > 0:
            room[above] = i
            above += 1
    copy_into(room, above, points, below)
    end = below + above
    count, tests = _side(x, a, b, points, INT_ZERO, below, room, ring, INT_ZERO)
    count, trims = keep_strict_corners(x, ring, INT_ZERO, count, b)
    start = count
    count, more = _side(x, b, a, points, below, end, room, ring, count)
    count, last = keep_strict_corners(x, ring, start, count, a)
    return ring[:count].copy(), n + tests + more + trims + last


@with_operation_count
def entropy_bounded_hull(points: ArrayLike) -> np.ndarray:
    """Indices of the strictly convex hull, with work in proportion to n (1 + structural entropy).

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
    Marriage before conquest: the hull edge over the median is found first, what lies below it is dropped, and both
    sides follow; a triangle full of points is dropped at once. Points sorted by their first coordinate go straight to
    the monotone chain. `entropy_bounded_hull.count(points)` is the number of orientation tests, which the entropy
    bounds. The bridge is found as a linear program (Seidel, 1991).

    References
    ----------
    Kirkpatrick and Seidel (1986). The ultimate planar convex hull algorithm? SIAM Journal on Computing 15. Afshani,
    Barbay and Chan (2017). Instance-optimal geometric algorithms. Journal of the ACM 64.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.entropy_bounded_hull([[0, 0], [2, 0], [1, 1], [2, 2], [0, 2]]).tolist()
    [0, 1, 3, 4]
    """
    return marriage_before_conquest
