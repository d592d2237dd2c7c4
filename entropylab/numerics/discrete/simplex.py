"""Entropies of points on the probability simplex, in nats, with gradients that are finite at the faces."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float


def entropy(p: Float[Array, "*batch k"]) -> Float[Array, "*batch"]:
    """Shannon entropy in nats; 0 log 0 = 0, with zero (not NaN) gradient there.

    What is no probability has no entropy: a NaN or a negative entry gives NaN, in the value and in the gradient.
    """
    nothing = p == 0
    safe = jnp.where(nothing, 1.0, p)  # the inner where keeps log finite under grad
    return -jnp.where(nothing, 0.0, p * jnp.log(safe)).sum(-1)


def binary_entropy(q: Float[Array, "*batch"]) -> Float[Array, "*batch"]:
    """Entropy in nats of a coin with probability q."""
    return entropy(jnp.stack([q, 1 - q], axis=-1))
