"""A small causal model of characters with any attention map and penalty, and the text that Python brings along."""

from __future__ import annotations

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax

from entropylab.numerics import fit
from entropylab.studies.attention.models.pruning import pruned_rows
from entropylab.studies.attention.models.regularizers import (
    Method,
    annealed_weight,
    encode,
    penalty,
    row_map,
    sequence_memberships,
    specialize,
)
from entropylab.studies.attention.models.transformer import Size, apply_blocks, init_blocks, norm, normals

LENGTH, BATCH, WIDTH, HEADS, HIDDEN = 256, 1, 64, 4, 128
EMBEDDING_CONTEXT = (
    2  # characters before a place that its embedding reads too: attention is left with what lies further back
)
RATE = 6e-3  # of the first step
EVAL_BATCH = 4  # held-out windows read at once
HELD_OUT = 0.1  # the last part of the text


class Text(NamedTuple):
    """Characters (n,) as numbers, and the shares of places in the balls of the ball penalty."""

    characters: jax.Array
    memberships: jax.Array


@functools.cache
def corpus() -> tuple[np.ndarray, np.ndarray, int]:
    """Python's help topics as numbers: the part to train on, the held-out part, and how many characters differ."""
    from pydoc_data import topics  # half a megabyte that only this needs

    text = "\n".join(topics.topics[name] for name in sorted(topics.topics))
    _, numbers = np.unique(np.array(list(text)), return_inverse=True)
    cut = int(len(numbers) * (1 - HELD_OUT))
    return numbers[:cut].astype(np.int32), numbers[cut:].astype(np.int32), int(numbers.max()) + 1


@functools.partial(jax.jit, static_argnames="characters")
def init(key, characters: int) -> dict:
    """Random weights."""
    size = Size(LENGTH, characters, characters, WIDTH, 2, HEADS, HIDDEN)
    a, b, c, d, e = jax.random.split(key, 5)
    letter, place, before, head = normals(
        jnp.stack([a, b, e, c]), (0.5, (characters, WIDTH)), (0.1, (LENGTH, WIDTH)),
        (WIDTH**-0.5, (EMBEDDING_CONTEXT, WIDTH, WIDTH)), (WIDTH**-0.5, (WIDTH, characters)),
    )  # fmt: skip
    return {
        "letter": letter,
        "place": place,
        "before": before,
        "norm_scale": jnp.ones(WIDTH, jnp.float32),
        "norm_shift": jnp.zeros(WIDTH, jnp.float32),
        "head": head,
        "blocks": init_blocks(d, size),
    }


def apply(weights: dict, text, rows):
    """Scores (b, n, characters) of the next character for text (b, n), and all attention maps."""
    letters = weights["letter"][text]
    x = letters + weights["place"][: text.shape[1]]
    for i in range(EMBEDDING_CONTEXT):
        x += jnp.pad(letters, ((0, 0), (i + 1, 0), (0, 0)))[:, : -i - 1] @ weights["before"][i]
    x, attention = apply_blocks(weights["blocks"], x, HEADS, rows, causal=True)
    return norm(x, weights["norm_scale"], weights["norm_shift"]) @ weights["head"], attention


def batch(key, data: Text) -> Text:
    """Windows of one more character than the model reads."""
    start = jax.random.randint(key, (BATCH, 1), 0, len(data.characters) - LENGTH)
    return Text(data.characters[start + jnp.arange(LENGTH + 1)], data.memberships)


def objective(weights, drawn: Text, choice, share):
    """Cross-entropy in nats for each character, plus gamma times the penalty; reports both."""
    scores, attention = apply(weights, drawn.characters[:, :-1], row_map(choice.map, choice.k))
    cross = optax.softmax_cross_entropy_with_integer_labels(scores, drawn.characters[:, 1:]).mean()
    paid = penalty(choice.penalty, attention, drawn.memberships)
    return cross + annealed_weight(choice, share) * paid, {"cross": cross, "penalty": paid}


def init_training(seed: int) -> fit.Progress:
    """An untrained model."""
    key = jax.random.key(seed)
    return fit.init_training(jax.random.fold_in(key, 1), init(key, corpus()[2]))


def train_steps(progress, method: Method, steps: int, count: int):
    """`progress` after `count` of `steps` steps, and the mean reports over them."""
    data = Text(jnp.asarray(corpus()[0]), sequence_memberships(LENGTH))
    made = encode(method)
    fixed = specialize(objective, int(made.map), int(made.penalty))
    return fit.train_steps(progress, data, made, jnp.float32(steps), count, fixed, batch, RATE)


def evaluate(weights, method: Method, threshold: float, windows: int = 40) -> tuple[np.ndarray, float]:
    """Cross-entropy in nats a character of each held-out window (windows,) with pruned attention, and the share of
    zeros among the weights that a causal row may hold."""
    made, text = encode(method), corpus()[1]
    starts = np.linspace(0, len(text) - LENGTH - 1, windows).astype(int)
    cut = text[starts[:, None] + np.arange(LENGTH + 1)].reshape(-1, EVAL_BATCH, LENGTH + 1)
    cross, zeros = _held_out(weights, jnp.asarray(cut), int(made.map), made.k, jnp.float32(threshold))
    return np.asarray(cross, dtype=float).ravel(), float(zeros.mean())


@functools.partial(jax.jit, static_argnames="kind")
def _held_out(weights, text, kind, k, threshold):
    def one(text):
        scores, attention = apply(weights, text[:, :-1], pruned_rows(kind, k, threshold, LENGTH))
        cross = optax.softmax_cross_entropy_with_integer_labels(scores, text[:, 1:]).mean(-1)
        allowed = jnp.tril(jnp.ones((LENGTH, LENGTH), bool))
        zeros = ((attention == 0) & allowed).mean(dtype=jnp.float32) / allowed.mean(dtype=jnp.float32)
        return cross, zeros

    return lax.map(one, text)
