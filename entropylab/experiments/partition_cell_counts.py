"""How both entropies of a point set grow with the number of cells that cut it up: a stage of partitions."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import xarray as xr

from entropylab.estimators.partition_cells import elbow
from entropylab.experiments.growing import growing
from entropylab.experiments.labels import nats, plain
from entropylab.experiments.partition_question import POINTS, SOFTNESS
from entropylab.experiments.partition_tables import BY_ANCHORS, Cells, cells, hard_surprises, soft_entropy
from entropylab.experiments.partitions import label_entropy, partitions, points_of, softness

SIZES = {"ball": np.arange(1, 25), "halfspace": np.arange(1, 7)}  # of what is not a ball
MOST = 24  # sizes tried; shorter rows end in NaN
CUTS = {"ball": "anchors k", "halfspace": "halfspaces m", "slab": "slabs m", "box": "boxes m"}
RULES = ("family", "anchor_choice", "halfspace_choice")


@partitions.stage(*POINTS, *RULES, *SOFTNESS)
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
        bend = lambda curve: sizes[elbow(sizes, curve[: len(sizes)])] if done else np.nan  # noqa: E731
        return xr.Dataset(
            {
                "hard_over_cells": ("size", hard.copy(), nats("hard entropy")),
                "soft_over_cells": ("size", soft.copy(), nats("soft entropy")),
                "most_over_cells": ("size", most.copy(), nats("log K")),
                "elbow": ((), bend(soft), plain("elbow of the soft entropy")),
                "elbow_of_log": (
                    (),
                    bend(most) if alone else np.nan,
                    plain("elbow of log K alone"),
                ),
                "elbow_of_spread": ((), bend(spread) if knobs.family == "ball" else np.nan, plain("elbow of k-means")),
                "groups_known": ((), label_entropy(group) if labelled else np.nan, nats("entropy of the groups")),
            },
            coords={"size": ("size", x, plain(CUTS[knobs.family]))},
        )

    yield from growing(work(), picture)


@lru_cache(maxsize=2 * MOST)
def _cut(size: int, *values) -> tuple[Cells, np.ndarray, float, float]:
    """What no softness moves: cells, scores of the points, hard entropy, and for balls the k-means score."""
    knobs = dict(zip((*POINTS, *RULES), values, strict=True))
    points, _ = points_of(partitions.question(**knobs))
    rules = {name: knobs[name] for name in RULES}
    found = cells(points, **rules, anchors=size, halfspaces=size, moved={}, seed=knobs["seed"])
    scores = found.scores(points)
    spread = scores.max(1).mean() if knobs["family"] == "ball" else np.nan
    return found, scores, hard_surprises(found.own(scores)).mean(), spread
