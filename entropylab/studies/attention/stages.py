"""Attention of small vision transformers: maps, pruning, accuracy against sparsity, overlap (Shihab et al. 2025)."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from entropylab.estimators.attention.maps import attention_rollout
from entropylab.knobs import Knob, knob, parse_pixel_levels
from entropylab.numerics.discrete import simplex
from entropylab.problems.images.digits import IMAGE_SETS, load_fold
from entropylab.problems.images.upload import INK, SIDE
from entropylab.studies.attention.models import checkpoints, pruning, vision_transformer
from entropylab.studies.attention.models.methods import METHODS
from entropylab.studies.attention.models.multiplications import VIT_B16, flops
from entropylab.studies.attention.statistics import image_interval, model_interval
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import stage
from entropylab.studies.core.question import Question

NAMES = tuple(METHODS)
ALL_KEYS = 37  # tokens of the larger images: keeping as many drops nothing
MODELS_INTERVAL = "95 % over the five trained models, Student's t"
IMAGES_INTERVAL = "95 % over test images, 1.96 standard errors"


@dataclass(frozen=True, repr=False)
class Attention(Question):
    """Which models, which image, where attention is looked at, and how it is pruned."""

    images: str = knob(Knob("X", "Digits alone, or somewhere on a piece of a photograph.", "digits", stops=IMAGE_SETS))
    method: str = knob(Knob("A", "What made attention sparse in training: a penalty or a map.", "Shannon", stops=NAMES))
    versus: str = knob(Knob("B", "The method it is compared with, on the same images.", "none", stops=NAMES))
    model: int = knob(Knob("m", "Which of five trained models; each is shown images it has not seen.", 0, 0, 4))
    image: int = knob(Knob("i", "Which of the model's test images.", 0, 0, 358))
    drawn: str = knob(
        Knob("D", "Your own digit in place of the test image: fill the square with it.", "none", 0, INK, side=SIDE)
    )
    layer: int = knob(Knob("l", "Which layer's attention.", 2, stops=(1, 2)))
    head: str = knob(Knob("h", "Which head's attention, or their mean.", "mean", stops=("mean", "1", "2", "3", "4")))
    query: str = knob(
        Knob("q", "Whose row of attention: the class token's, from which the digit is read, or the marked patch's.",
             "patch", stops=("patch", "class token"))
    )  # fmt: skip
    x: float = knob(Knob("x", "Where the marked patch lies, from left to right.", 0.6, 0.0, 1.0))
    y: float = knob(Knob("y", "Where the marked patch lies, from bottom to top.", 0.6, 0.0, 1.0))
    threshold: float = knob(
        Knob(r"\tau", "Attention weights below this are dropped; the largest of a row stays.", 0.01, 1e-4, 0.9,
             scale="log")
    )  # fmt: skip
    keep: int = knob(
        Knob("k", "Keys that a row keeps at most.", ALL_KEYS, stops=(1, 2, 3, 4, 6, 8, 12, 16, 24, ALL_KEYS))
    )


MODEL_PARAMETERS = ("images", "method", "versus")


@stage(*MODEL_PARAMETERS, "model", "image", "drawn", "layer", "head", "query", "x", "y", "threshold", "keep")
def attention_maps(knobs) -> xr.Dataset:
    """One image through one model of each method: maps of all heads, of the chosen row, rolled out; the answer."""
    picture, written = _image_and_label(knobs)
    side = len(picture) // vision_transformer.PATCH
    row = 0 if knobs.query == "class token" else 1 + _patch(knobs.x, knobs.y, side)
    found = {}
    for which, name in (("", knobs.method), ("other_", knobs.versus)):
        scores, heads = _run_model(knobs, name, picture)
        chosen = heads[knobs.layer - 1]
        chosen = chosen.mean(0) if knobs.head == "mean" else chosen[int(knobs.head) - 1]
        flow = np.asarray(attention_rollout(heads.mean(1)))[0, 1:]
        weight = np.exp(scores - scores.max())  # of the softmax, not yet divided by its sum
        square = lambda rows: rows.reshape(*rows.shape[:-1], side, side)  # noqa: E731
        found |= {
            f"{which}map": (("patch_row", "patch_column"), square(chosen[row, 1:]), attributes("attention")),
            f"{which}heads": (
                ("layer", "head", "patch_row", "patch_column"),
                square(heads[:, :, row, 1:]),
                attributes("attention"),
            ),
            f"{which}rollout": (("patch_row", "patch_column"), square(flow), attributes("rollout to the class token")),
            f"{which}matrix": (("token", "key"), chosen, attributes("attention")),
            f"{which}probability": ("digit", weight / weight.sum(), attributes("probability")),
            f"{which}reads": ((), int(scores.argmax()), attributes("digit read")),
            f"{which}row_entropy": (
                (),
                float(simplex.entropy(jnp.asarray(chosen[row]))),
                entropy_attributes("entropy of the row"),
            ),
            f"{which}on_class": ((), chosen[row, 0], attributes("weight on the class token")),
        }
    return xr.Dataset(
        {
            "picture": (("row", "column"), picture.astype(float), attributes("ink")),
            "written": ((), written, attributes("digit written")),
            "place": ("axis", _centre_of(row, side), attributes("centre of the marked patch")),
            **found,
        }
    )


def _image_and_label(knobs):
    """Ink (side, side) from 0 to 1, and the digit that was written: NaN for a drawn one, which only its author knows.

    On the larger images a drawn digit stands in the middle of a dark ground.
    """
    fold = load_fold(knobs.images, knobs.model)
    if knobs.drawn == "none":
        return fold.test_images[knobs.image], int(fold.test_labels[knobs.image])
    ink = np.reshape(parse_pixel_levels(knobs.drawn), (SIDE, SIDE)) / INK
    return np.pad(ink, (fold.side - SIDE) // 2), np.nan


def _run_model(knobs, name, picture):
    """Scores (10,) and pruned attention (layers, heads, tokens, tokens) for one image by one stored model."""
    # in double precision, which one image can afford: the maps are then the same on every processor
    weights = jax.tree.map(
        lambda w: np.asarray(w)[knobs.model].astype(jnp.result_type(float)),
        checkpoints.load(knobs.images, name).weights,
    )
    made = checkpoints.choice_for(knobs.images, name)
    scores, attention = pruning.pruned_attention(
        weights, jnp.asarray(vision_transformer.patches(picture[None]), float), made.map, made.k[knobs.model],
        jnp.asarray(knobs.threshold), np.int32(knobs.keep),
    )  # fmt: skip
    return np.asarray(scores, dtype=float)[0], np.asarray(attention, dtype=float)[:, 0]


def _patch(x, y, side):
    """The patch at (x, y), y upwards: patches go row by row from the top."""
    column, row = (min(int(place * side), side - 1) for place in (x, 1 - y))
    return side * row + column


def _centre_of(row, side):
    if row == 0:
        return np.array([np.nan, np.nan])
    return np.array([((row - 1) % side + 0.5) / side, 1 - ((row - 1) // side + 0.5) / side])


@stage(*MODEL_PARAMETERS, "threshold", "keep")
def pruned_test(knobs) -> xr.Dataset:
    """Both methods on all test images with pruned attention: accuracy, zeros, and their paired difference."""
    found, right = {}, []
    pair = (knobs.method, knobs.versus)
    results = [checkpoints.pruned(knobs.images, name, knobs.threshold, knobs.keep) for name in pair]  # side by side
    for which, result in zip(("", "other_"), results, strict=True):
        right.append(100.0 * np.asarray(result.correct))
        accuracy, error = model_interval(right[-1].mean(1))
        sparsity, sparsity_error = model_interval(100.0 * np.asarray(result.sparsity, dtype=float))
        over = {"interval": MODELS_INTERVAL}
        found |= {
            f"{which}accuracy": ((), accuracy, attributes("accuracy", "%", **over)),
            f"{which}accuracy_error": ((), error, attributes("half-width of the interval / 1.96", "%")),
            f"{which}sparsity": ((), sparsity, attributes("zeros among attention weights", "%", **over)),
            f"{which}sparsity_error": ((), sparsity_error, attributes("half-width of the interval / 1.96", "%")),
        }
    difference, error = model_interval((right[0] - right[1]).mean(1))
    half = image_interval(right[0] - right[1])
    shapes = checkpoints.load(knobs.images, knobs.method).weights["place"].shape[1]
    here = flops(vision_transformer.size(vision_transformer.PATCH * round((shapes - 1) ** 0.5)))
    return mark_float32(
        xr.Dataset(
            {
                **found,
                "difference": (
                    (),
                    difference,
                    attributes("difference of accuracies", "points", interval=MODELS_INTERVAL),
                ),
                "difference_error": ((), error, attributes("half-width of the interval / 1.96", "points")),
                "image_difference": (
                    (),
                    difference,
                    attributes("difference of accuracies", "points", interval=IMAGES_INTERVAL),
                ),
                "image_difference_error": ((), half / 1.96, attributes("half-width of the interval / 1.96", "points")),
                "flops_saved": (
                    (),
                    found["sparsity"][1] * here.saved(1.0, scores_too=True),
                    attributes("spared at most", "%"),
                ),
                "map_share": ((), 100 * here.map_share, attributes("multiplications in the map's products", "%")),
                "vit_b16_saved": (
                    (),
                    80 * flops(VIT_B16).map_share,
                    attributes("spared at 80 % zeros, ViT-B/16", "%"),
                ),
            }
        )
    )


def mark_float32(answer):
    """`answer`, marked as what networks in single precision say: other processors round its last digits otherwise."""
    for variable in answer.data_vars.values():
        variable.attrs["precision"] = "float32"
    return answer
