"""Histogram entropy and information: closed forms, numpy.histogramdd, the slides' table, warnings."""

import math
import warnings

import numpy as np
import pytest

from entropylab.estimators.order.histogram import histogram, histogram_curve, histogram_mutual_information
from entropylab.numerics.validation.check import EstimateWarning

SPARSE = "ignore::entropylab.numerics.validation.check.EstimateWarning"


def dense(x, bins):
    """The slow twin: numpy's dense histogram."""
    counts, edges = np.histogramdd(x.reshape(len(x), -1), bins)
    p = counts[counts > 0] / len(x)
    return -(p * np.log(p)).sum() + sum(math.log((e[-1] - e[0]) / bins) for e in edges)


@pytest.mark.filterwarnings(SPARSE)
def test_lattice_by_hand():
    """0..9 in five bins: two points each, so log 5 + log(9 / 5)."""
    assert histogram(np.arange(10), bins=5) == pytest.approx(math.log(9), rel=1e-14)
    # 0, 0, 0, 1 in two bins of width 1/2.
    assert histogram(np.array([0, 0, 0, 1]), bins=2) == pytest.approx(
        -0.75 * math.log(0.75) - 0.25 * math.log(0.25) - math.log(2), rel=1e-14
    )


@pytest.mark.filterwarnings(SPARSE)
@pytest.mark.parametrize("d, bins", [(1, 20), (1, 7), (2, 20), (3, 8), (4, 3)])
def test_equals_numpy(d, bins):
    rng = np.random.default_rng(d)
    # Rounded to a lattice that meets the edges, so that half-open bins matter; and shifted far away.
    for x in (rng.normal(size=(3000, d)), np.round(rng.normal(size=(3000, d)), 1), rng.normal(size=(3000, d)) + 1e6):
        assert histogram(x, bins=bins) == pytest.approx(dense(x, bins), rel=1e-12)


def test_bins_are_those_of_numpy_on_every_edge():
    """Data on the edges themselves, one unit in the last place to either side included."""
    for low, high, bins in ((0.0, 0.7, 7), (-1.3, 2.9, 20), (1e6, 1e6 + 1, 50), (-3e-9, 1e-9, 13)):
        edges = np.linspace(low, high, bins + 1)
        x = np.clip(np.concatenate([edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf)]), low, high)
        local = histogram.local(x, bins=bins)
        assert histogram_curve(x, [bins])[0] == pytest.approx(dense(x, bins), rel=1e-12)
        counts = np.histogramdd(x[:, None], bins)[0]
        own = counts[np.clip(np.searchsorted(edges, x, side="right") - 1, 0, bins - 1)]
        np.testing.assert_allclose(local, -np.log(own / len(x) / ((high - low) / bins)), rtol=1e-9)


def test_thirteen_dimensions_by_a_dictionary():
    """20 bins in 13 dimensions are 8e16 cells, past 2^63 already at 15: codes must not wrap round."""
    for d in (13, 15, 40):
        x = np.random.default_rng(d).normal(size=(500, d))
        x[250:] = x[:250] + 1e-9  # almost every cell is shared by two
        edges = [np.linspace(c.min(), c.max(), 21) for c in x.T]
        keys = [
            tuple(np.clip(np.searchsorted(e, v, side="right") - 1, 0, 19) for e, v in zip(edges, row, strict=True))
            for row in x
        ]
        counts = np.array([keys.count(key) for key in set(keys)])
        p = counts / 500
        expected = -(p * np.log(p)).sum() + sum(math.log(e[1] - e[0]) for e in edges)
        with pytest.warns(EstimateWarning):
            assert histogram(x) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("d, printed", [(3, 3.82), (4, 4.43), (5, 4.30), (6, 3.68), (13, -3.21)])
