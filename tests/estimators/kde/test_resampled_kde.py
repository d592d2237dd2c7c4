"""Draws from a kernel density estimate, their histogram, its expectation, and the slides' table."""

import math
import warnings

import numpy as np
import pytest

from entropylab.estimators.kde.expected_histogram import expected_kde_histogram
from entropylab.estimators.kde.resampled import _histogram, kde_histogram, kde_sample
from entropylab.estimators.order.histogram import entropy_of_counts, histogram
from entropylab.numerics.kernel_sums import bandwidth as kernel_sums_bandwidth
from entropylab.numerics.validation.check import EstimateWarning

SPARSE = "ignore::entropylab.numerics.validation.check.EstimateWarning"


def slides(d, seed, n=10_000):
    """The slides' sample: normal, covariance (1 + 1 1^T) / 2, the unit matrix in 13 dimensions."""
    covariance = np.eye(d) if d == 13 else np.eye(d) / 2 + 0.5
    return np.random.default_rng(seed).multivariate_normal(np.zeros(d), covariance, n)


@pytest.mark.parametrize("bandwidth", ["scott", 0.5])
def test_draws_have_the_moments_of_the_estimate(bandwidth):
    """Mean of the data; biased covariance of the data plus the kernel's. Error bar: 4 sd, sd^2 <= 3 s^4 / draws."""
    x = slides(3, 0, n=200) * [1.0, 5.0, 0.1]
    z = kde_sample(x, 200_000, bandwidth=bandwidth, seed=1)
    kernel = 0.25 * np.eye(3) if bandwidth == 0.5 else 200 ** (-2 / 7) * np.cov(x.T)
    expected = np.cov(x.T, bias=True) + kernel
    scale = np.sqrt(np.diag(expected))
    assert (abs(z.mean(0) - x.mean(0)) < 4 * scale / math.sqrt(200_000)).all()
    assert (abs(np.cov(z.T) - expected) / np.outer(scale, scale) < 4 * math.sqrt(3 / 200_000)).all()
    assert (z == kde_sample(x[::-1], 200_000, bandwidth=bandwidth, seed=1)).all()


@pytest.mark.filterwarnings(SPARSE)
@pytest.mark.parametrize("d, bins", [(1, 20), (2, 7), (15, 20)])
def test_is_the_histogram_of_the_draws(d, bins):
    """Bins, counts and range are those of `histogram`; more draws than one chunk holds; codes past 2^63 in 15."""
    x = np.random.default_rng(d).normal(size=(100, d))
    z = kde_sample(x, 70_000, bandwidth=0.3, seed=5)
    expected = histogram(z, bins=bins)
    assert kde_histogram(x, bandwidth=0.3, bins=bins, draws=70_000, seed=5) == pytest.approx(expected, rel=1e-12)


@pytest.mark.filterwarnings(SPARSE)
@pytest.mark.parametrize("d, probes", [(2, 0), (4, 4000)])
def test_expectation_is_the_mean_over_draws(d, probes):
    """Error bars: the spread of the draws, the probes, and d / 2 (sd of range / range)^2 for the range's scatter."""
    x = np.random.default_rng(3).normal(size=(300, d))
    draws = 3000
    values = [kde_histogram(x, bandwidth=0.4, bins=12, draws=draws, seed=s) for s in range(60)]
    ranges = np.array([np.ptp(kde_sample(x, draws, bandwidth=0.4, seed=s), axis=0) for s in range(60)])
    scatter = d / 2 * float((ranges.std(0) / ranges.mean(0)).max()) ** 2
    expected, error = expected_kde_histogram(x, bandwidth=0.4, bins=12, draws=draws, probes=probes)
    assert (error == 0) == (d == 2)
    assert np.mean(values) == pytest.approx(
        expected, abs=4 * math.hypot(np.std(values) / math.sqrt(60), error) + scatter
    )


def test_exact_boxes_of_one_point():
    """One kernel at 0 (two copies): bins of a normal density over its mean extremes, p log p by erf."""
    from scipy.stats import norm

    value, error = expected_kde_histogram(np.zeros(2), bandwidth=1.0, bins=20, draws=1e12)
    edge = norm.isf(math.exp(-np.euler_gamma) / 1e12)
    p = np.diff(norm.cdf(np.linspace(-edge, edge, 21)))
    # 1e12 draws leave (occupied - 1) / 2 draws of the count's bias: nothing.
    assert value == pytest.approx(-(p * np.log(p)).sum() + math.log(edge / 10), abs=1e-9)
    assert error == 0


