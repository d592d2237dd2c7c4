"""Soft and hard pattern entropy: closed forms, the note's own formula, bounds, errors, gradients, bad input."""

import itertools
import math
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from entropylab.estimators.patterns.curves import (
    leakage_entropy,
    soft_match_curve,
    soft_match_errors,
    soft_match_gradients,
    soft_match_map,
    soft_match_temperatures,
)
from entropylab.estimators.patterns.entropy import (
    distinct_patterns,
    pattern_counts,
    pattern_entropy,
    soft_binarize,
    soft_counts,
    soft_match,
)
from entropylab.numerics.discrete.relaxations import leakage_probability, soft_entropy_of_fair_bits
from entropylab.problems.patterns import DATA, pattern_states, pattern_width


def states_of(n, d, seed=0):
    return np.random.default_rng([seed, n, d]).random((n, d))


def bits_of(n, d, seed=0):
    return np.random.default_rng([seed, n, d]).integers(0, 2, (n, d)).astype(float)


def kappa(temperature, bandwidth):
    return math.exp(-(math.tanh(temperature / 4) ** 2) / (2 * bandwidth**2))


def twin(states, temperature=10.0, bandwidth=0.5):
    """Seed 000 as written: sigmoid, all pairwise differences, log of the mean kernel, mean over rows."""
    soft = 1 / (1 + np.exp(-temperature * (np.asarray(states, float) - 0.5)))
    squares = ((soft[:, None] - soft[None]) ** 2).sum(-1)
    return float(-np.log(np.exp(-squares / (2 * bandwidth**2)).mean(1)).mean())


def seed_loss(states, temperature, bandwidth):
    soft = jax.nn.sigmoid(temperature * (states - 0.5))
    squares = jnp.sum((soft[:, None] - soft[None]) ** 2, axis=-1)
    log_counts = jax.scipy.special.logsumexp(-squares / (2 * bandwidth**2), axis=-1)
    return jnp.log(len(states)) - log_counts.mean()


seed_slope = jax.jit(jax.grad(seed_loss))


# Closed forms -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("temperature, shrink", [(1e4, 1.0), (10.0, math.tanh(2.5)), (0.5, math.tanh(0.125))])
@pytest.mark.parametrize("bandwidth", [0.2, 0.5, 3.0])
def test_two_patterns_leak_by_their_distance(temperature, shrink, bandwidth):
    """Two rows h cells apart: H = -log((1 + kappa^h) / 2), kappa = exp(-tanh(T/4)^2 / (2 sigma^2))."""
    for h in (1, 2, 7):
        x = np.zeros((2, 7))
        x[1, :h] = 1
        leak = math.exp(-h * shrink**2 / (2 * bandwidth**2))
        counts = soft_counts(x, temperature=temperature, bandwidth=bandwidth)
        np.testing.assert_allclose(counts, 1 + leak, rtol=1e-14)
        expected = -math.log((1 + leak) / 2)
        assert float(soft_match(x, temperature=temperature, bandwidth=bandwidth)) == pytest.approx(expected, rel=1e-13)


def test_leakage_of_the_seed():
    """T = 10, sigma = 1/2: 0.1427 where a hard step would leak exp(-2) = 0.1353."""
    assert float(leakage_probability(10.0, 0.5)) == pytest.approx(0.1427, abs=5e-5)
    assert float(leakage_probability(1e4, 0.5)) == pytest.approx(math.exp(-2), rel=1e-14)
    assert float(leakage_probability(7.0, 0.3)) == pytest.approx(kappa(7.0, 0.3), rel=1e-14)


@pytest.mark.parametrize("d", [1, 3, 6])
@pytest.mark.parametrize("temperature, bandwidth", [(10.0, 0.5), (3.0, 0.2), (100.0, 5.0)])
def test_all_binary_patterns_once(d, temperature, bandwidth):
    """Enumerating the cube has no sampling error: H = d log 2 - d log(1 + kappa) to rounding."""
    cube = np.array(list(itertools.product((0, 1), repeat=d)))
    expected = d * (math.log(2) - math.log1p(kappa(temperature, bandwidth)))
    got = soft_match(cube, temperature=temperature, bandwidth=bandwidth)
    assert float(got) == pytest.approx(expected, rel=1e-12)
    assert float(soft_entropy_of_fair_bits(d, temperature, bandwidth)) == pytest.approx(expected, rel=1e-13)


