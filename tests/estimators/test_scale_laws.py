"""Scale laws at the ends of the float range: h(cX) = h(X) + d log c, and information does not move, for c = 2^e."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entropylab.estimators.order.spacings import correa, ebrahimi, van_es, vasicek
from entropylab.estimators.parametric.gaussian import gaussian, gaussian_corrected, gaussian_mutual_information
from entropylab.estimators.parametric.logdet import logdet, logdet_joint
from entropylab.numerics.validation.check import EstimateWarning

pytestmark = pytest.mark.slow

SPACINGS = {"vasicek": vasicek, "van_es": van_es, "ebrahimi": ebrahimi, "correa": correa}
FITS = {"gaussian": gaussian, "gaussian_corrected": gaussian_corrected}
X = np.random.default_rng(0).normal(size=(60, 2))
FINE = np.round(X * 2.0**20) / 2.0**20  # no digit of these lies below 2^-20, so none is lost down to 2^-1054
EXPONENTS = st.one_of(st.integers(-1050, 1020), st.sampled_from([-1050, -1022, -1000, -512, 512, 600, 1020]))
LOG_2 = math.log(2)


def law(value, e, d=1):
    """`value` + d e log 2 and the rounding of either number."""
    expected = value + d * e * LOG_2
    return pytest.approx(expected, rel=1e-14, abs=4e-16 * (abs(value) + d * abs(e)) + 1e-14)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(EXPONENTS)
def test_spacings_follow_their_scale(e):
    x = FINE[:, 0]
    for name, f in SPACINGS.items():
        assert float(f(np.ldexp(x, e))) == law(float(f(x)), e), name


@settings(max_examples=25, deadline=None, derandomize=True)
@given(EXPONENTS)
def test_gaussian_fits_follow_their_scale(e):
    for name, f in FITS.items():
        assert float(f(np.ldexp(FINE, e))) == law(float(f(FINE)), e, d=2), name
        assert float(f(np.ldexp(FINE, [e, 3]))) == law(float(f(FINE)) + 3 * LOG_2, e), name
    np.testing.assert_allclose(gaussian.local(np.ldexp(FINE, e)), gaussian.local(FINE) + 2 * e * LOG_2, rtol=1e-13)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(EXPONENTS, EXPONENTS)
def test_gaussian_information_does_not_move(e, g):
    x, y = FINE[:, :1], FINE[:, 1:] + FINE[:, :1]
    f = gaussian_mutual_information
    expected = -0.5 * math.log1p(-(np.corrcoef(x[:, 0], y[:, 0])[0, 1] ** 2))
    assert float(f(np.ldexp(x, e), np.ldexp(y, g))) == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(f.local(np.ldexp(x, e), np.ldexp(y, g)), f.local(x, y), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("e", [100, 125, -100, -126, -140])
def test_scale_laws_in_float32(e):
    """To the precision of float32; 2^-140 times whole numbers is subnormal, and exact."""
    x = np.round(X * 2.0**8).astype(np.float32)
    small = np.ldexp(x, e - 9)
    for f in SPACINGS.values():
        x1 = np.unique(x[:, 0])
        assert float(f(np.ldexp(x1, e - 9))) == pytest.approx(float(f(x1)) + (e - 9) * LOG_2, abs=2e-5)
    assert float(gaussian(small)) == pytest.approx(float(gaussian(x)) + 2 * (e - 9) * LOG_2, abs=5e-5)
    assert float(gaussian_mutual_information(small[:, 0], x[:, 1])) == pytest.approx(
        float(gaussian_mutual_information(x[:, 0], x[:, 1])), abs=1e-6
    )


@pytest.mark.parametrize("name", SPACINGS)
@pytest.mark.parametrize("e", [-990, -960, 900, 1015])
def test_compiled_spacings_follow_their_scale_or_are_nan(name, e):
    """Under jit: the law holds while no number is subnormal or infinite; and never another number."""
    f = SPACINGS[name]
    value = float(jax.jit(f)(np.ldexp(FINE[:, 0], e)))
    assert math.isnan(value) or value == law(float(f(FINE[:, 0])), e)
    assert math.isnan(value) == (e < -960)
    if e in (-960, 900):  # nearer to the ends the slope itself is subnormal
        slope = np.ldexp(np.asarray(jax.grad(f)(jnp.ldexp(jnp.asarray(FINE[:, 0]), e))), e)
        np.testing.assert_allclose(slope, jax.grad(f)(jnp.asarray(FINE[:, 0])), rtol=1e-11, atol=1e-13)


def test_correa_of_values_of_many_sizes():
    """Ranks against values in windows whose widths differ by 10^300: Correa's formula in fractions of integers."""
    from fractions import Fraction

    x = np.sort(np.ldexp(1 + FINE[:, 0] ** 2, np.linspace(-900, 900, 60).astype(int)))
    n, m = len(x), 3
    total = 0.0
    exact = [Fraction(v) for v in x]
    for i in range(n):
        window = [exact[min(max(i + j, 0), n - 1)] for j in range(-m, m + 1)]
        mean = sum(window) / (2 * m + 1)
        cross = sum(j * (v - mean) for j, v in zip(range(-m, m + 1), window, strict=True))
        slope = cross / (n * sum((v - mean) ** 2 for v in window))
        total -= math.log(slope.numerator) - math.log(slope.denominator)
    assert float(correa(x, window=m)) == pytest.approx(total / n, rel=1e-13)


