"""Every stated entropy against a second way to it: mpmath and SciPy quadrature, SciPy's entropies, fine grids."""

import math

import mpmath as mp
import numpy as np
import pytest
from scipy import integrate, stats
from scipy.spatial import cKDTree
from scipy.special import digamma, gammaln

from entropylab import problems as room
from entropylab.problems import problem
from entropylab.problems.integration import integrate as panels
from entropylab.problems.integration import invert_increasing, normal_mean

LINE = {
    "normal-1": (stats.norm(), lambda x: mp.npdf(x), [-mp.inf, 0, mp.inf]),
    "uniform": (stats.uniform(), lambda x: mp.mpf(1), [0, 1]),
    "uniform-0.1": (stats.uniform(0, 0.1), lambda x: mp.mpf(10), [0, mp.mpf(1) / 10]),
    "exponential": (stats.expon(), lambda x: mp.exp(-x), [0, mp.inf]),
    "laplace": (stats.laplace(), lambda x: mp.exp(-abs(x)) / 2, [-mp.inf, 0, mp.inf]),
    "logistic": (stats.logistic(), lambda x: mp.sech(x / 2) ** 2 / 4, [-mp.inf, 0, mp.inf]),
    "gumbel": (stats.gumbel_r(), lambda x: mp.exp(-x - mp.exp(-x)), [-5, 0, 5, 20, mp.inf]),
    "triangular": (
        stats.triang(0.3),
        lambda x: 2 * x / mp.mpf(0.3) if x < mp.mpf(0.3) else 2 * (1 - x) / (1 - mp.mpf(0.3)),
        [0, mp.mpf(0.3), 1],
    ),
    "beta-0.5-0.5": (stats.beta(0.5, 0.5), lambda x: 1 / (mp.pi * mp.sqrt(x * (1 - x))), [0, 0.5, 1]),
    "beta-2-5": (stats.beta(2, 5), lambda x: 30 * x * (1 - x) ** 4, [0, 0.5, 1]),
    "gamma-0.5": (stats.gamma(0.5), lambda x: mp.exp(-x) / mp.sqrt(mp.pi * x), [0, 1, mp.inf]),
    "gamma-3": (stats.gamma(3), lambda x: x**2 * mp.exp(-x) / 2, [0, 3, mp.inf]),
    "weibull-0.5": (stats.weibull_min(0.5), lambda x: mp.exp(-mp.sqrt(x)) / mp.sqrt(x) / 2, [0, 1, 100, mp.inf]),
    "weibull-2": (stats.weibull_min(2), lambda x: 2 * x * mp.exp(-(x**2)), [0, 1, mp.inf]),
    "lognormal-1": (stats.lognorm(1), lambda x: mp.npdf(mp.log(x)) / x, [0, 1, 10, mp.inf]),
    "lognormal-2": (stats.lognorm(2), lambda x: mp.npdf(mp.log(x), 0, 2) / x, None),
    "pareto-0.5": (stats.pareto(0.5), lambda x: x ** mp.mpf(-1.5) / 2, None),
    "pareto-1": (stats.pareto(1), lambda x: 1 / x**2, None),
    "pareto-3": (stats.pareto(3), lambda x: 3 / x**4, None),
    "cauchy": (stats.cauchy(), lambda x: 1 / (mp.pi * (1 + x * x)), [-mp.inf, 0, mp.inf]),
    "student-1": (stats.t(1), lambda x: 1 / (mp.pi * (1 + x * x)), [-mp.inf, 0, mp.inf]),
    "student-2": (stats.t(2), lambda x: (2 + x * x) ** mp.mpf(-1.5), [-mp.inf, 0, mp.inf]),
    "student-3": (stats.t(3), lambda x: 6 * mp.sqrt(3) / (mp.pi * (3 + x * x) ** 2), [-mp.inf, 0, mp.inf]),
    "student-10": (
        stats.t(10),
        lambda x: (1 + x * x / 10) ** mp.mpf(-5.5) * mp.gamma(5.5) / mp.gamma(5) / mp.sqrt(10 * mp.pi),
        [-mp.inf, 0, mp.inf],
    ),
}