def test_uniform_binary_patterns_within_sampling_error():
    """Seed 000 step B at a hard threshold: D log 2 - D log(1 + exp(-1 / (2 sigma^2))).

    The truth is a functional of 2^4 frequencies: bias (2^4 - 1) / 2n = 2e-3 at most, standard error below that.
    """
    expected = 4 * (math.log(2) - math.log1p(math.exp(-1 / (2 * 0.5**2))))
    for seed in range(3):
        got = soft_match(bits_of(4096, 4, seed), temperature=1e4, bandwidth=0.5)
        assert float(got) == pytest.approx(expected, abs=4e-3)


def test_independent_cells_that_are_not_fair():
    """sum over cells of -q log(q + (1-q) kappa) - (1-q) log((1-q) + q kappa), with frequencies exactly q."""
    ones = np.array([1, 3])  # of 4 rows each: every combination once makes the cells exactly independent
    columns = [np.arange(4) < k for k in ones]
    x = np.array(list(itertools.product(*columns)), float)
    k, q = kappa(10.0, 0.5), ones / 4
    expected = (-q * np.log(q + (1 - q) * k) - (1 - q) * np.log(1 - q + q * k)).sum()
    assert float(soft_match(x)) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("temperature, bandwidth", [(10.0, 0.5), (4.0, 0.1), (60.0, 0.02), (1.0, 5.0)])
def test_leakage_formula_is_soft_match_of_bits(temperature, bandwidth):
    x = bits_of(300, 9)[np.random.default_rng(1).integers(0, 40, 300)]
    got = soft_match(x, temperature=temperature, bandwidth=bandwidth)
    assert leakage_entropy(x, temperature=temperature, bandwidth=bandwidth) == pytest.approx(float(got), rel=1e-12)


def test_leakage_formula_over_more_patterns_than_one_block():
    x = bits_of(1500, 16)
    assert len(distinct_patterns(x)[0]) > 1024
    assert leakage_entropy(x) == pytest.approx(float(soft_match(x)), rel=1e-12)


def test_first_order_bias_is_kappa_times_neighbours():
    """Soft - hard = -kappa n1 + O(kappa^2), n1 the mean number of observed patterns one cell away, at sigma 0.3."""
    x = bits_of(400, 8)[np.random.default_rng(0).integers(0, 60, 400)]
    distinct, _, counts = distinct_patterns(x)
    apart = (distinct[:, None] != distinct[None]).sum(-1)
    n1 = (counts / 400) @ (apart == 1).sum(1)
    assert n1 > 0.5
    for bandwidth in (0.3, 0.25):
        k = kappa(10.0, bandwidth)
        bias = float(soft_match(x, bandwidth=bandwidth)) - pattern_entropy(x)
        # -log(1 + z) >= -z + z^2 / 2, and z <= kappa * (p_v / p_u summed over neighbours) plus kappa^2 terms
        ratios = ((apart == 1) * (counts[None] / counts[:, None])).sum(1)
        room = (counts / 400) @ ratios**2 * k**2 / 2 + k**2 * (apart == 2).sum()
        assert -k * n1 - room <= bias <= -k * n1 + room
        assert bias == pytest.approx(-k * n1, rel=0.05)


