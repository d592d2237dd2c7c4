"""Smooth stand-ins for steps, with the closed forms of what they leak."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax
from jax.nn import sigmoid


def sigmoid_step(values, temperature, threshold=0.5):
    """sigma(T (s - threshold)): rises from 0 to 1 around `threshold`, a hard step as T grows.

    Source: the note on reproducibility entropy, step A.
    """
    return sigmoid(temperature * (values - threshold))


def kernel_scale(patterns, bandwidths):
    """Patterns times a power of two, and 1 / (2 sigma^2) for them: finite for every bandwidth of ordinary size or less.

    The power is 1 unless the fourth power of the narrowest bandwidth, which a derivative divides by, comes near the
    end of the type's range. For one bandwidth or an array of them.
    """
    kind = jnp.finfo(patterns.dtype)
    exponent = jnp.frexp(lax.stop_gradient(jnp.min(bandwidths)))[1]
    # at most so much that the least scale there is, times a square of 4096 columns, is rounding
    power = jnp.clip(-exponent + kind.minexp // 4 + 4, 0, (-kind.minexp - kind.nmant - 12) // 2)
    unit = jnp.ldexp(jnp.ones((), patterns.dtype), power)
    # a choice, as compilers take the square of a product for the product of squares, one of which underflows
    wide = jnp.where(power > 0, bandwidths * unit, bandwidths)
    scales = 1 / (2 * wide**2)
    # of a bandwidth whose square overflows: every kernel is 1 to the last digit, but for that of infinite distances
    return patterns * unit, jnp.where(scales < kind.tiny, kind.tiny, scales)


def leakage_probability(temperature, bandwidth):
    """Kernel value between two exactly binary patterns that differ in one cell: how much a near miss still counts.

    kappa = exp(-tanh(T / 4)^2 / (2 sigma^2)), since sigma(T/2) - sigma(-T/2) = tanh(T / 4); patterns that
    differ in h cells count kappa^h. T = 10, sigma = 1/2 gives 0.1427; a hard step would give 0.1353.
    """
    return jnp.exp(-(jnp.tanh(temperature / 4) ** 2) / (2 * bandwidth**2))


def soft_entropy_of_fair_bits(cells, temperature, bandwidth):
    """Soft reproducibility entropy in nats of independent fair cells: D log 2 - D log(1 + kappa)."""
    return cells * (jnp.log(2.0) - jnp.log1p(leakage_probability(temperature, bandwidth)))
