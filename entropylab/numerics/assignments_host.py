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
    columns = np.empty((d, -(-n // WIDTH) * WIDTH), np.float32)
    columns[:, :n], columns[:, n:] = points.T, points[-1:].T  # lanes to spare repeat the last point
    masses, memory = np.zeros(k), np.zeros((2 * k + 2) * WIDTH, np.float32)
    farthest = _masses(columns.ravel(), n, np.ascontiguousarray(anchors).ravel(), k, d, bits, memory, masses)
    return masses / n if math.log(2) * farthest * np.finfo(np.float32).eps <= ALLOWED else None


@njit(cache=True, nogil=True)
def _masses(columns, n, anchors, k, d, bits, memory, masses):
    """Add up the shares; return the greatest exponent between a point and its nearest anchor."""
    x, c, entry = address(columns), address(anchors), address(memory)
    wide, sums, last = len(columns) // d, k * WIDTH, 2 * k * WIDTH
    sharp, none = splat(bits), splat(0.0)
    farthest = none
    for i in range(0, wide, WIDTH):
        nearest = splat(np.inf)
        for j in range(k):
            square = none
            for a in range(d):
                away = less(load(x, a * wide + i), spread(c, j * d + a))
                square = fused(square, away, away)
            square = product(square, sharp)
            nearest = lesser(square, nearest)
            store(entry, j * WIDTH, square)
        farthest = greater(nearest, farthest)
        whole = none
        for j in range(0, k * WIDTH, WIDTH):
            power = to_minus(less(load(entry, j), nearest))
            whole = add(whole, power)
            store(entry, j, power)
        share = quotient(splat(1.0), whole)
        if i + WIDTH > n:
            store(entry, last, share)
            memory[last + n - i :] = 0.0
            share = load(entry, last)
        for j in range(0, k * WIDTH, WIDTH):
            store(entry, sums + j, fused(load(entry, sums + j), load(entry, j), share))
        if (i // WIDTH + 1) % FLUSH == 0 or i + WIDTH >= wide:
            for j in range(k):
                masses[j] += total(load(entry, sums + j * WIDTH))
                store(entry, sums + j * WIDTH, none)
    store(entry, 0, farthest)
    return memory[:WIDTH].max()
