"""Information from neighbour counts: closed forms, a twin over all pairs in mpmath, scikit-learn, warnings."""

import math
import warnings

import mpmath
import numpy as np
import pytest
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from entropylab import (
    conditional_entropy,
    conditional_ksg,
    kozachenko_leonenko,
    ksg,
    ksg_curve,
    lnc,
    ross,
    total_correlation,
)
from entropylab.numerics.validation.check import EstimateWarning


def normals(seed, n, covariance):
    return np.random.default_rng(seed).multivariate_normal(np.zeros(len(covariance)), covariance, n)


def gaps(x):
    x = x.reshape(len(x), -1)
    distances = np.abs(x[:, None] - x[None]).max(-1)
    np.fill_diagonal(distances, np.inf)
    return distances


def psi_mean(counts):
    return mpmath.fsum(mpmath.digamma(int(c)) for c in counts) / len(counts)


def twin_ksg(spaces, k):
    """Equations 8 and 23 of Kraskov et al. by loops over all pairs."""
    n, m = len(spaces[0]), len(spaces)
    each = [gaps(space) for space in spaces]
    eps = np.sort(np.maximum.reduce(each), 1)[:, [k - 1]]
    sums = sum(psi_mean((distances < eps).sum(1) + 1) for distances in each)
    return float(mpmath.digamma(k) + (m - 1) * mpmath.digamma(n) - sums)


def twin_rectangles(x, y, k):
    """Equation 9: the smallest rectangle around each point that holds its k nearest neighbours, edges counted."""
    n = len(x)
    dx, dy = gaps(x), gaps(y)
    nx, ny = np.empty(n), np.empty(n)
    for i in range(n):
        nearest = np.argsort(np.maximum(dx[i], dy[i]))[:k]
        nx[i], ny[i] = (dx[i] <= dx[i, nearest].max()).sum(), (dy[i] <= dy[i, nearest].max()).sum()
    value = mpmath.digamma(k) - mpmath.mpf(1) / k + mpmath.digamma(n) - psi_mean(nx) - psi_mean(ny)
    return float(value)


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize("r", [0.0, 0.6, 0.9])
def test_bivariate_normal(r, variant):
    """I = -log(1 - r^2) / 2, within four standard errors of 16 samples and the bias of a few thousandths."""
    found = [ksg(*normals(s, 1500, [[1, r], [r, 1]]).T, variant=variant) for s in range(16)]
    truth = -0.5 * math.log(1 - r * r)
    assert np.mean(found) == pytest.approx(truth, abs=4 * np.std(found) / 4 + 0.005)


@pytest.mark.parametrize("n, dx, dy, k", [(90, 1, 1, 3), (70, 1, 3, 1), (60, 3, 3, 6), (50, 8, 1, 2)])
def test_twin_over_all_pairs(n, dx, dy, k):
    random = np.random.default_rng(1)
    x = random.normal(size=(n, dx))
    y = x[:, :1] + random.normal(size=(n, dy))
    assert ksg(x, y, k=k) == pytest.approx(twin_ksg([x, y], k), abs=1e-12)
    assert ksg(x, y, k=k, variant=2) == pytest.approx(twin_rectangles(x, y, k), abs=1e-12)
    for variant in (1, 2):
        assert ksg.local(x, y, k=k, variant=variant).mean() == ksg(x, y, k=k, variant=variant)
    assert total_correlation([x, y], k=k) == pytest.approx(ksg(x, y, k=k), abs=1e-13)


def test_scikit_learn():
    """It standardises and adds noise of 1e-10, which at 400 samples moves no neighbour past another."""
    x, y = normals(2, 400, [[1, 0.7], [0.7, 1]]).T
    x, y = x / x.std(), y / y.std()
    peer = mutual_info_regression(x[:, None], y, n_neighbors=4, random_state=0)[0]
    assert ksg(x, y, k=4) == pytest.approx(peer, abs=1e-9)
    labels = np.random.default_rng(3).integers(0, 3, 400)
    shifted = x + labels
    shifted /= shifted.std()
    peer = mutual_info_classif(shifted[:, None], labels, n_neighbors=4, random_state=0)[0]
    assert ross(shifted, labels, k=4) == pytest.approx(peer, abs=1e-9)