def test_double_counting_weighs_by_probability():
    """Seed 000 section 3: the mean over rows is the sum over unique patterns, exactly, for the hard form."""
    x = bits_of(500, 4)
    rows, counts = np.unique(x, axis=0, return_counts=True)
    p = counts / 500
    over_patterns = -(p * np.log(p)).sum()
    per_row = pattern_counts(x)
    assert len(rows) == 16 and set(per_row) == set(counts)
    over_rows = -np.log(per_row / 500).mean()
    assert over_rows == pytest.approx(over_patterns, rel=1e-14)
    assert pattern_entropy(x) == pytest.approx(over_patterns, rel=1e-14)
    # and for the soft one wherever it leaks nothing: kappa = exp(-1250)
    assert float(soft_match(x, temperature=1e3, bandwidth=0.02)) == pytest.approx(over_patterns, rel=1e-14)


@pytest.mark.parametrize("margin", [0.1, 0.25, 0.5])
def test_gradient_is_largest_at_the_best_temperature(margin):
    """dx/ds = T / (4 cosh^2(T m / 2)) is largest where u tanh u = 1/2, u = T m / 2: T* = 1.5434 / m."""
    slope = jax.vmap(
        lambda t: jax.grad(lambda s: soft_binarize(s, temperature=t).sum())(jnp.full((1, 1), 0.5 + margin))
    )
    around = 1.5434 / margin * np.array([0.99, 1.0, 1.01])
    low, best, high = slope(around).ravel()
    assert best > max(low, high)
    np.testing.assert_allclose(best, around[1] / (4 * math.cosh(around[1] * margin / 2) ** 2), rtol=1e-12)
    # parabola through three points: its top lies within 1e-4 of the middle one
    top = 0.5 * (low - high) / (low - 2 * best + high) * 0.01
    assert abs(top) < 2e-4


@pytest.mark.parametrize("name", ["uniform", "bits", "undecided", "one pattern"])
def test_bounds(name):
    x = {
        "uniform": states_of(100, 6),
        "bits": bits_of(100, 3),
        "undecided": 0.5 + 0.01 * states_of(100, 6),
        "one pattern": np.ones((100, 3)),
    }[name]
    for temperature, bandwidth in itertools.product((0.5, 10.0, 100.0), (0.02, 0.5, 5.0)):
        got = float(soft_match(x, temperature=temperature, bandwidth=bandwidth))
        assert -1e-14 <= got <= math.log(100) + 1e-14  # rounding of a logarithm of n
    assert 0 <= pattern_entropy(x) <= math.log(100)


def test_ends_are_reached():
    assert float(soft_match(np.ones((50, 3)))) == 0
    assert pattern_entropy(np.ones((50, 3))) == 0
    every = np.eye(64)
    assert pattern_entropy(every) == pytest.approx(math.log(64), rel=1e-15)
    assert float(soft_match(every, temperature=1e3, bandwidth=0.02)) == pytest.approx(math.log(64), rel=1e-15)


def test_decided_states_leak_and_never_gain():
    """For states of exactly 0 or 1 the soft count is at least the hard one."""
    x = bits_of(200, 5)
    assert (np.asarray(soft_counts(x)) >= pattern_counts(x) - 1e-9).all()
    assert float(soft_match(x)) <= pattern_entropy(x)


# The note's formula -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n, d", [(2, 1), (65, 3), (200, 16), (600, 5)])
def test_equals_the_seed(n, d):
    x = states_of(n, d)
    for temperature, bandwidth in ((10.0, 0.5), (0.5, 5.0), (100.0, 0.02), (30.0, 0.25)):
        got = float(soft_match(x, temperature=temperature, bandwidth=bandwidth))
        assert got == pytest.approx(twin(x, temperature, bandwidth), rel=1e-10, abs=1e-12)


def test_gradient_equals_the_seed():
    x = states_of(100, 6)
    for temperature, bandwidth in ((10.0, 0.5), (2.0, 0.1)):
        ours = jax.grad(lambda x, t, s: soft_match(x, temperature=t, bandwidth=s), (0, 1, 2))
        plain = jax.jit(jax.grad(seed_loss, (0, 1, 2)))
        for got, expected in zip(ours(x, temperature, bandwidth), plain(x, temperature, bandwidth), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-10 * np.abs(expected).max())


