"""Soft reproducibility entropy as curves and maps: many temperatures and bandwidths for the work of a few."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import ArrayLike

from entropylab.estimators.patterns.entropy import (
    as_numpy_states,
    checked_states,
    distinct_patterns,
    mean_surprisal,
    pad_to_bucket,
)
from entropylab.numerics.discrete.relaxations import kernel_scale, sigmoid_step
from entropylab.numerics.kernel_sums.curves import influence_curve, log_sums_curve, standard_error
from entropylab.numerics.validation import check, ranges
from entropylab.numerics.validation.tracing import keep_float64

__all__ = [
    "soft_match_curve", "soft_match_temperatures", "soft_match_gradients", "soft_match_map", "soft_match_errors",
    "leakage_entropy",
]  # fmt: skip

ADVICE = "choose positive values."
ROWS = 512  # distinct patterns compared with all others at a time: 512 x 100,000 distances are 400 MB


@keep_float64
@check.check_knob_types
def soft_match_curve(states: ArrayLike, *, temperature: float = 10.0, bandwidths) -> tuple[np.ndarray, np.ndarray]:
    """`soft_match` at every bandwidth, with its standard errors, in nats.

    Parameters
    ----------
    states : array_like, shape (n, d)
        States of n samples of d cells, from 0 to 1; at least 2 samples.
    temperature : float, default 10.0
        As `soft_match`.
    bandwidths : array_like, shape (s,)
        Bandwidths above 0.

    Returns
    -------
    entropies, errors : numpy.ndarray, shape (s,)
        The estimates and their standard errors in nats.

    Raises
    ------
    ValueError
        As `soft_match`.

    Notes
    -----
    Distances are computed once. The error is the infinitesimal jackknife over samples; it does not cover the bias.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> states = np.random.default_rng(0).uniform(size=(20, 3))
    >>> values, _ = lab.soft_match_curve(states, bandwidths=[0.3, 0.5])
    >>> round(float(values[1]) - lab.soft_match(states), 9) + 0.0
    0.0
    """
    states, n = pad_to_bucket(checked_states(states))
    ranges.positive("temperature", temperature, states.dtype, ADVICE)
    return jax.device_get(_curve(states, n, temperature, _knobs("bandwidths", bandwidths, states.dtype)))


@keep_float64
@check.check_knob_types
def soft_match_temperatures(
    states: ArrayLike, *, temperatures, bandwidth: float = 0.5
) -> tuple[np.ndarray, np.ndarray]:
    """`soft_match` at every temperature, with its standard errors, in nats.

    Parameters
    ----------
    states : array_like, shape (n, d)
        States of n samples of d cells, from 0 to 1; at least 2 samples.
    temperatures : array_like, shape (t,)
        Temperatures above 0.
    bandwidth : float, default 0.5
        As `soft_match`.

    Returns
    -------
    entropies, errors : numpy.ndarray, shape (t,)
        The estimates and their standard errors in nats.

    Raises
    ------
    ValueError
        As `soft_match`.

    Notes
    -----
    The error is that of `soft_match_curve`.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> states = np.random.default_rng(0).uniform(size=(20, 3))
    >>> values, _ = lab.soft_match_temperatures(states, temperatures=[1.0, 10.0])
    >>> round(float(values[1]) - lab.soft_match(states), 9) + 0.0
    0.0
    """
    states, n = pad_to_bucket(checked_states(states))
    ranges.positive("bandwidth", bandwidth, states.dtype, ADVICE)
    return jax.device_get(_temperatures(states, n, _knobs("temperatures", temperatures, states.dtype), bandwidth))


@keep_float64
@check.check_knob_types
def soft_match_gradients(states: ArrayLike, *, temperatures, bandwidth: float = 0.5) -> np.ndarray:
    """Size of the gradient of `soft_match` at every temperature, in nats per unit of state.

    Parameters
    ----------
    states : array_like, shape (n, d)
        States of n samples of d cells, from 0 to 1; at least 2 samples.
    temperatures : array_like, shape (t,)
        Temperatures above 0.
    bandwidth : float, default 0.5
        As `soft_match`.

    Returns
    -------
    numpy.ndarray, shape (t,)
        n dH / ds, its root mean square over all cells.

    Raises
    ------
    ValueError
        As `soft_match`.

    Notes
    -----
    It vanishes at high temperatures, where no state near a pattern changes its soft value.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> states = np.random.default_rng(0).uniform(size=(20, 3))
    >>> sizes = lab.soft_match_gradients(states, temperatures=[5.0, 500.0])
    >>> bool(sizes[1] < sizes[0])
    True
    """
    states = checked_states(states)
    entries = states.size
    states, n = pad_to_bucket(states)
    ranges.positive("bandwidth", bandwidth, states.dtype, ADVICE)
    norms = jax.device_get(_gradients(states, n, _knobs("temperatures", temperatures, states.dtype), bandwidth))
    return norms * n / np.sqrt(entries)


@keep_float64
def soft_match_map(states: ArrayLike, *, temperatures, bandwidths) -> np.ndarray:
    """`soft_match` at every pair of temperature and bandwidth, in nats.

    Parameters
    ----------
    states : array_like, shape (n, d)
        States of n samples of d cells, from 0 to 1; at least 2 samples.
    temperatures : array_like, shape (t,)
        Temperatures above 0.
    bandwidths : array_like, shape (s,)
        Bandwidths above 0.

    Returns
    -------
    numpy.ndarray, shape (t, s)
        The estimates in nats.

    Raises
    ------
    ValueError
        As `soft_match`.

    Notes
    -----
    Each temperature costs one `soft_match_curve`.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> states = np.random.default_rng(0).uniform(size=(20, 3))
    >>> lab.soft_match_map(states, temperatures=[1.0, 10.0], bandwidths=[0.3, 0.5, 1.0]).shape
    (2, 3)
    """
    states, n = pad_to_bucket(checked_states(states))
    t, s = _knobs("temperatures", temperatures, states.dtype), _knobs("bandwidths", bandwidths, states.dtype)
    return jax.device_get(_map(states, n, t, s))


@keep_float64
@check.check_knob_types
def soft_match_errors(states: ArrayLike, *, temperature: float = 10.0, bandwidth: float = 0.5) -> dict[str, np.ndarray]:
    """Soft and hard entropy of one batch, their gap, and the standard error of each, in nats.

    Parameters
    ----------
    states : array_like, shape (n, d)
        States of n samples of d cells, from 0 to 1; at least 2 samples.
    temperature : float, default 10.0
        As `soft_match`.
    bandwidth : float, default 0.5
        As `soft_match`.

    Returns
    -------
    dict of numpy.ndarray
        soft, hard, gap, soft_error, hard_error and gap_error (scalars); surprise and hard_surprise (n,), the local
        values -log(C_i / n).

    Raises
    ------
    ValueError
        As `soft_match`.

    Notes
    -----
    Errors are infinitesimal jackknives over samples: that of the gap uses the covariance of soft and hard. Where many
    patterns were seen only once the errors are too small (of the gap by up to a third): patterns that were never seen
    do not enter them.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> states = np.random.default_rng(0).uniform(size=(20, 3))
    >>> found = lab.soft_match_errors(states)
    >>> round(float(found["gap"] - (found["soft"] - found["hard"])), 9) + 0.0
    0.0
    """
    given = checked_states(states)
    ranges.positive("temperature", temperature, given.dtype, ADVICE)
    ranges.positive("bandwidth", bandwidth, given.dtype, ADVICE)
    _, inverse, counts = distinct_patterns(states)
    hard = np.log(len(inverse) / counts[inverse])
    states, n = pad_to_bucket(given)
    found = jax.device_get(_errors(states, n, np.pad(hard, (0, len(states) - n)), temperature, bandwidth))
    return {**found, "surprise": found["surprise"][:n], "hard_surprise": hard}


@keep_float64
@check.check_knob_types
def leakage_entropy(states: ArrayLike, *, temperature: float = 10.0, bandwidth: float = 0.5) -> float:
    """Soft entropy of exactly binary states by closed form, in nats.

    Parameters
    ----------
    states : array_like, shape (n, d)
        States, each 0 or 1.
    temperature : float, default 10.0
        As `soft_match`.
    bandwidth : float, default 0.5
        As `soft_match`.

    Returns
    -------
    float
        -sum_u p_u log sum_v p_v kappa^h(u, v) in nats.

    Raises
    ------
    ValueError
        Unless every state is 0 or 1; else as `soft_match`.

    Notes
    -----
    h(u, v) is the Hamming distance of two observed patterns, kappa the leakage of one cell. An independent way to the
    value of `soft_match`.

    References
    ----------
    The note on reproducibility entropy, step B, with the finite temperature of step A.

    Examples
    --------
    >>> import entropylab as lab
    >>> states = [[0, 0], [0, 1], [0, 1]]
    >>> round(lab.leakage_entropy(states) - lab.soft_match(states), 9) + 0.0
    0.0
    """
    states = as_numpy_states(states, minimum=2)
    ranges.positive("temperature", temperature, states.dtype, ADVICE)
    ranges.positive("bandwidth", bandwidth, states.dtype, ADVICE)
    if not np.isin(states, (0, 1)).all():
        raise ValueError("leaked_entropy needs states of exactly 0 or 1: got others; threshold them first.")
    bits, _, counts = distinct_patterns(states)
    p, signs = counts / len(states), 2.0 * bits - 1
    # log kappa itself, not kappa: a narrow kernel leaks less than the smallest float, and 0 cells apart is still 1
    with np.errstate(over="ignore"):  # what overflows is a kernel of 0
        square = (np.tanh(float(temperature) / 4) / float(bandwidth)) ** 2
        log_kappa = -min(square, np.finfo(float).max) / 2  # finite, as 0 cells apart are 0 times it
        matched = [
            np.exp(log_kappa * (bits.shape[1] - rows @ signs.T) / 2) @ p
            for rows in np.array_split(signs, -(-len(signs) // ROWS))
        ]
    return float(-(p * np.log(np.concatenate(matched))).sum())


def _knobs(name, values, dtype):
    """`values` as an array (m,) of finite numbers above 0."""
    return ranges.positives(name, values, dtype, ADVICE)


def _values(log_sums, n):
    return jnp.log(jnp.asarray(n, log_sums.dtype)) - log_sums.sum(-1) / n


@jax.jit
def _curve(states, n, temperature, bandwidths):
    return _errors_curve(sigmoid_step(states, jnp.asarray(temperature, states.dtype)), n, bandwidths)


def _errors_curve(patterns, n, bandwidths):
    patterns, scales = kernel_scale(patterns, bandwidths)
    log_sums = log_sums_curve(patterns, n, scales)
    return _values(log_sums, n), standard_error(influence_curve(patterns, n, scales, log_sums), n)


@jax.jit
def _temperatures(states, n, temperatures, bandwidth):
    bandwidths = jnp.asarray(bandwidth, states.dtype)[None]

    def one(temperature):
        values, errors = _errors_curve(sigmoid_step(states, temperature), n, bandwidths)
        return values[0], errors[0]

    return lax.map(one, temperatures)


@jax.jit
def _gradients(states, n, temperatures, bandwidth):
    inside = (jnp.arange(states.shape[0]) < n)[:, None]
    slope = jax.grad(partial(mean_surprisal, n=n, bandwidth=jnp.asarray(bandwidth, states.dtype)))

    def one(temperature):
        return jnp.sqrt((jnp.where(inside, slope(states, temperature=temperature), 0.0) ** 2).sum())

    return lax.map(one, temperatures)


@jax.jit
def _map(states, n, temperatures, bandwidths):
    def one(temperature):
        patterns, scales = kernel_scale(sigmoid_step(states, temperature), bandwidths)
        return _values(log_sums_curve(patterns, n, scales), n)

    return lax.map(one, temperatures)


@jax.jit
def _errors(states, n, hard, temperature, bandwidth):
    patterns = sigmoid_step(states, jnp.asarray(temperature, states.dtype))
    patterns, scales = kernel_scale(patterns, jnp.asarray(bandwidth, states.dtype)[None])
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
