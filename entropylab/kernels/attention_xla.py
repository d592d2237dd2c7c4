"""Row entropies of softmax(Q K^T) by the compiled lanes of `attention_lanes`, differentiable inside JAX programs."""

from __future__ import annotations

import math
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from entropylab.kernels.attention_simd import backward_callback, forward_callback
from entropylab.kernels.simd import xla_ffi

LOG_2 = math.log(2)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def row_entropies_simd(
    causal: bool, queries: Float[Array, "b n d"], keys: Float[Array, "b m d"], scale: Float[Array, ""]
) -> Float[Array, "b n"]:
    """Entropy in nats of softmax_j(scale q_i . k_j) for every i, for float32 on a CPU; over j <= i where `causal`.

    Differentiable in all three (reverse mode); derivatives of the gradient hold the table.
    """
    return _forward(causal, queries, keys, scale)[0]


def _forward(causal, queries, keys, scale):
    shape = jax.ShapeDtypeStruct(queries.shape[:2], queries.dtype)
    arguments = queries, keys, scale, jnp.asarray(causal, queries.dtype)
    found = xla_ffi.ffi_call("entropylab_attention", forward_callback, _reference_forward, (shape,) * 3, *arguments)
    return found[0], (*arguments, *found)


def _backward(causal, kept, cotangent):
    queries, keys, scale = kept[:3]
    shapes = tuple(jax.ShapeDtypeStruct(x.shape, x.dtype) for x in (queries, keys))
    arguments = *kept, cotangent
    pulls, pushes = xla_ffi.ffi_call(
        "entropylab_attention_slopes", backward_callback, _reference_backward, shapes, *arguments
    )
    return scale * pulls, scale * pushes, (pulls * queries).sum()


row_entropies_simd.defvjp(_forward, _backward)


# The same with the table -------------------------------------------------------------------------------------------


def _reference_scores(queries, keys, scale, causal):
    """Scores, and which of them count."""
    scores = scale * jnp.matmul(queries, keys.mT, precision=lax.Precision.HIGHEST)
    return scores, (causal == 0) | jnp.tri(*scores.shape[1:], dtype=bool)


def _reference_forward(queries, keys, scale, causal):
    scores, counts = _reference_scores(queries, keys, scale, causal)
    level = jax.nn.logsumexp(scores, axis=-1, where=counts)
    top = lax.stop_gradient(jnp.where(counts, scores, -jnp.inf).max(-1))
    share = jnp.where(counts, jnp.exp(scores - level[..., None]), 0.0)
    return level - (share * scores).sum(-1), -top / LOG_2, (level - top) / LOG_2


def _reference_backward(queries, keys, scale, causal, entropies, least, bits, cotangent):
    scores, counts = _reference_scores(queries, keys, scale, causal)
    logs = scores + LOG_2 * least[..., None] - LOG_2 * bits[..., None]
    weights = jnp.where(counts, -cotangent[..., None] * jnp.exp(logs) * (logs + entropies[..., None]), 0.0)
    product = partial(jnp.matmul, precision=lax.Precision.HIGHEST)
    return product(weights, keys), product(weights.mT, queries)
