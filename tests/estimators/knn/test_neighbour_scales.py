"""Neighbour estimators at the ends of the float range: h(cX) = h(X) + d log c, and information does not move."""

import math
import warnings
from fractions import Fraction

import jax
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entropylab import (
    chamfer,
    conditional_entropy,
    conditional_ksg,
    density_of_points,
    hausdorff,
    kozachenko_leonenko,
    kozachenko_leonenko_curve,
    ksg,
    ksg_curve,
    lnc,
    renyi,
    ross,
    total_correlation,
    tsallis,
)
from entropylab.numerics.neighbours import search
from entropylab.numerics.validation.check import EstimateWarning

# No digit of these lies below 2^-20, so that none is lost down to 2^-1054.
FINE = np.round(np.random.default_rng(0).normal(size=(120, 70)) * 2.0**20) / 2.0**20
X = FINE[:, :2]
EXPONENTS = st.one_of(st.integers(-1050, 1021), st.sampled_from([-1050, -1022, -660, -530, 512, 530, 1000, 1021]))
LOG_2 = math.log(2)
SETTINGS = settings(max_examples=25, deadline=None, derandomize=True)


def law(value, e, d):
    """`value` + d e log 2, each of whose terms is rounded, as is the log of a subnormal number's neighbour."""
    return pytest.approx(value + d * e * LOG_2, rel=1e-14, abs=1e-15 * d * abs(e) + 1e-12)


@SETTINGS
@given(EXPONENTS)
def test_entropies_follow_their_scale(e):
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        for norm in ("max", "euclidean"):
            for d in (1, 2, 70):
                x = FINE[:, :d]
                here, there = (kozachenko_leonenko(z, norm=norm) for z in (x, np.ldexp(x, e)))
                assert there == law(here, e, d), (norm, d)
            here, there = (kozachenko_leonenko_curve(z, [1, 4], norm=norm) for z in (X, np.ldexp(X, e)))
            np.testing.assert_allclose(there, here + 2 * e * LOG_2, rtol=1e-13, atol=1e-12)
            assert renyi(np.ldexp(X, e), norm=norm) == law(renyi(X, norm=norm), e, 2)
        line = kozachenko_leonenko_curve(X[:, 0], [1, 4])
        found = kozachenko_leonenko_curve(np.ldexp(X[:, 0], e), [1, 4])
        np.testing.assert_allclose(found, line + e * LOG_2, rtol=1e-13, atol=1e-12)


TRACED = {norm: jax.jit(lambda x, norm=norm: kozachenko_leonenko(x, norm=norm)) for norm in ("max", "euclidean")}


@SETTINGS
@given(st.integers(-990, 1018))
def test_traced_entropies_follow_their_scale(e):
    """Compiled programs take subnormal numbers for 0, so the smallest differences stay above 2^-1020."""
    for norm, call in TRACED.items():
        assert float(call(np.ldexp(X, e))) == law(kozachenko_leonenko(X, norm=norm), e, 2)


@SETTINGS
@given(EXPONENTS)
def test_information_does_not_move(e):
    x, y, z = FINE[:, 0], FINE[:, 1] + FINE[:, 0] / 2, FINE[:, 2]
    labels = z > 0
    a, b, c = (np.ldexp(one, e) for one in (x, y, z))
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        for variant in (1, 2):
            assert ksg(a, b, variant=variant) == ksg(x, y, variant=variant)
            assert np.array_equal(ksg_curve(a, b, [1, 5], variant=variant), ksg_curve(x, y, [1, 5], variant=variant))
        assert lnc(a, b, k=4) == pytest.approx(lnc(x, y, k=4), abs=1e-12)
        assert conditional_ksg(a, b, c) == conditional_ksg(x, y, z)
        assert total_correlation([a, b, c]) == total_correlation([x, y, z])
        assert ross(a, labels) == ross(x, labels)
        assert conditional_entropy(a, b) == law(conditional_entropy(x, y), e, 1)
        here = density_of_points(X, FINE[:, 4:6])
        assert density_of_points(np.ldexp(X, e), np.ldexp(FINE[:, 4:6], e)) == pytest.approx(here, abs=1e-11)


@SETTINGS
@given(EXPONENTS, st.sampled_from([1, 2, 3, 63, 64, 70]))
def test_distances_of_sets_follow_their_scale(e, d):
    a, b = FINE[:40, :d], FINE[40:, :d]
    assert hausdorff(np.ldexp(a, e), np.ldexp(b, e)) == math.ldexp(hausdorff(a, b), e)
    if -500 < e < 500:
        assert chamfer(np.ldexp(a, e), np.ldexp(b, e)) == math.ldexp(chamfer(a, b), 2 * e)