def test_local_values_average_to_the_estimate():
    x = states_of(100, 6)
    local = soft_match.local(x, temperature=7.0, bandwidth=0.4)
    assert local.shape == (100,)
    assert float(local.mean()) == pytest.approx(float(soft_match(x, temperature=7.0, bandwidth=0.4)), rel=1e-14)
    np.testing.assert_allclose(soft_counts(x, temperature=7.0, bandwidth=0.4), 100 * np.exp(-local), rtol=1e-14)


def test_order_of_rows_and_columns_is_nobodys_matter():
    x, rng = states_of(150, 6), np.random.default_rng(0)
    shuffled = x[rng.permutation(150)][:, rng.permutation(6)]
    assert float(soft_match(shuffled)) == pytest.approx(float(soft_match(x)), rel=1e-13)
    assert float(soft_match(1 - x)) == pytest.approx(float(soft_match(x)), rel=1e-13)  # 0 and 1 are only names


# Curves, maps, errors ---------------------------------------------------------------------------------------------


def test_curves_are_soft_match_point_by_point():
    x, temperatures, bandwidths = states_of(130, 5), np.array([0.5, 5.0, 90.0]), np.array([0.02, 0.3, 1.0, 5.0])
    single = np.array([[twin(x, t, s) for s in bandwidths] for t in temperatures])
    np.testing.assert_allclose(soft_match_map(x, temperatures=temperatures, bandwidths=bandwidths), single, rtol=1e-10)
    curve, _ = soft_match_curve(x, temperature=5.0, bandwidths=bandwidths)
    np.testing.assert_allclose(curve, single[1], rtol=1e-10)
    values, _ = soft_match_temperatures(x, temperatures=temperatures, bandwidth=0.3)
    np.testing.assert_allclose(values, single[:, 1], rtol=1e-10)
    gradient = soft_match_gradients(x, temperatures=temperatures, bandwidth=0.3)
    for temperature, size in zip(temperatures, gradient, strict=True):
        derivative = seed_slope(x, temperature, 0.3)
        assert size == pytest.approx(130 * np.sqrt((np.asarray(derivative) ** 2).mean()), rel=1e-9)


def jackknife(values):
    """Leave-one-out standard error from the n estimates with one sample missing."""
    n = len(values)
    return math.sqrt((n - 1) / n * ((values - np.mean(values)) ** 2).sum())


def test_standard_errors_against_leave_one_out():
    """The infinitesimal jackknife is the first order of the jackknife: they differ by a relative O(1/n)."""
    x = np.abs(bits_of(12, 6)[np.random.default_rng(2).integers(0, 12, 120)] - 0.3 * states_of(120, 6))
    found = soft_match_errors(x, temperature=10.0, bandwidth=0.4)
    left = [np.delete(x, i, 0) for i in range(120)]
    soft = np.array([twin(part, 10.0, 0.4) for part in left])
    hard = np.array([pattern_entropy(part) for part in left])
    assert found["soft_error"] == pytest.approx(jackknife(soft), rel=0.05)
    assert found["hard_error"] == pytest.approx(jackknife(hard), rel=0.05)
    assert found["gap_error"] == pytest.approx(jackknife(soft - hard), rel=0.05)
    assert found["soft"] == pytest.approx(twin(x, 10.0, 0.4), rel=1e-12)
    assert found["hard"] == pytest.approx(pattern_entropy(x), rel=1e-14)
    assert found["gap"] == pytest.approx(found["soft"] - found["hard"], rel=1e-12)
    _, errors = soft_match_curve(x, temperature=10.0, bandwidths=[0.4])
    assert errors[0] == pytest.approx(found["soft_error"], rel=1e-12)
    _, errors = soft_match_temperatures(x, temperatures=[10.0], bandwidth=0.4)
    assert errors[0] == pytest.approx(found["soft_error"], rel=1e-12)
    np.testing.assert_allclose(found["surprise"], soft_match.local(x, bandwidth=0.4), rtol=1e-12)
    np.testing.assert_allclose(found["hard_surprise"], np.log(120 / pattern_counts(x)), rtol=1e-15)


