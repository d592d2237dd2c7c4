"""Mixtures far from the origin, far apart, of extreme unit: laws and closed forms; and what a mixture must be."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import entropylab as lab

pytestmark = pytest.mark.slow

HALVES = np.array([0.5, 0.5])
TILTED = np.array([[2.0, 1.0], [1.0, 2.0]])
NORMAL = math.log(2 * math.pi * math.e)


def chernoff(alpha=0.5):
    return lambda m: lab.mixture_pairwise(m, divergence="chernoff", alpha=alpha)


ALL = [lab.mixture_monte_carlo, lab.mixture_centers, lab.mixture_elk, lab.mixture_pairwise, chernoff(), chernoff(0.3)]


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.integers(-480, 505))
def test_every_estimate_follows_its_scale(e):
    rng = np.random.default_rng(1)
    centers, factors, weights = rng.normal(size=(4, 2)), rng.normal(size=(4, 2, 2)), rng.dirichlet(np.ones(4))
    spreads, sides = factors @ factors.swapaxes(1, 2) + np.eye(2), rng.uniform(0.5, 3, size=(4, 2))
    plain = lab.Mixture(weights, centers, spreads), lab.Mixture(weights, centers, sides, "uniform")
    scaled = (
        lab.Mixture(weights, np.ldexp(centers, e), np.ldexp(spreads, 2 * e)),
        lab.Mixture(weights, np.ldexp(centers, e), np.ldexp(sides, e), "uniform"),
    )
    for f in ALL:
        for one, other in zip(plain, scaled, strict=True):
            # sums over matrices of entries 2^2e: 16 roundings of a logarithm up to 2 e log 2
            assert float(f(other)) == pytest.approx(float(f(one)) + 2 * e * math.log(2), rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e9, 1e15, 1e300])
def test_monte_carlo_does_not_see_the_origin(offset):
    """All components on one center: the draws are centers plus steps, and only steps count."""
    for family, spread in (("gaussian", TILTED), ("uniform", np.array([1.0, 2.0]))):
        f = lambda place: lab.mixture_monte_carlo(  # noqa: E731
            lab.Mixture(HALVES, np.full((2, 2), place), np.array([spread] * 2), family)  # noqa: B023
        )
        assert float(f(offset)) == pytest.approx(float(f(0.0)), rel=1e-10)


def test_monte_carlo_of_a_narrow_component_far_out():
    """Center 1e9, deviation 1e-8: h = log(2 pi e s^2) / 2 within four standard errors, sqrt(1 / 2 / draws)."""
    m = lab.Mixture([1.0], [1e9], [1e-16])
    value = float(lab.mixture_monte_carlo(m))
    assert value == pytest.approx(0.5 * NORMAL + math.log(1e-8), abs=4 * math.sqrt(0.5 / 4096))
    local = np.asarray(lab.mixture_monte_carlo.local(m))
    assert local.std() == pytest.approx(math.sqrt(0.5), rel=0.1)


@pytest.mark.parametrize("gap", [1e3, 1e30, 1e100, 1e160, 1e300])
def test_components_far_apart(gap):
    """H = H(X|C) + log 2 where components do not meet; the kernel is low by 1 - log 2, the centers by 1 (d = 2)."""
    m = lab.Mixture(HALVES, [[0.0, 0.0], [gap, gap]], np.array([TILTED] * 2))
    conditional = NORMAL + 0.5 * math.log(3)
    truth = conditional + math.log(2)
    assert float(lab.mixture_centers(m)) == pytest.approx(truth - 1, rel=1e-13)
    assert float(lab.mixture_elk(m)) == pytest.approx(truth - 1 + math.log(2), rel=1e-13)
    for f in (lab.mixture_pairwise, chernoff(), chernoff(0.3)):
        assert float(f(m)) == pytest.approx(truth, rel=1e-13)
    for alpha in (0.0, 1.0):  # of densities on the whole plane the integral of p_i^0 p_j is 1
        assert float(chernoff(alpha)(m)) == pytest.approx(conditional, rel=1e-13)
        assert float(
            jax.jit(lambda a: lab.mixture_pairwise(m, divergence="chernoff", alpha=a))(alpha)
        ) == pytest.approx(conditional, rel=1e-13)
    # the deviation of -log p is that of half a chi-square of 2
    assert float(lab.mixture_monte_carlo(m)) == pytest.approx(truth, abs=4 / math.sqrt(4096))
    bounds = lab.mixture_bounds(m)
    assert float(bounds.lower) == pytest.approx(truth, rel=1e-13) == float(bounds.upper)
    for f in [*ALL, chernoff(0.0)]:
        slopes = jax.grad(f)(m)
        assert all(np.isfinite(np.asarray(leaf)).all() for leaf in jax.tree.leaves(slopes))
        # h moves with the spreads only: d h / d S = S^-1 / 2, times the weight, but for the kernel at the centers
        if f is not lab.mixture_monte_carlo:
            np.testing.assert_allclose(slopes.spreads, 0.25 * np.array([np.linalg.inv(TILTED)] * 2), rtol=1e-9)


def test_boxes_far_out():
    m = lab.Mixture(HALVES, [1e9, 1e9 + 1e-6], [1e-8, 1e-8], "uniform")
    for f in (lab.mixture_monte_carlo, lab.mixture_centers, lab.mixture_elk, lab.mixture_pairwise):
        assert float(f(m)) == pytest.approx(math.log(2e-8), rel=1e-14)


def test_weights_sum_to_one_in_their_own_precision():
    weights = np.full(10, 0.1, np.float32)
    assert lab.Mixture(weights, np.zeros(10), np.ones(10)).centers.dtype == jnp.float64
    with pytest.raises(ValueError, match="sum to one"):
        lab.Mixture(weights.astype(np.float64) + 1e-6, np.zeros(10), np.ones(10))


@pytest.mark.parametrize("scale", [1e-250, 1e-170, 1.0, 1e170, 1e300])
def test_symmetry_does_not_depend_on_the_unit(scale):
    with pytest.raises(ValueError, match="symmetric"):
        lab.Mixture([1.0], [[0.0, 0.0]], [[[scale, 0.0], [0.1 * scale, scale]]])
    rounded = np.array([[[2.0, 1.0], [np.nextafter(1.0, 2), 2.0]]]) * scale
    lab.Mixture([1.0], [[0.0, 0.0]], rounded)


@pytest.mark.parametrize("size", [1e-320, 1e-300, 1.7e308])
def test_spreads_at_the_ends_of_the_range_are_refused(size):
    with pytest.raises(ValueError, match="variances must lie between"):
        lab.Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.0], [0.0, size]]])
    with pytest.raises(ValueError, match="side lengths must lie between"):
        lab.Mixture([1.0], [[0.0, 0.0]], [[1.0, size]], "uniform")


@pytest.mark.parametrize(
    "knobs, wrong",
    [
        ({"draws": 1e10}, "draws times the dimension must be at most 100000000"),
        ({"draws": 1}, "draws must be a whole number from 2"),
        ({"draws": "7"}, "draws"),
        ({"draws": None}, "draws"),
        ({"draws": np.inf}, "draws"),
        ({"draws": [9]}, "draws"),
        ({"seed": 2**63}, "seed must be below 2\\^63"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"seed": "a"}, "seed"),
    ],
)
def test_knobs_of_monte_carlo(knobs, wrong):
    m = lab.Mixture(HALVES, [0.0, 1.0], [1.0, 1.0])
    for f in (lab.mixture_monte_carlo, lab.mixture_monte_carlo.local):
        with pytest.raises(ValueError, match=wrong):
            f(m, **knobs)


@pytest.mark.parametrize("alpha", [None, "a", 2, np.nan, [0.5], True, -0.1])
def test_alpha_is_a_share(alpha):
    with pytest.raises(ValueError, match="alpha"):
        lab.mixture_pairwise(lab.Mixture(HALVES, [0.0, 1.0], [1.0, 1.0]), divergence="chernoff", alpha=alpha)