@pytest.mark.parametrize("d", [1, 2, 63, 64, 65, 130])
def test_sets_of_a_single_place(d):
    """One point, and copies of one, which the other set holds or not; nothing is left for a margin of rounding."""
    x = FINE[:50, np.arange(d) % 70]
    far = math.sqrt(max(sum((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(row, x[0], strict=True)) for row in x))
    for one in (x[:1], np.repeat(x[:1], 5, axis=0)):
        assert hausdorff(x, one) == pytest.approx(far, rel=1e-14)
        assert hausdorff(one, x) == pytest.approx(far, rel=1e-14)
        assert chamfer(x, one) == pytest.approx(((x - x[0]) ** 2).sum(1).mean(), rel=1e-13)
    for same in (0 * x, 0 * x + 3.7, x):
        assert hausdorff(same, same[:1] if np.ptp(same) == 0 else same) == 0.0
        assert chamfer(same, same) == 0.0
    assert hausdorff(0 * x, 0 * x[:1] + 2.0**-600) == pytest.approx(2.0**-600 * math.sqrt(d), rel=1e-14)


TINY = st.sampled_from(
    [0.0, 5e-324, 1e-310, 1e-200, 3e-170, -2e-170, 1e-160, -4e-100, 1e-30, 1.0, -1.5, 1e100, 1e160, -1e170]
)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.tuples(TINY, TINY), min_size=2, max_size=6), st.lists(st.tuples(TINY, TINY), min_size=1, max_size=6))
def test_points_of_every_size_in_one_set(first, second):
    """In 60-digit arithmetic, where nothing under- or overflows; a difference of floats is rounded once."""
    a, b = np.array(first), np.array(second)
    with mpmath.workdps(60):

        def apart(p, q):
            return mpmath.sqrt(sum((mpmath.mpf(s) - mpmath.mpf(t)) ** 2 for s, t in zip(p, q, strict=True)))

        nearest = [[min(apart(p, q) for q in other) for p in one] for one, other in ((a, b), (b, a))]
        expected = float(max(max(side) for side in nearest))
        square = float(sum(mpmath.fsum(r**2 for r in side) / len(side) for side in nearest))
    assert hausdorff(a, b) == pytest.approx(expected, rel=1e-14, abs=5e-324)
    if square < 1e300:
        assert chamfer(a, b) == pytest.approx(square, rel=1e-13, abs=1e-322)
    else:
        with pytest.raises(ValueError, match="one that float64 can hold"):
            chamfer(a, 1e200 + a)
    table = np.array([[float(apart(p, q)) for q in a] for p in a])
    np.fill_diagonal(table, np.inf)
    found = search.kth_distances(a, 1, "euclidean")[:, 0]
    np.testing.assert_allclose(found, table.min(1), rtol=1e-14, atol=5e-324)
    named = search.neighbour_indices(a, 1, "euclidean")[:, 0]
    np.testing.assert_allclose(table[np.arange(len(a)), named], table.min(1), rtol=1e-14, atol=5e-324)


def test_wide_points_of_every_size_in_one_set():
    """70 columns, where products preselect: pairs 1e-200 apart beside 1e150."""
    x = np.zeros((6, 70))
    x[1, 3], x[2], x[3, :2], x[4] = 3e-200, 1.0, (1.0, 1e-180), 1e150
    x[3, 2:], x[5] = 1.0, 1e150
    x[5, 0] = 0.0
    found = search.kth_distances(x, 1, "euclidean")[:, 0]
    np.testing.assert_allclose(found, [3e-200, 3e-200, 1.0, 1.0, 1e150, 1e150], rtol=1e-14)


def test_a_result_beyond_float64_is_refused():
    with pytest.raises(ValueError, match="one that float64 can hold"):
        hausdorff([[-1.7e308, 0.0]], [[1.7e308, 1e308]])
    with pytest.raises(ValueError, match="one that float64 can hold"):
        chamfer([[0.0, 0.0]], [[1e160, 0.0]])
    x = np.random.default_rng(1).normal(size=(40, 50)) * np.where(np.arange(40) < 20, 1e-12, 1.0)[:, None]
    with pytest.raises(ValueError, match="tsallis needs an entropy that float64 can hold.*use renyi"):
        tsallis(x, order=3.9)


@pytest.mark.parametrize("order", [0.2, 2.0, 3.9])
def test_renyi_of_clusters_that_differ_by_many_powers(order):
    """Volumes e^1000 apart: a mean of their powers in 40-digit arithmetic."""
    x = np.random.default_rng(2).normal(size=(60, 50)) * np.where(np.arange(60) < 30, 1e-12, 1.0)[:, None]
    radii = search.kth_distances(x, 3)[:, 2]
    with mpmath.workdps(40):
        a = 1 - mpmath.mpf(order)
        scale = 59 * mpmath.mpf(2) ** 50 * (mpmath.gamma(3) / mpmath.gamma(3 + a)) ** (1 / a)
        expected = float(mpmath.log(mpmath.fsum((scale * mpmath.mpf(r) ** 50) ** a for r in radii) / 60) / a)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert renyi(x, order=order) == pytest.approx(expected, rel=1e-12)
    traced = jax.jit(jax.value_and_grad(lambda x: renyi(x, order=order)))
    value, slope = traced(x)
    assert float(value) == pytest.approx(expected, rel=1e-12)
    assert float((x * slope).sum()) == pytest.approx(50, rel=1e-9)  # h(c x) = h(x) + 50 log c


@pytest.mark.parametrize("e", [-1000, -600, 600, 1000])
def test_unequal_spreads_are_said_at_every_scale(e):
    x, y = FINE[:, 0], 2.0**14 * FINE[:, 1]
    with pytest.warns(EstimateWarning, match="y spreads .*e\\+04 times as far as x"):
        ksg(np.ldexp(x, e), np.ldexp(y, e))
    with pytest.warns(EstimateWarning, match="y spreads inf times as far as x|y spreads .*e\\+30. times as far as x"):
        ksg(np.ldexp(x, -1000), np.ldexp(y, 5))
