"""Streamed row entropies of softmax(Q K^T): the table of attention is never held, forward or backward.

With s = scale Q K^T, lse_i = log sum_j exp(s_ij), p = exp(s - lse) and t_i = sum_j p_ij s_ij, the entropy of row i is
lse_i - t_i, and its derivative in s_ij is -p_ij (s_ij - t_i): (lse, t) is all that the second pass needs. The
first carries sums of exp(r) and r exp(r) with r = s - max, which have one sign each: nothing cancels.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, ArrayLike, Float

from entropylab.kernels.attention_xla import row_entropies_simd
from entropylab.numerics.kernel_sums.tiles import add_rows, block, padded, tile

barrier = lax.optimization_barrier
MAX_XLA_COLUMNS = 8  # columns; for fewer, compiled lanes multiply mostly zeros


def batched_row_entropies(
    queries: Float[Array, "b n d"], keys: Float[Array, "b m d"], scale: Float[ArrayLike, ""], causal: bool = False
) -> Float[Array, "b n"]:
    """`row_entropies` of every pair in turn: side by side their tiles would not stay in a core's cache.

    In float32 on a CPU compiled code does it, in half to two thirds of the time.
    """
    if queries.dtype == jnp.float32 and queries.shape[-1] >= MAX_XLA_COLUMNS and jax.default_backend() == "cpu":
        return row_entropies_simd(causal, queries, keys, jnp.asarray(scale, queries.dtype))
    return lax.map(lambda pair: row_entropies(*pair, scale, causal), (queries, keys))


def row_entropies(
    queries: Float[ArrayLike, "n d"], keys: Float[ArrayLike, "m d"], scale: Float[ArrayLike, ""], causal: bool = False
) -> Float[Array, " n"]:
    """Entropy in nats of softmax_j(scale q_i . k_j) for every i; over j <= i only where `causal`.

    Differentiable in all three (reverse mode). Memory O((n + m) d) and one tile.
    """
    n, m = queries.shape[0], keys.shape[0]
    queries, keys = jnp.asarray(padded(queries)), jnp.asarray(padded(keys))
    return _entropies(causal, queries, keys, n, m, jnp.asarray(scale, queries.dtype))[:n]


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _entropies(causal, queries, keys, n, m, scale):
    return _forward(causal, queries, keys, n, m, scale)[0]


@partial(jax.jit, static_argnums=0)
def _forward(causal, queries, keys, n, m, scale):
    rows = tile(queries)
    largest = jnp.abs(keys).max(0)

    def row(i, out):
        q, unit = _in_range(scale * block(queries, i), largest)

        def visit(keep, j, carry):
            top, total, moment = carry
            s = barrier(_scores(q, block(keys, j)))
            higher = jnp.maximum(top, barrier(keep(j, s, -jnp.inf).max(1)))
            below = keep(j, _gaps(s, higher, unit), 0.0)
            weight = barrier(keep(j, jnp.exp(below), 0.0))
            # sums so far, taken at the old maximum; -inf before the first tile, when they are 0
            drop = jnp.where(jnp.isfinite(top), _gaps(top[:, None], higher, unit)[:, 0], 0.0)
            shrink = jnp.exp(drop)
            moment = shrink * (moment + drop * total) + (weight * below).sum(1)
            return higher, shrink * total + weight.sum(1), moment

        start = jnp.full(rows, -jnp.inf, q.dtype), jnp.zeros(rows, q.dtype), jnp.zeros(rows, q.dtype)
        top, total, moment = _fold_blocks(causal, keys, m, rows, i, visit, start)
        log_total, mean = jnp.log(total), moment / total
        found = log_total - mean, top + log_total / unit, top + mean / unit
        return tuple(lax.dynamic_update_slice(x, y, (i * rows,)) for x, y in zip(out, found, strict=True))

    zeros = jnp.zeros(queries.shape[0], queries.dtype)
    entropies, lse, mean = lax.fori_loop(0, (n + rows - 1) // rows, row, (zeros, zeros, zeros))
    return entropies, (queries, keys, n, m, scale, lse, mean)


@partial(jax.jit, static_argnums=0)
def _backward(causal, kept, cotangent):
    """ds_ij = -g_i p_ij (s_ij - t_i): dq = scale ds k, dk = scale ds^T q, dscale = sum q . (ds k)."""
    queries, keys, n, m, scale, lse, mean = kept
    rows, columns = tile(queries), tile(keys)
    cotangent = jnp.where(jnp.arange(queries.shape[0]) < n, cotangent, 0.0)
    largest = jnp.abs(keys).max(0)

    def row(i, carry):
        dq, dk = carry
        q = block(queries, i)
        level, centre, gain = (block(x, i, q) for x in (lse, mean, cotangent))
        scaled, unit = _in_range(scale * q, largest)

        def visit(keep, j, carry):
            pull, dk = carry
            s = barrier(_scores(scaled, block(keys, j)))
            push = gain[:, None] * jnp.exp(_gaps(s, level, unit)) * -_gaps(s, centre, unit)
            push = barrier(keep(j, push, 0.0))
            # keys in columns: a sum of products with the tile as it lies, not transposed, takes half the time
            part = lax.dynamic_slice_in_dim(dk, j * columns, columns, 1) + _product(q.T, push)
            return pull + _product(push, block(keys, j)), lax.dynamic_update_slice(dk, part, (0, j * columns))

        pull, dk = _fold_blocks(causal, keys, m, rows, i, visit, (jnp.zeros_like(q), dk))
        return add_rows(dq, i, pull), dk

    start = jnp.zeros_like(queries), jnp.zeros_like(keys.T)
    dq, dk = lax.fori_loop(0, (n + rows - 1) // rows, row, start)
    return scale * dq, scale * dk.T, None, None, (dq * queries).sum()


_entropies.defvjp(_forward, _backward)


def _in_range(queries, largest):
    """Queries over a power of two for every row, so that no score overflows, and that power: 1 for ordinary rows."""
    room = jnp.finfo(queries.dtype).maxexp - 2
    # |x| < 2^e with the e of frexp
    bits = (jnp.frexp(queries)[1] + jnp.frexp(largest)[1]).max(1) + queries.shape[1].bit_length()
    unit = jnp.ldexp(jnp.ones((), queries.dtype), jnp.where(bits > room, bits - room, 0))
    return queries / unit[:, None], unit


def _scores(queries, keys):
    """Q K^T. Of a single column it is no more than a product, which a compiler fuses, unrounded, with a later
    subtraction, unless a choice stands between: both passes must see the same scores."""
    scores = _product(queries, keys.T)
    return jnp.where(scores < jnp.inf, scores, jnp.nan) if queries.shape[1] == 1 else scores


def _gaps(scores, level, unit):
    """(score - level) in its own unit, from the lowest number up: a weight of 0 times it is 0."""
    gaps = (scores - level[:, None]) * unit[:, None]
    lowest = -jnp.finfo(gaps.dtype).max
    return jnp.where(gaps < lowest, lowest, gaps)


def _product(a, b):
    return jnp.matmul(a, b, precision=lax.Precision.HIGHEST)


def _fold_blocks(causal, keys, m, rows, i, visit, start):
    """Fold `visit(keep, j, carry)` over the blocks of keys that row block i looks at.

    `keep(j, table, other)` puts `other` where a key does not count: padding, or a later key where causal. Blocks
    of which every key counts come first and are spared it.
    """
    columns = tile(keys)

    def keep(j, table, other):
        column = j * columns + jnp.arange(columns)[None, :]
        counts = column < m
        if causal:
            counts = counts & (column <= i * rows + jnp.arange(rows)[:, None])
        return jnp.where(counts, table, other)

    whole, blocks = m // columns, (m + columns - 1) // columns
    if causal:
        whole = jnp.minimum(whole, i * rows // columns)
        blocks = jnp.minimum(blocks, ((i + 1) * rows - 1) // columns + 1)
    carry = lax.fori_loop(0, whole, partial(visit, lambda j, table, other: table), start)
    return lax.fori_loop(whole, blocks, partial(visit, keep), carry)
