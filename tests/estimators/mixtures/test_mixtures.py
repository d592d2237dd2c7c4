"""Mixture estimators against closed forms, quadrature, slow twins, many digits, and mixentropy where it is right."""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import integrate, optimize

from entropylab.estimators.mixtures.estimates import (
    Mixture,
    kl_bound,
    mixture_centers,
    mixture_elk,
    mixture_monte_carlo,
    mixture_pairwise,
)
from entropylab.estimators.mixtures.interval import mixture_bounds
from entropylab.kernels.gaussian_pairs_numba import logdet_plus_mahalanobis_numba
from entropylab.numerics.gaussians.gaussians import kl, kl_numpy
from entropylab.numerics.gaussians.pairs import logdet_plus_mahalanobis

LOG_2PI = math.log(2 * math.pi)


def chernoff(mixture, alpha=0.5):
    return mixture_pairwise(mixture, divergence="chernoff", alpha=alpha)


def random_parts(k, d, seed=0, reach=1.0):
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(k, d, d)) / math.sqrt(d) + np.eye(d)
    weights = rng.uniform(0.2, 1, k)
    return weights / weights.sum(), reach * rng.normal(size=(k, d)), factors @ factors.transpose(0, 2, 1)


def random_mixture(k, d, seed=0, reach=1.0):
    return Mixture(*random_parts(k, d, seed, reach))


# Closed forms


def test_components_that_coincide_are_one_gaussian():
    """Divergences vanish; the kernel loses (1/2)(1 - log 2), the center 1/2; draws scatter with variance 1/2."""
    mixture = Mixture([0.3, 0.7], [5.0, 5.0], [4.0, 4.0])
    h = 0.5 * (math.log(4) + 1 + LOG_2PI)
    assert float(mixture_pairwise(mixture)) == pytest.approx(h, rel=1e-14)
    assert float(chernoff(mixture, 0.3)) == pytest.approx(h, rel=1e-14)
    assert float(mixture_elk(mixture)) == pytest.approx(h - 0.5 * (1 - math.log(2)), rel=1e-14)
    assert float(mixture_centers(mixture)) == pytest.approx(h - 0.5, rel=1e-14)
    assert float(mixture_monte_carlo(mixture)) == pytest.approx(h, abs=4 * math.sqrt(0.5 / 4096))


def test_one_box_is_exact_everywhere():
    mixture = Mixture([1.0], [[1e6, -2.0]], [[0.5, 3.0]], family="uniform")
    estimators = (mixture_pairwise, chernoff, mixture_elk, mixture_centers, mixture_monte_carlo)
    assert [float(f(mixture)) for f in estimators] == pytest.approx([math.log(1.5)] * 5, rel=1e-14)


@pytest.mark.parametrize("distance", [1e2, 1e4, 1e8])
def test_components_far_apart(distance):
    """H = H(X|C) + H(C) for every bound that is exact there, with the gradients of that sum."""
    mixture = Mixture([0.3, 0.7], [0.0, distance], [1.0, 4.0])
    conditional = 0.5 * (1 + LOG_2PI + 0.7 * math.log(4))
    joint = conditional - 0.3 * math.log(0.3) - 0.7 * math.log(0.7)
    for bound in (mixture_pairwise, chernoff):
        assert float(bound(mixture)) == pytest.approx(joint, rel=1e-13)
        slopes = jax.jit(jax.grad(bound))(mixture)
        np.testing.assert_allclose(slopes.centers, 0, atol=1e-15)
        np.testing.assert_allclose(slopes.spreads[:, 0, 0], [0.3 / 2, 0.7 / 8], rtol=1e-13)
    assert float(mixture_elk(mixture)) == pytest.approx(joint - 0.5 * (1 - math.log(2)), rel=1e-13)
    assert float(mixture_monte_carlo(mixture)) == pytest.approx(joint, abs=4 * math.sqrt(0.5 / 4096))


