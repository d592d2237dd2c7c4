"""Mean digamma of the counts on a line, for many radii at once: what a curve over k asks of a marginal.

Sixteen radii of one point search in step. A table of cells, several to a point, tells where a number would stand
among the sorted ones, or a few places before; from there the ends of the window move up to where differences of the
data put them, so counts are exact whatever the table says.
"""

from __future__ import annotations

import numpy as np

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.ops import (
    F64_LANES,
    abs_diff,
    add,
    aligned_empty,
    any_lt,
    broadcast,
    data_pointer,
    gather,
    load,
    maximum,
    minimum,
    mul_add_unfused,
    select_lt,
    store,
)
from entropylab.numerics.special.digamma import digamma_table

_CELLS = 4  # of the table to a point
_CROWD = 8.0  # points in the cell of a point, on average, above which the table leaves too much to walk
_ROWS = 32  # of radii fetched ahead: they lie in the order of the data, and each would be waited for
_SLACK = 1e-6  # cells: far above the rounding of a place in the table, far below what costs a step


def mean_digammas_1d(values: np.ndarray, order: np.ndarray, radii: np.ndarray, own: int) -> np.ndarray | None:
    """Mean over i of psi(own + the number of other points nearer to x_i than radii[i, r]), for every r.

    `values` are the n sorted numbers behind one -inf and before one inf, `order` where they stand in `radii` (n, m).
    None where the numbers are spread so unevenly that most share a few cells.
    """
    n, m = radii.shape
    low, span = values[1], values[n] - values[1]
    cells = _CELLS * n
    if not 0 < span < np.inf or not np.isfinite(cells / span):
        return None
    starts, crowd = _starts(values, cells, low, cells / span)
    if crowd > _CROWD:
        return None
    wide = -(-m // (2 * F64_LANES)) * 2 * F64_LANES
    sums, rows = aligned_empty(wide), aligned_empty(_ROWS * wide)
    sums[:], rows[:] = 0.0, 0.0  # lanes to spare ask for nothing
    _digammas(values, order, radii, starts, cells / span, digamma_table(n + own), float(own), rows, sums)
    return sums[:m] / n


@njit(cache=True, nogil=True)
def _starts(values, cells, low, scale):
    """The place of the first number in or above every cell, as float64; and how many share a cell on average."""
    n = len(values) - 2
    starts = np.empty(cells + 2)
    done = 0
    for i in range(1, n + 1):
        cell = int((values[i] - low) * scale)
        while done <= cell:
            starts[done] = i
            done += 1
    starts[done:] = n + 1
    crowd = 0.0
    for cell in range(cells + 1):
        crowd += (starts[cell + 1] - starts[cell]) ** 2
    return starts, crowd / n


@njit(cache=True, nogil=True)
def _digammas(values, order, radii, starts, scale, psi, own, rows, sums):
    n, m = radii.shape
    wide = len(sums)
    numbers, place, radius, total = data_pointer(values), data_pointer(order), data_pointer(rows), data_pointer(sums)
    begin, digamma = data_pointer(starts), data_pointer(psi)
    last, end, one = broadcast(float(len(starts) - 2)), broadcast(float(n + 1)), broadcast(1.0)
    nothing, less, first = broadcast(0.0), broadcast(-1.0), broadcast(own)
    grow, shrink = broadcast(scale), broadcast(-scale)
    low = numbers[1]
    for i in range(1, n + 1):
        if (i - 1) % _ROWS == 0:
            for ahead in range(min(_ROWS, n + 1 - i)):
                for r in range(m):
                    rows[ahead * wide + r] = radii[place[i - 1 + ahead], r]
        here, itself = broadcast(numbers[i]), broadcast(float(i))
        at = broadcast((numbers[i] - low) * scale - _SLACK)
        row = (i - 1) % _ROWS * wide
        for r in range(0, wide, 2 * F64_LANES):
            near, far = load(radius, row + r), load(radius, row + r + F64_LANES)
            a = maximum(gather(begin, minimum(maximum(mul_add_unfused(at, near, grow), nothing), last)), itself)
            b = maximum(gather(begin, minimum(maximum(mul_add_unfused(at, far, grow), nothing), last)), itself)
            c = minimum(gather(begin, maximum(mul_add_unfused(at, near, shrink), nothing)), itself)
            d = minimum(gather(begin, maximum(mul_add_unfused(at, far, shrink), nothing)), itself)
            while True:  # a and b up to the first number that is not nearer, c and d to the first one that is
                e = select_lt(abs_diff(gather(numbers, a), here), near, minimum(add(a, one), end), a)
                f = select_lt(abs_diff(gather(numbers, b), here), far, minimum(add(b, one), end), b)
                g = select_lt(abs_diff(gather(numbers, c), here), near, c, minimum(add(c, one), itself))
                h = select_lt(abs_diff(gather(numbers, d), here), far, d, minimum(add(d, one), itself))
                moved = any_lt(add(add(a, b), add(c, d)), add(add(e, f), add(g, h)))
                a, b, c, d = e, f, g, h
                if not moved:
                    break
            near = maximum(add(abs_diff(a, c), less), nothing)
            far = maximum(add(abs_diff(b, d), less), nothing)
            store(total, r, add(load(total, r), gather(digamma, add(near, first))))
            store(total, r + F64_LANES, add(load(total, r + F64_LANES), gather(digamma, add(far, first))))
