"""Exact k nearest neighbours in a k-d tree, sixteen query points at a time.

The sixteen points of a leaf ask together. Every leaf they cannot rule out is compared with them in full:
its points one after the other, the queries in the lanes. What is kept of a candidate goes through a
branch-free insertion, k pairs of a minimum and a maximum. Distances are direct differences, so a result is
what a loop over all pairs gives, to the last bit.
"""

from __future__ import annotations

import numpy as np

from entropylab.kernels.compilation import njit
from entropylab.kernels.kdtree.traversal import leaf_distances, next_leaf
from entropylab.kernels.simd.ops import (
    F64_LANES,
    broadcast,
    data_pointer,
    load,
    maximum,
    minimum,
    reduce_max,
    select_lt,
    store,
)


@njit(cache=True, nogil=True)
def nearest_distances(first, last, queries, tree, same, k, euclid, out, scratch):
    """Write into out[place, :] the k sorted distances (squared if `euclid`) of the queries in leaves first .. last - 1.

    With `same` the queries are the points of the tree and no point is its own neighbour. Places are the
    queries' own numbers, not their order in the leaves.
    """
    rows = (k + 3) // 4 * 4  # the insertion works in fours; the spare rows hold farther neighbours
    d, child, boxes = tree.dimensions, data_pointer(tree.child), data_pointer(tree.boxes)
    points, asking = data_pointer(tree.blocks), data_pointer(queries.blocks)
    best, gaps, ids = data_pointer(scratch.best), data_pointer(scratch.gaps), data_pointer(scratch.ids)
    stack, far = data_pointer(scratch.stack), data_pointer(scratch.far)
    for mine in range(first, last):
        home = queries.node[mine]
        box = data_pointer(queries.boxes[home])
        present = min(F64_LANES, queries.points - mine * F64_LANES)
        _reset(best, rows, present)
        bound = np.inf
        if same:  # the home leaf first: a bound from near neighbours prunes the rest
            kept = leaf_distances(asking, mine, points, mine, d, euclid, broadcast(np.inf), gaps, ids)
            for i in range(present):
                gaps[i * F64_LANES + i] = np.inf
            _insert(gaps, kept, best, rows)
            bound = reduce_max(load(best, (k - 1) * F64_LANES))
        stack[0], far[0], top = 0, 0.0, 1
        while True:
            node, top = next_leaf(child, boxes, box, d, bound, euclid, stack, far, top)
            if node < 0:
                break
            if same and node == home:
                continue
            kept = leaf_distances(
                asking, mine, points, -child[node], d, euclid, load(best, (k - 1) * F64_LANES), gaps, ids
            )
            if kept:
                _insert(gaps, kept, best, rows)
                bound = reduce_max(load(best, (k - 1) * F64_LANES))
        for i in range(present):
            place = queries.order[mine * F64_LANES + i]
            for j in range(k):
                out[place, j] = best[j * F64_LANES + i]


@njit(cache=True, nogil=True)
def nearest_indices(first, last, queries, tree, same, k, euclid, out, scratch):
    """As `nearest`, but writes which points the neighbours are, nearest first."""
    d, child, boxes = tree.dimensions, data_pointer(tree.child), data_pointer(tree.boxes)
    points, asking = data_pointer(tree.blocks), data_pointer(queries.blocks)
    best, gaps, ids = data_pointer(scratch.best), data_pointer(scratch.gaps), data_pointer(scratch.ids)
    names, carried = data_pointer(scratch.names), data_pointer(scratch.carried)
    stack, far = data_pointer(scratch.stack), data_pointer(scratch.far)
    for mine in range(first, last):
        home = queries.node[mine]
        box = data_pointer(queries.boxes[home])
        present = min(F64_LANES, queries.points - mine * F64_LANES)
        _reset(best, k, present)
        bound = np.inf
        if same:
            kept = leaf_distances(asking, mine, points, mine, d, euclid, broadcast(np.inf), gaps, ids)
            for i in range(present):
                gaps[i * F64_LANES + i] = np.inf
            _insert_with_index(gaps, ids, carried, kept, best, names, k)
            bound = reduce_max(load(best, (k - 1) * F64_LANES))
        stack[0], far[0], top = 0, 0.0, 1
        while True:
            node, top = next_leaf(child, boxes, box, d, bound, euclid, stack, far, top)
            if node < 0:
                break
            if same and node == home:
                continue
            kept = leaf_distances(
                asking, mine, points, -child[node], d, euclid, load(best, (k - 1) * F64_LANES), gaps, ids
            )
            if kept:
                _insert_with_index(gaps, ids, carried, kept, best, names, k)
                bound = reduce_max(load(best, (k - 1) * F64_LANES))
        for i in range(present):
            place = queries.order[mine * F64_LANES + i]
            for j in range(k):
                out[place, j] = tree.order[np.int64(names[j * F64_LANES + i])]


@njit(cache=True, nogil=True)
def _reset(best, rows, present):
    """No neighbours yet; lanes without a query hold -inf, so that they never hold the bound up."""
    for j in range(rows):
        for i in range(F64_LANES):
            best[j * F64_LANES + i] = np.inf if i < present else -np.inf


@njit(inline="always")
def _compare_leaves(kept, new):
    return minimum(new, kept), maximum(new, kept)


@njit(cache=True, nogil=True)
def _insert(gaps, count, best, rows):
    """Sort `count` rows of distances into the best of every lane, four places to a pass."""
    for j in range(0, rows * F64_LANES, 4 * F64_LANES):
        b0, b1 = load(best, j), load(best, j + F64_LANES)
        b2, b3 = load(best, j + 2 * F64_LANES), load(best, j + 3 * F64_LANES)
        for c in range(0, count * F64_LANES, F64_LANES):
            new = load(gaps, c)
            b0, new = _compare_leaves(b0, new)
            b1, new = _compare_leaves(b1, new)
            b2, new = _compare_leaves(b2, new)
            b3, new = _compare_leaves(b3, new)
            store(gaps, c, new)  # what fell out goes on to the next four
        store(best, j, b0)
        store(best, j + F64_LANES, b1)
        store(best, j + 2 * F64_LANES, b2)
        store(best, j + 3 * F64_LANES, b3)


@njit(cache=True, nogil=True)
def _insert_with_index(gaps, ids, carried, count, best, names, k):
    """As `_insert`, with the place of every neighbour beside its distance."""
    for c in range(count):
        store(carried, c * F64_LANES, broadcast(float(ids[c])))
    for j in range(0, k * F64_LANES, F64_LANES):
        held, name = load(best, j), load(names, j)
        for c in range(0, count * F64_LANES, F64_LANES):
            new, place = load(gaps, c), load(carried, c)
            store(carried, c, select_lt(new, held, name, place))
            name = select_lt(new, held, place, name)
            held, new = _compare_leaves(held, new)
            store(gaps, c, new)
        store(best, j, held)
        store(names, j, name)