@pytest.mark.parametrize("variant", [1, 2])
def test_curve_over_k_is_the_single_estimates(variant):
    x, y = normals(4, 800, [[1, 0.5], [0.5, 1]]).T
    ks = [9, 1, 3, 30]
    single = [ksg(x, y, k=k, variant=variant) for k in ks]
    np.testing.assert_allclose(ksg_curve(x, y, ks, variant=variant), single, rtol=0, atol=1e-13)


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1e4, 1e9])
@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_scale_does_not_matter(scale, offset):
    """Scaling rounds each value by 1e-16: only a tie that close could move a count, and there is none here."""
    x, y, z = normals(5, 600, [[1, 0.8, 0.1], [0.8, 1, 0.3], [0.1, 0.3, 1]]).T + offset
    labels = (z > offset).astype(int)
    calls = [
        lambda s: ksg(s * x, s * y),
        lambda s: ksg(s * x, s * y, variant=2),
        lambda s: lnc(s * x, s * y),
        lambda s: conditional_ksg(s * x, s * y, s * z),
        lambda s: total_correlation([s * x, s * y, s * z]),
        lambda s: ross(s * x, labels),
        lambda s: conditional_entropy(s * y, s * x) - math.log(s),
    ]
    for call in calls:
        assert call(scale) == pytest.approx(call(1.0), abs=1e-11)


@pytest.mark.filterwarnings("ignore::entropylab.numerics.validation.check.EstimateWarning")
def test_a_large_offset_changes_nothing():
    """Values on a grid of 2^-20 stay exact under an offset of 2^30, so that only the estimator could round."""
    x, y = np.round(normals(6, 700, [[1, 0.5], [0.5, 1]]).T * 2**20) / 2**20
    for variant in (1, 2):
        assert ksg(x + 2**30, y - 2**29, variant=variant) == ksg(x, y, variant=variant)
    assert kozachenko_leonenko(x + 2**30) == kozachenko_leonenko(x)


def test_conditional_information_of_normals():
    """I(X; Y | Z) = -log(1 - partial correlation^2) / 2: 0 for a chain X - Z - Y, whose I(X; Y) is not 0."""
    chain, direct = [], []
    for s in range(12):
        random = np.random.default_rng(s)
        z, a, b = random.normal(size=(3, 1500))
        chain.append(conditional_ksg(z + a, z + b, z))
        direct.append(conditional_ksg(a, a + b + z, z))
    assert np.mean(chain) == pytest.approx(0, abs=4 * np.std(chain) / math.sqrt(12) + 0.01)
    assert np.mean(direct) == pytest.approx(0.5 * math.log(2), abs=4 * np.std(direct) / math.sqrt(12) + 0.02)


def test_conditional_twins():
    random = np.random.default_rng(7)
    x, y, z = random.normal(size=(80, 1)), random.normal(size=(80, 2)), random.normal(size=(80, 2))
    dx, dy, dz = gaps(x), gaps(y), gaps(z)
    eps = np.sort(np.maximum.reduce([dx, dy, dz]), 1)[:, [3]]
    counts = [(np.maximum(dx, dz) < eps).sum(1), (np.maximum(dy, dz) < eps).sum(1), (dz < eps).sum(1)]
    sums = [psi_mean(c + 1) for c in counts]
    expected = float(mpmath.digamma(4) - sums[0] - sums[1] + sums[2])
    assert conditional_ksg(x, y, z, k=4) == pytest.approx(expected, abs=1e-12)
    eps = np.sort(np.maximum(dy, dz), 1)[:, [3]]
    logs = 2 * math.log(2) + 2 * np.log(eps).mean()
    expected = float(psi_mean((dz < eps).sum(1) + 1) - mpmath.digamma(4)) + logs
    assert conditional_entropy(y, z, k=4) == pytest.approx(expected, abs=1e-12)


