"""What pruning costs every method at every sparsity, and how entropies fell in training: two stages of attention."""

from __future__ import annotations

import numpy as np
import xarray as xr

from entropylab.studies.attention.models import checkpoints
from entropylab.studies.attention.models.methods import STEPS
from entropylab.studies.attention.stages import (
    IMAGES_INTERVAL,
    MODEL_PARAMETERS,
    MODELS_INTERVAL,
    NAMES,
)
from entropylab.studies.attention.statistics import GRID, image_interval, model_interval, over_sparsity
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import stage


@stage(*MODEL_PARAMETERS)
def tradeoff(knobs) -> xr.Dataset:
    """Accuracy over sparsity of every method as the threshold rises, and the paired difference of the two."""
    stored = checkpoints.stored_curves(knobs.images)
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
            "accuracy_over_sparsity": (
                ("method", "target"),
                mean,
                attributes("accuracy", "%", interval=MODELS_INTERVAL),
            ),
            "half_over_sparsity": (("method", "target"), half, attributes("half-width of the interval", "%")),
            "difference_over_sparsity": ("target", difference, attributes("difference of accuracies", "points")),
            "model_half": ("target", 1.96 * error, attributes("half-width", "points", interval=MODELS_INTERVAL)),
            "image_half": (
                "target",
                image_interval(paired),
                attributes("half-width", "points", interval=IMAGES_INTERVAL),
            ),
            **{name: ("trained", value, attributes("paired difference", "points")) for name, value in spots.items()},
        },
        coords={"target": ("target", GRID, attributes("zeros among attention weights", "%"))},
    )


@stage(*MODEL_PARAMETERS)
def history(knobs) -> xr.Dataset:
    """Entropy of rows for each layer and head through training, mean over the five models."""
    found = {}
    for which, name in (("", knobs.method), ("other_", knobs.versus)):
        told = checkpoints.load(knobs.images, name)
        found[f"{which}entropy_over_steps"] = (
            ("step", "layer", "head"), told.entropy.astype(float).mean(1), entropy_attributes("entropy of rows")
        )  # fmt: skip
        found[f"{which}cross_over_steps"] = (
            "step", told.cross.astype(float).mean(1), entropy_attributes("cross-entropy of batches")
        )  # fmt: skip
    steps = (np.arange(len(told.cross)) + 1.0) * STEPS[knobs.images] / len(told.cross)
    found["uniform"] = (
        (),
        np.log(checkpoints.load(knobs.images, knobs.method).weights["place"].shape[1]),
        entropy_attributes("log n"),
    )
    return xr.Dataset(found, coords={"step": ("step", steps, attributes("steps of training"))})
