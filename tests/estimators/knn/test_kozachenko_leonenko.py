"""Entropies from neighbour distances: closed forms, a twin over all pairs in mpmath, scipy, derivatives, refusals."""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import special
from scipy.spatial import cKDTree

from entropylab import density_of_points, kozachenko_leonenko, kozachenko_leonenko_curve, renyi, tsallis


def all_pairs(x, y, norm):
    gaps = np.abs(x[:, None] - y[None])
    return gaps.max(-1) if norm == "max" else np.sqrt((gaps**2).sum(-1))


def kth(x, k, norm="max"):
    distances = all_pairs(x, x, norm)
    np.fill_diagonal(distances, np.inf)
    return np.sort(distances, 1)[:, k - 1]


def ball(d, norm):
    return 2**d if norm == "max" else math.pi ** (d / 2) / math.gamma(d / 2 + 1)


CLOSED = {
    "normal": (lambda r, n: r.normal(size=n), 0.5 * math.log(2 * math.pi * math.e)),
    "exponential": (lambda r, n: r.exponential(size=n), 1.0),
    "uniform on [0, 0.1]": (lambda r, n: r.uniform(0, 0.1, size=n), math.log(0.1)),
    "cauchy": (lambda r, n: r.standard_cauchy(size=n), math.log(4 * math.pi)),
    "bivariate normal": (
        lambda r, n: r.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], n),
        math.log(2 * math.pi * math.e) + 0.5 * math.log(0.64),
    ),
    "normal in three dimensions": (lambda r, n: r.normal(size=(n, 3)), 1.5 * math.log(2 * math.pi * math.e)),
}


@pytest.mark.parametrize("norm", ["max", "euclidean"])
@pytest.mark.parametrize("name", CLOSED)
def test_closed_forms(name, norm):
    """Within four standard errors of the mean of the local values, and the O((k / n)^(2 / d)) bias, 0.03 for d = 3."""
    draw, truth = CLOSED[name]
    x = draw(np.random.default_rng(0), 6000)
    error = kozachenko_leonenko.local(x, norm=norm).std() / math.sqrt(len(x))
    assert kozachenko_leonenko(x, norm=norm) == pytest.approx(truth, abs=4 * error + 0.03 * (name[-1] == "s"))


@pytest.mark.parametrize("norm", ["max", "euclidean"])
@pytest.mark.parametrize("n, d, k", [(60, 1, 1), (70, 2, 3), (50, 4, 7), (40, 12, 2)])
def test_twin_over_all_pairs(n, d, k, norm):
    x = np.random.default_rng(1).normal(size=(n, d))
    volume = 2**d if norm == "max" else mpmath.pi ** (d / mpmath.mpf(2)) / mpmath.gamma(d / mpmath.mpf(2) + 1)
    logs = mpmath.fsum(mpmath.log(e) for e in kth(x, k, norm)) / n
    expected = mpmath.digamma(n) - mpmath.digamma(k) + mpmath.log(volume) + d * logs
    assert kozachenko_leonenko(x, k=k, norm=norm) == pytest.approx(float(expected), abs=1e-12)
    assert kozachenko_leonenko.local(x, k=k, norm=norm).mean() == pytest.approx(float(expected), abs=1e-12)


def test_scipy_neighbours_and_a_curve():
    x = np.random.default_rng(2).normal(size=(3000, 2))
    ks = [10, 1, 4]
    distances = cKDTree(x).query(x, 11, p=np.inf)[0]
    expected = [special.digamma(3000) - special.digamma(k) + 2 * np.log(2 * distances[:, k]).mean() for k in ks]
    np.testing.assert_allclose(kozachenko_leonenko_curve(x, ks), expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose([kozachenko_leonenko(x, k=k) for k in ks], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n, most", [(2, 1), (17, 16), (33, 32), (9000, 7), (5000, 64), (300, 65)])
@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e300])
def test_a_curve_on_a_line_equals_its_points(n, most, scale):
    """Distances beside the ends of float64, where products of mantissas alone would not do."""
    x = scale * np.random.default_rng(n).normal(size=(n, 1))
    ks = range(1, most + 1)
    expected = [kozachenko_leonenko(x, k=k) for k in ks]
    np.testing.assert_allclose(kozachenko_leonenko_curve(x, ks), expected, rtol=0, atol=1e-12)


@pytest.mark.filterwarnings("ignore::entropylab.numerics.validation.check.EstimateWarning")
def test_a_curve_on_a_line_with_repeats():
    """Every number twice: the nearest neighbour lies at distance 0, from the second on there is a density."""
    x = np.repeat(np.random.default_rng(8).normal(size=200), 2)[:, None]
    expected = [kozachenko_leonenko(x, k=k) for k in (5, 2)]
    np.testing.assert_allclose(kozachenko_leonenko_curve(x, [5, 2]), expected, rtol=0, atol=1e-12)
    with pytest.raises(ValueError, match="400 of 400 points have their 1-th neighbour at distance 0"):
        kozachenko_leonenko_curve(x, [5, 1])
    tiny = 5e-324 * np.arange(1.0, 40)[:, None]  # subnormal: log has digits that the exponent does not tell
    expected = [kozachenko_leonenko(tiny, k=k) for k in (1, 3)]
    np.testing.assert_allclose(kozachenko_leonenko_curve(tiny, [1, 3]), expected, rtol=1e-12)


