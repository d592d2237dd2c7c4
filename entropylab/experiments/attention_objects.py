"""Whether attention finds the object: overlap of every method's maps with strokes, a stage of attention."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from entropylab.experiments.attention import MODELS_SAY, NAMES, attention, single
from entropylab.experiments.attention_overlap import centre, chance, masses, overlaps
from entropylab.experiments.attention_statistics import model_interval
from entropylab.experiments.growing import growing
from entropylab.experiments.labels import plain
from entropylab.models import pruned, trained
from entropylab.problems.digit_images import FOLDS, image_fold


@attention.stage("images")
def overlap(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """Overlap of the class token's attention with strokes for every method, beside maps that know nothing."""
    patches = trained.tests(knobs.images)[0]
    masks = np.stack([image_fold(knobs.images, fold).object_patches() for fold in range(FOLDS)])
    places = patches.shape[2]
    iou, mass = np.full((2, len(NAMES), FOLDS), np.nan)

    def work():
        for i, name in enumerate(NAMES):
            made, weights = trained.made(knobs.images, name), trained.models(knobs.images, name).weights
            maps = np.asarray(pruned.class_maps(weights, patches, made.map, made.k), dtype=float)
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
                name: ("method", mean, plain(title, interval=MODELS_SAY)),
                f"{name}_half": ("method", 1.96 * error, plain("half-width of the interval")),
                f"{name}_models": (("method", "trained"), values.copy(), plain(title)),
            }
        prior = np.broadcast_to(centre(places), flat.shape)
        return single(xr.Dataset(
            {
                **told,
                "chance": ((), chance(flat), plain("overlap of a random map, exact")),
                "random_map": ((), np.nanmean(overlaps(random, flat)), plain("overlap of a random map, drawn")),
                "centre": ((), np.nanmean(overlaps(prior, flat)), plain("overlap of the centre")),
            }
        ))  # fmt: skip

    yield from growing(work(), picture)
