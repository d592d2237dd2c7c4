"""Information from neighbours where values repeat, lie on a grid, or are discrete: truths, formulas, warnings."""

import math
import warnings

import fuzz_twins
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from entropylab import (
    conditional_entropy,
    conditional_ksg,
    density_of_points,
    kozachenko_leonenko,
    kozachenko_leonenko_curve,
    ksg,
    ksg_curve,
    lnc,
    renyi,
    ross,
    total_correlation,
)
from entropylab.numerics.neighbours.repeats import has_repeats
from entropylab.numerics.validation.check import EstimateWarning

N, TIMES = 300, 24
R = 0.8


def correlated(random, width_x=0.0, width_y=0.0, n=N, r=R):
    x = random.normal(size=n)
    y = r * x + math.sqrt(1 - r * r) * random.normal(size=n)
    return rounded(x, width_x), rounded(y, width_y)


def rounded(x, width):
    return np.round(x / width) * width if width else x


def information_of_rounded(width_x, width_y):
    """I of two correlated normals of which one, or both, are rounded: sums of probabilities of cells."""
    fine = 0.01
    xs, cells = np.arange(-6, 6, fine) + fine / 2, np.arange(-round(7 / width_y), round(7 / width_y) + 1) * width_y
    edges = (np.append(cells - width_y / 2, cells[-1] + width_y / 2) - R * xs[:, None]) / math.sqrt(1 - R * R)
    p = np.diff(norm.cdf(edges), axis=1) * norm.pdf(xs)[:, None] * fine
    if width_x:
        rows = np.round(xs / width_x).astype(int)
        p = np.stack([p[rows == row].sum(0) for row in np.unique(rows)])
    p /= p.sum()
    apart = p.sum(1, keepdims=True) * p.sum(0)
    return float((p[p > 0] * np.log(p[p > 0] / apart[p > 0])).sum())


def information_of_rectified():
    """I(X; max(Z, 0)) = I of the sign of Z, and of Z where it is positive; h(Z | X) known, the rest by quadrature."""
    s = math.sqrt(1 - R * R)

    def zero(x):
        p = norm.cdf(-R * x / s)
        return norm.pdf(x) * p * math.log(2 * p) if p > 0 else 0.0

    def above(x):  # int over z > 0 of p(z | x) log(p(z | x) / p(z))
        m = R * x
        a = -m / s
        tail, edge = norm.sf(a), norm.pdf(a)
        first = m * tail + s * edge
        second = (m * m + s * s) * tail + m * s * edge
        return norm.pdf(x) * (-math.log(s) * tail - (second - 2 * m * first + m * m * tail) / (2 * s * s) + second / 2)

    return quad(zero, -9, 9, limit=200)[0] + quad(above, -9, 9, limit=200)[0]


def ranks(random):
    x, y = correlated(random)
    return x.argsort().argsort() * 1.0, y.argsort().argsort() * 1.0


NORMALS = -0.5 * math.log(1 - R * R)
PAIRS = {
    "a coin": (lambda g: (g.normal(size=N), g.integers(0, 2, N) * 1.0), 0.0),
    "a coin as wide as a gap": (lambda g: (g.normal(size=N), g.integers(0, 2, N) * 0.01), 0.0),
    "y to a tenth": (lambda g: correlated(g, 0, 0.1), information_of_rounded(0, 0.1)),
    "y to three tenths": (lambda g: correlated(g, 0, 0.3), information_of_rounded(0, 0.3)),
    "both to a tenth": (lambda g: correlated(g, 0.1, 0.1), information_of_rounded(0.1, 0.1)),
    "both to whole numbers": (lambda g: correlated(g, 1.0, 1.0), information_of_rounded(1.0, 1.0)),
    "two dice": (lambda g: tuple(g.integers(0, 6, (2, N)) * 1.0), 0.0),
    "rectified": (lambda g: (lambda x, z: (x, np.maximum(z, 0)))(*correlated(g)), information_of_rectified()),
    "ranks": (ranks, NORMALS),
}


def quietly(call, *arguments, **knobs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EstimateWarning)
        return call(*arguments, **knobs)


