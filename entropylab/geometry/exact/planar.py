"""Points in the plane as the compiled geometry takes them: checked, and of a size whose products are exact."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from entropylab.kernels.compilation import njit
from entropylab.numerics.validation import check
from entropylab.numerics.validation.containers import as_numpy

# A product of two coordinates and its rounding error stay within float64 between these: 2 (440 + 53) < 1022.
LARGEST, SMALLEST = 2.0**440, 2.0**-440
_FLOAT = np.dtype(np.float64)


def as_planar_points(name: str, points, minimum: int = 1) -> np.ndarray:
    """`points` as a contiguous float64 array (n, 2), n at least `minimum`; whether they are finite is not looked at."""
    if type(points) is not np.ndarray or points.dtype != _FLOAT or not points.flags.c_contiguous:
        points = np.ascontiguousarray(in_float64(name, points))
    if not points.flags.writeable:
        points = points.copy()  # for arrays that cannot be written everything would be compiled once more
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(
            f"{name} must have shape (n, 2), points of the plane: got shape {points.shape}; choose two columns."
        )
    if len(points) < minimum:
        raise ValueError(f"{name} needs at least {minimum} points: got {len(points)}; add points.")
    return points


def in_float64(name: str, points) -> np.ndarray:
    """`points` as float64; raises ValueError for what is no real number, or none that float64 holds exactly."""
    exact = as_numpy(name, points).astype(np.float64, copy=False)
    if isinstance(points, np.ndarray) and points.dtype.kind == "f" and points.dtype.itemsize > 8:
        lost = (exact != points) & (points == points)
        if lost.any():
            raise ValueError(
                f"{name} must hold numbers that float64 holds exactly: got {points[lost].flat[0]}, which would be "
                "rounded; round them with astype(float) if that is meant."
            )
    return exact


@njit(cache=True, nogil=True)
def exponents_in_range(x, smallest, largest):
    """True if every coordinate is 0 or of a size between the two: False for NaN."""
    flat = x.ravel()
    wrong = 0
    for i in range(flat.size):
        size = abs(flat[i])
        wrong += not ((size <= largest) & ((size >= smallest) | (size == 0.0)))
    return wrong == 0


def scaled_for_exact_products(name: str, x: np.ndarray, degree: int = 2) -> np.ndarray | None:
    """`x` times a power of two, so that products of `degree` coordinates are exact; None where none will do.

    A power of two moves no point relative to the others: every sign of an area stays. Errors: ValueError for NaN
    and infinite coordinates.
    """
    low, high = (SMALLEST, LARGEST) if degree == 2 else (2.0**-200, 2.0**200)
    if exponents_in_range(x, low, high):
        return x
    check.require_finite(name, x)
    size = np.abs(x)
    top, bottom = math.frexp(size.max())[1], math.frexp(size[size > 0].min())[1]
    if top - bottom > math.frexp(high)[1] - math.frexp(low)[1] - 4:
        return None
    return np.ldexp(x, -(top + bottom) // 2)


def rational_hull(x: np.ndarray) -> np.ndarray:
    """The strictly convex hull in exact rational arithmetic: slow, for coordinates some of which are 10^265 others."""
    first: dict[tuple[float, float], int] = {}
    for i, point in enumerate(map(tuple, x.tolist())):
        first.setdefault(point, i)
    order = sorted(first)
    exact = {point: (Fraction(point[0]), Fraction(point[1])) for point in order}

    def half(points):
        chain: list = []
        for point in points:
            cx, cy = exact[point]
            while len(chain) >= 2:
                (ax, ay), (bx, by) = exact[chain[-2]], exact[chain[-1]]
                if (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) > 0:
                    break
                chain.pop()
            chain.append(point)
        return chain

    ring = half(order)[:-1] + half(order[::-1])[:-1] if len(order) > 1 else order
    return np.array([first[point] for point in ring], np.int64)
