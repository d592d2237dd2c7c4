"""Which side of a line, inside or outside a circle: signs that are never wrong, and how long they stay fast.

A filter (the rounded determinant against a bound on its error) answers almost always; what it leaves open goes
to exact expansions. Coordinates must be finite and of a size that `extent` accepts.
Source: Shewchuk (1997), Adaptive precision floating-point arithmetic, Discrete & Computational Geometry 18.
"""

from __future__ import annotations

import numpy as np

from entropylab.geometry.exact.buffers import INT_ZERO, copy_into
from entropylab.geometry.exact.expansions import add_expansions, minor_2x2, scale_expansion
from entropylab.kernels.compilation import njit

_EPSILON = 2.0**-53
_TURN_BOUND = (3 + 16 * _EPSILON) * _EPSILON
_CIRCLE_BOUND = (10 + 96 * _EPSILON) * _EPSILON


@njit(cache=True, nogil=True)
def orient2d(ax, ay, bx, by, cx, cy):
    """A number with the sign of the signed area of a, b, c: positive where c lies to the left of the way a to b."""
    left = (ax - cx) * (by - cy)
    right = (ay - cy) * (bx - cx)
    area = left - right
    bound = _TURN_BOUND * (abs(left) + abs(right))
    if area > bound or -area > bound:
        return area
    return _exact_turn(ax, ay, bx, by, cx, cy)


@njit(cache=True, nogil=True)
def _exact_turn(ax, ay, bx, by, cx, cy):
    if (ax == bx and ay == by) or (bx == cx and by == cy) or (ax == cx and ay == cy):
        return 0.0
    first, second, third = np.empty(4), np.empty(4), np.empty(4)
    n, m, k = minor_2x2(ax, ay, bx, by, first), minor_2x2(bx, by, cx, cy, second), minor_2x2(cx, cy, ax, ay, third)
    two, three = np.empty(8), np.empty(12)
    return three[add_expansions(two, add_expansions(first, n, second, m, two), third, k, three) - 1]


@njit(cache=True, nogil=True)
def incircle(ax, ay, bx, by, cx, cy, dx, dy):
    """A number that is positive where d lies inside the circle through a, b, c (counter-clockwise), 0 on it."""
    adx, ady, bdx, bdy, cdx, cdy = ax - dx, ay - dy, bx - dx, by - dy, cx - dx, cy - dy
    bc, cb, ca, ac, ab, ba = bdx * cdy, cdx * bdy, cdx * ady, adx * cdy, adx * bdy, bdx * ady
    a, b, c = adx * adx + ady * ady, bdx * bdx + bdy * bdy, cdx * cdx + cdy * cdy
    value = a * (bc - cb) + b * (ca - ac) + c * (ab - ba)
    size = (abs(bc) + abs(cb)) * a + (abs(ca) + abs(ac)) * b + (abs(ab) + abs(ba)) * c
    if abs(value) > _CIRCLE_BOUND * size:
        return value
    return _exact_in_circle(ax, ay, bx, by, cx, cy, dx, dy)


@njit(cache=True, nogil=True)
def _exact_in_circle(ax, ay, bx, by, cx, cy, dx, dy):
    """a^2 (bcd) - b^2 (cda) + c^2 (dab) - d^2 (abc), every bracket twice the area of a triangle."""
    x, y = (ax, bx, cx, dx), (ay, by, cy, dy)
    pair = np.empty((6, 4))  # ab, bc, cd, da, ac, bd
    size = np.empty(6, np.int64)
    for i in range(4):
        j = (i + 1) % 4
        size[i] = minor_2x2(x[i], y[i], x[j], y[j], pair[i])
    size[4] = minor_2x2(ax, ay, cx, cy, pair[4])
    size[5] = minor_2x2(bx, by, dx, dy, pair[5])
    two, three = np.empty(8), np.empty(12)
    once, twice_x, twice_y = np.empty(24), np.empty(48), np.empty(48)
    term, total, sum_ = np.empty(96), np.zeros(384), np.empty(384)
    n = 1
    for i in range(4):
        # the triangle of the other three: bcd, cda, dab, abc = the sum of two sides and a diagonal
        j, k = (i + 1) % 4, (i + 2) % 4
        diagonal = 5 if i % 2 == 0 else 4  # bd, ac, bd, ac
        sign = -1.0 if i < 1 or i > 2 else 1.0  # bcd holds db, cda holds ac, dab holds bd, abc holds ca
        m = add_expansions(pair[j], size[j], pair[k], size[k], two)
        for l in range(size[diagonal]):  # noqa: E741
            once[l] = sign * pair[diagonal, l]
        m = add_expansions(two, m, once, size[diagonal], three)
        way = 1.0 if i % 2 == 0 else -1.0
        k = scale_expansion(three, m, x[i], once)
        nx = scale_expansion(once, k, way * x[i], twice_x)
        k = scale_expansion(three, m, y[i], once)
        ny = scale_expansion(once, k, way * y[i], twice_y)
        m = add_expansions(twice_x, nx, twice_y, ny, term)
        n = add_expansions(total, n, term, m, sum_)
        copy_into(sum_, n, total, INT_ZERO)
    return total[n - 1]
