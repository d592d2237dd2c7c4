"""Rows of attention weights with small ones dropped: by a threshold, or all but the k largest. Without sorting."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, ArrayLike, Float, Int

MAX_RANKED_LENGTH = (
    64  # rows up to here are ranked key against key: n passes in one, where `largest` makes one for each bit
)


def prune(weights: Float[Array, "*rows n"], threshold: Float[ArrayLike, ""]) -> Float[Array, "*rows n"]:
    """Weights from `threshold` up, and the largest of a row in any case, over their sum."""
    return renormalize(jnp.where(weights < row_threshold(weights, threshold), 0.0, weights))


def row_threshold(weights: Float[Array, "*rows n"], threshold: Float[ArrayLike, ""]) -> Float[Array, "*rows 1"]:
    """The least weight of every row that stays: the threshold, or the largest weight if that is less."""
    return jnp.minimum(weights.max(-1, keepdims=True), threshold)


def top_k(weights: Float[Array, "*rows n"], k) -> Float[Array, "*rows n"]:
    """The k (traced or not) largest weights of every row over their sum; of equal ones the first stay."""
    if weights.shape[-1] <= MAX_RANKED_LENGTH:
        return renormalize(jnp.where(descending_ranks(weights) < k, weights, 0.0))
    least = largest(weights, k)
    above, at = ~(weights <= least), weights == least  # NaN stays, and makes its row NaN
    free = k - above.sum(-1, keepdims=True)
    return renormalize(jnp.where(above | (at & (jnp.cumsum(at, -1) <= free)), weights, 0.0))


def descending_ranks(weights: Float[Array, "*rows n"]) -> Int[Array, "*rows n"]:
    """How many weights of its row come before each: larger ones, and equal ones of lower index. For short rows."""
    bits = _bits(weights)
    count, index = jnp.zeros(weights.shape, jnp.int32), np.arange(weights.shape[-1])
    for i in index:  # written out, so that all of it is one pass over the rows
        count += bits[..., i : i + 1] > bits - (i < index)
    return count


def largest(weights: Float[Array, "*rows n"], k) -> Float[Array, "*rows 1"]:
    """The k-th largest weight of every row, bit by bit; without a gradient.

    The bits of numbers from 0 up, read as integers, are in the order of the numbers. So the largest integer that k
    of them reach is found from its highest bit down, without sorting (which takes ten times as long on a CPU).
    """
    bits = _bits(weights)
    whole = bits.dtype

    def lower(i, found):
        tried = found | (jnp.ones((), whole) << (jnp.iinfo(whole).bits - 2 - i).astype(whole))
        return jnp.where((bits >= tried).sum(-1, keepdims=True) >= k, tried, found)

    start = jnp.zeros_like(bits[..., :1])
    edge = lax.fori_loop(0, jnp.iinfo(whole).bits - 1, lower, start)
    return lax.stop_gradient(lax.bitcast_convert_type(edge, weights.dtype))


def renormalize(kept: Float[Array, "*rows n"]) -> Float[Array, "*rows n"]:
    """Rows over their sums."""
    return kept / kept.sum(-1, keepdims=True)


def _bits(weights):
    """Whole numbers in the order of the weights, which are 0 or more."""
    whole = jnp.int64 if weights.dtype == jnp.float64 else jnp.int32
    return lax.bitcast_convert_type(jnp.abs(weights), whole)  # abs: -0 has the sign bit