@pytest.mark.parametrize("scale", [1e-12, 1e9])
def test_entropy_moves_with_the_logarithm_of_the_scale(scale):
    x = np.random.default_rng(3).normal(size=(400, 3))
    assert kozachenko_leonenko(scale * x) == pytest.approx(kozachenko_leonenko(x) + 3 * math.log(scale), abs=1e-11)
    assert renyi(scale * x) == pytest.approx(renyi(x) + 3 * math.log(scale), abs=1e-11)


def test_an_offset_changes_nothing():
    """Data on a grid of 2^-20 plus 2^30 are exact, so that only the estimator could round."""
    x = np.round(np.random.default_rng(4).normal(size=(500, 2)) * 2**20) / 2**20
    assert kozachenko_leonenko(x + 2**30) == kozachenko_leonenko(x)


@pytest.mark.parametrize("norm", ["max", "euclidean"])
def test_gradient(norm):
    """Against central differences; and x . dh/dx = d, because h(a x) = h(x) + d log a."""
    x = jnp.asarray(np.random.default_rng(5).normal(size=(40, 3)))
    slope = jax.jit(jax.grad(lambda x: kozachenko_leonenko(x, norm=norm)))(x)
    assert float((x * slope).sum()) == pytest.approx(3, abs=1e-12)
    step = 1e-6
    for i, a in [(0, 0), (7, 2), (39, 1)]:
        moved = [kozachenko_leonenko(x.at[i, a].add(s), norm=norm) for s in (step, -step)]
        assert float(slope[i, a]) == pytest.approx((moved[0] - moved[1]) / (2 * step), abs=1e-8)


def test_jit_and_vmap_give_the_host_value():
    x = np.random.default_rng(6).normal(size=(3, 200, 2))
    expected = [kozachenko_leonenko(a, k=2) for a in x]
    found = jax.jit(jax.vmap(lambda a: kozachenko_leonenko(a, k=2)))(x)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)
    narrow = jax.jit(kozachenko_leonenko)(jnp.asarray(x[0], dtype=jnp.float32))
    assert narrow.dtype == jnp.float32
    assert float(narrow) == pytest.approx(kozachenko_leonenko(x[0]), abs=1e-4)


def test_repeats_under_a_trace_have_no_nan_derivative():
    x = jnp.asarray([[0.0, 0.0], [0.0, 0.0], [1.0, 2.0], [3.0, 1.0]])
    for norm in ("max", "euclidean"):
        value, slope = jax.value_and_grad(lambda x, norm=norm: kozachenko_leonenko(x, k=1, norm=norm))(x)
        assert value == -jnp.inf
        assert np.all(np.isfinite(slope))


@pytest.mark.parametrize("call", [kozachenko_leonenko, kozachenko_leonenko.local, renyi, tsallis])
def test_what_has_no_differential_entropy_is_refused(call):
    random = np.random.default_rng(7)
    with pytest.raises(ValueError, match="distance 0"):
        call(random.integers(0, 9, size=400))
    with pytest.raises(ValueError, match="column 1 of x is constant"):
        call(np.stack([random.normal(size=50), np.ones(50)], 1))
    with pytest.raises(ValueError, match="lower k"):
        call(random.normal(size=5), k=5)
    with pytest.raises(ValueError, match="finite"):
        call(np.array([0.0, 1.0, np.nan, 2.0, 3.0]))
    with pytest.raises(ValueError, match="norm must be one of"):
        call(random.normal(size=50), norm="manhattan")


def test_renyi_and_tsallis_of_a_normal():
    """h_q = log sqrt(2 pi) + log(q) / (2 (q - 1)), within four standard errors of 20 samples of 2000."""
    random = np.random.default_rng(8)
    samples = random.normal(size=(20, 2000))
    for q in (0.7, 1.5, 2.0):
        truth = 0.5 * math.log(2 * math.pi) + math.log(q) / (2 * (q - 1))
        found = np.array([renyi(x, order=q, k=5) for x in samples])
        assert found.mean() == pytest.approx(truth, abs=4 * found.std() / math.sqrt(20) + 0.01)
        power = [tsallis(x, order=q, k=5) for x in samples]
        np.testing.assert_allclose(power, np.expm1((1 - q) * found) / (1 - q), rtol=1e-12)


