"""Every stated information against a second way to it: differences of SciPy's entropies, quadrature, brute sums."""

import math

import mpmath as mp
import numpy as np
import pytest
from scipy import integrate, stats

from entropylab import problems as room
from entropylab.problems import problem


def test_normal_and_student_pairs_are_differences_of_scipy_entropies():
    a = np.random.default_rng(1).standard_normal((5, 5))
    dispersion = a @ a.T + np.eye(5)
    for df in (1.0, 3.0, 40.0):
        h = [
            float(stats.multivariate_t(shape=part, df=df).entropy())
            for part in (dispersion[:2, :2], dispersion[2:, 2:], dispersion)
        ]
        assert room.student_pair(dispersion, dx=2, df=df).truth == pytest.approx(h[0] + h[1] - h[2], rel=1e-11)
    h = [
        float(stats.multivariate_normal(np.zeros(len(part)), part).entropy())
        for part in (dispersion[:2, :2], dispersion[2:, 2:], dispersion)
    ]
    assert room.normal_pair(dispersion, dx=2).truth == pytest.approx(h[0] + h[1] - h[2], rel=1e-11)
    for rho in (0.3, 0.75, 0.9, 0.999):
        assert problem(f"1v1-normal-{rho}").truth == pytest.approx(-0.5 * math.log1p(-rho * rho), rel=1e-12)
    # many degrees of freedom are nearly a normal: what remains is dx dy / (2 df^2), next term a factor 1 / df lower
    near = room.student_pair(dispersion, dx=2, df=1e3).truth - room.normal_pair(dispersion, dx=2).truth
    assert near == pytest.approx(2 * 3 / (2 * 1e3**2), rel=1e-2)


@pytest.mark.parametrize("epsilon", [0.01, 0.1, 0.5, 0.5 + 1e-9, 0.75, 3.0])
def test_additive_noise_equals_the_integral_over_the_trapezoid(epsilon):
    def surprise(y):
        p = (min(1, y + epsilon) - max(0, y - epsilon)) / (2 * epsilon)
        return -p * math.log(p) if p > 0 else 0.0

    corners = sorted({-epsilon, epsilon, 1 - epsilon, 1 + epsilon})
    h = sum(integrate.quad(surprise, a, b, epsabs=1e-14)[0] for a, b in zip(corners, corners[1:], strict=False))
    assert room.additive_uniform(epsilon=epsilon).truth == pytest.approx(h - math.log(2 * epsilon), abs=1e-11)


@pytest.mark.parametrize("p", [0.0, 0.05, 0.15, 0.5, 0.9])
@pytest.mark.slow
def test_zero_inflated_poisson_equals_a_brute_integral(p):
    """E over x of the sum over counts of P(y | x) log P(y | x) / P(y), P(y) by integration as well."""
    with mp.workdps(20):
        q = 1 - mp.mpf(p)

        def given(k, x):
            return q * mp.exp(-x) * x**k / mp.factorial(k) + (p if k == 0 else 0)

        total = mp.mpf(0)
        for k in range(60):  # P(k) = q 2^-(k + 1): what is left is below 1e-16
            marginal = mp.quad(lambda x, k=k: mp.exp(-x) * given(k, x), [0, 5, 30, mp.inf])
            total += mp.quad(
                lambda x, k=k, m=marginal: mp.exp(-x) * given(k, x) * mp.log(given(k, x) / m), [0, 1, 5, 20, 60, 120]
            )
    assert room.zero_inflated_poisson(inflation=p).truth == pytest.approx(float(total), abs=1e-11)


def test_zero_inflated_poisson_is_not_the_published_value():
    """Gao et al. (2017) print (1 - p) 0.3012 = 0.2561, the information given whether the zero was put in."""
    assert problem("zero-inflated-poisson-0").truth == pytest.approx(0.3012, abs=5e-5)
    assert problem("zero-inflated-poisson-0.15").truth == pytest.approx(0.2298, abs=5e-5)


@pytest.mark.parametrize(
    ("name", "function"), [("parabola-0.1", np.square), ("sine-0.1", lambda x: np.sin(2 * np.pi * x))]
)
def test_noisy_functions_equal_a_fine_trapezoid(name, function):
    x = (np.arange(4000) + 0.5) / 2000 - 1  # midpoints: errors fall as the square of the step, 2.5e-7
    y = np.linspace(-2, 2, 801)
    p = np.exp(-0.5 * ((y[:, None] - function(x)) / 0.1) ** 2).mean(axis=1) / (0.1 * math.sqrt(2 * math.pi))
    held = p > 1e-300
    h = -(p[held] * np.log(p[held])).sum() * (y[1] - y[0])
    one = problem(name)
    assert one.truth == pytest.approx(h - 0.5 * math.log(2 * math.pi * math.e * 0.01), abs=2e-6)
    assert one.truth_error < 1e-11


