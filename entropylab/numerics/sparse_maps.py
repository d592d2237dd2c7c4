"""Sparse stand-ins for the softmax: sparsemax and 1.5-entmax of the last axis, exact, with closed-form derivatives.

Both are max(z - tau, 0)^r with the tau that makes a row sum to 1. Newton's steps from the left of tau cannot
overshoot it, because the sum is convex and falling in tau; no sorting. -inf scores get exactly 0, and no gradient.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float


@jax.custom_jvp
def sparsemax(z: Float[Array, "*batch n"]) -> Float[Array, "*batch n"]:
    """Euclidean projection of the scores onto the simplex."""
    z = z - z.max(-1, keepdims=True)

    # tau of a set that holds the support is at most the true one; leaving out what lies below it only shrinks
    # the set, and when nothing is left out the set is the support (Michelot 1986)
    def shrink(carry):
        tau, _ = carry
        support = z > tau
        total = jnp.where(support, z, 0.0).sum(-1, keepdims=True)
        higher = jnp.maximum((total - 1) / support.astype(z.dtype).sum(-1, keepdims=True), tau)
        return higher, jnp.any(higher > tau)

    tau, _ = lax.while_loop(lambda carry: carry[1], shrink, (jnp.full_like(z[..., :1], -1.0), jnp.array(True)))
    return jnp.where(_holds_nan(z), jnp.nan, jnp.maximum(z - tau, 0.0))


@sparsemax.defjvp
def _sparsemax_jvp(primals, tangents):
    """dp = s (dz - mean of dz over the support), s the indicator of the support."""
    p = sparsemax(*primals)
    return p, _less_average(jnp.sign(p), *tangents)  # NaN where p is


@jax.custom_jvp
def entmax15(z: Float[Array, "*batch n"]) -> Float[Array, "*batch n"]:
    """p that maximises p . z + Tsallis entropy of order 1.5: max(z / 2 - tau, 0)^2."""
    z = (z - z.max(-1, keepdims=True)) / 2

    def step(carry):
        tau, _ = carry
        over = jnp.maximum(z - tau, 0.0)
        higher = tau + ((over * over).sum(-1, keepdims=True) - 1) / (2 * over.sum(-1, keepdims=True))
        # a step that no longer rises is rounding
        return jnp.maximum(tau, higher), jnp.any(higher > tau + 4 * jnp.finfo(z.dtype).eps)

    # the largest score alone is 1 above tau at most, and n equal ones 1 / sqrt(n)
    tau, _ = lax.while_loop(lambda carry: carry[1], step, (jnp.full_like(z[..., :1], -1.0), jnp.array(True)))
    support = z > tau
    count = support.astype(z.dtype).sum(-1, keepdims=True)
    mean = jnp.where(support, z, 0.0).sum(-1, keepdims=True) / count
    spread = jnp.where(support, (z - mean) ** 2, 0.0).sum(-1, keepdims=True)
    # count (mean - tau)^2 + spread = 1 on the support: the root to the last digit
    tau = mean - jnp.sqrt((1 - spread) / count)
    return jnp.where(_holds_nan(z), jnp.nan, jnp.maximum(z - tau, 0.0) ** 2)


@entmax15.defjvp
def _entmax15_jvp(primals, tangents):
    """dp = s (dz - s . dz / sum s), s = sqrt(p)."""
    p = entmax15(*primals)
    nothing = p == 0
    return p, _less_average(jnp.where(nothing, 0.0, jnp.sqrt(jnp.where(nothing, 1.0, p))), *tangents)


def _holds_nan(z):
    """Which rows do: one NaN is the whole row's, and compiled maxima lose it."""
    return jnp.isnan(z).any(-1, keepdims=True)


def _less_average(weight, dz):
    """weight (dz - its weighted average): the derivative of both maps."""
    return weight * (dz - (weight * dz).sum(-1, keepdims=True) / weight.sum(-1, keepdims=True))
