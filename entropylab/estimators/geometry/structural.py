"""The entropies that instance-optimal algorithms follow: of a sequence's runs, of a staircase, of a convex hull."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from entropylab.estimators.card import estimator
from entropylab.estimators.geometry.exact_small_sets import exact_hull_entropy
from entropylab.geometry.exact.planar import as_planar_points
from entropylab.geometry.hulls.filtered import convex_hull
from entropylab.geometry.hulls.triangulation import (
    cheapest_triangulation,
    farthest_corners,
    max_points_in_triangle,
    outside,
    strictly_outside,
)
from entropylab.geometry.pareto.maxima_front import maxima
from entropylab.geometry.pareto.staircase import greedy_sizes, least_entropy_assignment
from entropylab.numerics.validation import check

__all__ = ["run_entropy", "maxima_entropy", "hull_entropy_interval", "EntropyInterval"]

MAX_EXACT_POINTS = 13  # points for which every partition can be looked at
_LONGEST = 1024  # maxima in one piece of a staircase: a second of work
_TESTS = 2e7  # points held against chords


class EntropyInterval(NamedTuple):
    """Two numbers in nats between which an entropy certainly lies."""

    lower: float
    upper: float


def run_entropy(sequence: ArrayLike) -> float:
    """Entropy in nats of the lengths of the monotone runs of a sequence: 0 when sorted, near ln(n / 2.4) when shuffled.

    Parameters
    ----------
    sequence : array_like, shape (n,) or (n, d)
        Numbers, or rows that are compared lexicographically.

    Returns
    -------
    float
        -sum_r (l_r / n) ln(l_r / n) in nats.

    Raises
    ------
    ValueError
        For a wrong shape, an empty sequence, NaN.

    Notes
    -----
    The runs are maximal, found from the left, and never fall or strictly fall: those that a merge sort merges in n (1 +
    H) steps.

    References
    ----------
    Barbay and Navarro (2013). On compressing permutations and adaptive sorting. Theoretical Computer Science 513.

    Examples
    --------
    >>> import math
    >>> import entropylab as lab
    >>> lab.run_entropy([1, 2, 3, 1, 2, 3]) == math.log(2)
    True
    """
    x = check.as_numpy_samples("sequence", sequence, minimum=1)
    n = len(x)
    step = np.zeros(n - 1)
    for column in x.T[::-1]:  # an earlier column decides before a later one
        change = np.sign(np.diff(column))
        step = np.where(change != 0, change, step)
    falls = step < 0
    lengths = []
    start = 0
    turns = np.flatnonzero(falls[1:] != falls[:-1]) + 1 if n > 2 else np.empty(0, int)
    turns = np.append(turns, n - 1)
    while start < n:
        if start == n - 1:
            end = n
        else:
            end = int(turns[np.searchsorted(turns, start, side="right")]) + 1
        lengths.append(end - start)
        start = end
    return _entropy(np.array(lengths), n)


@estimator(
    quantity="structural entropy",
    takes="points",
    formula=r"H = \min_{i \mapsto m(i) \succeq i} \sum_m \frac{c_m}{n} \ln \frac{n}{c_m}",
    reference="afshani2017",
    bias="none for these points in the plane; up, by at most 1 nat, in more dimensions or for long staircases",
    cost="n log n + h^3; n h d beyond the plane",
    differentiable=False,
    kind="host",
    law="invariant",
    aliases=("staircase entropy",),
)
def maxima_entropy(points: ArrayLike) -> float:
    """Least entropy in nats of assigning every point to a Pareto maximum that dominates it; larger is better.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Points.

    Returns
    -------
    float
        The entropy in nats: 0 where one point dominates all, ln n where all are maxima.

    Raises
    ------
    ValueError
        For a wrong shape, no points, NaN.

    Warns
    -----
    EstimateWarning
        In the plane, where a long staircase is assigned greedily.

    Notes
    -----
    It is the cost of finding the maxima beyond n. A class is a maximum with the points assigned to it, in the box below
    it. Exact in the plane, by a dynamic program over the staircase; a piece of it longer than 1024 maxima, and any
    other dimension, is done greedily, largest class first (Cardinal, Fiorini and Joret, 2012): an upper bound, at most
    1 nat above.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.maxima_entropy([[3, 3], [1, 2], [2, 1], [0, 0]])
    0.0
    """
    x = check.as_numpy_samples("points", points, minimum=1)
    n, d = x.shape
    front = maxima(x)
    _, first = np.unique(x[front], axis=0, return_index=True)
    front = front[first]  # one of equal maxima; in the plane sorted by x, so from the top down
    if d != 2:
        return _entropy(greedy_sizes(x, front), n)
    rest = np.delete(np.arange(n), front)
    low = np.searchsorted(x[front, 0], x[rest, 0], side="left")
    high = len(front) - 1 - np.searchsorted(x[front[::-1], 1], x[rest, 1], side="left")
    joined = np.zeros(len(front) + 1, int)  # how many points may go to both neighbours of a gap
    np.add.at(joined, low, 1)
    np.add.at(joined, high, -1)
    ends = np.append(np.flatnonzero(np.cumsum(joined)[: len(front) - 1] == 0) + 1, len(front))
    total, start = 0.0, 0
    piece = np.searchsorted(ends, low, side="right")
    for k, end in enumerate(ends):
        here = piece == k
        h = int(end - start)
        if h == 1:
            c = 1 + int(here.sum())
            total += c / n * math.log(n / c)
        elif h <= _LONGEST:
            total += least_entropy_assignment(low[here] - start, high[here] - start, h, n)
        else:
            check.warn(
                f"{h} maxima hang together, more than the {_LONGEST} that are done exactly: the entropy is an upper "
                "bound, at most 1 nat above."
            )
            chosen = np.concatenate([front[start:end], rest[here]])
            sizes = greedy_sizes(x[chosen], np.arange(h))
            total += float(np.sum(sizes / n * np.log(n / sizes)))
        start = end
    return float(total)


def hull_entropy_interval(points: ArrayLike) -> EntropyInterval:
    """Lower and upper bound in nats of the structural entropy of a convex hull: the cost of finding it beyond n.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        Points of the plane.

    Returns
    -------
    EntropyInterval
        `lower` and `upper` in nats.

    Raises
    ------
    ValueError
        For a wrong shape, no points, NaN.

    Notes
    -----
    The least entropy of a partition into classes that each lie in a triangle inside the hull, or are single points: 0
    for a triangle full of points, ln(n / 3) for n points on a circle. For up to 13 points every partition is examined
    and the two are equal, except where a triangle fits so tightly that rounding hides whether it does, or a distance of
    points or the width of the hull is below 1e-6 of its size even once the axes are scaled to each other. Beyond:
    lower, from two facts that limit the largest classes (a triangle holds at most three corners of the hull; no
    triangle inside it holds more than the most that three arcs of its boundary enclose); upper, the best triangulation
    of the hull's main corners, or classes of three.

    References
    ----------
    Afshani, Barbay and Chan (2017). Instance-optimal geometric algorithms. Journal of the ACM 64.

    Examples
    --------
    A triangle with a point inside is one class:

    >>> import entropylab as lab
    >>> lab.hull_entropy_interval([[0, 0], [4, 0], [0, 4], [1, 1]]).upper
    0.0
    """
    x = given = as_planar_points("points", points)
    n = len(x)
    hull = convex_hull(x)
    h = len(hull)
    if h <= 3:
        return EntropyInterval(0.0, 0.0)  # all lie in one triangle, or on one segment
    x = np.ldexp(x, -math.frexp(np.abs(x).max())[1])  # below 1: no difference overflows
    x = _rounder(x, hull)
    ring = x[hull]
    size = np.abs(ring - ring[0]).max()
    ring, x = (ring - ring[0]) / size, (x - x[hull[0]]) / size  # counts beyond chords survive: margins allow for it
    if n <= MAX_EXACT_POINTS:
        return EntropyInterval(*exact_hull_entropy(x, given, hull))
    chords = _TESTS / n
    arcs = _boundary(ring, int(np.clip(math.sqrt(2 * chords), 8, 96)))
    most = int(max_points_in_triangle(strictly_outside(x, arcs, 1e-12), n))
    lower = _entropy(_largest_classes(n, h, most), n)
    corners = ring[farthest_corners(ring, int(np.clip(math.sqrt(2 * chords), 6, 64)))]
    upper = _entropy(_triples(n), n)
    if len(convex_hull(x)) == h:  # else distances are so unequal that rounding has moved points across chords
        upper = min(upper, float(cheapest_triangulation(outside(x, corners), n)))
    return EntropyInterval(lower, max(lower, upper))


def _rounder(x: np.ndarray, hull: np.ndarray) -> np.ndarray:
    """`x` with the shorter axis stretched by a power of two where its hull is flatter than 2^40: triangles stay so."""
    powers = np.frexp(np.ptp(x[hull], axis=0))[1]
    return np.ldexp(x, powers.max() - powers) if abs(powers[0] - powers[1]) > 40 else x


def _largest_classes(n: int, h: int, most: int) -> np.ndarray:
    """Class sizes no partition is more uneven than: j classes hold at most j `most`, and n - h + 3 j points."""
    j = np.arange(1, max(2, -(-h // 3) + 1, -(-n // max(most, 1)) + 1))
    return np.diff(np.minimum(np.minimum(j * most, n - h + 3 * j), n), prepend=0)


def _triples(n: int) -> np.ndarray:
    return np.array([3] * (n // 3) + ([n % 3] if n % 3 else []))


def _boundary(ring: np.ndarray, m: int) -> np.ndarray:
    """About m places along a convex ring, its main corners among them, none far from the next."""
    corners = ring[farthest_corners(ring, m // 2)]
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    pieces = np.maximum(1, np.round(sides / sides.sum() * m).astype(int))
    places = []
    for a, b, count in zip(corners, np.roll(corners, -1, axis=0), pieces, strict=True):
        places += [a + (b - a) * t / count for t in range(count)]
    return np.array(places)


def _entropy(sizes: np.ndarray, n: int) -> float:
    """-sum (c / n) ln(c / n)."""
    sizes = sizes[sizes > 0]
    return float(np.sum(sizes / n * np.log(n / sizes))) + 0.0
