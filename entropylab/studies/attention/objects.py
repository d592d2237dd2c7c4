"""Whether attention finds the object: overlap of every method's maps with strokes, a stage of attention."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from entropylab.problems.images.digits import FOLDS, load_fold
from entropylab.studies.attention.models import checkpoints, pruning
from entropylab.studies.attention.overlap import centre_prior, chance_level, masses, overlaps
from entropylab.studies.attention.stages import MODELS_INTERVAL, NAMES, mark_float32
from entropylab.studies.attention.statistics import model_interval
from entropylab.studies.core.attributes import attributes
from entropylab.studies.core.experiment import stage
from entropylab.studies.core.progress import report_progress


@stage("images")
def overlap(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """Overlap of the class token's attention with strokes for every method, beside maps that know nothing."""
    patches = checkpoints.test_set(knobs.images)[0]
    masks = np.stack([load_fold(knobs.images, fold).object_patches() for fold in range(FOLDS)])
    places = patches.shape[2]
    iou, mass = np.full((2, len(NAMES), FOLDS), np.nan)

    def work():
        for i, name in enumerate(NAMES):
            made, weights = checkpoints.choice_for(knobs.images, name), checkpoints.load(knobs.images, name).weights
            maps = np.asarray(pruning.class_maps(weights, patches, made.map, made.k), dtype=float)
            iou[i] = [np.nanmean(overlaps(*pair)) for pair in zip(maps, masks, strict=True)]
            mass[i] = [np.nanmean(masses(*pair)) for pair in zip(maps, masks, strict=True)]
            yield (i + 1) / len(NAMES)

    def picture():
        flat = masks.reshape(-1, places)
        random = np.random.default_rng(0).random(flat.shape)
        told = {}
        for name, values, title in (("iou", iou, "overlap with strokes"), ("mass", mass, "attention on strokes")):
            mean, error = model_interval(values, axis=1)
            told |= {
                name: ("method", mean, attributes(title, interval=MODELS_INTERVAL)),
                f"{name}_half": ("method", 1.96 * error, attributes("half-width of the interval")),
                f"{name}_models": (("method", "trained"), values.copy(), attributes(title)),
            }
        prior = np.broadcast_to(centre_prior(places), flat.shape)
        return mark_float32(xr.Dataset(
            {
                **told,
                "chance_level": ((), chance_level(flat), attributes("overlap of a random map, exact")),
                "random_map": ((), np.nanmean(overlaps(random, flat)), attributes("overlap of a random map, drawn")),
                "centre": ((), np.nanmean(overlaps(prior, flat)), attributes("overlap of the centre")),
            }
        ))  # fmt: skip

    yield from report_progress(work(), picture)
