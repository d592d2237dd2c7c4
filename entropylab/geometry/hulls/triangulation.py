"""Points beyond the chords of a convex polygon, and what those counts say about covers by triangles inside it.

A triangle between three corners holds what lies beyond none of its three sides, so one table of counts beyond chords
answers for every triangle.
"""

from __future__ import annotations

import numpy as np

from entropylab.geometry.exact.predicates import orient2d
from entropylab.kernels.compilation import njit


@njit(cache=True, nogil=True)
def outside(x, ring):
    """How many rows of `x` lie strictly to the right of the chord from ring[i] to ring[j], for i < j (m, m).

    `ring` (m, 2) counter-clockwise: to the right lies the cap between the chord and the polygon.
    """
    m = len(ring)
    counts = np.zeros((m, m), np.int64)
    for i in range(m):
        for j in range(i + 1, m):
            ax, ay, bx, by = ring[i, 0], ring[i, 1], ring[j, 0], ring[j, 1]
            count = 0
            for k in range(len(x)):
                count += orient2d(ax, ay, bx, by, x[k, 0], x[k, 1]) < 0
            counts[i, j] = count
    return counts


@njit(cache=True, nogil=True)
def cheapest_triangulation(counts, n):
    """Least sum of (c / n) ln(n / c) over the triangles of a triangulation, c points in each; caps count as singletons.

    `counts` of `beyond`. Corners and points on a chord belong to the triangle outside of which they are not.
    """
    m = len(counts)
    best = np.zeros((m, m))
    single = np.log(n) / n
    for i in range(m - 1):
        best[i, i + 1] = counts[i, i + 1] * single
    for width in range(2, m):
        for i in range(m - width):
            j = i + width
            least = np.inf
            for k in range(i + 1, j):
                c = counts[i, j] - counts[i, k] - counts[k, j]
                if i == 0 and j == m - 1:
                    c = n - counts[i, k] - counts[k, j]  # the last chord is a side: what is on it counts here
                here = c / n * np.log(n / c) if c else 0.0
                least = min(least, here + best[i, k] + best[k, j])
            best[i, j] = least
    return best[0, m - 1]


@njit(cache=True, nogil=True)
def strictly_outside(x, ring, margin):
    """Rows of `x` to the right of ring[i] -> ring[j] by more than `margin` (an area), for every i and j (m, m)."""
    m = len(ring)
    counts = np.zeros((m, m), np.int64)
    for i in range(m):
        for j in range(i + 1, m):
            ax, ay = ring[i, 0], ring[i, 1]
            dx, dy = ring[j, 0] - ax, ring[j, 1] - ay
            right = left = 0
            for k in range(len(x)):
                area = dx * (x[k, 1] - ay) - dy * (x[k, 0] - ax)
                right += area < -margin
                left += area > margin
            counts[i, j], counts[j, i] = right, left
    return counts


@njit(cache=True, nogil=True)
def max_points_in_triangle(counts, n):
    """No triangle inside the polygon holds more points. Arc a runs from ring[a] to ring[a + 1], and so on around.

    Its corners may be taken on the polygon, in arcs a <= b <= c; then it lies in the hull of those three arcs, beyond
    none of the chords from the end of one to the start of the next.
    """
    m = len(counts)
    most = 0
    for a in range(m):
        for b in range(a, m):
            first = counts[a + 1, b] if b > a + 1 else 0
            for c in range(b, m):
                second = counts[b + 1, c] if c > b + 1 else 0
                end = (c + 1) % m
                third = counts[end, a] if end != a else 0
                most = max(most, n - first - second - third)
    return most


def farthest_corners(ring: np.ndarray, most: int) -> np.ndarray:
    """Places of at most `most` corners of a convex ring (h, 2), farthest first: a polygon that misses little of it."""
    h = len(ring)
    if h <= most:
        return np.arange(h)
    chosen = [0, int(np.argmax(((ring - ring[0]) ** 2).sum(1)))]
    gaps = {}
    chosen.sort()
    spans = [(chosen[0], chosen[1]), (chosen[1], chosen[0] + h)]

    def farthest(span):
        i, j = span
        between = np.arange(i + 1, j)
        if len(between) == 0:
            return -1.0, i
        d = ring[j % h] - ring[i]
        away = np.abs(d[0] * (ring[between % h, 1] - ring[i, 1]) - d[1] * (ring[between % h, 0] - ring[i, 0]))
        k = int(np.argmax(away))
        return float(away[k]), int(between[k])

    gaps = {span: farthest(span) for span in spans}
    while len(chosen) < most:
        span = max(gaps, key=lambda s: gaps[s][0])
        _, k = gaps.pop(span)
        chosen.append(k % h)
        pieces = ((span[0], k), (k, span[1])) if k < h else ((span[0], k), (k - h, span[1] - h))
        for piece in pieces:
            gaps[piece] = farthest(piece)
    return np.sort(np.array(chosen))
