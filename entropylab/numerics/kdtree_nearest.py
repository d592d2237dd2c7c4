"""Exact k nearest neighbours in a k-d tree, sixteen query points at a time.

The sixteen points of a leaf ask together. Every leaf they cannot rule out is compared with them in full:
its points one after the other, the queries in the lanes. What is kept of a candidate goes through a
branch-free insertion, k pairs of a minimum and a maximum. Distances are direct differences, so a result is
what a loop over all pairs gives, to the last bit.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from entropylab.numerics.kdtree_walk import leaf_gaps, next_leaf
from entropylab.numerics.lanes import WIDTH, address, greater, highest, lesser, load, pick, splat, store


@njit(cache=True, nogil=True)
def nearest(first, last, queries, tree, same, k, euclid, out, scratch):
    """Write into out[place, :] the k sorted distances (squared if `euclid`) of the queries in leaves first .. last - 1.

    With `same` the queries are the points of the tree and no point is its own neighbour. Places are the
    queries' own numbers, not their order in the leaves.
    """
    rows = (k + 3) // 4 * 4  # the insertion works in fours; the spare rows hold farther neighbours
    d, child, boxes = tree.dimensions, address(tree.child), address(tree.boxes)
    points, asking = address(tree.blocks), address(queries.blocks)
    best, gaps, ids = address(scratch.best), address(scratch.gaps), address(scratch.ids)
    stack, far = address(scratch.stack), address(scratch.far)
    for mine in range(first, last):
        home = queries.node[mine]
        box = address(queries.boxes[home])
        present = min(WIDTH, queries.points - mine * WIDTH)
        _clear(best, rows, present)
        bound = np.inf
        if same:  # the home leaf first: a bound from near neighbours prunes the rest
            kept = leaf_gaps(asking, mine, points, mine, d, euclid, splat(np.inf), gaps, ids)
            for i in range(present):
                gaps[i * WIDTH + i] = np.inf
            _insert(gaps, kept, best, rows)
            bound = highest(load(best, (k - 1) * WIDTH))
        stack[0], far[0], top = 0, 0.0, 1
        while True:
            node, top = next_leaf(child, boxes, box, d, bound, euclid, stack, far, top)
            if node < 0:
                break
            if same and node == home:
                continue
            kept = leaf_gaps(asking, mine, points, -child[node], d, euclid, load(best, (k - 1) * WIDTH), gaps, ids)
            if kept:
                _insert(gaps, kept, best, rows)
                bound = highest(load(best, (k - 1) * WIDTH))
        for i in range(present):
            place = queries.order[mine * WIDTH + i]
            for j in range(k):
                out[place, j] = best[j * WIDTH + i]


@njit(cache=True, nogil=True)
def nearest_points(first, last, queries, tree, same, k, euclid, out, scratch):
    """As `nearest`, but writes which points the neighbours are, nearest first."""
    d, child, boxes = tree.dimensions, address(tree.child), address(tree.boxes)
    points, asking = address(tree.blocks), address(queries.blocks)
    best, gaps, ids = address(scratch.best), address(scratch.gaps), address(scratch.ids)
    names, carried = address(scratch.names), address(scratch.carried)
    stack, far = address(scratch.stack), address(scratch.far)
    for mine in range(first, last):
        home = queries.node[mine]
        box = address(queries.boxes[home])
        present = min(WIDTH, queries.points - mine * WIDTH)
        _clear(best, k, present)
        bound = np.inf
        if same:
            kept = leaf_gaps(asking, mine, points, mine, d, euclid, splat(np.inf), gaps, ids)
            for i in range(present):
                gaps[i * WIDTH + i] = np.inf
            _insert_named(gaps, ids, carried, kept, best, names, k)
            bound = highest(load(best, (k - 1) * WIDTH))
        stack[0], far[0], top = 0, 0.0, 1
        while True:
            node, top = next_leaf(child, boxes, box, d, bound, euclid, stack, far, top)
            if node < 0:
                break
            if same and node == home:
                continue
            kept = leaf_gaps(asking, mine, points, -child[node], d, euclid, load(best, (k - 1) * WIDTH), gaps, ids)
            if kept:
                _insert_named(gaps, ids, carried, kept, best, names, k)
                bound = highest(load(best, (k - 1) * WIDTH))
        for i in range(present):
            place = queries.order[mine * WIDTH + i]
            for j in range(k):
                out[place, j] = tree.order[np.int64(names[j * WIDTH + i])]


@njit(cache=True, nogil=True)
def _clear(best, rows, present):
    """No neighbours yet; lanes without a query hold -inf, so that they never hold the bound up."""
    for j in range(rows):
        for i in range(WIDTH):
            best[j * WIDTH + i] = np.inf if i < present else -np.inf


@njit(inline="always")
def _meet(kept, new):
    return lesser(new, kept), greater(new, kept)


@njit(cache=True, nogil=True)
def _insert(gaps, count, best, rows):
    """Sort `count` rows of distances into the best of every lane, four places to a pass."""
    for j in range(0, rows * WIDTH, 4 * WIDTH):
        b0, b1 = load(best, j), load(best, j + WIDTH)
        b2, b3 = load(best, j + 2 * WIDTH), load(best, j + 3 * WIDTH)
        for c in range(0, count * WIDTH, WIDTH):
            new = load(gaps, c)
            b0, new = _meet(b0, new)
            b1, new = _meet(b1, new)
            b2, new = _meet(b2, new)
            b3, new = _meet(b3, new)
            store(gaps, c, new)  # what fell out goes on to the next four
        store(best, j, b0)
        store(best, j + WIDTH, b1)
        store(best, j + 2 * WIDTH, b2)
        store(best, j + 3 * WIDTH, b3)


@njit(cache=True, nogil=True)
def _insert_named(gaps, ids, carried, count, best, names, k):
    """As `_insert`, with the place of every neighbour beside its distance."""
    for c in range(count):
        store(carried, c * WIDTH, splat(float(ids[c])))
    for j in range(0, k * WIDTH, WIDTH):
        held, name = load(best, j), load(names, j)
        for c in range(0, count * WIDTH, WIDTH):
            new, place = load(gaps, c), load(carried, c)
            store(carried, c, pick(new, held, name, place))
            name = pick(new, held, place, name)
            held, new = _meet(held, new)
            store(gaps, c, new)
        store(best, j, held)
        store(names, j, name)
