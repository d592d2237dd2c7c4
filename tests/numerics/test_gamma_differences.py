"""Differences of log-gammas and digammas against mpmath at 60 digits."""

import mpmath
import numpy as np
import pytest

from entropylab.numerics.special.gamma_differences import (
    digamma_difference,
    log_beta,
    log_gamma_difference,
    log_minus_digamma,
    scaled_trigamma_minus_one,
)

POINTS = [1e-12, 1e-3, 0.5, 1.0, 3.3, 15.9, 16.0, 100.0, 1e9]
STEPS = [1e-12, 0.1, 1.0, 7.0, 1e3, 1e12]


@pytest.fixture(autouse=True)
def digits():
    with mpmath.workdps(60):
        yield


@pytest.mark.parametrize("x", POINTS)
def test_single_argument_forms(x):
    exact = mpmath.mpf(x)
    # The direct form below 16 loses a factor 2 x = 32 of rounding at most.
    assert float(log_minus_digamma(x)) == pytest.approx(float(mpmath.log(exact) - mpmath.digamma(exact)), rel=2e-14)
    assert float(scaled_trigamma_minus_one(x)) == pytest.approx(float(exact * mpmath.psi(1, exact) - 1), rel=2e-14)


@pytest.mark.parametrize("x", POINTS)
@pytest.mark.parametrize("step", STEPS)
def test_rises_keep_their_digits(x, step):
    a, b = mpmath.mpf(x), mpmath.mpf(step)
    assert float(digamma_difference(x, step)) == pytest.approx(
        float(mpmath.digamma(a + b) - mpmath.digamma(a)), rel=2e-15
    )
    rise = float(mpmath.loggamma(a + b) - mpmath.loggamma(a))
    # log Gamma has zeros: near them the error is relative to the step.
    assert float(log_gamma_difference(x, step)) == pytest.approx(rise, rel=1e-14, abs=1e-14 * min(1, step))
    whole = float(mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b))
    smaller = min(x, step)
    assert float(log_beta(x, step)) == pytest.approx(whole, rel=1e-14, abs=1e-15 * (1 + 30 * smaller))


def test_arrays_broadcast():
    assert digamma_difference(np.ones((3, 1)), np.ones(4)).shape == (3, 4)
