"""Gaussian kernels of a few points with those of many leaves, in float64 or float32, in tiles that stay in the cache.

|x - r|^2 = |r|^2 + (|x|^2 - 2 r x): the bracket takes one operation a coordinate, and what is left of the kernel
belongs to the row. Coordinates are relative to the middle of the rows, before they are rounded: so the brackets keep
their digits.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numba.extending import overload

from entropylab.numerics.lanes import (
    WIDTH,
    add,
    address,
    beyond,
    fused,
    lanes_sum,
    less,
    lesser,
    load,
    load_wide,
    pick,
    product,
    splat,
    splat_like,
    spread,
    store,
    store_wide,
)
from entropylab.numerics.lanes_memory import LONG
from entropylab.numerics.lanes_power import lanes_to_minus, lanes_to_minus_bounded
from entropylab.numerics.short_lanes import to_minus

LEAF = WIDTH
LEAVES = 16  # in a tile
COLUMNS = LEAVES * LEAF
ROOM = 5 * COLUMNS + 4 * LEAF  # coordinates, squares and sums of columns; coordinates and weights of rows
# Rows at most ROWS from their middle, squared, see columns farther than LIMIT from it as if they were that far: these
# are more than 120 bits away, and no bracket exceeds the 1000 bits of an exponent.
ROWS, LIMIT = 128.0, 496.0


def power(q):
    """2^-q in lanes of either precision."""


@overload(power)
def _power(q):
    return (lambda q: lanes_to_minus_bounded(q)) if q == LONG else (lambda q: to_minus(q))


def lanes_of(q):
    """How many lanes a value has."""


@overload(lanes_of)
def _lanes_of(q):
    count = q.count
    return lambda q: count


@njit(cache=True, nogil=True)
def _bracket(q, a, b, e, rows, r):
    """|x|^2 - 2 r x of the columns in lanes with row `r`."""
    return fused(fused(fused(q, a, spread(rows, r)), b, spread(rows, LEAF + r)), e, spread(rows, 2 * LEAF + r))


@njit(cache=True, nogil=True)
def _four_rows(columns, rows, r, count, out):
    """Kernel sums of four rows with the columns, added to both sides; they share one pass over the columns."""
    s0 = s1 = s2 = s3 = splat_like(load(columns, 0), 0.0)
    lanes, own = lanes_of(s0), 3 * LEAF + r
    for j in range(0, count, lanes):
        a, b, e = load(columns, j), load(columns, COLUMNS + j), load(columns, 2 * COLUMNS + j)
        q = load(columns, 3 * COLUMNS + j)
        k0 = power(_bracket(q, a, b, e, rows, r))
        k1 = power(_bracket(q, a, b, e, rows, r + 1))
        k2 = power(_bracket(q, a, b, e, rows, r + 2))
        k3 = power(_bracket(q, a, b, e, rows, r + 3))
        s0, s1, s2, s3 = add(s0, k0), add(s1, k1), add(s2, k2), add(s3, k3)
        seen = fused(fused(load(columns, 4 * COLUMNS + j), k0, spread(rows, own)), k1, spread(rows, own + 1))
        store(columns, 4 * COLUMNS + j, fused(fused(seen, k2, spread(rows, own + 2)), k3, spread(rows, own + 3)))
    out[r] += lanes_sum(s0)
    out[r + 1] += lanes_sum(s1)
    out[r + 2] += lanes_sum(s2)
    out[r + 3] += lanes_sum(s3)


@njit(cache=True, nogil=True)
def _relative(place, size, leaf, middle):
    """The points of a leaf relative to `middle`, and their squared distances from it."""
    a = less(load(place, leaf * LEAF), splat(middle[0]))
    b = less(load(place, size + leaf * LEAF), splat(middle[1]))
    e = less(load(place, 2 * size + leaf * LEAF), splat(middle[2]))
    return a, b, e, fused(fused(product(a, a), b, b), e, e)


@njit(cache=True, nogil=True)
def _columns(place, size, leaf, middle, columns, to):
    """Copy the points of a leaf to a tile."""
    a, b, e, square = _relative(place, size, leaf, middle)
    limit, nothing = splat(LIMIT), splat(0.0)
    store_wide(columns, to, pick(square, limit, a, nothing))
    store_wide(columns, COLUMNS + to, pick(square, limit, b, nothing))
    store_wide(columns, 2 * COLUMNS + to, pick(square, limit, e, nothing))
    store_wide(columns, 3 * COLUMNS + to, lesser(square, limit))
    store_wide(columns, 4 * COLUMNS + to, nothing)


@njit(cache=True, nogil=True)
def _rows(place, size, leaf, only, middle, rows, weights):
    """Write what the kernels ask of the points of a leaf, or of one of them, to a tile; others weigh nothing."""
    a, b, e, square = _relative(place, size, leaf, middle)
    limit, nothing = splat(LIMIT), splat(0.0)
    twice = nothing if only >= 0 else splat(-2.0)
    store_wide(rows, 0, pick(square, limit, product(twice, a), nothing))
    store_wide(rows, LEAF, pick(square, limit, product(twice, b), nothing))
    store_wide(rows, 2 * LEAF, pick(square, limit, product(twice, e), nothing))
    store(address(weights), 0, pick(square, limit, lanes_to_minus(square), nothing))
    if only >= 0:
        for r in range(LEAF):
            weights[r] = 1.0 if r == only else 0.0
    store_wide(rows, 3 * LEAF, load(address(weights), 0))


@njit(cache=True, nogil=True)
def add_within(points, leaf, out):
    """Add to `out` the kernels of a leaf with itself, by plain differences: then a point's own kernel is exactly 1."""
    size, place = points.shape[1], address(points)
    first = leaf * LEAF
    a, b, e = load(place, first), load(place, size + first), load(place, 2 * size + first)
    for r in range(first, first + LEAF):
        u, v, w = less(a, spread(place, r)), less(b, spread(place, size + r)), less(e, spread(place, 2 * size + r))
        out[r] += lanes_sum(lanes_to_minus(fused(fused(product(u, u), v, v), w, w)))


@njit(cache=True, nogil=True)
def add_tiles(points, leaf, only, middle, others, count, room, out):
    """Add to `out` the kernels of a leaf, or of its point `only`, with `count` others; and to these."""
    size, narrowest = points.shape[1], 2 * LEAF
    place, sums, columns = address(points), address(out), address(room)
    rows = beyond(columns, 5 * COLUMNS)
    weights, seen = np.empty(LEAF), np.zeros(LEAF)
    _rows(place, size, leaf, only, middle, rows, weights)
    for first in range(0, count, LEAVES):
        last, filled = min(count, first + LEAVES), 0
        for at in range(first, last):
            _columns(place, size, others[at], middle, columns, filled)
            filled += LEAF
        if filled % narrowest:  # a leaf behind the last point
            _columns(place, size, size // LEAF - 1, middle, columns, filled)
            filled += LEAF
        for r in range(0, LEAF, 4):
            if only < 0 or r == only // 4 * 4:
                _four_rows(columns, rows, r, filled, seen)
        for at in range(first, last):
            to = others[at] * LEAF
            store(sums, to, add(load(sums, to), load_wide(columns, 4 * COLUMNS + (at - first) * LEAF)))
    for r in range(LEAF):
        out[leaf * LEAF + r] += weights[r] * seen[r]
