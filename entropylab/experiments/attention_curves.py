"""What pruning costs every method at every sparsity, and how entropies fell in training: two stages of attention."""

from __future__ import annotations

import numpy as np
import xarray as xr

from entropylab.experiments.attention import IMAGES_SAY, MODELS_SAY, NAMES, PAIR, attention
from entropylab.experiments.attention_statistics import GRID, image_interval, model_interval, over_sparsity
from entropylab.experiments.labels import nats, plain
from entropylab.models import trained
from entropylab.models.methods import STEPS


@attention.stage(*PAIR)
def tradeoff(knobs) -> xr.Dataset:
    """Accuracy over sparsity of every method as the threshold rises, and the paired difference of the two."""
    stored = trained.stored_curves(knobs.images)
    found = {name: over_sparsity(*stored[name]) for name in NAMES}  # (grid, models, images), in %
    mean, half = np.full((2, len(NAMES), len(GRID)), np.nan)
    for i, name in enumerate(NAMES):
        mean[i], error = model_interval(found[name].mean(-1), axis=1)
        half[i] = 1.96 * error
    paired = found[knobs.method] - found[knobs.versus]
    difference, error = model_interval(paired.mean(-1), axis=1)
    spots = {f"difference_at_{level}": paired[np.argmin(np.abs(GRID - level))].mean(-1) for level in (80, 90)}
    return xr.Dataset(
        {
            "accuracy_over_sparsity": (("method", "target"), mean, plain("accuracy", "%", interval=MODELS_SAY)),
            "half_over_sparsity": (("method", "target"), half, plain("half-width of the interval", "%")),
            "difference_over_sparsity": ("target", difference, plain("difference of accuracies", "points")),
            "model_half": ("target", 1.96 * error, plain("half-width", "points", interval=MODELS_SAY)),
            "image_half": ("target", image_interval(paired), plain("half-width", "points", interval=IMAGES_SAY)),
            **{name: ("trained", value, plain("paired difference", "points")) for name, value in spots.items()},
        },
        coords={"target": ("target", GRID, plain("zeros among attention weights", "%"))},
    )


@attention.stage(*PAIR)
def history(knobs) -> xr.Dataset:
    """Entropy of rows for each layer and head through training, mean over the five models."""
    found = {}
    for which, name in (("", knobs.method), ("other_", knobs.versus)):
        told = trained.models(knobs.images, name)
        found[f"{which}entropy_over_steps"] = (
            ("step", "layer", "head"), told.entropy.astype(float).mean(1), nats("entropy of rows")
        )  # fmt: skip
        found[f"{which}cross_over_steps"] = (
            "step", told.cross.astype(float).mean(1), nats("cross-entropy of batches")
        )  # fmt: skip
    steps = (np.arange(len(told.cross)) + 1.0) * STEPS[knobs.images] / len(told.cross)
    found["uniform"] = ((), np.log(trained.models(knobs.images, knobs.method).weights["place"].shape[1]), nats("log n"))
    return xr.Dataset(found, coords={"step": ("step", steps, plain("steps of training"))})
