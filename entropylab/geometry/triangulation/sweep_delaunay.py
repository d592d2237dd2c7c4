"""Delaunay triangulation by a radial sweep: points join the hull from the middle outwards, edges flip until legal."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from entropylab.geometry.exact.planar import as_planar_points, scaled_for_exact_products
from entropylab.geometry.exact.predicates import orient2d
from entropylab.geometry.triangulation.sweep_hull import sweep_hull
from entropylab.kernels.compilation import njit

__all__ = ["delaunay"]

_NONE = np.empty((0, 3), np.int64)


def delaunay(points: ArrayLike) -> np.ndarray:
    """Corners of the Delaunay triangles, each counter-clockwise: no point lies inside the circle of a triangle.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        Points of the plane.

    Returns
    -------
    numpy.ndarray of int, shape (t, 3)
        Indices of the corners; none for points on one line.

    Raises
    ------
    ValueError
        For a wrong shape, no points, NaN, or a coordinate 10^115 times another.

    Notes
    -----
    Where more than three points share a circle, one of the triangulations that do. Copies of a point are left out, the
    first stays. Exact: no sign of an area or a circle is rounded. Where rounded distances mislead the radial order, a
    second sweep goes from left to right. The structure is that of Mapbox's Delaunator (ISC licence, see NOTICE).

    References
    ----------
    Sinclair (2010). S-hull: a fast radial sweep-hull routine for Delaunay triangulation.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.delaunay([[0, 0], [1, 0], [0, 1]]).tolist()[0]
    [0, 1, 2]
    """
    x = as_planar_points("points", points)
    x = scaled_for_exact_products("points", x, degree=4)
    if x is None:
        raise ValueError(
            "points must have coordinates within a factor 10^115 of each other: got smaller ones beside larger ones; "
            "set the smallest to 0."
        )
    i, j, k = _seed(x)
    if k >= 0:
        x0, y0 = _center(x[i], x[j], x[k])
        away = (x[:, 0] - x0) ** 2 + (x[:, 1] - y0) ** 2
        if np.isfinite(away).all():
            order = np.argsort(away)
            ranked = away[order]
            if (ranked[1:] == ranked[:-1]).any():  # copies must follow each other
                order = np.lexsort((x[:, 1], x[:, 0], away))
            triangles, done = sweep_hull(x, order, i, j, k, x0, y0, True)
            if done:
                return triangles
    order = np.lexsort((x[:, 1], x[:, 0]))
    i, j, k = _first_triangle(x, order)
    if k < 0:
        return _NONE
    x0, y0 = x[[i, j, k]].mean(0)
    return sweep_hull(x, order, i, j, k, x0, y0, False)[0]


def _center(a, b, c) -> tuple[float, float]:
    """Centre of the circle through three points."""
    (dx, dy), (ex, ey) = b - a, c - a
    d = 2 * (dx * ey - dy * ex)
    if d == 0:
        return math.nan, math.nan
    p, q = dx * dx + dy * dy, ex * ex + ey * ey
    return a[0] + (ey * p - dy * q) / d, a[1] + (dx * q - ex * p) / d


@njit(cache=True, nogil=True)
def _seed(x):
    """A small triangle near the middle: the point there, its nearest, and what makes the smallest circle with them."""
    n = len(x)
    mx, my = (x[:, 0].min() + x[:, 0].max()) / 2, (x[:, 1].min() + x[:, 1].max()) / 2
    i = 0
    least = np.inf
    for k in range(n):
        d = (x[k, 0] - mx) ** 2 + (x[k, 1] - my) ** 2
        if d < least:
            i, least = k, d
    j = -1
    least = np.inf
    for k in range(n):
        d = (x[k, 0] - x[i, 0]) ** 2 + (x[k, 1] - x[i, 1]) ** 2
        if 0 < d < least:
            j, least = k, d
    if j < 0:
        return i, j, -1
    third = -1
    least = np.inf
    dx, dy = x[j, 0] - x[i, 0], x[j, 1] - x[i, 1]
    p = dx * dx + dy * dy
    for k in range(n):
        ex, ey = x[k, 0] - x[i, 0], x[k, 1] - x[i, 1]
        d = dx * ey - dy * ex
        if d != 0:
            q = ex * ex + ey * ey
            radius = ((ey * p - dy * q) / d) ** 2 + ((dx * q - ex * p) / d) ** 2
            if radius < least:
                third, least = k, radius
    if third < 0:
        return i, j, third
    side = orient2d(x[i, 0], x[i, 1], x[j, 0], x[j, 1], x[third, 0], x[third, 1])
    if side == 0:
        return i, j, -1
    return (i, j, third) if side > 0 else (i, third, j)


@njit(cache=True, nogil=True)
def _first_triangle(x, order):
    """The first point, the next that differs from it, and the first off their line, counter-clockwise."""
    i = order[0]
    j = -1
    for k in order:
        if j < 0:
            if x[k, 0] != x[i, 0] or x[k, 1] != x[i, 1]:
                j = k
            continue
        side = orient2d(x[i, 0], x[i, 1], x[j, 0], x[j, 1], x[k, 0], x[k, 1])
        if side != 0:
            return (i, j, k) if side > 0 else (i, k, j)
    return i, j, -1
