"""Cells: closed forms of the loss, symmetries of the dynamics, and runs that succeed and fail as they say."""

from __future__ import annotations

import itertools
import math
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from entropylab.app.defaults import default_parts
from entropylab.estimators.patterns.curves import leakage_entropy
from entropylab.estimators.patterns.entropy import pattern_entropy, soft_match
from entropylab.numerics.discrete.relaxations import leakage_probability, sigmoid_step
from entropylab.studies.cells import loss as cells_loss
from entropylab.studies.cells.measures import compute_measures, utility
from entropylab.studies.cells.page import PRESETS, TRAIN
from entropylab.studies.cells.parameters import Cells
from entropylab.studies.cells.rule import CHANNELS, Environment, apply, init, perceive, target_state
from entropylab.studies.cells.schedules import CellSchedules, cell_schedules, wilson
from entropylab.studies.cells.stages import annealed, cells

RUN = {preset.name: preset.question for preset in PRESETS}


def rows(*patterns):
    return np.array([[int(bit) for bit in pattern] for pattern in patterns], float)


# Closed forms of the loss -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("distance", [1, 3, 8])
def test_two_patterns_leak_by_their_distance(distance):
    """Half the runs each, h cells apart: H = -log((1 + kappa^h) / 2), and the loss sees the same number."""
    states = rows(*["00000000", "1" * distance + "0" * (8 - distance)] * 8)
    kappa = float(leakage_probability(10.0, 0.5))
    expected = -math.log((1 + kappa**distance) / 2)
    assert float(soft_match(states)) == pytest.approx(expected, abs=1e-12)
    reproducibility = jax.jit(lambda states: cells_loss.reproducibility(sigmoid_step(states, 10.0), 0.5))
    assert float(reproducibility(states)) == pytest.approx(expected)


def test_bias_of_decided_patterns_is_negative_and_first_order_in_neighbours():
    """-kappa n1, n1 the mean number of observed patterns one cell away; what is left is of order kappa^2."""
    states = np.asarray(jax.random.bernoulli(jax.random.key(0), 0.5, (64, 5)), float)
    hard = pattern_entropy(states)
    for bandwidth in (0.2, 0.25, 0.3):
        kappa = float(leakage_probability(10.0, bandwidth))
        near = (np.abs(states[:, None] - states[None]).sum(-1) == 1).sum(1)
        same = (np.abs(states[:, None] - states[None]).sum(-1) == 0).sum(1)
        bias = leakage_entropy(states, bandwidth=bandwidth) - hard
        assert bias < 0
        first = -kappa * (near / same).mean()
        assert bias == pytest.approx(first, abs=60 * kappa**2)
    assert abs(bias) > 0.01  # at 0.3 there is something to see


def test_undecided_cells_look_alike_to_the_soft_entropy():
    """s = 1/2 + noise: H is about d T^2 eta^2 / (16 sigma^2) where the hard entropy is nearly log n."""
    noise, n, d = 0.002, 256, 8
    states = 0.5 + noise * np.random.default_rng(0).standard_normal((n, d))
    expected = d * 10.0**2 * noise**2 / (16 * 0.5**2)
    # two standard errors of a variance of n d numbers are 4 %; higher orders are of order `expected` itself
    assert float(soft_match(states)) == pytest.approx(expected, rel=0.05)
    assert pattern_entropy(states) > 4


def test_temperature_of_the_steepest_slope():
    """At distance m from the threshold d sigma(T m) / ds is largest at u tanh u = 1/2, T = 2 u / m = 1.5434 / m."""
    slope = jax.jit(jax.vmap(jax.grad(sigmoid_step), (None, 0)))
    temperatures = np.linspace(1, 12, 4401)
    for margin in (0.25, 0.5):
        best = temperatures[np.argmax(slope(0.5 + margin, temperatures))]
        assert best == pytest.approx(1.5434 / margin, abs=5e-3)


