"""Exact nearest neighbours and range counts of float64 data, the same numbers as a loop over all pairs.

One coordinate is sorted, more are put in a k-d tree, very many preselected by matrix products. `norm` is "max"
or "euclidean". Arrays are (n, d) and checked by the caller; no point is its own neighbour, and none counts itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from entropylab.kernels.kdtree.counts import count_within
from entropylab.kernels.kdtree.nearest import nearest_distances, nearest_indices
from entropylab.kernels.kdtree.traversal import workspace
from entropylab.kernels.kdtree.tree import Tree, build
from entropylab.kernels.simd.parallel import parallel_for
from entropylab.kernels.sorted_values.distances import (
    argsort_1d,
    iter_sorted_kth_distances_1d,
    kth_distances_1d,
    pad_with_infinity,
    range_counts_1d,
    sorted_kth_distances_1d,
)
from entropylab.kernels.sorted_values.mean_digammas import mean_digammas_1d
from entropylab.numerics.neighbours.brute_force import gemm_neighbours
from entropylab.numerics.neighbours.repeats import has_repeats
from entropylab.numerics.neighbours.scaling import (
    lost_squares,
    may_lose_squares,
    nearest_by_ratios,
    roots,
    with_squares,
)
from entropylab.numerics.special.digamma import mean_digamma_at_integers

Norm = Literal["max", "euclidean"]
_BLOCK = 2048
_MIN_RADII_FOR_RANKS = 8  # radii of a point from which on they are worth a table of places
_BRUTE_FORCE_COLUMNS = (
    64  # measured: the two meet at 64 coordinates and 4,000 points; at 512 the product is 2.4 times as fast
)


def kth_distances(x: np.ndarray, k: int, norm: Norm = "max") -> np.ndarray:
    """Sorted distances (n, k) from each point to its k nearest neighbours: one query answers for every k up to this."""
    if x.shape[1] == 1:
        return kth_distances_1d(x[:, 0], k)
    if norm == "euclidean":
        return _euclidean_distances(x, None, k)
    tree = build(x)
    return _distances(tree, tree, k)


def line_kth_distances(x: np.ndarray, k: int) -> tuple[np.ndarray, int]:
    """Distance (n,) of each number of x (n, 1) to its k-th neighbour, in an order of its own: enough for a mean.

    And how many of the numbers equal another.
    """
    return sorted_kth_distances_1d(x[:, 0], k)


def iter_kth_distances(x: np.ndarray, k: int, norm: Norm = "max") -> Iterator[np.ndarray]:
    """What `kth_distances` returns, in an order of its own and a few rows (b, k) at a time: enough for sums."""
    if x.shape[1] == 1:
        return iter_sorted_kth_distances_1d(x[:, 0], k)
    distances = kth_distances(x, k, norm)
    return (distances[first : first + _BLOCK] for first in range(0, len(x), _BLOCK))


def neighbour_indices(x: np.ndarray, k: int, norm: Norm = "max", reference: np.ndarray | None = None) -> np.ndarray:
    """Indices (n, k) of the k nearest neighbours, nearest first; of points at one distance, any.

    With `reference` (m, d) the neighbours are its points, and one equal to a point of `x` is at distance 0.
    """
    if norm == "max" or x.shape[1] == 1:
        return _indices(x, reference, k, False)
    given = [x] if reference is None else [x, reference]
    points, power = with_squares(*given)
    others = None if reference is None else points[1]
    if x.shape[1] >= _BRUTE_FORCE_COLUMNS:
        indices = gemm_neighbours(points[0], others, k)[1]
    else:
        indices = _indices(points[0], others, k, True)
    if may_lose_squares(power, *given):
        squares = ((points[0] - points[-1][indices[:, 0]]) ** 2).sum(1, keepdims=True)
        rows = lost_squares(squares, power, *given)
        indices[rows] = nearest_by_ratios(x, rows, reference, k)[1]
    return indices


def query(x: np.ndarray, reference: np.ndarray, k: int, norm: Norm = "max") -> np.ndarray:
    """Sorted distances (n, k) from each point of `x` to the k nearest points of `reference`, equal points included."""
    if norm == "euclidean" and x.shape[1] > 1:
        return _euclidean_distances(x, reference, k)
    return _distances(build(x), build(reference), k)


def range_counts(x: np.ndarray, radii: np.ndarray, norm: Norm = "max", strict: bool = True) -> np.ndarray:
    """How many other points are nearer to x_i than radii[i], or, not `strict`, no farther.

    `radii` (n,) gives (n,); `radii` (n, m) gives (n, m) for the price of one search.
    """
    if norm == "euclidean" and x.shape[1] > 1:
        (x, radii), _ = with_squares(x, radii)
        return _tree_counts(build(x), radii, strict, True)
    return Ranges(x).counts(radii, strict)


class Ranges:
    """Points put in order once, to count in the max norm how many of them lie within a radius of each."""

    def __init__(self, x: np.ndarray):
        self.x = x
        if x.shape[1] == 1:
            self._fenced, self._values = pad_with_infinity(len(x), 1)
            self._order = argsort_1d(x[:, 0], self._values)
        else:
            self._tree = build(x)

    def counts(self, radii: np.ndarray, strict: bool = True) -> np.ndarray:
        """As `range_counts`."""
        if self.x.shape[1] > 1:
            return _tree_counts(self._tree, radii, strict, False)
        reach = _reach(radii, strict)
        return range_counts_1d(self._fenced, self._order, reach).reshape(radii.shape)

    def mean_digammas(self, radii: np.ndarray, strict: bool = True) -> np.ndarray:
        """Mean over i of psi(c), c the points nearer to x_i than radii[i, r], itself included: (m,) for (n, m).

        Not `strict`, of psi of the other points no farther. On a line no count is ever written down.
        """
        if self.x.shape[1] == 1 and radii.shape[1] > _MIN_RADII_FOR_RANKS:
            fenced = self._fenced[: len(radii) + 2]
            means = mean_digammas_1d(fenced, self._order, _reach(radii, strict), int(strict))
            if means is not None:
                return means
        counts = self.counts(radii, strict)
        counts += strict
        return mean_digamma_at_integers(counts)

    def has_repeats(self) -> bool:
        """True if a value occurs twice in some column."""
        if self.x.shape[1] > 1:
            return any(has_repeats(column) for column in self.x.T)
        return bool((self._values[1:] == self._values[:-1]).any())


def _euclidean_distances(x, reference, k):
    same = reference is None
    given = [x] if same else [x, reference]
    points, power = with_squares(*given)
    if x.shape[1] >= _BRUTE_FORCE_COLUMNS:
        squares = gemm_neighbours(points[0], None if same else points[1], k)[0]
    else:
        queries = build(points[0])
        squares = _distances(queries, queries if same else build(points[1]), k, True)
    rows = lost_squares(squares, power, *given)
    distances = roots(squares, power)
    if len(rows):
        distances[rows] = nearest_by_ratios(x, rows, reference, k)[0]
    return distances


def _distances(queries: Tree, tree: Tree, k: int, euclid: bool = False) -> np.ndarray:
    """Sorted distances, in the Euclidean norm their squares."""
    out = np.empty((queries.points, k))
    same = queries is tree
    rows = (k + 3) // 4 * 4
    parallel_for(
        lambda first, last: nearest_distances(first, last, queries, tree, same, k, euclid, out, workspace(rows)),
        len(queries.node), _min_leaves_per_thread(tree.dimensions),
    )  # fmt: skip
    return out


def _indices(x, reference, k, euclid):
    queries = build(x)
    tree = queries if reference is None else build(reference)
    out = np.empty((len(x), k), np.int64)
    same = reference is None
    parallel_for(
        lambda first, last: nearest_indices(first, last, queries, tree, same, k, euclid, out, workspace(k)),
        len(queries.node), _min_leaves_per_thread(x.shape[1]),
    )  # fmt: skip
    return out


def _reach(radii: np.ndarray, strict: bool) -> np.ndarray:
    """The radii (n, m) that strict counts need: no farther than r is nearer than the next number after r."""
    several = np.ascontiguousarray(radii if radii.ndim == 2 else radii[:, None])
    return several if strict else np.nextafter(several, np.inf)


def _tree_counts(tree: Tree, radii: np.ndarray, strict: bool, euclid: bool) -> np.ndarray:
    several = _reach(radii, strict)
    out = np.empty(several.shape, np.int64)
    reach = _thresholds(several) if euclid else several
    parallel_for(
        lambda first, last: count_within(first, last, tree, reach, euclid, out, workspace(several.shape[1])),
        len(tree.node), _min_leaves_per_thread(tree.dimensions),
    )  # fmt: skip
    out -= several > 0  # a point lies within every radius above zero of itself
    return out.reshape(radii.shape)


def _thresholds(radii: np.ndarray) -> np.ndarray:
    """The smallest t with sqrt(t) >= r, so that t compares with a square as r does with its rounded root."""
    t = np.where(radii > 0, radii * radii, 0.0)
    while (low := np.sqrt(t) < radii).any():
        t[low] = np.nextafter(t[low], np.inf)
    while (high := np.sqrt(np.nextafter(t, 0)) >= radii).any() and (high & (t > 0)).any():
        t[high] = np.nextafter(t[high], 0)
    return t


def _min_leaves_per_thread(d: int) -> int:
    """Leaves a core should get before it is worth waking: more coordinates, fewer leaves ruled out, more work each."""
    return max(4, 1024 >> d)
