"""Uniform boxes against each other: log sums over a mixture of densities, divergences and overlaps.

Every function named after a term t_ij returns log sum_j c_j exp(t_ij) for each row i, as its namesake in
`gaussians` does. Lengths come from differences of centers, so a common offset costs no digits beyond its own.
"""

from __future__ import annotations

import jax.numpy as jnp

from entropylab.numerics.mixture import Mixture
from entropylab.numerics.rows import by_rows, log_sums


def entropies(mixture: Mixture):
    """Differential entropy of every component, (K,): the log of its volume."""
    return jnp.log(mixture.spreads).sum(-1)


def log_densities(mixture: Mixture, points):
    """log p(x_i) of `points` (n, d), (n,); -log of the volume of each box that holds the point, borders included."""
    volumes = entropies(mixture)

    def rows(x):
        inside = (jnp.abs(x[:, None, :] - mixture.centers) <= 0.5 * mixture.spreads).all(-1)
        return log_sums(jnp.where(inside, -volumes, -jnp.inf), _known_weights(mixture))

    return by_rows(rows, points, _width(mixture))


def log_densities_of_draws(mixture: Mixture, component, uniforms):
    """log p at m_k + (u - 1/2) s_k, k the `component` (n,), s_k its sides, of `uniforms` u (n, d) in [0, 1).

    That box holds the point by construction. Digits that the sum has no room for count too.
    """
    volumes = entropies(mixture)

    def rows(arrays):
        own, step = arrays
        apart = (mixture.centers[own][:, None, :] - mixture.centers) + step[:, None, :]
        inside = (jnp.abs(apart) <= 0.5 * mixture.spreads).all(-1)
        inside = inside | (own[:, None] == jnp.arange(mixture.components))
        return log_sums(jnp.where(inside, -volumes, -jnp.inf), _known_weights(mixture))

    steps = (uniforms - 0.5) * mixture.spreads[component]
    return by_rows(rows, (component, steps), _width(mixture))


def kl(mixture: Mixture):
    """Terms -KL(p_i || p_j): log V_i - log V_j where box j holds box i, else minus infinity."""
    volumes = entropies(mixture)

    def rows(arrays):
        x, sides, volume = arrays
        slack = 0.5 * (mixture.spreads - sides[:, None, :]) - jnp.abs(x[:, None, :] - mixture.centers)
        return log_sums(jnp.where((slack >= 0).all(-1), volume[:, None] - volumes, -jnp.inf), _known_weights(mixture))

    return by_rows(rows, (mixture.centers, mixture.spreads, volumes), _width(mixture))


def chernoff(mixture: Mixture, alpha, terms=None):
    """Terms log of the integral of p_i^alpha p_j^(1 - alpha) = log V_ij - alpha log V_i - (1 - alpha) log V_j.

    V_ij is the common volume of the boxes.
    """
    alpha = jnp.asarray(alpha, mixture.centers.dtype)
    return _common(mixture, alpha, 1 - alpha)


def overlap(mixture: Mixture, terms=None):
    """Terms log of the integral of p_i p_j = log V_ij - log V_i - log V_j."""
    return _common(mixture, 1.0, 1.0)


def _common(mixture, of_row, of_column):
    volumes = entropies(mixture)

    def rows(arrays):
        x, sides, volume = arrays
        away = jnp.abs(x[:, None, :] - mixture.centers)
        widest = jnp.minimum(sides[:, None, :], mixture.spreads)
        length = jnp.minimum(widest, 0.5 * (sides[:, None, :] + mixture.spreads) - away)
        meet = (length > 0).all(-1)
        logs = jnp.log(jnp.where(length > 0, length, 1.0)).sum(-1)
        terms = logs - of_row * volume[:, None] - of_column * volumes
        return log_sums(jnp.where(meet, terms, -jnp.inf), _known_weights(mixture))

    return by_rows(rows, (mixture.centers, mixture.spreads, volumes), _width(mixture))


def _width(mixture):
    """Numbers a row of the table needs: its differences to all centers."""
    return mixture.components * mixture.dimension


def _known_weights(mixture: Mixture):
    """The weights, NaN for boxes of which a corner is: no comparison with NaN tells where they lie."""
    missing = jnp.isnan(mixture.centers).any(-1) | jnp.isnan(mixture.spreads).any(-1)
    return jnp.where(missing, jnp.nan, mixture.weights)