@pytest.mark.filterwarnings(SPARSE)
def test_the_slides_column(d, printed):
    """Normal, n = 10 000, 20 bins: the printed values lie where one more sample would, four spreads to each side."""
    covariance = np.eye(d) if d == 13 else np.eye(d) / 2 + 0.5
    values = [
        histogram(np.random.default_rng(seed).multivariate_normal(np.zeros(d), covariance, 10_000))
        for seed in range(16)
    ]
    assert abs(printed - np.mean(values)) < 4 * np.std(values, ddof=1) * math.sqrt(1 + 1 / 16) + 0.005


def test_converges_to_the_uniform_and_the_normal_value():
    """Error bars: standard error of -log f, and the two biases (K - 1) / 2n and w^2 / 24 I(f) with I = 1."""
    n, rng = 400_000, np.random.default_rng(0)
    x = rng.normal(size=n)
    width = np.ptp(x) / 100
    truth = 0.5 * math.log(2 * math.pi * math.e)
    assert histogram(x, bins=100) == pytest.approx(truth + width**2 / 24 - 50 / n, abs=4 * math.sqrt(0.5 / n) + 2e-5)
    # A uniform density has no error but the counts' and the range's, (99 / 2n) and 2 / n.
    assert histogram(rng.uniform(size=n) * 3, bins=100) == pytest.approx(math.log(3), abs=4 * 99 / (2 * n))


def test_curve_is_the_histogram_at_every_bins():
    rng = np.random.default_rng(1)
    for x in (rng.normal(size=2000), np.round(rng.normal(size=2000), 1), rng.normal(size=(2000, 2))):
        bins = [1, 2, 3, 5, 10, 20]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EstimateWarning)
            expected = [histogram(x, bins=b) for b in bins]
        np.testing.assert_allclose(histogram_curve(x, bins), expected, rtol=1e-13)


def test_information_equals_the_entropies_and_scikit_learn():
    from sklearn.metrics import mutual_info_score

    rng = np.random.default_rng(2)
    x = rng.normal(size=5000)
    y = x + rng.normal(size=5000)
    bins = [np.digitize(v, np.linspace(v.min(), v.max(), 13)[1:-1]) for v in (x, y)]
    value = histogram_mutual_information(x, y, bins=12)
    assert value == pytest.approx(mutual_info_score(*bins), rel=1e-12)
    both = histogram(x, bins=12) + histogram(y, bins=12) - histogram(np.column_stack([x, y]), bins=12)
    assert value == pytest.approx(both, rel=1e-12)
    assert histogram_mutual_information(y, x, bins=12) == pytest.approx(value, rel=1e-14)


def test_information_of_joint_columns():
    """x is one of four corners, y names the corner: log 4; either column alone tells log 2."""
    corner = np.tile(np.arange(4), 50)
    x = np.column_stack([corner // 2, corner % 2]).astype(float)
    assert histogram_mutual_information(x, corner, bins=4) == pytest.approx(math.log(4), rel=1e-14)
    assert histogram_mutual_information(x[:, 0], corner, bins=4) == pytest.approx(math.log(2), rel=1e-14)
    assert histogram_mutual_information(x[:, 0], x[:, 1], bins=2) == pytest.approx(0.0, abs=1e-14)


def test_scaling_laws():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 4000))
    base, information = histogram(x), histogram_mutual_information(x, x + y, bins=10)
    for a in (1e-12, 1e9):
        assert histogram(a * x) == pytest.approx(base + math.log(a), rel=1e-12)
        assert histogram_mutual_information(a * x, x + y, bins=10) == pytest.approx(information, rel=1e-12)


def test_local_values_average_to_the_estimate():
    x = np.random.default_rng(4).normal(size=(3000, 2))
    assert histogram.local(x, bins=8).mean() == pytest.approx(histogram(x, bins=8), rel=1e-13)
    y = x[:, 0] + x[:, 1]
    local = histogram_mutual_information.local(x, y, bins=6)
    assert local.shape == (3000,)
    assert local.mean() == pytest.approx(histogram_mutual_information(x, y, bins=6), rel=1e-13)


