"""`log_kernel_sums` of concrete float32 points on a CPU: product, power and both sums of a tile in registers.

Eight rows by thirty-two columns are multiplied, raised and added up to rows and columns before any of it is written,
where XLA writes a tile and reads it three times.
"""

from __future__ import annotations

import math
import threading

import numpy as np
from jaxtyping import Float

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.f32 import (
    F32_LANES,
    add,
    broadcast,
    exp2_neg,
    fma,
    load,
    load_broadcast,
    maximum,
    store,
    total,
)
from entropylab.kernels.simd.ops import data_pointer
from entropylab.kernels.simd.parallel import parallel_for
from entropylab.numerics.kernel_sums.tiles import CANCELLATION_TOLERANCE

ROWS = 8  # with two registers each for the columns: half of those a processor with AVX-512 has
BAND = 512  # rows that stay in the second-level cache while columns pass by
FLUSH = 64 * F32_LANES  # columns whose kernels are added up in float32
FAR = 1e30  # |x|^2 of rows and columns that hold no point


def log_kernel_sums_numba(x: Float[np.ndarray, "n d"], scale: float) -> Float[np.ndarray, " n"] | None:
    """log sum_j exp(-scale |x_i - x_j|^2) for every i; None where |x|^2 + |y|^2 - 2 x.y would cancel."""
    n, d = x.shape
    bits = scale / math.log(2)
    wide = -(-n // BAND) * BAND
    left = np.zeros((wide, d), np.float32)
    np.subtract(x, x.mean(0, dtype=np.float64).astype(np.float32), out=left[:n])
    own = np.full(wide, FAR, np.float32)
    own[:n] = bits * np.einsum("nd,nd->n", left[:n], left[:n])
    if not math.log(2) * float(own[:n].max()) * np.finfo(np.float32).eps <= CANCELLATION_TOLERANCE[x.dtype]:
        return None
    left *= np.float32(math.sqrt(2 * bits))
    right = np.negative(left.reshape(-1, F32_LANES, d).transpose(0, 2, 1), order="C")
    rows, columns, turn = np.zeros(wide), np.zeros(wide), threading.Lock()

    def some_bands(first, last):
        of_columns = np.zeros(wide)
        _bands(first, last, left.reshape(-1), own, right.reshape(-1), d, rows, of_columns)
        with turn:
            columns.__iadd__(of_columns)

    parallel_for(some_bands, wide // BAND, 2)
    return np.log1p(rows[:n] + columns[:n])


@njit(cache=True, nogil=True)
def _bands(first, last, left, own, right, d, rows, columns):
    """Add the kernel of every pair i < j to row i, for i in the bands [first, last), and to column j."""
    wide = len(own)
    lanes, below = np.empty(BAND * F32_LANES, np.float32), np.empty(F32_LANES, np.float32)
    square = np.empty(ROWS * F32_LANES, np.float32)
    for start in range(first * BAND, last * BAND, BAND):
        lanes[:] = 0.0
        for j in range(start, wide, F32_LANES):
            below[:] = 0.0
            stop = min(start + BAND, j + F32_LANES)
            _panel(
                start,
                stop,
                j,
                data_pointer(left),
                data_pointer(own),
                data_pointer(right),
                d,
                data_pointer(lanes),
                data_pointer(below),
                square,
            )
            for c in range(F32_LANES):
                columns[j + c] += below[c]
            if (j - start) % FLUSH == 0 or j + F32_LANES == wide:  # in float64, before rounding adds up
                for i in range(BAND):
                    rows[start + i] += total(load(data_pointer(lanes), i * F32_LANES))
                lanes[:] = 0.0


@njit(cache=True, nogil=True)
def _panel(start, stop, j, left, own, right, d, lanes, below, square):
    """Thirty-two columns from `j` on against the rows [start, stop)."""
    mine = load(own, j)
    for i in range(start, stop, ROWS):
        a, b = add(mine, load_broadcast(own, i)), add(mine, load_broadcast(own, i + 1))
        c, e = add(mine, load_broadcast(own, i + 2)), add(mine, load_broadcast(own, i + 3))
        f, g = add(mine, load_broadcast(own, i + 4)), add(mine, load_broadcast(own, i + 5))
        h, o = add(mine, load_broadcast(own, i + 6)), add(mine, load_broadcast(own, i + 7))
        at = i * d
        for column in range(j * d, (j + F32_LANES) * d, F32_LANES):
            other = load(right, column)
            a, b = fma(a, load_broadcast(left, at), other), fma(b, load_broadcast(left, at + d), other)
            c, e = fma(c, load_broadcast(left, at + 2 * d), other), fma(e, load_broadcast(left, at + 3 * d), other)
            f, g = fma(f, load_broadcast(left, at + 4 * d), other), fma(g, load_broadcast(left, at + 5 * d), other)
            h, o = fma(h, load_broadcast(left, at + 6 * d), other), fma(o, load_broadcast(left, at + 7 * d), other)
            at += 1
        if i >= j:  # of the pairs on the diagonal and below it nothing is added
            q = data_pointer(square)
            store(q, 0, a)
            store(q, F32_LANES, b)
            store(q, 2 * F32_LANES, c)
            store(q, 3 * F32_LANES, e)
            store(q, 4 * F32_LANES, f)
            store(q, 5 * F32_LANES, g)
            store(q, 6 * F32_LANES, h)
            store(q, 7 * F32_LANES, o)
            for r in range(ROWS):
                square[r * F32_LANES : r * F32_LANES + i + r - j + 1] = FAR
            a, b, c, e = load(q, 0), load(q, F32_LANES), load(q, 2 * F32_LANES), load(q, 3 * F32_LANES)
            f, g, h, o = load(q, 4 * F32_LANES), load(q, 5 * F32_LANES), load(q, 6 * F32_LANES), load(q, 7 * F32_LANES)
        row = (i - start) * F32_LANES
        ab = add(_power(lanes, row, a), _power(lanes, row + F32_LANES, b))
        ce = add(_power(lanes, row + 2 * F32_LANES, c), _power(lanes, row + 3 * F32_LANES, e))
        fg = add(_power(lanes, row + 4 * F32_LANES, f), _power(lanes, row + 5 * F32_LANES, g))
        ho = add(_power(lanes, row + 6 * F32_LANES, h), _power(lanes, row + 7 * F32_LANES, o))
        store(below, 0, add(load(below, 0), add(add(ab, ce), add(fg, ho))))


@njit(cache=True, nogil=True)
def _power(lanes, row, q):
    """2^-q, added to a row; a square that rounding left below 0 is 0."""
    kernel = exp2_neg(maximum(q, broadcast(0.0)))
    store(lanes, row, add(load(lanes, row), kernel))
    return kernel
