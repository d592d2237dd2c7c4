"""How much of concrete float32 points falls into soft nearest-anchor cells, on a CPU: thirty-two points in lanes.

A block's distances, powers and shares stay in the first-level cache, where XLA goes over a table for each of them.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.f32 import (
    F32_LANES,
    add,
    broadcast,
    div,
    exp2_neg,
    fma,
    load,
    load_broadcast,
    maximum,
    minimum,
    mul,
    reduce_max,
    store,
    sub,
    total,
)
from entropylab.kernels.simd.ops import data_pointer

MAX_ANCHORS = 128  # anchors whose numbers stay in the first-level cache
FLOAT32_BLOCKS = 64  # blocks whose shares are added up in float32
EXPONENT_TOLERANCE = 1e-5  # absolute error of an exponent


def ball_masses_numba(
    points: Float[np.ndarray, "n d"], anchors: Float[np.ndarray, "k d"], sharpness: float
) -> Float[np.ndarray, " k"] | None:
    """Mean over points of softmax_j(-sharpness |x - c_j|^2); None for too many anchors, or where digits were lost."""
    (n, d), k = points.shape, len(anchors)
    if k > MAX_ANCHORS:
        return None
    masses, points, anchors = np.zeros(k), np.ascontiguousarray(points), np.ascontiguousarray(anchors)
    farthest = add_masses(points.reshape(-1), n, anchors.reshape(-1), k, d, sharpness, masses)
    return masses / n if farthest * np.finfo(np.float32).eps <= EXPONENT_TOLERANCE else None


@njit(cache=True, nogil=True)
def add_masses(points, n, anchors, k, d, sharpness, masses):
    """Add the shares up; return the greatest exponent between a point and its nearest anchor."""
    memory = np.zeros((3 * k + d + 1) * F32_LANES, np.float32)
    entry, place = data_pointer(memory), data_pointer(points)
    sums, last, block = 2 * k * F32_LANES, 3 * k * F32_LANES, (3 * k + 1) * F32_LANES
    none = broadcast(0.0)
    farthest = none
    for i in range(0, n, F32_LANES):
        gather(place, i, n, d, entry, block)
        nearest, whole = unnormalized_memberships(entry, block, data_pointer(anchors), k, d, sharpness)
        farthest = maximum(nearest, farthest)
        share = div(broadcast(1.0), whole)
        if i + F32_LANES > n:
            store(entry, last, share)
            memory[last + n - i : last + F32_LANES] = 0.0
            share = load(entry, last)
        for j in range(0, k * F32_LANES, F32_LANES):
            store(entry, sums + j, fma(load(entry, sums + j), load(entry, j), share))
        if (i // F32_LANES + 1) % FLOAT32_BLOCKS == 0 or i + F32_LANES >= n:
            for j in range(k):
                masses[j] += total(load(entry, sums + j * F32_LANES))
                store(entry, sums + j * F32_LANES, none)
    return sharpness * reduce_max(farthest)


@njit(cache=True, nogil=True, inline="always")
def gather(points, i, n, d, entry, block):
    """Thirty-two points from i on, in columns; lanes to spare repeat the last point."""
    if i + F32_LANES <= n:
        for a in range(d):
            for lane in range(F32_LANES):
                entry[block + a * F32_LANES + lane] = points[(i + lane) * d + a]
    else:
        for a in range(d):
            for lane in range(F32_LANES):
                entry[block + a * F32_LANES + lane] = points[min(i + lane, n - 1) * d + a]


@njit(cache=True, nogil=True, inline="always")
def unnormalized_memberships(entry, block, anchors, k, d, sharpness):
    """exp(-sharpness times what |x - c_j|^2 is above the least of them), which is written after; that and their sum.

    A point with a NaN has no share of any cell: all are NaN.
    """
    sharp, none = broadcast(sharpness / math.log(2)), broadcast(0.0)
    squares = k * F32_LANES
    nearest = broadcast(np.inf)
    whole = k - k % 4
    for j in range(0, whole, 4):
        one, two, three, four = none, none, none, none
        c = j * d
        for a in range(block, block + d * F32_LANES, F32_LANES):
            x = load(entry, a)
            away, other = sub(x, load_broadcast(anchors, c)), sub(x, load_broadcast(anchors, c + d))
            one, two = fma(one, away, away), fma(two, other, other)
            away, other = sub(x, load_broadcast(anchors, c + 2 * d)), sub(x, load_broadcast(anchors, c + 3 * d))
            three, four = fma(three, away, away), fma(four, other, other)
            c += 1
        place = squares + j * F32_LANES
        store(entry, place, one)
        store(entry, place + F32_LANES, two)
        store(entry, place + 2 * F32_LANES, three)
        store(entry, place + 3 * F32_LANES, four)
        nearest = minimum(minimum(minimum(one, two), minimum(three, four)), nearest)
    for j in range(whole, k):
        square = none
        for a in range(d):
            away = sub(load(entry, block + a * F32_LANES), load_broadcast(anchors, j * d + a))
            square = fma(square, away, away)
        store(entry, squares + j * F32_LANES, square)
        nearest = minimum(square, nearest)
    sum = none
    for j in range(0, k * F32_LANES, F32_LANES):
        square = sub(load(entry, squares + j), nearest)
        power = exp2_neg(mul(sharp, square))
        store(entry, squares + j, square)
        store(entry, j, power)
        sum = add(sum, power)
    return nearest, sum
