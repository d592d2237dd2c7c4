"""Exact sums and products of float64 numbers as expansions: sorted lists of floats that do not overlap.

The sign of an expansion is the sign of its last entry. Nothing here is approximate as long as no product leaves
the range of float64, which `extent` sees to before.
Source: Shewchuk (1997), Adaptive precision floating-point arithmetic, Discrete & Computational Geometry 18.
"""

from __future__ import annotations

from entropylab.kernels.compilation import njit

_SPLITTER = 134217729.0  # 2^27 + 1: halves a mantissa of 53 bits


@njit(cache=True, nogil=True)
def two_sum(a, b):
    """a + b as its rounded value and the exact error of that."""
    total = a + b
    shadow = total - a
    return total, (a - (total - shadow)) + (b - shadow)


@njit(cache=True, nogil=True)
def two_product(a, b):
    """a b as its rounded value and the exact error of that."""
    product = a * b
    c = _SPLITTER * a
    a_high = c - (c - a)
    a_low = a - a_high
    c = _SPLITTER * b
    b_high = c - (c - b)
    b_low = b - b_high
    error = product - a_high * b_high - a_low * b_high - a_high * b_low
    return product, a_low * b_low - error


@njit(cache=True, nogil=True)
def add_expansions(e, n, f, m, out):
    """Write the sum of two expansions of n and m entries to `out`; returns how many entries it has (at least 1)."""
    i = j = count = 0
    total = 0.0
    while i < n or j < m:
        if j == m or (i < n and abs(e[i]) < abs(f[j])):
            total, error = two_sum(total, e[i])
            i += 1
        else:
            total, error = two_sum(total, f[j])
            j += 1
        if error != 0.0:
            out[count] = error
            count += 1
    if total != 0.0 or count == 0:
        out[count] = total
        count += 1
    return count


@njit(cache=True, nogil=True)
def scale_expansion(e, n, b, out):
    """Write the product of an expansion of n entries and a number to `out`; returns how many entries it has."""
    count = 0
    total, error = two_product(e[0], b)
    if error != 0.0:
        out[count] = error
        count += 1
    for i in range(1, n):
        high, low = two_product(e[i], b)
        middle, error = two_sum(total, low)
        if error != 0.0:
            out[count] = error
            count += 1
        total, error = two_sum(high, middle)
        if error != 0.0:
            out[count] = error
            count += 1
    if total != 0.0 or count == 0:
        out[count] = total
        count += 1
    return count


@njit(cache=True, nogil=True)
def minor_2x2(ax, ay, bx, by, out):
    """Write the expansion of ax by - bx ay to `out`; returns how many entries it has."""
    high, low = two_product(ax, by)
    other_high, other_low = two_product(bx, ay)
    out[0] = low
    return _grow(out, 1, -other_low, high, -other_high)


@njit(cache=True, nogil=True)
def _grow(out, count, carried, first, second):
    """Add three numbers to the expansion in `out`, one at a time."""
    for step in range(3):
        value = carried if step == 0 else (first if step == 1 else second)
        kept = 0
        for i in range(count):
            value, error = two_sum(value, out[i])
            if error != 0.0:
                out[kept] = error
                kept += 1
        if value != 0.0 or kept == 0:
            out[kept] = value
            kept += 1
        count = kept
    return count