def samples(call, draw):
    return np.array([quietly(call, *draw(np.random.default_rng(seed))) for seed in range(TIMES)])


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("variant", [1, 2])
def test_information_of_tied_pairs(name, variant):
    """Four standard errors of the mean of the samples, and 0.1 / k, which the warning states.

    Where every k-th neighbour was taken for one on the edge of both widths, the coin gave -1 / k.
    """
    draw, truth = PAIRS[name]
    ks = [1, 3, 10]
    found = samples(lambda x, y: ksg_curve(x, y, ks, variant=variant), draw)
    room = 4 * found.std(0) / math.sqrt(TIMES) + 0.1 / np.array(ks)
    assert np.all(np.abs(found.mean(0) - truth) < room), (found.mean(0), truth, room)


def test_the_truths_are_what_they_are_called():
    """A narrow rounding leaves the information of the normals; of the rectified, half a fair bit is what a sign has."""
    assert information_of_rounded(0, 0.02) == pytest.approx(NORMALS, abs=1e-3)
    sign = quad(lambda x: norm.pdf(x) * (lambda p: p * math.log(2 * p))(norm.cdf(R * x / 0.6)), -8, 8)[0]
    assert 2 * sign < information_of_rectified() < NORMALS


def test_lnc_of_rounded_pairs():
    found = samples(lambda x, y: lnc(x, y, k=10), lambda g: correlated(g, 0.01, 0.01))
    assert found.mean() == pytest.approx(NORMALS, abs=4 * found.std() / math.sqrt(TIMES) + 0.01)


def test_discrete_variables_have_the_information_of_their_counts():
    """Every ball is a cell: psi of the counts in the place of their logarithms, here of hundreds."""
    random = np.random.default_rng(0)
    x, y = random.integers(0, 3, (2, 3000)) * 1.0
    both = np.where(random.random(3000) < 0.5, x, y)
    truth = fuzz_twins.discrete_mutual_information(x, both)
    for call in (ksg, lambda x, y: ksg(x, y, variant=2), lambda x, y: total_correlation([x, y]), ross):
        assert quietly(call, x, both) == pytest.approx(truth, abs=0.003)
    # The sum of two coins modulo two: nothing of either alone, all of it given the other.
    x, y = random.integers(0, 2, (2, 1000))
    assert quietly(conditional_ksg, x, x ^ y, y) == pytest.approx(math.log(2), abs=0.003)
    assert quietly(ksg, x, x ^ y) == pytest.approx(0, abs=0.005)


@pytest.mark.parametrize("width", [0.0, 0.3, 1.0])
def test_conditional_information_given_rounded_values(width):
    """X and Y are Z and noise of their own: nothing is left between them given Z, rounded before or not."""

    def draw(g):
        z, a, b = g.normal(size=(3, N))
        z = rounded(z, width)
        return z + a, z + b, z

    for k in (3, 10):
        found = samples(lambda *s, k=k: conditional_ksg(*s, k=k), draw)
        assert abs(found.mean()) < 4 * found.std() / math.sqrt(TIMES) + 0.1 / k


@pytest.mark.parametrize("width", [0.003, 0.05])
def test_labels_of_rounded_values(width):
    """U(0, 1) and U(1/2, 3/2) by a coin, log(2) / 2; the cells at 1/2 and 1 mix by at most two cells of width."""

    def draw(g):
        labels = g.integers(0, 2, N)
        return rounded(g.uniform(size=N) + labels / 2, width), labels

    for k in (1, 3, 10):
        found = samples(lambda x, labels, k=k: ross(x, labels, k=k), draw)
        room = 4 * found.std() / math.sqrt(TIMES) + 0.1 / k + width
        assert abs(found.mean() - math.log(2) / 2) < room


def test_total_correlation_of_rounded_normals():
    covariance = np.array([[1, 0.5, 0.3], [0.5, 1, 0.4], [0.3, 0.4, 1]])
    found = samples(
        lambda *xs: total_correlation(list(xs)),
        lambda g: rounded(g.multivariate_normal([0, 0, 0], covariance, N), 0.1).T,
    )
    truth = -0.5 * math.log(np.linalg.det(covariance))
    assert found.mean() == pytest.approx(truth, abs=4 * found.std() / math.sqrt(TIMES) + 0.1 / 3)


