"""Exact Euclidean neighbours of points with many coordinates: a matrix product preselects, differences decide.

In many dimensions no box rules anything out, and |x|^2 + |y|^2 - 2 x.y needs half the arithmetic of differences
and runs at the speed of matrix multiplication. It also rounds: close pairs far from the origin can come out at
distance 0. So it only tells who may be among the k nearest, with a margin that covers its rounding, and the
distances that are returned are sums of squared differences.
"""

from __future__ import annotations

import numpy as np

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.ops import F64_LANES, add, any_lt, broadcast, data_pointer, load

_ROWS, _COLUMNS = 128, 2048  # a tile of products: 2 MB
_EXTRA_CANDIDATES = 64  # candidates held beyond k before they are measured


def gemm_neighbours(x: np.ndarray, reference: np.ndarray | None, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Squared distances (n, k) to the k nearest points and their indices, nearest first.

    Without `reference` they are sought in `x`, and no point is its own neighbour.
    """
    same = reference is None
    others = x if same else reference
    centre = others.mean(0)  # far from the origin the product would have no digits left for the distance
    moved, moved_others = x - centre, others - centre
    squares, other_squares = (moved**2).sum(1), (moved_others**2).sum(1)
    # Dot products, squares and the centring each err by about d rounding units of |x|^2 + |y|^2.
    # Where the centre is the only point there is nothing to round, yet a bound has to lie above what it admits.
    margins = 8 * (x.shape[1] + 8) * np.finfo(float).eps * (squares + other_squares.max()) + np.finfo(float).tiny
    distances, indices = np.full((len(x), k), np.inf), np.zeros((len(x), k), np.int64)
    found = _Candidates(k)
    for row in range(0, len(x), _ROWS):
        rows = slice(row, min(row + _ROWS, len(x)))
        left = -2 * moved[rows]
        found.clear()
        for column in range(0, len(others), _COLUMNS):
            columns = slice(column, min(column + _COLUMNS, len(others)))
            tile = found.products[: len(left) * len(other_squares[columns])].reshape(len(left), -1)
            np.matmul(left, moved_others[columns].T, out=tile)
            _filter(
                tile, other_squares[columns], margins[rows], row, column, same, x, others,
                found.nearest, found.listed, found.values, found.counts, distances[rows], indices[rows],
            )  # fmt: skip
        _refine_all(row, x, others, found.listed, found.values, found.nearest, margins[rows], found.counts,
                     distances[rows], indices[rows])  # fmt: skip
    return distances, indices


class _Candidates:
    """What is known of one block of rows: the k smallest products, and the candidates not measured yet."""

    def __init__(self, k: int):
        self.products = np.empty(_ROWS * _COLUMNS)  # one room for all tiles: fresh memory costs as much as the product
        self.nearest = np.empty((_ROWS, k))
        self.listed = np.empty((_ROWS, k + _EXTRA_CANDIDATES), np.int64)
        self.values = np.empty((_ROWS, k + _EXTRA_CANDIDATES))
        self.counts = np.empty(_ROWS, np.int64)

    def clear(self):
        self.nearest[:] = np.inf
        self.counts[:] = 0


@njit(cache=True, nogil=True)
def _filter(tile, squares, margins, row, column, same, x, others, nearest, listed, values, counts, distances, indices):
    """List the points whose product lies within the margin of the k-th smallest seen so far."""
    k = nearest.shape[1]
    width = tile.shape[1]
    products, norms = data_pointer(tile), data_pointer(squares)
    for i in range(len(tile)):
        own = row + i - column if same else -1
        bound = nearest[i, k - 1] + margins[i]
        for first in range(0, width, F64_LANES):
            last = min(first + F64_LANES, width)
            if last - first == F64_LANES and not any_lt(
                add(load(products, i * width + first), load(norms, first)), broadcast(bound)
            ):
                continue
            for j in range(first, last):
                value = tile[i, j] + squares[j]
                if value < bound and j != own:
                    _insert(nearest[i], value)
                    bound = nearest[i, k - 1] + margins[i]
                    if counts[i] == listed.shape[1]:
                        _refine(row + i, x, others, listed[i], values[i], bound, counts[i], distances[i], indices[i])
                        counts[i] = 0
                    listed[i, counts[i]] = column + j
                    values[i, counts[i]] = value
                    counts[i] += 1


@njit(cache=True, nogil=True)
def _refine_all(row, x, others, listed, values, nearest, margins, counts, distances, indices):
    for i in range(len(distances)):
        bound = nearest[i, -1] + margins[i]
        _refine(row + i, x, others, listed[i], values[i], bound, counts[i], distances[i], indices[i])


@njit(cache=True, nogil=True)
def _refine(point, x, others, listed, values, bound, count, distances, indices):
    """Sort the listed points that may still count into the neighbours, by sums of squared differences."""
    k = len(distances)
    for c in range(count):
        if not values[c] < bound:
            continue
        square = 0.0
        for a in range(x.shape[1]):
            gap = x[point, a] - others[listed[c], a]
            square += gap * gap
        if square < distances[k - 1]:
            at = _insert(distances, square)
            for b in range(k - 1, at, -1):
                indices[b] = indices[b - 1]
            indices[at] = listed[c]


@njit(cache=True, nogil=True)
def _insert(sorted_values, value):
    """Put `value` in its place among the sorted values, the last one falling out; returns the place, if any."""
    at = len(sorted_values) - 1
    if not value < sorted_values[at]:
        return at
    while at > 0 and sorted_values[at - 1] > value:
        sorted_values[at] = sorted_values[at - 1]
        at -= 1
    sorted_values[at] = value
    return at