@pytest.mark.parametrize("name", LINE)
def test_line_entropies_equal_the_integral(name):
    """-int p log p in 30 digits; where the tail is a power or worse, over t = log x, which makes it exponential."""
    one, (_, density, ends) = problem(name), LINE[name]
    with mp.workdps(30):

        def surprise(x):
            p = density(x)
            return -p * mp.log(p) if p > 0 else mp.mpf(0)

        if ends is None:
            start = 0 if name.startswith("pareto") else -mp.inf
            truth = mp.quad(lambda t: surprise(mp.exp(t)) * mp.exp(t), [start, 0, 5, 20, 60, mp.inf])
        else:
            truth = mp.quad(surprise, ends)
    assert one.truth == pytest.approx(float(truth), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("name", LINE)
def test_line_densities_and_samplers_equal_scipy(name):
    one, (frozen, _, _) = problem(name), LINE[name]
    x = one.sample(11, 5000)
    np.testing.assert_allclose(one.local(x), -frozen.logpdf(x[:, 0]), rtol=1e-9, atol=1e-9)
    assert stats.kstest(x[:, 0], frozen.cdf).pvalue > 1e-4  # the seed is fixed; 1e-4 is the rate of false alarms


@pytest.mark.parametrize("name", LINE)
def test_line_entropies_equal_scipy(name):
    # SciPy has closed forms for most and integrates the others to about 1e-8
    assert problem(name).truth == pytest.approx(float(LINE[name][0].entropy()), rel=1e-7, abs=1e-9)


def test_the_slides_covariances():
    """Table of the slides, two decimals, and SciPy's entropy of the same covariances."""
    for d, printed in ((3, 3.91), (4, 5.09), (5, 6.26), (6, 7.41), (13, 18.45)):
        covariance = np.eye(d) if d == 13 else np.eye(d) / 2 + np.ones((d, d)) / 2
        one = problem(f"slides-{d}")
        assert round(one.truth, 2) == printed
        assert one.truth == pytest.approx(stats.multivariate_normal(np.zeros(d), covariance).entropy(), rel=1e-12)
        drawn = np.cov(one.sample(0, 40000).T)
        # an entry of a sample covariance has standard error at most sqrt(2 / n) = 0.0071
        np.testing.assert_allclose(drawn, covariance, atol=4.5 * 0.0071)


def test_offset_and_scale_are_what_their_names_say():
    assert problem("normal-1-offset").truth == problem("normal-1").truth
    assert problem("normal-1-tiny").truth == pytest.approx(problem("normal-1").truth + math.log(1e-6), rel=1e-14)
    assert abs(problem("normal-1-offset").sample(0, 1000).mean() - 1e6) < 4.5 / math.sqrt(1000)


def test_multivariate_entropies_equal_scipy():
    a = np.random.default_rng(0).standard_normal((4, 4))
    dispersion = a @ a.T + np.eye(4)
    for df in (1.0, 2.5, 7.0):
        one = room.student(df=df, dimensions=4, dispersion=dispersion)
        frozen = stats.multivariate_t(shape=dispersion, df=df)
        assert one.truth == pytest.approx(float(frozen.entropy()), rel=1e-12)
        x = one.sample(0, 100)
        np.testing.assert_allclose(one.local(x), -frozen.logpdf(x), rtol=1e-11)
    alpha = [0.5, 1.0, 2.0, 3.0]
    assert problem("dirichlet-4").truth == pytest.approx(float(stats.dirichlet(alpha).entropy()), rel=1e-12)
    assert problem("ball-3").truth == pytest.approx(math.log(4 / 3 * math.pi), rel=1e-14)
    radii = np.linalg.norm(problem("ball-3").sample(0, 5000), axis=1)
    assert stats.kstest(radii, lambda r: r**3).pvalue > 1e-4


@pytest.mark.parametrize("name", ["skewed", "kurtotic", "outlier", "separated", "claw", "far-apart"])
def test_mixtures_on_the_line_equal_scipy_quadrature(name):
    one = problem(name)

    def surprise(x):
        s = float(one.local(np.array([[x]]))[0])
        return s * math.exp(-s)

    humps = (-1e4, 1e4) if name == "far-apart" else (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
    cuts = sorted({hump + step for hump in humps for step in (-14, -4, -1, -0.2, 0, 0.2, 1, 4, 14)})
    parts = [integrate.quad(surprise, a, b, epsabs=1e-13, limit=200)[0] for a, b in zip(cuts, cuts[1:], strict=False)]
    assert one.truth == pytest.approx(sum(parts), abs=1e-10)


def test_far_apart_mixture_is_a_coin_and_a_normal():
    assert problem("far-apart").truth == pytest.approx(math.log(2) + problem("normal-1").truth, rel=1e-13)


def grid(low, high, steps):
    """Nodes and cell volume of the trapezoid rule, which converges exponentially for smooth functions that vanish."""
    axes = [np.linspace(a, b, steps) for a, b in zip(low, high, strict=True)]
    points = np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], -1)
    return points, math.prod(axis[1] - axis[0] for axis in axes)


@pytest.mark.parametrize("name", ["corners-2", "ring-2"])
def test_plane_mixtures_equal_a_fine_grid(name):
    one = problem(name)
    points, volume = grid((-9, -9), (9, 9), 500)
    surprises = one.local(points)
    assert one.truth == pytest.approx(volume * (np.exp(-surprises) * surprises).sum(), abs=4.5 * one.truth_error)
    assert one.truth_error > 0


