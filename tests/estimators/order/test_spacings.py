"""Spacing estimators: closed forms, scipy, Correa's own RMSE table, gradients, ties."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import differential_entropy

from entropylab.estimators.order.spacings import correa, ebrahimi, van_es, vasicek
from entropylab.numerics.validation.check import EstimateWarning

ALL = {"vasicek": vasicek, "van es": van_es, "ebrahimi": ebrahimi, "correa": correa}


def test_equally_spaced_points_by_hand():
    """x_i = i, n = 5, m = 1: gaps 1 2 2 2 1 of Vasicek; Ebrahimi divides the ends by 1; all of van Es's gaps are 1."""
    x = np.arange(5.0)
    assert float(vasicek(x, window=1)) == pytest.approx((3 * math.log(5) + 2 * math.log(5 / 2)) / 5, rel=1e-14)
    assert float(ebrahimi(x, window=1)) == pytest.approx(math.log(5), rel=1e-14)
    # log(6 / 1) - log 6 + log 1 leaves the harmonic number.
    assert float(van_es(x, window=1)) == pytest.approx(1 + 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5, rel=1e-14)
    # Inside: slope 1, -log(1 / 5). At an end: values (0, 0, 1), sum j dx = 1, sum dx^2 = 2/3, -log(1 / (5 * 2/3)).
    assert float(correa(x, window=1)) == pytest.approx((3 * math.log(5) + 2 * math.log(10 / 3)) / 5, rel=1e-14)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("n, window", [(5, None), (50, 7), (50, None), (999, 1), (1000, 40), (1000, None)])
def test_equals_scipy(name, n, window):
    x = np.random.default_rng(n).standard_cauchy(n)
    expected = differential_entropy(x, method=name, window_length=window)
    assert float(ALL[name](x, window=window)) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    "name, expected", [("vasicek", 0.198), ("van es", 0.212), ("correa", 0.135), ("ebrahimi", 0.128)]
)
def test_rmse_of_the_literature(name, expected):
    """Normal sample, n = 50, m = 7: root mean squared errors as tabulated in the literature to three digits."""
    draws = 4000
    x = jnp.asarray(np.random.default_rng(7).standard_normal((draws, 50)))
    error = np.asarray(jax.vmap(lambda row: ALL[name](row, window=7))(x)) - 0.5 * math.log(2 * math.pi * math.e)
    # The standard error of an RMSE r from squared errors e is sd(e) / (2 r sqrt(draws)).
    squares = error**2
    spread = squares.std() / (2 * expected * math.sqrt(draws))
    assert math.sqrt(squares.mean()) == pytest.approx(expected, abs=4 * spread + 0.0005)


@pytest.mark.parametrize("name", ALL)
def test_jit_vmap_and_eager_agree(name):
    f = ALL[name]
    x = jnp.asarray(np.random.default_rng(0).normal(size=(3, 40)))
    one = [float(f(row, window=3)) for row in x]
    np.testing.assert_allclose(jax.jit(lambda a: f(a, window=3))(x[0]), one[0], rtol=1e-13)
    np.testing.assert_allclose(jax.vmap(lambda a: f(a, window=3))(x), one, rtol=1e-13)
    assert float(f(x[0][:, None], window=3)) == one[0]


@pytest.mark.parametrize("name", ALL)
def test_gradient_equals_central_differences(name):
    f = lambda a: ALL[name](a, window=3)  # noqa: E731
    x = np.random.default_rng(1).gamma(2.0, size=20)
    step = 1e-6  # smaller than every gap of this sample, so no order changes
    assert np.diff(np.sort(x)).min() > 10 * step
    expected = [(f(x + step * e) - f(x - step * e)) / (2 * step) for e in np.eye(20)]
    np.testing.assert_allclose(jax.jit(jax.grad(f))(jnp.asarray(x)), np.array(expected), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", ALL)
def test_scaling_adds_its_logarithm(name):
    x = np.random.default_rng(2).logistic(size=200)
    base = float(ALL[name](x))
    for a in (1e-12, 1e9, 1e200):
        assert float(ALL[name](a * x)) == pytest.approx(base + math.log(a), rel=1e-12)


@pytest.mark.parametrize("name", ["vasicek", "ebrahimi", "correa"])
def test_local_values_average_to_the_estimate(name):
    x = np.random.default_rng(3).normal(size=64)
    local = ALL[name].local(x)
    assert local.shape == (64,)
    assert float(local.mean()) == float(ALL[name](x))


@pytest.mark.parametrize("far", [1e12, -1e12])
def test_correa_keeps_its_digits_in_a_heavy_tail(far):
    """One value 1e12 away from a cluster of width 1: the windows in the cluster must not feel it."""
    from mpmath import mp, mpf

    x = np.concatenate([np.random.default_rng(4).uniform(size=40), [far]])
    with mp.workdps(60):
        s, n, m, total = [mpf(v) for v in np.sort(x)], 41, 3, mpf(0)
        for i in range(n):
            w = [s[min(max(i + j, 0), n - 1)] for j in range(-m, m + 1)]
            mean = sum(w) / (2 * m + 1)
            up = sum(j * (v - mean) for j, v in zip(range(-m, m + 1), w, strict=True))
            total -= mp.log(up / (n * sum((v - mean) ** 2 for v in w)))
        expected = float(total / n)
    assert float(correa(x, window=3)) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("name", ALL)
def test_ties_are_told(name):
    x = np.random.default_rng(5).normal(size=30)
    x[1] = x[0]
    with pytest.warns(EstimateWarning, match="1 of 30 values repeat another"):
        assert math.isfinite(ALL[name](x, window=3))
    with pytest.raises(ValueError, match="length 0"):
        ALL[name](np.repeat([0.0, 1.0, 2.0], 10), window=3)


@pytest.mark.parametrize("name", ALL)
def test_bad_input_is_refused(name):
    f = ALL[name]
    with pytest.raises(ValueError, match="one-dimensional"):
        f(np.zeros((10, 2)))
    for window in (0, 5, 2.5, True):
        with pytest.raises(ValueError, match="window"):
            f(np.arange(10.0), window=window)
    with pytest.raises(ValueError, match="NaN"):
        f(np.array([0.0, 1.0, math.nan, 2.0]))


@pytest.mark.parametrize("name", ALL)
def test_float32_stays_float32(name):
    x = np.random.default_rng(6).normal(size=100)
    short = ALL[name](jnp.asarray(x, jnp.float32))
    assert short.dtype == jnp.float32
    assert float(short) == pytest.approx(float(ALL[name](x)), abs=1e-4)
