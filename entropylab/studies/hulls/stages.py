"""Hulls: what the structure of the points makes them cost, counted, and, when asked, measured by a fair clock."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import xarray as xr
from scipy.spatial import ConvexHull

from entropylab.estimators.geometry.structural import hull_entropy_interval, maxima_entropy, run_entropy
from entropylab.estimators.geometry.triangle import triangle_entropy
from entropylab.estimators.partitions.ball import ball_partition
from entropylab.estimators.partitions.cells import choose_anchors
from entropylab.geometry import (
    chan_hull,
    convex_hull,
    entropy_bounded_hull,
    hull_area,
    hull_survivors,
    monotone_chain,
    quickhull,
)
from entropylab.knobs import SEED, Knob, knob
from entropylab.problems.points.sets import POINT_SETS, REAL_POINT_SETS, point_set
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import stage
from entropylab.studies.core.progress import report_progress
from entropylab.studies.core.question import Question
from entropylab.studies.core.timing import ROUNDS
from entropylab.studies.hulls.candidates import TASKS, dimension
from entropylab.studies.hulls.published import TABLES

SHOWN = 1500  # points of the picture
RING = 600  # corners of the picture's hull
KEPT = 800  # survivors of the filter in the picture
GROWTH = (100, 300, 1000, 3000, 10_000, 30_000)
COUNTED = {
    "adaptive": convex_hull, "quickhull": quickhull, "chain": monotone_chain, "bounded": entropy_bounded_hull,
    "Chan": chan_hull,
}  # fmt: skip
MIXED = (0.02, 0.05, 0.1, 0.25, 0.5, 0.75)  # share of a disk's points that are moved to its circle
SETS = tuple(name for name in POINT_SETS if name != "grid") + tuple(f"{share:.0%} on circle" for share in MIXED)
SET_SIZE = 3000
ANCHORS, SHARPNESS = 16, 10.0  # Shihab et al.'s choice
EDGE = 0.01  # temperature of H_tri


@dataclass(frozen=True, repr=False)
class Hulls(Question):
    """Which points, and what is done with them."""

    data: str = knob(Knob("S", "Where the points come from.", "disk", stops=POINT_SETS + REAL_POINT_SETS))
    samples: int = knob(
        Knob(
            "n",
            "Points; ten million where one types them.",
            10_000,
            30,
            10_000_000,
            stops=(30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000),
        )  # fmt: skip
    )
    work: str = knob(Knob("A", "What the points are for: what the clocks compare.", "hull", stops=TASKS))
    clock: bool = knob(
        Knob("c", "Let the clock run: times are of this machine and this minute, and differ each time.", False)
    )
    rounds: int = knob(Knob("r", "Rounds of the clock.", ROUNDS, stops=(15, 31, 101)))
    network: bool = knob(
        Knob("f", "Train EntropyNet and the baselines of one table of Shihab et al., and time the work.",
             False)
    )  # fmt: skip
    table: str = knob(Knob("t", "Which of Shihab et al.'s tables.", "baselines (tables 2, 16)", stops=tuple(TABLES)))
    landscape: bool = knob(
        Knob(r"k, \alpha", "Train and clock twenty networks, over anchors and sharpness: a minute or two.", False)
    )
    seed: int = knob(SEED)


POINTS = ("data", "samples", "seed")


@lru_cache(maxsize=4)
def _points(data, samples, seed):
    points = point_set(data, samples, seed)
    points.flags.writeable = False
    return points


@stage(*POINTS)
def shape(knobs) -> xr.Dataset:
    """The points, their hull, what the filter leaves, and how much structure there is."""
    x = _points(*knobs)
    n = len(x)
    hull = convex_hull(x)
    left, corners = hull_survivors(x)
    lower, upper = hull_entropy_interval(x)
    shown = np.linspace(0, n - 1, min(n, SHOWN)).round().astype(int)
    kept = left[np.linspace(0, len(left) - 1, min(len(left), KEPT)).round().astype(int)]
    ring = hull[np.linspace(0, len(hull) - 1, min(len(hull), RING)).round().astype(int)]
    try:
        theirs = ConvexHull(x).vertices if n >= 3 else hull
        missed = len(np.setdiff1d(hull, theirs))
    except Exception:  # Qhull refuses flat points
        missed = np.nan
    return xr.Dataset(
        {
            "corners": ((), len(hull), attributes("corners of the hull")),
            "left_share": ((), len(left) / n, attributes("share of the points that the filter leaves")),
            "hull_lower": ((), lower, entropy_attributes("structural entropy of the hull, at least")),
            "hull_upper": ((), upper, entropy_attributes("structural entropy of the hull, at most")),
            "runs": ((), run_entropy(x[:, 0]), entropy_attributes("entropy of the runs")),
            "area": ((), hull_area(x), attributes("area of the hull")),
            "qhull_missed": ((), missed, attributes("corners that Qhull misses")),
            "point": (("shown", "axis"), _padded(x[shown], SHOWN), attributes("point")),
            "left": (("kept", "axis"), _padded(x[kept], KEPT), attributes("left by the filter")),
            "ring": (("corner", "axis"), _padded(np.vstack([x[ring], x[ring[:1]]]), RING + 1), attributes("hull")),
            "inner": (("corner", "axis"), _inner(corners), attributes("the sample's hull")),
        }
    )


def _padded(rows, count):
    return np.vstack([rows, np.full((count - len(rows), 2), np.nan)])


def _inner(corners):
    corners = corners[np.linspace(0, len(corners) - 1, min(len(corners), RING)).round().astype(int)]
    return _padded(np.vstack([corners, corners[:1]]), RING + 1)


@stage(*POINTS, "work")
def staircase(knobs) -> xr.Dataset:
    """The structural entropy of the maxima, in as many dimensions as the work has; of few enough points to wait for."""
    d = dimension(knobs.work)
    few = knobs.samples <= (20_000, 10_000)[d - 2]
    found = maxima_entropy(point_set(knobs.data, knobs.samples, knobs.seed, dimension=d)) if few else np.nan
    return xr.Dataset({"staircase": ((), found, entropy_attributes("structural entropy of the maxima"))})


@stage(*POINTS)
def operations(knobs):
    """Tests per point of every algorithm over the first 100, 300, ... of the points, beside the entropy."""
    x = _points(*knobs)
    tests = np.full((len(COUNTED), len(GROWTH)), np.nan)
    lower, upper = np.full(len(GROWTH), np.nan), np.full(len(GROWTH), np.nan)

    def work():
        for j, n in enumerate(GROWTH):
            if n <= len(x):
                part = np.random.default_rng(j).permutation(len(x))[:n]
                lower[j], upper[j] = hull_entropy_interval(x[part])
                for i, algorithm in enumerate(COUNTED.values()):
                    tests[i, j] = algorithm.count(x[part]) / n
            yield (j + 1) / len(GROWTH)

    def picture():
        return xr.Dataset(
            {
                "tests": (("algorithm", "size"), tests.copy(), attributes("tests per point")),
                "lower_over_size": ("size", lower.copy(), entropy_attributes("structural entropy, at least")),
                "upper_over_size": ("size", upper.copy(), entropy_attributes("structural entropy, at most")),
            },
            coords={
                "algorithm": ("algorithm", list(COUNTED), attributes("algorithm")),
                "size": ("size", np.array(GROWTH, float), attributes("points")),
            },
        )

    yield from report_progress(work(), picture)


def _set(name, seed):
    if name in POINT_SETS:
        return point_set(name, SET_SIZE, seed)
    x = point_set("disk", SET_SIZE, seed)
    on = np.arange(SET_SIZE) < float(name.split("%")[0]) / 100 * SET_SIZE
    radius = np.linalg.norm(x, axis=1, keepdims=True)
    return np.random.default_rng(seed).permutation(np.where(on[:, None], x / radius, x))


@stage("seed")
def entropies(knobs):
    """Work of the entropy-bounded hull on many sets, against structural entropy, H_tri and H_diff."""
    lower, upper, surrogate, triangles, tests = (np.full(len(SETS), np.nan) for _ in range(5))

    def work():
        for i, name in enumerate(SETS):
            x = _set(name, knobs.seed)
            lower[i], upper[i] = hull_entropy_interval(x)
            tests[i] = entropy_bounded_hull.count(x) / len(x)
            unit = (x - x.min(0)) / np.ptp(x, axis=0).max()
            triangles[i] = float(triangle_entropy(x, temperature=EDGE))
            surrogate[i] = float(ball_partition(unit, _anchors(unit, knobs.seed), sharpness=SHARPNESS))
            yield (i + 1) / len(SETS)

    def picture():
        middle = (lower + upper) / 2
        return xr.Dataset(
            {
                "set_lower": ("set", lower.copy(), entropy_attributes("structural entropy, at least")),
                "set_upper": ("set", upper.copy(), entropy_attributes("structural entropy, at most")),
                "set_middle": ("set", middle, entropy_attributes("structural entropy, middle of the interval")),
                "set_surrogate": ("set", surrogate.copy(), entropy_attributes("H_diff, 16 anchors, α = 10")),
                "set_tests": ("set", tests.copy(), attributes("tests per point")),
                "explained": ((), _r2(middle, tests), attributes("R² of the structural entropy")),
                "set_triangles": ("set", triangles.copy(), entropy_attributes("H_tri, 16 directions, τ = 0.01")),
                "explained_by_triangles": ((), _r2(triangles, tests), attributes("R² of H_tri")),
                "explained_by_surrogate": ((), _r2(surrogate, tests), attributes("R² of H_diff")),
            },
            coords={"set": ("set", list(SETS), attributes("point set"))},
        )

    yield from report_progress(work(), picture)


def _anchors(x, seed):
    return choose_anchors(x, ANCHORS, method="k-means", seed=seed)


def _r2(x, y):
    """Share of the variance that a straight line explains; NaN while sets are missing."""
    return np.corrcoef(x, y)[0, 1] ** 2 if np.isfinite(x + y).all() else np.nan
