"""Gaussian kernel sums of points in two or three dimensions, every row to 1e-10 of itself.

Points stand in the leaves of a k-d tree, sixteen neighbours each. A pair of leaves is visited once: in float64, or in
float32 where the boxes of all leaves prove that no row would notice, or not at all where none would miss it.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from entropylab.kernels.compilation import njit
from entropylab.kernels.gauss_transform.leaf_bounds import (
    CANCELLATION_THRESHOLD,
    PADDING_COORDINATE,
    WIDE,
    boxes,
    leaf_squared_distances,
    squared_cutoffs,
    squared_diagonal,
)
from entropylab.kernels.gauss_transform.leaf_tiles import LEAF, ROWS, TILE_ELEMENTS, add_leaf_with_itself, add_tiles
from entropylab.kernels.kdtree.tree import build
from entropylab.kernels.simd.ops import F64_LANES

UNIT = math.sqrt(0.5 / math.log(2))  # exp(-|u|^2 / 2) = 2^-|UNIT u|^2


def log_sums(z: Float[np.ndarray, "n d"], include_self: bool = True) -> Float[np.ndarray, " n"]:
    """log sum_j exp(-|z_i - z_j|^2 / 2) for every i, d = 2 or 3; without j = i where `include_self` is False."""
    n, d = z.shape
    order = pack_leaves(z)
    points, held = leaf_boxes(z[order] * UNIT)
    sums = _sums(points, held, include_self)[:n]
    out = np.empty(n)
    if include_self:
        out[order] = np.log(sums)
        return out
    lonely = np.flatnonzero(sums < CANCELLATION_THRESHOLD)
    sums[lonely] = 1.0
    logs = np.log(sums)
    logs[lonely] = leave_one_out_log_sums(points, n, held.low, held.high, lonely)
    out[order] = logs
    return out


def pack_leaves(z: Float[np.ndarray, "n d"]) -> np.ndarray:
    """An order in which every run of LEAF rows lies close together."""
    return build(z).order


def leaf_boxes(z):
    """Coordinates of packed `z` in three rows, the last leaf filled with points far away; and corners of the leaves."""
    n, d = z.shape
    leaves = -(-n // LEAF)
    points = np.zeros((3, (leaves + 1) * LEAF))
    points[:d, :n] = z.T
    points[:, n:] = PADDING_COORDINATE
    return points, boxes(points, n)


@njit(cache=True, nogil=True)
def _sums(points, boxes, include_self):
    """sum_j 2^-|u_i - u_j|^2 at every point, those that fill the last leaves included."""
    cuts, rounded = squared_cutoffs(boxes, include_self)
    out = np.zeros(points.shape[1])
    near, middle = np.empty(len(boxes.held)), np.empty(3)
    some, rest = np.empty(boxes.leaves, np.int64), np.empty(boxes.leaves, np.int64)
    long, short = np.empty(TILE_ELEMENTS), np.empty(TILE_ELEMENTS, np.float32)
    for i in range(boxes.leaves):
        leaf_squared_distances(boxes, i, i // F64_LANES * F64_LANES, near)
        wide = squared_diagonal(boxes, i)
        from_here = cuts if wide > WIDE else rounded
        longs = shorts = 0
        for j in range(i + 1, boxes.leaves):
            some[longs] = rest[shorts] = j
            close = near[j] < max(from_here[i], from_here[j])
            longs += close
            shorts += not close and near[j] < max(cuts[i], cuts[j])
        add_leaf_with_itself(points, i, out)
        if wide <= 4 * ROWS:
            for k in range(3):
                middle[k] = 0.5 * (boxes.low[k, i] + boxes.high[k, i])
            add_tiles(points, i, -1, middle, some, longs, long, out)
            add_tiles(points, i, -1, middle, rest, shorts, short, out)
            continue
        for only in range(int(boxes.held[i])):
            for k in range(3):
                middle[k] = points[k, i * LEAF + only]
            add_tiles(points, i, only, middle, some, longs, long, out)
    return out if include_self else out - 1.0


@njit(cache=True, nogil=True)
def leave_one_out_log_sums(points, n, low, high, rows):
    """log sum over j != i of 2^-|u_i - u_j|^2, relative to the nearest term, from the leaves near enough to matter."""
    leaves = -(-n // LEAF)
    out = np.empty(len(rows))
    corner = np.empty(leaves)
    depth = 60.0 + math.log2(n)  # what lies this many bits below the nearest term is left out
    for r in range(len(rows)):
        i = rows[r]
        nearest = np.inf
        for leaf in range(leaves):
            corner[leaf] = 0.0
            for k in range(3):
                gap = max(0.0, low[k, leaf] - points[k, i], points[k, i] - high[k, leaf])
                corner[leaf] += gap * gap
        for attempt in range(2):  # the own leaf first: it bounds the search
            for leaf in range(leaves):
                if (leaf == i // LEAF) == (attempt == 0) and corner[leaf] < nearest:
                    for j in range(leaf * LEAF, min(n, (leaf + 1) * LEAF)):
                        if j != i:
                            q = 0.0
                            for k in range(3):
                                q += (points[k, i] - points[k, j]) ** 2
                            nearest = min(nearest, q)
        total = 0.0
        for leaf in range(leaves):
            if corner[leaf] <= nearest + depth:
                for j in range(leaf * LEAF, min(n, (leaf + 1) * LEAF)):
                    if j != i:
                        q = 0.0
                        for k in range(3):
                            q += (points[k, i] - points[k, j]) ** 2
                        total += 2.0 ** (nearest - q)
        out[r] = math.log(total) - nearest * math.log(2.0)
    return out