@pytest.mark.parametrize("d, printed", [(3, 4.02), (4, 5.21)])
def test_the_slides_column_by_draws(d, printed):
    """The slides name no bandwidth. A kernel of 0.245 times the data's standard deviation in every direction gives
    rows 3 to 6 (4.01, 5.20, 6.28, 7.27); here 3 and 4, within 4 spreads over samples. Scott's (0.27 in row 3,
    0.32 in row 4) gives row 3 alone."""
    values = []
    for seed in range(4):
        x = slides(d, seed)
        root = 0.245 * 10_000 ** (1 / (d + 4)) * kernel_sums_bandwidth.kernel_cholesky(x, "scott")
        counts, log_volume = _histogram(x, root, 20, 500_000, seed)
        values.append(entropy_of_counts(counts, 500_000) + (len(counts) - 1) / 1e6 + log_volume)
    assert np.mean(values) == pytest.approx(printed, abs=4 * np.std(values, ddof=1) * math.sqrt(1 + 1 / 4) + 0.005)


def test_the_slides_last_row_is_two_errors():
    """13 dimensions, 1e10 draws: a width of 0.675 gives the printed 18.43, Scott's 0.58 gives 17.5; the theory says
    18.45. Even 1e10 draws do not fill the bins: the value still rises by nats with the number of draws."""
    values = [expected_kde_histogram(slides(13, s), bandwidth=0.675, probes=256, seed=s)[0] for s in range(8)]
    assert np.mean(values) == pytest.approx(18.43, abs=4 * np.std(values, ddof=1) * math.sqrt(1 + 1 / 8) + 0.005)
    x = slides(13, 0)
    scott, _ = expected_kde_histogram(x, bandwidth=10_000 ** (-1 / 17), probes=256)
    more, _ = expected_kde_histogram(x, bandwidth=0.675, probes=256, draws=1e12)
    assert scott < 18
    assert more > values[0] + 1


def test_scaling_adds_its_logarithm():
    x = slides(2, 1, n=300)
    base = kde_histogram(x, draws=20_000)
    for a in (1e-12, 1e9):
        assert kde_histogram(a * x, draws=20_000) == pytest.approx(base + 2 * math.log(a), abs=1e-9)


def test_too_few_draws_are_told():
    with pytest.warns(EstimateWarning, match="expected_kde_histogram") as told:
        kde_histogram(slides(6, 0, n=200), draws=1000)
    assert told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kde_histogram(slides(2, 0, n=200), draws=10_000)


def test_bad_input_is_refused():
    x = slides(3, 0, n=50)
    with pytest.raises(ValueError, match="isotropic"):
        expected_kde_histogram(x, bandwidth="scott")
    with pytest.raises(ValueError, match="draws"):
        expected_kde_histogram(x, bandwidth=0.3, draws=1)
    for draws in (1, 2.5, True):
        with pytest.raises(ValueError, match="draws"):
            kde_histogram(x, draws=draws)
    for seed in (-1, 1.5, math.nan):
        with pytest.raises(ValueError, match="seed"):
            kde_histogram(x, seed=seed)
    with pytest.raises(ValueError, match="bins"):
        kde_histogram(x, bins=0)
    with pytest.raises(ValueError, match="constant"):
        kde_sample(np.ones(20), 10)


@pytest.mark.parametrize("bandwidth", ["scott", 0.3])
def test_any_scale(bandwidth):
    """Powers of two change no draw: entropies move by their logarithm, to the rounding of up to 700."""
    x = slides(2, 2, n=100)
    base, drawn = kde_histogram(x, bandwidth=bandwidth, draws=5000), kde_sample(x, 20, bandwidth=bandwidth)
    for e in (-1010, -565, 565, 1015):
        width = bandwidth if bandwidth == "scott" else math.ldexp(bandwidth, e)
        moved = kde_histogram(np.ldexp(x, e), bandwidth=width, draws=5000)
        assert moved == pytest.approx(base + 2 * e * math.log(2), abs=1e-12)
        np.testing.assert_allclose(
            np.ldexp(kde_sample(np.ldexp(x, e), 20, bandwidth=width), -e), drawn, rtol=0, atol=1e-12
        )
    if bandwidth == "scott":
        assert kde_histogram(x * [1, 1e-170], draws=5000) == pytest.approx(base + math.log(1e-170), abs=1e-9)


