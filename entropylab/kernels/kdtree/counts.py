"""How many points lie within a radius of each point: exact counts in a k-d tree, sixteen points at a time."""

from __future__ import annotations

import numpy as np

from entropylab.kernels.compilation import njit
from entropylab.kernels.kdtree.traversal import leaf_distances, max_distance, min_distance
from entropylab.kernels.simd.ops import F64_LANES, add, broadcast, count_lt, data_pointer, load, maximum, store


@njit(cache=True, nogil=True)
def count_within(first, last, tree, radii, euclid, out, scratch):
    """Add into out[point, r] the points (itself included) nearer than radii[point, r], for leaves first .. last - 1.

    In the Euclidean norm `radii` are thresholds on the squared distance.
    """
    m = radii.shape[1]
    d, child, boxes, points = (
        tree.dimensions,
        data_pointer(tree.child),
        data_pointer(tree.boxes),
        data_pointer(tree.blocks),
    )
    reach, tally = data_pointer(scratch.best), data_pointer(scratch.names)
    gaps, ids, stack = data_pointer(scratch.gaps), data_pointer(scratch.ids), data_pointer(scratch.stack)
    least = np.empty(m)
    most = np.empty(m)
    for mine in range(first, last):
        home = tree.node[mine]
        box = data_pointer(tree.boxes[home])
        present = min(F64_LANES, tree.points - mine * F64_LANES)
        longest = broadcast(-np.inf)
        for r in range(m):
            least[r], most[r] = np.inf, -np.inf
            for i in range(F64_LANES):
                radius = radii[tree.order[mine * F64_LANES + i], r] if i < present else -np.inf
                reach[r * F64_LANES + i] = radius
                if i < present:
                    least[r] = min(least[r], radius)
                    most[r] = max(most[r], radius)
            longest = maximum(load(reach, r * F64_LANES), longest)
            store(tally, r * F64_LANES, broadcast(0.0))
        nearest_needed, farthest_needed = least.min(), most.max()
        stack[0], top = 0, 1
        while top:
            top -= 1
            node = stack[top]
            near = min_distance(boxes, node, box, d, euclid)
            if near >= farthest_needed:
                continue
            wide = max_distance(boxes, node, box, d, euclid)
            if wide < nearest_needed:
                inside = broadcast(float(tree.size[node]))
                for r in range(m):
                    store(tally, r * F64_LANES, add(load(tally, r * F64_LANES), inside))
                continue
            if child[node] > 0:
                stack[top], stack[top + 1] = child[node], node + 1
                top += 2
                continue
            kept = leaf_distances(points, mine, points, -child[node], d, euclid, longest, gaps, ids)
            for r in range(m):
                if near >= most[r]:
                    continue
                total = load(tally, r * F64_LANES)
                if wide < least[r]:
                    total = add(total, broadcast(float(tree.size[node])))
                else:
                    radius = load(reach, r * F64_LANES)
                    for c in range(kept):
                        total = count_lt(total, load(gaps, c * F64_LANES), radius)
                store(tally, r * F64_LANES, total)
        for i in range(present):
            for r in range(m):
                out[tree.order[mine * F64_LANES + i], r] = np.int64(tally[r * F64_LANES + i])
