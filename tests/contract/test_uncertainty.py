"""Intervals and permutation nulls: against known standard errors, known null distributions and their own rules."""

import dataclasses
import math

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

import entropylab as lab
from entropylab.estimators.card import Card
from entropylab.numerics.validation.check import EstimateWarning, warn

RNG = np.random.default_rng(11)


def carded(function, **says):
    """`function` with a card of its own, outside the catalogue."""
    card = Card(
        function.__name__, function, "mutual information", "pair", "x", "shannon1948", "none", "n", False, "host",
        "none", None, {}, (),
    )  # fmt: skip
    function.card = dataclasses.replace(card, **says)
    return function


def mean_of(x):
    return np.mean(x)


def nearest(x, *, k=1):
    """Mean log distance to the k-th neighbour in one dimension: -inf as soon as two samples coincide."""
    gaps = np.sort(np.abs(x[:, None] - x[None]), axis=1)[:, k]
    with np.errstate(divide="ignore"):
        return np.mean(np.log(gaps))


@pytest.mark.parametrize("how", ["subsampling", "bootstrap"])
def test_standard_error_of_a_mean(how):
    """s / sqrt(n); a deviation of 400 draws is known to 1 / sqrt(800) = 3.5 %."""
    x = RNG.normal(size=300)
    found = lab.uncertainty(mean_of, x, how=how, resamples=400)
    assert found.estimate == np.mean(x)
    assert found.standard_error == pytest.approx(x.std(ddof=1) / math.sqrt(300), rel=0.14)
    assert found.method == how
    assert (found.low + found.high) / 2 == pytest.approx(found.estimate)
    assert found.high - found.low == pytest.approx(2 * scipy.stats.norm.ppf(0.975) * found.standard_error)


@pytest.mark.parametrize("size", [30, 150, 270])
def test_the_finite_population_factor_holds_for_every_size(size):
    x = RNG.normal(size=300)
    found = lab.uncertainty(mean_of, x, how="subsampling", size=size, resamples=400)
    assert found.standard_error == pytest.approx(x.std(ddof=1) / math.sqrt(300), rel=0.14)


def test_neighbours_are_subsampled_because_a_bootstrap_repeats_samples():
    x = RNG.normal(size=200)
    estimator = carded(nearest, takes="samples", knobs={"k": None})
    assert lab.uncertainty(estimator, x).method == "subsampling"
    # Standard error over new samples, itself known to 1 / sqrt(2 * 300) = 4 %; a subsample's is up to 15 % wide.
    truth = np.std([nearest(RNG.normal(size=200)) for _ in range(300)])
    widths = [lab.uncertainty(estimator, RNG.normal(size=200), seed=s).standard_error for s in range(5)]
    assert 0.8 < np.mean(widths) / truth < 1.35
    with pytest.warns(EstimateWarning, match="no finite number"):
        assert not math.isfinite(lab.uncertainty(estimator, x, how="bootstrap").standard_error)


def test_the_rule_is_on_the_card():
    rules = {
        "vasicek": "subsampling", "histogram": "bootstrap", "plugin": "bootstrap", "nsb": "posterior",
        "dirichlet": "posterior", "soft_match": "bootstrap", "discrete_mutual_information": "bootstrap",
    }  # fmt: skip
    for name, rule in rules.items():
        assert getattr(lab, name).card.resampling == rule, name


def test_plugin_by_bootstrap_has_the_delta_method_error():
    counts = np.array([50, 30, 20])
    p = counts / 100
    delta = math.sqrt((np.sum(p * np.log(p) ** 2) - np.sum(p * np.log(p)) ** 2) / 100)
    for how in ("bootstrap", "subsampling"):
        found = lab.uncertainty("plugin", counts, how=how, resamples=400)
        assert found.standard_error == pytest.approx(delta, rel=0.2)  # second order is 1 / n p = 5 %, sampling 3.5 %


def test_nsb_by_its_posterior():
    found = lab.uncertainty("nsb", [4, 2, 2, 1], support=10, level=0.68268949)
    assert found.method == "posterior"
    assert found.estimate == lab.nsb([4, 2, 2, 1], support=10)
    assert found.high - found.estimate == pytest.approx(lab.nsb_std([4, 2, 2, 1], support=10), rel=1e-6)


def test_coverage_of_the_subsampled_interval():
    """95 % intervals of a spacing estimate hold its own mean in 50 samples: fewer than 43 has a chance of 1e-4."""

    def spacing(x):
        return float(np.mean(np.log(np.diff(np.sort(x))[5:-5])))

    x = RNG.normal(size=(250, 200))
    expected = np.mean([spacing(row) for row in x])
    found = [lab.uncertainty(spacing, row, seed=i, resamples=60) for i, row in enumerate(x[:50])]
    assert sum(f.low <= expected <= f.high for f in found) >= 43