@pytest.mark.parametrize("norm", ["max", "euclidean"])
@pytest.mark.parametrize("q, k", [(0.5, 1), (0.999, 3), (1.001, 2), (1.5, 4), (2.0, 3), (3.5, 3)])
def test_renyi_twin_in_mpmath(q, k, norm):
    n, d = 45, 2
    x = np.random.default_rng(9).normal(size=(n, d))
    with mpmath.workdps(40):
        a = 1 - mpmath.mpf(q)
        constant = (mpmath.gamma(k) / mpmath.gamma(k + a)) ** (1 / a)
        volume = mpmath.mpf(4) if norm == "max" else mpmath.pi
        terms = [((n - 1) * constant * volume * mpmath.mpf(e) ** d) ** a for e in kth(x, k, norm)]
        moment = mpmath.fsum(terms) / n
        expected, power = mpmath.log(moment) / a, (1 - moment) / (-a)
    assert renyi(x, order=q, k=k, norm=norm) == pytest.approx(float(expected), abs=1e-11)
    assert tsallis(x, order=q, k=k, norm=norm) == pytest.approx(float(power), rel=1e-11)


def test_order_one_is_shannon_and_smooth():
    x = np.random.default_rng(10).normal(size=(300, 2))
    shannon = kozachenko_leonenko(x) - special.digamma(300) + math.log(299)
    assert renyi(x, order=1.0) == pytest.approx(shannon, abs=1e-12)
    assert tsallis(x, order=1.0) == pytest.approx(shannon, abs=1e-12)
    for call in (renyi, tsallis):
        slope = jax.jit(jax.grad(lambda q, call=call: call(x, order=q)))
        step = 1e-4
        for q in (1.0, 1.01, 2.0):
            secant = (call(x, order=q + step) - call(x, order=q - step)) / (2 * step)
            assert float(slope(q)) == pytest.approx(secant, rel=1e-5)
        across = jax.jit(jax.grad(lambda x, call=call: call(x, order=1.7)))(jnp.asarray(x))
        assert float((x * across).sum()) == pytest.approx(2 if call is renyi else 2 * (1 - 0.7 * tsallis(x, order=1.7)))
    with pytest.raises(ValueError, match="below k \\+ 1"):
        renyi(x, order=4.0, k=3)


def test_density_of_points_of_two_normals():
    """-D(N(0, 1) || N(0, s^2)) = -(log s + (1 / s^2 - 1) / 2), within four standard errors of 20 pairs of samples."""
    random = np.random.default_rng(11)
    truth = -(math.log(2) + (1 / 4 - 1) / 2)
    found = [density_of_points(random.normal(size=1500), 2 * random.normal(size=2000)) for _ in range(20)]
    assert np.mean(found) == pytest.approx(truth, abs=4 * np.std(found) / math.sqrt(20))
    same = [density_of_points(random.normal(size=(800, 2)), random.normal(size=(900, 2))) for _ in range(20)]
    assert np.mean(same) == pytest.approx(0, abs=4 * np.std(same) / math.sqrt(20))


def test_density_of_points_twin_and_invariance():
    random = np.random.default_rng(12)
    x, reference = random.normal(size=(80, 2)), random.uniform(-3, 3, size=(60, 2))
    nu = np.sort(all_pairs(x, reference, "max"), 1)[:, 2]
    expected = 2 * np.mean(np.log(kth(x, 3)) - np.log(nu)) + special.digamma(80) - special.digamma(61)
    value = density_of_points(x, reference)
    assert value == pytest.approx(expected, abs=1e-12)
    assert density_of_points.local(x, reference).mean() == pytest.approx(expected, abs=1e-12)
    for scale in (1e-12, 7.0, 1e9):
        assert density_of_points(scale * x, scale * reference) == pytest.approx(value, abs=1e-12)
    by_x, by_reference = jax.jit(jax.grad(density_of_points, argnums=(0, 1)))(jnp.asarray(x), jnp.asarray(reference))
    # Invariance under scale, differentiated: the two slopes balance, and neither vanishes.
    assert float((x * by_x).sum() + (reference * by_reference).sum()) == pytest.approx(0, abs=1e-12)
    assert float(jnp.abs(by_x).max()) > 1e-4 and float(jnp.abs(by_reference).max()) > 1e-4
    assert float(jax.jit(density_of_points)(x, reference)) == pytest.approx(value, abs=1e-13)


def test_density_of_points_refuses():
    x = np.random.default_rng(13).normal(size=(50, 2))
    for k in (1, 2, 10):
        with pytest.raises(ValueError, match="50 of 50 samples of x stand in it too"):
            density_of_points(x, x, k=k)
    with pytest.raises(ValueError, match="1 of 50 samples of x stand in it too"):
        density_of_points(x, np.concatenate([x[:1], x + 1]))
    with pytest.raises(ValueError, match="same columns"):
        density_of_points(x, x[:, :1])
    with pytest.raises(ValueError, match="lower k"):
        density_of_points(x, 2 * x[:2], k=3)
