"""Copies as loops: numba compiles the assignment of a slice with the text of its error message, which takes seconds."""

from __future__ import annotations

import numpy as np

from entropylab.kernels.compilation import njit

# What is given to a compiled function as a plain 0, or first was one, would compile that function anew for a literal 0.
INT_ZERO = np.int64(0)


@njit(cache=True, nogil=True)
def copy_into(values, count, out, start):
    """Write the first `count` of `values` to `out`, from `start` on."""
    for k in range(count):
        out[start + k] = values[k]


@njit(cache=True, nogil=True)
def grow(rows):
    """Twice as many rows of whole numbers, of which the first are `rows`."""
    more = np.empty((2 * rows.shape[0], rows.shape[1]), np.int64)
    for i in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            more[i, j] = rows[i, j]
    return more