def test_pairs_stay_paired_and_references_are_drawn_apart():
    x = RNG.normal(size=100)

    def difference(x, y):
        return float(np.abs(x - y).max())

    with pytest.warns(EstimateWarning, match="has no width"):
        assert lab.uncertainty(difference, x, x).standard_error == 0.0
    apart = carded(lambda x, y: float(np.mean(x) - np.mean(y)), takes="samples reference")
    y = RNG.normal(size=50)
    found = lab.uncertainty(apart, x, y, how="bootstrap", resamples=400)
    assert found.standard_error == pytest.approx(math.sqrt(x.var() / 100 + y.var() / 50), rel=0.14)
    found = lab.uncertainty(apart, x, y, how="subsampling", resamples=400, size=40)
    assert found.standard_error == pytest.approx(math.sqrt(x.var() / 100 + y.var() / 50), rel=0.14)
    lists = carded(lambda xs: float(np.abs(xs[0] - xs[1]).max()), takes="list")
    with pytest.warns(EstimateWarning, match="has no width"):
        assert lab.uncertainty(lists, [x, x]).standard_error == 0.0


def test_same_seed_same_interval():
    x = RNG.normal(size=100)
    assert lab.uncertainty("vasicek", x, seed=4) == lab.uncertainty("vasicek", x, seed=4)
    assert lab.uncertainty("vasicek", x, seed=4) != lab.uncertainty("vasicek", x, seed=5)


def test_resamples_do_not_warn_in_the_name_of_the_data():
    def fussy(x):
        if len(x) < 100:
            warn("few points")
        return float(np.mean(x))

    with pytest.warns(EstimateWarning) as caught:
        lab.uncertainty(fussy, np.arange(50.0))
    assert len(caught) == 1


@pytest.mark.parametrize(
    "wrong, told",
    [
        ({"level": 1.0}, "level must be"),
        ({"resamples": 1}, "resamples must be"),
        ({"how": "magic"}, "how must be one of"),
        ({"how": "posterior"}, "Bayesian"),
        ({"how": "subsampling", "size": 100}, "subsample size"),
        ({"bin": 3}, "knobs bins; got bin"),
    ],
)
def test_uncertainty_explains_what_it_cannot_do(wrong, told):
    with pytest.raises(ValueError, match=told):
        lab.uncertainty("histogram", RNG.normal(size=100), **wrong)


def test_what_is_exact_has_no_sampling_error():
    with pytest.raises(ValueError, match="takes as exact"):
        lab.uncertainty(carded(lambda mixture: 1.0, takes="mixture"), object())


# Permutation nulls


def test_null_of_labels_is_chi_square():
    """2 n I of shuffled labels has mean (m_x - 1)(m_y - 1) = 6 and deviation sqrt(12), to order 1 / n."""
    n = 500
    x, y = RNG.integers(0, 3, n), RNG.integers(0, 4, n)
    band = lab.permutation_null("plugin", x, y, permutations=400)
    assert 2 * n * band.mean == pytest.approx(6 * n / (n - 1), abs=4 * math.sqrt(12 / 400))
    assert 2 * n * band.low == pytest.approx(scipy.stats.chi2(6).ppf(0.025), abs=0.5)  # error of the quantile .2
    assert band.low <= band.mean <= band.high
    assert len(band.samples) == 400


def test_p_values_are_uniform_at_independence_and_small_at_dependence():
    """Mean of 30 uniform p-values: 1/2 +- 4 * .29 / sqrt(30) = .21."""
    values = [
        lab.permutation_null("plugin", RNG.integers(0, 3, 60), RNG.integers(0, 3, 60), permutations=40, seed=s).p_value
        for s in range(30)
    ]
    assert abs(np.mean(values) - 0.5) < 0.21
    x = RNG.integers(0, 3, 60)
    assert lab.permutation_null("plugin", x, x, permutations=99).p_value == 0.01


def test_ties_count_against_the_estimate():
    """Every shuffle of constant labels gives the estimate itself."""
    assert lab.permutation_null("plugin", np.zeros(20, int), RNG.integers(0, 2, 20), permutations=50).p_value == 1.0


def correlation(x, y):
    x, y = x - x.mean(), y - y.mean()
    return (x * y).mean() / jnp.sqrt((x * x).mean() * (y * y).mean())


@pytest.mark.parametrize("permutations", [1, 7, 300])
def test_vectorised_null_is_the_loop(permutations):
    x, y = RNG.normal(size=(2, 1000))
    traced = carded(lambda x, y: correlation(x, y), kind="traced")
    host = carded(lambda x, y: float(correlation(x, y)), kind="host")
    fast, slow = (lab.permutation_null(f, x, y, permutations=permutations, seed=2) for f in (traced, host))
    np.testing.assert_allclose(fast.samples, slow.samples, atol=1e-14)
    assert fast.p_value == slow.p_value


def test_null_needs_a_measure_of_dependence():
    x = RNG.integers(0, 3, 30)
    for wrong in (lab.discrete_conditional_entropy, lab.plugin, lab.discrete_conditional_mutual_information):
        with pytest.raises(ValueError, match="dependence between two arrays"):
            lab.permutation_null(wrong, x, x)
    with pytest.raises(ValueError, match="must be one of"):
        lab.permutation_null("miller_madow", x, x)
    with pytest.raises(ValueError, match="permutations"):
        lab.permutation_null("plugin", x, x, permutations=0)
    with pytest.raises(ValueError, match="function or its name"):
        lab.permutation_null(3, x, x)