def test_binary_entropy_and_its_slope_are_finite_at_the_ends():
    value, slope = jax.jit(jax.vmap(jax.value_and_grad(cells_loss.binary_entropy)))(jnp.array([0.0, 0.5, 0.9, 1.0]))
    np.testing.assert_allclose(value, [0, math.log(2), -0.9 * math.log(0.9) - 0.1 * math.log(0.1), 0], atol=1e-15)
    np.testing.assert_allclose(slope, [0, 0, math.log(1 / 9), 0], atol=1e-12)


def test_score_function_is_unbiased():
    """Over all 64 drawings of 3 runs of 2 cells: mean of the surrogate's gradient = gradient of the mean loss."""
    states = jnp.array([[0.4, 0.7], [0.55, 0.2], [0.6, 0.5]])
    every = jnp.array(list(itertools.product([0.0, 1.0], repeat=6))).reshape(-1, 3, 2)

    def chances(states):
        logits = 4.0 * (states - 0.5)
        log = every * jax.nn.log_sigmoid(logits) + (1 - every) * jax.nn.log_sigmoid(-logits)
        return jnp.exp(log.sum((1, 2))), log.sum(2)

    @jax.jit
    def both(states):
        values, credits = jax.vmap(lambda bits: cells_loss._leave_one_out_advantages(bits, 0.7))(every)
        exact = jax.grad(lambda states: chances(states)[0] @ values)(states)
        weights = chances(states)[0]
        surrogate = jax.grad(lambda states: (weights[:, None] * credits * chances(states)[1]).sum())(states)
        return values, surrogate, exact

    values, surrogate, exact = both(states)
    np.testing.assert_allclose(surrogate, exact, atol=1e-12)
    pooled = jax.jit(cells_loss.binary_entropy)
    direct = [pattern_entropy(bits) / 2 - 0.7 * pooled(bits.mean()) for bits in np.asarray(every)]
    np.testing.assert_allclose(values, direct, atol=1e-12)


def test_straight_through_has_the_hard_value_and_the_soft_slope():
    states = jnp.array(np.random.default_rng(1).uniform(size=(16, 4)))
    ask = lambda s: cells_loss.loss(s, jax.random.key(0), 5.0, 0.5, 1.0, 0.1, "straight-through")  # noqa: E731
    hard = (states >= 0.5).astype(float)
    expected, outer = jax.jit(jax.value_and_grad(lambda x: cells_loss.objective(x, 0.5, 1.0, 0.1)))(hard)
    soft = np.asarray(sigmoid_step(states, 5.0))
    value, slope = jax.jit(jax.value_and_grad(ask))(states)
    assert float(value) == pytest.approx(float(expected))
    np.testing.assert_allclose(slope, np.asarray(outer) * 5 * soft * (1 - soft), atol=1e-12)
    with pytest.raises(ValueError, match="gradient must be one of pathwise, .*: got 'finite'"):
        cells_loss.loss(states, jax.random.key(0), 5.0, 0.5, 1.0, 0.0, "finite")


# The utility ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["00000000"] * 4, 0.0),
        (["01010101"] * 4, 1.0),
        (["01010101", "10101010"] * 2, 1 - (1 + 1 / (2 * 4 * math.log(2))) / 8),  # period 2: log 2, and its correction
        (["00000000", "11111111"] * 2, 1 - (1 + 1 / (2 * 4 * math.log(2))) / 8),
        (["0001"] * 3, -(0.25 * math.log2(0.25) + 0.75 * math.log2(0.75))),
    ],
)
def test_utility_of_known_patterns(patterns, expected):
    assert utility(rows(*patterns))[0] == pytest.approx(expected, abs=1e-12)


