"""Entropy of counts: closed forms, mpmath twins, exact expectations, and what bad counts are told."""

import functools
import math
import warnings

import mpmath
import numpy as np
import pytest
import scipy.stats

import entropylab as lab
from entropylab.numerics.validation.check import EstimateWarning

ALL = [
    lab.plugin, lab.miller_madow, lab.grassberger_1988, lab.grassberger_2003, lab.chao_shen, lab.james_stein,
    lab.dirichlet, lab.nsb,
]  # fmt: skip
SAMPLES = [[5, 3, 1, 0], [2, 2, 1], [1, 1, 1, 4], [30, 12, 7, 1, 1], [10**9, 3, 10**6], [10**9, 1], [7, 8]]


@pytest.fixture(autouse=True)
def digits():
    with mpmath.workdps(40):
        yield


def whole(counts):
    return [mpmath.mpf(int(c)) for c in counts if c]


def slow_plugin(counts):
    c = whole(counts)
    n = sum(c)
    return -sum(a / n * mpmath.log(a / n) for a in c)


def slow_miller_madow(counts):
    c = whole(counts)
    return slow_plugin(counts) + (len(c) - 1) / (2 * sum(c))


def slow_grassberger_1988(counts):
    c = whole(counts)
    n = sum(c)
    return sum(a / n * (mpmath.log(n) - mpmath.digamma(a) - (-1) ** int(a) / (a * (a + 1))) for a in c)


def slow_grassberger_2003(counts):
    """The definition with two digammas, not the shorter form the library uses."""
    c = whole(counts)
    n = sum(c)

    def g(a):
        return mpmath.digamma(a) + (-1) ** int(a) * (mpmath.digamma((a + 1) / 2) - mpmath.digamma(a / 2)) / 2

    return mpmath.log(n) - sum(a * g(a) for a in c) / n


def slow_chao_shen(counts):
    c = whole(counts)
    n = sum(c)
    coverage = 1 - sum(a == 1 for a in c) / n
    p = [coverage * a / n for a in c]
    return -sum(q * mpmath.log(q) / (1 - mpmath.exp(n * mpmath.log(1 - q)) if q < 1 else 1) for q in p)


def slow_james_stein(counts):
    c = [mpmath.mpf(int(a)) for a in counts]
    n, k = sum(c), len(c)
    distance = (n - 1) * sum((1 / mpmath.mpf(k) - a / n) ** 2 for a in c)
    shrink = min(1, (1 - sum((a / n) ** 2 for a in c)) / distance) if distance else 1
    p = [shrink / k + (1 - shrink) * a / n for a in c]
    return -sum(q * mpmath.log(q) for q in p if q)


TWINS = [
    (lab.plugin, slow_plugin),
    (lab.miller_madow, slow_miller_madow),
    (lab.grassberger_1988, slow_grassberger_1988),
    (lab.grassberger_2003, slow_grassberger_2003),
    (lab.chao_shen, slow_chao_shen),
    (lab.james_stein, slow_james_stein),
]


