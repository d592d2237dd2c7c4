"""Times of a training step under every map and penalty, and of the parts of the ball entropy; stored, with the machine.

The times are the processor's (all threads together): what else the machine does meanwhile hardly counts.

The seed claims a training 1.8 times as fast (table 5), 8 to 18 % slower (table 8), and 58 % of the entropy's time in
pairwise distances (table 15). `entropylab weights times --store` measures again.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from entropylab import device
from entropylab.numerics import fit
from entropylab.numerics.discrete import simplex
from entropylab.problems.images.digits import load_fold
from entropylab.studies.attention.models import image_training, language, vision_transformer
from entropylab.studies.attention.models.methods import FOLDER, METHODS
from entropylab.studies.attention.models.regularizers import SHARPNESS, encode, specialize

FILE = FOLDER / "times.json"
BLOCKS = 5  # each times everything once more, so that what the machine does meanwhile is in the interval
RUNS_PER_BLOCK = 2  # runs within a block, of which the shortest counts: longer ones were disturbed
GAMMA, KEYS = 0.1, 32
TOKENS = language.LENGTH * language.BATCH  # of a step
PARTS = ("distances", "their softmax", "mass over balls", "entropy")


def measure(blocks: int = BLOCKS) -> dict:
    """Milliseconds of a step by method for images and for text, and of the ball entropy's parts: a number a block."""
    runs = {**_steps(), **_parts()}
    for run, _ in runs.values():
        jax.block_until_ready(run())  # compiled, and its arrays made
    found = {key: [] for key in runs}
    for _ in range(blocks):
        for key, (run, count) in runs.items():
            found[key].append(min(_milliseconds(run) for _ in range(RUNS_PER_BLOCK)) / count)
    table: dict = {"machine": _machine()}
    for (kind, name), times in found.items():
        table.setdefault(kind, {})[name] = [float(f"{t:.4g}") for t in times]
    return table


def _steps() -> dict[tuple[str, str], tuple[Callable, int]]:
    fold = load_fold("digits", 0)
    data = image_training.images(vision_transformer.patches(fold.images), fold.labels.astype(np.int32))
    image, text = image_training.init_training(0, 17), language.init_training(0)
    made = {}
    for name, method in METHODS.items():
        method = method._replace(gamma=GAMMA, k=3, begin=0.0, full=0.0)
        own = encode(method)
        fixed = specialize(image_training.objective, int(own.map), int(own.penalty))
        ten = partial(fit.train_steps, image, data, own, jnp.float32(700), 10, fixed, image_training.batch)
        made["image", name] = ten, 10
        made["text", name] = partial(language.train_steps, text, method._replace(k=KEYS), 300, 10), 10
    return made


def _parts(n: int = 256, k: int = 16, maps: int = 32) -> dict[tuple[str, str], tuple[Callable, int]]:
    """The ball entropy of `maps` maps of n x n over k balls, part by part."""
    rng = np.random.default_rng(0)
    positions, anchors = jnp.asarray(rng.random((n, 2))), jnp.asarray(rng.random((k, 2)))
    weights = jax.nn.softmax(jnp.asarray(rng.normal(size=(maps, n, n))), -1)
    far = jax.jit(lambda x, c: ((x[:, None] - c[None]) ** 2).sum(-1))
    soft = jax.jit(lambda d: jax.nn.softmax(-SHARPNESS * d, -1))
    pool = jax.jit(lambda w, p: w @ p)
    entropy = jax.jit(simplex.entropy)
    distances = far(positions, anchors)
    shares = soft(distances)
    pooled = pool(weights, shares)
    runs = (partial(far, positions, anchors), partial(soft, distances), partial(pool, weights, shares),
            partial(entropy, pooled))  # fmt: skip
    return {("ball", name): (run, 1) for name, run in zip(PARTS, runs, strict=True)}


def _milliseconds(run) -> float:
    begun = time.process_time()
    jax.block_until_ready(run())
    return 1e3 * (time.process_time() - begun)


def _machine() -> str:
    return f"{os.cpu_count()} cores of {platform.machine()}, {device.describe()}, jax {jax.__version__}"


def stored() -> dict:
    """What `store` wrote."""
    return json.loads(FILE.read_text())


def store(found: dict) -> None:
    """Write what `measure` found."""
    FILE.write_text(json.dumps(found, indent=1) + "\n")
