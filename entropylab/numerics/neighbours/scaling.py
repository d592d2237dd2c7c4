"""Distances at the ends of float64: a power of two is taken out before a difference or a square leaves its range.

Multiplying by a power of two rounds nothing, so distances and their order stay what they are, to the last bit.
"""

from __future__ import annotations

import math

import numpy as np

from entropylab.kernels.compilation import njit

LOG_2 = math.log(2)
_SMALLEST, LARGEST = 2.0**-900, 2.0**1022  # what distances keep their digits above, and are finite below
_LARGEST_ROOT, _SMALLEST_ROOT = 2.0**500, 2.0**-300  # the size of data whose squares need no help
_SMALLEST_SQUARE = 2.0**-900  # below, a sum of squares may have lost digits
_SMALLEST_STEP = 2.0**-400  # numbers above it differ by 2^-453 or more, if at all


def within_range(*spaces: np.ndarray) -> tuple[list[np.ndarray], int]:
    """The spaces divided by one power of two that keeps differences finite and distances normal, and its exponent."""
    size = max(size_of(x) for x in spaces)
    if _SMALLEST < size < LARGEST or size == 0:
        return list(spaces), 0
    power = 2 if size >= LARGEST else -900
    return [np.ldexp(x, -power) for x in spaces], power


def with_squares(*points: np.ndarray) -> tuple[list[np.ndarray], int]:
    """The points divided by one power of two that keeps squares of their distances finite, and its exponent."""
    size = max(size_of(x) for x in points)
    if _SMALLEST_ROOT < size < _LARGEST_ROOT or size == 0:
        return list(points), 0
    power = math.frexp(size)[1]
    return [np.ldexp(x, -power) for x in points], power


def size_of(x: np.ndarray) -> float:
    """The largest magnitude."""
    return max(float(x.max()), -float(x.min()))


def lost_squares(squares: np.ndarray, power: int, *points: np.ndarray) -> np.ndarray:
    """The rows whose sorted squared distances may have lost digits, or vanished, between unequal points.

    The squares are those of `points` divided by 2 to `power`.
    """
    rows = np.flatnonzero(squares[:, 0] < _SMALLEST_SQUARE)
    return rows if len(rows) and may_lose_squares(power, *points) else rows[:0]


def may_lose_squares(power: int, *points: np.ndarray) -> bool:
    """True if unequal points can be so close together that the square of their distance loses digits."""
    least = math.ldexp(_SMALLEST_STEP, power)
    return any(_has_smaller(x, least) for x in points)


def roots(squares: np.ndarray, power: int) -> np.ndarray:
    """The distances whose squares were taken after a division by 2 to `power`, in the place of the squares."""
    distances = np.sqrt(squares, out=squares)
    if not power:
        return distances
    with np.errstate(over="ignore"):  # a distance beyond float64 is inf, as the difference of its points is
        return np.ldexp(distances, power)


def nearest_by_ratios(
    x: np.ndarray, rows: np.ndarray, reference: np.ndarray | None, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Euclidean distances of the points `rows` of `x` to their k nearest and the indices of those, pair by pair.

    Every pair has a scale of its own, so that points 1e-200 and 1e200 apart may stand in one set.
    """
    distances, indices = np.full((len(rows), k), np.inf), np.zeros((len(rows), k), np.int64)
    same = reference is None
    _nearest_by_ratios(x, rows, x if same else reference, same, distances, indices)
    return distances, indices


def _has_smaller(x, least):
    size = np.abs(x)
    return size.min() < least and bool(((size > 0) & (size < least)).any())


@njit(cache=True, nogil=True)
def _nearest_by_ratios(x, rows, others, same, distances, indices):
    k = distances.shape[1]
    for r in range(len(rows)):
        i = rows[r]
        for j in range(len(others)):
            if same and i == j:
                continue
            largest = 0.0
            for a in range(x.shape[1]):
                largest = max(largest, abs(x[i, a] - others[j, a]))
                if largest > distances[r, k - 1]:
                    break
            if largest > distances[r, k - 1]:
                continue
            distance = largest
            if 0.0 < largest < np.inf:
                power = math.frexp(largest)[1]
                square = 0.0
                for a in range(x.shape[1]):
                    gap = math.ldexp(x[i, a] - others[j, a], -power)
                    square += gap * gap
                distance = math.ldexp(math.sqrt(square), power)
            if distance < distances[r, k - 1]:
                at = k - 1
                while at > 0 and distances[r, at - 1] > distance:
                    distances[r, at], indices[r, at] = distances[r, at - 1], indices[r, at - 1]
                    at -= 1
                distances[r, at], indices[r, at] = distance, j