def test_tables_and_labels():
    assert problem("xor").truth == pytest.approx(math.log(2), rel=1e-15)
    noise = -0.1 * math.log(0.1) - 0.9 * math.log(0.9)
    assert problem("xor-noisy").truth == pytest.approx(math.log(2) - noise, rel=1e-13)
    bits, y = problem("xor").sample(0, 4000)
    np.testing.assert_array_equal((bits // 2) ^ (bits % 2), y)
    # nine points of X: 0 once and four pairs
    assert problem("parabola-grid-9").truth == pytest.approx(math.log(9) - 8 / 9 * math.log(2), rel=1e-13)
    x, y = problem("parabola-grid-9").sample(0, 1000)
    np.testing.assert_array_equal(np.abs(x - 4), y)
    for name, columns in (("xor-quadrants", 2), ("xor-continuous", 2)):
        x, y = problem(name).sample(0, 4000)
        sign = np.sign(x.prod(axis=1))
        np.testing.assert_array_equal(sign > 0, np.asarray(y).reshape(-1) > 0)
        for j in range(columns):  # one column alone tells nothing: the products average to 0
            assert abs(np.mean(np.sign(x[:, j]) * np.where(np.ravel(y) > 0, 1, -1))) < 4.5 / math.sqrt(4000)


def test_categorical_uniform_counts_unit_cells():
    """h(X) of the piecewise constant density over m + 1 unit cells, less log 2."""
    for m in (1, 2, 5, 9):
        density = np.convolve(np.full(m, 1 / m), [0.5, 0.5])
        truth = -(density * np.log(density)).sum() - math.log(2)
        assert room.categorical_uniform(m).truth == pytest.approx(truth, abs=1e-14)


def test_classes_equal_quadrature():
    for name, weights, means, deviations in (
        ("two-classes", (0.5, 0.5), (-1.0, 1.0), (1.0, 1.0)),
        ("rare-class", (0.95, 0.05), (0.0, 2.0), (1.0, 0.5)),
    ):
        classes = [(w, stats.norm(m, s)) for w, m, s in zip(weights, means, deviations, strict=True)]

        def gain(x, classes=classes):
            p = sum(w * one.pdf(x) for w, one in classes)
            return sum(w * one.pdf(x) * (one.logpdf(x) - math.log(p)) for w, one in classes)

        truth = integrate.quad(gain, -12, 12, points=[-2, 0, 2], epsabs=1e-13, limit=200)[0]
        assert problem(name).truth == pytest.approx(truth, abs=1e-10)


def test_atoms_and_normal_by_the_chain_rule():
    """I(X; Y) = H(half) + I(X; Y | half); the atoms' part from a table."""
    atoms = room.table([[0.45, 0.05], [0.05, 0.45]], name="atoms").truth
    truth = math.log(2) + 0.5 * problem("1v1-normal-0.9").truth + 0.5 * atoms
    assert problem("atoms-and-normal").truth == pytest.approx(truth, rel=1e-13)
    x, _ = problem("atoms-and-normal").sample(0, 4000)
    assert abs((np.abs(x) == 1).mean() - 0.5) < 4.5 * 0.5 / math.sqrt(4000)


def test_conditional_normal_is_the_partial_correlation():
    assert problem("chain-normal").truth == pytest.approx(0, abs=1e-15)
    rho = np.array([[1, 0.2, 0.5], [0.2, 1, -0.4], [0.5, -0.4, 1]])
    partial = (0.2 + 0.5 * 0.4) / math.sqrt((1 - 0.25) * (1 - 0.16))
    one = room.conditional_normal(rho, dx=1, dy=1, name="partial")
    assert one.truth == pytest.approx(-0.5 * math.log(1 - partial**2), rel=1e-12)


def test_plane_mixture_pair_equals_a_fine_grid():
    """The X of two slanted normals: its marginals are standard normal, so I = 2 h(normal) - h(X, Y)."""
    one = problem("1v1-X-0.9")
    x, step = np.linspace(-8, 8, 700, retstep=True)
    y = x[:, None]
    joint = sum(
        0.5 * np.exp(-(x * x - 2 * r * x * y + y * y) / (2 * (1 - r * r))) / (2 * math.pi * math.sqrt(1 - r * r))
        for r in (-0.9, 0.9)
    )
    held = joint[joint > 1e-300]
    h = -(held * np.log(held)).sum() * step**2
    assert one.truth == pytest.approx(2 * problem("normal-1").truth - h, abs=4.5 * one.truth_error)
