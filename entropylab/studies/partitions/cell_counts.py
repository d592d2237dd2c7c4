"""How both entropies of a point set grow with the number of cells that cut it up: a stage of partitions."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import xarray as xr

from entropylab.estimators.partitions.cells import kneedle_k
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import stage
from entropylab.studies.core.progress import report_progress
from entropylab.studies.partitions.memberships import (
    BY_ANCHORS,
    Partition,
    hard_surprises,
    make_partition,
    soft_entropy,
)
from entropylab.studies.partitions.parameters import POINTS, SOFTNESS, Partitions
from entropylab.studies.partitions.stages import label_entropy, points_of, softness

SIZES = {"ball": np.arange(1, 25), "halfspace": np.arange(1, 7)}  # of what is not a ball
MOST = 24  # sizes tried; shorter rows end in NaN
CUTS = {"ball": "anchors k", "halfspace": "halfspaces m", "slab": "slabs m", "box": "boxes m"}
RULES = ("family", "anchor_choice", "halfspace_choice")


@stage(*POINTS, *RULES, *SOFTNESS)
def over_cells(knobs):
    """Both entropies over the number of anchors or halfspaces, with the elbow of each curve and of log k alone."""
    _, group = points_of(knobs)
    sizes = SIZES.get(knobs.family, SIZES["halfspace"])
    hard, soft, most, spread = np.full((4, MOST), np.nan)
    labelled = len(np.unique(group)) > 1
    x = np.concatenate([sizes, np.full(MOST - len(sizes), np.nan)])
    alone = knobs.family in BY_ANCHORS  # else log K is a straight line

    def work():
        for i, size in enumerate(sizes):
            found, scores, hard[i], spread[i] = _cut(int(size), *(getattr(knobs, name) for name in (*POINTS, *RULES)))
            most[i] = np.log(found.count)
            soft[i] = soft_entropy(found, scores, found.scaled(softness(knobs), knobs.scale))
            yield (i + 1) / len(sizes)

    def picture():
        done = np.isfinite(soft[len(sizes) - 1])
        bend = lambda curve: sizes[kneedle_k(sizes, curve[: len(sizes)])] if done else np.nan  # noqa: E731
        return xr.Dataset(
            {
                "hard_over_cells": ("size", hard.copy(), entropy_attributes("hard entropy")),
                "soft_over_cells": ("size", soft.copy(), entropy_attributes("soft entropy")),
                "most_over_cells": ("size", most.copy(), entropy_attributes("log K")),
                "elbow": ((), bend(soft), attributes("elbow of the soft entropy")),
                "elbow_of_log": (
                    (),
                    bend(most) if alone else np.nan,
                    attributes("elbow of log K alone"),
                ),
                "elbow_of_spread": (
                    (),
                    bend(spread) if knobs.family == "ball" else np.nan,
                    attributes("elbow of k-means"),
                ),
                "groups_known": (
                    (),
                    label_entropy(group) if labelled else np.nan,
                    entropy_attributes("entropy of the groups"),
                ),
            },
            coords={"size": ("size", x, attributes(CUTS[knobs.family]))},
        )

    yield from report_progress(work(), picture)


@lru_cache(maxsize=2 * MOST)
def _cut(size: int, *values) -> tuple[Partition, np.ndarray, float, float]:
    """What no softness moves: cells, scores of the points, hard entropy, and for balls the k-means score."""
    knobs = dict(zip((*POINTS, *RULES), values, strict=True))
    points, _ = points_of(Partitions(**knobs))
    rules = {name: knobs[name] for name in RULES}
    found = make_partition(points, **rules, anchors=size, halfspaces=size, moved={}, seed=knobs["seed"])
    scores = found.scores(points)
    spread = scores.max(1).mean() if knobs["family"] == "ball" else np.nan
    return found, scores, hard_surprises(found.own(scores)).mean(), spread
