"""Entropies of points on the probability simplex, in nats, with gradients that are finite at the faces."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float


def entropy(p: Float[Array, "*batch k"]) -> Float[Array, "*batch"]:
    """Shannon entropy in nats; 0 log 0 = 0, with zero (not NaN) gradient there."""
    positive = p > 0
    safe = jnp.where(positive, p, 1.0)  # the inner where keeps log finite under grad
    return -jnp.where(positive, p * jnp.log(safe), 0.0).sum(-1)


def binary_entropy(q: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
    """Entropy in nats of a coin with probability q."""
    return entropy(jnp.stack([q, 1 - q], axis=-1))