def test_saturation_is_told_and_the_message_is_true():
    x = np.random.default_rng(5).normal(size=(300, 8))
    with pytest.warns(EstimateWarning, match="whatever the density") as told:
        value = histogram(x)
    limit = math.log(300) + np.log(np.ptp(x, axis=0) / 20).sum()
    assert value == pytest.approx(limit, abs=0.01)
    assert f"{limit:.4g}" in str(told[0].message)
    assert told[0].filename == __file__
    with pytest.warns(EstimateWarning, match="joint bins"):
        histogram_mutual_information(x[:, :3], x[:, 3:])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        histogram(x[:, 0], bins=20)


def test_bad_input_is_refused():
    x = np.random.default_rng(6).normal(size=(50, 2))
    x[:, 1] = 2.0
    with pytest.raises(ValueError, match="column 1 is constant"):
        histogram(x)
    with pytest.raises(ValueError, match="y: column 0 is constant"):
        histogram_mutual_information(x[:, 0], x[:, 1])
    with pytest.raises(ValueError, match="distinct bin edges"):
        histogram(1e16 + np.arange(0.0, 20.0, 2.0), bins=20)
    for bins in (0, 2.5, True):
        with pytest.raises(ValueError, match="bins"):
            histogram(x[:, 0], bins=bins)
    with pytest.raises(ValueError, match="paired"):
        histogram_mutual_information(x[:, 0], x[:10, 0])
    with pytest.raises(ValueError, match="NaN"):
        histogram(np.array([0.0, math.nan, 1.0]))


@pytest.mark.filterwarnings(SPARSE)
def test_every_column_has_a_scale_of_its_own():
    """h adds the log of a power of two to its rounding (logarithms of up to 1400), and information nothing."""
    x = np.random.default_rng(7).normal(size=(300, 2))
    base, curve, information = (
        histogram(x, bins=6),
        histogram_curve(x[:, 0], [3, 9]),
        histogram_mutual_information(*x.T),
    )
    for e in ((-1022, 1020), (700, -560), (1021, 300)):
        moved = np.ldexp(x, e)
        assert histogram(moved, bins=6) == pytest.approx(base + sum(e) * math.log(2), abs=1e-12)
        assert histogram.local(moved, bins=6).mean() == pytest.approx(base + sum(e) * math.log(2), abs=1e-12)
        np.testing.assert_allclose(histogram_curve(moved[:, 0], [3, 9]), curve + e[0] * math.log(2), atol=1e-12, rtol=0)
        assert histogram_mutual_information(*moved.T) == information


@pytest.mark.filterwarnings(SPARSE)
def test_ends_of_float64():
    """A range that overflows, and one of ten subnormal numbers: two points to each of five bins."""
    for unit in (1.7e308 / 4.5, 5e-324 * 2):
        x = (np.arange(10) - 4.5) * unit
        expected = math.log(9) + math.log(unit)
        assert histogram(x, bins=5) == pytest.approx(expected, rel=1e-15)
        assert histogram_curve(x, [5])[0] == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("bins", ["auto", None, [0.0, 0.5, 1.0], math.inf, math.nan, 10**9, 10**20, 1e300, -3])
def test_bins_are_a_number_that_memory_holds(bins):
    x, y = np.random.default_rng(8).normal(size=(2, 40))
    for call in (
        lambda: histogram(x, bins=bins),
        lambda: histogram.local(x, bins=bins),
        lambda: histogram_mutual_information(x, y, bins=bins),
        lambda: histogram_curve(x, [5, bins]),
    ):
        with pytest.raises(ValueError, match="bins.* must be (a whole number.*|at most .* GiB): got"):
            call()


def test_a_curve_takes_a_list_of_bins():
    with pytest.raises(ValueError, match=r"bins must be a list of whole numbers: got 5; pass \[5\]"):
        histogram_curve(np.arange(9.0), 5)
