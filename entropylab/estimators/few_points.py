"""The structural entropy of a hull by looking at every partition of a few points."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from entropylab.geometry.predicates import turn

_NEAR = 1e-9  # share of the hull's width within which rounding might decide


def entropy_of_few(x: np.ndarray, hull: np.ndarray) -> tuple[float, float]:
    """Lower and upper bound, equal where every class is settled, of points (n, 2) with hull corners `hull`."""
    fits, may = classes(x, x[hull], hull)
    n = len(x)
    return least(may, n), least(fits, n)


@njit(cache=True, nogil=True)
def least(valid, n):
    """Least entropy in nats over partitions of n points into valid classes, given as sets of bits."""
    best = np.full(1 << n, np.inf)
    best[0] = 0.0
    size = np.zeros(1 << n, np.int64)
    for s in range(1, 1 << n):
        size[s] = size[s >> 1] + (s & 1)
    for s in range(1, 1 << n):
        first = s & -s
        rest = s ^ first
        part = rest
        while True:  # every subset of the rest joins the first point
            group = part | first
            if valid[group]:
                c = size[group]
                value = c / n * math.log(n / c) + best[s ^ group]
                if value < best[s]:
                    best[s] = value
            if part == 0:
                break
            part = (part - 1) & rest
    return best[(1 << n) - 1]


@njit(cache=True, nogil=True)
def classes(x, ring, hull):
    """Which sets of points (as bits) certainly lie in a triangle inside the hull, and which may."""
    n = len(x)
    fits, may = np.zeros(1 << n, np.bool_), np.zeros(1 << n, np.bool_)
    corner = np.zeros(n, np.bool_)
    for i in range(n):
        for j in hull:
            corner[i] |= x[i, 0] == x[j, 0] and x[i, 1] == x[j, 1]
    members = np.empty((n, 2))
    for s in range(1, 1 << n):
        m = distinct = np.int64(0)
        inherited = certain = True
        for i in range(n):
            if s >> i & 1:
                copy = False
                for k in range(m):
                    copy |= members[k, 0] == x[i, 0] and members[k, 1] == x[i, 1]
                inherited &= s == 1 << i or may[s ^ (1 << i)]
                certain &= s == 1 << i or fits[s ^ (1 << i)]
                if copy:
                    continue
                members[m, 0], members[m, 1] = x[i, 0], x[i, 1]
                m += 1
                distinct += corner[i]
        if m <= 3:
            fits[s] = may[s] = True
            continue
        if not inherited or distinct > 3:
            continue  # a part of it fits in no triangle
        answer = _enclosed(members[:m], ring) if distinct == 0 else _at_corners(members[:m], ring, distinct)
        fits[s] = certain and answer > 0
        may[s] = answer >= 0
    return fits, may


@njit(cache=True, nogil=True)
def _at_corners(members, ring, distinct):
    """`_enclosed` where one to three members are corners of the hull: those are corners of the triangle as well."""
    h = len(ring)
    own = np.empty(3, np.int64)
    count = 0
    for e in range(h):
        for k in range(len(members)):
            if members[k, 0] == ring[e, 0] and members[k, 1] == ring[e, 1]:
                own[count] = e
                count += 1
    if count == 3:
        for side in range(3):
            a, b = ring[own[side]], ring[own[(side + 1) % 3]]
            for k in range(len(members)):
                if turn(a[0], a[1], b[0], b[1], members[k, 0], members[k, 1]) < 0:
                    return -1
        return 1
    verdict = 0
    for e in own[:count]:
        # the triangle between the outermost lines through the corner is the largest: its third side must pass outside
        a = ring[e]
        left = -1
        for k in range(len(members)):
            dx, dy = members[k, 0] - a[0], members[k, 1] - a[1]
            if abs(dx) + abs(dy) > 0 and (
                left < 0 or turn(a[0], a[1], members[left, 0], members[left, 1], members[k, 0], members[k, 1]) > 0
            ):
                left = k
        end = _hit(a, members[left], ring)
        while end <= e:
            end += h
        third = _next(_next(float(e), members, ring), members, ring)
        if third - end > _NEAR:
            return 1
        if third - end < -_NEAR:
            verdict = -1
    return verdict


@njit(cache=True, nogil=True)
def _next(p, members, ring):
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
    q = edge + min(max((ax * bx + ay * by) / (bx * bx + by * by), 0.0), 1.0)
    while q < p - _NEAR:
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
        q = _next(q, members, ring)
    return q - p - len(ring)


@njit(cache=True, nogil=True)
def _enclosed(members, ring):
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
                starts[count] = _hit(members[k], members[l], ring)
                count += 1
    starts = np.sort(starts[:count])
    verdict = -1
    for k in range(count):
        excess = _excess(starts[k], members, ring)
        if excess > _NEAR:
            return 1
        if excess > -_NEAR:
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
            if excess > _NEAR:
                return 1
            if excess + high - low < -_NEAR:
                continue
            tries += 1
            if tries > 200 or depth + 2 > 60 or high - low < _NEAR:
                return 0
            middle = (low + high) / 2
            lows[depth], highs[depth] = low, middle
            lows[depth + 1], highs[depth + 1] = middle, high
            depth += 2
    return -1


@njit(cache=True, nogil=True)
def _hit(a, b, ring):
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
    return edge + min(max((ax * bx + ay * by) / (bx * bx + by * by), 0.0), 1.0)
