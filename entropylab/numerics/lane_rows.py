"""Rows of attention, thirty-two at a time: one row in every lane, one key after another.

The arithmetic of `sparse_maps` and `pruning` in compiled code, for rows that are looked at again and again and fit
into the first cache. `row` is the address of n lanes; what a function makes of them takes their place.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from entropylab.numerics.lanes import count_less
from entropylab.numerics.short_lanes import (
    WIDTH,
    add,
    fused,
    greater,
    less,
    lesser,
    load,
    pick,
    product,
    quotient,
    root,
    splat,
    store,
    to_minus,
    total,
)

BITS = 1 / math.log(2)
ROUNDING = 4 * float(np.finfo(np.float32).eps)  # a step of Newton's that rises by less is rounding


@njit(cache=True, nogil=True)
def top(row, n):
    """The largest of every row."""
    found = load(row, 0)
    for j in range(1, n):
        found = greater(load(row, j * WIDTH), found)
    return found


@njit(cache=True, nogil=True)
def share(row, n):
    """Rows over their sums."""
    whole = splat(0.0)
    for j in range(n):
        whole = add(whole, load(row, j * WIDTH))
    for j in range(n):
        store(row, j * WIDTH, quotient(load(row, j * WIDTH), whole))


@njit(cache=True, nogil=True)
def softmax(row, n):
    """The softmax of scores; a weight below 2^-126 of the largest is that."""
    peak = top(row, n)
    for j in range(n):
        store(row, j * WIDTH, to_minus(product(less(peak, load(row, j * WIDTH)), splat(BITS))))
    share(row, n)


@njit(cache=True, nogil=True)
def sparsemax(row, n):
    """Scores onto the simplex by Michelot's steps, which end in all lanes at the support."""
    peak, zero = top(row, n), splat(0.0)
    edge = less(peak, splat(1.0))
    while True:
        count, inside = zero, zero
        for j in range(n):
            score = load(row, j * WIDTH)
            count = count_less(count, edge, score)
            inside = add(inside, pick(edge, score, less(score, peak), zero))
        higher = greater(add(quotient(less(inside, splat(1.0)), count), peak), edge)
        rise = total(less(higher, edge))
        edge = higher
        if not rise > 0:
            break
    for j in range(n):
        store(row, j * WIDTH, greater(less(load(row, j * WIDTH), edge), zero))


@njit(cache=True, nogil=True)
def entmax15(row, n):
    """The 1.5-entmax of scores by Newton's steps, then the root of the support's quadratic to the last digit."""
    peak, zero = top(row, n), splat(0.0)
    for j in range(n):
        store(row, j * WIDTH, product(less(load(row, j * WIDTH), peak), splat(0.5)))
    edge = splat(-1.0)
    while True:
        once, twice = zero, zero
        for j in range(n):
            over = greater(less(load(row, j * WIDTH), edge), zero)
            once, twice = add(once, over), fused(twice, over, over)
        step = quotient(less(twice, splat(1.0)), product(splat(2.0), once))
        edge = greater(add(edge, step), edge)
        if not total(greater(less(step, splat(ROUNDING)), zero)) > 0:
            break
    count, inside = zero, zero
    for j in range(n):
        score = load(row, j * WIDTH)
        count = count_less(count, edge, score)
        inside = add(inside, pick(edge, score, score, zero))
    mean, spread = quotient(inside, count), zero
    for j in range(n):
        score = load(row, j * WIDTH)
        off = pick(edge, score, less(score, mean), zero)
        spread = fused(spread, off, off)
    edge = less(mean, root(quotient(less(splat(1.0), spread), count)))
    for j in range(n):
        over = greater(less(load(row, j * WIDTH), edge), zero)
        store(row, j * WIDTH, product(over, over))


@njit(cache=True, nogil=True)
def prune(weights, row, n, threshold, keep, room):
    """Into `row` the weights from `threshold` up, and the largest in any case, but at most the `keep` largest; else 0.

    Of equal ones the first stay. How many positive ones there are in every row is returned. `room` holds n lanes.
    """
    zero, one = splat(0.0), splat(1.0)
    low = lesser(top(weights, n), splat(threshold))
    last, free, used = splat(-1.0), splat(0.0), zero
    if keep < n:
        last, free = _last_kept(weights, n, keep, room)
    count = zero
    for j in range(n):
        weight = load(weights, j * WIDTH)
        equal = pick(last, weight, zero, pick(weight, last, zero, one))
        stays = pick(weight, last, zero, weight)
        stays = pick(zero, equal, pick(used, free, stays, zero), stays)
        used = add(used, equal)
        stays = pick(weight, low, zero, stays)
        count = count_less(count, zero, stays)
        store(row, j * WIDTH, stays)
    return count


@njit(cache=True, nogil=True)
def _last_kept(weights, n, keep, room):
    """The `keep`-th largest of every row, and how many of the `keep` largest equal it."""
    for t in range(keep):
        store(room, t * WIDTH, splat(-1.0))
    for j in range(n):
        weight = load(weights, j * WIDTH)
        for t in range(keep):
            held = load(room, t * WIDTH)
            store(room, t * WIDTH, greater(held, weight))
            weight = lesser(held, weight)
    last, free = load(room, (keep - 1) * WIDTH), splat(0.0)
    for t in range(keep):
        free = add(free, pick(last, load(room, t * WIDTH), splat(0.0), splat(1.0)))
    return last, free
