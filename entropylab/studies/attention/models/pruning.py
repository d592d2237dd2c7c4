"""What is left of trained vision transformers when small attention weights are dropped: answers and zeros."""

from __future__ import annotations

from functools import partial

import jax
import numpy as np
from jax import lax

from entropylab.numerics.attention import pruning
from entropylab.studies.attention.models import vision_transformer
from entropylab.studies.attention.models.regularizers import row_map, row_maps
from entropylab.studies.attention.models.transformer import attend, layer


def pruned_rows(kind, k, threshold, keep):
    """The map number `kind`, then weights below `threshold` dropped but the largest, then all but `keep`."""

    return lambda scores: _pruned(row_map(kind, k)(scores), threshold, keep)


@jax.jit
def pruned_attention(weights, patches, kind, k, threshold, keep):
    """Scores (n, classes) and pruned attention (layers, n, heads, tokens, tokens) of one model."""
    return vision_transformer.apply(weights, patches, pruned_rows(kind, k, threshold, keep))


@partial(jax.jit, static_argnames="kind")  # a traced map doubles the time
def first_layer(weights, patches, kind: int, k):
    """One model on images (n, tokens - 1, 4), up to where pruning begins: what all thresholds have in common.

    Its tokens (n, tokens, width), and of the first layer attention (n, heads, tokens, tokens) and values.
    """
    tokens = vision_transformer.embed(weights, patches)
    return tokens, *attend(tokens, layer(weights["blocks"], 0), vision_transformer.HEADS, row_maps(k)[kind])


def _pruned(weights, threshold, keep):
    weights = pruning.prune(weights, threshold)
    return lax.cond(keep < weights.shape[-1], lambda w: pruning.top_k(w, keep), lambda w: w, weights)


@jax.jit
def class_maps(weights, patches, kind, k):
    """Weight (m, n, tokens - 1) that the class token gives every patch: last layer, mean over heads, not pruned."""

    def one(model):
        weights, patches, k = model
        attention = vision_transformer.apply(weights, patches, row_map(kind, k))[1]
        return attention[-1, :, :, 0, 1:].mean(1)

    return lax.map(one, (weights, patches, k))


def at_sparsity(sparsity: np.ndarray, correct: np.ndarray, level: float) -> np.ndarray:
    """Right answers in % (models, images) where each model's attention has `level` % zeros.

    Linear between the two thresholds around it. A model that is sparser than that without any threshold is taken as
    it is; a level beyond its sparsest is NaN.
    `sparsity` (thresholds, models) from 0 to 1, `correct` (thresholds, models, images).
    """
    found = np.full(correct.shape[1:], np.nan)
    for m, zeros in enumerate(100 * np.asarray(sparsity, dtype=float).T):
        if level <= zeros[-1]:
            place = np.interp(level, np.maximum.accumulate(zeros), np.arange(len(zeros))) if level > zeros[0] else 0.0
            low = min(int(place), len(zeros) - 2)
            share = place - low
            found[m] = 100 * ((1 - share) * correct[low, m] + share * correct[low + 1, m])
    return found
