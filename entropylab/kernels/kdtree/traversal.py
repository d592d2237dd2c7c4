"""What every search in a k-d tree shares: distances to boxes, the walk to the next leaf, one leaf against another.

Arrays come as addresses: boxes (m, 2, d), blocks (L, d, 16). In the Euclidean norm all distances are squares.
Floating-point subtraction, squaring, addition and maximum never reverse an order, so a box is ruled out
exactly when each of its points would be.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.ops import (
    F64_LANES,
    abs_diff,
    add_squared_diff,
    aligned_empty,
    any_lt,
    broadcast,
    load,
    load_broadcast,
    maximum,
    store,
)

_DEPTH = 64  # places on the stack of a walk; more than the depth of any tree that fits in memory


class Workspace(NamedTuple):
    """Memory for one search at a time. It is handed in, because a kernel that works by address cannot own it."""

    best: np.ndarray  # (rows * 16,) what has been found, a row of lanes to a rank
    names: np.ndarray  # (rows * 16,) the places of `best`
    gaps: np.ndarray  # (17 * 16,) distances to one leaf
    carried: np.ndarray  # (16 * 16,) the places of `gaps`
    ids: np.ndarray  # (17,) places of the points that `gaps` keeps
    stack: np.ndarray  # (64,) nodes still to be seen
    far: np.ndarray  # (64,) their distances


def workspace(rows: int) -> Workspace:
    """Fresh memory for a search that keeps `rows` numbers for every query."""
    return Workspace(
        aligned_empty(rows * F64_LANES),
        aligned_empty(rows * F64_LANES),
        aligned_empty((F64_LANES + 1) * F64_LANES),
        aligned_empty(F64_LANES * F64_LANES),
        np.empty(F64_LANES + 1, np.int64),
        np.empty(_DEPTH, np.int64),
        np.empty(_DEPTH),
    )


@njit(cache=True, nogil=True)
def min_distance(boxes, node, box, d, euclid):
    """Smallest distance between a point of `box` and one of the box of a node."""
    gap = 0.0
    at = 2 * d * node
    for a in range(d):
        side = max(0.0, boxes[at + a] - box[d + a], box[a] - boxes[at + d + a])
        gap = gap + side * side if euclid else max(gap, side)
    return gap


@njit(cache=True, nogil=True)
def max_distance(boxes, node, box, d, euclid):
    """Largest distance between a point of `box` and one of the box of a node."""
    reach = 0.0
    at = 2 * d * node
    for a in range(d):
        side = max(boxes[at + d + a] - box[a], box[d + a] - boxes[at + a])
        reach = reach + side * side if euclid else max(reach, side)
    return reach


@njit(cache=True, nogil=True)
def next_leaf(child, boxes, box, d, bound, euclid, stack, far, top):
    """The node of the next leaf nearer than `bound` to `box`, near ones first; -1 after the last.

    `stack` and `far` hold `top` nodes still to be seen and their distances. Returns the node and the new `top`.
    """
    while top:
        top -= 1
        if far[top] >= bound:
            continue
        node = stack[top]
        while child[node] > 0:
            near, other = node + 1, child[node]
            near_gap = min_distance(boxes, near, box, d, euclid)
            other_gap = min_distance(boxes, other, box, d, euclid)
            if other_gap < near_gap:
                near, other = other, near
                near_gap, other_gap = other_gap, near_gap
            if near_gap >= bound:
                node = -1
                break
            if other_gap < bound:
                stack[top], far[top] = other, other_gap
                top += 1
            node = near
        if node >= 0:
            return node, top
    return -1, 0


@njit(cache=True, nogil=True)
def leaf_distances(q, mine, c, theirs, d, euclid, worst, gaps, ids):
    """Distances from leaf `mine` of the blocks `q` to the points of leaf `theirs` of `c`, a row of lanes to a point.

    Only points nearer than `worst` to some query are kept: their rows in `gaps`, their places in `ids`.
    Returns how many there are.
    """
    if euclid:
        return _squares(q, mine, c, theirs, d, worst, gaps, ids)
    return _largest(q, mine, c, theirs, d, worst, gaps, ids)


@njit(inline="always")
def _nearest_four(kept, g0, g1, g2, g3, worst, place, gaps, ids):
    # Every row is written, and the next one goes over it if it is not kept: nothing to mispredict.
    store(gaps, kept * F64_LANES, g0)
    ids[kept] = place
    kept += any_lt(g0, worst)
    store(gaps, kept * F64_LANES, g1)
    ids[kept] = place + 1
    kept += any_lt(g1, worst)
    store(gaps, kept * F64_LANES, g2)
    ids[kept] = place + 2
    kept += any_lt(g2, worst)
    store(gaps, kept * F64_LANES, g3)
    ids[kept] = place + 3
    return kept + any_lt(g3, worst)


@njit(cache=True, nogil=True)
def _largest(q, mine, c, theirs, d, worst, gaps, ids):
    at = mine * d * F64_LANES
    kept = 0
    for i in range(0, F64_LANES, 4):  # four at a time share the load of the queries
        p = theirs * d * F64_LANES + i
        x = load(q, at)
        g0, g1 = abs_diff(x, load_broadcast(c, p)), abs_diff(x, load_broadcast(c, p + 1))
        g2, g3 = abs_diff(x, load_broadcast(c, p + 2)), abs_diff(x, load_broadcast(c, p + 3))
        for a in range(F64_LANES, d * F64_LANES, F64_LANES):
            x = load(q, at + a)
            g0, g1 = (
                maximum(abs_diff(x, load_broadcast(c, p + a)), g0),
                maximum(abs_diff(x, load_broadcast(c, p + a + 1)), g1),
            )
            g2, g3 = (
                maximum(abs_diff(x, load_broadcast(c, p + a + 2)), g2),
                maximum(abs_diff(x, load_broadcast(c, p + a + 3)), g3),
            )
        kept = _nearest_four(kept, g0, g1, g2, g3, worst, theirs * F64_LANES + i, gaps, ids)
    return kept


@njit(cache=True, nogil=True)
def _squares(q, mine, c, theirs, d, worst, gaps, ids):
    at = mine * d * F64_LANES
    kept = 0
    for i in range(0, F64_LANES, 4):
        p = theirs * d * F64_LANES + i
        g0 = g1 = g2 = g3 = broadcast(0.0)
        for a in range(0, d * F64_LANES, F64_LANES):
            x = load(q, at + a)
            g0, g1 = (
                add_squared_diff(g0, x, load_broadcast(c, p + a)),
                add_squared_diff(g1, x, load_broadcast(c, p + a + 1)),
            )
            g2, g3 = (
                add_squared_diff(g2, x, load_broadcast(c, p + a + 2)),
                add_squared_diff(g3, x, load_broadcast(c, p + a + 3)),
            )
        kept = _nearest_four(kept, g0, g1, g2, g3, worst, theirs * F64_LANES + i, gaps, ids)
    return kept
