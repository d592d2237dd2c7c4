"""Intervals of accuracies: over trained models and over test images, and accuracy as a function of sparsity."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.stats import t as student

GRID = np.arange(0.0, 95.0, 2.0)  # sparsity in %
DRAWS = 1000


def model_interval(values: np.ndarray, axis: int = -1) -> tuple[np.ndarray, np.ndarray]:
    """Mean over trained models, and the half-width of its 95 % interval (Student's t) over 1.96."""
    count = values.shape[axis]
    error = values.std(axis, ddof=1) / count**0.5
    return values.mean(axis), error * student.ppf(0.975, count - 1) / 1.96


def image_interval(paired: np.ndarray, seed: int = 0) -> np.ndarray:
    """Half-width of the 95 % bootstrap interval of the mean over images; the models stay the ones they are.

    `paired` (..., models, images): images are drawn again within each model's own.
    """
    drawn = paired.reshape(*paired.shape[:-2], -1) @ _draws(*paired.shape[-2:], seed)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=-1)
    return (high - low) / 2


@lru_cache(maxsize=2)
def _draws(models: int, images: int, seed: int) -> np.ndarray:
    """What every image weighs in every draw, (models x images, draws); drawing takes longer than all the rest."""
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(images, np.full(images, 1 / images), size=(models, DRAWS))
    return np.ascontiguousarray(np.moveaxis(counts, 2, 1).reshape(models * images, DRAWS) / (images * models))


def over_sparsity(sparsity: np.ndarray, correct: np.ndarray) -> np.ndarray:
    """Right answers in % (grid, models, images) at every sparsity of `GRID`."""
    return np.stack([at_sparsity(sparsity, correct, level) for level in GRID])


def at_sparsity(sparsity: np.ndarray, correct: np.ndarray, level: float) -> np.ndarray:
    """Right answers in % (models, images) where each model's attention has `level` % zeros.

    Linear between the two thresholds around it. A model that is sparser than that without any threshold is taken as
    it is; a level beyond its sparsest is NaN.
    `sparsity` (thresholds, models) from 0 to 1, `correct` (thresholds, models, images).
    """
    found = np.full(correct.shape[1:], np.nan)
    for m, zeros in enumerate(100 * np.asarray(sparsity, dtype=float).T):
        if level <= zeros[-1]:
            place = np.interp(level, np.maximum.accumulate(zeros), np.arange(len(zeros))) if level > zeros[0] else 0.0
            low = min(int(place), len(zeros) - 2)
            share = place - low
            found[m] = 100 * ((1 - share) * correct[low, m] + share * correct[low + 1, m])
    return found
