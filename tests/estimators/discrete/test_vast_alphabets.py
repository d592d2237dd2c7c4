"""Entropy of counts from alphabets that no integer type holds: mpmath twins, both sides of where formulas change."""

import functools
import math
import warnings
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import entropylab as lab
from entropylab.numerics.validation.check import EstimateWarning

pytestmark = pytest.mark.slow

BAYES = [lab.james_stein, lab.dirichlet, lab.nsb]
COUNTS = [[5, 3, 1, 1], [9, 1], [1, 1, 2]]
VAST = [2**64, 2**100, 2**399, 2**401, 10**300]


def slow_dirichlet(counts, support, concentration):
    total = sum(counts) + mpmath.mpf(support) * concentration
    seen = sum((c + concentration) * mpmath.digamma(c + concentration + 1) for c in counts)
    unseen = (support - len(counts)) * concentration * mpmath.digamma(concentration + 1)
    return mpmath.digamma(total + 1) - (seen + unseen) / total


def slow_james_stein(counts, support):
    n, k = sum(counts), Fraction(support)
    far = sum((1 / k - Fraction(c, n)) ** 2 for c in counts) + (k - len(counts)) / k**2
    shrink = min(Fraction(1), (1 - sum(Fraction(c, n) ** 2 for c in counts)) / (n - 1) / far)
    p = [shrink / k + (1 - shrink) * Fraction(c, n) for c in counts]
    log = lambda q: mpmath.log(q.numerator) - mpmath.log(q.denominator)  # noqa: E731
    exact = lambda q: mpmath.mpf(q.numerator) / q.denominator  # noqa: E731
    return -sum(exact(q) * log(q) for q in p) - exact((k - len(counts)) * shrink / k) * log(shrink / k)


def slow_nsb(counts, support):
    """The trapezoidal rule in log beta with step 1/4, in gamma functions of as many digits as K beta has."""
    n, k = sum(counts), mpmath.mpf(support)

    def log_weight(t):
        b = mpmath.exp(t)
        log = mpmath.loggamma(k * b) - mpmath.loggamma(n + k * b)
        log += sum(mpmath.loggamma(c + b) - mpmath.loggamma(b) for c in counts)
        return log + mpmath.log(k * mpmath.psi(1, k * b + 1) - mpmath.psi(1, b + 1)) + t

    low = -mpmath.log(k)
    nodes = [low + mpmath.mpf(i) / 4 for i in range(-140, 180)]  # the weight falls as a power of K beta beyond
    logs = [log_weight(t) for t in nodes]
    weights = [mpmath.exp(x - max(logs)) for x in logs]
    means = [slow_dirichlet(counts, support, mpmath.exp(t)) for t in nodes]
    return sum(w * m for w, m in zip(weights, means, strict=True)) / sum(weights)


@functools.cache
def slow(name, counts, support):
    with mpmath.workdps(60 + len(str(support))):
        if name == "dirichlet":
            return float(slow_dirichlet(counts, support, mpmath.mpf(1)))
        return float((slow_james_stein if name == "james_stein" else slow_nsb)(counts, support))


@pytest.mark.parametrize("support", VAST, ids=lambda k: f"2^{k.bit_length()}")
@pytest.mark.parametrize("counts", COUNTS, ids=str)
def test_agrees_with_the_formula_at_all_digits(counts, support):
    for name in ("dirichlet", "james_stein"):
        assert getattr(lab, name)(counts, support=support) == pytest.approx(
            slow(name, tuple(counts), support), rel=1e-13
        )


@pytest.mark.parametrize("counts, support", [([9, 1], 2**100), ([5, 3, 1, 1], 2**401)], ids=["2^100", "2^401"])
def test_nsb_is_its_integral(counts, support):
    """Within K beta = e^-35 to e^45, of which the rest is 1e-15 of the weight or less."""
    assert lab.nsb(counts, support=support) == pytest.approx(slow("nsb", tuple(counts), support), rel=1e-12)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.integers(1, 10**6), st.floats(1e-6, 1e6))
def test_one_formula_turns_into_the_other(count, concentration):
    """Across 2^400 only log K changes: the three estimators move by less than log 4 and are smooth, to 1e-12."""
    counts = [count, 2, 1, 1]
    for f in (lab.nsb, lab.nsb_std, functools.partial(lab.dirichlet, concentration=concentration), lab.james_stein):
        a, b, c, d = (f(counts, support=2**e) for e in (396, 398, 402, 404))
        assert c - b == pytest.approx(2 * (b - a), rel=1e-2, abs=1e-11 * abs(a))
        assert c - b == pytest.approx(2 * (d - c), rel=1e-2, abs=1e-11 * abs(a))


def test_supports_of_any_type_are_one_number():
    counts = [5, 3, 1, 1]
    for f in BAYES:
        same = [10**30, 1e30, Fraction(10**30), Decimal(10) ** 30]
        assert len({f(counts, support=s) for s in same}) <= 2  # 1e30 is 10**30 to rounding
        assert f(counts, support=np.int64(9)) == f(counts, support=np.float32(9)) == f(counts, support=9)
        assert 0 < f(counts, support=1e300) < f(counts, support=10**1000) + 1e-9


@pytest.mark.parametrize("support", ["5", b"5", Fraction(7, 2), [5], np.array([5]), 2j, True, np.inf, np.nan, {}])
def test_supports_that_are_no_whole_number(support):
    for f in [*BAYES, lab.nsb_std]:
        with pytest.raises(ValueError, match="^support must be a whole number"):
            f([5, 3, 1, 1], support=support)


def test_limits():
    with pytest.raises(ValueError, match="at most 10\\^1000: got a number of 3326 bits"):
        lab.nsb([3, 1], support=10**1001 - 1)
    with pytest.raises(ValueError, match="below 2\\^1000"):
        lab.dirichlet([3, 1], support=10**100, concentration=1e250)
    with pytest.warns(EstimateWarning, match="2303 nats"):
        assert lab.james_stein([1], support=10**1000) == pytest.approx(1000 * math.log(10), rel=1e-15)


@pytest.mark.parametrize("counts", [[1, 1], [3, 2, 1, 0], [10**18, 1], [10**9, 10**9, 1], [40] + [1] * 60], ids=str)
def test_no_floating_point_error_reaches_the_caller(counts):
    """Weights that underflow are 0 whatever NumPy was told to do about it."""
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for f in (lab.plugin, lab.miller_madow, lab.grassberger_1988, lab.grassberger_2003, lab.chao_shen):
            assert np.isfinite(f(counts))
        for support in (None, 10**6, 2**70, 2**500):
            assert all(np.isfinite(f(counts, support=support)) for f in [*BAYES, lab.nsb_std])
