"""Trained vision transformers: five models of every method on their own folds, stored small, and how to make them."""

from __future__ import annotations

import functools
from functools import partial
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from entropylab.numerics import fit
from entropylab.problems.images.digits import FOLDS, load_fold
from entropylab.studies.attention.models import image_training, vision_transformer
from entropylab.studies.attention.models.methods import FOLDER, METHODS, STEPS, Setting, selected_setting, with_setting
from entropylab.studies.attention.models.pruning import first_layer
from entropylab.studies.attention.models.pruning_simd import FirstLayers, scores_and_zeros, stack_first_layers
from entropylab.studies.attention.models.regularizers import MethodParameters, patch_memberships, specialize

REPORT_EVERY = 20  # steps from one report to the next
THRESHOLDS = np.concatenate([[0.0], np.geomspace(1e-3, 0.99, 36)]).astype(np.float32)


class Models(NamedTuple):
    """Five trained models: weights with a leading axis of models, and what training reported every 20 steps.

    `entropy` (reports, models, layers, heads) in nats, `cross` (reports, models) the cross-entropy in nats.
    """

    weights: dict
    entropy: np.ndarray
    cross: np.ndarray


class EvaluationSet(NamedTuple):
    """What models are tried on: patches (models, n, tokens - 1, 4), labels (models, n)."""

    patches: jax.Array
    labels: jax.Array


class Pruned(NamedTuple):
    """Which images every model reads rightly (models, n), and the share of zeros among its attention weights."""

    correct: np.ndarray
    sparsity: np.ndarray


def choice_for(images: str, name: str) -> MethodParameters:
    """The map and penalty called `name` as the stored models have it; gamma and k are one for each model."""
    return with_setting(name, selected_setting(images, name))


def checkpoint_path(images: str, name: str) -> Path:
    """Where the models of a method are stored."""
    return FOLDER / f"{images}-{name}.npz".replace(", ", "-").replace(" ", "-")


@functools.cache
def load(images: str, name: str) -> Models:
    """The stored models, in float32; they are rounded to 16 bits, which moves scores by less than 0.01."""
    with np.load(checkpoint_path(images, name)) as stored:
        wide = {key: stored[key].astype(np.float32) for key in stored}
    blocks = {key.removeprefix("blocks."): wide.pop(key) for key in list(wide) if key.startswith("blocks.")}
    entropy, cross = wide.pop("told.entropy"), wide.pop("told.cross")
    return Models(jax.tree.map(jnp.asarray, {**wide, "blocks": blocks}), entropy, cross)


@functools.cache
def test_set(images: str) -> EvaluationSet:
    """The images that each model has not seen and that chose nothing for it."""
    return _shown([(one.test_images, one.test_labels) for one in _folds(images)])


@functools.cache
def validation_set(images: str) -> EvaluationSet:
    """The images by which each model's setting is chosen."""
    return _shown([(one.choice_images, one.choice_labels) for one in _folds(images)])


def pruned(images: str, name: str, threshold: float, keep: int) -> Pruned:
    """The stored models of a method on their test images with attention pruned."""
    return _answers(_first_layers(images, name), choice_for(images, name), test_set(images).labels, threshold, keep)


@functools.lru_cache(maxsize=4)  # two pairs of methods; about 50 MB for each on the larger images
def _first_layers(images, name):
    return _compute_first_layers(load(images, name).weights, choice_for(images, name), test_set(images))


def curves(weights, choice: MethodParameters, shown: EvaluationSet) -> tuple[np.ndarray, np.ndarray]:
    """Sparsity (thresholds, models) and right answers (thresholds, models, n) at every threshold of `THRESHOLDS`."""
    start, keep = _compute_first_layers(weights, choice, shown), shown.patches.shape[2] + 1
    found = [_answers(start, choice, shown.labels, threshold, keep) for threshold in THRESHOLDS]
    return np.stack([one.sparsity for one in found]), np.stack([one.correct for one in found])