@pytest.mark.parametrize(
    "n, noise, allowed",
    # 200 batches know their standard deviation to 1 / sqrt(400) = 5 %: three of those
    [(128, 0.0, dict(soft=(0.85, 1.15), hard=(0.85, 1.15), gap=(0.85, 1.25))),
     # rare patterns, many seen once: the errors of hard and gap are short, as the docstring says
     (128, 0.02, dict(soft=(0.8, 1.15), hard=(0.7, 1.0), gap=(0.5, 0.85)))],
)  # fmt: skip
def test_standard_errors_against_the_spread_over_seeds(n, noise, allowed):
    prototypes, p, rng = bits_of(5, 8).astype(int), np.array([0.4, 0.3, 0.15, 0.1, 0.05]), np.random.default_rng(1)
    found = []
    for _ in range(200):
        bits = prototypes[rng.choice(5, n, p=p)]
        bits = bits ^ (rng.random(bits.shape) < noise)
        found.append(soft_match_errors(np.abs(bits - 0.2 * rng.random(bits.shape))))
    for kind, (low, high) in allowed.items():
        spread = np.std([float(one[kind]) for one in found], ddof=1)
        told = np.sqrt(np.mean([float(one[f"{kind}_error"]) ** 2 for one in found]))
        assert low < told / spread < high, kind


# Hard patterns ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n, d", [(1, 1), (50, 3), (300, 9), (200, 64)])
def test_hard_entropy_against_numpy_unique(n, d):
    x = states_of(n, d)
    counts = np.unique(x >= 0.5, axis=0, return_counts=True)[1]
    assert pattern_entropy(x) == pytest.approx(-(counts / n * np.log(counts / n)).sum(), rel=1e-13, abs=1e-15)
    bits, inverse, found = distinct_patterns(x)
    assert sorted(found) == sorted(counts)
    np.testing.assert_array_equal(bits[inverse], x >= 0.5)


def test_exactly_at_the_threshold_counts_as_one():
    x = np.array([[0.5], [1.0], [np.nextafter(0.5, 0)], [0.0]])
    np.testing.assert_array_equal(distinct_patterns(x)[0][distinct_patterns(x)[1]], [[True], [True], [False], [False]])
    assert pattern_entropy(x) == pytest.approx(math.log(2), rel=1e-15)
    assert pattern_entropy(np.full((4, 2), 0.5)) == 0
    np.testing.assert_array_equal(pattern_counts([[0.3], [0.31], [0.2]], threshold=0.3), [2, 2, 1])


def test_soft_meets_hard_along_both_knobs():
    x = np.abs(bits_of(200, 5) - 0.4 * states_of(200, 5))
    hard = pattern_entropy(x)
    gaps = [abs(float(soft_match(x, temperature=t, bandwidth=0.1)) - hard) for t in (10.0, 30.0, 100.0, 1000.0)]
    assert gaps == sorted(gaps, reverse=True) and gaps[-1] < 1e-6
    gaps = [abs(float(soft_match(x, temperature=1e3, bandwidth=s)) - hard) for s in (2.0, 0.5, 0.2, 0.1)]
    assert gaps == sorted(gaps, reverse=True) and gaps[-1] < 1e-6


# What comes in ----------------------------------------------------------------------------------------------------

