"""Directions whose farthest points span much of a hull: learned through the entropy of their triangles."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from jaxtyping import Float, Real

from entropylab.estimators.geometry.triangle import triangle_entropy


def learn_directions(
    points: Real[np.ndarray, "n 2"], k: int = 16, *, steps: int = 100, rate: float = 0.05, temperature: float = 0.02
) -> Float[np.ndarray, "k 2"]:
    """k unit directions, from even angles down the gradient of `triangle_entropy` by Adam; the best on the way.

    What no triangle of their farthest points holds costs ln n a point, so the triangles grow to hold what they can;
    no anchor can move away and leave it empty. `rate` is in radians, `temperature` that of `triangle_entropy`.
    Errors: ValueError as `triangle_entropy`.
    """
    even = 2 * np.pi * (np.arange(k) + 0.5) / k
    triangle_entropy(points, np.stack([np.cos(even), np.sin(even)], 1), temperature=temperature)  # checks
    angles = _descend(jnp.asarray(points), jnp.asarray(even), temperature, rate, steps)
    return np.stack([np.cos(angles), np.sin(angles)], 1)


@partial(jax.jit, static_argnames="steps")
def _descend(points, angles, temperature, rate, steps):
    optimiser = optax.scale_by_adam()
    value = jax.value_and_grad(
        lambda a: triangle_entropy(points, jnp.stack([jnp.cos(a), jnp.sin(a)], 1), temperature=temperature)
    )

    def step(_, state):
        angles, moments, least, best = state
        now, slope = value(angles)
        best = jnp.where(now < least, angles, best)
        update, moments = optimiser.update(slope, moments)
        return angles - rate * update, moments, jnp.minimum(now, least), best

    start = angles, optimiser.init(angles), jnp.asarray(jnp.inf, points.dtype), angles
    return lax.fori_loop(0, steps, step, start)[3]
