"""What every planar hull promises, in one place: the checks, the exact way out, and the count of its tests."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from entropylab.geometry.exact.planar import as_planar_points, rational_hull, scaled_for_exact_products


def with_operation_count(described: Callable) -> Callable[..., np.ndarray]:
    """The hull function that `described` documents; `described(points)` is the kernel x -> (hull, orientation tests).

    The function gets `.count(points)`: the orientation tests that the call makes. No load disturbs that number.
    """
    kernel = described(None)

    @functools.wraps(described)
    def hull(points) -> np.ndarray:
        return _run(kernel, points)[0]

    def count(points) -> int:
        """How many orientation tests the hull of `points` takes."""
        return int(_run(kernel, points)[1])

    hull.count = count
    return hull


def _run(kernel, points):
    x = scaled_for_exact_products("points", as_planar_points("points", points))
    if x is None:  # no scale makes products of these coordinates exact
        hull = rational_hull(as_planar_points("points", points))
        return hull, 0
    return kernel(x)
