"""Rows of a pairwise table in blocks: memory grows with the block, forward and backward, and not with the table."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

ROOM = 1 << 20  # numbers one block may hold: 8 MB of float64


def by_rows(function: Callable, rows, width: int, room: int = ROOM):
    """`function(rows)` of all rows, computed in blocks whose `width` numbers a row fit in `room`.

    `rows` is a pytree of arrays with n rows each, and `function` gives an array with as many. Blocks are recomputed for
    the gradient, so that it holds one block at a time too.
    """
    n = jax.tree.leaves(rows)[0].shape[0]
    blocks = -(-n // max(1, room // width))
    if blocks <= 1:
        return function(rows)
    size = -(-n // blocks)

    def cut(x):
        x = jnp.concatenate([x, jnp.broadcast_to(x[-1:], (blocks * size - n, *x.shape[1:]))])
        return x.reshape(blocks, size, *x.shape[1:])

    values = lax.map(jax.checkpoint(function), jax.tree.map(cut, rows))
    return values.reshape(-1, *values.shape[2:])[:n]


def log_sums(log_terms, weights):
    """log sum_j weights_j exp(log_terms_ij) for every row i; 0, with no gradient, where nothing adds to the sum.

    A component of weight 0 adds nothing, and the gradient in its weight is still the right one.
    """
    top = jnp.where(weights > 0, log_terms, -jnp.inf).max(-1, keepdims=True)
    top = lax.stop_gradient(jnp.where(jnp.isfinite(top), top, 0.0))
    # only terms of weight 0 can lie above the top; the bound keeps 0 * exp(...) at 0
    bound = 0.5 * jnp.log(jnp.finfo(log_terms.dtype).max)
    gaps = log_terms - top
    total = (weights * jnp.exp(jnp.where(gaps > bound, bound, gaps))).sum(-1)  # a compiled minimum would lose NaN
    nothing = total == 0
    return jnp.where(nothing, 0.0, top[..., 0] + jnp.log(jnp.where(nothing, 1.0, total)))
