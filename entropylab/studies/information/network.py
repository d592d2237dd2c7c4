"""Proficiency of the neurons of a small trained network about features of handwritten digits (Couthures 2024)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

import jax
import numpy as np
import xarray as xr

from entropylab.estimators.discrete.plugin import plugin
from entropylab.estimators.knn.ross import ross
from entropylab.inference.intervals import uncertainty
from entropylab.numerics.validation import check
from entropylab.problems.real_data import data_set
from entropylab.studies.bias.methods import value_or_refusal
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import stage
from entropylab.studies.core.progress import report_progress
from entropylab.studies.core.statistics import nan_mean_and_std
from entropylab.studies.information import classifier

NEURONS, CLASSES, STEPS, TRAINED = 12, 10, 300, 997
FEATURES = (
    "class", "strokes", "ink", "centre, across", "centre, down", "inertia", "slant",
    "uniform", "normal", "Poisson",
)  # fmt: skip
RANDOM = ("uniform", "normal", "Poisson")
COUNTED = ("class", "strokes", "Poisson")
MIN_LABEL_COUNT = 5  # labels rarer than this join the next one: nobody can tell how such a label's samples lie
SHUFFLES, SUBSAMPLES, SUBSETS = 20, 20, 10
IMAGES = (50, 100, 200, 400, 800)
READOUT_PARAMETERS = ("images", "levels", "cut", "power", "k", "seed")


@lru_cache(maxsize=1)
def network() -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Latent (n, 12), pixels (n, 64) and labels (n,) of the held-out images, and the share classified rightly."""
    data = data_set("digits")
    order = np.random.default_rng(0).permutation(len(data.x))
    pixels, labels = data.x[order] / 16, data.y[order]
    scaled = (pixels - pixels[:TRAINED].mean(0)) / (pixels[:TRAINED].std(0) + 0.1)
    seen, held = scaled[:TRAINED], scaled[TRAINED:]
    weights = classifier.train(jax.random.key(0), seen, labels[:TRAINED], STEPS, NEURONS, CLASSES)
    right = np.argmax(np.asarray(classifier.apply(weights, held)), 1) == labels[TRAINED:]
    latent = np.asarray(classifier.latent(weights, held), dtype=np.float64)
    return latent, pixels[TRAINED:], labels[TRAINED:], float(right.mean())


