"""Digamma at whole numbers, from one table of harmonic sums: counts of neighbours need it once per point."""

from __future__ import annotations

import numpy as np

from entropylab.kernels.compilation import njit


def digamma_at_integers(counts: np.ndarray) -> np.ndarray:
    """psi(m) for an array of whole numbers m >= 1."""
    return np.take(digamma_table(int(counts.max())), counts)


def mean_digamma_at_integers(counts: np.ndarray) -> np.ndarray:
    """Mean of psi(c) over the rows of whole numbers c >= 1, shape (n, m): (m,)."""
    return _means(digamma_table(int(counts.max())), counts)


@njit(cache=True, nogil=True)
def _means(table, counts):
    n, m = counts.shape
    sums = np.zeros(m)
    for i in range(n):
        for j in range(m):
            sums[j] += table[counts[i, j]]
    return sums / n


@njit(cache=True, nogil=True)
def digamma_table(largest):
    """psi(m) = psi(m - 1) + 1 / (m - 1), summed with its rounding carried along (Kahan); entry 0 is the pole."""
    table = np.empty(largest + 1)
    table[0] = -np.inf
    total = -np.euler_gamma
    carry = 0.0
    for m in range(1, largest + 1):
        table[m] = total
        step = 1.0 / m - carry
        raised = total + step
        carry = (raised - total) - step
        total = raised
    return table
