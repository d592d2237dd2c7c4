"""The ways of training that are compared, and what each of the five stored models was given.

Every model has its own fold for choices (`Fold.choice_images`), which is neither trained nor tested on. The scale of
its position embedding, the strength of its penalty and the keys of its top-k rows are those of `PLACES`, `GAMMAS` and
`KEYS` that read this fold best; `entropylab weights digits --choose` does it again. A model's test images
decide nothing that it was given.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from entropylab.problems.images.digits import FOLDS, IMAGE_SETS
from entropylab.resources import PACKAGE
from entropylab.studies.attention.models.regularizers import Method, MethodParameters, encode

FOLDER = PACKAGE / "studies" / "attention" / "weights"
STEPS = dict(zip(IMAGE_SETS, (700, 600), strict=True))
METHODS = {
    "none": Method(),
    "L1": Method(penalty="L1"),
    "L2": Method(penalty="L2"),
    "Shannon": Method(penalty="Shannon"),
    "Shannon, late": Method(penalty="Shannon", begin=0.5, full=0.8),
    "ball": Method(penalty="ball"),
    "top-k": Method(map="top-k"),
    "sparsemax": Method(map="sparsemax"),
    "entmax": Method(map="entmax"),
}

# What is tried, the mildest first: of equal scores the first is taken.
POSITION_SCALES = {
    "digits": (0.5, 0.02),
    "cluttered digits": (0.5,),
}  # all five folds of plain digits prefer 0.5 by far
GAMMAS = {
    "digits": {"Shannon": (0.1, 0.3, 1.0), "Shannon, late": (0.3, 1.0, 3.0), "ball": (0.1, 0.3, 1.0)},
    "cluttered digits": {
        "Shannon": (0.03, 0.1, 0.3),
        "Shannon, late": (1 / 3, 1.0, 3.0),
        "ball": (0.01, 0.03, 0.1, 0.3),
    },
}
TOP_K_GRID = {"digits": (4, 3, 2), "cluttered digits": (12, 8, 4, 2)}
# L1 and L2 carry the strongest that a Shannon model took: chosen by the accuracy of pruned attention, they would be 0.
SHARES_SHANNON_GAMMA = ("L1", "L2")


class Setting(NamedTuple):
    """What five models are given (5,): scale of the position embedding, gamma, and keys of a row in top-k."""

    place: np.ndarray
    gamma: np.ndarray
    k: np.ndarray


Scores = dict[str, dict[str, list[float]]]


def grid(images: str, name: str) -> tuple[float, ...]:
    """What a method's models may be given; "none" stands for the scale of the position embedding."""
    if name == "none":
        return POSITION_SCALES[images]
    return TOP_K_GRID[images] if name == "top-k" else GAMMAS[images].get(name, ())


def best(images: str, name: str, scores: Scores) -> np.ndarray:
    """The tried value (models,) with each model's best score."""
    table = np.array([scores[name][f"{value:g}"] for value in grid(images, name)])
    return np.array(grid(images, name))[table.argmax(0)]


def selected_setting(images: str, name: str, scores: Scores | None = None) -> Setting:
    """What the models of a method are given by `scores`, the stored ones by default."""
    scores = stored_scores(images) if scores is None else scores
    place, gamma, k = best(images, "none", scores), np.zeros(FOLDS), np.full(FOLDS, TOP_K_GRID[images][0])
    if name == "top-k":
        k = best(images, name, scores)
    elif name in SHARES_SHANNON_GAMMA:
        gamma = np.full(FOLDS, best(images, "Shannon", scores).max())
    elif name in GAMMAS[images]:
        gamma = best(images, name, scores)
    return Setting(place, gamma, k)


def with_setting(name: str, setting: Setting) -> MethodParameters:
    """The numbers of a method, gamma and k one for each model."""
    return encode(METHODS[name])._replace(gamma=np.float32(setting.gamma), k=np.int32(setting.k))


def scores_file(images: str) -> Path:
    """Where the scores on the folds for choices are stored."""
    return FOLDER / f"{images}-choices.json".replace(" ", "-")


@functools.cache
def stored_scores(images: str) -> Scores:
    """Scores of every tried value: method, then value, then one for each model."""
    return json.loads(scores_file(images).read_text())


def store_scores(images: str, scores: Scores) -> Path:
    """Write the scores that decide."""
    scores_file(images).write_text(json.dumps(scores, indent=1) + "\n")
    stored_scores.cache_clear()
    return scores_file(images)
