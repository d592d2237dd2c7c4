"""What is left of trained vision transformers when small attention weights are dropped: answers, zeros, entropies."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from entropylab.models import vit
from entropylab.models.attention_terms import rows
from entropylab.numerics import pruning, simplex


class Pruned(NamedTuple):
    """Of several models: which images are read rightly (m, n), the share of zeros among all attention weights (m,),
    the mean entropy of rows in nats (m, layers, heads)."""

    correct: jax.Array
    sparsity: jax.Array
    entropy: jax.Array


def pruned_rows(kind, k, threshold, keep):
    """The map number `kind`, then weights below `threshold` dropped but the largest, then all but `keep`."""

    def apply(scores):
        weights = pruning.prune(rows(kind, k)(scores), threshold)
        return lax.cond(keep < weights.shape[-1], lambda w: pruning.keep_top(w, keep), lambda w: w, weights)

    return apply


@jax.jit
def maps(weights, patches, kind, k, threshold, keep):
    """Scores (n, classes) and pruned attention (layers, n, heads, tokens, tokens) of one model."""
    return vit.apply(weights, patches, pruned_rows(kind, k, threshold, keep))


@jax.jit
def evaluate(weights, patches, labels, kind, k, threshold, keep) -> Pruned:
    """Every model (leading axis of `weights`) on its own images (m, n, tokens - 1, 4), one model after the other."""

    def one(model):
        weights, patches, labels = model
        scores, attention = vit.apply(weights, patches, pruned_rows(kind, k, threshold, keep))
        zeros = (attention == 0).mean(dtype=jnp.float32)
        return Pruned(scores.argmax(-1) == labels, zeros, simplex.entropy(attention).mean((1, 3)))

    return lax.map(one, (weights, patches, labels))


@jax.jit
def class_maps(weights, patches, kind, k):
    """Weight (m, n, tokens - 1) that the class token gives every patch: last layer, mean over heads, not pruned."""

    def one(model):
        weights, patches = model
        attention = vit.apply(weights, patches, rows(kind, k))[1]
        return attention[-1, :, :, 0, 1:].mean(1)

    return lax.map(one, (weights, patches))
