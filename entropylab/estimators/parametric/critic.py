"""A critic: a small network that scores pairs, trained to tell joint pairs from independent ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

RATE = 3e-3  # Adam's step, let down to 0 along a half cosine: data are standardised, so one rate serves all
DECAY = 1e-3  # weight decay; held-out values fall first when the critic learns its training pairs by heart


class Critic(NamedTuple):
    """Weights of two hidden layers; the first takes x and y apart, so that a table of pairs costs it two products."""

    of_x: jax.Array
    of_y: jax.Array
    first: jax.Array
    inner: jax.Array
    second: jax.Array
    out: jax.Array


def init(seed: int, dx: int, dy: int, width: int = 32) -> Critic:
    """A critic whose hidden units start with unit variance and whose scores start near 0."""
    rng = np.random.default_rng(seed)
    normal = lambda scale, *shape: (scale * rng.normal(size=shape)).astype(np.float32)  # noqa: E731
    return Critic(
        of_x=normal((dx + dy) ** -0.5, dx, width),
        of_y=normal((dx + dy) ** -0.5, dy, width),
        first=np.zeros(width, np.float32),
        inner=normal((2 / width) ** 0.5, width, width),
        second=np.zeros(width, np.float32),
        out=normal(0.1 * width**-0.5, width),
    )


def apply(critic: Critic, x, y):
    """Scores (...,) of pairs x (..., dx) and y (..., dy); leading axes broadcast."""
    hidden = jax.nn.silu(x @ critic.of_x + y @ critic.of_y + critic.first)
    return jax.nn.silu(hidden @ critic.inner + critic.second) @ critic.out


def pairwise_scores(critic: Critic, x, y):
    """Scores (n, n) of every x with every y: joint pairs on the diagonal, independent ones off it."""
    return apply(critic, x[:, None], y[None])


@partial(jax.jit, static_argnames=("bound", "batch"))
def train(critic: Critic, x, y, steps, bound: Callable, batch: int) -> Critic:
    """`critic` after `steps` steps of Adam up the `bound` of the tables of batches of (x, y), rows in random order.

    `bound` maps a table to a number. `steps` may be traced: the number of steps compiles nothing.
    """
    # the rate follows the share of steps done, which a schedule fixed at compile time could not know
    import optax  # imported where training is wanted

    optimiser = optax.chain(optax.scale_by_adam(), optax.add_decayed_weights(DECAY))

    def step(i, state):
        critic, moments = state
        chosen = _places(i, len(x), batch)
        slope = jax.grad(lambda c: -bound(pairwise_scores(c, x[chosen], y[chosen])))(critic)
        update, moments = optimiser.update(slope, moments, critic)
        rate = RATE * 0.5 * (1 + jnp.cos(jnp.pi * i / steps))
        return jax.tree.map(lambda w, u: (w - rate * u).astype(w.dtype), critic, update), moments

    return lax.fori_loop(0, steps, step, (critic, optimiser.init(critic)))[0]


def _places(step, n: int, batch: int):
    """`batch` different places out of n for a step: a start and a stride that step evenly through their ranges.

    Multiples of the golden ratio and of the root of 2, modulo 1, in 32-bit integers: as good as random for rows
    in random order, and a permutation of n would cost more than the step.
    """
    share = lambda odd: (step.astype(jnp.uint32) * np.uint32(odd) >> 8).astype(jnp.float32) / 2**24  # noqa: E731
    start = (share(2654435769) * n).astype(jnp.int32)
    stride = 1 + (share(1779033703) * max(1, n // batch)).astype(jnp.int32)
    return (start + stride * jnp.arange(batch, dtype=jnp.int32)) % n


@partial(jax.jit, static_argnames="shifts")
def evaluate(critic: Critic, x, y, shifts: int):
    """Scores of the joint pairs (m,), and of pairs whose y comes `shifts` places around the circle (shifts, m)."""
    places = 1 + (jnp.arange(shifts) * (len(x) - 1)) // shifts
    return apply(critic, x, y), lax.map(lambda s: apply(critic, x, jnp.roll(y, -s, axis=0)), places)


@partial(jax.jit, static_argnames="batch")
def evaluate_tables(critic: Critic, x, y, batch: int):
    """Tables (m // batch, batch, batch) of consecutive batches."""
    whole = len(x) // batch
    cut = lambda a: a[: whole * batch].reshape(whole, batch, -1)  # noqa: E731
    return lax.map(lambda pair: pairwise_scores(critic, *pair), (cut(x), cut(y)))