def test_nested_boxes():
    """KL(inner || outer) = log 2, KL(outer || inner) = infinity: the other way round is not a bound."""
    mixture = Mixture([0.5, 0.5], [0.5, 1.0], [1.0, 2.0], family="uniform")
    h = 0.5 * math.log(2)
    assert float(mixture_pairwise(mixture)) == pytest.approx(h - 0.5 * math.log(0.75) - 0.5 * math.log(0.5), rel=1e-14)
    # integral of p_inner^a p_outer^(1 - a) = 2^(a - 1), with the rows' own alpha
    for alpha in (0.2, 0.5, 0.9):
        rows = math.log(0.5 + 0.5 * 2 ** (alpha - 1)), math.log(0.5 + 0.5 * 2**-alpha)
        assert float(chernoff(mixture, alpha)) == pytest.approx(h - 0.5 * sum(rows), rel=1e-13)
    assert float(mixture_elk(mixture)) == pytest.approx(-0.5 * math.log(0.75) - 0.5 * math.log(0.5), rel=1e-14)
    truth = -0.75 * math.log(0.75) - 0.25 * math.log(0.25)  # density 3/4 on (0, 1), 1/4 on (1, 2)
    assert float(mixture_monte_carlo(mixture)) == pytest.approx(truth, abs=4 * 0.48 / 64)


# Quadrature


def density(mixture):
    c, m, s = (np.asarray(x).ravel() for x in (mixture.weights, mixture.centers, mixture.spreads))
    return lambda x: float(np.sum(c * np.exp(-0.5 * (x - m) ** 2 / s) / np.sqrt(2 * np.pi * s)))


def truth_of(mixture):
    p = density(mixture)
    surprise = lambda x: -p(x) * math.log(p(x)) if p(x) > 0 else 0.0  # noqa: E731
    return integrate.quad(surprise, -30, 30, points=np.asarray(mixture.centers).ravel(), epsabs=1e-11, limit=300)[0]


@pytest.mark.parametrize("separation", [0.0, 1.0, 3.0, 8.0])
def test_two_gaussians_between_their_bounds(separation):
    mixture = Mixture([0.4, 0.6], [0.0, separation], [1.0, 0.3])
    truth = truth_of(mixture)
    bounds = mixture_bounds(mixture)
    for low in (bounds.conditional, bounds.elk, bounds.bhattacharyya, bounds.chernoff):
        assert low <= truth + 1e-12
    assert bounds.lower <= truth <= bounds.upper + 1e-12
    assert bounds.kl >= truth - 1e-12 and bounds.joint >= truth
    local = np.asarray(mixture_monte_carlo.local(mixture))
    error = local.std() / math.sqrt(len(local))
    assert float(mixture_monte_carlo(mixture)) == pytest.approx(truth, abs=4 * error)


def test_alpha_goes_with_the_row():
    """C(p_i || p_j) = -log of the integral of p_i^alpha p_j^(1 - alpha), by quadrature; swapped, it differs."""
    c, m, s = [0.2, 0.8], [0.0, 1.5], [1.0, 0.09]
    alpha = 0.2
    parts = [density(Mixture([1.0], [m[i]], [s[i]])) for i in range(2)]

    def distance(i, j, power):
        product = lambda x: parts[i](x) ** power * parts[j](x) ** (1 - power)  # noqa: E731
        return -math.log(integrate.quad(product, -15, 15, points=m, epsabs=1e-12, limit=300)[0])

    def bound(power):
        h = sum(c[i] * 0.5 * (math.log(s[i]) + 1 + LOG_2PI) for i in range(2))
        inner = [sum(c[j] * math.exp(-distance(i, j, power)) for j in range(2)) for i in range(2)]
        return h - sum(c[i] * math.log(inner[i]) for i in range(2))

    found = float(chernoff(Mixture(c, m, s), alpha))
    assert found == pytest.approx(bound(alpha), rel=1e-9)
    assert abs(found - bound(1 - alpha)) > 0.02


# Slow twins


def twin(weights, centers, spreads, alpha=0.3):
    """kl, chernoff, elk and centers, pair by pair."""
    k, d = centers.shape
    dets = [np.linalg.slogdet(s)[1] for s in spreads]
    h = sum(c * 0.5 * (det + d * (1 + LOG_2PI)) for c, det in zip(weights, dets, strict=True))
    sums = np.zeros((4, k))
    for i in range(k):
        for j in range(k):
            away = centers[i] - centers[j]
            joint = (1 - alpha) * spreads[i] + alpha * spreads[j]
            total = spreads[i] + spreads[j]
            kl = 0.5 * (
                np.trace(np.linalg.solve(spreads[j], spreads[i]))
                - d + away @ np.linalg.solve(spreads[j], away) + dets[j] - dets[i]
            )  # fmt: skip
            ch = 0.5 * (
                alpha * (1 - alpha) * away @ np.linalg.solve(joint, away)
                + np.linalg.slogdet(joint)[1] - (1 - alpha) * dets[i] - alpha * dets[j]
            )  # fmt: skip
            elk = -0.5 * (away @ np.linalg.solve(total, away) + np.linalg.slogdet(total)[1] + d * LOG_2PI)
            center = -0.5 * (away @ np.linalg.solve(spreads[j], away) + dets[j] + d * LOG_2PI)
            sums[:, i] += weights[j] * np.exp([-kl, -ch, elk, center])
    return np.array([h, h, 0, 0]) - np.log(sums) @ weights


