"""What is left of trained vision transformers when small attention weights are dropped: answers and zeros."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from entropylab.models import vit
from entropylab.models.attention_terms import row_maps, rows
from entropylab.models.transformer import attend, finish, layer
from entropylab.numerics import pruning


class Pruned(NamedTuple):
    """Which images are read rightly (..., n), and the share of zeros among all attention weights, of one model or
    several."""

    correct: jax.Array
    sparsity: jax.Array


def pruned_rows(kind, k, threshold, keep):
    """The map number `kind`, then weights below `threshold` dropped but the largest, then all but `keep`."""

    return lambda scores: _pruned(rows(kind, k)(scores), threshold, keep)


@jax.jit
def maps(weights, patches, kind, k, threshold, keep):
    """Scores (n, classes) and pruned attention (layers, n, heads, tokens, tokens) of one model."""
    return vit.apply(weights, patches, pruned_rows(kind, k, threshold, keep))


class Begun(NamedTuple):
    """A model before anything is pruned: its tokens (n, tokens, width), and of the first layer the values with a
    column of ones, the attention (n, heads, tokens, tokens), the largest weight of every row, and the place of every
    weight in its row."""

    tokens: jax.Array
    values: jax.Array
    attention: jax.Array
    top: jax.Array
    places: jax.Array


@partial(jax.jit, static_argnames="kind")  # a traced map doubles the time
def begin(weights, patches, kind: int, k) -> Begun:
    """One model on images (n, tokens - 1, 4), up to where pruning begins: what all thresholds have in common."""
    tokens = vit.embed(weights, patches)
    attention, values = attend(tokens, layer(weights["blocks"], 0), vit.HEADS, row_maps(k)[kind])
    values = jnp.concatenate([values, jnp.ones_like(values[..., :1])], -1)
    top = attention.max(-1, keepdims=True)
    return Begun(tokens, values, attention, top, pruning.places(attention).astype(jnp.int8))


@partial(jax.jit, static_argnames="kind")
def evaluate(weights, begun: Begun, labels, kind: int, k, threshold, keep) -> Pruned:
    """Answers and zeros of `maps`, from where `begin` has come.

    Rows of the last layer but the class token's are read by nobody: how many of their weights stay is all that is
    needed of them.
    """
    first, last = (layer(weights["blocks"], number) for number in (0, 1))
    stays = (begun.places < keep) & (begun.attention >= jnp.minimum(begun.top, threshold))
    mixed = jnp.where(stays, begun.attention, 0.0) @ begun.values  # its last column is what is left of a row
    tokens = finish(begun.tokens, mixed[..., :-1] / mixed[..., -1:], first)
    attention, values = attend(tokens, last, vit.HEADS, row_maps(k)[kind])
    seen = _pruned(attention[..., :1, :], threshold, keep)
    scores = vit.scores(weights, finish(tokens[:, :1], seen @ values, last))
    tops = begun.top, attention.max(-1, keepdims=True)
    left = [_left(w, top, threshold, keep) for w, top in zip((begun.attention, attention), tops, strict=True)]
    return Pruned(scores.argmax(-1) == labels, 1 - (left[0] + left[1]) / (2 * attention.shape[-1]))


def _pruned(weights, threshold, keep):
    weights = pruning.prune(weights, threshold)
    return lax.cond(keep < weights.shape[-1], lambda w: pruning.keep_top(w, keep), lambda w: w, weights)


def _left(weights, top, threshold, keep):
    """How many weights of a row pruning leaves, mean over rows; `top` is the largest of every row."""
    stays = (weights >= jnp.minimum(top, threshold)) & (weights > 0)
    return jnp.minimum(stays.astype(weights.dtype).sum(-1), keep).mean()


@jax.jit
def class_maps(weights, patches, kind, k):
    """Weight (m, n, tokens - 1) that the class token gives every patch: last layer, mean over heads, not pruned."""

    def one(model):
        weights, patches, k = model
        attention = vit.apply(weights, patches, rows(kind, k))[1]
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
