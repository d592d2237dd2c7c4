"""Andrew's monotone chain: the hull of sorted points, and the same on what another algorithm leaves."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from entropylab.geometry.exact.buffers import INT_ZERO, copy_into
from entropylab.geometry.exact.predicates import orient2d
from entropylab.geometry.hulls.operation_count import with_operation_count
from entropylab.kernels.compilation import njit

__all__ = ["monotone_chain"]


@njit(cache=True, nogil=True)
def chain(x, order):
    """Hull of the points `order`, which names them by growing first coordinate, and the orientation tests made.

    Points of one first coordinate may come in any order: only the lowest and the highest of them can be corners.
    """
    n = order.size
    low, high = np.empty(n, np.int64), np.empty(n, np.int64)
    lows = highs = tests = INT_ZERO
    i = 0
    while i < n:
        bottom = top = order[i]
        place = x[bottom, 0]
        i += 1
        while i < n and x[order[i], 0] == place:
            p = order[i]
            y = x[p, 1]
            if y < x[bottom, 1] or (y == x[bottom, 1] and p < bottom):
                bottom = p
            if y > x[top, 1] or (y == x[top, 1] and p < top):
                top = p
            i += 1
        while lows >= 2:
            tests += 1
            a, b = low[lows - 2], low[lows - 1]
            if orient2d(x[a, 0], x[a, 1], x[b, 0], x[b, 1], place, x[bottom, 1]) > 0:
                break
            lows -= 1
        low[lows] = bottom
        lows += 1
        while highs >= 2:
            tests += 1
            a, b = high[highs - 2], high[highs - 1]
            if orient2d(x[a, 0], x[a, 1], x[b, 0], x[b, 1], place, x[top, 1]) < 0:
                break
            highs -= 1
        high[highs] = top
        highs += 1
    ring = np.empty(lows + highs, np.int64)
    copy_into(low, lows, ring, INT_ZERO)
    size = lows
    for j in range(highs - 1, -1, -1):  # back along the top; both chains share a corner where a column is one point
        shared = (j == highs - 1 and high[j] == low[lows - 1]) or (j == 0 and high[0] == low[0])
        if not shared:
            ring[size] = high[j]
            size += 1
    return ring[:size].copy(), tests


@with_operation_count
def monotone_chain(points: ArrayLike) -> np.ndarray:
    """Indices of the strictly convex hull by Andrew's monotone chain.

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
    Sorted by a merge sort that follows the runs of the data, then 2 to 4 orientation tests a point: sorted points cost
    a third of shuffled ones.

    References
    ----------
    Andrew (1979). Another efficient algorithm for convex hulls in two dimensions. Information Processing Letters 9.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.monotone_chain([[0, 0], [2, 0], [1, 1], [2, 2], [0, 2]]).tolist()
    [0, 1, 3, 4]
    """
    return lambda x: chain(x, np.argsort(x[:, 0], kind="stable"))