def test_spacings_beyond_any_unit_are_refused():
    x = np.concatenate([np.arange(20) * 5e-324, np.linspace(1e300, 1e307, 20)])
    for f in SPACINGS.values():
        with pytest.raises(ValueError, match="so small that their spacings would be 0"):
            f(x, window=2)


@pytest.mark.parametrize("e", [-1040, -800, 0, 800, 1000])
def test_tied_samples_follow_their_scale(e):
    """Runs as long as the window, but for the ends: gaps of 2 m see past them."""
    x = np.concatenate([[-3.0, -2.5, -2.0], np.repeat(np.arange(10.0), 3), [11.0, 12.0, 13.5]])
    with pytest.warns(EstimateWarning, match="repeat"):
        for name in ("vasicek", "ebrahimi", "correa"):
            f = SPACINGS[name]
            assert float(f(np.ldexp(x, e), window=2)) == law(float(f(x, window=2)), e), name


@pytest.mark.parametrize("top", [-1060, 0, 600, 700])
def test_gaps_of_subnormal_numbers_beside_large_ones(top):
    """Values m 2^-1074 beside 2^top: every Vasicek gap in exact integers, counted in 2^-1074."""
    whole = [0, 1, 3, 4, 9, *(2 ** (1074 + top + k) for k in range(8))]
    n, m = len(whole), 1
    gaps = [whole[min(i + m, n - 1)] - whole[max(i - m, 0)] for i in range(n)]
    exact = sum(math.log(gap) for gap in gaps) / n + math.log(n / 2) - 1074 * LOG_2
    x = np.array([math.ldexp(w / 2 ** (w.bit_length()), w.bit_length() - 1074) for w in whole])
    assert float(vasicek(x, window=m)) == pytest.approx(exact, rel=1e-14)


def test_ties_among_the_smallest_numbers_are_not_blamed_on_the_data():
    x = X[:, 0].astype(np.float32) * np.float32(3e-44)
    for f in SPACINGS.values():
        with pytest.raises(ValueError, match="smallest numbers of float32"):
            f(x, window=2)


@pytest.mark.parametrize("e", [-500, 0, 300, 511, 520, 1019])
def test_logdet_of_any_scale(e):
    """log det(I + b X'X / n) / 2 from the 2 x 2 scatter in exact arithmetic: the trace and determinant of fractions."""
    from fractions import Fraction

    n, beta = len(FINE), Fraction(1, 3)
    c = [[sum(Fraction(v[i]) * Fraction(v[j]) for v in FINE) * beta / n for j in (0, 1)] for i in (0, 1)]
    s = Fraction(4) ** e
    det = 1 + s * (c[0][0] + c[1][1]) + s * s * (c[0][0] * c[1][1] - c[0][1] ** 2)
    more = det - 1
    exact = math.log1p(more) if more < 1e300 else math.log(det.numerator) - math.log(det.denominator)
    # a logarithm near 700, rounded, in an exponent: 700 eps; and beta is 1 / 3 to one rounding
    assert float(logdet(np.ldexp(FINE, e), beta=1 / 3)) == pytest.approx(exact / 2, rel=1e-13, abs=0)
    assert float(logdet_joint([np.ldexp(FINE[:, 0], e), np.ldexp(FINE[:, 1], e)], beta=1 / 3)) == pytest.approx(
        exact / 2, rel=1e-13, abs=0
    )
    slope = jax.grad(lambda v: logdet(v, beta=1 / 3))(jnp.ldexp(jnp.asarray(FINE), min(e, 900)))
    assert np.isfinite(np.asarray(slope)).all()


def test_logdet_of_float32_beyond_the_root_of_its_range():
    x = np.ldexp(X.astype(np.float32), 70)
    assert float(logdet(x)) == pytest.approx(float(logdet(x.astype(np.float64))), rel=1e-6)
    assert float(logdet(np.ldexp(x, 50), centered=True)) == pytest.approx(
        float(logdet(np.ldexp(x.astype(np.float64), 50), centered=True)), rel=1e-6
    )


@pytest.mark.parametrize("flag", [-1, 1, "False", None, float("nan"), "no"])
def test_centered_is_a_flag(flag):
    for call in (lambda: logdet(X, centered=flag), lambda: logdet_joint([X, X], centered=flag)):
        with pytest.raises(ValueError, match="centered.* must be True or False"):
            call()


@pytest.mark.parametrize("window", ["7", None, 2.5, [3], np.inf, np.nan, True, 0, -1, 30, 10**30])
def test_window_is_a_whole_number(window):
    for f in SPACINGS.values():
        if window is None:
            assert float(f(X[:, 0], window=None)) == float(f(X[:, 0], window=8))
        else:
            with pytest.raises(ValueError, match="^window must"):
                f(X[:, 0], window=window)