@pytest.mark.parametrize("k, d", [(4, 3), (4, 17)])
def test_against_the_slow_twin(k, d):
    parts = random_parts(k, d, seed=k)
    mixture = Mixture(*parts)
    found = [mixture_pairwise(mixture), chernoff(mixture, 0.3), mixture_elk(mixture), mixture_centers(mixture)]
    np.testing.assert_allclose(np.asarray(found), twin(*parts), rtol=1e-12)


@pytest.mark.parametrize("reach", [3e3, 3e7])
def test_far_out_in_units_of_the_spreads(reach):
    """Two clumps `reach` apart: the expanded squares would lose eps reach^2, up to 0.1 here."""
    weights, centers, spreads = random_parts(4, 3, seed=4)
    centers[2:] += reach
    found = [f(Mixture(weights, centers, spreads)) for f in (mixture_pairwise, mixture_centers)]
    np.testing.assert_allclose(np.asarray(found), twin(weights, centers, spreads)[[0, 3]], rtol=1e-11)


def test_many_digits_in_300_dimensions():
    """Covariances D + u u', so that determinants and inverses in 50 digits are those of 2 x 2 matrices."""
    d = 300
    rng = np.random.default_rng(1)
    diagonals, lines = rng.uniform(0.5, 2, (2, d)), rng.normal(size=(2, d)) / 8
    centers, weights = 0.2 * rng.normal(size=(2, d)), np.array([0.25, 0.75])
    spreads = np.stack([np.diag(v) + np.outer(u, u) for v, u in zip(diagonals, lines, strict=True)])
    mixture = Mixture(weights, centers, spreads)
    with mpmath.workdps(50):
        # the float64 matrices, not the exact ones: off-diagonal entries are rounded products, an error of 1e-17 each
        v = [[mpmath.mpf(x) for x in row] for row in diagonals]
        u = [[mpmath.mpf(x) for x in row] for row in lines]
        away = [mpmath.mpf(x) - mpmath.mpf(y) for x, y in zip(*centers, strict=True)]

        def terms(a, b):
            """log det and away' S^-1 away of S = a S_0 + b S_1."""
            diagonal = [a * x + b * y for x, y in zip(*v, strict=True)]
            pair = [f for f in ((a, u[0]), (b, u[1])) if f[0]]
            inner = lambda x, y: mpmath.fsum(p * q / r for p, q, r in zip(x, y, diagonal, strict=True))  # noqa: E731
            root = [(mpmath.sqrt(f), line) for f, line in pair]
            core = mpmath.matrix([[(i == j) + f * g * inner(x, y) for j, (g, y) in enumerate(root)]
                                  for i, (f, x) in enumerate(root)])  # fmt: skip
            side = mpmath.matrix([f * inner(x, away) for f, x in root])
            logs = mpmath.fsum(mpmath.log(x) for x in diagonal) + mpmath.log(mpmath.det(core))
            return logs, inner(away, away) - (side.T * mpmath.lu_solve(core, side))[0]

        (log0, _), (log1, _) = terms(1, 0), terms(0, 1)
        half, quad = terms(mpmath.mpf(1) / 2, mpmath.mpf(1) / 2)
        both, full = terms(1, 1)
        c = [mpmath.mpf(x) for x in weights]
        log_2pi = mpmath.log(2 * mpmath.pi)
        h = sum(p * (log + d * (1 + log_2pi)) / 2 for p, log in zip(c, (log0, log1), strict=True))
        distance = mpmath.exp(-(quad / 4 + half - log0 / 2 - log1 / 2) / 2)
        rows = mpmath.log(c[0] + c[1] * distance), mpmath.log(c[1] + c[0] * distance)
        expected = [float(h - c[0] * rows[0] - c[1] * rows[1])]
        own = [mpmath.exp(-(d * mpmath.log(2) + log + d * log_2pi) / 2) for log in (log0, log1)]
        other = mpmath.exp(-(both + full + d * log_2pi) / 2)
        rows = mpmath.log(c[0] * own[0] + c[1] * other), mpmath.log(c[1] * own[1] + c[0] * other)
        expected.append(float(-c[0] * rows[0] - c[1] * rows[1]))
    assert float(chernoff(mixture)) == pytest.approx(expected[0], rel=1e-13)
    assert float(mixture_elk(mixture)) == pytest.approx(expected[1], rel=1e-13)


