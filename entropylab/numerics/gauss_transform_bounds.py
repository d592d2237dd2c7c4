"""How far apart leaves of points may lie before their kernels are summed in less precision, or not at all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from entropylab.numerics.lanes import (
    WIDTH,
    add,
    address,
    fused,
    greater,
    lanes_sum,
    less,
    load,
    pick,
    product,
    splat,
    store,
)
from entropylab.numerics.lanes_power import lanes_to_minus_nearly

TOLERANCE = 1e-10  # allowed relative error of a row: half of it for what is left out, half for what is rounded
# Where the squared diagonal of a leaf is at most WIDE, a kernel in float32 errs by less than ROUNDED: what is added up
# to its exponent stays below 128 where it counts, and is rounded five times by 2^-18 at most.
ROUNDED, WIDE = 2.0**-16, 32.0
FLOOR = 1e-3  # rows without their self term below this are summed again, relative to their nearest neighbour
DEPTH = 120  # bits below 1 at which a kernel is left out whatever the rest: n 2^-120 < 1e-17 for any n
FAR = 1e100  # where there is no point


class Boxes(NamedTuple):
    """Corners of leaves, the mean of their points, their mean squared distance from it, and how many they are.

    Coordinates are rows. Leaves without points, far away, fill the last vector.
    """

    low: np.ndarray
    high: np.ndarray
    mean: np.ndarray
    scatter: np.ndarray
    held: np.ndarray
    leaves: int


@njit(cache=True, nogil=True)
def boxes(points, n):
    """Of the first `n` of `points`, coordinates in three rows, in leaves of WIDTH."""
    leaves = -(-n // WIDTH)
    size = -(-leaves // WIDTH) * WIDTH
    low, high, mean = np.full((3, size), FAR), np.full((3, size), FAR), np.full((3, size), FAR)
    scatter, held = np.zeros(size), np.zeros(size)
    for leaf in range(leaves):
        first, last = leaf * WIDTH, min(n, (leaf + 1) * WIDTH)
        held[leaf] = last - first
        for k in range(3):
            part = points[k, first:last]
            middle = part.mean()
            low[k, leaf], high[k, leaf], mean[k, leaf] = part.min(), part.max(), middle
            scatter[leaf] += ((part - middle) ** 2).mean()
    return Boxes(low, high, mean, scatter, held, leaves)


@njit(cache=True, nogil=True)
def diagonal(boxes, i):
    """The squared diagonal of a box."""
    return ((boxes.high[:, i] - boxes.low[:, i]) ** 2).sum()


@njit(cache=True, nogil=True)
def nears(boxes, i, first, out):
    """Write to `out` the least squared distance between leaf `i` and each from `first`, a multiple of WIDTH, on."""
    d, size = boxes.low.shape
    low, high, to = address(boxes.low), address(boxes.high), address(out)
    for j in range(first, size, WIDTH):
        near = splat(0.0)
        for k in range(d):
            gap = greater(less(splat(boxes.low[k, i]), load(high, k * size + j)), splat(0.0))
            gap = greater(gap, less(load(low, k * size + j), splat(boxes.high[k, i])))
            near = fused(near, gap, gap)
        store(to, j, near)


@njit(cache=True, nogil=True)
def cuts_of(boxes, include_self):
    """The squared distances from which on each leaf may leave others out, and from which on it may round them.

    What is left out adds at most its nearest kernel to each row, and every row of a leaf is at least what `_least`
    says.
    """
    out, rounded = np.empty(boxes.leaves), np.empty(boxes.leaves)
    near, mass = np.empty(len(boxes.held)), np.empty(len(boxes.held))
    held, squares, masses = address(boxes.held), address(near), address(mass)
    bit = short = DEPTH  # neighbours stand one after the other: what was found for one is a good guess for the next
    for i in range(boxes.leaves):
        nears(boxes, i, 0, near)
        for j in range(0, len(near), WIDTH):
            store(masses, j, product(load(held, j), lanes_to_minus_nearly(load(squares, j))))
        allowed = 0.5 * TOLERANCE * _least(boxes, i, include_self)
        out[i] = bit = _cut(near, mass, allowed, bit)
        rounded[i] = bit
        if diagonal(boxes, i) <= WIDE:
            rounded[i] = short = _cut(near, mass, allowed / ROUNDED, short)
    return out, rounded


@njit(cache=True, nogil=True)
def _least(boxes, i, include_self):
    """What the kernels come to at least, at any row of leaf `i`.

    Kernels are convex in the squared distance: the points of another leaf are worth no less than if all of them
    stood at their mean squared distance from the row, and no row is farther from their mean than a corner of its box.
    """
    d, size = boxes.low.shape
    mean, scatter, held = address(boxes.mean), address(boxes.scatter), address(boxes.held)
    others = splat(0.0)
    for j in range(0, size, WIDTH):
        far = load(scatter, j)
        for k in range(d):
            middle = load(mean, k * size + j)
            gap = greater(less(splat(boxes.high[k, i]), middle), less(middle, splat(boxes.low[k, i])))
            far = fused(far, gap, gap)
        weight = load(held, j) if j != i // WIDTH * WIDTH else _without(boxes.held, j, i)
        others = fused(others, weight, lanes_to_minus_nearly(far))
    found = lanes_sum(others) + (boxes.held[i] - 1) * 2.0 ** -diagonal(boxes, i)
    return found + 1 if include_self else max(found, FLOOR)


@njit(cache=True, nogil=True)
def _without(held, first, i):
    """A vector of `held`, but for one value."""
    some = held[first : first + WIDTH].copy()
    some[i - first] = 0.0
    return load(address(some), 0)


@njit(cache=True, nogil=True)
def _cut(near, mass, allowed, bit):
    """The least whole number of bits from which on masses sum up to no more than `allowed`, at most DEPTH."""
    while bit < DEPTH and _beyond(near, mass, bit) > allowed:
        bit += 1
    while bit > 0 and _beyond(near, mass, bit - 1) <= allowed:
        bit -= 1
    return bit


@njit(cache=True, nogil=True)
def _beyond(near, mass, bit):
    squares, masses = address(near), address(mass)
    total = splat(0.0)
    for j in range(0, len(near), WIDTH):
        total = add(total, pick(load(squares, j), splat(float(bit)), splat(0.0), load(masses, j)))
    return lanes_sum(total)
