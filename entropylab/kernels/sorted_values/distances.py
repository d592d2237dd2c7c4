"""Exact neighbours and counts on a line: sort once, and every neighbourhood is a window.

The k + 1 points nearest to x_i, itself included, stand side by side in sorted order, so the k-th distance is
min over a = 0 .. k of max(x_i - x_{i-a}, x_{i+k-a} - x_i). The set of points nearer than r is a window too,
whose two ends a binary search finds. Both compare differences of the data. An end looked up at x + r instead
would round the sum, and count the very neighbour that r was measured to.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.ops import (
    F64_LANES,
    abs_diff,
    add,
    aligned_empty,
    any_lt,
    broadcast,
    data_pointer,
    gather,
    load,
    maximum,
    minimum,
    reduce_max,
    select_lt,
    store,
)

_WINDOWS = 64  # up to this k all k windows side by side are faster than walking outwards point by point
_BLOCK = 2048  # rows of 32 distances that stay in a core's cache until they are used
_MOVES = 8  # shifts a point may need on average to mend a coarse order before a full sort is cheaper


def argsort_1d(x: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The order that sorts the vector `x`; writes `x` in that order into `values`."""
    n = len(x)
    low = x.min()
    span = x.max() - low
    bits = int(n - 1).bit_length()
    if n >= 1024 and np.isfinite(span) and span > 0:
        # A number that holds the rounded value above and the index below sorts faster than an argsort.
        order = _packed(x, low, (2.0 ** (62 - bits)) / span, bits)
        order.sort()
        if _unpack(order, x, values, (1 << bits) - 1, _MOVES * n):
            return order
    order = np.argsort(x, kind="stable")
    np.take(x, order, out=values)
    return order


@njit(cache=True, nogil=True)
def _packed(x, low, scale, bits):
    packed = np.empty(len(x), np.int64)
    for i in range(len(x)):
        packed[i] = (np.int64((x[i] - low) * scale) << bits) | i
    return packed


@njit(cache=True, nogil=True)
def _unpack(order, x, values, mask, moves):
    """Turn packed numbers into order and values by insertion, of which the coarse order leaves little to do.

    Returns False, with the order spoilt, if that takes more than `moves` shifts.
    """
    for i in range(len(x)):
        index = order[i] & mask
        value = x[index]
        j = i
        while j > 0 and values[j - 1] > value:
            values[j], order[j] = values[j - 1], order[j - 1]
            j -= 1
        values[j], order[j] = value, index
        moves -= i - j
        if moves < 0:
            return False
    return True


def kth_distances_1d(x: np.ndarray, k: int) -> np.ndarray:
    """Sorted distances (n, k) from each number to its k nearest neighbours."""
    fenced, values = pad_with_infinity(len(x), k)
    order = argsort_1d(x, values)
    out = np.empty((len(x), k))
    if k > _WINDOWS:
        _walk(fenced, order, k, out)
    else:
        _windows(fenced, order, k, out, aligned_empty(3 * k * F64_LANES))
    return out


def equal_numbers(values: np.ndarray) -> int:
    """How many of the sorted numbers equal another."""
    same = values[1:] == values[:-1]
    if not same.any():
        return 0
    return int(same.sum() + np.count_nonzero(same & ~np.append(False, same[:-1])))


def sorted_kth_distances_1d(x: np.ndarray, k: int) -> tuple[np.ndarray, int]:
    """Distance (n,) from each number to its k-th nearest neighbour, in the order of the sorted numbers.

    And how many of the numbers equal another.
    """
    fenced, values = pad_with_infinity(len(x), k)
    values[:] = x
    values.sort()
    out = np.empty(len(x) + F64_LANES)
    _kth(fenced, k, len(x), out)
    return out[: len(x)], equal_numbers(values)


def iter_sorted_kth_distances_1d(x: np.ndarray, k: int) -> Iterator[np.ndarray]:
    """Distances (b, k) to the k nearest neighbours, sorted, block after block in the order of the sorted numbers."""
    fenced, values = pad_with_infinity(len(x), k)
    values[:] = x
    values.sort()
    memory = aligned_empty(3 * k * F64_LANES)
    for first in range(0, len(x), _BLOCK):
        size = min(_BLOCK, len(x) - first)
        out = np.empty((size, k))
        if k > _WINDOWS:
            _walk(fenced[first : first + size + 2 * k], np.arange(size), k, out)
        else:
            _windows(fenced[first : first + size + 2 * k + F64_LANES], np.arange(size), k, out, memory)
        yield out