# Another library


def test_against_mixentropy():
    """mixentropy 0.0.1 with NumPy; without KL of boxes (transposed there) and alpha other than 1/2 (swapped)."""
    k = np.arange(1.0, 5.0)
    weights, centers = k / k.sum(), np.stack([np.cos(k), np.sin(2 * k), k / 2], axis=1)
    factors = np.stack([[[1 + i / 4, 0, 0], [i / 3 - 0.5, 1, 0], [0.2 * i, -0.3, 0.8]] for i in k])
    gaussian = Mixture(weights, centers, factors @ factors.transpose(0, 2, 1))
    found = [f(gaussian) for f in (mixture_pairwise, chernoff, mixture_elk, mixture_centers)]
    theirs = [5.452353275746448, 4.901554925350892, 4.658234117037597, 3.912653759546815]
    np.testing.assert_allclose(np.asarray(found), theirs, rtol=1e-13)
    sides = np.stack([1 + k / 2, np.full(4, 2.0), np.full(4, 1.5)], axis=1)
    boxes = Mixture(weights, centers, sides, family="uniform")
    found = [f(boxes) for f in (chernoff, mixture_elk, mixture_centers)]
    np.testing.assert_allclose(np.asarray(found), [2.954388302718005, 2.957821448920025, 2.932442383310124], rtol=1e-13)


# Properties


@pytest.mark.parametrize("family", ["gaussian", "uniform"])
def test_best_alpha(family):
    sides = [1.0, 2.0] if family == "uniform" else [1.0, 9.0]
    mixture = Mixture([0.3, 0.7], [0.0, 1.2], sides, family=family)
    bounds = mixture_bounds(mixture)
    best = optimize.minimize_scalar(
        lambda a: -float(chernoff(mixture, a)), bounds=(0, 1), method="bounded", options={"xatol": 1e-7}
    )
    assert float(bounds.chernoff) == pytest.approx(-best.fun, abs=1e-8)
    assert float(bounds.best_alpha) == pytest.approx(best.x, abs=1e-3)  # the bound bends by about 0.1 there
    assert bounds.chernoff >= bounds.bhattacharyya
    assert bounds.lower <= mixture_monte_carlo(mixture, draws=16384) <= bounds.upper


@pytest.mark.parametrize("apart", [0.0, 100.0])
def test_alpha_that_does_not_matter_is_one_half(apart):
    assert float(mixture_bounds(Mixture([0.3, 0.7], [0.0, apart], [1.0, 1.0])).best_alpha) == 0.5


def test_bounds_have_the_gradient_of_their_parts_and_work_under_vmap():
    mixtures = [Mixture([0.3, 0.7], [0.0, at], [1.0, 9.0]) for at in (1.2, 2.5)]
    alpha = float(mixture_bounds(mixtures[0]).best_alpha)
    found = jax.jit(jax.grad(lambda m: mixture_bounds(m).chernoff))(mixtures[0])
    expected = jax.jit(jax.grad(lambda m: chernoff(m, alpha)))(mixtures[0])
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)
    several = jax.jit(jax.vmap(mixture_bounds))(jax.tree.map(lambda *x: jnp.stack(x), *mixtures))
    np.testing.assert_allclose(several.lower, [mixture_bounds(m).lower for m in mixtures], rtol=1e-12)


@pytest.mark.parametrize("d", [3, 17])
def test_slope_in_alpha_and_spreads(d):
    """At alpha = 1/2, where pairs are visited once, and off it; central differences err by 1e-9 at h = 1e-5."""
    weights, centers, spreads = random_parts(4, d, seed=2)
    turn = np.random.default_rng(0).normal(size=(4, d))
    factors = np.linalg.cholesky(spreads) @ turn[..., None]
    step = factors @ factors.transpose(0, 2, 1)  # small against every spread in every direction
    h = 1e-5
    for alpha in (0.5, 0.3):
        value = lambda s, a: chernoff(Mixture(weights, centers, s), a)  # noqa: E731
        of_spreads, of_alpha = jax.jit(jax.grad(value, argnums=(0, 1)))(jnp.asarray(spreads), alpha)
        slope = (value(spreads, alpha + h) - value(spreads, alpha - h)) / (2 * h)
        assert float(of_alpha) == pytest.approx(float(slope), rel=1e-6, abs=1e-8)
        slope = (value(spreads + h * step, alpha) - value(spreads - h * step, alpha)) / (2 * h)
        assert float((of_spreads * step).sum()) == pytest.approx(float(slope), rel=1e-6, abs=1e-8)