def test_expectation_at_any_scale():
    x = slides(2, 3, n=60)
    base, _ = expected_kde_histogram(x, bandwidth=0.3, bins=10)
    for e in (-1060, -565, 565, 1015):
        value, _ = expected_kde_histogram(np.ldexp(x, e), bandwidth=math.ldexp(0.3, e), bins=10)
        # below 2^-1022 the data themselves are rounded: to 2^-14 of themselves at 2^-1060
        assert value == pytest.approx(base + 2 * e * math.log(2), abs=1e-11 if e > -1020 else 1e-3)


def test_data_that_draws_would_overflow_are_refused():
    with pytest.raises(ValueError, match="overflow"):
        kde_sample(np.array([-1.7e308, 1.7e308]), 10)
    expected = kde_histogram(np.array([-1.0, 1.0]), draws=1000) + math.log(1.7e308)
    assert kde_histogram(np.array([-1.7e308, 1.7e308]), draws=1000) == pytest.approx(expected, abs=1e-12)


BEYOND_MEMORY = [
    lambda x: kde_histogram(x, bins=10**9),
    lambda x: kde_histogram(x, draws=10**12),
    lambda x: kde_sample(x, 10**12),
    lambda x: expected_kde_histogram(x, bandwidth=0.3, bins=10**7),
    lambda x: expected_kde_histogram(x, bandwidth=0.3, bins=200, probes=10**12),
]


@pytest.mark.parametrize("call", BEYOND_MEMORY)
def test_what_no_memory_holds_is_refused(call):
    with pytest.raises(ValueError, match="must be at most .* GiB: got"):
        call(slides(3, 0, n=50))


@pytest.mark.parametrize("value", ["auto", None, math.nan, math.inf, [3], 2.5, True])
def test_numbers_are_whole(value):
    x = slides(3, 0, n=50)
    for name, call in {
        "bins": lambda: kde_histogram(x, bins=value),
        "draws": lambda: kde_sample(x, value),
        "seed": lambda: kde_histogram(x, seed=value),
        "probes": lambda: expected_kde_histogram(x, bandwidth=0.3, bins=200, probes=value),
    }.items():
        with pytest.raises(ValueError, match=name):
            call()
    if value != 2.5:
        with pytest.raises(ValueError, match="draws"):
            expected_kde_histogram(x, bandwidth=0.3, draws=value)


def test_a_width_below_the_rounding_of_the_data_is_refused():
    with pytest.raises(ValueError, match="rounding"):
        expected_kde_histogram(1e9 * np.arange(5.0), bandwidth=1e-9)
    narrow = kde_histogram(np.ones(5), bandwidth=1e-20, draws=1000)  # one place: only the kernel is left
    assert narrow == pytest.approx(kde_histogram(np.zeros(5), bandwidth=1.0, draws=1000) + math.log(1e-20), abs=1e-12)
    with pytest.raises(ValueError, match="at least 2 probes"):
        expected_kde_histogram(slides(3, 0, n=50), bandwidth=0.3, bins=200, probes=1)


def test_an_offset_moves_no_draw():
    """Draws about 2^49 would be rounded to sixteenths, 3 widths; the data, which are eighths, are exact there."""
    x = np.round(8 * slides(1, 4, n=60)) / 8
    base = kde_histogram(x - x.min(), draws=5000)
    expected = expected_kde_histogram(x - x.min(), bandwidth=0.02)[0]
    for offset in (2.0**30, 2.0**49, -(2.0**49)):
        assert kde_histogram(x + offset, draws=5000) == pytest.approx(base, abs=1e-12)
        assert expected_kde_histogram(x + offset, bandwidth=0.02)[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", [10**400, 2**63, np.ma.masked, "0"])
def test_seeds_are_whole_numbers(seed):
    x = slides(1, 0, n=20)
    for call in (
        lambda: kde_histogram(x, draws=100, seed=seed),
        lambda: kde_sample(x, 5, seed=seed),
        lambda: expected_kde_histogram(x, bandwidth=0.3, seed=seed),
    ):
        with pytest.raises(ValueError, match="seed"):
            call()
