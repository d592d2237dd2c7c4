"""Training in chunks: AdamW with a half-cosine rate, every number that can be turned traced, one compiled program."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

RATE, DECAY = 3e-3, 1e-4


class Progress(NamedTuple):
    """Where a training run stands: all that is needed to go on from here."""

    weights: Any
    moments: Any
    step: jax.Array
    key: jax.Array


def _optimiser():
    import optax  # imported where training is wanted

    return optax.chain(optax.scale_by_adam(), optax.add_decayed_weights(DECAY))


@jax.jit
def init_training(key, weights) -> Progress:
    """A run before its first step; `key` decides the batches."""
    return Progress(weights, _optimiser().init(weights), jnp.zeros((), jnp.int32), key)


@partial(jax.jit, static_argnames=("objective", "batch"))
def train_steps(progress: Progress, data, choice, steps, count, objective: Callable, batch: Callable, rate=RATE):
    """`progress` after `count` more of `steps` steps, and the means of what `objective` reports over them.

    `batch(key, data)` draws a batch; `objective(weights, batch, choice, share)` gives the loss and a table of reports,
    share being the share of training done. `count`, `steps` and `rate`, that of the first step, are traced: they
    compile nothing.
    """

    def step(_, carry):
        progress, sums = carry
        drawn = batch(jax.random.fold_in(progress.key, progress.step), data)
        share = progress.step.astype(jnp.float32) / steps
        slope, reports = jax.grad(objective, has_aux=True)(progress.weights, drawn, choice, share)
        update, moments = _optimiser().update(slope, progress.moments, progress.weights)
        now = rate * 0.5 * (1 + jnp.cos(jnp.pi * share))
        weights = jax.tree.map(lambda w, u: (w - now * u).astype(w.dtype), progress.weights, update)
        return progress._replace(weights=weights, moments=moments, step=progress.step + 1), jax.tree.map(
            jnp.add, sums, reports
        )

    drawn = batch(progress.key, data)
    shapes = jax.eval_shape(objective, progress.weights, drawn, choice, jnp.float32(0))[1]
    nothing = jax.tree.map(lambda one: jnp.zeros(one.shape, one.dtype), shapes)
    progress, sums = lax.fori_loop(0, count, step, (progress, nothing))
    return progress, jax.tree.map(lambda total: total / count, sums)