SOFT = (soft_match, soft_counts, soft_match.local, soft_match_errors, leakage_entropy)
CURVES = (
    lambda x, temperature=10.0, bandwidth=0.5: soft_match_curve(x, temperature=temperature, bandwidths=[bandwidth]),
    lambda x, temperature=10.0, bandwidth=0.5: soft_match_temperatures(
        x, temperatures=[temperature], bandwidth=bandwidth
    ),
    lambda x, temperature=10.0, bandwidth=0.5: soft_match_map(x, temperatures=[temperature], bandwidths=[bandwidth]),
)
HARD = (pattern_entropy, pattern_counts)
TWO = [[0.0, 1.0], [1.0, 1.0]]
BAD_STATES = {
    "below 0": ([[-0.1, 1.0], [0.0, 1.0]], r"\[0, 1\]: got values from -0\.1"),
    "above 1": ([[0.0, 2.0], [0.0, 1.0]], r"\[0, 1\]: got values from 0 to 2"),
    "NaN": ([[0.0, np.nan], [0.0, 1.0]], r"finite numbers: got 1 NaN .* \(0, 1\)"),
    "infinite": ([[0.0, np.inf], [0.0, 1.0]], r"finite numbers"),
    "one list": ([0.0, 1.0], r"shape \(n, d\), samples first: got shape \(2,\)"),
    "number": (0.5, r"shape \(n, d\), samples first: got shape \(\)"),
    "three axes": (np.zeros((2, 2, 2)), r"shape \(n, d\), samples first: got shape \(2, 2, 2\)"),
    "empty": (np.zeros((0, 3)), r"at least [12] samples?: got 0"),
    "no cells": (np.zeros((3, 0)), r"at least one column: got shape \(3, 0\)"),
    "nothing": ([], r"shape \(n, d\), samples first: got shape \(0,\)"),
    "ragged": ([[0.0], [0.0, 1.0]], "rows of different lengths"),
    "text": ([["a", "b"], ["a", "b"]], "real numbers: got dtype <U1"),
    "complex": (np.ones((2, 2), complex), "real numbers: got dtype complex128"),
    "objects": (np.array([[None, 1], [0, 1]]), "missing values: got None"),
}


@pytest.mark.parametrize("states, message", BAD_STATES.values(), ids=BAD_STATES)
def test_bad_states_are_refused_with_a_remedy(states, message):
    for function in (*SOFT, *CURVES, *HARD, soft_binarize):
        with pytest.raises(ValueError, match=message):
            function(states)


def test_one_sample_has_no_soft_entropy():
    for function in (*SOFT, *CURVES):
        with pytest.raises(ValueError, match="at least 2 samples: got 1; add samples"):
            function([[0.0, 1.0]])
    assert pattern_entropy([[0.0, 1.0]]) == 0


@pytest.mark.parametrize("value", [0, -1.0, math.nan, math.inf, "5", None, True, np.ones(2)], ids=repr)
@pytest.mark.parametrize("name", ["temperature", "bandwidth"])
def test_bad_softness_is_refused_with_a_remedy(name, value):
    for function in SOFT:
        with pytest.raises(ValueError, match=f"{name}.* must be a number.*: got .*; (choose|pass)"):
            function(TWO, **{name: value})
    if name == "temperature":
        with pytest.raises(ValueError, match="temperature.* must be a number.*: got .*; (choose|pass)"):
            soft_binarize(TWO, temperature=value)


@pytest.mark.parametrize("value", [0, -1.0, math.nan, math.inf])
def test_bad_curves_are_refused(value):
    for function, name in itertools.product(CURVES, ("temperature", "bandwidth")):
        with pytest.raises(ValueError, match=f"{name}s? must be a .*above 0: got .*; choose"):
            function(TWO, **{name: value})
    for values in (0.5, [], [[0.5]]):
        with pytest.raises(ValueError, match="bandwidths must be a list of numbers above 0: got .*; choose"):
            soft_match_curve(TWO, bandwidths=values)


@pytest.mark.parametrize("value", [0, -0.5, 1.5, math.nan])
def test_bad_thresholds_are_refused(value):
    for function in HARD:
        with pytest.raises(ValueError, match=r"threshold must lie in \(0, 1\]: got .*; 0.5"):
            function(TWO, threshold=value)


def test_leakage_formula_needs_bits():
    with pytest.raises(ValueError, match="exactly 0 or 1: got others; threshold"):
        leakage_entropy([[0.2, 1.0], [0.0, 1.0]])


