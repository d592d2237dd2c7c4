"""A small causal model of characters with any attention map and penalty (Shihab et al. 2025, 5.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from entropylab.knobs import SEED, Knob, knob
from entropylab.studies.attention.models import language as model
from entropylab.studies.attention.models.methods import METHODS
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import Experiment, stage
from entropylab.studies.core.progress import report_progress
from entropylab.studies.core.question import Question

CHUNK = 5  # steps between two looks at the clock
WINDOWS_SAY = "1.96 standard errors over held-out windows, for this one model"


@dataclass(frozen=True, repr=False)
class Language(Question):
    """Which method, how long it is trained on Python's help texts, and how its attention is pruned."""

    method: str = knob(
        Knob("A", "What makes attention sparse in training: a penalty or a map.", "Shannon",
             stops=tuple(METHODS))
    )  # fmt: skip
    gamma: float = knob(Knob(r"\gamma", "Strength of the penalty.", 0.1, 0.003, 10.0, scale="log"))
    k: int = knob(Knob("k", "Keys of a row that top-k keeps, of 256.", 32, stops=(2, 4, 8, 16, 32, 64, 128)))
    threshold: float = knob(
        Knob(r"\tau", "Weights below this are dropped after training.", 0.01, 1e-4, 0.9, scale="log")
    )
    steps: int = knob(Knob("t", "Steps of training, 256 characters each.", 1500, stops=(5, 100, 500, 1500, 4000)))
    seed: int = knob(SEED)


@stage("method", "gamma", "k", "threshold", "steps", "seed")
def trained_model(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """Held-out perplexity with whole and with pruned attention, zeros, and the loss through training."""
    method = METHODS[knobs.method]._replace(gamma=knobs.gamma, k=knobs.k)
    progress, told = model.init_training(knobs.seed), []

    def work():
        nonlocal progress
        for done in range(0, knobs.steps, CHUNK):
            progress, reports = model.train_steps(progress, method, knobs.steps, CHUNK)
            told.append(float(reports["cross"]))
            yield (done + CHUNK) / knobs.steps

    def picture():
        found = {}
        for which, threshold in (("", 0.0), ("pruned_", knobs.threshold)):
            cross, zeros = np.full(2, np.nan), np.nan
            if len(told) * CHUNK == knobs.steps:
                cross, zeros = model.evaluate(progress.weights, method, threshold)
            mean, error = cross.mean(), cross.std(ddof=1) / len(cross) ** 0.5
            found |= {
                f"{which}cross": ((), mean, entropy_attributes("cross-entropy of a character", interval=WINDOWS_SAY)),
                f"{which}cross_error": ((), error, entropy_attributes("standard error of the cross-entropy")),
                f"{which}perplexity": ((), np.exp(mean), attributes("perplexity of a character", interval=WINDOWS_SAY)),
                f"{which}perplexity_error": ((), np.exp(mean) * error, attributes("standard error of the perplexity")),
                f"{which}sparsity": ((), 100 * zeros, attributes("zeros among the weights of causal rows", "%")),
            }
        losses = np.array(told + [np.nan] * (knobs.steps // CHUNK - len(told)))
        steps = CHUNK * (np.arange(knobs.steps // CHUNK) + 1.0)
        return xr.Dataset(
            {**found, "cross_over_steps": ("step", losses, entropy_attributes("cross-entropy of batches"))},
            coords={"step": ("step", steps, attributes("steps of training"))},
        )

    yield from report_progress(work(), picture)


language = Experiment(
    "language", Language, "Perplexity of a causal model of characters with sparse attention.", stages=(trained_model,)
)
