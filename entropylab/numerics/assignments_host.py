"""How much of concrete float32 points falls into soft nearest-anchor cells, on a CPU: thirty-two points in lanes.

A block's distances, powers and shares stay in the first-level cache, where XLA goes over a table for each of them.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float
from numba import njit

from entropylab.numerics.lanes import address
from entropylab.numerics.short_lanes import (
    WIDTH,
    add,
    fused,
    greater,
    highest,
    less,
    lesser,
    load,
    product,
    quotient,
    splat,
    spread,
    store,
    to_minus,
    total,
)

MOST = 128  # anchors whose numbers stay in the first-level cache
FLUSH = 64  # blocks whose shares are added up in float32
ALLOWED = 1e-5  # absolute error of an exponent


def ball_masses_host(
    points: Float[np.ndarray, "n d"], anchors: Float[np.ndarray, "k d"], sharpness: float
) -> Float[np.ndarray, " k"] | None:
    """Mean over points of softmax_j(-sharpness |x - c_j|^2); None for too many anchors, or where digits were lost."""
    (n, d), k = points.shape, len(anchors)
    if k > MOST:
        return None
    masses, points, anchors = np.zeros(k), np.ascontiguousarray(points), np.ascontiguousarray(anchors)
    farthest = add_masses(points.reshape(-1), n, anchors.reshape(-1), k, d, sharpness, masses)
    return masses / n if farthest * np.finfo(np.float32).eps <= ALLOWED else None


@njit(cache=True, nogil=True)
def add_masses(points, n, anchors, k, d, sharpness, masses):
    """Add the shares up; return the greatest exponent between a point and its nearest anchor."""
    memory = np.zeros((3 * k + d + 1) * WIDTH, np.float32)
    entry, place = address(memory), address(points)
    sums, last, block = 2 * k * WIDTH, 3 * k * WIDTH, (3 * k + 1) * WIDTH
    none = splat(0.0)
    farthest = none
    for i in range(0, n, WIDTH):
        gather(place, i, n, d, entry, block)
        nearest, whole = shares(entry, block, address(anchors), k, d, sharpness)
        farthest = greater(nearest, farthest)
        share = quotient(splat(1.0), whole)
        if i + WIDTH > n:
            store(entry, last, share)
            memory[last + n - i : last + WIDTH] = 0.0
            share = load(entry, last)
        for j in range(0, k * WIDTH, WIDTH):
            store(entry, sums + j, fused(load(entry, sums + j), load(entry, j), share))
        if (i // WIDTH + 1) % FLUSH == 0 or i + WIDTH >= n:
            for j in range(k):
                masses[j] += total(load(entry, sums + j * WIDTH))
                store(entry, sums + j * WIDTH, none)
    return sharpness * highest(farthest)


@njit(cache=True, nogil=True, inline="always")
def gather(points, i, n, d, entry, block):
    """Thirty-two points from i on, in columns; lanes to spare repeat the last point."""
    if i + WIDTH <= n:
        for a in range(d):
            for lane in range(WIDTH):
                entry[block + a * WIDTH + lane] = points[(i + lane) * d + a]
    else:
        for a in range(d):
            for lane in range(WIDTH):
                entry[block + a * WIDTH + lane] = points[min(i + lane, n - 1) * d + a]


@njit(cache=True, nogil=True, inline="always")
def shares(entry, block, anchors, k, d, sharpness):
    """exp(-sharpness times what |x - c_j|^2 is above the least of them), which is written after; that and their sum.

    A point with a NaN has no share of any cell: all are NaN.
    """
    sharp, none = splat(sharpness / math.log(2)), splat(0.0)
    squares = k * WIDTH
    nearest = splat(np.inf)
    whole = k - k % 4
    for j in range(0, whole, 4):
        one, two, three, four = none, none, none, none
        c = j * d
        for a in range(block, block + d * WIDTH, WIDTH):
            x = load(entry, a)
            away, other = less(x, spread(anchors, c)), less(x, spread(anchors, c + d))
            one, two = fused(one, away, away), fused(two, other, other)
            away, other = less(x, spread(anchors, c + 2 * d)), less(x, spread(anchors, c + 3 * d))
            three, four = fused(three, away, away), fused(four, other, other)
            c += 1
        place = squares + j * WIDTH
        store(entry, place, one)
        store(entry, place + WIDTH, two)
        store(entry, place + 2 * WIDTH, three)
        store(entry, place + 3 * WIDTH, four)
        nearest = lesser(lesser(lesser(one, two), lesser(three, four)), nearest)
    for j in range(whole, k):
        square = none
        for a in range(d):
            away = less(load(entry, block + a * WIDTH), spread(anchors, j * d + a))
            square = fused(square, away, away)
        store(entry, squares + j * WIDTH, square)
        nearest = lesser(square, nearest)
    sum = none
    for j in range(0, k * WIDTH, WIDTH):
        square = less(load(entry, squares + j), nearest)
        power = to_minus(product(sharp, square))
        store(entry, squares + j, square)
        store(entry, j, power)
        sum = add(sum, power)
    return nearest, sum
