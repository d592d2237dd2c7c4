"""A classifier with one narrow hidden layer, whose neurons are what one looks at."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import lax

RATE, DECAY = 1e-2, 1e-3  # full batches of about a thousand images settle in some hundred steps


class Classifier(NamedTuple):
    """Weights of a hidden layer and of the scores."""

    inner: jax.Array
    first: jax.Array
    outer: jax.Array
    second: jax.Array


def init(key, inputs: int, neurons: int, classes: int) -> Classifier:
    """Random weights, so that a hidden unit of standardised inputs starts with unit variance."""
    a, b = jax.random.split(key)
    return Classifier(
        inner=jax.random.normal(a, (inputs, neurons)) * inputs**-0.5,
        first=jnp.zeros(neurons),
        outer=jax.random.normal(b, (neurons, classes)) * neurons**-0.5,
        second=jnp.zeros(classes),
    )


def latent(weights: Classifier, x):
    """The hidden neurons' values (n, neurons) in (-1, 1)."""
    return jnp.tanh(x @ weights.inner + weights.first)


def apply(weights: Classifier, x):
    """Scores (n, classes)."""
    return latent(weights, x) @ weights.outer + weights.second


def loss(weights: Classifier, x, labels):
    """Cross-entropy in nats for each sample."""
    return optax.softmax_cross_entropy_with_integer_labels(apply(weights, x), labels).mean()


@partial(jax.jit, static_argnames=("neurons", "classes"))
def train(key, x, labels, steps, neurons: int, classes: int) -> Classifier:
    """The weights after `steps` (traced) full-batch steps of AdamW."""
    optimiser = optax.adamw(RATE, weight_decay=DECAY)
    weights = init(key, x.shape[1], neurons, classes)

    def step(_, state):
        weights, moments = state
        update, moments = optimiser.update(jax.grad(loss)(weights, x, labels), moments, weights)
        return optax.apply_updates(weights, update), moments

    return lax.fori_loop(0, steps, step, (weights, optimiser.init(weights)))[0]