def test_patterns_of_a_ring_cost_their_period():
    """All shifts of a pattern equally often, as a ring makes them: H = log of its period, to the bit."""
    for pattern, period in (("01010101", 2), ("00110011", 4), ("00001111", 8), ("11111111", 1)):
        shifts = rows(*(pattern[k:] + pattern[:k] for k in range(8)))
        assert pattern_entropy(shifts) == pytest.approx(math.log(period), abs=1e-12)
        assert utility(np.repeat(shifts, 1000, 0))[0] <= 1 - 1 / 8 + 1e-12


def test_error_of_the_utility_is_its_spread():
    """Over 200 batches of 256 runs of three patterns; a spread of 200 is known to 5 %, and so to 4 errors 20 %."""
    rng = np.random.default_rng(0)
    patterns = rows("01010101", "01110101", "11110000")
    found = [utility(patterns[rng.choice(3, 256, p=[0.6, 0.3, 0.1])]) for _ in range(200)]
    values, errors = np.array(found).T
    assert values.std() == pytest.approx(errors.mean(), rel=0.2)


def test_measures_agree_with_the_library():
    states = np.random.default_rng(2).uniform(size=(128, 8))
    _, scalars, ranked = compute_measures(states, 7.0, 0.6)
    assert scalars["soft"][1] == pytest.approx(float(soft_match(states, temperature=7.0, bandwidth=0.6)), abs=1e-10)
    distinct = scalars["distinct"][1]
    assert scalars["hard"][1] == pytest.approx(pattern_entropy(states) + (distinct - 1) / 256, abs=1e-12)
    assert sorted(ranked.order) == list(range(128)) and (np.diff(ranked.shares) <= 0).all()


# The dynamics -----------------------------------------------------------------------------------------------------


def test_a_ring_knows_no_place_and_a_blind_line_no_side():
    rule = init(jax.random.key(0))
    held = jax.random.uniform(jax.random.key(1), (CHANNELS, 5, 8), jnp.float32)
    none = jnp.zeros((5, 8), jnp.float32)
    move = jax.jit(lambda held, world: target_state(rule, perceive(held, world, none)))
    ring, blind, line = (
        Environment(1.0, 0.0, 0.0, 0.0),
        Environment(0.0, 1.0, 0.0, 0.0),
        Environment(0.0, 0.0, 0.0, 0.0),
    )
    roll, flip = lambda a: np.roll(a, 3, -1), lambda a: np.asarray(a)[..., ::-1]
    np.testing.assert_allclose(move(roll(held), ring), roll(move(held, ring)), atol=1e-6)
    np.testing.assert_allclose(move(flip(held), blind), flip(move(held, blind)), atol=1e-6)
    assert np.abs(move(roll(held), line) - roll(move(held, line))).max() > 0.01
    assert np.abs(move(flip(held), line) - flip(move(held, line))).max() > 0.01


def test_states_stay_in_range_and_noise_is_what_differs():
    rule, key = init(jax.random.key(0)), jax.random.key(1)
    quiet = apply(rule, key, 6, 8, Environment(0.0, 0.0, 0.0, 0.0))
    loud = apply(rule, key, 6, 8, Environment(0.0, 0.0, 0.5, 1.0))
    assert quiet.shape == (31, 6, 8) and quiet.dtype == jnp.float32
    assert float(np.ptp(quiet, axis=1).max()) == 0.0
    assert float(loud.min()) >= 0 and float(loud.max()) <= 1 and float(np.ptp(loud, axis=1).max()) > 0.2


# Runs -------------------------------------------------------------------------------------------------------------


def test_steps_one_by_one_are_the_run():
    question = RUN["Annealing succeeds"]
    by_ones = by_tens = cells.start(question)
    for _ in range(12):
        *_, by_ones = cells.iter_states(by_ones, question, 1)
    *_, by_tens = cells.iter_states(by_tens, question, 12)
    for one, ten in zip(jax.tree.leaves(by_ones), jax.tree.leaves(by_tens), strict=True):
        np.testing.assert_array_equal(one, ten)


