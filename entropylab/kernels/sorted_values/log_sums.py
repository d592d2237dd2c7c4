"""Sums over the points of a line of the log distances to each of the k nearest neighbours.

The gaps to the points on either side grow outwards, so one bitonic merge orders both sides at once, sixteen points
in the lanes of a vector. Mantissas multiply and exponents add up, so that 512 distances share one logarithm.
"""

from __future__ import annotations

import numpy as np

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.ops import (
    F64_LANES,
    abs_diff,
    add,
    aligned_empty,
    broadcast,
    data_pointer,
    exponent,
    load,
    mantissa,
    maximum,
    minimum,
    mul,
    store,
)
from entropylab.kernels.sorted_values.distances import equal_numbers, pad_with_infinity

MOST = 64  # neighbours, whose products then stay in the first cache
TINY = 2.0**-1022  # smaller distances have fewer digits than their exponent tells
_SHARED = 512  # mantissas below 2 whose product does not overflow


def log_sums_1d(x: np.ndarray, least: int, k: int) -> tuple[np.ndarray | None, int]:
    """Sum over i of the log distance from x_i to its j-th nearest neighbour, for j = 1 .. k; and how many x_i repeat.

    Entries before the `least`-th may be nonsense. None for more than MOST neighbours, and where a distance from the
    `least`-th on is below TINY or overflows.
    """
    if k > MOST:
        return None, 0
    span = 1 << (k - 1).bit_length()  # what a merge by halves takes
    fenced, values = pad_with_infinity(len(x), span)
    values[:] = x
    values.sort()
    sums = np.zeros(k)
    least_of_all, most = _log_sums(fenced, len(x), least, span, aligned_empty((span + 2 * k + 1) * F64_LANES), sums)
    return (sums if least_of_all >= TINY and most < np.inf else None), equal_numbers(values)


@njit(cache=True, nogil=True)
def _log_sums(fenced, n, least, span, memory, sums):
    values, entry = data_pointer(fenced), data_pointer(memory)
    k = len(sums)
    fractions, powers = span * F64_LANES, (span + k) * F64_LANES
    one, nothing = broadcast(1.0), broadcast(0.0)
    lowest, highest = broadcast(np.inf), nothing
    for j in range(k):
        store(entry, fractions + j * F64_LANES, one)
        store(entry, powers + j * F64_LANES, nothing)
    for i in range(0, n, F64_LANES):
        x = load(values, span + i)
        for a in range(span):  # the nearest of the left against the farthest of the right: the nearer half of all
            left, right = load(values, span + i - a - 1), load(values, 2 * span + i - a)
            store(entry, a * F64_LANES, minimum(abs_diff(x, left), abs_diff(x, right)))
        half = span // 2
        while half:
            for start in range(0, span, 2 * half):
                for a in range(start * F64_LANES, (start + half) * F64_LANES, F64_LANES):
                    near, far = load(entry, a), load(entry, a + half * F64_LANES)
                    store(entry, a, minimum(near, far))
                    store(entry, a + half * F64_LANES, maximum(near, far))
            half //= 2
        for lane in range(n - i, F64_LANES):  # past the last point
            for j in range(k):
                memory[j * F64_LANES + lane] = 1.0
        lowest = minimum(load(entry, (least - 1) * F64_LANES), lowest)
        highest = maximum(load(entry, (k - 1) * F64_LANES), highest)
        for j in range(0, k * F64_LANES, F64_LANES):
            distance = load(entry, j)
            store(entry, fractions + j, mul(load(entry, fractions + j), mantissa(distance)))
            store(entry, powers + j, add(load(entry, powers + j), exponent(distance)))
        if (i // F64_LANES + 1) % _SHARED == 0 or i + F64_LANES >= n:
            for j in range(k):
                for lane in range(j * F64_LANES, (j + 1) * F64_LANES):
                    sums[j] += np.log(memory[fractions + lane]) + np.log(2.0) * memory[powers + lane]
                store(entry, fractions + j * F64_LANES, one)
                store(entry, powers + j * F64_LANES, nothing)
    store(entry, 0, lowest)
    store(entry, F64_LANES, highest)
    return memory[:F64_LANES].min(), memory[F64_LANES : 2 * F64_LANES].max()
