"""Exact nearest neighbours and range counts of float64 data, the same numbers as a loop over all pairs.

One coordinate is sorted, more are put in a k-d tree, very many preselected by matrix products. `norm` is "max"
or "euclidean". Arrays are (n, d) and checked by the caller; no point is its own neighbour, and none counts itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from entropylab.numerics.digamma import mean_digamma_of
from entropylab.numerics.kdtree import Tree, plant
from entropylab.numerics.kdtree_counts import count_nearer
from entropylab.numerics.kdtree_nearest import nearest, nearest_points
from entropylab.numerics.kdtree_walk import scratch
from entropylab.numerics.sorted_line import (
    fence,
    line_counts,
    line_distances,
    ordered,
    sorted_line_blocks,
    sorted_line_distances,
)
from entropylab.numerics.sorted_line_digammas import line_mean_digammas
from entropylab.numerics.threads import share
from entropylab.numerics.wide_points import wide_neighbours

Norm = Literal["max", "euclidean"]
_BLOCK = 2048
_MANY = 8  # radii of a point from which on they are worth a table of places
_WIDE = 64  # measured: the two meet at 64 coordinates and 4,000 points; at 512 the product is 2.4 times as fast


def kth_distances(x: np.ndarray, k: int, norm: Norm = "max") -> np.ndarray:
    """Sorted distances (n, k) from each point to its k nearest neighbours: one query answers for every k up to this."""
    if x.shape[1] == 1:
        return line_distances(x[:, 0], k)
    if _is_wide(x, norm):
        return np.sqrt(wide_neighbours(x, None, k)[0])
    tree = plant(x)
    return _distances(tree, tree, k, norm)


def kth_distances_in_any_order(x: np.ndarray, k: int, norm: Norm = "max") -> np.ndarray:
    """Distance (n,) of each point to its k-th neighbour, in an order of its own: enough for a mean, and faster."""
    if x.shape[1] == 1:
        return sorted_line_distances(x[:, 0], k)
    return kth_distances(x, k, norm)[:, -1]


def kth_distance_blocks(x: np.ndarray, k: int, norm: Norm = "max") -> Iterator[np.ndarray]:
    """What `kth_distances` returns, in an order of its own and a few rows (b, k) at a time: enough for sums."""
    if x.shape[1] == 1:
        return sorted_line_blocks(x[:, 0], k)
    distances = kth_distances(x, k, norm)
    return (distances[first : first + _BLOCK] for first in range(0, len(x), _BLOCK))


def neighbour_indices(x: np.ndarray, k: int, norm: Norm = "max", reference: np.ndarray | None = None) -> np.ndarray:
    """Indices (n, k) of the k nearest neighbours, nearest first; of points at one distance, any.

    With `reference` (m, d) the neighbours are its points, and one equal to a point of `x` is at distance 0.
    """
    if _is_wide(x, norm):
        return wide_neighbours(x, reference, k)[1]
    queries = plant(x)
    tree = queries if reference is None else plant(reference)
    out = np.empty((len(x), k), np.int64)
    same, euclid = reference is None, norm == "euclidean"
    share(
        lambda first, last: nearest_points(first, last, queries, tree, same, k, euclid, out, scratch(k)),
        len(queries.node), _worthwhile(x.shape[1]),
    )  # fmt: skip
    return out


def query(x: np.ndarray, reference: np.ndarray, k: int, norm: Norm = "max") -> np.ndarray:
    """Sorted distances (n, k) from each point of `x` to the k nearest points of `reference`, equal points included."""
    if _is_wide(x, norm):
        return np.sqrt(wide_neighbours(x, reference, k)[0])
    return _distances(plant(x), plant(reference), k, norm)


def range_counts(x: np.ndarray, radii: np.ndarray, norm: Norm = "max", strict: bool = True) -> np.ndarray:
    """How many other points are nearer to x_i than radii[i], or, not `strict`, no farther.

    `radii` (n,) gives (n,); `radii` (n, m) gives (n, m) for the price of one search.
    """
    several = np.ascontiguousarray(radii if radii.ndim == 2 else radii[:, None])
    if not strict:
        several = np.nextafter(several, np.inf)  # no farther than r is nearer than the next number after r
    if x.shape[1] == 1:
        out = line_counts(x[:, 0], several)
    else:
        out = _tree_counts(x, several, norm == "euclidean")
    return out.reshape(radii.shape)


def mean_digammas(x: np.ndarray, radii: np.ndarray, strict: bool = True) -> np.ndarray:
    """Mean over i of psi(c), c the points nearer to x_i than radii[i, r], itself included: (m,) for `radii` (n, m).

    Not `strict`, of psi of the other points no farther. On a line no count is ever written down.
    """
    if x.shape[1] == 1 and radii.shape[1] > _MANY:
        reach = radii if strict else np.nextafter(radii, np.inf)
        room, values = fence(len(x), 1)
        order = ordered(x[:, 0], values)
        means = line_mean_digammas(room[: len(x) + 2], order, reach, int(strict))
        if means is not None:
            return means
    counts = range_counts(x, radii, strict=strict)
    counts += strict
    return mean_digamma_of(counts)


def _distances(queries: Tree, tree: Tree, k: int, norm: Norm) -> np.ndarray:
    out = np.empty((queries.points, k))
    same, euclid = queries is tree, norm == "euclidean"
    rows = (k + 3) // 4 * 4
    share(
        lambda first, last: nearest(first, last, queries, tree, same, k, euclid, out, scratch(rows)),
        len(queries.node), _worthwhile(tree.dimensions),
    )  # fmt: skip
    return np.sqrt(out, out=out) if euclid else out


def _tree_counts(x: np.ndarray, radii: np.ndarray, euclid: bool) -> np.ndarray:
    tree = plant(x)
    out = np.empty(radii.shape, np.int64)
    reach = _thresholds(radii) if euclid else radii
    share(
        lambda first, last: count_nearer(first, last, tree, reach, euclid, out, scratch(radii.shape[1])),
        len(tree.node), _worthwhile(x.shape[1]),
    )  # fmt: skip
    return out - (radii > 0)  # a point lies within every radius above zero of itself


def _thresholds(radii: np.ndarray) -> np.ndarray:
    """The smallest t with sqrt(t) >= r, so that t compares with a square as r does with its rounded root."""
    t = radii * radii
    while (low := np.sqrt(t) < radii).any():
        t[low] = np.nextafter(t[low], np.inf)
    while (high := np.sqrt(np.nextafter(t, 0)) >= radii).any() and (high & (t > 0)).any():
        t[high] = np.nextafter(t[high], 0)
    return t


def _is_wide(x: np.ndarray, norm: Norm) -> bool:
    """True where a matrix product finds candidates faster than boxes and differences; the max norm has no product."""
    return norm == "euclidean" and x.shape[1] >= _WIDE


def _worthwhile(d: int) -> int:
    """Leaves a core should get before it is worth waking: more coordinates, fewer leaves ruled out, more work each."""
    return max(4, 1024 >> d)
