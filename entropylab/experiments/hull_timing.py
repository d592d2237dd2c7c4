"""Speedups that are true: turns in random order, a copy of the baseline as control, fresh points where they are few."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

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

TASKS = ("hull", "Delaunay", "maxima")
FRESH = 2000  # up to so many points every round draws new ones: caches flatter a second look at the same
ROUNDS = 15  # at least so many; 4 and 12 in order are then a 96 % interval of the median


def _sorted(points):
    """The seed's heuristic: sort by the first coordinate before, the sort included in the time."""
    return points[np.argsort(points[:, 0])]


def _scan(points):
    """Maxima in NumPy: a lexicographic sort and a running maximum."""
    order = np.lexsort((points[:, 0], points[:, 1]))[::-1]
    best = np.maximum.accumulate(points[order, 0])
    return order[points[order, 0] > np.concatenate([[-np.inf], best[:-1]])]


PEERS: dict[str, tuple[str, Callable]] = {
    "hull": ("Qhull", lambda x: ConvexHull(x).vertices),
    "Delaunay": ("Qhull", lambda x: Delaunay(x).simplices),
    "maxima": ("NumPy", _scan),
}
ARMS: dict[str, dict[str, Callable]] = {
    "hull": {
        "adaptive": convex_hull,
        "quickhull": quickhull,
        "chain": monotone_chain,
        "bounded": entropy_bounded_hull,
        "Chan": chan_hull,
        "sort, Chan": lambda x: chan_hull(_sorted(x)),
    },
    "Delaunay": {"sweep": delaunay, "sort, Qhull": lambda x: Delaunay(_sorted(x)).simplices},
    "maxima": {"filter": maxima},
}
MOST = max(len(arms) for arms in ARMS.values()) + 1


@dataclass
class Race:
    """Seconds of every arm in every round so far; row 0 is the baseline, row 1 its identical copy."""

    names: tuple[str, ...]
    seconds: np.ndarray

    def ratios(self) -> np.ndarray:
        """Median over rounds of baseline over arm, and its interval from order statistics (arms, 3): copy first."""
        times = self.seconds[:, np.isfinite(self.seconds).all(0)]
        found = np.full((len(self.names) - 1, 3), np.nan)
        rounds = times.shape[1]
        if rounds < 6:  # fewer have no 96 % interval
            return found
        ranked = np.sort(times[0] / times[1:], axis=1)
        spread = int(np.floor((rounds - 2.06 * np.sqrt(rounds)) / 2))  # normal approximation to the sign test
        low, high = max(spread, 0), rounds - 1 - max(spread, 0)
        return np.stack([np.median(ranked, axis=1), ranked[:, low], ranked[:, high]], axis=1)


def race(task: str, draw: Callable[[int], np.ndarray], rounds: int, seed: int) -> Iterator[tuple[float, Race]]:
    """The share of the rounds done, and their times so far. `draw(r)` makes the points of round r."""
    peer, baseline = PEERS[task]
    arms = {peer: baseline, f"{peer} again": baseline, **ARMS[task]}
    state = Race(tuple(arms), np.full((len(arms), rounds), np.nan))
    points = draw(0)
    for run in arms.values():
        run(points.copy())  # compiled and warm before the clock runs
    order = np.random.default_rng(seed)
    for r in range(rounds):
        if len(points) <= FRESH:
            points = draw(r)
        for i in order.permutation(len(arms)):
            run = list(arms.values())[i]
            given = points.copy()  # a fresh instance: no arm meets what another has left in the cache
            start = time.perf_counter()
            run(given)
            state.seconds[i, r] = time.perf_counter() - start
            yield (r + (i + 1) / len(arms) / 2) / rounds * 0.999, state
    yield 1.0, state
