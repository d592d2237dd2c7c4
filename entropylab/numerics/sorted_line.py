"""Exact neighbours and counts on a line: sort once, and every neighbourhood is a window.

The k + 1 points nearest to x_i, itself included, stand side by side in sorted order, so the k-th distance is
min over a = 0 .. k of max(x_i - x_{i-a}, x_{i+k-a} - x_i). The set of points nearer than r is a window too,
whose two ends a binary search finds. Both compare differences of the data. An end looked up at x + r instead
would round the sum, and count the very neighbour that r was measured to.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numba import njit

from entropylab.numerics.lanes import (
    WIDTH,
    add,
    address,
    aligned,
    any_less,
    apart,
    fetch,
    greater,
    highest,
    lesser,
    load,
    pick,
    splat,
    store,
)

_WINDOWS = 64  # up to this k all k windows side by side are faster than walking outwards point by point
_BLOCK = 2048  # rows of 32 distances that stay in a core's cache until they are used
_MOVES = 8  # shifts a point may need on average to mend a coarse order before a full sort is cheaper


def ordered(x: np.ndarray, values: np.ndarray) -> np.ndarray:
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


def line_distances(x: np.ndarray, k: int) -> np.ndarray:
    """Sorted distances (n, k) from each number to its k nearest neighbours."""
    fenced, values = fence(len(x), k)
    order = ordered(x, values)
    out = np.empty((len(x), k))
    if k > _WINDOWS:
        _walk(fenced, order, k, out)
    else:
        _windows(fenced, order, k, out, aligned(3 * k * WIDTH))
    return out


def equal_numbers(values: np.ndarray) -> int:
    """How many of the sorted numbers equal another."""
    same = values[1:] == values[:-1]
    if not same.any():
        return 0
    return int(same.sum() + np.count_nonzero(same & ~np.append(False, same[:-1])))


def sorted_line_distances(x: np.ndarray, k: int) -> tuple[np.ndarray, int]:
    """Distance (n,) from each number to its k-th nearest neighbour, in the order of the sorted numbers.

    And how many of the numbers equal another.
    """
    fenced, values = fence(len(x), k)
    values[:] = x
    values.sort()
    out = np.empty(len(x) + WIDTH)
    _kth(fenced, k, len(x), out)
    return out[: len(x)], equal_numbers(values)


def sorted_line_blocks(x: np.ndarray, k: int) -> Iterator[np.ndarray]:
    """Distances (b, k) to the k nearest neighbours, sorted, block after block in the order of the sorted numbers."""
    fenced, values = fence(len(x), k)
    values[:] = x
    values.sort()
    memory = aligned(3 * k * WIDTH)
    for first in range(0, len(x), _BLOCK):
        size = min(_BLOCK, len(x) - first)
        out = np.empty((size, k))
        if k > _WINDOWS:
            _walk(fenced[first : first + size + 2 * k], np.arange(size), k, out)
        else:
            _windows(fenced[first : first + size + 2 * k + WIDTH], np.arange(size), k, out, memory)
        yield out


def line_counts(fenced: np.ndarray, order: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """How many other numbers are nearer to x_i than radii[i, r], for radii (n, m).

    `fenced` are the sorted numbers in a fence of 1, `order` what sorted them.
    """
    out = np.empty(radii.shape, np.int64)
    _count(fenced, order, radii, out, aligned(3 * WIDTH))
    return out


def fence(n, k):
    """Room for n sorted numbers after k times -inf and before enough inf for the last vector of windows."""
    room = np.empty(n + 2 * k + WIDTH)
    room[:k] = -np.inf
    room[k + n :] = np.inf
    return room, room[k : k + n]


@njit(cache=True, nogil=True)
def _kth(fenced, k, n, out):
    """The distance to the k-th neighbour alone: the best of the k + 1 windows that hold the point."""
    values, found = address(fenced), address(out)
    for i in range(0, n, WIDTH):
        x = load(values, i + k)
        nearest = splat(np.inf)
        for a in range(k + 1):
            reach = greater(apart(x, load(values, i + a)), apart(x, load(values, i + a + k)))
            nearest = lesser(reach, nearest)
        store(found, i, nearest)


@njit(cache=True, nogil=True)
def _windows(fenced, order, k, out, memory):
    """Write into out[order[i], j - 1] the distance to the j-th neighbour, for j = 1 .. k."""
    n = len(order)
    values, gaps, found, place = address(fenced), address(memory), address(out), address(order)
    right, result = (k + 1) * WIDTH - WIDTH, 2 * k * WIDTH
    for i in range(0, n, WIDTH):
        x = load(values, k + i)
        for a in range(1, k + 1):  # gaps to the a-th point on the left, then on the right
            store(gaps, (a - 1) * WIDTH, apart(x, load(values, k + i - a)))
            store(gaps, right + (a - 1) * WIDTH, apart(x, load(values, k + i + a)))
        for j in range(1, k + 1):
            nearest = lesser(load(gaps, (j - 1) * WIDTH), load(gaps, right + (j - 1) * WIDTH))
            for a in range(1, j):
                window = greater(load(gaps, (a - 1) * WIDTH), load(gaps, right + (j - a - 1) * WIDTH))
                nearest = lesser(window, nearest)
            store(gaps, result + (j - 1) * WIDTH, nearest)
        for j in range(k):
            for lane in range(min(WIDTH, n - i)):
                found[place[i + lane] * k + j] = gaps[result + j * WIDTH + lane]


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
    values, place = address(fenced), address(order)
    own, radius, reach = address(memory), address(memory[WIDTH:]), address(memory[2 * WIDTH :])
    beyond, before = splat(float(n + 1)), splat(0.0)
    span = 1
    for first in range(0, n, WIDTH):
        size = min(WIDTH, n - first)
        for lane in range(WIDTH):
            own[lane] = 1.0 + first + min(lane, size - 1)
        above = below = load(own, 0)
        x = fetch(values, above)
        smaller = splat(0.0)
        for r in range(m):
            for lane in range(size):
                radius[lane] = radii[place[first + lane], r]
            near = load(radius, 0)
            if any_less(near, smaller):
                above = below = load(own, 0)
            smaller = near  # radii that grow start where the last ones ended
            while True:
                up_from, down_from = above, below
                step = span
                while step:
                    up = lesser(add(above, splat(float(step))), beyond)
                    down = greater(add(below, splat(float(-step))), before)
                    above = pick(apart(fetch(values, up), x), near, up, above)
                    below = pick(apart(fetch(values, down), x), near, down, below)
                    step //= 2
                moved = highest(greater(apart(above, up_from), apart(below, down_from)))
                if moved < 2 * span - 1:
                    break  # every end lies inside the stretch that was searched
                span *= 2
            while span > 1 and moved < span // 2:
                span //= 2
            store(reach, 0, add(apart(above, load(own, 0)), apart(below, load(own, 0))))
            for lane in range(size):
                out[place[first + lane], r] = np.int64(reach[lane])
