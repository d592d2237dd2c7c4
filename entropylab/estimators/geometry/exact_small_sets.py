"""The structural entropy of a hull by looking at every partition of a few points."""

from __future__ import annotations

import math

import numpy as np

from entropylab.geometry.exact.planar import scaled_for_exact_products
from entropylab.geometry.exact.predicates import orient2d
from entropylab.geometry.hulls.touching_lines import NEAR, enclosed, following, hit
from entropylab.kernels.compilation import njit

_SHORT = 1e-6  # of the hull's size: places along edges of that length are good to 1e-16 / 1e-6, below NEAR


def exact_hull_entropy(x: np.ndarray, exact: np.ndarray, hull: np.ndarray) -> tuple[float, float]:
    """Lower and upper bound, equal where every class is settled, of points (n, 2) with hull corners `hull`.

    `x` is of size 1, and rounded; `exact` are the points as given, which equality and collinearity are judged by. Where
    distances are too unequal to compute with, sets of more than three different points with three corners at most stay
    open.
    """
    columns = [
        scaled_for_exact_products("points", np.ascontiguousarray(column)) for column in exact.T
    ]  # the sign of an area stays
    computable = all(column is not None for column in columns) and is_well_shaped(x, exact, x[hull])
    fits, may = enclosable_subsets(x, np.stack(columns, axis=1) if computable else exact, hull, computable)
    n = len(x)
    return least_entropy_partition(may, n), least_entropy_partition(fits, n)


def is_well_shaped(x: np.ndarray, exact: np.ndarray, ring: np.ndarray) -> bool:
    """True where no distance of different points and no width of their hull `ring`, of size 1, is lost to rounding."""
    away = x[None] - x[:, None]
    distances = np.hypot(away[..., 0], away[..., 1])
    edges = np.roll(ring, -1, axis=0) - ring
    away = ring[None] - ring[:, None]
    areas = np.abs(edges[:, None, 0] * away[..., 1] - edges[:, None, 1] * away[..., 0]).max(1)
    near = (distances < _SHORT) & (exact[None] != exact[:, None]).any(2)
    return not near.any() and bool((areas > _SHORT * np.hypot(edges[:, 0], edges[:, 1])).all())


@njit(cache=True, nogil=True)
def least_entropy_partition(valid, n):
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
def enclosable_subsets(x, exact, hull, settle):
    """Which sets of points (as bits) certainly lie in a triangle inside the hull, and which may.

    `x` and `exact` as of `entropy_of_few`; sets are left open unless `settle`.
    """
    n = len(x)
    ring, corners = x[hull], exact[hull]
    fits, may = np.zeros(1 << n, np.bool_), np.zeros(1 << n, np.bool_)
    corner, name = np.zeros(n, np.bool_), np.arange(n)
    for i in range(n):
        for j in range(i):
            if name[i] == i and exact[i, 0] == exact[j, 0] and exact[i, 1] == exact[j, 1]:
                name[i] = j
        for j in hull:
            corner[i] |= exact[i, 0] == exact[j, 0] and exact[i, 1] == exact[j, 1]
    chosen = np.empty(n, np.int64)
    for s in range(1, 1 << n):
        m = distinct = np.int64(0)
        inherited = certain = True
        for i in range(n):
            if s >> i & 1:
                copy = False
                for k in range(m):
                    copy |= name[chosen[k]] == name[i]
                inherited &= s == 1 << i or may[s ^ (1 << i)]
                certain &= s == 1 << i or fits[s ^ (1 << i)]
                if copy:
                    continue
                chosen[m] = i
                m += 1
                distinct += corner[i]
        if m <= 3:
            fits[s] = may[s] = True
            continue
        if not inherited or distinct > 3:
            continue  # a part of it fits in no triangle
        answer = 0
        if settle and distinct == 0:
            answer = enclosed(x[chosen[:m]], ring)
        elif settle:
            answer = _at_corners(x[chosen[:m]], ring, exact[chosen[:m]], corners)
        fits[s] = certain and answer > 0
        may[s] = answer >= 0
    return fits, may


@njit(cache=True, nogil=True)
def _at_corners(members, ring, exact, corners):
    """`enclosed` where one to three members are corners of the hull: those are corners of the triangle as well.

    `exact` and `corners` are members and ring as given.
    """
    h = len(ring)
    own = np.empty(3, np.int64)
    count = 0
    for e in range(h):
        for k in range(len(members)):
            if exact[k, 0] == corners[e, 0] and exact[k, 1] == corners[e, 1]:
                own[count] = e
                count += 1
    if count == 3:
        for side in range(3):
            a, b = corners[own[side]], corners[own[(side + 1) % 3]]
            for k in range(len(exact)):
                if orient2d(a[0], a[1], b[0], b[1], exact[k, 0], exact[k, 1]) < 0:
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
                left < 0 or orient2d(a[0], a[1], members[left, 0], members[left, 1], members[k, 0], members[k, 1]) > 0
            ):
                left = k
        end = hit(a, members[left], ring)
        while end <= e:
            end += h
        third = following(following(float(e), members, ring), members, ring)
        if third - end > NEAR:
            return 1
        if third - end < -NEAR:
            verdict = -1
    return verdict
