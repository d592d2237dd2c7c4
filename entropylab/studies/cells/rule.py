"""A collective of cells on a line or a ring: each feels itself and its neighbours, all follow one small network."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

CHANNELS = 2  # what a cell holds; channel 0 is what counts at the end, the others are its memory
WIDTH = 24  # neurons of a hidden layer
N_STEPS = 30  # steps of the dynamics, several relaxation times
STEP_SIZE = 0.3  # share of the way to its target that a cell goes in one step
GAIN = 4.0  # slope of the target: decided cells then hold against the noise
DECAY = 3.0  # cells over which the cue falls by e


class Rule(NamedTuple):
    """Weights of the network that all cells share."""

    inner: jax.Array
    first: jax.Array
    middle: jax.Array
    second: jax.Array
    outer: jax.Array
    third: jax.Array


class Environment(NamedTuple):
    """What surrounds the rule; every field is a number that may be traced.

    `ring`: 1 joins the ends, 0 leaves emptiness (0) beyond them. `blind`: 1 lets a cell feel only the mean of its
    neighbours, 0 left and right apart. `noise`: standard deviation of start and, times the root of PACE, of a
    step. `cue`: height of a signal that falls by e over DECAY cells from the left; 0 is none.
    """

    ring: float
    blind: float
    noise: float
    cue: float


def init(key) -> Rule:
    """Random weights: hidden units of standardised inputs start with unit variance, targets near 1/2."""
    a, b, c = jax.random.split(key, 3)
    inputs = 3 * CHANNELS + 1
    normal = lambda key, n, m: jax.random.normal(key, (n, m), jnp.float32) * n**-0.5  # noqa: E731
    zeros = lambda n: jnp.zeros(n, jnp.float32)  # noqa: E731
    return Rule(normal(a, inputs, WIDTH), zeros(WIDTH), normal(b, WIDTH, WIDTH), zeros(WIDTH),
                normal(c, WIDTH, CHANNELS), zeros(CHANNELS))  # fmt: skip


def target_state(rule: Rule, senses):
    """Where a cell wants to go (CHANNELS, ...) in (0, 1), from what it feels (3 CHANNELS + 1, ...) in [0, 1]."""
    flat = senses.reshape(len(senses), -1)
    hidden = jnp.tanh(rule.inner.T @ (2 * flat - 1) + rule.first[:, None])
    hidden = jnp.tanh(rule.middle.T @ hidden + rule.second[:, None])
    wanted = jax.nn.sigmoid(GAIN * (rule.outer.T @ hidden + rule.third[:, None]))
    return wanted.reshape(-1, *senses.shape[1:])


def perceive(held, world: Environment, cue):
    """What every cell (CHANNELS, n, d) feels: itself, left, right, cue (n, d)."""
    left, right = jnp.roll(held, 1, axis=-1), jnp.roll(held, -1, axis=-1)
    left = left.at[..., 0].multiply(world.ring)
    right = right.at[..., -1].multiply(world.ring)
    mean, apart = world.blind * (left + right) / 2, 1 - world.blind
    return jnp.concatenate([held, mean + apart * left, mean + apart * right, cue[None]])


def initial_state(key, runs: int, cells: int, world: Environment):
    """Noisy starts (n, d, CHANNELS) around 1/2 and noisy cues (n, d), both in [0, 1]."""
    a, b = jax.random.split(key)
    held = 0.5 + world.noise * jax.random.normal(a, (runs, cells, CHANNELS), jnp.float32)
    signal = world.cue * jnp.exp(-jnp.arange(cells, dtype=jnp.float32) / DECAY)
    cue = signal + world.cue * world.noise * jax.random.normal(b, (runs, cells), jnp.float32)
    return jnp.clip(held, 0, 1), jnp.clip(cue, 0, 1)


@partial(jax.jit, static_argnames=("runs", "cells"))
def apply(rule: Rule, key, runs: int, cells: int, world: Environment):
    """States (TIMES + 1, n, d) of channel 0 in [0, 1] through time, from fresh noise; the last are the patterns."""
    begin, dynamics = jax.random.split(key)
    held, cue = initial_state(begin, runs, cells, world)
    kicks = STEP_SIZE**0.5 * world.noise * jax.random.normal(dynamics, (N_STEPS, *held.shape), jnp.float32)
    # Channels lead: the many runs and cells then fill the processor's vectors, where 2 channels or 24 neurons do not.
    held, kicks = jnp.moveaxis(held, -1, 0), jnp.moveaxis(kicks, -1, 1)

    def step(held, kick):
        moved = held + STEP_SIZE * (target_state(rule, perceive(held, world, cue)) - held) + kick
        moved = jnp.clip(moved, 0, 1)
        return moved, moved[0]

    _, path = lax.scan(step, held, kicks)
    return jnp.concatenate([held[:1], path])