def test_weight_zero_adds_nothing_and_keeps_its_slope():
    mixture = Mixture([0.3, 0.7, 0.0, 0.0], [0.0, 2.0, 0.5, 1.0], [1.0, 9.0, 0.2, 1.0])
    without = Mixture([0.3, 0.7], [0.0, 2.0], [1.0, 9.0])
    h, shift = 1e-6, jnp.array([-1.0, 0, 0.7, 0.3])
    for bound in (mixture_pairwise, mixture_elk):
        assert float(bound(mixture)) == pytest.approx(float(bound(without)), rel=1e-14)
        ahead = bound(Mixture(mixture.weights + h * shift, mixture.centers, mixture.spreads))
        slope = jax.jit(jax.grad(bound))(mixture).weights @ shift
        assert float(slope) == pytest.approx(float(ahead - bound(mixture)) / h, rel=1e-4)  # one-sided: errs by h H''


def test_shares_of_the_draws():
    """Each component's mean counts with its exact weight, however few draws it has."""
    mixture = Mixture([0.999, 0.001], [0.0, 50.0], [1.0, 1.0])
    truth = 0.5 * (1 + LOG_2PI) - 0.999 * math.log(0.999) - 0.001 * math.log(0.001)
    local = np.asarray(mixture_monte_carlo.local(mixture, draws=256))
    assert float(mixture_monte_carlo(mixture, draws=256)) == pytest.approx(truth, abs=4 * local.std() / 16)
    assert local.shape == (256,)
    assert float(mixture_monte_carlo(mixture, seed=1)) != float(mixture_monte_carlo(mixture))


def test_standard_error_is_on_the_safe_side():
    mixture = Mixture([0.4, 0.6], [0.0, 3.0], [1.0, 0.3])
    values = [float(mixture_monte_carlo(mixture, draws=256, seed=s)) for s in range(60)]
    stated = float(mixture_monte_carlo.local(mixture, draws=256).std()) / 16
    assert 0.4 * stated < np.std(values) < 1.2 * stated  # the deviation of 60 values is known to 9 %


@pytest.mark.slow
def test_500_dimensions():
    d = 500
    centers = np.random.default_rng(0).normal(size=(3, d))
    centers[1] += 1e4
    mixture = Mixture(np.full(3, 1 / 3), centers, np.stack([np.eye(d)] * 3))
    expected = d / 2 * (1 + LOG_2PI) + math.log(3)  # the third lies sqrt(2 d) = 32 away
    assert float(mixture_pairwise(mixture)) == pytest.approx(expected, rel=1e-12)
    assert float(chernoff(mixture)) == pytest.approx(expected, rel=1e-12)
    error = math.sqrt(d / 2 / 256)
    assert float(mixture_monte_carlo(mixture, draws=256)) == pytest.approx(expected, abs=4 * error)


@pytest.mark.parametrize("scale", [1e-12, 1e9])
def test_float32_at_any_scale(scale):
    """Variances of 1e-24 or 1e18 beside each other: products of pivots would leave the range of float32."""
    d = 6
    wide = Mixture([0.5, 0.5], np.zeros((2, d)), scale**2 * np.stack([np.eye(d), 4 * np.eye(d)]))
    narrow = jax.tree.map(lambda x: x.astype(jnp.float32), wide)
    for bound in (chernoff, mixture_elk):
        found = bound(narrow)
        assert found == np.float32(found)
        assert float(found) == pytest.approx(float(bound(wide)), rel=3e-6)  # terms up to 300, each to 6e-8


def test_memory_grows_with_pairs_of_components_only():
    """K = 1000, d = 4: matrices of all pairs would be 128 MB; the compiled gradient asks for less than 50."""
    k, d = 1000, 4
    mixture = Mixture(np.full(k, 1 / k), np.zeros((k, d)), np.stack([np.eye(d)] * k))
    used = jax.jit(jax.grad(chernoff)).lower(mixture).compile().memory_analysis().temp_size_in_bytes
    assert used < 50e6


# What is refused


