"""Sums over the points of a line of the log distances to each of the k nearest neighbours.

The gaps to the points on either side grow outwards, so one bitonic merge orders both sides at once, sixteen points
in the lanes of a vector. Mantissas multiply and exponents add up, so that 512 distances share one logarithm.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from entropylab.numerics.lanes import (
    WIDTH,
    add,
    address,
    aligned,
    apart,
    exponent,
    greater,
    lesser,
    load,
    mantissa,
    product,
    splat,
    store,
)
from entropylab.numerics.sorted_line import equal_numbers, fence

MOST = 64  # neighbours, whose products then stay in the first cache
TINY = 2.0**-1022  # smaller distances have fewer digits than their exponent tells
_SHARED = 512  # mantissas below 2 whose product does not overflow


def line_log_sums(x: np.ndarray, least: int, k: int) -> tuple[np.ndarray | None, int]:
    """Sum over i of the log distance from x_i to its j-th nearest neighbour, for j = 1 .. k; and how many x_i repeat.

    Entries before the `least`-th may be nonsense. None for more than MOST neighbours, and where a distance from the
    `least`-th on is below TINY or overflows.
    """
    if k > MOST:
        return None, 0
    span = 1 << (k - 1).bit_length()  # what a merge by halves takes
    fenced, values = fence(len(x), span)
    values[:] = x
    values.sort()
    sums = np.zeros(k)
    least_of_all, most = _log_sums(fenced, len(x), least, span, aligned((span + 2 * k + 1) * WIDTH), sums)
    return (sums if least_of_all >= TINY and most < np.inf else None), equal_numbers(values)


@njit(cache=True, nogil=True)
def _log_sums(fenced, n, least, span, memory, sums):
    values, entry = address(fenced), address(memory)
    k = len(sums)
    fractions, powers = span * WIDTH, (span + k) * WIDTH
    one, nothing = splat(1.0), splat(0.0)
    lowest, highest = splat(np.inf), nothing
    for j in range(k):
        store(entry, fractions + j * WIDTH, one)
        store(entry, powers + j * WIDTH, nothing)
    for i in range(0, n, WIDTH):
        x = load(values, span + i)
        for a in range(span):  # the nearest of the left against the farthest of the right: the nearer half of all
            left, right = load(values, span + i - a - 1), load(values, 2 * span + i - a)
            store(entry, a * WIDTH, lesser(apart(x, left), apart(x, right)))
        half = span // 2
        while half:
            for start in range(0, span, 2 * half):
                for a in range(start * WIDTH, (start + half) * WIDTH, WIDTH):
                    near, far = load(entry, a), load(entry, a + half * WIDTH)
                    store(entry, a, lesser(near, far))
                    store(entry, a + half * WIDTH, greater(near, far))
            half //= 2
        for lane in range(n - i, WIDTH):  # past the last point
            for j in range(k):
                memory[j * WIDTH + lane] = 1.0
        lowest = lesser(load(entry, (least - 1) * WIDTH), lowest)
        highest = greater(load(entry, (k - 1) * WIDTH), highest)
        for j in range(0, k * WIDTH, WIDTH):
            distance = load(entry, j)
            store(entry, fractions + j, product(load(entry, fractions + j), mantissa(distance)))
            store(entry, powers + j, add(load(entry, powers + j), exponent(distance)))
        if (i // WIDTH + 1) % _SHARED == 0 or i + WIDTH >= n:
            for j in range(k):
                for lane in range(j * WIDTH, (j + 1) * WIDTH):
                    sums[j] += np.log(memory[fractions + lane]) + np.log(2.0) * memory[powers + lane]
                store(entry, fractions + j * WIDTH, one)
                store(entry, powers + j * WIDTH, nothing)
    store(entry, 0, lowest)
    store(entry, WIDTH, highest)
    return memory[:WIDTH].min(), memory[WIDTH : 2 * WIDTH].max()
