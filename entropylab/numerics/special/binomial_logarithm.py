"""Entropy of a histogram of very many draws, from the probabilities of a few bins."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

_STEP = (
    0.25  # of the trapezoidal rule in log t: the integrand is analytic for |Im log t| < pi / 2, error exp(-pi^2 / step)
)
_MAX_TERMS = 3.6  # e^-t is gone at t = e^3.6, and 1 - e^-t is not yet 1


def expected_log_binomial(p: Float[np.ndarray, " m"], draws: float | int) -> Float[np.ndarray, " m"]:
    """E log C of the count C of a bin of probability p among `draws` draws, given that one of them is in it.

    C - 1 is binomial (draws - 1, p). With log c = int_0^inf (e^-t - e^-ct) / t dt the expectation is
    int_0^inf e^-t (1 - (1 - p (1 - e^-t))^(draws - 1)) / t dt, an integral without cancellation.
    """
    first = np.log(1e-17 / draws)  # below t the integrand is less than draws t
    t = np.exp(np.arange(first, _MAX_TERMS, _STEP))
    out = np.zeros(len(p))
    for value in t:
        out -= np.exp(-value) * np.expm1((draws - 1) * np.log1p(p * np.expm1(-value)))
    return out * _STEP
