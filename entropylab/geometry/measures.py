"""Sizes and distances of point sets: the area of a hull, and how far one set is from another."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from entropylab.geometry.exact.planar import as_planar_points
from entropylab.geometry.hulls.filtered import convex_hull
from entropylab.numerics.neighbours.search import query
from entropylab.numerics.validation import check

__all__ = ["hull_area", "hull_error", "hausdorff", "chamfer"]

_SPLITTER = 134217729.0
_SMALLEST = 2.0**-450  # the product of two such numbers and its rounding error are exact


def hull_area(points: ArrayLike) -> float:
    """Area of the convex hull, in the square of the unit of the points, correctly rounded.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        Points of the plane.

    Returns
    -------
    float
        The area; 0 for points on a line.

    Raises
    ------
    ValueError
        For a wrong shape, no points, NaN, or an area beyond float64.

    Notes
    -----
    The shoelace sum with every product as two exact parts, added without error and rounded once.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.hull_area([[0, 0], [2, 0], [2, 2], [0, 2], [1, 1]])
    4.0
    """
    return _scaled(*_area("points", points))


def _area(name: str, points) -> tuple[float, int]:
    """Area of the hull as a number and the power of two that multiplies it."""
    x = as_planar_points(name, points)
    corners = x[convex_hull(x)]
    if len(corners) < 3:
        return 0.0, 0
    powers = np.frexp(np.abs(corners).max(0))[1]
    a = np.ldexp(corners, -powers)
    if np.abs(np.where(corners == 0, 1.0, a)).min() < _SMALLEST:
        return _fraction(corners)
    b = np.roll(a, -1, axis=0)
    parts = [*_product(a[:, 0], b[:, 1]), *(-part for part in _product(b[:, 0], a[:, 1]))]
    return math.fsum(np.concatenate(parts)) / 2, int(powers.sum())


def _fraction(corners):
    """The area in rational arithmetic, for corners whose products would leave float64."""
    exact = [(Fraction(u), Fraction(v)) for u, v in corners.tolist()]
    double = sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(exact, exact[1:] + exact[:1], strict=True))
    power = double.numerator.bit_length() - double.denominator.bit_length() - 1
    return float(double / Fraction(2) ** (power + 1)), power


def _product(a, b):
    """The exact product of two arrays as the rounded value and its error."""
    product = a * b
    (a_high, a_low), (b_high, b_low) = _split(a), _split(b)
    return product, a_low * b_low - (product - a_high * b_high - a_low * b_high - a_high * b_low)


def _split(a):
    shifted = _SPLITTER * a
    high = shifted - (shifted - a)
    return high, a - high


def hull_error(true_points: ArrayLike, changed_points: ArrayLike) -> float:
    """Relative error |A' - A| / A of the hull area after a change, without unit; 0.01 is one per cent.

    Parameters
    ----------
    true_points, changed_points : array_like, shape (n, 2)
        Points before and after the change.

    Returns
    -------
    float
        The relative error.

    Raises
    ------
    ValueError
        As `hull_area`, or where the true points lie on a line.

    Notes
    -----
    Equal areas are not equal hulls: see `hausdorff`.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.hull_error([[0, 0], [2, 0], [0, 2]], [[0, 0], [1, 0], [0, 2]])
    0.5
    """
    true, power = _area("true_points", true_points)
    changed, other = _area("changed_points", changed_points)
    if true == 0:
        raise ValueError("true_points needs points that are not all on one line: got a hull of area 0; add points.")
    try:
        return abs(math.ldexp(changed, other - power) - true) / true
    except OverflowError:
        raise ValueError(
            "changed_points must have a hull of less than 2^1024 times the true area; rescale them."
        ) from None


def hausdorff(a: ArrayLike, b: ArrayLike) -> float:
    """Hausdorff distance, in the unit of the points: the farthest that a point of either set is from the other set.

    Parameters
    ----------
    a : array_like, shape (n, d)
        Points.
    b : array_like, shape (m, d)
        Points.

    Returns
    -------
    float
        The distance.

    Raises
    ------
    ValueError
        For NaN, different numbers of coordinates, or a distance beyond float64.

    Notes
    -----
    One distant point determines it: see `chamfer` for a mean.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.hausdorff([[0.0, 0.0]], [[3.0, 4.0], [0.0, 0.0]])
    5.0
    """
    a, b = _sets(a, b)
    return _scaled(max(query(a, b, 1, "euclidean").max(), query(b, a, 1, "euclidean").max()), 0)


def chamfer(a: ArrayLike, b: ArrayLike) -> float:
    """Chamfer distance, in the square of the unit of the points.

    Parameters
    ----------
    a : array_like, shape (n, d)
        Points.
    b : array_like, shape (m, d)
        Points.

    Returns
    -------
    float
        The mean squared distance of the points of `a` to the nearest of `b`, plus the mean of those from `b` to `a`.

    Raises
    ------
    ValueError
        For NaN, different numbers of coordinates, or a square beyond float64.

    Notes
    -----
    Not a metric: squares violate the triangle inequality.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.chamfer([[0.0, 0.0]], [[3.0, 4.0], [0.0, 0.0]])
    12.5
    """
    a, b = _sets(a, b)
    distances = query(a, b, 1, "euclidean"), query(b, a, 1, "euclidean")
    power = math.frexp(max(each.max() for each in distances))[1]
    return _scaled(sum(np.mean(np.ldexp(each, -power) ** 2) for each in distances), 2 * power)


def _scaled(value, power) -> float:
    """`value` times 2 to `power`."""
    try:
        if math.isfinite(result := math.ldexp(float(value), power)):
            return result
    except OverflowError:
        pass
    raise ValueError(
        f"the result must be one that float64 can hold: got {value:g} times 2^{power}; rescale the points."
    )


def _sets(a, b):
    a, b = check.as_numpy_samples("a", a, minimum=1), check.as_numpy_samples("b", b, minimum=1)
    if a.shape[1] != b.shape[1]:
        raise ValueError(
            f"a and b must have the same number of coordinates: got {a.shape[1]} and {b.shape[1]}; pass points of one "
            "space."
        )
    return a, b
