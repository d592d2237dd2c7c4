"""How far apart leaves of points may lie before their kernels are summed in less precision, or not at all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.exp2 import exp2_neg_v_fast
from entropylab.kernels.simd.ops import (
    F64_LANES,
    add,
    broadcast,
    data_pointer,
    fma,
    load,
    maximum,
    mul,
    reduce_add,
    select_lt,
    store,
    sub,
)

TOLERANCE = 1e-10  # allowed relative error of a row: half of it for what is left out, half for what is rounded
# Where the squared diagonal of a leaf is at most WIDE, a kernel in float32 errs by less than ROUNDED: what is added up
# to its exponent stays below 128 where it counts, and is rounded five times by 2^-18 at most.
ROUNDED, WIDE = 2.0**-16, 32.0
CANCELLATION_THRESHOLD = (
    1e-3  # rows without their self term below this are summed again, relative to their nearest neighbour
)
DEPTH = 120  # bits below 1 at which a kernel is left out whatever the rest: n 2^-120 < 1e-17 for any n
PADDING_COORDINATE = 1e100  # where there is no point


class LeafBoxes(NamedTuple):
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
    leaves = -(-n // F64_LANES)
    size = -(-leaves // F64_LANES) * F64_LANES
    low, high, mean = (
        np.full((3, size), PADDING_COORDINATE),
        np.full((3, size), PADDING_COORDINATE),
        np.full((3, size), PADDING_COORDINATE),
    )
    scatter, held = np.zeros(size), np.zeros(size)
    for leaf in range(leaves):
        first, last = leaf * F64_LANES, min(n, (leaf + 1) * F64_LANES)
        held[leaf] = last - first
        for k in range(3):
            part = points[k, first:last]
            middle = part.mean()
            low[k, leaf], high[k, leaf], mean[k, leaf] = part.min(), part.max(), middle
            scatter[leaf] += ((part - middle) ** 2).mean()
    return LeafBoxes(low, high, mean, scatter, held, leaves)


@njit(cache=True, nogil=True)
def squared_diagonal(boxes, i):
    """The squared diagonal of a box."""
    return ((boxes.high[:, i] - boxes.low[:, i]) ** 2).sum()


@njit(cache=True, nogil=True)
def leaf_squared_distances(boxes, i, first, out):
    """Write to `out` the least squared distance between leaf `i` and each from `first`, a multiple of WIDTH, on."""
    d, size = boxes.low.shape
    low, high, to = data_pointer(boxes.low), data_pointer(boxes.high), data_pointer(out)
    for j in range(first, size, F64_LANES):
        near = broadcast(0.0)
        for k in range(d):
            gap = maximum(sub(broadcast(boxes.low[k, i]), load(high, k * size + j)), broadcast(0.0))
            gap = maximum(gap, sub(load(low, k * size + j), broadcast(boxes.high[k, i])))
            near = fma(near, gap, gap)
        store(to, j, near)


@njit(cache=True, nogil=True)
def squared_cutoffs(boxes, include_self):
    """The squared distances from which on each leaf may leave others out, and from which on it may round them.

    What is left out adds at most its nearest kernel to each row, and every row of a leaf is at least what `_least`
    says.
    """
    out, rounded = np.empty(boxes.leaves), np.empty(boxes.leaves)
    near, mass = np.empty(len(boxes.held)), np.empty(len(boxes.held))
    held, squares, masses = data_pointer(boxes.held), data_pointer(near), data_pointer(mass)
    bit = short = DEPTH  # neighbours stand one after the other: what was found for one is a good guess for the next
    for i in range(boxes.leaves):
        leaf_squared_distances(boxes, i, 0, near)
        for j in range(0, len(near), F64_LANES):
            store(masses, j, mul(load(held, j), exp2_neg_v_fast(load(squares, j))))
        allowed = 0.5 * TOLERANCE * _sum_lower_bound(boxes, i, include_self)
        out[i] = bit = _cut(near, mass, allowed, bit)
        rounded[i] = bit
        if squared_diagonal(boxes, i) <= WIDE:
            rounded[i] = short = _cut(near, mass, allowed / ROUNDED, short)
    return out, rounded


@njit(cache=True, nogil=True)
def _sum_lower_bound(boxes, i, include_self):
    """What the kernels come to at least, at any row of leaf `i`.

    Kernels are convex in the squared distance: the points of another leaf are worth no less than if all of them
    stood at their mean squared distance from the row, and no row is farther from their mean than a corner of its box.
    """
    d, size = boxes.low.shape
    mean, scatter, held = data_pointer(boxes.mean), data_pointer(boxes.scatter), data_pointer(boxes.held)
    others = broadcast(0.0)
    for j in range(0, size, F64_LANES):
        far = load(scatter, j)
        for k in range(d):
            middle = load(mean, k * size + j)
            gap = maximum(sub(broadcast(boxes.high[k, i]), middle), sub(middle, broadcast(boxes.low[k, i])))
            far = fma(far, gap, gap)
        weight = load(held, j) if j != i // F64_LANES * F64_LANES else _without(boxes.held, j, i)
        others = fma(others, weight, exp2_neg_v_fast(far))
    found = reduce_add(others) + (boxes.held[i] - 1) * 2.0 ** -squared_diagonal(boxes, i)
    return found + 1 if include_self else max(found, CANCELLATION_THRESHOLD)


@njit(cache=True, nogil=True)
def _without(held, first, i):
    """A vector of `held`, but for one value."""
    some = held[first : first + F64_LANES].copy()
    some[i - first] = 0.0
    return load(data_pointer(some), 0)


@njit(cache=True, nogil=True)
def _cut(near, mass, allowed, bit):
    """The least whole number of bits from which on masses sum up to no more than `allowed`, at most DEPTH."""
    while bit < DEPTH and _tail_mass(near, mass, bit) > allowed:
        bit += 1
    while bit > 0 and _tail_mass(near, mass, bit - 1) <= allowed:
        bit -= 1
    return bit


@njit(cache=True, nogil=True)
def _tail_mass(near, mass, bit):
    squares, masses = data_pointer(near), data_pointer(mass)
    total = broadcast(0.0)
    for j in range(0, len(near), F64_LANES):
        total = add(total, select_lt(load(squares, j), broadcast(float(bit)), broadcast(0.0), load(masses, j)))
    return reduce_add(total)