def range_counts_1d(fenced: np.ndarray, order: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """How many other numbers are nearer to x_i than radii[i, r], for radii (n, m).

    `fenced` are the sorted numbers in a fence of 1, `order` what sorted them.
    """
    out = np.empty(radii.shape, np.int64)
    _count(fenced, order, radii, out, aligned_empty(3 * F64_LANES))
    return out


def pad_with_infinity(n, k):
    """Room for n sorted numbers after k times -inf and before enough inf for the last vector of windows."""
    room = np.empty(n + 2 * k + F64_LANES)
    room[:k] = -np.inf
    room[k + n :] = np.inf
    return room, room[k : k + n]


@njit(cache=True, nogil=True)
def _kth(fenced, k, n, out):
    """The distance to the k-th neighbour alone: the best of the k + 1 windows that hold the point."""
    values, found = data_pointer(fenced), data_pointer(out)
    for i in range(0, n, F64_LANES):
        x = load(values, i + k)
        nearest = broadcast(np.inf)
        for a in range(k + 1):
            reach = maximum(abs_diff(x, load(values, i + a)), abs_diff(x, load(values, i + a + k)))
            nearest = minimum(reach, nearest)
        store(found, i, nearest)


@njit(cache=True, nogil=True)
def _windows(fenced, order, k, out, memory):
    """Write into out[order[i], j - 1] the distance to the j-th neighbour, for j = 1 .. k."""
    n = len(order)
    values, gaps, found, place = data_pointer(fenced), data_pointer(memory), data_pointer(out), data_pointer(order)
    right, result = (k + 1) * F64_LANES - F64_LANES, 2 * k * F64_LANES
    for i in range(0, n, F64_LANES):
        x = load(values, k + i)
        for a in range(1, k + 1):  # gaps to the a-th point on the left, then on the right
            store(gaps, (a - 1) * F64_LANES, abs_diff(x, load(values, k + i - a)))
            store(gaps, right + (a - 1) * F64_LANES, abs_diff(x, load(values, k + i + a)))
        for j in range(1, k + 1):
            nearest = minimum(load(gaps, (j - 1) * F64_LANES), load(gaps, right + (j - 1) * F64_LANES))
            for a in range(1, j):
                window = maximum(load(gaps, (a - 1) * F64_LANES), load(gaps, right + (j - a - 1) * F64_LANES))
                nearest = minimum(window, nearest)
            store(gaps, result + (j - 1) * F64_LANES, nearest)
        for j in range(k):
            for lane in range(min(F64_LANES, n - i)):
                found[place[i + lane] * k + j] = gaps[result + j * F64_LANES + lane]


@njit(cache=True, nogil=True)
def _walk(fenced, order, k, out):
    for i in range(len(order)):
        x = fenced[k + i]
        left, right = k + i - 1, k + i + 1
        for j in range(k):
            to_left, to_right = x - fenced[left], fenced[right] - x
            if to_left <= to_right:
                out[order[i], j] = to_left
                left -= 1
            else:
                out[order[i], j] = to_right
                right += 1


@njit(cache=True, nogil=True)
def _count(fenced, order, radii, out, memory):
    """Binary searches in step, sixteen points at a time: `fenced` are the sorted numbers between -inf and inf.

    How far to search is guessed from the search before, and repeated from there where that was too short.
    """
    n, m = radii.shape
    values, place = data_pointer(fenced), data_pointer(order)
    own, radius, reach = data_pointer(memory), data_pointer(memory[F64_LANES:]), data_pointer(memory[2 * F64_LANES :])
    beyond, before = broadcast(float(n + 1)), broadcast(0.0)
    span = 1
    for first in range(0, n, F64_LANES):
        size = min(F64_LANES, n - first)
        for lane in range(F64_LANES):
            own[lane] = 1.0 + first + min(lane, size - 1)
        above = below = load(own, 0)
        x = gather(values, above)
        smaller = broadcast(0.0)
        for r in range(m):
            for lane in range(size):
                radius[lane] = radii[place[first + lane], r]
            near = load(radius, 0)
            if any_lt(near, smaller):
                above = below = load(own, 0)
            smaller = near  # radii that grow start where the last ones ended
            while True:
                up_from, down_from = above, below
                step = span
                while step:
                    up = minimum(add(above, broadcast(float(step))), beyond)
                    down = maximum(add(below, broadcast(float(-step))), before)
                    above = select_lt(abs_diff(gather(values, up), x), near, up, above)
                    below = select_lt(abs_diff(gather(values, down), x), near, down, below)
                    step //= 2
                moved = reduce_max(maximum(abs_diff(above, up_from), abs_diff(below, down_from)))
                if moved < 2 * span - 1:
                    break  # every end lies inside the stretch that was searched
                span *= 2
            while span > 1 and moved < span // 2:
                span //= 2
            store(reach, 0, add(abs_diff(above, load(own, 0)), abs_diff(below, load(own, 0))))
            for lane in range(size):
                out[place[first + lane], r] = np.int64(reach[lane])
