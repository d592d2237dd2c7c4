"""Soft reproducibility entropy as curves and maps: many temperatures and bandwidths for the work of a few."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from entropylab.estimators.patterns import bucketed, checked_states, distinct_patterns, mean_surprise
from entropylab.numerics.pairwise_curves import influence_curve, log_sums_curve, standard_error
from entropylab.numerics.relaxations import leakage, soft_step

__all__ = ["soft_match_curve", "soft_match_temperatures", "soft_match_map", "soft_match_errors", "leaked_entropy"]


def soft_match_curve(states, *, temperature: float = 10.0, bandwidths) -> tuple[np.ndarray, np.ndarray]:
    """`soft_match` at every bandwidth and its standard errors, both (s,) in nats; distances are computed once.

    The error is the infinitesimal jackknife over samples; it does not cover the bias.
    """
    states, n = bucketed(checked_states(states))
    return jax.device_get(_curve(states, n, temperature, np.asarray(bandwidths, dtype=states.dtype)))


def soft_match_temperatures(
    states, *, temperatures, bandwidth: float = 0.5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`soft_match` at every temperature, its standard errors, and the size of its gradient, each (t,).

    The gradient is n dH / ds, its root mean square over all cells, in nats per unit of state.
    """
    states = checked_states(states)
    entries = states.size
    states, n = bucketed(states)
    temperatures = np.asarray(temperatures, dtype=states.dtype)
    values, errors, norms = jax.device_get(_temperatures(states, n, temperatures, bandwidth))
    return values, errors, norms * n / np.sqrt(entries)


def soft_match_map(states, *, temperatures, bandwidths) -> np.ndarray:
    """`soft_match` in nats at every pair of temperature and bandwidth: (t, s)."""
    states, n = bucketed(checked_states(states))
    t, s = (np.asarray(v, dtype=states.dtype) for v in (temperatures, bandwidths))
    return jax.device_get(_map(states, n, t, s))


def soft_match_errors(states, *, temperature: float = 10.0, bandwidth: float = 0.5) -> dict[str, np.ndarray]:
    """Soft and hard entropy of one batch, their gap, and the standard error of each, in nats.

    Keys soft, hard, gap, soft_error, hard_error, gap_error (scalars) and surprise, hard_surprise (n,), the local
    values -log(C_i / n). Errors are infinitesimal jackknives over samples: the gap's uses that soft and hard
    move together.
    """
    states = checked_states(states)
    _, inverse, counts = distinct_patterns(states)
    hard = np.log(len(states) / counts[inverse])
    states, n = bucketed(states)
    found = jax.device_get(_errors(states, n, np.pad(hard, (0, len(states) - n)), temperature, bandwidth))
    return {**found, "surprise": found["surprise"][:n], "hard_surprise": hard}


def leaked_entropy(states, *, temperature: float = 10.0, bandwidth: float = 0.5) -> float:
    """Soft entropy in nats of exactly binary states by closed form: -sum_u p_u log sum_v p_v kappa^h(u, v).

    h(u, v) is the Hamming distance of two observed patterns, kappa the leakage of one cell. An independent way
    to the number of `soft_match`. Errors: ValueError unless every state is 0 or 1. Source: seed 000, step B,
    with the finite temperature of step A.
    """
    states = np.asarray(checked_states(states))
    if not np.isin(states, (0, 1)).all():
        raise ValueError("leaked_entropy needs states of exactly 0 or 1: got others; threshold them first.")
    bits, _, counts = distinct_patterns(states)
    signs = 2.0 * bits - 1
    distance = (bits.shape[1] - signs @ signs.T) / 2
    p = counts / counts.sum()
    log_kappa = float(jnp.log(leakage(temperature, bandwidth)))
    return float(-(p * np.log(np.exp(log_kappa * distance) @ p)).sum())


def _scales(bandwidths):
    return 1 / (2 * bandwidths**2)


def _values(log_sums, n):
    return jnp.log(jnp.asarray(n, log_sums.dtype)) - log_sums.sum(-1) / n


@jax.jit
def _curve(states, n, temperature, bandwidths):
    patterns = soft_step(states, jnp.asarray(temperature, states.dtype))
    log_sums = log_sums_curve(patterns, n, _scales(bandwidths))
    influence = influence_curve(patterns, n, _scales(bandwidths), log_sums)
    return _values(log_sums, n), standard_error(influence, n)


@jax.jit
def _temperatures(states, n, temperatures, bandwidth):
    bandwidth = jnp.asarray(bandwidth, states.dtype)

    def one(temperature):
        value, error = _curve(states, n, temperature, bandwidth[None])
        gradient = jax.grad(partial(mean_surprise, n=n, temperature=temperature, bandwidth=bandwidth))(states)
        inside = (jnp.arange(states.shape[0]) < n)[:, None]
        return value[0], error[0], jnp.sqrt((jnp.where(inside, gradient, 0.0) ** 2).sum())

    return lax.map(one, temperatures)


@jax.jit
def _map(states, n, temperatures, bandwidths):
    def one(temperature):
        return _values(log_sums_curve(soft_step(states, temperature), n, _scales(bandwidths)), n)

    return lax.map(one, temperatures)


@jax.jit
def _errors(states, n, hard, temperature, bandwidth):
    patterns = soft_step(states, jnp.asarray(temperature, states.dtype))
    scales = _scales(jnp.asarray(bandwidth, states.dtype))[None]
    log_sums = log_sums_curve(patterns, n, scales)
    influence = influence_curve(patterns, n, scales, log_sums)[0]
    hard = hard.astype(states.dtype)
    soft_mean, hard_mean = _values(log_sums, n)[0], hard.sum() / n
    return {
        "soft": soft_mean,
        "hard": hard_mean,
        "gap": soft_mean - hard_mean,
        "soft_error": standard_error(influence, n),
        "hard_error": standard_error(hard, n),
        "gap_error": standard_error(influence - hard, n),
        "surprise": jnp.log(jnp.asarray(n, states.dtype)) - log_sums[0],
    }