def test_every_form_of_bits_gives_one_number():
    x = bits_of(70, 5)
    still = x.copy()
    still.flags.writeable = False
    forms = {
        "list": x.tolist(), "int": x.astype(int), "int8": x.astype(np.int8), "bool": x.astype(bool),
        "read-only": still, "fortran": np.asfortranarray(x), "strided": np.repeat(x, 2, axis=0)[::2],
        "reversed": x[::-1][::-1], "jax": jnp.asarray(x), "jax bool": jnp.asarray(x, bool),
    }  # fmt: skip
    soft, hard = float(soft_match(x)), pattern_entropy(x)
    for name, form in forms.items():
        assert float(soft_match(form)) == soft, name
        assert pattern_entropy(form) == hard, name
        assert leakage_entropy(form) == pytest.approx(soft, rel=1e-12), name
    assert (still == x).all()


@pytest.mark.parametrize("kind", [np.float32, np.float16, jnp.bfloat16])
def test_narrow_floats_are_computed_in_float32(kind):
    x = np.asarray(states_of(300, 20), kind)
    got = soft_match(jnp.asarray(x))
    assert got.dtype == np.float32 and soft_match(x) == float(got)
    assert float(got) == pytest.approx(twin(x.astype(float)), abs=1e-4)
    assert soft_match(jnp.asarray(states_of(10, 2))).dtype == np.float64


def test_inside_users_code():
    """jit, vmap and grad around it, with the knobs traced or fixed, in any order."""
    batch = np.stack([states_of(40, 3, seed) for seed in range(3)])
    alone = np.array([twin(x, 8.0, 0.4) for x in batch])
    entropy = lambda x, t=8.0, s=0.4: soft_match(x, temperature=t, bandwidth=s)  # noqa: E731
    np.testing.assert_allclose(jax.jit(entropy)(batch[0]), alone[0], rtol=1e-12)
    np.testing.assert_allclose(jax.jit(jax.vmap(entropy, (0, None, None)))(batch, 8.0, 0.4), alone, rtol=1e-12)
    widths = np.array([0.1, 0.4, 2.0])
    swept = jax.vmap(lambda s: entropy(batch[0], 8.0, s))(widths)
    np.testing.assert_allclose(swept, [twin(batch[0], 8.0, s) for s in widths], rtol=1e-10)
    together = jax.jit(jax.vmap(jax.grad(entropy)))(batch)
    for x, gradient in zip(batch, together, strict=True):
        np.testing.assert_allclose(gradient, seed_slope(x, 8.0, 0.4), rtol=1e-9, atol=1e-13)
    value, gradient = jax.value_and_grad(lambda t: jax.jit(entropy)(batch[0], t))(8.0)
    step = 1e-5
    slope = (twin(batch[0], 8.0 + step, 0.4) - twin(batch[0], 8.0 - step, 0.4)) / (2 * step)
    assert float(gradient) == pytest.approx(slope, rel=1e-7)
    for name in ("temperature", "bandwidth"):
        traced = jax.jit(lambda v, name=name: soft_match(batch[0], **{name: v}))
        assert float(traced(0.7)) == pytest.approx(float(soft_match(batch[0], **{name: 0.7})), rel=1e-12)


def test_a_step_against_the_gradient_makes_patterns_alike():
    x = jnp.asarray(0.3 + 0.4 * states_of(60, 4))
    step = jax.jit(lambda x: x - 2.0 * jax.grad(lambda x: soft_match(x))(x))
    before = float(soft_match(x))
    for _ in range(20):
        x = jnp.clip(step(x), 0, 1)
    assert float(soft_match(x)) < before - 0.05


NARROW = """
import jax, numpy as np
from entropylab import pattern_entropy, soft_match, soft_match_curve
assert not jax.config.jax_enable_x64
x = np.random.default_rng(0).random((200, 16))
x[:100, 0], x[100:, 0] = 0.5 - 1e-12, 0.5
print(float(soft_match(x)), float(soft_match_curve(x, bandwidths=[0.5])[0][0]), pattern_entropy(x[:, :1]))
"""