def test_conditional_entropy_of_a_normal_and_of_a_function():
    """h(Y | X) = log(2 pi e s^2) / 2; for y = x^2 there is no spread left, and the estimate falls like -log n."""
    found = []
    for s in range(12):
        x, noise = np.random.default_rng(s).normal(size=(2, 1500))
        found.append(conditional_entropy(x + 0.5 * noise, x))
    truth = 0.5 * math.log(2 * math.pi * math.e * 0.25)
    assert np.mean(found) == pytest.approx(truth, abs=4 * np.std(found) / math.sqrt(12) + 0.03)
    falls = []
    for n in (500, 5000):
        x = np.random.default_rng(9).uniform(-0.5, 0.5, size=n)
        falls.append(conditional_entropy(x**2, x))
    assert falls[1] - falls[0] == pytest.approx(-math.log(10), abs=0.1)


def test_total_correlation_of_normals():
    covariance = np.array([[1, 0.5, 0.3], [0.5, 1, 0.4], [0.3, 0.4, 1]])
    found = [total_correlation(list(normals(s, 1500, covariance).T)) for s in range(12)]
    truth = -0.5 * math.log(np.linalg.det(covariance))
    assert np.mean(found) == pytest.approx(truth, abs=4 * np.std(found) / math.sqrt(12) + 0.01)
    x = normals(0, 70, covariance)
    assert total_correlation(list(x.T), k=2) == pytest.approx(twin_ksg(list(x.T), 2), abs=1e-12)


def test_ross_of_uniforms_that_overlap_by_half():
    """Two labels, U(0, 1) and U(1/2, 3/2): the label is known outside the overlap only, I = log(2) / 2."""
    found = []
    for s in range(16):
        random = np.random.default_rng(s)
        labels = random.integers(0, 2, 1500)
        found.append(ross(random.uniform(size=1500) + labels / 2, labels))
    assert np.mean(found) == pytest.approx(math.log(2) / 2, abs=4 * np.std(found) / 4 + 0.005)


def test_ross_twin_in_several_dimensions():
    random = np.random.default_rng(10)
    labels = np.array(["b", "a", "c"])[random.integers(0, 3, 90)]
    x = random.normal(size=(90, 2)) + (labels == "a")[:, None]
    distances = gaps(x)
    same = labels[:, None] == labels
    eps = np.sort(np.where(same, distances, np.inf), 1)[:, [2]]
    nearer = (distances < eps).sum(1) + 1  # with the neighbour itself
    members = same.sum(1)
    expected = mpmath.digamma(90) + mpmath.digamma(3) - psi_mean(members) - psi_mean(nearer)
    assert ross(x, labels) == pytest.approx(float(expected), abs=1e-12)
    assert ross.local(x, labels).mean() == pytest.approx(float(expected), abs=1e-12)


def test_ross_says_what_it_does_with_rare_labels():
    random = np.random.default_rng(11)
    x = random.normal(size=100)
    labels = np.repeat([0, 1], [97, 3])
    with pytest.warns(EstimateWarning, match="1 of 2 labels have no more than k=3 members"):
        value = ross(x, labels)
    # k_i = 2 for the rare label: the formula with its own k
    eps = np.empty(100)
    for label, k in ((0, 3), (1, 2)):
        mine = labels == label
        eps[mine] = np.sort(gaps(x[mine]), 1)[:, k - 1]
    nearer = (gaps(x) < eps[:, None]).sum(1) + 1
    own = [mpmath.digamma(k) for k in np.where(labels == 0, 3, 2)]
    expected = mpmath.digamma(100) + mpmath.fsum(own) / 100 - psi_mean(np.where(labels, 3, 97)) - psi_mean(nearer)
    assert value == pytest.approx(float(expected), abs=1e-12)
    with pytest.raises(ValueError, match="1 of 3 labels occur once"):
        ross(x, np.append(labels[:-1], 2))
    with pytest.raises(ValueError, match="whose information is 0"):
        ross(np.ones(100), labels)


