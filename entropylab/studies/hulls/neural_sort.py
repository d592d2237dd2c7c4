"""NeuralSort: a soft permutation that sorts, differentiable in what it sorts by."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def neural_sort(scores: Float[Array, " n"], temperature: float = 1.0) -> Float[Array, "n n"]:
    """Rows of weights that sum to 1: row i is about the item of the i-th largest score; without unit.

    softmax_j(((n + 1 - 2 i) s_j - sum_l |s_j - s_l|) / tau), i from 1. The permutation that sorts downwards as the
    temperature, in units of the scores, goes to 0. Source: Grover, Wang, Zweig and Ermon (2019), equation 5.
    """
    n = scores.shape[0]
    distances = jnp.abs(scores[:, None] - scores[None]).sum(1)
    rank = n + 1 - 2 * jnp.arange(1, n + 1)
    return jax.nn.softmax((rank[:, None] * scores[None] - distances[None]) / temperature, axis=1)
