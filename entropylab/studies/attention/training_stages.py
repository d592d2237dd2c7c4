"""Training one small vision transformer while its map, its penalty and their strength turn (Shihab et al. 2025)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from entropylab.knobs import SEED, Knob, knob
from entropylab.numerics import fit
from entropylab.numerics.discrete import simplex
from entropylab.problems.images.digits import FOLDS, IMAGE_SETS, load_fold
from entropylab.studies.attention.models import image_training, pruning, vision_transformer
from entropylab.studies.attention.models.regularizers import MAPS, PENALTIES, Method, encode
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.question import Question
from entropylab.studies.core.training import Training

SCHEDULES = {"constant": (0.0, 0.0), "warm-up": (0.0, 0.2), "late": (0.5, 0.8)}
REPORT_EVERY = 10
SHOWN = 3  # the test image whose maps are drawn
IMAGES_SAY = "95 % over test images, for this one model"


@dataclass(frozen=True, repr=False)
class AttentionTraining(Question):
    """What makes attention sparse, how strongly and when, and which run."""

    map: str = knob(Knob("A", "The map from scores to attention weights.", "softmax", stops=MAPS))
    penalty: str = knob(
        Knob("P", "What is added to the loss: its mean over rows, over its largest value.", "Shannon", stops=PENALTIES)
    )
    gamma: float = knob(Knob(r"\gamma", "Strength of the penalty.", 0.3, 0.003, 10.0, scale="log"))
    schedule: str = knob(
        Knob("", "When the penalty comes: at once, over the first fifth, or from half to four fifths.", "warm-up",
             stops=tuple(SCHEDULES))
    )  # fmt: skip
    k: int = knob(Knob("k", "Keys of a row that top-k keeps.", 3, stops=(1, 2, 3, 4, 6, 8, 12, 16)))
    threshold: float = knob(
        Knob(r"\tau", "Where weights are cut for the pruned accuracy; training does not see it.", 0.1, 1e-3, 0.9,
             scale="log")
    )  # fmt: skip
    images: str = knob(Knob("X", "Digits alone, or somewhere on a piece of a photograph.", "digits", stops=IMAGE_SETS))
    steps: int = knob(Knob("t", "Steps of a run, batches of 64.", 200, stops=(50, 100, 200, 400, 700, 1000, 2000)))
    seed: int = knob(SEED)


class Run(NamedTuple):
    """Where a run stands, and what was seen at every tenth step."""

    step: int
    progress: fit.Progress
    seen: tuple[dict[str, np.ndarray], ...]


def _fold(question):
    return load_fold(question.images, question.seed % FOLDS)


def _start(question: AttentionTraining) -> Run:
    tokens = (_fold(question).side // vision_transformer.PATCH) ** 2 + 1
    progress = image_training.init_training(question.seed, tokens)
    return Run(0, progress, (_evaluate(progress.weights, question),))


def _method(question):
    begin, full = SCHEDULES[question.schedule]
    return Method(question.map, question.penalty, question.gamma, begin, full, question.k)


def _advance(run: Run, question: AttentionTraining, steps: int) -> Run:
    fold = _fold(question)
    data = image_training.images(vision_transformer.patches(fold.images), fold.labels.astype(np.int32))
    progress, _ = image_training.train_steps(run.progress, data, _method(question), question.steps, steps)
    step = run.step + steps
    seen = run.seen
    if step % REPORT_EVERY == 0:
        seen = (*seen, _evaluate(progress.weights, question))
        if not np.isfinite(seen[-1]["cross"]):
            raise ValueError(f"training broke at step {step}: the loss is not finite; lower gamma and begin again.")
    return Run(step, progress, seen)


def _evaluate(weights, question):
    """Dense and pruned accuracy on the test images, zeros, entropies, and the maps of one image."""
    fold, made = _fold(question), encode(_method(question))
    patches, labels = (
        jnp.asarray(vision_transformer.patches(fold.test_images)),
        jnp.asarray(fold.test_labels, jnp.int32),
    )
    found = _test_accuracy(weights, patches, labels, made.map, made.k, jnp.float32(question.threshold))
    return {name: np.asarray(value, dtype=float) for name, value in found.items()}


@jax.jit
def _test_accuracy(weights, patches, labels, kind, k, threshold):
    scores, attention = pruning.pruned_attention(weights, patches, kind, k, jnp.float32(0), patches.shape[1] + 1)
    cut, kept = pruning.pruned_attention(weights, patches, kind, k, threshold, patches.shape[1] + 1)
    logs = jax.nn.log_softmax(scores)
    return {
        "cross": -jnp.take_along_axis(logs, labels[:, None], 1).mean(),
        "right": (scores.argmax(-1) == labels).mean(),
        "right_pruned": (cut.argmax(-1) == labels).mean(),
        "zeros": (kept == 0).mean(),
        "entropy": simplex.entropy(attention).mean((1, 3)),
        "maps": kept[:, SHOWN, :, 0, 1:],
    }


def _picture(run: Run, question: AttentionTraining) -> xr.Dataset:
    fold = _fold(question)
    records, told = question.steps // REPORT_EVERY + 1, len(run.seen)
    side, n = fold.side // vision_transformer.PATCH, len(fold.test_labels)

    def over(name, times=1.0):
        values = np.stack([one[name] for one in run.seen]) * times
        return np.concatenate([values, np.full((records - told, *values.shape[1:]), np.nan)])

    last = run.seen[-1]
    error = lambda p: 100 * np.sqrt(p * (1 - p) / n)  # noqa: E731
    maps = last["maps"].reshape(*last["maps"].shape[:2], side, side)
    dataset = xr.Dataset(
        {
            "step": ((), float(run.step), attributes("steps done")),
            "length": ((), float(question.steps), attributes("steps of the run")),
            "accuracy": ((), 100 * last["right"], attributes("accuracy, nothing pruned", "%", interval=IMAGES_SAY)),
            "accuracy_error": ((), error(last["right"]), attributes("standard error over images", "%")),
            "pruned_accuracy": (
                (),
                100 * last["right_pruned"],
                attributes("accuracy, pruned", "%", interval=IMAGES_SAY),
            ),
            "pruned_accuracy_error": ((), error(last["right_pruned"]), attributes("standard error over images", "%")),
            "sparsity": ((), 100 * last["zeros"], attributes("zeros among attention weights", "%")),
            "row_entropy": ((), last["entropy"].mean(), entropy_attributes("mean entropy of rows")),
            "uniform": ((), np.log(side**2 + 1), entropy_attributes("log n")),
            "accuracy_over_steps": ("record", over("right", 100), attributes("accuracy, nothing pruned", "%")),
            "pruned_over_steps": ("record", over("right_pruned", 100), attributes("accuracy, pruned", "%")),
            "sparsity_over_steps": ("record", over("zeros", 100), attributes("zeros among attention weights", "%")),
            "cross_over_steps": ("record", over("cross"), entropy_attributes("cross-entropy of test images")),
            "entropy_over_steps": (("record", "layer", "head"), over("entropy"), entropy_attributes("entropy of rows")),
            "picture": (("row", "column"), fold.test_images[SHOWN].astype(float), attributes("ink")),
            "heads": (("layer", "head", "patch_row", "patch_column"), maps, attributes("attention of the class token")),
            "map": (("patch_row", "patch_column"), maps[-1].mean(0), attributes("attention of the class token")),
        },
        coords={"record": ("record", REPORT_EVERY * np.arange(records, dtype=float), attributes("steps of training"))},
    )
    for name in set(dataset.data_vars) - {"step", "length", "uniform", "picture"}:
        dataset[name].attrs["precision"] = "float32"
    return dataset


attention_training = Training(
    "attention_training", AttentionTraining, "Train a small vision transformer and turn its penalty on the way.",
    start=_start, advance=_advance, picture=_picture, length=lambda question: question.steps,
    live=("map", "penalty", "gamma", "schedule", "k", "threshold"), every=REPORT_EVERY,
)  # fmt: skip
