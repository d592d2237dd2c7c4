"""Kernel density entropy: closed forms, scipy, the sum over pairs, gradients, the likeliest bandwidth."""

import math
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import gaussian_kde

from entropylab.estimators.kde.curve import kde_curve
from entropylab.estimators.kde.entropy import kde, kde_method
from entropylab.numerics.validation.check import EstimateWarning


def slow(x, h, leave_one_out=False):
    """Minus the mean log density of an isotropic kernel, by the sum over pairs."""
    n, d = x.shape
    exponents = -((x[:, None] - x[None]) ** 2).sum(-1) / (2 * h * h)
    if leave_one_out:
        np.fill_diagonal(exponents, -np.inf)
    top = exponents.max(1)
    log_sums = top + np.log(np.exp(exponents - top[:, None]).sum(1))
    return math.log(n - leave_one_out) + d * math.log(h * math.sqrt(2 * math.pi)) - log_sums.mean()


def test_two_points_by_hand():
    """At distance a, width h: f = (1 + exp(-a^2 / 2h^2)) / (2 h sqrt(2 pi)); left out, the second term alone."""
    a, h = 1.5, 0.7
    unit = math.log(h * math.sqrt(2 * math.pi))
    both = math.log(2) + unit - math.log1p(math.exp(-(a**2) / (2 * h**2)))
    assert kde(np.array([0.0, a]), bandwidth=h) == pytest.approx(both, rel=1e-14)
    assert kde(np.array([0.0, a]), bandwidth=h, leave_one_out=True) == pytest.approx(
        unit + a**2 / (2 * h**2), rel=1e-14
    )


@pytest.mark.parametrize("d", [1, 2, 3, 5])
@pytest.mark.parametrize("leave_one_out", [False, True])
def test_equals_the_sum_over_pairs(d, leave_one_out):
    x = np.random.default_rng(d).normal(size=(300, d))
    for h in (0.02, 0.3, 2.0):
        assert float(kde(x, bandwidth=h, leave_one_out=leave_one_out)) == pytest.approx(
            slow(x, h, leave_one_out), rel=1e-11
        )


@pytest.mark.parametrize("leave_one_out", [False, True])
def test_traced_equals_the_sum_over_pairs(leave_one_out):
    x = np.random.default_rng(0).normal(size=(60, 5))
    f = jax.jit(lambda a, h: kde(a, bandwidth=h, leave_one_out=leave_one_out))
    for h in (0.02, 0.3, 2.0):
        assert float(f(x, h)) == pytest.approx(slow(x, h, leave_one_out), rel=1e-11)


@pytest.mark.parametrize("rule", ["scott", "silverman"])
@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_rules_equal_scipy(rule, d):
    rng = np.random.default_rng(d)
    x = rng.normal(size=(400, d)) @ rng.normal(size=(d, d)) + 3
    density = gaussian_kde(x.T, rule).logpdf(x.T)
    np.testing.assert_allclose(kde.local(x, bandwidth=rule), -density, rtol=1e-11, atol=1e-11)
    assert float(kde(x, bandwidth=rule)) == pytest.approx(-density.mean(), rel=1e-12)


def test_traced_rule_equals_scipy():
    x = np.random.default_rng(1).gamma(2.0, size=(60, 2))
    expected = -gaussian_kde(x.T).logpdf(x.T).mean()
    assert float(jax.jit(kde)(x)) == pytest.approx(expected, rel=1e-12)