def test_lnc_reaches_what_ksg_cannot():
    """y = x + U(0, 1e-7): I = -log(1e-7) + 5e-8 = 16.118; ksg cannot exceed psi(500) - psi(5) - 1/5 = 4.51."""
    found, bounded = [], []
    for s in range(6):
        random = np.random.default_rng(s)
        x = random.uniform(size=500)
        y = x + 1e-7 * random.uniform(size=500)
        found.append(lnc(x, y))
        with pytest.warns(EstimateWarning, match="the most that this many samples"):
            bounded.append(ksg(x, y, k=5, variant=2))
    assert np.mean(found) == pytest.approx(-math.log(1e-7), abs=0.25)
    assert max(bounded) < 4.52


@pytest.mark.filterwarnings("ignore::entropylab.numerics.validation.check.EstimateWarning")
def test_lnc_twin_by_principal_axes():
    """Boxes about each point along the axes of its neighbours' scatter, by a loop with an SVD."""
    random = np.random.default_rng(12)
    x = random.uniform(size=120)
    y = x + 0.001 * random.normal(size=120)
    z = np.stack([x, y], 1)
    distances = gaps(z)
    added = 0.0
    for i in range(120):
        around = z[np.argsort(distances[i])[:6]] - z[i]
        axes = np.linalg.svd(around)[2]
        ratio = np.prod(np.abs(around @ axes.T).max(0)) / np.prod(np.abs(around).max(0))
        added += -math.log(ratio) / 120 if ratio < 0.3 else 0.0
    assert added > 0.5
    assert lnc(x, y, k=6, alpha=0.3) == pytest.approx(twin_rectangles(x, y, 6) + added, abs=1e-10)
    assert lnc(x, y, k=6, alpha=0.0) == ksg(x, y, k=6, variant=2)
    with pytest.raises(ValueError, match="exactly on a plane"):
        lnc(np.arange(50.0), np.arange(50.0))
    with pytest.raises(ValueError, match="at least as many neighbours as columns"):
        lnc(z, z, k=3)


@pytest.mark.filterwarnings("ignore::entropylab.numerics.validation.check.EstimateWarning")
def test_constant_columns_and_unequal_spreads_are_told():
    random = np.random.default_rng(14)
    x, y = random.normal(size=(2, 300))
    with pytest.warns(EstimateWarning, match="column 0 of y is constant"):
        assert ksg(x, np.ones(300)) == pytest.approx(0, abs=1e-12)
        assert ksg(x, np.ones(300), variant=2) == pytest.approx(0, abs=1e-12)
        assert ksg(np.ones(300), np.ones(300)) == pytest.approx(0, abs=1e-12)
    with pytest.warns(EstimateWarning, match="y spreads 1e\\+03 times as far as x|y spreads 9.* times as far as x"):
        assert ksg(x, 1e3 * x + 100 * y) < 0.2  # the truth is 2.3: every neighbour is chosen by y alone
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ksg(x, y)
        total_correlation([x, y, 3 * y + random.normal(size=300)])


@pytest.mark.parametrize(
    "call",
    [ksg, lnc, lambda x, y, **k: conditional_ksg(x, y, x, **k), conditional_entropy, ross],
    ids=["ksg", "lnc", "conditional_ksg", "conditional_entropy", "ross"],
)
def test_bad_input_is_refused(call):
    x = np.random.default_rng(15).normal(size=40)
    labels = np.repeat([0, 1], 20)
    with pytest.raises(ValueError, match="lower k"):
        call(x, labels, k=40)
    with pytest.raises(ValueError, match="whole number .*from 1 up"):
        call(x, labels, k=0)
    with pytest.raises(ValueError, match="paired"):
        call(x, labels[:-1])
    with pytest.raises(ValueError, match="finite"):
        call(np.append(x[:-1], np.nan), labels)


def test_more_bad_input():
    x = np.random.default_rng(16).normal(size=(40, 2))
    with pytest.raises(ValueError, match="variant must be"):
        ksg(x, x, variant=3)
    with pytest.raises(ValueError, match="list of at least two variables"):
        total_correlation(x)
    with pytest.raises(ValueError, match="list of at least two variables"):
        total_correlation([x])
    with pytest.raises(ValueError, match="alpha must be"):
        lnc(x, x, alpha=2.0)
