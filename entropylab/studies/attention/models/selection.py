"""Choosing what models are given: every tried value is trained, and each model takes what reads its fold best."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import jax
import numpy as np

from entropylab.studies.attention.models import checkpoints
from entropylab.studies.attention.models.checkpoints import Models
from entropylab.studies.attention.models.methods import (
    GAMMAS,
    METHODS,
    Scores,
    Setting,
    best,
    grid,
    scores_file,
    selected_setting,
    store_scores,
    stored_scores,
    with_setting,
)
from entropylab.studies.attention.models.pruning import at_sparsity

SPARSITY_LEVELS = (80.0, 90.0)  # % zeros; the score is the mean accuracy at both
SELECTED_METHODS = ("none", "top-k", *GAMMAS["digits"])  # "none" first: the others need the scale that it chooses


def candidates(images: str, name: str, scores: Scores) -> Iterator[tuple[float, Setting]]:
    """Every tried value of a method, and the setting that five models then have."""
    for value in grid(images, name):
        if name == "none":
            yield value, Setting(np.full(5, value), np.zeros(5), np.full(5, grid(images, "top-k")[0]))
        else:
            field = "k" if name == "top-k" else "gamma"
            whole = selected_setting(images, "none", scores)
            yield value, whole._replace(**{field: np.full_like(getattr(whole, field), value)})


def score(images: str, name: str, made: Models, setting: Setting) -> list[float]:
    """Accuracy in % on the folds for choices, one for each model: of "none" as it is, of others after pruning."""
    sparsity, correct = checkpoints.curves(
        made.weights, with_setting(name, setting), checkpoints.validation_set(images)
    )
    levels = (0.0,) if name == "none" else SPARSITY_LEVELS
    return np.mean([at_sparsity(sparsity, correct, level).mean(1) for level in levels], axis=0).tolist()


def select(images: str, seed: int = 0, afresh: bool = False) -> Iterator[tuple[str, float, list[float]]]:
    """Train what of each method has no score yet, yielding method, value and scores; then store scores and models.

    Every model of a method is stored as it was trained with the value of its best score. What was tried before takes
    part with its scores and with the stored models, which are its best; `afresh` tries all of it again.
    """
    scores: Scores = {} if afresh or not scores_file(images).exists() else copy.deepcopy(stored_scores(images))
    others = [
        name
        for name in METHODS
        if name not in SELECTED_METHODS and not (scores and checkpoints.checkpoint_path(images, name).exists())
    ]
    for name in SELECTED_METHODS:
        known = scores.pop(name, {})
        scores[name] = {f"{value:g}": known.get(f"{value:g}", []) for value in grid(images, name)}
        new = [one for one in candidates(images, name, scores) if not scores[name][f"{one[0]:g}"]]
        if not new:
            continue
        runs = [checkpoints.load(images, name)] if len(new) < len(scores[name]) else []
        for value, setting in new:
            runs.append(checkpoints.train(images, name, setting, seed))
            scores[name][f"{value:g}"] = score(images, name, runs[-1], setting)
            yield name, value, scores[name][f"{value:g}"]
        checkpoints.store(images, name, assemble(runs, best_runs(images, name, scores, [value for value, _ in new])))
    store_scores(images, scores)
    for name in others:
        checkpoints.store(images, name, checkpoints.train(images, name, selected_setting(images, name), seed))
    checkpoints.load.cache_clear()
    checkpoints.store_curves(images)


def best_runs(images: str, name: str, scores: Scores, new: list[float]) -> list[int]:
    """Which run has each model's best: one for each of the `new` values, after that of the stored models if any."""
    before = len(scores[name]) > len(new)
    return [before + new.index(value) if value in new else 0 for value in best(images, name, scores)]


def assemble(runs: list[Models], which: list[int]) -> Models:
    """Model i of run `which[i]`, for every model."""
    pick = lambda axis: lambda *parts: np.stack(  # noqa: E731
        [np.take(np.asarray(parts[run]), model, axis) for model, run in enumerate(which)], axis
    )  # fmt: skip
    weights = jax.tree.map(pick(0), *(run.weights for run in runs))
    return Models(weights, pick(1)(*(run.entropy for run in runs)), pick(1)(*(run.cross for run in runs)))
