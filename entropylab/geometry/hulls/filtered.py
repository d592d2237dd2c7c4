"""The hull engine: what a sample's hull encloses is dropped in one pass over the points, the rest is hulled exactly.

The sample tells what the filter will be worth: where a quarter of the sample lies on its own hull the points have no
inside to drop, and one sort and the monotone chain are faster. So the work follows the entropy of the points.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from entropylab.geometry.exact.planar import (
    LARGEST,
    SMALLEST,
    as_planar_points,
    exponents_in_range,
    rational_hull,
    scaled_for_exact_products,
)
from entropylab.geometry.hulls.monotone_chain_kernel import chain
from entropylab.geometry.hulls.quickhull_kernel import MAX_TESTS_PER_POINT, quickhull_kernel
from entropylab.kernels.compilation import njit
from entropylab.numerics.validation import check

__all__ = ["convex_hull", "hull_survivors", "outside_polygon"]

MIN_FILTERED_POINTS = 256  # below, quickhull of all points is faster than sampling first
_BUCKETS = 4096
_BLOCK = 1024
_OUT_OF_RANGE, _NO_INTERIOR = -1, -2  # in the place of a count: coordinates out of range; no inside worth a filter


@njit(cache=True, nogil=True)
def subsample(x):
    """Every so-manieth point: min(16384, 4 n^0.55) of them, which balances their hull against what it lets through."""
    n = len(x)
    size = min(16384, int(4 * n**0.55), n)
    sample = np.empty((size, 2))
    for i in range(size):
        j = i * n // size
        sample[i, 0], sample[i, 1] = x[j, 0], x[j, 1]
    return sample


@njit(cache=True, nogil=True)
def _levels(corners, first, end, step, start, width, levels):
    """Height of a chain of corners, from the left to the right, over the edges start + b width of the buckets."""
    k = first
    for b in range(levels.size):
        place = start + b * width
        while k + step != end and corners[k + step, 0] < place:
            k += step
        if k + step == end:  # the last edge may be rounded past the last corner
            levels[b] = corners[k, 1]
            continue
        ax, ay, bx, by = corners[k, 0], corners[k, 1], corners[k + step, 0], corners[k + step, 1]
        levels[b] = ay if bx == ax else ay + (by - ay) * ((place - ax) / (bx - ax))


@njit(cache=True, nogil=True)
def bucket_table(corners, buckets):
    """What lies between `low[b]` and `high[b]` in bucket b is strictly inside the polygon: start, 1 / width, low, high.

    `corners` counter-clockwise from the lexicographically smallest. A bucket takes the heights over itself and its
    neighbours, since rounding may misplace a point by one; a convex chain is extreme at the ends of that stretch.
    Interpolation errs by at most 13 roundings of the largest height, and 32 are allowed for. The first and the last
    bucket hold nothing inside.
    """
    low, high = np.full(buckets, np.inf), np.full(buckets, -np.inf)
    h = len(corners)
    last = np.argmax(corners[:, 0])
    start, width = corners[0, 0], (corners[last, 0] - corners[0, 0]) / buckets
    reach = max(abs(corners[0, 0]), abs(corners[last, 0]))
    if h < 3 or width < 64 * 2.0**-52 * reach or width < SMALLEST:
        return start, 0.0, low, high
    top = last  # where the right side is upright the upper chain begins at its upper end
    while top + 1 < h and corners[top + 1, 0] == corners[last, 0]:
        top += 1
    lower, upper = np.empty(buckets + 1), np.empty(buckets + 1)
    _levels(corners, 0, last + 1, 1, start, width, lower)
    around = np.empty((h - top + 1, 2))  # the upper chain from the left: back from the smallest corner
    leftmost = 0
    if corners[h - 1, 0] == corners[0, 0]:
        leftmost = 1
    else:
        around[0, 0], around[0, 1] = corners[0, 0], corners[0, 1]
    size = 1 - leftmost
    for k in range(h - 1, top - 1, -1):
        around[size, 0], around[size, 1] = corners[k, 0], corners[k, 1]
        size += 1
    _levels(around, 0, size, 1, start, width, upper)
    slack = max(32 * 2.0**-53 * np.max(np.abs(corners[:, 1])), 2.0**-900)
    for b in range(1, buckets - 1):
        low[b] = max(lower[b - 1], lower[b + 2]) + slack
        high[b] = min(upper[b - 1], upper[b + 2]) - slack
    return start, 1 / width, low, high


@njit(cache=True, nogil=True)
def candidates_outside(x, start, inverse, low, high):
    """Indices of the points that the table does not show to be inside; NaN and infinite points are among them."""
    n = len(x)
    kept = np.empty(n + _BLOCK, np.int64)
    keep = np.empty(_BLOCK, np.int64)
    last = low.size - 1.0
    count = 0
    for first in range(0, n, _BLOCK):
        size = min(_BLOCK, n - first)
        for i in range(size):
            place = (x[first + i, 0] - start) * inverse
            place = place if (place >= 1.0) & (place < last) else 0.0
            b = np.int32(place)
            y = x[first + i, 1]
            keep[i] = 1 - ((y > low[b]) & (y < high[b]))
        for i in range(size):
            kept[count] = first + i
            count += keep[i]
    return kept[:count]


@njit(cache=True, nogil=True)
def _gather(x, chosen):
    out = np.empty((chosen.size, 2))
    for i in range(chosen.size):
        out[i, 0], out[i, 1] = x[chosen[i], 0], x[chosen[i], 1]
    return out


@njit(cache=True, nogil=True)
def filtered(x):
    """Points that the filter leaves, tests of the sample's hull, its corners; without filter a negative count."""
    n = len(x)
    nobody = np.empty(0, np.int64)
    sample = subsample(x)
    if not exponents_in_range(sample, SMALLEST, LARGEST):
        return nobody, np.int64(_OUT_OF_RANGE), sample[:0]
    hull, tests = quickhull_kernel(sample, MAX_TESTS_PER_POINT)
    if tests < 0 or 4 * hull.size > len(sample):
        return nobody, np.int64(_NO_INTERIOR), sample[:0]
    corners = _gather(sample, hull)
    start, inverse, low, high = bucket_table(corners, min(_BUCKETS, n // 16))
    if inverse == 0.0:
        return nobody, np.int64(_NO_INTERIOR), corners
    return candidates_outside(x, start, inverse, low, high), tests, corners


@njit(cache=True, nogil=True)
def hull_with_filter(x, few):
    """Hull and tests (orientations, and points held against the table); a negative count where it must be done anew."""
    nobody = np.empty(0, np.int64)
    if len(x) < few:
        if not exponents_in_range(x, SMALLEST, LARGEST):
            return nobody, np.int64(_OUT_OF_RANGE)
        hull, tests = quickhull_kernel(x, MAX_TESTS_PER_POINT)
        return hull, tests if tests >= 0 else np.int64(_NO_INTERIOR)
    left, tests, _ = filtered(x)
    if tests < 0:
        return nobody, tests
    rest = _gather(x, left)
    if not exponents_in_range(rest, SMALLEST, LARGEST):
        return nobody, np.int64(_OUT_OF_RANGE)
    hull, more = quickhull_kernel(rest, MAX_TESTS_PER_POINT)
    if more < 0:
        return nobody, np.int64(_NO_INTERIOR)
    return left[hull], len(x) + tests + more


def _hull(points) -> tuple[np.ndarray, int]:
    x = as_planar_points("points", points)
    hull, tests = hull_with_filter(x, MIN_FILTERED_POINTS)
    if tests >= 0:
        return hull, tests
    fit = scaled_for_exact_products("points", x)  # NaN is refused here
    if fit is None:
        return rational_hull(x), 0
    if fit is not x:
        hull, tests = hull_with_filter(fit, MIN_FILTERED_POINTS)
        if tests >= 0:
            return hull, tests
    return chain(fit, np.argsort(fit[:, 0]))


def convex_hull(points: ArrayLike) -> np.ndarray:
    """Indices of the strictly convex hull, by the fastest algorithm for these points.

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
    Exact: signs that rounding leaves open are settled in exact arithmetic. Below 256 points quickhull; above, the hull
    of a sample of 4 n^0.55 points fills a table of heights, one pass drops what lies strictly inside, quickhull takes
    the rest. Where a quarter of the sample lies on its hull, a sort and the monotone chain instead.
    `convex_hull.count(points)` is the number of tests made.

    References
    ----------
    Eddy (1977). A new convex hull algorithm for planar sets. ACM Transactions on Mathematical Software 3.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.convex_hull([[0, 0], [2, 0], [1, 1], [2, 2], [0, 2]]).tolist()
    [0, 1, 3, 4]
    """
    return _hull(points)[0]


def _count(points) -> int:
    """How many tests the hull takes: orientations, and points held against the table of heights."""
    return int(_hull(points)[1])


convex_hull.count = _count


def hull_survivors(points: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Indices that the filter of `convex_hull` keeps, and the corners by which it drops the others.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        Points of the plane.

    Returns
    -------
    indices : numpy.ndarray of int
        All indices where no filter is used: below 256 points, or where too many points lie on the hull.
    corners : numpy.ndarray, shape (h, 2)
        Hull of the sample.

    Raises
    ------
    ValueError
        For a wrong shape, no points, NaN.

    Notes
    -----
    The hull of the indices that are kept is the hull of all points.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.hull_survivors([[0, 0], [1, 0], [0, 1]])[0].tolist()
    [0, 1, 2]
    """
    x = as_planar_points("points", points)
    fit = scaled_for_exact_products("points", x)
    if fit is None or len(x) < MIN_FILTERED_POINTS:
        return np.arange(len(x)), np.empty((0, 2))
    left, tests, corners = filtered(fit)
    if tests < 0:
        return np.arange(len(x)), np.empty((0, 2))
    ratio = 1.0 if fit is x else float(np.abs(x).max() / np.abs(fit).max())  # a power of two
    return left.copy(), corners * ratio


def outside_polygon(points: ArrayLike, corners: ArrayLike) -> np.ndarray:
    """Indices of the points that are not certified to lie strictly inside a convex polygon.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        Points of the plane.
    corners : array_like, shape (h, 2)
        Corners of the polygon, in any order: their hull is taken.

    Returns
    -------
    numpy.ndarray of int
        Ascending indices.

    Raises
    ------
    ValueError
        For a wrong shape, NaN.

    Notes
    -----
    One pass over the points, with a table of the polygon's heights: every point on the polygon or outside of it is
    kept, and the few inside so near its edge (or in its first or last 1/4096) that the table cannot decide.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.outside_polygon([[0.5, 0.5], [3.0, 3.0]], [[0, 0], [1, 0], [1, 1], [0, 1]]).tolist()
    [1]
    """
    x, corners = as_planar_points("points", points), as_planar_points("corners", corners)
    hull = convex_hull(corners)
    fitted = scaled_for_exact_products("corners", corners)
    if len(hull) < 3 or fitted is None:
        return np.arange(len(x))
    if fitted is not corners:  # a power of two for both, which moves no point relative to the polygon
        power = math.frexp(np.abs(fitted).max())[1] - math.frexp(np.abs(corners).max())[1]
        corners, scaled = fitted, np.ldexp(x, power)
        if not np.array_equal(np.ldexp(scaled, -power), x):
            check.finite("points", x)
            return np.arange(len(x))
        x = scaled
    start, inverse, low, high = bucket_table(corners[hull], _BUCKETS)
    left = candidates_outside(x, start, inverse, low, high).copy()
    scaled_for_exact_products("points", x[left]) if len(left) else None  # NaN is refused here
    return left
