"""Differences of the gamma function's logarithm and derivatives, to full relative precision (host, float64).

Bayesian entropies of counts near 1e9 are small differences of large log-gammas and digammas. Here every
difference is formed term by term, so it keeps its digits however large the two values are.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, polygamma

# Stirling's series is used at x >= SHIFT; smaller arguments climb there by the recurrence f(x + 1) - f(x).
# At 16 the first term left out, B_14 / (14 * 16^14), is below 2e-18.
SHIFT = 16
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730)  # B_2, B_4, ... B_12


def log_minus_digamma(x: np.ndarray) -> np.ndarray:
    """log(x) - psi(x) for x > 0: between 1/(2x) and 1/x."""
    x = np.asarray(x, dtype=np.float64)
    y = x + SHIFT
    climbed = sum(1 / (x + j) for j in range(SHIFT)) - np.log1p(SHIFT / x)  # psi(y) - psi(x) - log(y / x)
    inverse = 1 / np.where(x < SHIFT, y, x)
    series = inverse / 2 + _even_series(inverse**2)
    return np.where(x < SHIFT, series + climbed, series)


def digamma_difference(x: np.ndarray, step: np.ndarray) -> np.ndarray:
    """psi(x + step) - psi(x) for x > 0 and step >= 0."""
    x, step = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(step, dtype=np.float64))
    small = x < SHIFT
    climbed = sum(step / ((x + j) * (x + j + step)) for j in range(SHIFT))
    y = np.where(small, x + SHIFT, x)
    u, v = 1 / y, 1 / (y + step)
    fall = step * u * v  # u - v, without subtracting
    series = np.log1p(step / y) + fall / 2 + _even_series_derivative(u, v, fall)
    return np.where(small, series + climbed, series)


def log_gamma_difference(x: np.ndarray, step: np.ndarray) -> np.ndarray:
    """log Gamma(x + step) - log Gamma(x) for x > 0 and step >= 0."""
    x, step = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(step, dtype=np.float64))
    small = x < SHIFT
    climbed = sum(np.log1p(step / (x + j)) for j in range(SHIFT))
    y = np.where(small, x + SHIFT, x)
    u, v = 1 / y, 1 / (y + step)
    power = u * v * step  # holds u^(2j-1) - v^(2j-1), built by u^(m+2) - v^(m+2) = u^2 (u^m - v^m) + v^m (u^2 - v^2)
    squares, odd, correction = power * (u + v), v, 0.0
    for j, bernoulli in enumerate(BERNOULLI, start=1):
        correction = correction - bernoulli / (2 * j * (2 * j - 1)) * power
        power, odd = u**2 * power + odd * squares, odd * v**2
    series = (y - 0.5) * np.log1p(step / y) - step + step * np.log(y + step) + correction
    return np.where(small, series - climbed, series)


def log_beta(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """log of the beta function B(x, y), with rounding of the size of the smaller argument only."""
    less = np.minimum(x, y)
    return gammaln(less) - log_gamma_difference(np.maximum(x, y), less)


def scaled_trigamma_minus_one(x: np.ndarray) -> np.ndarray:
    """x psi'(x) - 1 for x > 0: about 1/(2x) where x is large."""
    x = np.asarray(x, dtype=np.float64)
    inverse = 1 / np.maximum(x, SHIFT)
    series, power = inverse / 2, inverse**2
    for bernoulli in BERNOULLI:
        series = series + bernoulli * power
        power = power * inverse**2
    return np.where(x < SHIFT, x * polygamma(1, np.minimum(x, SHIFT)) - 1, series)


def _even_series(square):
    """Sum of B_2j / (2j x^2j), given 1/x^2."""
    total, power = 0.0, square
    for j, bernoulli in enumerate(BERNOULLI, start=1):
        total = total + bernoulli / (2 * j) * power
        power = power * square
    return total


def _even_series_derivative(u, v, fall):
    """Sum of B_2j / (2j) (u^2j - v^2j), given fall = u - v."""
    squares = fall * (u + v)
    total, power, even = 0.0, squares, v**2
    for j, bernoulli in enumerate(BERNOULLI, start=1):
        total = total + bernoulli / (2 * j) * power
        power, even = u**2 * power + even * squares, even * v**2
    return total
