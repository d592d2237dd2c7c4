"""Rows of attention, thirty-two at a time: one row in every lane, one key after another.

The arithmetic of `sparse_maps` and `pruning` in compiled code, for rows that are looked at again and again and fit
into the first cache. `row` is the address of n lanes; what a function makes of them takes their place.
"""

from __future__ import annotations

import math

import numpy as np

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.f32 import (
    F32_LANES,
    add,
    broadcast,
    div,
    exp2_neg,
    fma,
    load,
    maximum,
    minimum,
    mul,
    select_lt,
    sqrt,
    store,
    sub,
    total,
)
from entropylab.kernels.simd.ops import count_lt

LOG2_E = 1 / math.log(2)
ROUNDING = 4 * float(np.finfo(np.float32).eps)  # a step of Newton's that rises by less is rounding


@njit(cache=True, nogil=True)
def row_max(row, n):
    """The largest of every row."""
    found = load(row, 0)
    for j in range(1, n):
        found = maximum(load(row, j * F32_LANES), found)
    return found


@njit(cache=True, nogil=True)
def normalize_rows(row, n):
    """Rows over their sums."""
    whole = broadcast(0.0)
    for j in range(n):
        whole = add(whole, load(row, j * F32_LANES))
    for j in range(n):
        store(row, j * F32_LANES, div(load(row, j * F32_LANES), whole))


@njit(cache=True, nogil=True)
def softmax(row, n):
    """The softmax of scores; a weight below 2^-126 of the largest is that."""
    peak = row_max(row, n)
    for j in range(n):
        store(row, j * F32_LANES, exp2_neg(mul(sub(peak, load(row, j * F32_LANES)), broadcast(LOG2_E))))
    normalize_rows(row, n)


@njit(cache=True, nogil=True)
def sparsemax(row, n):
    """Scores onto the simplex by Michelot's steps, which end in all lanes at the support."""
    peak, zero = row_max(row, n), broadcast(0.0)
    edge = sub(peak, broadcast(1.0))
    while True:
        count, inside = zero, zero
        for j in range(n):
            score = load(row, j * F32_LANES)
            count = count_lt(count, edge, score)
            inside = add(inside, select_lt(edge, score, sub(score, peak), zero))
        higher = maximum(add(div(sub(inside, broadcast(1.0)), count), peak), edge)
        rise = total(sub(higher, edge))
        edge = higher
        if not rise > 0:
            break
    for j in range(n):
        store(row, j * F32_LANES, maximum(sub(load(row, j * F32_LANES), edge), zero))


@njit(cache=True, nogil=True)
def entmax15(row, n):
    """The 1.5-entmax of scores by Newton's steps, then the root of the support's quadratic to the last digit."""
    peak, zero = row_max(row, n), broadcast(0.0)
    for j in range(n):
        store(row, j * F32_LANES, mul(sub(load(row, j * F32_LANES), peak), broadcast(0.5)))
    edge = broadcast(-1.0)
    while True:
        once, twice = zero, zero
        for j in range(n):
            over = maximum(sub(load(row, j * F32_LANES), edge), zero)
            once, twice = add(once, over), fma(twice, over, over)
        step = div(sub(twice, broadcast(1.0)), mul(broadcast(2.0), once))
        edge = maximum(add(edge, step), edge)
        if not total(maximum(sub(step, broadcast(ROUNDING)), zero)) > 0:
            break
    count, inside = zero, zero
    for j in range(n):
        score = load(row, j * F32_LANES)
        count = count_lt(count, edge, score)
        inside = add(inside, select_lt(edge, score, score, zero))
    mean, spread = div(inside, count), zero
    for j in range(n):
        score = load(row, j * F32_LANES)
        off = select_lt(edge, score, sub(score, mean), zero)
        spread = fma(spread, off, off)
    edge = sub(mean, sqrt(div(sub(broadcast(1.0), spread), count)))
    for j in range(n):
        over = maximum(sub(load(row, j * F32_LANES), edge), zero)
        store(row, j * F32_LANES, mul(over, over))


@njit(cache=True, nogil=True)
def prune(weights, row, n, threshold, keep, room):
    """Into `row` the weights from `threshold` up, and the largest in any case, but at most the `keep` largest; else 0.

    Of equal ones the first stay. How many positive ones there are in every row is returned. `room` holds n lanes.
    """
    zero, one = broadcast(0.0), broadcast(1.0)
    low = minimum(row_max(weights, n), broadcast(threshold))
    last, free, used = broadcast(-1.0), broadcast(0.0), zero
    if keep < n:
        last, free = _support_size(weights, n, keep, room)
    count = zero
    for j in range(n):
        weight = load(weights, j * F32_LANES)
        equal = select_lt(last, weight, zero, select_lt(weight, last, zero, one))
        stays = select_lt(weight, last, zero, weight)
        stays = select_lt(zero, equal, select_lt(used, free, stays, zero), stays)
        used = add(used, equal)
        stays = select_lt(weight, low, zero, stays)
        count = count_lt(count, zero, stays)
        store(row, j * F32_LANES, stays)
    return count


@njit(cache=True, nogil=True)
def _support_size(weights, n, keep, room):
    """The `keep`-th largest of every row, and how many of the `keep` largest equal it."""
    for t in range(keep):
        store(room, t * F32_LANES, broadcast(-1.0))
    for j in range(n):
        weight = load(weights, j * F32_LANES)
        for t in range(keep):
            held = load(room, t * F32_LANES)
            store(room, t * F32_LANES, maximum(held, weight))
            weight = minimum(held, weight)
    last, free = load(room, (keep - 1) * F32_LANES), broadcast(0.0)
    for t in range(keep):
        free = add(free, select_lt(last, load(room, t * F32_LANES), broadcast(0.0), broadcast(1.0)))
    return last, free
