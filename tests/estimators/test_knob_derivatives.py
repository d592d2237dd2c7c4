"""Derivatives in every knob of every differentiable estimator, by central differences in float64."""

import contract_inputs as inputs
import jax
import numpy as np
import pytest

import entropylab as lab
from entropylab.estimators import CATALOGUE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::entropylab.numerics.validation.check.EstimateWarning"),
]
# Knobs whose card is a choice of words, which a number replaces, and what another knob must be for one to matter.
NUMBERS = {("kde", "bandwidth"): 0.4, ("kde_mutual_information", "bandwidth"): 0.4}
BESIDE = {("mixture_pairwise", "alpha"): {"divergence": "chernoff"}}
KNOBS = [
    (card.name, name)
    for card in CATALOGUE.values()
    if card.differentiable
    for name, knob in card.knobs.items()
    if knob.kind == "number" or (card.name, name) in NUMBERS
]


def check_slope(function, at):
    """The step h moves a central difference by h^2 f''' / 6, and rounding by eps f / h: 1e-9 for both at h = 1e-5."""
    step = 1e-5 * at
    expected = (float(function(at + step)) - float(function(at - step))) / (2 * step)
    assert float(jax.grad(lambda x: function(x))(at)) == pytest.approx(expected, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name, knob", KNOBS, ids="-".join)
def test_slope_in_a_knob(name, knob):
    card = CATALOGUE[name]
    args = inputs.sample(card.takes)
    middle = NUMBERS.get((name, knob)) or card.parameters[knob].default
    for at in (middle, 1.4 * middle):
        check_slope(lambda x: card.function(*args, **{knob: x}, **BESIDE.get((name, knob), {})), at)


def test_every_number_on_a_card_is_here():
    """Choices, flags, counts and seeds have no slope; any other kind of knob needs a test of its own."""
    kinds = {knob.kind for card in CATALOGUE.values() if card.differentiable for knob in card.knobs.values()}
    assert kinds <= {"number", "choice", "flag", "integer"}
    assert len(KNOBS) >= 14


ROWS = np.array([[0.2, 0.3, 0.5, 0.0], [0.25, 0.25, 0.25, 0.25]])
RNG = np.random.default_rng(0)
POSITIONS, ANCHORS, STATES = RNG.normal(size=(4, 2)), RNG.normal(size=(3, 2)), RNG.random((9, 3))
QUERIES, KEYS = RNG.normal(size=(2, 5, 3))
OTHERS = {
    "attention_ball_entropy-sharpness": (
        lambda x: lab.attention_ball_entropy(ROWS, POSITIONS, ANCHORS, sharpness=x)[0], 1.5,
    ),
    "attention_entropy_of-scale": (lambda x: lab.attention_entropy_from_qk(QUERIES, KEYS, scale=x)[1], 0.6),
    "row_entropy_penalty-gamma": (lambda x: lab.row_entropy_penalty(ROWS, gamma=x), 0.3),
    "soft_binarize-temperature": (lambda x: lab.soft_binarize(STATES, temperature=x)[2, 1], 4.0),
    "soft_counts-bandwidth": (lambda x: lab.soft_counts(STATES, bandwidth=x)[3], 0.4),
    "ball_memberships-sharpness": (lambda x: lab.ball_memberships(POSITIONS, ANCHORS, sharpness=x)[0, 1], 2.0),
    "halfspace_memberships-temperature": (
        lambda x: lab.halfspace_memberships(POSITIONS, ANCHORS, np.zeros(3), temperature=x)[0, 1], 0.7,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_slope_in_a_knob_without_a_card(name):
    check_slope(*OTHERS[name])


@pytest.mark.parametrize("temperature", [0.02, 0.04, 0.3])
def test_corners_do_not_move_with_the_temperature(temperature):
    """The surrogate slope of the corners belongs to the directions, and the directions' slope is still there."""
    points = RNG.normal(size=(24, 2))
    check_slope(lambda t: lab.triangle_entropy(points, temperature=t), temperature)
    around = np.stack([np.cos(np.arange(8.0)), np.sin(np.arange(8.0))], axis=1)
    assert np.abs(jax.grad(lambda d: lab.triangle_entropy(points, d, temperature=temperature))(around)).max() > 1e-4
