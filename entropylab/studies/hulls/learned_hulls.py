"""A polygon learned from earlier hulls that filters points, with a certificate that no corner is lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.spatial import ConvexHull

from entropylab.estimators.geometry.triangle import triangle_entropy
from entropylab.geometry import convex_hull, outside_polygon
from entropylab.knobs import SEED, Knob, knob
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import Experiment, stage
from entropylab.studies.core.question import Question
from entropylab.studies.core.timing import CONTROL, ROUNDS, ROUNDS_INTERVAL, time_candidates
from entropylab.studies.entropynet.stages import DATA, point_sets
from entropylab.studies.hulls.direction_model import learn_directions
from entropylab.studies.hulls.polygon_model import learn_polygon

LENGTH, TURN, LEARNED = 20.0, np.pi / 7, 3000
CLOCK = f"{ROUNDS_INTERVAL}, each on a fresh set"


@dataclass(frozen=True, repr=False)
class LearnedHulls(Question):
    """Which sets, how many to learn from, and how far the polygon is shrunk."""

    data: str = knob(Knob("S", "Where the point sets come from.", "disk", stops=DATA))
    samples: int = knob(Knob("n", "Points of a set.", 100_000, stops=(1000, 10_000, 100_000)))
    training: int = knob(Knob("t", "Sets to learn from.", 40, stops=(10, 20, 40, 80)))
    shrink: float = knob(Knob("s", "What is left of the polygon: less is proved more often.", 0.998, 0.9, 1.0))
    seed: int = knob(SEED)


@stage("data", "samples", "training", "shrink", "seed")
def certificates(knobs) -> xr.Dataset:
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

    times = time_candidates({name: fresh(way) for name, way in ways.items()}, seed=knobs.seed)
    null = times.ratio("engine", CONTROL)
    numbers = {}
    for key, slow in (("engine_over_learned", "engine"), ("qhull_over_learned", "qhull")):
        ratio = times.ratio(slow, "learned")
        shown = ratio.beyond(null) if slow == "engine" else True
        for end in ("median", "low", "high"):
            value = getattr(ratio, end) if shown else np.nan
            name = f"{slow} over learned polygon, {end}; absent within the null"
            numbers[f"{key}_{end}"] = ((), value, attributes(name, interval=CLOCK))
    certified = np.mean([sure for _, sure in found])
    return xr.Dataset(
        {
            "certified": ((), certified, attributes("share of new sets on which the polygon proved itself")),
            "wrong": ((), wrong, attributes("hulls that differ from the exact one")),
            "dropped": (
                (),
                np.mean([1 - len(polygon.left(x)) / len(x) for x in new]),
                attributes("share of points dropped"),
            ),
            "null": ((), null.median, attributes("engine over itself")),
            **numbers,
        }
    )


@stage("samples", "seed")
def directions(knobs) -> xr.Dataset:
    """Points left outside of the farthest points in 16 directions: even ones, and learned on another set.

    The sets are normal, twenty times as long as wide, and turned: even directions meet its ends badly.
    On few points (1000) chance decides which of the two leaves less outside.
    """
    rng = np.random.default_rng([knobs.seed, 16])
    turn = np.array([[np.cos(TURN), np.sin(TURN)], [-np.sin(TURN), np.cos(TURN)]])
    old, new = (rng.standard_normal((n, 2)) * [LENGTH, 1] @ turn for n in (LEARNED, knobs.samples))
    angle = 2 * np.pi * (np.arange(16) + 0.5) / 16
    even, learned = np.stack([np.cos(angle), np.sin(angle)], 1), learn_directions(old)
    left = [len(outside_polygon(new, new[(new @ unit.T).argmax(0)])) / len(new) for unit in (even, learned)]
    entropy = [float(triangle_entropy(old, unit)) for unit in (even, learned)]
    return xr.Dataset(
        {
            "left_even": ((), left[0], attributes("share left outside by even directions")),
            "left_learned": ((), left[1], attributes("share left outside by learned directions")),
            "triangles_even": ((), entropy[0], entropy_attributes("H_tri of even directions")),
            "triangles_learned": ((), entropy[1], entropy_attributes("H_tri of learned directions")),
        }
    )


learned_hulls = Experiment(
    "learned_hulls",
    LearnedHulls,
    "A learned polygon with a certificate, beside exact hulls.",
    stages=(
        certificates,
        directions,
    ),
)
