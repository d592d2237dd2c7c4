"""What makes attention sparse: maps from scores to weights, and penalties on the weights. The choice is traced.

One compiled program serves every choice, because `lax.switch` runs one branch of all that it was compiled with; or
a choice is settled, and its program faster.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from entropylab.estimators.partitions.ball import ball_memberships
from entropylab.numerics.attention import pruning, sparse_maps
from entropylab.numerics.discrete import simplex

MAPS = ("softmax", "sparsemax", "entmax", "top-k")
PENALTIES = ("none", "L1", "L2", "Shannon", "ball")
SHARPNESS = 4.0  # of the balls, over the squared distance of neighbouring patches: neighbours share, others do not
CLASS_TOKEN_POSITION = 100.0  # where the class token stands: far from every patch, in a ball of its own


class Method(NamedTuple):
    """A map and a penalty. gamma multiplies the penalty; it grows from 0 to full between two shares of training."""

    map: str = "softmax"
    penalty: str = "none"
    gamma: float = 0.0
    begin: float = 0.0
    full: float = 0.2
    k: int = 3


class MethodParameters(NamedTuple):
    """A method as numbers that a compiled program takes."""

    map: np.int32
    penalty: np.int32
    gamma: np.float32
    begin: np.float32
    full: np.float32
    k: np.int32


def encode(method: Method) -> MethodParameters:
    """The numbers of `method`."""
    return MethodParameters(
        np.int32(MAPS.index(method.map)), np.int32(PENALTIES.index(method.penalty)), np.float32(method.gamma),
        np.float32(method.begin), np.float32(method.full), np.int32(method.k),
    )  # fmt: skip


def row_maps(k) -> tuple[Callable, ...]:
    """The functions of `MAPS`, of scores; the last one keeps the k largest of the softmax."""
    softmax = lambda z: jax.nn.softmax(z, axis=-1)  # noqa: E731
    return softmax, sparse_maps.sparsemax, sparse_maps.entmax15, lambda z: pruning.top_k(softmax(z), k)


def row_map(kind, k) -> Callable:
    """The map number `kind` of `MAPS`; a traced one costs a quarter to a third more time than an int."""
    if isinstance(kind, int):
        return row_maps(k)[kind]
    return lambda scores: lax.switch(kind, row_maps(k), scores)


def penalty(kind, attention, memberships):
    """The penalty number `kind` of `PENALTIES`: its mean over all rows of attention, over its largest value.

    `memberships` (n, k) are the shares of every key in the balls of "ball". L1 is 1 whatever the weights are, because
    a row sums to 1: as a penalty it does nothing. The least L2 is that of the uniform row: it spreads attention.
    """
    n, k = memberships.shape
    branches = (
        lambda a: jnp.zeros((), a.dtype),
        lambda a: jnp.abs(a).sum(-1).mean(),
        lambda a: (a * a).sum(-1).mean(),
        lambda a: simplex.entropy(a).mean() / np.log(n).astype(np.float32),
        lambda a: simplex.entropy(a @ memberships).mean() / np.log(k).astype(np.float32),
    )
    return branches[kind](attention) if isinstance(kind, int) else lax.switch(kind, branches, attention)


@functools.cache
def specialize(objective: Callable, kind: int, penalty: int) -> Callable:
    """An objective of weights, batch, choice and share whose map and penalty are compiled in: faster, one program
    each."""
    return lambda weights, drawn, choice, share: objective(
        weights, drawn, choice._replace(map=kind, penalty=penalty), share
    )


def annealed_weight(choice: MethodParameters, share):
    """gamma at a share of training from 0 to 1: 0 until `begin`, full from `full` on, straight between."""
    rise = jnp.maximum(choice.full - choice.begin, 1e-6)
    ramp = jnp.where(choice.full > 0, jnp.clip((share - choice.begin) / rise, 0, 1), 1.0)
    return choice.gamma * ramp


def patch_memberships(tokens: int) -> np.ndarray:
    """Shares (tokens, k) of the class token and of patches on a square in the balls of the ball penalty.

    One ball for every 2 x 2 patches, about the root of the number of keys as the source advises, and one for the
    class token, which has no place in the image.
    """
    side = round((tokens - 1) ** 0.5)
    grid = lambda places: np.stack(np.meshgrid(places, places, indexing="ij"), -1).reshape(-1, 2)  # noqa: E731
    away = np.full((1, 2), CLASS_TOKEN_POSITION)
    places = np.concatenate([away, grid(np.arange(side) + 0.0)])
    anchors = np.concatenate([away, grid(np.arange(0, side, 2) + 0.5)])
    return np.asarray(ball_memberships(places, anchors, sharpness=SHARPNESS), dtype=np.float32)


def sequence_memberships(tokens: int) -> np.ndarray:
    """Shares (tokens, k) of places on a line in k evenly spaced balls, k the root of the number of tokens."""
    k = max(2, round(tokens**0.5))
    places = np.arange(tokens)[:, None] / (tokens / k)
    return np.asarray(ball_memberships(places, np.arange(k)[:, None] + 0.5, sharpness=SHARPNESS), dtype=np.float32)
