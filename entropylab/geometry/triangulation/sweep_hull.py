"""The sweep of a Delaunay triangulation: every point sees part of the hull, is joined to it, and edges are flipped.

Triangles stand in a flat array of corners, three a triangle, counter-clockwise; edge e starts at corners[e], and
twin[e] is the same edge of the neighbour, -1 on the hull. This structure, the hull hashed by angle and the stack of
edges to check are those of Mapbox's Delaunator (ISC licence), https://github.com/mapbox/delaunator.
"""

from __future__ import annotations

import numpy as np

from entropylab.geometry.exact.buffers import INT_ZERO, copy_into
from entropylab.geometry.exact.predicates import incircle, orient2d
from entropylab.kernels.compilation import njit


@njit(cache=True, nogil=True)
def _key(dx, dy, size):
    """Place of a direction in the hash: grows with its angle."""
    length = abs(dx) + abs(dy)
    share = 0.0 if length == 0 else dx / length
    share = (3 - share if dy > 0 else 1 + share) / 4
    return min(size - 1, int(share * size))


@njit(cache=True, nogil=True)
def _link(twin, a, b):
    twin[a] = b
    if b >= 0:
        twin[b] = a


@njit(cache=True, nogil=True)
def _legalize(x, corners, twin, edge_of, a, stack):
    """Flip edges from `a` on until no point lies in a neighbour's circle; the edge before `a` as it is then."""
    depth = 0
    while True:
        b = twin[a]
        a0 = a - a % 3
        before_a = a0 + (a + 2) % 3
        flip = False
        if b >= 0:
            b0 = b - b % 3
            after_a, before_b = a0 + (a + 1) % 3, b0 + (b + 2) % 3
            p, q, r, s = corners[before_a], corners[a], corners[after_a], corners[before_b]
            flip = incircle(x[p, 0], x[p, 1], x[q, 0], x[q, 1], x[r, 0], x[r, 1], x[s, 0], x[s, 1]) > 0
        if flip:
            corners[a], corners[b] = s, p
            beyond = twin[before_b]
            if beyond < 0:
                edge_of[s] = a
            _link(twin, a, beyond)
            _link(twin, b, twin[before_a])
            _link(twin, before_a, before_b)
            if depth == stack.size:
                more = np.empty(2 * depth, np.int64)
                copy_into(stack, depth, more, INT_ZERO)
                stack = more
            stack[depth] = b0 + (b + 1) % 3
            depth += 1
        elif depth:
            depth -= 1
            a = stack[depth]
        else:
            return before_a


@njit(cache=True, nogil=True)
def sweep_hull(x, order, i, j, k, x0, y0, radial):
    """Triangles (t, 3) and True; or False where a point of the radial order sees no edge of the hull so far."""
    n = len(x)
    corners, twin = np.empty(6 * n, np.int64), np.full(6 * n, -1, np.int64)
    after, before, edge_of = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    gone = np.zeros(n, np.bool_)
    size = int(np.ceil(np.sqrt(n)))
    hashed = np.full(size, -1, np.int64)
    stack = np.empty(512, np.int64)
    corners[0], corners[1], corners[2] = i, j, k
    after[i], after[j], after[k] = j, k, i
    before[j], before[k], before[i] = i, j, k
    edge_of[i], edge_of[j], edge_of[k] = 0, 1, 2
    for p in (i, j, k):
        hashed[_key(x[p, 0] - x0, x[p, 1] - y0, size)] = p
    edges = 3
    last = i
    newest = -1
    for p in order:
        px, py = x[p, 0], x[p, 1]
        if newest >= 0 and px == x[newest, 0] and py == x[newest, 1]:
            continue
        if (
            (px == x[i, 0] and py == x[i, 1]) or (px == x[j, 0] and py == x[j, 1])
            or (px == x[k, 0] and py == x[k, 1])
        ):  # fmt: skip
            continue
        newest = p
        start = last
        if radial:
            key = _key(px - x0, py - y0, size)
            for step in range(size):
                start = hashed[(key + step) % size]
                if start >= 0 and not gone[start]:
                    break
        start = before[start]
        e = start
        while True:
            q = after[e]
            if orient2d(x[e, 0], x[e, 1], x[q, 0], x[q, 1], px, py) < 0:
                break
            e = q
            if e == start:
                return np.empty((0, 3), np.int64), False
        back = e == start or not radial
        q = after[e]
        corners[edges], corners[edges + 1], corners[edges + 2] = e, p, q
        _link(twin, edges + 2, edge_of[e])
        edge_of[e] = edges
        edge_of[p] = edges + 1
        edges += 3
        edge_of[p] = _legalize(x, corners, twin, edge_of, edges - 1, stack)
        m = q
        while True:  # forward along the hull
            q = after[m]
            if orient2d(x[m, 0], x[m, 1], x[q, 0], x[q, 1], px, py) >= 0:
                break
            corners[edges], corners[edges + 1], corners[edges + 2] = m, p, q
            _link(twin, edges, edge_of[p])
            _link(twin, edges + 2, edge_of[m])
            edge_of[p] = edges + 1
            edges += 3
            edge_of[p] = _legalize(x, corners, twin, edge_of, edges - 1, stack)
            gone[m] = True
            m = q
        while back:
            q = before[e]
            if orient2d(x[q, 0], x[q, 1], x[e, 0], x[e, 1], px, py) >= 0:
                break
            corners[edges], corners[edges + 1], corners[edges + 2] = q, p, e
            _link(twin, edges + 1, edge_of[e])
            _link(twin, edges + 2, edge_of[q])
            edge_of[q] = edges
            edges += 3
            _legalize(x, corners, twin, edge_of, edges - 1, stack)
            gone[e] = True
            e = q
        after[e], before[p], after[p], before[m] = p, e, m, p
        last = p
        hashed[_key(px - x0, py - y0, size)] = p
        hashed[_key(x[e, 0] - x0, x[e, 1] - y0, size)] = e
    return corners[:edges].copy().reshape(-1, 3), True