@pytest.mark.parametrize(
    "arguments, family, words",
    [
        (([0.5, 0.6], [0, 1], [1, 1]), "gaussian", "sum to one"),
        (([1.5, -0.5], [0, 1], [1, 1]), "gaussian", "negative"),
        (([0.5, 0.5], [0, 1, 2], [1, 1, 1]), "gaussian", "one weight"),
        (([0.5, 0.5], np.zeros((2, 2)), np.ones((2, 2))), "gaussian", "covariances"),
        (([0.5, 0.5], np.zeros((2, 2)), np.stack([np.eye(2)] * 2)), "uniform", "side lengths"),
        (([1.0], np.zeros((1, 2)), [[[1, 2], [2, 1]]]), "gaussian", "positive definite"),
        (([1.0], np.zeros((1, 2)), [[[1, 0.5], [0.1, 1]]]), "gaussian", "symmetric"),
        (([1.0], [[0.0, 0.0]], [[1.0, 0.0]]), "uniform", "above 0"),
        (([1.0], [np.nan], [1.0]), "gaussian", "finite"),
        (([1.0], [0.0], [1.0]), "normal", "family"),
    ],
)
def test_improper_mixtures_are_refused(arguments, family, words):
    with pytest.raises(ValueError, match=words):
        Mixture(*arguments, family=family)


def test_improper_arguments_are_refused():
    mixture = random_mixture(3, 2)
    for call, words in [
        (lambda: mixture_elk(np.zeros((3, 2))), "must be a Mixture"),
        (lambda: mixture_pairwise(mixture, divergence="js"), "divergence"),
        (lambda: chernoff(mixture, 1.5), "alpha"),
        (lambda: mixture_monte_carlo(mixture, draws=2), "raise draws"),
    ]:
        with pytest.raises(ValueError, match=words):
            call()


def test_not_positive_definite_under_jit_is_nan():
    """Values cannot be looked at there; two negative pivots must not pass for a positive determinant."""
    bad = jnp.stack([-jnp.eye(2), -jnp.eye(2)])
    found = jax.jit(lambda s: chernoff(Mixture(jnp.ones(2) / 2, jnp.zeros((2, 2)), s)))(bad)
    assert math.isnan(found)


def test_the_compiled_table_is_that_of_the_traced_one():
    """Digits: elimination in another order of rounding. A matrix that is not positive definite is NaN in both."""
    rng = np.random.default_rng(5)
    for k, d in ((1, 1), (17, 1), (35, 3)):
        factors = rng.normal(size=(k, d, d))
        spreads, centers = factors @ factors.swapaxes(1, 2) + 0.1 * np.eye(d), rng.normal(size=(k, d))
        spreads[k // 2] *= -1e3 if k > 20 else 1.0
        for a, b, g in ((0.5, 0.5, 0.25), (0.3, 0.7, 0.21)):
            traced = jax.jit(logdet_plus_mahalanobis)(spreads, centers, a, b, g)
            np.testing.assert_allclose(
                logdet_plus_mahalanobis_numba(spreads, centers, a, b, g), traced, rtol=1e-12, atol=1e-12
            )


@pytest.mark.parametrize("k, d", [(1, 1), (16, 2), (23, 3), (130, 10), (9, 20)])
def test_the_compiled_kl_bound_is_that_of_the_traced_one(k, d):
    """Digits: the product keeps 12 of them, and spreads may be 1e-60 or 1e60 wide."""
    weights, centers, spreads = random_parts(k, d, seed=k)
    spreads += 0.5 * np.eye(d)
    weights[k // 3] *= k == 1
    weights = weights / weights.sum()
    for scale in (1.0, 1e-60, 1e60):
        mixture = Mixture(weights, math.sqrt(scale) * centers, scale * spreads)
        sums, log_determinants = kl_numpy(mixture)
        counts = weights > 0
        np.testing.assert_allclose(sums[counts], np.asarray(jax.jit(kl)(mixture))[counts], rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(log_determinants, np.linalg.slogdet(scale * spreads)[1], rtol=1e-12, atol=1e-11)
        assert float(mixture_pairwise(mixture)) == pytest.approx(float(kl_bound(mixture)), rel=1e-12, abs=1e-12)


def test_the_compiled_kl_bound_leaves_what_would_cancel_to_differences():
    weights, centers, spreads = random_parts(20, 3, reach=1e4)
    mixture = Mixture(weights, centers, spreads)
    assert kl_numpy(mixture) is None
    assert float(mixture_pairwise(mixture)) == float(kl_bound(mixture))
