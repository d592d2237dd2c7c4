"""Gaussian fits and LogDet against closed forms, slow twins, many digits and mixentropy."""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy.special import digamma, ndtri

from entropylab.estimators.parametric.gaussian import (
    gaussian,
    gaussian_copula_mutual_information,
    gaussian_corrected,
    gaussian_mutual_information,
)
from entropylab.estimators.parametric.logdet import logdet, logdet_joint
from entropylab.numerics.validation.check import EstimateWarning


def sample(n, d, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ (np.eye(d) + 0.3 * rng.normal(size=(d, d))) + rng.normal(size=d)


# Entropy


@pytest.mark.parametrize("n, d", [(50, 1), (40, 5), (12, 11)])
def test_gaussian_is_the_formula(n, d):
    x = sample(n, d)
    covariance = np.atleast_2d(np.cov(x.T, bias=True))
    expected = 0.5 * np.linalg.slogdet(2 * math.pi * math.e * covariance)[1]
    assert float(gaussian(x)) == pytest.approx(expected, rel=1e-11)


def test_gaussian_of_three_points_by_hand():
    """Mean 2, variance 8/3."""
    assert float(gaussian([0.0, 2.0, 4.0])) == pytest.approx(0.5 * math.log(2 * math.pi * math.e * 8 / 3), rel=1e-14)


def test_local_values_are_the_surprise_of_the_fit():
    x = sample(30, 2)
    mean, covariance = x.mean(0), np.cov(x.T, bias=True)
    away = x - mean
    squares = np.einsum("ni,ij,nj->n", away, np.linalg.inv(covariance), away)
    expected = 0.5 * (squares + np.linalg.slogdet(2 * math.pi * covariance)[1])
    np.testing.assert_allclose(gaussian.local(x), expected, rtol=1e-11)


def test_corrected_takes_out_the_exact_bias():
    """n = 6, d = 3: over 20000 samples the mean is within 4 standard errors of the truth; the plug-in is 0.96 below."""
    n, d, times = 6, 3, 20000
    x = jax.random.normal(jax.random.key(0), (times, n, d))
    truth = d / 2 * math.log(2 * math.pi * math.e)
    corrected = np.asarray(jax.vmap(gaussian_corrected)(x))
    assert corrected.mean() == pytest.approx(truth, abs=4 * corrected.std() / math.sqrt(times))
    bias = 0.5 * sum(digamma((n - i) / 2) + math.log(2 / n) for i in range(1, d + 1))
    plain = np.asarray(jax.vmap(gaussian)(x))
    assert plain.mean() == pytest.approx(truth + bias, abs=4 * plain.std() / math.sqrt(times))
    assert bias < -0.9


def test_first_order_bias_of_the_docstring():
    n, d = 10_000, 4
    x = sample(n, d)
    assert float(gaussian_corrected(x) - gaussian(x)) == pytest.approx(d * (d + 3) / (4 * n), rel=1e-3)


@pytest.mark.parametrize("scale, offset", [(1e-150, 0.0), (1e-12, 3.0), (1e9, 1e12), (1e150, 0.0)])
def test_scale_and_offset(scale, offset):
    x = sample(64, 2)
    y = x * scale + offset
    steps = abs(offset) * 1e-16 / scale  # what storing the offset costs
    expected = float(gaussian(x)) + 2 * math.log(scale)
    assert float(gaussian(y)) == pytest.approx(expected, rel=1e-13, abs=10 * steps)


# Mutual information


def test_information_is_the_correlation():
    x = sample(100, 2)
    r = np.corrcoef(x.T)[0, 1]
    assert float(gaussian_mutual_information(x[:, 0], x[:, 1])) == pytest.approx(-0.5 * math.log1p(-r * r), rel=1e-12)


def test_information_of_several_columns():
    x = sample(80, 5)
    parts = [np.linalg.slogdet(np.atleast_2d(np.cov(part.T)))[1] for part in (x[:, :2], x[:, 2:], x)]
    expected = 0.5 * (parts[0] + parts[1] - parts[2])
    assert float(gaussian_mutual_information(x[:, :2], x[:, 2:])) == pytest.approx(expected, rel=1e-11)
    local = gaussian_mutual_information.local(x[:, :2], x[:, 2:])
    assert local.shape == (80,) and float(local.mean()) == pytest.approx(expected, rel=1e-11)


def test_information_does_not_see_linear_maps():
    x = sample(60, 4)
    left, right = np.array([[2.0, 1.0], [0.0, 1e-6]]), np.array([[1e9, 0.0], [3.0, 1.0]])
    mapped = gaussian_mutual_information(x[:, :2] @ left + 1e3, x[:, 2:] @ right)
    # columns that nearly coincide after the map cost its condition number, 1e6 and 1e9, times 1e-16
    assert float(mapped) == pytest.approx(float(gaussian_mutual_information(x[:, :2], x[:, 2:])), rel=1e-6)


def test_near_copies_keep_their_digits():
    """y = x + 1e-7 z in 50 digits; 1 - r^2 in float64 would know its second digit at most."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=200)
    y = x + 1e-7 * rng.normal(size=200)
    with mpmath.workdps(50):
        u, v = ([mpmath.mpf(float(t)) for t in column] for column in (x, y))
        u, v = ([t - mpmath.fsum(column) / 200 for t in column] for column in (u, v))
        dot = lambda a, b: mpmath.fsum(s * t for s, t in zip(a, b, strict=True))  # noqa: E731
        expected = float(-mpmath.log(1 - dot(u, v) ** 2 / dot(u, u) / dot(v, v)) / 2)
    assert expected > 16
    assert float(gaussian_mutual_information(x, y)) == pytest.approx(expected, rel=1e-9)


def test_bias_of_the_information():
    """Independent columns: the mean is the exact bias of the docstring, 0.30 at n = 12 with dx = 2, dy = 2."""
    n, times = 12, 20000
    x = jax.random.normal(jax.random.key(1), (times, n, 4))
    found = np.asarray(jax.vmap(lambda s: gaussian_mutual_information(s[:, :2], s[:, 2:]))(x))
    b = lambda d: -sum(digamma((n - i) / 2) for i in range(1, d + 1))  # noqa: E731
    assert found.mean() == pytest.approx(0.5 * (b(4) - 2 * b(2)), abs=4 * found.std() / math.sqrt(times))


# Copula


def test_copula_is_the_fit_to_normal_scores():
    x = sample(101, 2)
    scores = ndtri((x.argsort(0).argsort(0) + 1) / 102)
    r = np.corrcoef(scores.T)[0, 1]
    found = gaussian_copula_mutual_information(x[:, 0], x[:, 1])
    assert found == pytest.approx(-0.5 * math.log1p(-r * r), rel=1e-12)
    assert gaussian_copula_mutual_information(np.exp(x[:, 0]), x[:, 1] ** 3) == found  # increasing maps


def test_copula_finds_a_gaussian_under_skewed_margins_and_misses_a_parabola():
    rng = np.random.default_rng(0)
    n = 4000
    x = rng.normal(size=n)
    y = 0.6 * x + 0.8 * rng.normal(size=n)
    truth = -0.5 * math.log(1 - 0.36)
    error = 0.6 / math.sqrt(n)  # I = -log(1 - r^2) / 2 moves by r / (1 - r^2) dr, and r by (1 - r^2) / sqrt(n)
    assert gaussian_copula_mutual_information(np.exp(2 * x), y**5) == pytest.approx(truth, abs=4 * error)
    assert gaussian_copula_mutual_information(x, x**2) < 0.01


def test_copula_says_what_ties_do():
    x = np.random.default_rng(0).integers(0, 4, 50).astype(float)
    with pytest.warns(EstimateWarning, match="ties"):
        gaussian_copula_mutual_information(x, np.arange(50.0))


# Singular


@pytest.mark.parametrize("last", ["constant", "copy", "sum"])
@pytest.mark.parametrize("n", [20, 20_000])
def test_singular_covariances_are_refused(last, n):
    x = sample(n, 3)
    column = {"constant": np.full(n, 0.1), "copy": 3 * x[:, 0] - 1, "sum": x.sum(1)}[last]
    for call in (
        lambda: gaussian(np.c_[x, column]),
        lambda: gaussian_corrected(np.c_[x, column]),
        lambda: gaussian_mutual_information(x, column),
    ):
        with pytest.raises(ValueError, match="full rank"):
            call()
    with pytest.raises(ValueError, match="more samples than columns"):
        gaussian(x[:3])


# LogDet


@pytest.mark.parametrize("n, d", [(40, 5), (6, 30)])
def test_logdet_is_both_determinants(n, d):
    x = sample(n, d)
    wide = 0.5 * np.linalg.slogdet(np.eye(d) + 2.5 * x.T @ x / n)[1]
    tall = 0.5 * np.linalg.slogdet(np.eye(n) + 2.5 * x @ x.T / n)[1]
    found = float(logdet(x, beta=2.5))
    assert found == pytest.approx(wide, rel=1e-12) and found == pytest.approx(tall, rel=1e-12)
    assert float(logdet_joint([x[:, :2], x[:, 2], x[:, 3:]], beta=2.5)) == pytest.approx(found, rel=1e-13)


def test_logdet_against_mixentropy():
    """mixentropy 0.0.1 takes column means off; the formula does not say so."""
    i = np.arange(40.0).reshape(8, 5)
    x, y = np.sin(i), np.cos(i**1.1)
    assert float(logdet(x, beta=2.0, centered=True)) == pytest.approx(1.2068099529963763, rel=1e-13)
    assert float(logdet_joint([x, y], beta=2.0, centered=True)) == pytest.approx(2.0021922804834835, rel=1e-13)
    assert abs(float(logdet(x, beta=2.0)) - 1.2068099529963763) > 0.01


def test_logdet_at_the_ends_of_beta():
    """Small: beta tr / 2 to all digits. Large and singular: zero directions add nothing, however large the others."""
    x = sample(20, 3)
    assert float(logdet(x, beta=1e-18)) == pytest.approx(0.5e-18 * (x**2).sum() / 20, rel=1e-12)
    line = np.outer(np.arange(1.0, 21.0), [1e9, 3e9])
    assert float(logdet(line)) == pytest.approx(0.5 * math.log1p((line**2).sum() / 20), rel=1e-13)


def test_slope_of_logdet():
    """d log det(I + beta X'X / n) / 2 = (beta / n) X (I + beta X'X / n)^-1, also where X repeats a column."""
    x = sample(10, 3)
    x = np.c_[x, x[:, 0]]
    expected = 0.2 * x @ np.linalg.inv(np.eye(4) + 0.2 * x.T @ x)
    np.testing.assert_allclose(jax.grad(lambda x: logdet(x, beta=2.0))(jnp.asarray(x)), expected, rtol=1e-10)


def test_improper_lists_are_refused():
    for xs, words in [([], "at least one"), (np.zeros((3, 2)), "list"), ([np.zeros(3), np.zeros(4)], "one length")]:
        with pytest.raises(ValueError, match=words):
            logdet_joint(xs)
