"""How many points lie within a radius of each point: exact counts in a k-d tree, sixteen points at a time."""

from __future__ import annotations

import numpy as np
from numba import njit

from entropylab.numerics.kdtree_walk import box_gap, box_reach, leaf_gaps
from entropylab.numerics.lanes import WIDTH, add, address, count_less, greater, load, splat, store


@njit(cache=True, nogil=True)
def count_nearer(first, last, tree, radii, euclid, out, scratch):
    """Add into out[point, r] the points (itself included) nearer than radii[point, r], for leaves first .. last - 1.

    In the Euclidean norm `radii` are thresholds on the squared distance.
    """
    m = radii.shape[1]
    d, child, boxes, points = tree.dimensions, address(tree.child), address(tree.boxes), address(tree.blocks)
    reach, tally = address(scratch.best), address(scratch.names)
    gaps, ids, stack = address(scratch.gaps), address(scratch.ids), address(scratch.stack)
    least = np.empty(m)
    most = np.empty(m)
    for mine in range(first, last):
        home = tree.node[mine]
        box = address(tree.boxes[home])
        present = min(WIDTH, tree.points - mine * WIDTH)
        longest = splat(-np.inf)
        for r in range(m):
            least[r], most[r] = np.inf, -np.inf
            for i in range(WIDTH):
                radius = radii[tree.order[mine * WIDTH + i], r] if i < present else -np.inf
                reach[r * WIDTH + i] = radius
                if i < present:
                    least[r] = min(least[r], radius)
                    most[r] = max(most[r], radius)
            longest = greater(load(reach, r * WIDTH), longest)
            store(tally, r * WIDTH, splat(0.0))
        nearest_needed, farthest_needed = least.min(), most.max()
        stack[0], top = 0, 1
        while top:
            top -= 1
            node = stack[top]
            near = box_gap(boxes, node, box, d, euclid)
            if near >= farthest_needed:
                continue
            wide = box_reach(boxes, node, box, d, euclid)
            if wide < nearest_needed:
                inside = splat(float(tree.size[node]))
                for r in range(m):
                    store(tally, r * WIDTH, add(load(tally, r * WIDTH), inside))
                continue
            if child[node] > 0:
                stack[top], stack[top + 1] = child[node], node + 1
                top += 2
                continue
            kept = leaf_gaps(points, mine, points, -child[node], d, euclid, longest, gaps, ids)
            for r in range(m):
                if near >= most[r]:
                    continue
                total = load(tally, r * WIDTH)
                if wide < least[r]:
                    total = add(total, splat(float(tree.size[node])))
                else:
                    radius = load(reach, r * WIDTH)
                    for c in range(kept):
                        total = count_less(total, load(gaps, c * WIDTH), radius)
                store(tally, r * WIDTH, total)
        for i in range(present):
            for r in range(m):
                out[tree.order[mine * WIDTH + i], r] = np.int64(tally[r * WIDTH + i])
