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
    bits = sharpness / math.log(2)
    masses, memory = np.zeros(k), np.zeros((2 * k + d + 1) * WIDTH, np.float32)
    points, anchors = np.ascontiguousarray(points).reshape(-1), np.ascontiguousarray(anchors).reshape(-1)
    farthest = _masses(points, n, anchors, k, d, bits, memory, masses)
    return masses / n if math.log(2) * farthest * np.finfo(np.float32).eps <= ALLOWED else None


@njit(cache=True, nogil=True)
def _masses(points, n, anchors, k, d, bits, memory, masses):
    """Add up the shares; return the greatest exponent between a point and its nearest anchor."""
    c, entry = address(anchors), address(memory)
    sums, last, block = k * WIDTH, 2 * k * WIDTH, (2 * k + 1) * WIDTH
    sharp, none = splat(bits), splat(0.0)
    farthest = none
    for i in range(0, n, WIDTH):
        for a in range(d):
            column, point = block + a * WIDTH, i * d + a
            for lane in range(min(WIDTH, n - i)):
                memory[column + lane] = points[point + lane * d]
            for lane in range(n - i, WIDTH):  # lanes to spare repeat the last point
                memory[column + lane] = points[(n - 1) * d + a]
        nearest = splat(np.inf)
        for j in range(k):
            square = none
            for a in range(d):
                away = less(load(entry, block + a * WIDTH), spread(c, j * d + a))
                square = fused(square, away, away)
            square = product(square, sharp)
            nearest = lesser(square, nearest)
            store(entry, j * WIDTH, square)
        farthest = greater(nearest, farthest)
        whole = none
        for j in range(0, (k - k % 2) * WIDTH, 2 * WIDTH):  # two at a time, which do not wait for each other
            power = to_minus(less(load(entry, j), nearest))
            other = to_minus(less(load(entry, j + WIDTH), nearest))
            whole = add(whole, add(power, other))
            store(entry, j, power)
            store(entry, j + WIDTH, other)
        if k % 2:
            power = to_minus(less(load(entry, (k - 1) * WIDTH), nearest))
            whole = add(whole, power)
            store(entry, (k - 1) * WIDTH, power)
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
    store(entry, 0, farthest)
    return memory[:WIDTH].max()
