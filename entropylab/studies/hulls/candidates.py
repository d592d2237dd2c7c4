"""Candidates for timing: the lab's geometry, other libraries, and both after sorting first (Shihab et al. 2025)."""

from __future__ import annotations

import importlib
from bisect import bisect_left
from collections.abc import Callable
from functools import cache

import numpy as np
from scipy.spatial import ConvexHull, Delaunay

from entropylab.geometry import (
    chan_hull,
    convex_hull,
    delaunay,
    entropy_bounded_hull,
    maxima,
    monotone_chain,
    quickhull,
)

TASKS = ("hull", "Delaunay", "maxima 2-D", "maxima 3-D")
MAX_FRESH_POINTS = 2000  # up to so many points every round draws new ones: caches flatter a second look at the same
MOST = 7  # candidates beside the baseline, its copy included
_PIVOTS = 32


def dimension(work: str) -> int:
    """Coordinates of the points that a work takes."""
    return 3 if work == "maxima 3-D" else 2


@cache
def timing_candidates(work: str) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """What does the work, by name: the peer first, which is the baseline, then what is held against it.

    Every one returns indices: of corners, of the corners of triangles, of maxima. Pareto maxima have a package for a
    peer where it is installed (moocore), and else the plain twin below; SciPy brings Qhull for the others.
    """
    if work == "hull":
        return {
            "Qhull": lambda x: ConvexHull(x).vertices, "adaptive": convex_hull, "quickhull": quickhull,
            "chain": monotone_chain, "bounded": entropy_bounded_hull, "Chan": chan_hull,
            "sort, Chan": lambda x: (order := np.argsort(x[:, 0]))[chan_hull(x[order])],
        }  # fmt: skip
    if work == "Delaunay":
        qhull = lambda x: Delaunay(x).simplices  # noqa: E731
        return {
            "Qhull": qhull,
            "sweep": delaunay,
            "sort, Qhull": lambda x: (order := np.argsort(x[:, 0]))[qhull(x[order])],
        }
    return {**_packages(), "NumPy": reference_maxima, "filter": maxima}


def _packages() -> dict[str, Callable]:
    try:
        moocore = importlib.import_module("moocore")
    except ImportError:
        return {}
    return {"moocore": lambda x: np.flatnonzero(moocore.is_nondominated(x, maximise=True, keep_weakly=True))}


def reference_maxima(x: np.ndarray) -> np.ndarray:
    """Indices, ascending, of the Pareto maxima in two or three dimensions, by NumPy and a sorted list: a slow twin.

    The points of largest sum drop what they beat, one after the other; a staircase of the first two coordinates, kept
    while the last one falls, settles the rest (Kung, Luccio and Preparata, 1975).
    """
    left = np.arange(len(x))
    for _ in range(_PIVOTS):
        rest = x[left]
        best = rest[rest.sum(1).argmax()]
        kept = ~((rest <= best).all(1) & (rest < best).any(1))
        if kept.mean() > 0.99:
            break
        left = left[kept]
    order = left[np.lexsort(x[left].T)[::-1]]  # the last coordinate falls, then the one before
    rows = np.column_stack([np.zeros(len(order)), x[order]])[:, -3:] if x.shape[1] == 2 else x[order]
    found: list[int] = []
    across: list[float] = []  # minus the first coordinates of the staircase, and the second ones, which fall with them
    heights: list[float] = []
    last, new = None, False
    for i, (a, b, c) in zip(order.tolist(), rows.tolist(), strict=True):
        if (a, b, c) != last:
            last, at = (a, b, c), bisect_left(across, -a)
            same = at < len(across) and across[at] == -a
            reach = heights[at] if same else heights[at - 1] if at else -np.inf
            new = b > reach
            if new:
                end = at
                while end < len(heights) and heights[end] <= b:
                    end += 1
                across[at:end], heights[at:end] = [-a], [b]
        if new:
            found.append(i)
    return np.sort(np.array(found, np.int64))


def count_differences(work: str, x: np.ndarray, found: np.ndarray, exact: np.ndarray) -> float:
    """How many corners, triangles or maxima are in one of two results and not in the other; copies count once.

    Of triangles NaN for more points than their corners can be numbered together. Points on one circle have several
    Delaunay triangulations: there triangles may differ and both be right.
    """
    if work == "Delaunay":
        if len(x) > 2_000_000:
            return np.nan
        one, other = (_numbered(np.sort(t.astype(np.int64), axis=1), len(x)) for t in (found, exact))
    else:
        one, other = (np.unique(x[indices], axis=0).view([("", x.dtype)] * x.shape[1]) for indices in (found, exact))
    return float(len(np.setxor1d(one, other)))


def _numbered(triangles, n):
    return (triangles[:, 0] * n + triangles[:, 1]) * n + triangles[:, 2]


def instances(draw: Callable[[int], np.ndarray]) -> Callable[[int], np.ndarray]:
    """A copy of the points of a round: the same for all candidates, and new ones each round where they are few."""
    held: dict[int, np.ndarray] = {}

    def instance(i: int) -> np.ndarray:
        if 0 not in held:
            held[0] = draw(0)
        if len(held[0]) > MAX_FRESH_POINTS:
            return held[0].copy()  # no candidate meets what another has left in the cache
        if i not in held:
            first = held[0]
            held.clear()
            held[0], held[i] = first, draw(i)
        return held[i].copy()

    return instance
