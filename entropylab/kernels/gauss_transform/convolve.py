"""Convolution of a regular grid with a short even kernel, one dimension at a time, in vector registers.

Every dimension of the grid but one of a single node is a multiple of ROWS, the last one of WIDTH.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.ops import F64_LANES, broadcast, data_pointer, fma, load, load_broadcast, store

ROWS = 8  # that share one pass over the kernel: sixteen registers


def convolve(
    grid: Float[np.ndarray, "x y z"],
    taps: Float[np.ndarray, " reach"],
    one: Float[np.ndarray, "x y z"],
    other: Float[np.ndarray, "x y z"],
) -> Float[np.ndarray, "x y z"]:
    """`grid` convolved with `taps`, the first of which is the middle one; both `one` and the `other` are written to."""
    middle = len(taps) - 1 + F64_LANES
    kernel = np.zeros(2 * middle + 1)  # nothing beyond the taps, so that whole vectors may be read there
    kernel[F64_LANES : 2 * middle + 1 - F64_LANES] = np.concatenate([taps[:0:-1], taps])
    planes, rows, columns = grid.shape
    _along_last(grid, one, kernel, middle)
    for plane in range(planes):
        _along_first(one[plane], other[plane], kernel, middle)
    if planes == 1:
        return other
    _along_first(other.reshape(planes, -1), one.reshape(planes, -1), kernel, middle)
    return one


@njit(cache=True, nogil=True)
def _along_first(source, target, kernel, middle):
    """Convolve columns, sixteen at a time."""
    n, columns = source.shape
    reach = middle - F64_LANES
    taken, given, taps = data_pointer(source), data_pointer(target), data_pointer(kernel)
    for v in range(0, columns, F64_LANES):
        for r in range(0, n, ROWS):
            a = b = c = d = e = f = g = h = broadcast(0.0)
            for m in range(max(0, r - reach), min(n, r + ROWS + reach)):
                row, at = load(taken, m * columns + v), middle + m - r
                a, b = fma(a, load_broadcast(taps, at), row), fma(b, load_broadcast(taps, at - 1), row)
                c, d = fma(c, load_broadcast(taps, at - 2), row), fma(d, load_broadcast(taps, at - 3), row)
                e, f = fma(e, load_broadcast(taps, at - 4), row), fma(f, load_broadcast(taps, at - 5), row)
                g, h = fma(g, load_broadcast(taps, at - 6), row), fma(h, load_broadcast(taps, at - 7), row)
            _store_rows(given, r * columns + v, columns, a, b, c, d, e, f, g, h)


@njit(cache=True, nogil=True)
def _along_last(source, target, kernel, middle):
    """Convolve rows, sixteen results at a time of eight rows."""
    planes, rows, columns = source.shape
    reach = middle - F64_LANES
    taken, given, taps = data_pointer(source), data_pointer(target), data_pointer(kernel)
    for r in range(0, planes * rows * columns, ROWS * columns):
        for v in range(0, columns, F64_LANES):
            a = b = c = d = e = f = g = h = broadcast(0.0)
            for m in range(max(0, v - reach), min(columns, v + F64_LANES + reach)):
                row, at = load(taps, middle - m + v), r + m
                a, b = fma(a, load_broadcast(taken, at), row), fma(b, load_broadcast(taken, at + columns), row)
                c, d = (
                    fma(c, load_broadcast(taken, at + 2 * columns), row),
                    fma(d, load_broadcast(taken, at + 3 * columns), row),
                )
                e, f = (
                    fma(e, load_broadcast(taken, at + 4 * columns), row),
                    fma(f, load_broadcast(taken, at + 5 * columns), row),
                )
                g, h = (
                    fma(g, load_broadcast(taken, at + 6 * columns), row),
                    fma(h, load_broadcast(taken, at + 7 * columns), row),
                )
            _store_rows(given, r + v, columns, a, b, c, d, e, f, g, h)


@njit(cache=True, nogil=True)
def _store_rows(out, at, step, a, b, c, d, e, f, g, h):
    store(out, at, a)
    store(out, at + step, b)
    store(out, at + 2 * step, c)
    store(out, at + 3 * step, d)
    store(out, at + 4 * step, e)
    store(out, at + 5 * step, f)
    store(out, at + 6 * step, g)
    store(out, at + 7 * step, h)
