"""`pair_terms` of concrete float64 Gaussians on a CPU: sixteen pairs to a vector, their matrices in the first cache.

XLA works the same elimination one pair after the other, ten times slower.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.ops import (
    F64_LANES,
    add,
    aligned_empty,
    broadcast,
    data_pointer,
    div,
    exponent,
    fnma,
    load,
    mantissa,
    minimum,
    mul,
    mul_add_unfused,
    store,
)

MIN_PIVOT = 2.0**-1022  # a smaller pivot has lost digits, or is not positive
MAX_DIMENSION = 20  # dimensions up to which sixteen matrices stay in 32 kB


def logdet_plus_mahalanobis_numba(
    spreads: Float[np.ndarray, "K d d"], centers: Float[np.ndarray, "K d"], a: float, b: float, g: float
) -> Float[np.ndarray, "K K"]:
    """log det(a S_i + b S_j) + g (m_i - m_j)' (a S_i + b S_j)^-1 (m_i - m_j) for all pairs.

    `spreads` are symmetric; NaN where a S_i + b S_j is not positive definite, numerically.
    """
    k, d = centers.shape
    wide = -(-k // F64_LANES) * F64_LANES
    rows, columns = np.tril_indices(d)
    entries = np.empty((len(rows) + d, wide))
    entries[: len(rows), :k] = spreads[:, rows, columns].T
    entries[len(rows) :, :k] = centers.T
    entries[:, k:] = entries[:, k - 1 : k]  # lanes to spare repeat the last component
    table = np.zeros((3, k, wide)) if a == b else np.empty((3, k, wide))
    if a == b:
        table[0] = 1.0  # below the diagonal nothing is written
    _eliminate(
        entries.ravel(), k, d, float(a), float(b), a == b, aligned_empty(d * (d + 7) // 2 * F64_LANES), table.ravel()
    )
    return _terms(table, k, g, a == b)


@njit(cache=True, nogil=True)
def _eliminate(entries, k, d, a, b, halve, scratch, table):
    """L D L' of every pair with the difference of the centers as one more row, its pivots multiplied up.

    Writes the product of their mantissas (NaN where one is not above 0), the sum of their exponents, and the square.
    """
    wide = (k + F64_LANES - 1) // F64_LANES * F64_LANES
    numbers, entry, out = data_pointer(entries), data_pointer(scratch), data_pointer(table)
    triangle = d * (d + 1) // 2
    inverse, factor = (triangle + d) * F64_LANES, (triangle + 2 * d) * F64_LANES
    second, minus, one = broadcast(b), broadcast(-1.0), broadcast(1.0)
    for i in range(k):
        for j in range(i // F64_LANES * F64_LANES if halve else 0, k, F64_LANES):
            for e in range(triangle):
                mine = broadcast(a * numbers[e * wide + i])
                store(entry, e * F64_LANES, mul_add_unfused(mine, second, load(numbers, e * wide + j)))
            for e in range(triangle, triangle + d):
                mine = broadcast(numbers[e * wide + i])
                store(entry, e * F64_LANES, mul_add_unfused(mine, minus, load(numbers, e * wide + j)))
            fractions, powers, square, least = one, broadcast(0.0), broadcast(0.0), one
            for c in range(d):
                row = c * (c + 1) // 2 * F64_LANES
                for e in range(0, c * F64_LANES, F64_LANES):
                    store(entry, factor + e, mul(load(entry, row + e), load(entry, inverse + e)))
                for r in range(c, d + 1):
                    other = r * (r + 1) // 2 * F64_LANES
                    value = load(entry, other + c * F64_LANES)
                    for e in range(0, c * F64_LANES, F64_LANES):
                        value = fnma(value, load(entry, other + e), load(entry, factor + e))
                    store(entry, other + c * F64_LANES, value)
                pivot = load(entry, row + c * F64_LANES)
                over = div(one, pivot)
                store(entry, inverse + c * F64_LANES, over)
                away = load(entry, (triangle + c) * F64_LANES)
                square = mul_add_unfused(square, mul(away, away), over)
                least = minimum(pivot, least)
                fractions, powers = mul(fractions, mantissa(pivot)), add(powers, exponent(pivot))
            place = i * wide + j
            store(out, place, fractions)
            store(out, place + k * wide, powers)
            store(out, place + 2 * k * wide, square)
            store(entry, 0, least)
            for lane in range(F64_LANES):
                if not entry[lane] >= MIN_PIVOT:
                    out[place + lane] = np.nan


def _terms(table, k, g, halve):
    terms = np.log(table[0, :, :k]) + math.log(2) * table[1, :, :k]
    if g:  # 0 times a square past the float range would be NaN
        terms += g * table[2, :, :k]
    if halve:
        _mirror(terms)
    return terms


@njit(cache=True, nogil=True)
def _mirror(terms):
    for i in range(len(terms)):
        for j in range(i):
            terms[i, j] = terms[j, i]