def test_conditional_entropy_given_a_coin():
    def draw(g):
        x = g.integers(0, 2, N) * 1.0
        return x + 0.5 * g.normal(size=N), x

    found = samples(conditional_entropy, draw)
    truth = 0.5 * math.log(2 * math.pi * math.e * 0.25)
    assert found.mean() == pytest.approx(truth, abs=4 * found.std() / math.sqrt(TIMES) + 0.03)


KINDS = [
    lambda g, n, d: g.normal(size=(n, d)),
    lambda g, n, d: np.round(g.normal(size=(n, d)), 1),
    lambda g, n, d: g.integers(0, 4, (n, d)) * 1.0,
    lambda g, n, d: np.maximum(g.normal(size=(n, d)), 0),
    lambda g, n, d: np.repeat(g.normal(size=(n, d)), 2, axis=0)[:n],
    lambda g, n, d: np.stack([g.permutation(n) * 1.0 for _ in range(d)], 1),
    lambda g, n, d: np.zeros((n, d)),
]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    st.integers(0, 2**32),
    st.integers(8, 60),
    st.integers(1, 7),
    st.integers(1, 2),
    st.lists(st.sampled_from(KINDS), min_size=3, max_size=3),
)
def test_twins_over_all_pairs(seed, n, k, d, kinds):
    """Loops over all points and pairs; a digamma of a count is rounded to 1e-15."""
    g = np.random.default_rng(seed)
    x, y, z = kinds[0](g, n, d), kinds[1](g, n, 1), kinds[2](g, n, 1)
    labels = np.arange(n) % 3
    near = lambda value: pytest.approx(value, abs=1e-10)  # noqa: E731
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EstimateWarning)
        for variant in (1, 2):
            twin = fuzz_twins.ksg(x, y, k, variant)
            assert ksg(x, y, k=k, variant=variant) == near(twin)
            assert ksg.local(x, y, k=k, variant=variant).mean() == near(twin)
            expected = [twin, fuzz_twins.ksg(x, y, 1, variant)]
            np.testing.assert_allclose(ksg_curve(x, y, [k, 1], variant=variant), expected, rtol=0, atol=1e-10)
        assert conditional_ksg(x, y, z, k=k) == near(fuzz_twins.conditional_ksg(x, y, z, k))
        assert total_correlation([x, y, z], k=k) == near(fuzz_twins.total_correlation([x, y, z], k))
        if np.ptp(x) > 0:
            assert ross(x, labels, k=k) == near(fuzz_twins.ross(x, labels, k))
        if np.all(np.ptp(x, axis=0) > 0) and np.sort(fuzz_twins._apart(np.hstack([x, y])), 1)[:, k - 1].min() > 0:
            assert conditional_entropy(x, y, k=k) == near(fuzz_twins.conditional_entropy(x, y, k))


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.sampled_from(KINDS[1:4]), st.sampled_from(KINDS[1:4]))
def test_ties_know_no_order_of_samples_or_variables(seed, one, other):
    """Which of several tied points a search names first must not matter."""
    g = np.random.default_rng(seed)
    x, y = one(g, 80, 1), other(g, 80, 1)
    order = g.permutation(80)
    for variant in (1, 2):
        value = quietly(ksg, x, y, variant=variant)
        assert quietly(ksg, x[order], y[order], variant=variant) == pytest.approx(value, abs=1e-12)
        assert quietly(ksg, y, x, variant=variant) == pytest.approx(value, abs=1e-12)
        assert quietly(total_correlation, [x, y]) == pytest.approx(quietly(ksg, x, y), abs=1e-12)


def test_ties_are_said_by_every_estimator():
    random = np.random.default_rng(1)
    x, y = correlated(random, 0.1, 0.1)
    labels, z = (x > 0).astype(int), random.normal(size=N)
    said = r"points have several neighbours at exactly the distance of the last of k="
    for call in (
        lambda: ksg(x, y),
        lambda: ksg(x, y, variant=2),
        lambda: ksg_curve(x, y, [3]),
        lambda: ksg_curve(x, y, [3], variant=2),
        lambda: lnc(x + 1e-3 * np.round(z), y, k=8),
        lambda: total_correlation([x, y, z]),
        lambda: conditional_ksg(x, y, x + y),
        lambda: ross(x, labels),
    ):
        with pytest.warns(EstimateWarning, match=said):
            call()
    with pytest.warns(EstimateWarning, match=said):
        conditional_entropy(z, x)
    dice = random.integers(0, 3, (2, 300)) * 1.0
    with pytest.warns(EstimateWarning, match="300 of 300 .*, 300 of them at distance 0 .*high by up to about 0.033"):
        ksg(*dice)