def test_where_jax_runs_in_float32():
    """Soft values within 1e-4; the hard one thresholds in float64, where 1/2 - 1e-12 is below 1/2."""
    done = subprocess.run([sys.executable, "-c", NARROW], capture_output=True, text=True, check=True)
    soft, curve, hard = map(float, done.stdout.split())
    x = np.random.default_rng(0).random((200, 16))
    x[:100, 0], x[100:, 0] = 0.5 - 1e-12, 0.5
    assert soft == pytest.approx(twin(x), abs=1e-4) and curve == pytest.approx(twin(x), abs=1e-4)
    assert hard == pytest.approx(math.log(2), rel=1e-15)


# Batches ----------------------------------------------------------------------------------------------------------

BATCH = dict(samples=256, cells=8, prototypes=4, noise=0.0, spread=0.0, seed=3)


@pytest.mark.parametrize("data", DATA)
def test_batches_are_states(data):
    x = pattern_states(data, **BATCH)
    assert x.shape == (256, pattern_width(data, 8)) and x.dtype == np.float64
    assert set(np.unique(x)) <= {0.0, 1.0}
    np.testing.assert_array_equal(x, pattern_states(data, **BATCH))
    strayed = pattern_states(data, **{**BATCH, "spread": 0.4})
    assert 0 <= strayed.min() and strayed.max() <= 1 and (np.abs(strayed - 0.5) >= 0.1).all()
    np.testing.assert_array_equal(strayed >= 0.5, x >= 0.5)  # spread below 1/2 turns no cell
    other = pattern_states(data, **{**BATCH, "seed": 4, "noise": 0.05})
    assert (other != x).any()


def test_noise_free_batches_know_their_entropy():
    """Prototypes: as many patterns as prototypes, near log m. The automaton without noise: one pattern."""
    x = pattern_states("cells", **{**BATCH, "samples": 4096, "cells": 32})
    assert len(distinct_patterns(x)[0]) == 4
    assert pattern_entropy(x) == pytest.approx(math.log(4), abs=3 / 4096)  # short by (4 - 1) / 2n, give or take
    assert pattern_entropy(pattern_states("automaton", **BATCH)) == 0


def test_rule_110_by_hand():
    """One step of the automaton from a single cell: the cell and its left neighbour live."""
    from entropylab.problems import patterns

    rule = {(a, b, c): (110 >> (4 * a + 2 * b + c)) & 1 for a, b, c in itertools.product((0, 1), repeat=3)}
    state = [0] * 9
    state[4] = 1
    for _ in range(patterns.STEPS):
        state = [rule[state[i - 1], state[i], state[(i + 1) % 9]] for i in range(9)]
    got = pattern_states("automaton", **{**BATCH, "samples": 1, "cells": 9})
    np.testing.assert_array_equal(got[0], state)


def test_noise_flips_that_share_of_cells():
    clean, noisy = (pattern_states("cells", **{**BATCH, "samples": 4096, "noise": p}) for p in (0.0, 0.1))
    share = (clean != noisy).mean()
    assert share == pytest.approx(0.1, abs=4 * math.sqrt(0.09 / clean.size))  # four standard errors


@pytest.mark.parametrize(
    "data, changes, message",
    [
        ("images", {}, "data must be one of"),
        ("digits", {"samples": 1798}, "holds 1797 patterns: got samples=1798; lower"),
        ("patches 2x2", {"samples": 88_054}, "holds 88053 patterns: got samples=88054; lower"),
        ("cells", {"noise": 1.5}, r"noise must lie in \[0, 1\]: got 1.5"),
        ("cells", {"spread": -0.1}, r"spread must lie in \[0, 1\]: got -0.1"),
        ("cells", {"samples": 0}, "samples must be a whole number above 0: got 0"),
        ("cells", {"cells": 2.5}, "cells must be a whole number above 0: got 2.5"),
    ],
)
def test_bad_batches_are_refused(data, changes, message):
    with pytest.raises(ValueError, match=message):
        pattern_states(data, **{**BATCH, **changes})