@pytest.mark.parametrize("estimator, slow", TWINS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("counts", SAMPLES, ids=str)
def test_agrees_with_the_formula_at_40_digits(estimator, slow, counts):
    assert estimator(counts) == pytest.approx(float(slow(counts)), rel=1e-13)


def test_plugin_of_equal_counts_is_the_logarithm_and_agrees_with_scipy():
    assert lab.plugin([4] * 8) == pytest.approx(math.log(8), rel=1e-15)
    counts = np.random.default_rng(0).integers(0, 50, 200)
    assert lab.plugin(counts) == pytest.approx(scipy.stats.entropy(counts), rel=1e-14)


def test_grassberger_2003_follows_its_recursion():
    """G(1) = -gamma - log 2, G(2) = 2 + G(1), G(2j + 1) = G(2j), G(2j + 2) = G(2j) + 2 / (2j + 1)."""
    g = {1: -np.euler_gamma - math.log(2), 2: 2 - np.euler_gamma - math.log(2)}
    for j in range(1, 20):
        g[2 * j + 1], g[2 * j + 2] = g[2 * j], g[2 * j] + 2 / (2 * j + 1)
    for a in range(1, 40):
        assert lab.grassberger_2003([a, a]) == pytest.approx(math.log(2 * a) - g[a], rel=1e-12)


def test_grassberger_2003_is_psi_plus_the_integral():
    """G(n) = psi(n) + (-1)^n times the integral of x^(n - 1) / (1 + x) over [0, 1]."""
    for a in (1, 2, 7):
        integral = mpmath.quad(lambda x, a=a: x ** (a - 1) / (1 + x), [0, 1])
        g = mpmath.digamma(a) + (-1) ** a * integral
        assert lab.grassberger_2003([a, a, a]) == pytest.approx(float(mpmath.log(3 * a) - g), rel=1e-12)


# The values published with the definition of the test problem; four digits were given.
EXPECTATIONS = {lab.plugin: 0.8308, lab.miller_madow: 0.9645, lab.james_stein: 1.0044, lab.chao_shen: 1.0390}


@pytest.mark.parametrize("estimator", EXPECTATIONS, ids=lambda f: f.__name__)
def test_exact_expectation_of_six_draws(estimator):
    assert lab.exact_expectation(estimator, (0.5, 0.3, 0.2), 6) == pytest.approx(EXPECTATIONS[estimator], abs=5e-5)


def test_exact_expectation_of_two_draws_in_closed_form():
    """The plug-in of two draws is log 2 if they differ: with probability 1 - sum p^2."""
    p = np.array([0.5, 0.0, 0.3, 0.2])
    assert lab.exact_expectation(lab.plugin, p, 2) == pytest.approx((1 - np.sum(p**2)) * math.log(2), rel=1e-14)


def test_exact_expectation_takes_any_function_of_ordered_counts_and_its_knobs():
    assert lab.exact_expectation(lambda c: c[0], (0.25, 0.75), 10) == pytest.approx(2.5, rel=1e-13)
    smooth = lab.exact_expectation(lab.dirichlet, (0.5, 0.5), 3, concentration=1e3)
    assert smooth == pytest.approx(math.log(2), abs=1e-3)  # a heavy prior expects log 2 - 1 / (4 * 1e3)


def test_exact_expectation_is_the_mean_of_many_samples():
    p, n = np.array([0.6, 0.3, 0.1]), 8
    draws = np.random.default_rng(1).multinomial(n, p, 4000)
    values = np.array([lab.miller_madow(c) for c in draws])
    error = values.std() / math.sqrt(len(values))
    assert abs(lab.exact_expectation(lab.miller_madow, p, n) - values.mean()) < 4 * error


@pytest.mark.parametrize(
    "p, n, told",
    [([0.5, 0.4], 3, "sum 0.9"), ([[1.0]], 3, "shape"), ([1.0], 0, "sample size"), ([0.01] * 100, 30, "enumerate")],
)
def test_exact_expectation_explains_what_it_cannot_do(p, n, told):
    with pytest.raises(ValueError, match=told):
        lab.exact_expectation(lab.plugin, p, n)


def test_dirichlet_is_the_posterior_mean_by_integration():
    """E[-p log p] under each Beta marginal; the variance for two symbols."""
    counts, b, support = [3, 1], 0.7, 4
    a = [mpmath.mpf(c) + b for c in [3, 1, 0, 0]]
    total = sum(a)

    def expectation(f, x, y):
        density = lambda p: p ** (x - 1) * (1 - p) ** (y - 1) / mpmath.beta(x, y)  # noqa: E731
        return mpmath.quad(lambda p: f(p) * density(p), [0, 0.5, 1])

    mean = sum(expectation(lambda p: -p * mpmath.log(p), x, total - x) for x in a)
    assert lab.dirichlet(counts, concentration=b, support=support) == pytest.approx(float(mean), rel=1e-10)
    entropy = lambda p: -p * mpmath.log(p) - (1 - p) * mpmath.log(1 - p)  # noqa: E731
    first = expectation(entropy, a[0], a[1])
    second = expectation(lambda p: entropy(p) ** 2, a[0], a[1])
    spread = lab.dirichlet.card.posterior(counts, concentration=b)
    assert spread == pytest.approx(float(mpmath.sqrt(second - first**2)), rel=1e-10)


def slow_nsb(counts, support):
    """Posterior mean and standard deviation by adaptive quadrature in log beta, in gamma functions and E[H^2]."""
    n, k = sum(counts), mpmath.mpf(support)

    @functools.cache  # the three integrals share their nodes
    def weight(t):
        b = mpmath.exp(t)
        log = mpmath.loggamma(k * b) - mpmath.loggamma(n + k * b)
        log += sum(mpmath.loggamma(c + b) - mpmath.loggamma(b) for c in counts)
        return mpmath.exp(log) * (k * mpmath.psi(1, k * b + 1) - mpmath.psi(1, b + 1)) * b

    @functools.cache
    def moments(t):
        b = mpmath.exp(t)
        total, groups = n + k * b, [(c + b, 1) for c in counts] + [(b, support - len(counts))]
        last = mpmath.psi(1, total + 2)
        e = [(x, m, mpmath.digamma(x + 1) - mpmath.digamma(total + 2)) for x, m in groups]
        mean = -sum(m * x * d for x, m, d in e) / total - 1 / (total + 1)
        cross = sum(m * x * d for x, m, d in e) ** 2 - sum(m * (x * d) ** 2 for x, m, d in e)
        cross -= last * (total**2 - sum(m * x * x for x, m, d in e))
        same = sum(m * x * (x + 1) * ((d + 1 / (x + 1)) ** 2 + mpmath.psi(1, x + 2) - last) for x, m, d in e)
        return mean, (cross + same) / (total * (total + 1))

    def integrate(f):
        return mpmath.quad(lambda t: f(t) * weight(t), [-45, -16, -6, -2, 2, 6, 16, 45])

    z = integrate(lambda t: 1)
    mean = integrate(lambda t: moments(t)[0]) / z
    return float(mean), float(mpmath.sqrt(integrate(lambda t: moments(t)[1]) / z - mean**2))


@pytest.mark.parametrize("counts, support", [([2, 2, 1], 10), ([9, 1], 2), ([4], 3)])
def test_nsb_is_the_full_integral(counts, support):
    with mpmath.workdps(22):
        mean, std = slow_nsb(counts, support)
    assert lab.nsb(counts, support=support) == pytest.approx(mean, rel=1e-11)
    assert lab.nsb_std(counts, support=support) == pytest.approx(std, rel=1e-10)


def test_nsb_known_value():
    """[2, 2, 1] of ten symbols: 1.576, which other packages give as .989."""
    assert lab.nsb([2, 2, 1], support=10) == pytest.approx(1.576, abs=5e-4)


def test_nsb_of_huge_counts_and_alphabets():
    """With 1e9 repeats of every symbol the posterior is the plug-in, to the Dirichlet's own 1 / (2 n) and less."""
    counts = [5 * 10**8, 3 * 10**8, 2 * 10**8]
    assert lab.nsb(counts) == pytest.approx(lab.plugin(counts), abs=1e-8)
    # Standard deviation of the plug-in by the delta method: sqrt(Var(-log p) / n).
    p = np.array([0.5, 0.3, 0.2])
    delta = math.sqrt((np.sum(p * np.log(p) ** 2) - np.sum(p * np.log(p)) ** 2) / 1e9)
    assert lab.nsb_std(counts) == pytest.approx(delta, rel=1e-6)
    assert 0 < lab.nsb([3, 2, 2], support=10**12) < math.log(1e12)


def test_nsb_bridges_the_prior_and_the_data():
    """Under the prior alone the entropy is nearly uniform on [0, log K]; one draw hardly changes that."""
    with pytest.warns(EstimateWarning, match="no symbol twice"):
        value = lab.nsb([1], support=1000)
    assert value == pytest.approx(math.log(1000) / 2, rel=0.1)


@pytest.mark.parametrize("estimator", ALL, ids=lambda f: f.__name__)
class TestEveryEstimator:
    def test_errors(self, estimator):
        for counts, told in [
            ([0, 0], "at least one observation"),
            ([], "at least one observation"),
            ([1.5, 2], "whole numbers"),
            ([-1, 2], "whole numbers"),
            ([np.nan, 2], "whole numbers"),
            ([[1, 2]], "shape"),
            (["a", "b"], "count_labels"),
            ([True, False], "count_labels"),
        ]:
            with pytest.raises(ValueError, match=told):
                estimator(counts)

    def test_consistent_in_a_large_sample(self, estimator):
        """n = 1e9: every correction is of order m / n = 4e-9."""
        p = np.array([0.4, 0.3, 0.2, 0.1])
        assert estimator((p * 10**9).astype(int)) == pytest.approx(scipy.stats.entropy(p), abs=1e-8)

    def test_whole_numbers_of_any_type(self, estimator):
        values = {estimator(np.array([4, 2, 1], dtype=t)) for t in ("int32", "uint8", "uint64", "float32", "float64")}
        assert len(values) == 1


@pytest.mark.parametrize("estimator", [lab.james_stein, lab.dirichlet, lab.nsb, lab.nsb_std], ids=lambda f: f.__name__)
def test_support(estimator):
    assert estimator([3, 2, 0]) == estimator([3, 2], support=3) != estimator([3, 2])
    for support, told in [(1, "at least the 2 symbols"), (2.5, "whole number"), (float("nan"), "whole number")]:
        with pytest.raises(ValueError, match=told):
            estimator([3, 2], support=support)


@pytest.mark.parametrize(
    "estimator", [lab.plugin, lab.miller_madow, lab.chao_shen, lab.james_stein, lab.dirichlet, lab.nsb, lab.nsb_std]
)
def test_one_symbol_has_no_entropy(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert estimator([7]) == 0.0


@pytest.mark.parametrize("estimator", [lab.grassberger_1988, lab.grassberger_2003])
def test_one_symbol_leaves_grassberger_its_correction_and_a_warning(estimator):
    with pytest.warns(EstimateWarning, match="one symbol only"):
        assert estimator([10]) != 0.0


def test_chao_shen_without_coverage():
    """Four singletons count as three: C = 1/4, p = 1/16 each."""
    with pytest.warns(EstimateWarning, match="coverage is 0"):
        value = lab.chao_shen([1, 1, 1, 1])
    p = 1 / 16
    assert value == pytest.approx(-4 * p * math.log(p) / (1 - (1 - p) ** 4), rel=1e-14)


def test_james_stein_of_one_observation_is_the_target():
    with pytest.warns(EstimateWarning, match="one observation"):
        assert lab.james_stein([0, 1, 0]) == pytest.approx(math.log(3))


def test_dirichlet_concentration_must_be_positive():
    for bad in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="concentration"):
            lab.dirichlet([1, 2], concentration=bad)