def _compute_first_layers(weights, choice, shown) -> FirstLayers:
    weights, patches = jax.device_get((weights, shown.patches))  # a slice of JAX's own would be compiled
    held = [
        first_layer(jax.tree.map(lambda w, m=m: w[m], weights), patches[m], int(choice.map), choice.k[m])
        for m in range(len(patches))
    ]
    return stack_first_layers(weights, *(np.stack(parts) for parts in zip(*held, strict=True)))


def _answers(start, choice, labels, threshold, keep) -> Pruned:
    scores, zeros = scores_and_zeros(start, int(choice.map), choice.k, threshold, keep, labels.shape[1])
    return Pruned(scores.argmax(-1) == np.asarray(labels), zeros)


def train(images: str, name: str, setting: Setting, seed: int = 0) -> Models:
    """Five models of a method trained side by side (model i on fold i, from seed + i), rounded as they are stored."""
    steps, shown = STEPS[images], _shown([(one.images, one.labels) for one in _folds(images)])
    tokens = shown.patches.shape[2] + 1
    begin = jax.vmap(lambda seed, place: image_training.init_training(seed, tokens, place))
    progress = begin(seed + jnp.arange(FOLDS), jnp.asarray(setting.place, jnp.float32))
    told, choice, memberships = [], with_setting(name, setting), patch_memberships(tokens)
    objective = specialize(image_training.objective, int(choice.map), int(choice.penalty))
    for _ in range(0, steps, REPORT_EVERY):
        progress, reports = _advance(progress, *shown, memberships, choice, jnp.float32(steps), REPORT_EVERY, objective)
        told.append(reports)
    rounded = jax.tree.map(lambda w: w.astype(jnp.float16).astype(jnp.float32), progress.weights)
    stack = lambda key: np.stack([np.asarray(reports[key]) for reports in told])  # noqa: E731
    return Models(rounded, stack("entropy"), stack("cross"))


def store(images: str, name: str, made: Models) -> Path:
    """Write models as 16-bit numbers; below 200 KB for five."""
    blocks = {f"blocks.{key}": value for key, value in made.weights["blocks"].items()}
    flat = {key: value for key, value in made.weights.items() if key != "blocks"} | blocks
    flat |= {"told.entropy": made.entropy, "told.cross": made.cross}
    FOLDER.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        checkpoint_path(images, name), **{key: np.asarray(value, np.float16) for key, value in flat.items()}
    )
    return checkpoint_path(images, name)


def store_curves(images: str) -> Path:
    """Write the curves of every stored method, right answers as bits."""
    told = {}
    for name in METHODS:
        sparsity, correct = curves(load(images, name).weights, choice_for(images, name), test_set(images))
        told |= {f"{name}.sparsity": sparsity, f"{name}.correct": np.packbits(correct, axis=-1)}
    np.savez_compressed(checkpoint_path(images, "curves"), **told)
    return checkpoint_path(images, "curves")


@functools.cache
def stored_curves(images: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """What `curves` gives for every stored method, read from where `store_curves` put it."""
    n = test_set(images).labels.shape[1]
    with np.load(checkpoint_path(images, "curves")) as stored:
        return {
            name: (stored[f"{name}.sparsity"], np.unpackbits(stored[f"{name}.correct"], axis=-1, count=n).astype(bool))
            for name in METHODS
        }


def _folds(images):
    return [load_fold(images, fold) for fold in range(FOLDS)]


def _shown(pairs):
    patches, labels = zip(*((vision_transformer.patches(pictures), digits) for pictures, digits in pairs), strict=True)
    return EvaluationSet(jnp.asarray(np.stack(patches)), jnp.asarray(np.stack(labels), jnp.int32))


@partial(jax.jit, static_argnames="objective")
def _advance(progress, patches, labels, memberships, choice, steps, count, objective):
    def one(progress, patches, labels, gamma, k):
        data = image_training.Images(patches, labels, memberships)
        own = choice._replace(gamma=gamma, k=k)
        return fit.train_steps(progress, data, own, steps, count, objective, image_training.batch)

    return jax.vmap(one)(progress, patches, labels, choice.gamma, choice.k)
