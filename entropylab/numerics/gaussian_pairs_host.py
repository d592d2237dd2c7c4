"""`pair_terms` of concrete float64 Gaussians on a CPU: sixteen pairs to a vector, their matrices in the first cache.

XLA works the same elimination one pair after the other, ten times slower.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float
from numba import njit

from entropylab.numerics.lanes import (
    WIDTH,
    add,
    address,
    aligned,
    exponent,
    less_product,
    lesser,
    load,
    mantissa,
    multiply_add,
    product,
    quotient,
    splat,
    store,
)

TINY = 2.0**-1022  # a smaller pivot has lost digits, or is not positive
WIDEST = 20  # dimensions up to which sixteen matrices stay in 32 kB


def pair_terms_host(
    spreads: Float[np.ndarray, "K d d"], centers: Float[np.ndarray, "K d"], a: float, b: float, g: float
) -> Float[np.ndarray, "K K"]:
    """log det(a S_i + b S_j) + g (m_i - m_j)' (a S_i + b S_j)^-1 (m_i - m_j) for all pairs.

    `spreads` are symmetric; NaN where a S_i + b S_j is not positive definite, numerically.
    """
    k, d = centers.shape
    wide = -(-k // WIDTH) * WIDTH
    rows, columns = np.tril_indices(d)
    entries = np.empty((len(rows) + d, wide))
    entries[: len(rows), :k] = spreads[:, rows, columns].T
    entries[len(rows) :, :k] = centers.T
    entries[:, k:] = entries[:, k - 1 : k]  # lanes to spare repeat the last component
    table = np.zeros((3, k, wide)) if a == b else np.empty((3, k, wide))
    if a == b:
        table[0] = 1.0  # below the diagonal nothing is written
    _eliminate(entries.ravel(), k, d, float(a), float(b), a == b, aligned(d * (d + 7) // 2 * WIDTH), table.ravel())
    return _terms(table, k, g, a == b)


@njit(cache=True, nogil=True)
def _eliminate(entries, k, d, a, b, halve, scratch, table):
    """L D L' of every pair with the difference of the centers as one more row, its pivots multiplied up.

    Writes the product of their mantissas (NaN where one is not above 0), the sum of their exponents, and the square.
    """
    wide = (k + WIDTH - 1) // WIDTH * WIDTH
    numbers, entry, out = address(entries), address(scratch), address(table)
    triangle = d * (d + 1) // 2
    inverse, factor = (triangle + d) * WIDTH, (triangle + 2 * d) * WIDTH
    second, minus, one = splat(b), splat(-1.0), splat(1.0)
    for i in range(k):
        for j in range(i // WIDTH * WIDTH if halve else 0, k, WIDTH):
            for e in range(triangle):
                mine = splat(a * numbers[e * wide + i])
                store(entry, e * WIDTH, multiply_add(mine, second, load(numbers, e * wide + j)))
            for e in range(triangle, triangle + d):
                mine = splat(numbers[e * wide + i])
                store(entry, e * WIDTH, multiply_add(mine, minus, load(numbers, e * wide + j)))
            fractions, powers, square, least = one, splat(0.0), splat(0.0), one
            for c in range(d):
                row = c * (c + 1) // 2 * WIDTH
                for e in range(0, c * WIDTH, WIDTH):
                    store(entry, factor + e, product(load(entry, row + e), load(entry, inverse + e)))
                for r in range(c, d + 1):
                    other = r * (r + 1) // 2 * WIDTH
                    value = load(entry, other + c * WIDTH)
                    for e in range(0, c * WIDTH, WIDTH):
                        value = less_product(value, load(entry, other + e), load(entry, factor + e))
                    store(entry, other + c * WIDTH, value)
                pivot = load(entry, row + c * WIDTH)
                over = quotient(one, pivot)
                store(entry, inverse + c * WIDTH, over)
                away = load(entry, (triangle + c) * WIDTH)
                square = multiply_add(square, product(away, away), over)
                least = lesser(pivot, least)
                fractions, powers = product(fractions, mantissa(pivot)), add(powers, exponent(pivot))
            place = i * wide + j
            store(out, place, fractions)
            store(out, place + k * wide, powers)
            store(out, place + 2 * k * wide, square)
            store(entry, 0, least)
            for lane in range(WIDTH):
                if not entry[lane] >= TINY:
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
