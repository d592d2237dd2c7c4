"""What learning does pay for hulls: a polygon learned from hulls seen before, proved afterwards (beside seed 002)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.spatial import ConvexHull

from entropylab.experiments.clock import NULL, ROUNDS, clocked
from entropylab.experiments.entropynet import DATA, point_sets
from entropylab.experiments.experiment import Experiment
from entropylab.experiments.labels import plain
from entropylab.experiments.question import Question
from entropylab.geometry import convex_hull
from entropylab.knobs import SEED, Knob, knob
from entropylab.models.learned_hull import learn_polygon

CLOCK = f"95 % interval of the median over {ROUNDS} interleaved rounds, each on a fresh set"


@dataclass(frozen=True, repr=False)
class LearnedHulls(Question):
    """Which sets, how many to learn from, and how far the polygon is shrunk."""

    data: str = knob(Knob("S", "Where the point sets come from.", "disk", stops=DATA))
    samples: int = knob(Knob("n", "Points of a set.", 100_000, stops=(1000, 10_000, 100_000)))
    training: int = knob(Knob("t", "Sets to learn from.", 40, stops=(10, 20, 40, 80)))
    shrink: float = knob(Knob("s", "What is left of the polygon: less is proved more often.", 0.998, 0.9, 1.0))
    seed: int = knob(SEED)


learned_hulls = Experiment("learned_hulls", LearnedHulls, "A learned polygon with a certificate, beside exact hulls.")


@learned_hulls.stage("data", "samples", "training", "shrink", "seed")
def proved(knobs) -> xr.Dataset:
    """How often the polygon proves itself on new sets, what it drops, and the time beside the engine's and Qhull's."""
    sets = lambda count, seed: point_sets(knobs.data, count, knobs.samples, seed).astype(float)  # noqa: E731
    polygon = learn_polygon(sets(knobs.training, 2 * knobs.seed), shrink=knobs.shrink)
    new = sets(ROUNDS, 2 * knobs.seed + 1)
    found = [polygon.hull(points) for points in new]
    wrong = sum(not np.array_equal(hull, convex_hull(x)) for (hull, _), x in zip(found, new, strict=True))
    ways = {"engine": convex_hull, "learned": polygon.hull, "qhull": ConvexHull}

    def fresh(way):
        def instance(i):
            points = new[i].copy()
            return lambda: way(points)

        return instance

    times = clocked({name: fresh(way) for name, way in ways.items()}, seed=knobs.seed)
    null = times.ratio("engine", NULL)
    numbers = {}
    for key, slow in (("engine_over_learned", "engine"), ("qhull_over_learned", "qhull")):
        ratio = times.ratio(slow, "learned")
        shown = ratio.beyond(null) if slow == "engine" else True
        for end in ("median", "low", "high"):
            value = getattr(ratio, end) if shown else np.nan
            name = f"{slow} over learned polygon, {end}; absent within the null"
            numbers[f"{key}_{end}"] = ((), value, plain(name, interval=CLOCK))
    certified = np.mean([sure for _, sure in found])
    return xr.Dataset(
        {
            "certified": ((), certified, plain("share of new sets on which the polygon proved itself")),
            "wrong": ((), wrong, plain("hulls that differ from the exact one")),
            "dropped": (
                (),
                np.mean([1 - len(polygon.left(x)) / len(x) for x in new]),
                plain("share of points dropped"),
            ),
            "null": ((), null.median, plain("engine over itself")),
            **numbers,
        }
    )
