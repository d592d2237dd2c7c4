"""The facades: methods by name, units, labels to counts, knobs that do not exist."""

import inspect
import math
import re

import numpy as np
import pytest
import scipy.stats

import entropylab as lab
from entropylab.numerics.validation.check import EstimateWarning

RNG = np.random.default_rng(3)
LABELS = RNG.integers(0, 5, 200)
X = RNG.normal(size=200)


@pytest.mark.parametrize("name", ["miller_madow", "MM", "Miller-Madow", " miller madow ", "miller"])
def test_names_and_aliases(name):
    assert lab.entropy(LABELS, method=name) == lab.miller_madow(lab.count_labels(LABELS))


def test_every_method_the_message_lists_is_found():
    with pytest.raises(ValueError, match="must be one of") as told:
        lab.entropy(X, method="no such method")
    for name in ("plugin", "nsb", "histogram", "vasicek", "soft_match"):
        assert name in str(told.value)
        with pytest.raises(ValueError, match="own knobs"):  # found, and only then asked about its knobs
            lab.entropy(X, method=name, no_such_knob=1)
    assert "discrete_mutual_information" not in str(told.value)


@pytest.mark.parametrize(
    "base, nats",
    [(None, 1), ("nats", 1), (2, math.log(2)), ("bits", math.log(2)), ("Bans", math.log(10)), (10, math.log(10))],
)
def test_units(base, nats):
    assert lab.entropy(counts=[5, 5], method="plugin", base=base) == pytest.approx(math.log(2) / nats, rel=1e-15)
    assert lab.mutual_information(LABELS, LABELS, method="plugin", base=base) == pytest.approx(
        lab.plugin(lab.count_labels(LABELS)) / nats, rel=1e-14
    )


@pytest.mark.parametrize("base", [1, 0, -2, math.inf, math.nan, "byte", True, [2]])
def test_units_without_meaning(base):
    with pytest.raises(ValueError, match="base must be None"):
        lab.entropy(counts=[5, 5], method="plugin", base=base)


def test_labels_counts_and_samples_reach_the_estimator():
    rows = np.stack([LABELS, LABELS % 2], axis=1)
    assert lab.entropy(rows, method="nsb") == pytest.approx(lab.entropy(LABELS, method="nsb"), rel=1e-14)
    assert lab.entropy(counts=[3, 1, 0], method="nsb", support=5) == lab.nsb([3, 1], support=5)
    assert lab.entropy(X, method="hist", bins=7) == lab.histogram(X, bins=7)
    assert lab.mutual_information(X, X**2, method="hist", bins=5) == lab.histogram_mutual_information(X, X**2, bins=5)


def test_either_samples_or_counts():
    for arguments in [{}, {"x": LABELS, "counts": [1, 2]}]:
        with pytest.raises(ValueError, match="either samples x or counts"):
            lab.entropy(method="plugin", **arguments)
    with pytest.raises(ValueError, match="counts must go with a method that takes them"):
        lab.entropy(counts=[1, 2], method="histogram")


def test_unknown_knobs_are_named_beside_those_there_are():
    with pytest.raises(ValueError, match="histogram .* knobs bins; got bin"):
        lab.entropy(X, method="histogram", bin=3)
    with pytest.raises(ValueError, match="plugin .* no knobs; got support"):
        lab.entropy(LABELS, method="plugin", support=3)


def test_a_method_must_be_a_name():
    with pytest.raises(ValueError, match="must be a name"):
        lab.entropy(X, method=3)


def test_counting_real_numbers_is_told():
    with pytest.warns(EstimateWarning, match="all 200 differ"):
        assert lab.entropy(X, method="plugin") == pytest.approx(math.log(200))


@pytest.mark.parametrize(
    ("call", "remedy"),
    [
        (lambda: lab.entropy([0.2, 0.3, 0.5]), "look like probabilities"),
        (lambda: lab.entropy([10, 20, 30, 40]), "pass counts=x"),
        (lambda: lab.entropy(np.array([1.0, 2.0, 2.0])), 'method="plugin"'),
        (lambda: lab.entropy(["a", "b", "b"]), 'method="plugin"'),
        (lambda: lab.mutual_information([0, 1, 0, 1], [0, 1, 1, 1]), 'method="plugin"'),
        (lambda: lab.mutual_information(np.arange(9) / 7, list("aabbccabc")), '"ross"'),
    ],
)
def test_what_users_of_scipy_pass_is_not_read_as_samples(call, remedy):
    with pytest.raises(ValueError, match=re.escape(remedy)):
        call()


def test_a_method_settles_what_the_data_are():
    labels = [0, 1, 0, 1, 1, 0, 1, 0]
    assert lab.mutual_information(labels, labels, "plugin", base="bit") == pytest.approx(1.0)
    assert lab.entropy(counts=[10, 20, 30, 40]) == pytest.approx(scipy.stats.entropy([10, 20, 30, 40]))
    rng = np.random.default_rng(0)
    assert np.isfinite(lab.entropy(rng.dirichlet(np.ones(50)), "kl"))


PAIR = np.random.default_rng(1).normal(size=(2, 60, 1))
SEEDED = {
    "audit": lambda seed: lab.audit(*PAIR, seed=seed).attrs["seed"],  # the noise of some conventions
    "choose_anchors": lambda seed: lab.choose_anchors(PAIR[0], 3, method="random", seed=seed).tolist(),
    "choose_halfspaces": lambda seed: lab.choose_halfspaces(np.hstack(PAIR), 2, method="random", seed=seed)[0].tolist(),
    "expected_kde_histogram": lambda seed: lab.expected_kde_histogram(
        np.hstack([*PAIR, *PAIR]), bandwidth=0.3, bins=12, probes=50, seed=seed
    ),
    "infonce": lambda seed: lab.infonce(*PAIR, steps=20, batch=16, seed=seed),
    "kde_histogram": lambda seed: lab.kde_histogram(PAIR[0], draws=5000, seed=seed),
    "kde_sample": lambda seed: lab.kde_sample(PAIR[0], 4, seed=seed).tolist(),
    "mine": lambda seed: lab.mine(*PAIR, steps=20, seed=seed),
    "mixture_monte_carlo": lambda seed: lab.mixture_monte_carlo(
        lab.Mixture([0.5, 0.5], [0.0, 3.0], [1.0, 1.0]), draws=50, seed=seed
    ),
    "nwj": lambda seed: lab.nwj(*PAIR, steps=20, seed=seed),
    "permutation_null": lambda seed: lab.permutation_null("ksg", *PAIR, permutations=9, seed=seed).samples.tolist(),
    "uncertainty": lambda seed: lab.uncertainty("ksg", *PAIR, resamples=9, seed=seed).standard_error,
}


def test_every_function_with_a_seed_is_tried():
    public = [getattr(lab, name) for name in lab.__all__]
    seeded = [f.__name__ for f in public if inspect.isfunction(f) and "seed" in inspect.signature(f).parameters]
    assert sorted(seeded) == sorted(SEEDED)


@pytest.mark.filterwarnings("ignore::entropylab.numerics.validation.check.EstimateWarning")
@pytest.mark.parametrize("call", SEEDED.values(), ids=SEEDED)
def test_a_generator_is_a_seed(call):
    """Equal generators give equal numbers; one that has moved on gives others."""
    rng = np.random.default_rng(5)
    first, second, again = call(rng), call(rng), call(np.random.default_rng(5))
    assert first == again and first != second
