"""Choosing what models are given: every tried value is trained, and each model takes what reads its fold best."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import jax
import numpy as np

from entropylab.models import trained
from entropylab.models.methods import (
    GAMMAS,
    METHODS,
    Scores,
    Setting,
    best,
    given,
    scores_file,
    setting_of,
    store_scores,
    stored_scores,
    tried,
)
from entropylab.models.pruned import at_sparsity
from entropylab.models.trained import Models

LEVELS = (80.0, 90.0)  # % zeros; the score is the mean accuracy at both
CHOSEN = ("none", "top-k", *GAMMAS["digits"])  # "none" first: the others need the scale that it chooses


def candidates(images: str, name: str, scores: Scores) -> Iterator[tuple[float, Setting]]:
    """Every tried value of a method, and the setting that five models then have."""
    for value in tried(images, name):
        if name == "none":
            yield value, Setting(np.full(5, value), np.zeros(5), np.full(5, tried(images, "top-k")[0]))
        else:
            field = "k" if name == "top-k" else "gamma"
            whole = setting_of(images, "none", scores)
            yield value, whole._replace(**{field: np.full_like(getattr(whole, field), value)})


def score(images: str, name: str, made: Models, setting: Setting) -> list[float]:
    """Accuracy in % on the folds for choices, one for each model: of "none" as it is, of others after pruning."""
    sparsity, correct = trained.curves(made.weights, given(name, setting), trained.for_choices(images))
    levels = (0.0,) if name == "none" else LEVELS
    return np.mean([at_sparsity(sparsity, correct, level).mean(1) for level in levels], axis=0).tolist()


def choose(images: str, seed: int = 0, afresh: bool = False) -> Iterator[tuple[str, float, list[float]]]:
    """Train what of each method has no score yet, yielding method, value and scores; then store scores and models.

    Every model of a method is stored as it was trained with the value of its best score. What was tried before takes
    part with its scores and with the stored models, which are its best; `afresh` tries all of it again.
    """
    scores: Scores = {} if afresh or not scores_file(images).exists() else copy.deepcopy(stored_scores(images))
    others = [name for name in METHODS if name not in CHOSEN and not (scores and trained.file(images, name).exists())]
    for name in CHOSEN:
        known = scores.pop(name, {})
        scores[name] = {f"{value:g}": known.get(f"{value:g}", []) for value in tried(images, name)}
        new = [one for one in candidates(images, name, scores) if not scores[name][f"{one[0]:g}"]]
        if not new:
            continue
        runs = [trained.models(images, name)] if len(new) < len(scores[name]) else []
        for value, setting in new:
            runs.append(trained.train(images, name, setting, seed))
            scores[name][f"{value:g}"] = score(images, name, runs[-1], setting)
            yield name, value, scores[name][f"{value:g}"]
        trained.store(images, name, assembled(runs, from_runs(images, name, scores, [value for value, _ in new])))
    store_scores(images, scores)
    for name in others:
        trained.store(images, name, trained.train(images, name, setting_of(images, name), seed))
    trained.models.cache_clear()
    trained.store_curves(images)


def from_runs(images: str, name: str, scores: Scores, new: list[float]) -> list[int]:
    """Which run has each model's best: one for each of the `new` values, after that of the stored models if any."""
    before = len(scores[name]) > len(new)
    return [before + new.index(value) if value in new else 0 for value in best(images, name, scores)]


def assembled(runs: list[Models], which: list[int]) -> Models:
    """Model i of run `which[i]`, for every model."""
    pick = lambda axis: lambda *parts: np.stack(  # noqa: E731
        [np.take(np.asarray(parts[run]), model, axis) for model, run in enumerate(which)], axis
    )  # fmt: skip
    weights = jax.tree.map(pick(0), *(run.weights for run in runs))
    return Models(weights, pick(1)(*(run.entropy for run in runs)), pick(1)(*(run.cross for run in runs)))