def test_boxes_equal_a_grid_aligned_with_their_faces():
    # all faces lie on multiples of 0.05 (one dimension) or 0.1 (two), so midpoint cells are exact
    for name, low, high, cells in (("boxes-1", (-1,), (4,), 100), ("boxes-2", (-1, -1), (4, 4), 50)):
        edges = [np.linspace(a, b, cells + 1) for a, b in zip(low, high, strict=True)]
        middles = np.stack([m.ravel() for m in np.meshgrid(*[(e[1:] + e[:-1]) / 2 for e in edges], indexing="ij")], -1)
        density = np.exp(-problem(name).local(middles))
        area = math.prod(e[1] - e[0] for e in edges)
        inside = density[density > 0]
        assert area * inside.sum() == pytest.approx(1, rel=1e-12)
        assert problem(name).truth == pytest.approx(-area * (inside * np.log(inside)).sum(), rel=1e-11)


def test_symbol_entropies_equal_scipy():
    assert problem("zipf-1000-1").truth == pytest.approx(float(stats.zipfian(1, 1000).entropy()), rel=1e-10)
    assert problem("zipf-100-2").truth == pytest.approx(float(stats.zipfian(2, 100).entropy()), rel=1e-10)
    for p in (0.1, 0.5):
        assert problem(f"geometric-{p}").truth == pytest.approx(float(stats.geom(p).entropy()), rel=1e-10)
    for mean in (1, 30):
        k = np.arange(400)
        pmf = stats.poisson(mean).pmf(k)
        pmf = pmf[pmf > 0]
        assert problem(f"poisson-{mean}").truth == pytest.approx(-(pmf * np.log(pmf)).sum(), rel=1e-10)
    assert problem("symbols-0.5-0.3-0.2").truth == pytest.approx(1.0296530140645737, rel=1e-14)
    assert problem("symbols-uniform-1000").truth == pytest.approx(math.log(1000), rel=1e-14)
    drawn = room.dirichlet_symbols(1000, concentration=1e-3)
    assert math.isfinite(drawn.truth)  # Gamma(0.001) draws underflow; their logarithms do not


@pytest.mark.parametrize(
    "name",
    [
        "normal-1", "normal-1-offset", "normal-2-0.9", "laplace", "logistic", "gumbel", "exponential", "gamma-3",
        "weibull-2", "cauchy", "student-2", "student-3", "lognormal-1", "pareto-1", "pareto-3", "triangular",
        "beta-2-5", "uniform-0.1", "skewed", "claw", "far-apart", "boxes-1", "ring-2", "student-1-d2",
    ],
)  # fmt: skip
def test_nearest_neighbours_find_the_entropy(name):
    """Kozachenko and Leonenko with k = 8 from the draws alone; the spread of its local values is its error bar.

    The neighbours of one point are few, so local values are close to independent; their bias falls as 1 / n
    where the density is smooth. 0.003 covers it at edges and in heavy tails with 20000 draws.
    """
    one, n, k = problem(name), 20000, 8
    x = one.sample(5, n)
    d = x.shape[1]
    radius = cKDTree(x).query(x, k + 1)[0][:, k]
    ball = 0.5 * d * math.log(math.pi) - gammaln(d / 2 + 1)
    local = digamma(n) - digamma(k) + ball + d * np.log(radius)
    assert abs(local.mean() - one.truth) < 4.5 * local.std() / math.sqrt(n) + 0.003


def test_integrals_know_their_error():
    value, error = panels(lambda x: np.exp(-x * x / 2), np.linspace(-12, 12, 13))
    assert value == pytest.approx(math.sqrt(2 * math.pi), rel=1e-14)
    assert error < 1e-12
    with pytest.raises(ArithmeticError, match="quadrature stopped"):
        panels(lambda x: np.abs(x) ** -0.9, np.array([0.0, 1.0]))
    # E exp(a . Z) = exp(|a|^2 / 2); the stated standard error must cover what is left
    a = np.array([0.5, -0.3, 0.8])
    for seed in range(3):
        mean, error = normal_mean(lambda z: np.exp(z @ a), 3, tolerance=1e-3, seed=seed)
        assert abs(mean - math.exp(a @ a / 2)) < 4.5 * error
        assert 0 < error <= 1e-3


def test_inverses_are_found_to_rounding():
    y = np.linspace(-30, 30, 101)
    x = invert_increasing(lambda x: x**3 + x, lambda x: 3 * x**2 + 1, y, np.full(101, -5.0), np.full(101, 5.0))
    np.testing.assert_allclose(x**3 + x, y, rtol=1e-13, atol=1e-14)