def test_equals_scikit_learn():
    from sklearn.neighbors import KernelDensity

    for d in (1, 2, 3, 6):
        x = np.random.default_rng(d).standard_t(3, size=(500, d))
        expected = -KernelDensity(bandwidth=0.4, rtol=0).fit(x).score_samples(x)
        np.testing.assert_allclose(kde.local(x, bandwidth=0.4), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("bandwidth, leave_one_out", [("loo", False), (0.6, True)])
def test_gradient_equals_central_differences(bandwidth, leave_one_out):
    """Along a random direction; the difference errs by step^2 times a third derivative and eps / step."""
    rng = np.random.default_rng(4)
    x, direction = rng.normal(size=(2, 40, 2))
    f = lambda a: kde(a, bandwidth=bandwidth, leave_one_out=leave_one_out)  # noqa: E731
    step = 1e-4
    expected = (float(f(x + step * direction)) - float(f(x - step * direction))) / (2 * step)
    assert float((jax.grad(f)(x) * direction).sum()) == pytest.approx(expected, abs=2e-7)


def test_gradient_in_the_bandwidth():
    x = np.random.default_rng(5).normal(size=(50, 3))
    f = lambda h: kde(x, bandwidth=h)  # noqa: E731
    step = 1e-5
    expected = (float(f(0.5 + step)) - float(f(0.5 - step))) / (2 * step)
    assert float(jax.grad(f)(0.5)) == pytest.approx(expected, rel=1e-6)


def test_vmap_equals_a_loop_and_a_sliding_bandwidth_compiles_once():
    batch = jnp.asarray(np.random.default_rng(6).normal(size=(3, 60, 2)))
    np.testing.assert_allclose(jax.vmap(kde)(batch), [float(kde(x)) for x in batch], rtol=1e-12)
    f = jax.jit(lambda x, h: kde(x, bandwidth=h))
    for h in (0.1, 0.2, 0.3):
        f(batch[0], h)
    assert f._cache_size() == 1


@pytest.mark.parametrize("d", [1, 2, 4])
def test_likeliest_bandwidth_is_the_maximum(d):
    """The leave-one-out estimate is minus the likelihood: no nearby factor on the covariance is below it."""
    x = np.random.default_rng(7).normal(size=(200, d)) * np.arange(1, d + 1)
    best = float(kde(x, bandwidth="loo", leave_one_out=True))
    root = np.linalg.cholesky(np.cov(x.T).reshape(d, d))
    white, volume = np.linalg.solve(root, x.T).T, np.log(np.diag(root)).sum()
    curve = np.array([slow(white, h, True) + volume for h in np.geomspace(0.05, 3, 60)])
    assert best <= curve.min()
    assert best == pytest.approx(curve.min(), abs=2e-3)  # half a grid step of 3.5 % squared, times the curvature


def test_likeliest_bandwidth_is_the_same_under_tracing():
    """Both search the same grid and end in the same Newton steps; the stencil leaves 1e-11 of a nat."""
    x = np.random.default_rng(7).gamma(2.0, size=(100, 2))
    traced = jax.jit(lambda a: kde(a, bandwidth="loo"))(x)
    assert float(traced) == pytest.approx(float(kde(x, bandwidth="loo")), rel=1e-10)


@pytest.mark.parametrize("bandwidth", ["scott", "silverman", "loo"])
def test_rules_follow_the_data(bandwidth):
    """h(aX + b) = h(X) + d log a, and a linear map adds its log determinant."""
    x = np.random.default_rng(8).gamma(2.0, size=(300, 2))
    base = float(kde(x, bandwidth=bandwidth))
    for a in (1e-12, 1e9):
        assert float(kde(a * x, bandwidth=bandwidth)) == pytest.approx(base + 2 * math.log(a), abs=1e-9)
    assert float(kde(x + 1e6, bandwidth=bandwidth)) == pytest.approx(base, abs=1e-8)  # 1e6 eps of the data's digits
    matrix = np.array([[1.0, 0.3], [-2.0, 1.0]])
    assert float(kde(x @ matrix.T, bandwidth=bandwidth)) == pytest.approx(base + math.log(1.6), abs=1e-9)


def test_known_bias_of_the_normal():
    """KDE of a normal sample has cross entropy 1/2 log 2 pi (1 + h^2) + 1 / (2 (1 + h^2)) with n large; error bar
    by the standard error of -log f, sd = (1 / sqrt 2) / (1 + h^2)."""
    n, h = 100_000, 0.5
    x = np.random.default_rng(9).normal(size=n)
    spread = 1 + h * h
    expected = 0.5 * math.log(2 * math.pi * spread) + 0.5 / spread
    assert float(kde(x, bandwidth=h, leave_one_out=True)) == pytest.approx(
        expected, abs=4 * math.sqrt(0.5 / n) / spread
    )


def test_local_values_average_to_the_estimate_in_the_order_of_the_data():
    for d in (1, 2, 3, 4):
        x = np.random.default_rng(d).normal(size=(150, d))
        for leave_one_out in (False, True):
            local = kde.local(x, bandwidth=0.4, leave_one_out=leave_one_out)
            assert float(local.mean()) == pytest.approx(
                float(kde(x, bandwidth=0.4, leave_one_out=leave_one_out)), rel=1e-12
            )
            shuffled = kde.local(x[::-1], bandwidth=0.4, leave_one_out=leave_one_out)
            np.testing.assert_allclose(shuffled[::-1], local, rtol=1e-11)


@pytest.mark.parametrize("d", [1, 2, 3, 4])
@pytest.mark.parametrize("leave_one_out", [False, True])
def test_curve_is_the_estimate_at_every_width(d, leave_one_out):
    """Widths of no order, and chained ones from where every sample stands alone to where none does."""
    x = np.random.default_rng(d).normal(size=(300, d)) + 10
    for widths in ([0.05, 0.9, 0.2, 4.0], 0.001 * 2 ** (np.arange(28) / 2), np.full(3, 0.3)):
        expected = [slow(x, h, leave_one_out) for h in widths]
        np.testing.assert_allclose(kde_curve(x, widths, leave_one_out=leave_one_out), expected, rtol=1e-10)


def test_float32_stays_float32():
    x = np.random.default_rng(10).normal(size=(200, 2))
    for f in (kde, jax.jit(kde)):
        short = f(jnp.asarray(x, jnp.float32))
        assert short.dtype == jnp.float32
        assert float(short) == pytest.approx(float(kde(x)), abs=1e-4)


def test_paths_are_named():
    assert "grid" in kde_method(20_001, 2) and "cells" in kde_method(20_001, 1)
    assert "cells" in kde_method(10_000, 1) and "leaves" in kde_method(10_000, 3) and "tiles" in kde_method(10_000, 4)


def test_bad_input_is_refused():
    x = np.random.default_rng(11).normal(size=(50, 3))
    for bandwidth in ("gauss", 0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="bandwidth"):
            kde(x, bandwidth=bandwidth)
    with pytest.raises(ValueError, match="column 1 is constant"):
        kde(np.column_stack([x[:, 0], np.full(50, 0.1)]))
    with pytest.raises(ValueError, match="linearly dependent"):
        kde(np.column_stack([x, x.sum(1)]))
    with pytest.raises(ValueError, match="more samples than columns"):
        kde(x[:3])
    with pytest.raises(ValueError, match="repeated samples"):
        kde(np.repeat(x[:, 0], 2), bandwidth="loo")
    with pytest.raises(ValueError, match="NaN"):
        kde(np.array([0.0, math.nan, 1.0]))
    with pytest.raises(ValueError, match="above 0"):
        kde_curve(x, [0.1, -0.1])
    assert math.isfinite(kde(np.column_stack([x[:, 0], np.ones(50)]), bandwidth=0.3))


def test_near_dependence_is_told():
    x = np.random.default_rng(12).normal(size=(100, 2))
    near = np.column_stack([x[:, 0], x[:, 0] + 1e-6 * x[:, 1]])
    with pytest.warns(EstimateWarning, match="nearly linearly dependent") as told:
        value = kde(near)
    assert told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        expected = float(kde(x)) + math.log(1e-6)
    assert float(value) == pytest.approx(expected, abs=1e-3)
