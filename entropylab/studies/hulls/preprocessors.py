"""Preprocessing of points before a geometric algorithm: EntropyNet (Shihab et al. 2025) and its baselines."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import jax
import numpy as np

from entropylab.problems.points.sets import point_set
from entropylab.studies.entropynet import model as model
from entropylab.studies.entropynet.stages import EPOCH, Preprocessing, Run, begin, softness, train_steps, unit
from entropylab.studies.hulls.neural_sort import neural_sort

SORT_TEMPERATURE = 0.1  # NeuralSort's temperature, in units of the coordinate
MAX_SORTED_POINTS = 2000  # NeuralSort has a table of n x n
TRAINING_POINTS = 128  # points of a training set, at most: the loss has tables of n x n
BATCH, STEPS = 8, 100


def training_sets(data: str, n: int, seed: int, d: int) -> np.ndarray:
    """(sets, n, d) float32 in the unit cube: the next n points of one long set each, as `entropynet` has them."""
    count = EPOCH * BATCH
    return unit(point_set(data, count * n, seed, dimension=d).reshape(count, n, d)).astype(np.float32)


@lru_cache(maxsize=64)
def trained_network(data: str, n: int, d: int, changes: tuple, seed: int) -> tuple[Run, Preprocessing]:
    """The network after `STEPS` steps on sets of up to 128 points, and the settings; `changes` are pairs of knobs."""
    question = Preprocessing(batch=BATCH, steps=STEPS, seed=seed, **dict(changes))
    sets = training_sets(data, max(4, min(n, TRAINING_POINTS)), seed, d)
    return train_steps(begin(sets, question), sets, question, STEPS)[0], question


def get_preprocessor(name: str, data: str, n: int, d: int, changes: dict | None, seed: int) -> Callable | None:
    """The function of points (n, d) that prepares them; None where it needs more memory than there is."""
    if changes is None:
        return None if name == "NeuralSort" and n > MAX_SORTED_POINTS else BASELINES[name]
    run, _ = trained_network(data, n, d, tuple(changes.items()), seed)
    return partial(displace, run.net)


def displace(net: model.EntropyNet, points: np.ndarray) -> np.ndarray:
    """Points about [-1, 1]^d as the network moves them in the unit cube."""
    return points + 2 * model.displacements(net, unit(points))  # twice as wide here


def soft_entropy(run: Run, question: Preprocessing, points: np.ndarray) -> float:
    """The entropy in nats that the network was trained to lower, of points about [-1, 1]^d; of 2000 of them at most."""
    some = unit(points[np.linspace(0, len(points) - 1, min(len(points), MAX_SORTED_POINTS)).round().astype(int)])
    return float(model.cell_entropy(some, run.cut, softness(question), question.surrogate))


@jax.jit
def _soft_sorted(points):
    return neural_sort(points[:, 0], SORT_TEMPERATURE) @ points


BASELINES: dict[str, Callable] = {
    "raw": lambda points: points,
    "random permutation": lambda points: points[np.random.default_rng(0).permutation(len(points))],
    "sorted by x": lambda points: points[np.argsort(points[:, 0])],
    "NeuralSort": lambda points: np.asarray(_soft_sorted(points), float),
}
