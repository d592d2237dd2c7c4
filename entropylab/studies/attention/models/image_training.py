"""Training the small vision transformer with any map and penalty: loss, batches, chunks of steps."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import lax

from entropylab.numerics import fit
from entropylab.numerics.discrete import simplex
from entropylab.studies.attention.models import vision_transformer
from entropylab.studies.attention.models.regularizers import (
    Method,
    annealed_weight,
    encode,
    patch_memberships,
    penalty,
    row_map,
)

BATCH = 64


class Images(NamedTuple):
    """Patches (n, tokens - 1, 4), labels (n,), and the shares of tokens in the balls of the ball penalty."""

    patches: jax.Array
    labels: jax.Array
    memberships: jax.Array


def images(patches, labels) -> Images:
    """Training data for `advance`."""
    return Images(patches, labels, patch_memberships(patches.shape[-2] + 1))


def batch(key, data: Images) -> Images:
    """A batch drawn with replacement."""
    chosen = jax.random.randint(key, (BATCH,), 0, len(data.labels))
    return Images(data.patches[chosen], data.labels[chosen], data.memberships)


def objective(weights, drawn: Images, choice, share):
    """Cross-entropy plus gamma times the penalty; reports both, the accuracy, and the entropies of all heads."""
    scores, attention = vision_transformer.apply(weights, drawn.patches, row_map(choice.map, choice.k))
    cross = optax.softmax_cross_entropy_with_integer_labels(scores, drawn.labels).mean()
    paid = penalty(choice.penalty, attention, drawn.memberships)
    reports = {
        "cross": cross,
        "penalty": paid,
        "accuracy": (scores.argmax(-1) == drawn.labels).mean(dtype=jnp.float32),
        "entropy": simplex.entropy(lax.stop_gradient(attention)).mean((1, 3)),
    }
    return cross + annealed_weight(choice, share) * paid, reports


def init_training(seed, tokens: int, place=0.5) -> fit.Progress:
    """An untrained model; `place` is the scale of its position embedding."""
    key = jax.random.key(seed)
    size = vision_transformer.size(vision_transformer.PATCH * round((tokens - 1) ** 0.5))
    return fit.init_training(jax.random.fold_in(key, 1), vision_transformer.init(key, size, place))


def train_steps(progress, data: Images, method: Method, steps: int, count: int):
    """`progress` after `count` steps, and the mean reports over them."""
    return fit.train_steps(progress, data, encode(method), jnp.float32(steps), count, objective, batch)
