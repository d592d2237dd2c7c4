"""`log_kernel_sums` of concrete float32 points on a CPU: product, power and both sums of a tile in registers.

Eight rows by thirty-two columns are multiplied, raised and added up to rows and columns before any of it is written,
where XLA writes a tile and reads it three times.
"""

from __future__ import annotations

import math
import threading

import numpy as np
from jaxtyping import Float
from numba import njit

from entropylab.numerics.lanes import address
from entropylab.numerics.short_lanes import WIDTH, add, fused, greater, load, splat, spread, store, to_minus, total
from entropylab.numerics.threads import share
from entropylab.numerics.tiles import ALLOWED

ROWS = 8  # with two registers each for the columns: half of those a processor with AVX-512 has
BAND = 512  # rows that stay in the second-level cache while columns pass by
FLUSH = 64 * WIDTH  # columns whose kernels are added up in float32
FAR = 1e30  # |x|^2 of rows and columns that hold no point


def log_kernel_sums_host(x: Float[np.ndarray, "n d"], scale: float) -> Float[np.ndarray, " n"] | None:
    """log sum_j exp(-scale |x_i - x_j|^2) for every i; None where |x|^2 + |y|^2 - 2 x.y would cancel."""
    n, d = x.shape
    bits = scale / math.log(2)
    wide = -(-n // BAND) * BAND
    left = np.zeros((wide, d), np.float32)
    np.subtract(x, x.mean(0, dtype=np.float64).astype(np.float32), out=left[:n])
    own = np.full(wide, FAR, np.float32)
    own[:n] = bits * np.einsum("nd,nd->n", left[:n], left[:n])
    if not math.log(2) * float(own[:n].max()) * np.finfo(np.float32).eps <= ALLOWED[x.dtype]:
        return None
    left *= np.float32(math.sqrt(2 * bits))
    right = np.negative(left.reshape(-1, WIDTH, d).transpose(0, 2, 1), order="C")
    rows, columns, turn = np.zeros(wide), np.zeros(wide), threading.Lock()

    def some_bands(first, last):
        of_columns = np.zeros(wide)
        _bands(first, last, left.reshape(-1), own, right.reshape(-1), d, rows, of_columns)
        with turn:
            columns.__iadd__(of_columns)

    share(some_bands, wide // BAND, 2)
    return np.log1p(rows[:n] + columns[:n])


@njit(cache=True, nogil=True)
def _bands(first, last, left, own, right, d, rows, columns):
    """Add the kernel of every pair i < j to row i, for i in the bands [first, last), and to column j."""
    wide = len(own)
    lanes, below = np.empty(BAND * WIDTH, np.float32), np.empty(WIDTH, np.float32)
    square = np.empty(ROWS * WIDTH, np.float32)
    for start in range(first * BAND, last * BAND, BAND):
        lanes[:] = 0.0
        for j in range(start, wide, WIDTH):
            below[:] = 0.0
            stop = min(start + BAND, j + WIDTH)
            _panel(
                start, stop, j, address(left), address(own), address(right), d, address(lanes), address(below), square
            )
            for c in range(WIDTH):
                columns[j + c] += below[c]
            if (j - start) % FLUSH == 0 or j + WIDTH == wide:  # in float64, before rounding adds up
                for i in range(BAND):
                    rows[start + i] += total(load(address(lanes), i * WIDTH))
                lanes[:] = 0.0


@njit(cache=True, nogil=True)
def _panel(start, stop, j, left, own, right, d, lanes, below, square):
    """Thirty-two columns from `j` on against the rows [start, stop)."""
    mine = load(own, j)
    for i in range(start, stop, ROWS):
        a, b = add(mine, spread(own, i)), add(mine, spread(own, i + 1))
        c, e = add(mine, spread(own, i + 2)), add(mine, spread(own, i + 3))
        f, g = add(mine, spread(own, i + 4)), add(mine, spread(own, i + 5))
        h, o = add(mine, spread(own, i + 6)), add(mine, spread(own, i + 7))
        at = i * d
        for column in range(j * d, (j + WIDTH) * d, WIDTH):
            other = load(right, column)
            a, b = fused(a, spread(left, at), other), fused(b, spread(left, at + d), other)
            c, e = fused(c, spread(left, at + 2 * d), other), fused(e, spread(left, at + 3 * d), other)
            f, g = fused(f, spread(left, at + 4 * d), other), fused(g, spread(left, at + 5 * d), other)
            h, o = fused(h, spread(left, at + 6 * d), other), fused(o, spread(left, at + 7 * d), other)
            at += 1
        if i >= j:  # of the pairs on the diagonal and below it nothing is added
            q = address(square)
            store(q, 0, a)
            store(q, WIDTH, b)
            store(q, 2 * WIDTH, c)
            store(q, 3 * WIDTH, e)
            store(q, 4 * WIDTH, f)
            store(q, 5 * WIDTH, g)
            store(q, 6 * WIDTH, h)
            store(q, 7 * WIDTH, o)
            for r in range(ROWS):
                square[r * WIDTH : r * WIDTH + i + r - j + 1] = FAR
            a, b, c, e = load(q, 0), load(q, WIDTH), load(q, 2 * WIDTH), load(q, 3 * WIDTH)
            f, g, h, o = load(q, 4 * WIDTH), load(q, 5 * WIDTH), load(q, 6 * WIDTH), load(q, 7 * WIDTH)
        row = (i - start) * WIDTH
        ab = add(_power(lanes, row, a), _power(lanes, row + WIDTH, b))
        ce = add(_power(lanes, row + 2 * WIDTH, c), _power(lanes, row + 3 * WIDTH, e))
        fg = add(_power(lanes, row + 4 * WIDTH, f), _power(lanes, row + 5 * WIDTH, g))
        ho = add(_power(lanes, row + 6 * WIDTH, h), _power(lanes, row + 7 * WIDTH, o))
        store(below, 0, add(load(below, 0), add(add(ab, ce), add(fg, ho))))


@njit(cache=True, nogil=True)
def _power(lanes, row, q):
    """2^-q, added to a row; a square that rounding left below 0 is 0."""
    kernel = to_minus(greater(q, splat(0.0)))
    store(lanes, row, add(load(lanes, row), kernel))
    return kernel