def test_data_without_ties_are_silent():
    random = np.random.default_rng(2)
    x, y = correlated(random)
    coin = random.integers(0, 2, N) * 10.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for variant in (1, 2):
            ksg(x, y, variant=variant)
            ksg(x, coin, variant=variant)  # repeats, but no two neighbours at one distance
        kozachenko_leonenko(x)
        kozachenko_leonenko_curve(x, [1, 5])
        density_of_points(x[:100], x[100:])


def test_a_curve_close_to_its_ceiling_is_said():
    x = np.random.default_rng(3).normal(size=200)
    for variant in (1, 2):
        with pytest.warns(EstimateWarning, match="ksg_curve: the estimate .* is close to"):
            ksg_curve(x, x + 1e-9 * np.arange(200), [3, 5], variant=variant)


@pytest.mark.filterwarnings("ignore::entropylab.numerics.validation.check.EstimateWarning")
def test_copies_are_said_by_every_entropy():
    """Rows twice: n doubles, and the fourth neighbour stands where the second stood without its copy."""
    x = np.random.default_rng(4).normal(size=(200, 2))
    twice = np.repeat(x, 2, axis=0)
    said = "rows equal another.*down, by up to psi\\(k\\) - psi\\(1\\) = "
    for call in (
        lambda: kozachenko_leonenko(twice),
        lambda: kozachenko_leonenko(twice[:, 0]),
        lambda: kozachenko_leonenko(twice, norm="euclidean"),
        lambda: kozachenko_leonenko_curve(twice, [2, 5]),
        lambda: kozachenko_leonenko_curve(twice[:, 0], [2, 5]),
        lambda: renyi(twice),
        lambda: conditional_entropy(twice[:, 0], twice[:, 1]),
        lambda: density_of_points(twice, x + 1),
    ):
        with pytest.warns(EstimateWarning, match=said):
            call()
    with pytest.warns(EstimateWarning, match="400 of 400 rows of the reference equal another.*up, by"):
        density_of_points(x, twice + 1)
    low = quietly(kozachenko_leonenko, twice, k=3) - kozachenko_leonenko(x, k=1)
    assert low == pytest.approx(math.log(2) - 1.5, abs=0.002)  # psi(400) - psi(3) less psi(200) - psi(1)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    st.lists(st.sampled_from([0.0, -0.0, 1.5, -1.5, 1e-320, 2.0, 3.0, 1e308, 5.0, 7.0, 9.0]), min_size=1, max_size=9)
)
def test_repeats_are_found(values):
    x = np.array(values)
    assert has_repeats(x) == (len(np.unique(x)) < len(x))
    many = np.random.default_rng(len(values)).normal(size=3000)
    assert not has_repeats(many)
    assert has_repeats(np.append(many, many[17]))


def test_arrays_of_samples_are_no_list_of_variables():
    import jax.numpy as jnp

    x = np.random.default_rng(5).normal(size=(50, 3))
    for given_as in (x, jnp.asarray(x), np.ma.asarray(x), x[:, :, None]):
        with pytest.raises(ValueError, match=r"list of at least two variables.*pass list\(x.T\)"):
            total_correlation(given_as)
    for rows in (x.tolist(), list(x), tuple(map(tuple, x)), [jnp.asarray(row) for row in x]):
        with pytest.raises(ValueError, match=r"more samples than variables.*pass the columns, list\(x.T\)"):
            total_correlation(rows)
    assert total_correlation(list(x.T)) == total_correlation(tuple(x.T)) == total_correlation(x.T.tolist())


def test_numbers_of_neighbours_of_a_curve():
    x = np.random.default_rng(6).normal(size=50)
    for curve in (lambda ks: ksg_curve(x, x[::-1], ks), lambda ks: kozachenko_leonenko_curve(x, ks)):
        for wrong in ([], (), np.array([], int)):
            with pytest.raises(ValueError, match="at least one number of neighbours"):
                curve(wrong)
        with pytest.raises(ValueError, match="list of numbers of neighbours"):
            curve(3)
    assert lnc(x, x[::-1] + x**2, k=5.0) == lnc(x, x[::-1] + x**2, k=5)
