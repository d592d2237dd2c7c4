"""Intervals of accuracies: over trained models and over test images, and accuracy as a function of sparsity."""

from __future__ import annotations

import numpy as np
from scipy.stats import t as student

from entropylab.studies.attention.models.pruning import at_sparsity

GRID = np.arange(0.0, 95.0, 2.0)  # sparsity in %


def model_interval(values: np.ndarray, axis: int = -1) -> tuple[np.ndarray, np.ndarray]:
    """Mean over trained models, and the half-width of its 95 % interval (Student's t) over 1.96."""
    count = values.shape[axis]
    error = values.std(axis, ddof=1) / count**0.5
    return values.mean(axis), error * student.ppf(0.975, count - 1) / 1.96


def image_interval(paired: np.ndarray) -> np.ndarray:
    """Half-width of the 95 % interval of the mean over images; the models stay the ones they are.

    1.96 standard errors, with the variance over images within each model: what a bootstrap that draws every model's
    images again gives, without its noise. `paired` (..., models, images).
    """
    models, images = paired.shape[-2:]
    return 1.96 * np.sqrt(paired.var(-1, ddof=1).sum(-1) / images) / models


def over_sparsity(sparsity: np.ndarray, correct: np.ndarray) -> np.ndarray:
    """Right answers in % (grid, models, images) at every sparsity of `GRID`."""
    return np.stack([at_sparsity(sparsity, correct, level) for level in GRID])