def test_schedule_reaches_its_ends():
    question = Cells(bandwidth=1.0, narrowing=4.0)
    steps = np.array([0, 120, 240, 300])
    temperature, bandwidth = annealed(question, steps)
    np.testing.assert_allclose(temperature, [5, 5 * 6**0.5, 30, 30])
    np.testing.assert_allclose(bandwidth, [1, 0.5, 0.25, 0.25])


@pytest.mark.slow
def test_nine_of_ten_seeds_reach_the_bound():
    """U >= 0.95 on 1024 runs of fresh noise, within 60 s of two cores."""
    begun = time.process_time()
    answer = cell_schedules(CellSchedules(schedules=("T 5 to 30",)))
    assert int((answer.final_utility >= 0.95).sum()) >= 9
    assert time.process_time() - begun < 60
    assert float(answer.reached[0]) >= 0.9 and float(answer.reached_low[0]) < 0.9 <= float(answer.reached_high[0])
    assert answer.utility_curves.shape == (1, 10, 31) and not np.isnan(answer.utility_curves).any()


@pytest.mark.slow
def test_presets_end_as_their_lines_say():
    """Each at its own seed; intervals of the numbers are far narrower than the margins here."""
    annealing = cells(RUN["Annealing succeeds"])
    assert float(annealing.utility) >= 0.95 and float(annealing.hard_curve.max()) > 1
    collapse = cells(RUN["Collapse to zero"])
    assert float(collapse.hard) == 0 and float(collapse.utility) == 0 and int(collapse.distinct) == 1
    low = cells(RUN["Soft falls, hard does not"])
    assert float(low.soft_curve[-1]) < 0.5 * float(low.soft_curve[0]) and float(low.soft) < 0.01
    assert float(low.hard_curve[-1]) > float(low.hard_curve[0]) + 1 and float(low.utility) < 0.2
    assert float(low.margin) < 0.05
    noisy = cells(RUN["Noise too strong"])
    assert float(noisy.utility) < 0.9 and float(noisy.hard) > 0.5
    blind = cells(RUN["Blind to left and right"])
    hard = (blind.pattern.values >= 0.5).astype(int)
    assert float(blind.utility) >= 0.95 and (hard[0] == hard[0, ::-1]).all()
    ring = cells(RUN["Ring"])
    assert float(ring.utility) < 0.1 and float(ring.margin) < 0.05 and float(ring.bound) == 1 - 1 / 8


def test_a_run_that_breaks_says_so():
    question = Cells(rate=0.01)
    state = cells.start(question)
    broken = state._replace(rule=jax.tree.map(lambda weight: weight * np.nan, state.rule))
    with pytest.raises(ValueError, match="the loss is no number any more before step 1: lower the rate"):
        cells.advance(broken, question, 1)


def test_first_picture_is_stored_and_labelled():
    """float32 sums come in another order elsewhere: a state may move by 1e-4, an entropy of 512 of them by 0.05."""
    stored = default_parts(TRAIN)["run"]
    now = cells.picture(cells.start(Cells()), Cells())
    assert dict(stored.sizes) == dict(now.sizes) and set(stored.variables) == set(now.variables)
    for name, variable in now.variables.items():
        assert variable.attrs["long_name"] and variable.attrs["units"], name
        assert stored[name].attrs == variable.attrs
    np.testing.assert_allclose(stored.space_time, now.space_time, atol=1e-3)
    for name in ("soft", "hard", "utility"):
        assert float(stored[name]) == pytest.approx(float(now[name]), abs=0.05)


def test_wilson_interval():
    """Of 9 in 10: (0.596, 0.982), Newcombe (1998) for z = 1.96."""
    low, high = wilson([9, 0, 0], [10, 10, 0])
    np.testing.assert_allclose(low, [0.5958, 0, 0], atol=1e-4)
    np.testing.assert_allclose(high, [0.9821, 0.2775, 1], atol=1e-4)
