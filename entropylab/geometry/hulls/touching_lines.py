"""Lines from the boundary of a convex polygon that touch points inside it, and triangles that three of them close."""

from __future__ import annotations

import math

import numpy as np

from entropylab.kernels.compilation import njit

NEAR = 1e-9  # share of the hull's width within which rounding might decide


@njit(cache=True, nogil=True)
def following(p, members, ring):
    """Where the line from place p that has all members on its left, and touches them, leaves the hull again.

    A place is the number of an edge plus a share of it, and grows counter-clockwise; the answer is at least p.
    """
    px, py = _point(p, ring)
    best = -1
    ex = ey = 0.0
    for k in range(len(members)):
        dx, dy = members[k, 0] - px, members[k, 1] - py
        if abs(dx) + abs(dy) > 1e-12 and (best < 0 or ex * dy - ey * dx < 0):
            best, ex, ey = k, dx, dy
    h = len(ring)
    reach, edge = np.inf, 0
    for e in range(h):
        ax, ay = ring[e, 0] - px, ring[e, 1] - py
        bx, by = ring[(e + 1) % h, 0] - ring[e, 0], ring[(e + 1) % h, 1] - ring[e, 1]
        outward = ex * by - ey * bx
        if outward > 1e-14:
            t = (ax * by - ay * bx) / outward
            if t < reach:
                reach, edge = t, e
    ax, ay = px + reach * ex - ring[edge, 0], py + reach * ey - ring[edge, 1]
    bx, by = ring[(edge + 1) % h, 0] - ring[edge, 0], ring[(edge + 1) % h, 1] - ring[edge, 1]
    q = edge + _share(ax, ay, bx, by)
    while q < p - NEAR:
        q += h
    return q


@njit(cache=True, nogil=True)
def _point(p, ring):
    h = len(ring)
    e = int(math.floor(p))
    t = p - e
    i, j = e % h, (e + 1) % h
    return ring[i, 0] + t * (ring[j, 0] - ring[i, 0]), ring[i, 1] + t * (ring[j, 1] - ring[i, 1])


@njit(cache=True, nogil=True)
def _excess(p, members, ring):
    """How far three touching lines from p get beyond one turn: they close a triangle if that is not negative."""
    q = p
    for _ in range(3):
        q = following(q, members, ring)
    return q - p - len(ring)


@njit(cache=True, nogil=True)
def enclosed(members, ring):
    """1 if a triangle inside the hull certainly holds the members, -1 if certainly none does, 0 if rounding decides.

    If one does, lines that touch the members, drawn from one of its corners on the hull, get around in three steps.
    The third end grows with the start: where it falls short of one turn from the *beginning* of a stretch of starts,
    no start in that stretch does.
    """
    h = len(ring)
    m = len(members)
    starts = np.empty(h + m * m + 1)
    count = 0
    for e in range(h):
        starts[count] = e
        count += 1
    for k in range(m):  # where a side would lie flush with two members
        for l in range(m):  # noqa: E741
            if k != l:
                starts[count] = hit(members[k], members[l], ring)
                count += 1
    starts = np.sort(starts[:count])
    verdict = -1
    for k in range(count):
        excess = _excess(starts[k], members, ring)
        if excess > NEAR:
            return 1
        if excess > -NEAR:
            verdict = 0
    if verdict == 0:
        return 0
    lows, highs = np.empty(64), np.empty(64)
    for k in range(count):
        lows[0], highs[0] = starts[k], starts[k + 1] if k + 1 < count else starts[0] + h
        depth = 1
        tries = 0
        while depth:
            depth -= 1
            low, high = lows[depth], highs[depth]
            excess = _excess(high, members, ring)
            if excess > NEAR:
                return 1
            if excess + high - low < -NEAR:
                continue
            tries += 1
            if tries > 200 or depth + 2 > 60 or high - low < NEAR:
                return 0
            middle = (low + high) / 2
            lows[depth], highs[depth] = low, middle
            lows[depth + 1], highs[depth + 1] = middle, high
            depth += 2
    return -1


@njit(cache=True, nogil=True)
def hit(a, b, ring):
    """The place where the ray from a through b leaves the hull."""
    h = len(ring)
    ex, ey = b[0] - a[0], b[1] - a[1]
    reach, edge = np.inf, 0
    for e in range(h):
        bx, by = ring[(e + 1) % h, 0] - ring[e, 0], ring[(e + 1) % h, 1] - ring[e, 1]
        outward = ex * by - ey * bx
        if outward > 1e-14:
            t = ((ring[e, 0] - a[0]) * by - (ring[e, 1] - a[1]) * bx) / outward
            if t < reach:
                reach, edge = t, e
    ax, ay = a[0] + reach * ex - ring[edge, 0], a[1] + reach * ey - ring[edge, 1]
    bx, by = ring[(edge + 1) % h, 0] - ring[edge, 0], ring[(edge + 1) % h, 1] - ring[edge, 1]
    return edge + _share(ax, ay, bx, by)


@njit(cache=True, nogil=True)
def _share(ax, ay, bx, by):
    """How far along an edge b a place a of it lies, from 0 to 1; 0 on an edge too short for its square."""
    square = bx * bx + by * by
    return min(max((ax * bx + ay * by) / square, 0.0), 1.0) if square > 0 else 0.0
