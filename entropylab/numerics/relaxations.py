"""Smooth stand-ins for steps, with the closed forms of what they leak."""

from __future__ import annotations

import jax.numpy as jnp
from jax.nn import sigmoid


def soft_step(values, temperature, threshold=0.5):
    """sigma(T (s - threshold)): rises from 0 to 1 around `threshold`, a hard step as T grows (seed 000, step A)."""
    return sigmoid(temperature * (values - threshold))


def leakage(temperature, bandwidth):
    """Kernel value between two exactly binary patterns that differ in one cell: how much a near miss still counts.

    kappa = exp(-tanh(T / 4)^2 / (2 sigma^2)), since sigma(T/2) - sigma(-T/2) = tanh(T / 4); patterns that
    differ in h cells count kappa^h. T = 10, sigma = 1/2 gives 0.1427; a hard step would give 0.1353.
    """
    return jnp.exp(-(jnp.tanh(temperature / 4) ** 2) / (2 * bandwidth**2))


def fair_bits_soft_entropy(cells, temperature, bandwidth):
    """Soft reproducibility entropy in nats of independent fair cells: D log 2 - D log(1 + kappa)."""
    return cells * (jnp.log(2.0) - jnp.log1p(leakage(temperature, bandwidth)))
