"""Gaussian kernels of a few points with those of many leaves, in float64 or float32, in tiles that stay in the cache.

|x - r|^2 = |r|^2 + (|x|^2 - 2 r x): the bracket takes one operation a coordinate, and what is left of the kernel
belongs to the row. Coordinates are relative to the middle of the rows, before they are rounded: so the brackets keep
their digits.
"""

from __future__ import annotations

import numpy as np
from numba.extending import overload

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.exp2 import exp2_neg_v, exp2_neg_v_unclamped
from entropylab.kernels.simd.f32 import exp2_neg
from entropylab.kernels.simd.memory import LONG
from entropylab.kernels.simd.ops import (
    F64_LANES,
    add,
    broadcast,
    broadcast_like,
    data_pointer,
    fma,
    load,
    load_as_f64,
    load_broadcast,
    minimum,
    mul,
    offset_pointer,
    reduce_add,
    select_lt,
    store,
    store_as_f32,
    sub,
)

LEAF = F64_LANES
LEAVES = 16  # in a tile
COLUMNS = LEAVES * LEAF
TILE_ELEMENTS = 5 * COLUMNS + 4 * LEAF  # coordinates, squares and sums of columns; coordinates and weights of rows
# Rows at most ROWS from their middle, squared, see columns farther than LIMIT from it as if they were that far: these
# are more than 120 bits away, and no bracket exceeds the 1000 bits of an exponent.
ROWS, LIMIT = 128.0, 496.0


def exp2_neg_any(q):
    """2^-q in lanes of either precision."""


@overload(exp2_neg_any)
def _power(q):
    return (lambda q: exp2_neg_v_unclamped(q)) if q == LONG else (lambda q: exp2_neg(q))


def lane_count(q):
    """How many lanes a value has."""


@overload(lane_count)
def _lanes_of(q):
    count = q.count
    return lambda q: count


@njit(cache=True, nogil=True)
def _bracket(q, a, b, e, rows, r):
    """|x|^2 - 2 r x of the columns in lanes with row `r`."""
    return fma(
        fma(fma(q, a, load_broadcast(rows, r)), b, load_broadcast(rows, LEAF + r)),
        e,
        load_broadcast(rows, 2 * LEAF + r),
    )


@njit(cache=True, nogil=True)
def _four_rows(columns, rows, r, count, out):
    """Kernel sums of four rows with the columns, added to both sides; they share one pass over the columns."""
    s0 = s1 = s2 = s3 = broadcast_like(load(columns, 0), 0.0)
    lanes, own = lane_count(s0), 3 * LEAF + r
    for j in range(0, count, lanes):
        a, b, e = load(columns, j), load(columns, COLUMNS + j), load(columns, 2 * COLUMNS + j)
        q = load(columns, 3 * COLUMNS + j)
        k0 = exp2_neg_any(_bracket(q, a, b, e, rows, r))
        k1 = exp2_neg_any(_bracket(q, a, b, e, rows, r + 1))
        k2 = exp2_neg_any(_bracket(q, a, b, e, rows, r + 2))
        k3 = exp2_neg_any(_bracket(q, a, b, e, rows, r + 3))
        s0, s1, s2, s3 = add(s0, k0), add(s1, k1), add(s2, k2), add(s3, k3)
        seen = fma(
            fma(load(columns, 4 * COLUMNS + j), k0, load_broadcast(rows, own)), k1, load_broadcast(rows, own + 1)
        )
        store(
            columns,
            4 * COLUMNS + j,
            fma(fma(seen, k2, load_broadcast(rows, own + 2)), k3, load_broadcast(rows, own + 3)),
        )
    out[r] += reduce_add(s0)
    out[r + 1] += reduce_add(s1)
    out[r + 2] += reduce_add(s2)
    out[r + 3] += reduce_add(s3)


@njit(cache=True, nogil=True)
def _relative(place, size, leaf, middle):
    """The points of a leaf relative to `middle`, and their squared distances from it."""
    a = sub(load(place, leaf * LEAF), broadcast(middle[0]))
    b = sub(load(place, size + leaf * LEAF), broadcast(middle[1]))
    e = sub(load(place, 2 * size + leaf * LEAF), broadcast(middle[2]))
    return a, b, e, fma(fma(mul(a, a), b, b), e, e)


@njit(cache=True, nogil=True)
def _columns(place, size, leaf, middle, columns, to):
    """Copy the points of a leaf to a tile."""
    a, b, e, square = _relative(place, size, leaf, middle)
    limit, nothing = broadcast(LIMIT), broadcast(0.0)
    store_as_f32(columns, to, select_lt(square, limit, a, nothing))
    store_as_f32(columns, COLUMNS + to, select_lt(square, limit, b, nothing))
    store_as_f32(columns, 2 * COLUMNS + to, select_lt(square, limit, e, nothing))
    store_as_f32(columns, 3 * COLUMNS + to, minimum(square, limit))
    store_as_f32(columns, 4 * COLUMNS + to, nothing)


@njit(cache=True, nogil=True)
def _rows(place, size, leaf, only, middle, rows, weights):
    """Write what the kernels ask of the points of a leaf, or of one of them, to a tile; others weigh nothing."""
    a, b, e, square = _relative(place, size, leaf, middle)
    limit, nothing = broadcast(LIMIT), broadcast(0.0)
    twice = nothing if only >= 0 else broadcast(-2.0)
    store_as_f32(rows, 0, select_lt(square, limit, mul(twice, a), nothing))
    store_as_f32(rows, LEAF, select_lt(square, limit, mul(twice, b), nothing))
    store_as_f32(rows, 2 * LEAF, select_lt(square, limit, mul(twice, e), nothing))
    store(data_pointer(weights), 0, select_lt(square, limit, exp2_neg_v(square), nothing))
    if only >= 0:
        for r in range(LEAF):
            weights[r] = 1.0 if r == only else 0.0
    store_as_f32(rows, 3 * LEAF, load(data_pointer(weights), 0))


@njit(cache=True, nogil=True)
def add_leaf_with_itself(points, leaf, out):
    """Add to `out` the kernels of a leaf with itself, by plain differences: then a point's own kernel is exactly 1."""
    size, place = points.shape[1], data_pointer(points)
    first = leaf * LEAF
    a, b, e = load(place, first), load(place, size + first), load(place, 2 * size + first)
    for r in range(first, first + LEAF):
        u, v, w = (
            sub(a, load_broadcast(place, r)),
            sub(b, load_broadcast(place, size + r)),
            sub(e, load_broadcast(place, 2 * size + r)),
        )
        out[r] += reduce_add(exp2_neg_v(fma(fma(mul(u, u), v, v), w, w)))


@njit(cache=True, nogil=True)
def add_tiles(points, leaf, only, middle, others, count, room, out):
    """Add to `out` the kernels of a leaf, or of its point `only`, with `count` others; and to these."""
    size, narrowest = points.shape[1], 2 * LEAF
    place, sums, columns = data_pointer(points), data_pointer(out), data_pointer(room)
    rows = offset_pointer(columns, 5 * COLUMNS)
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
            store(sums, to, add(load(sums, to), load_as_f64(columns, 4 * COLUMNS + (at - first) * LEAF)))
    for r in range(LEAF):
        out[leaf * LEAF + r] += weights[r] * seen[r]