@lru_cache(maxsize=128)
def read_neurons(
    images: int, seed: int, levels: int, cut: str, power: float, replicate: int = 0
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Neurons (n, 12), and labels (n,) of every feature, of `images` held-out images drawn for this replicate.

    Continuous features are cut into levels.
    """
    latent, pixels, labels, _ = network()
    rng = np.random.Generator(np.random.PCG64([seed, replicate, 3]))
    chosen, n = rng.permutation(len(pixels))[:images], images
    picture, labels = pixels[chosen].reshape(-1, 8, 8), labels[chosen]
    ink = picture.sum((1, 2))
    place = np.arange(8) - 3.5
    across = (picture.sum(1) * place).sum(1) / ink
    down = (picture.sum(2) * place).sum(1) / ink
    dx, dy = place[None, None, :] - across[:, None, None], place[None, :, None] - down[:, None, None]
    inertia = (picture * (dx**2 + dy**2)).sum((1, 2)) / ink
    slant = (picture * dx * dy).sum((1, 2)) / ink
    dark = picture > 0.5
    runs = dark[:, :, 0] + (dark[:, :, 1:] & ~dark[:, :, :-1]).sum(2)  # runs of ink in every row
    values = {
        "class": labels, "strokes": runs.max(1), "ink": ink, "centre, across": across,
        "centre, down": down, "inertia": inertia, "slant": slant,
        "uniform": rng.uniform(size=n), "normal": rng.standard_normal(n), "Poisson": rng.poisson(3.0, n),
    }  # fmt: skip
    return latent[chosen], tuple(
        _merge_rare_labels(values[name])
        if name in COUNTED
        else _merge_rare_labels(_levels(values[name], levels, cut, power))
        for name in FEATURES
    )


def _levels(values, levels, cut, power):
    """Continuous values scaled to 0 .. 1, raised to `power`, then cut into levels."""
    scaled = ((values - values.min()) / np.ptp(values)) ** power
    if cut == "equal counts":
        edges = np.quantile(scaled, np.arange(1, levels) / levels)
    else:
        edges = np.arange(1, levels) / levels
    return np.searchsorted(edges, scaled, side="right")


def _merge_rare_labels(labels):
    """Labels renumbered from 0, those seen fewer than FEWEST times joined to the next, the last to the one before."""
    _, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    groups, group, filled = np.empty(len(counts), int), 0, 0
    for i, count in enumerate(counts):
        groups[i], filled = group, filled + count
        if filled >= MIN_LABEL_COUNT and counts[i + 1 :].sum() >= MIN_LABEL_COUNT:
            group, filled = group + 1, 0
    return groups[codes]


def _proficiency(neurons, labels, k):
    """I(F; A) / H(F) by Ross's neighbours over the plug-in entropy; NaN for a feature of a single label."""
    counts = np.bincount(labels)
    if (counts > 0).sum() < 2:
        return np.nan
    entropy = float(plugin(counts[counts > 0]))
    value, _ = value_or_refusal(lambda: ross(neurons, labels, k=min(k, len(labels) - 1)))
    return value / entropy


@stage(*READOUT_PARAMETERS)
def neurons(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """Proficiency of every neuron alone, and of the layer as one space, for every feature."""
    accuracy, held = network()[3], len(network()[0])
    accuracy_error = math.sqrt(accuracy * (1 - accuracy) / held)  # a binomial's
    latent, labels = read_neurons(knobs.images, knobs.seed, knobs.levels, knobs.cut, knobs.power)
    values = np.full((len(FEATURES), NEURONS + 1), np.nan)
    entropy = np.array([float(plugin(np.bincount(label))) for label in labels])

    def work():
        for i, label in enumerate(labels):
            for j in range(NEURONS):
                values[i, j] = _proficiency(latent[:, j], label, knobs.k)
            values[i, NEURONS] = _proficiency(latent, label, knobs.k)
            yield (i + 1) / len(labels)

    def picture():
        at = {name: values[FEATURES.index(name), NEURONS] for name in FEATURES}
        return xr.Dataset(
            {
                "proficiency": (("feature", "neuron"), values.copy(), attributes("proficiency")),
                "feature_entropy": ("feature", entropy, entropy_attributes("entropy of the feature")),
                "class_proficiency": ((), at["class"], attributes("proficiency of the layer for the class")),
                "random_proficiency": (
                    (),
                    np.mean([at[name] for name in RANDOM]),
                    attributes("mean for random features"),
                ),
                "accuracy": ((), accuracy, attributes("share classified rightly", interval="1.96 standard errors")),
                "accuracy_error": ((), accuracy_error, attributes("standard error of that share")),
            }
        )

    yield from report_progress(work(), picture)


@stage(*READOUT_PARAMETERS)
def layer(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """The layer's proficiency with its interval, beside what shuffled features read."""
    latent, labels = read_neurons(knobs.images, knobs.seed, knobs.levels, knobs.cut, knobs.power)
    value, error, low, high = np.full((4, len(FEATURES)), np.nan)
    chance = [FEATURES.index(name) for name in RANDOM]

    def work():
        rng = np.random.default_rng(knobs.seed)
        for i, label in enumerate(labels):
            value[i] = _proficiency(latent, label, knobs.k)
            with check.suppress_warnings():
                error[i] = _standard_error(latent, label, knobs.k)
                shuffled = [_proficiency(latent, label[rng.permutation(len(label))], knobs.k) for _ in range(SHUFFLES)]
            low[i], high[i] = np.quantile(shuffled, (0.025, 0.975))
            yield (i + 1) / len(labels)

    def picture():
        over = {"interval": "1.96 standard errors, subsampling"}
        return xr.Dataset(
            {
                "layer_proficiency": ("feature", value.copy(), attributes("proficiency of the layer", **over)),
                "layer_error": ("feature", error.copy(), attributes("standard error of the proficiency")),
                "layer_null_low": ("feature", low.copy(), attributes("null, 2.5 %")),
                "layer_null_high": ("feature", high.copy(), attributes("null, 97.5 %")),
                "random_error": (
                    (),
                    np.sqrt((error[chance] ** 2).sum()) / len(RANDOM),
                    attributes("standard error of that mean"),
                ),
                "class_error": ((), error[0], attributes("standard error of the proficiency for the class")),
            }
        )

    yield from report_progress(work(), picture)


@stage("levels", "cut", "power", "k", "seed")
def over_images(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """The layer's proficiency over the number of images, for the class and for a random feature."""
    looked = ("class", "uniform")
    values = np.full((len(looked), len(IMAGES), SUBSETS), np.nan)
    shuffled = np.full((len(IMAGES), SUBSETS), np.nan)

    def work():
        for j, images in enumerate(IMAGES):
            for r in range(SUBSETS):
                latent, labels = read_neurons(images, knobs.seed, knobs.levels, knobs.cut, knobs.power, r)
                for i, name in enumerate(looked):
                    values[i, j, r] = _proficiency(latent, labels[FEATURES.index(name)], knobs.k)
                order = np.random.default_rng([knobs.seed, r]).permutation(images)
                shuffled[j, r] = _proficiency(latent, labels[0][order], knobs.k)
                yield (sum(IMAGES[:j]) + images * (r + 1) / SUBSETS) / sum(IMAGES)

    def picture():
        mean, deviation = nan_mean_and_std(values)
        middle, spread = nan_mean_and_std(shuffled)
        over = {"interval": f"one standard deviation over {SUBSETS} random subsets of the 800 images, which overlap"}
        return xr.Dataset(
            {
                "layer_over_images": (
                    ("looked_at", "images_stop"),
                    mean,
                    attributes("proficiency of the layer", **over),
                ),
                "layer_deviation": (("looked_at", "images_stop"), deviation, attributes("standard deviation")),
                "null_low_over_images": (
                    "images_stop",
                    middle - 1.96 * spread,
                    attributes("null, mean − 1.96 deviations"),
                ),
                "null_high_over_images": (
                    "images_stop",
                    middle + 1.96 * spread,
                    attributes("null, mean + 1.96 deviations"),
                ),
            },
            coords={"images_stop": ("images_stop", np.array(IMAGES, dtype=float), attributes("images m"))},
        )

    yield from report_progress(work(), picture)


def _standard_error(latent, label, k):
    """Of I(F; A) by subsampling, over H(F). As in the sample itself, labels that are rare join the next one."""
    if len(label) // 2 <= k:
        return math.nan
    entropy = float(plugin(np.bincount(label)))
    try:
        found = uncertainty(
            lambda neurons, labels: ross(neurons, _merge_rare_labels(labels), k=k),
            latent, label, resamples=SUBSAMPLES, size=len(label) // 2,
        )  # fmt: skip
    except ValueError:
        return math.nan
    return found.standard_error / entropy
