"""The contract tests themselves: each refuses an estimator made to break it, and passes the honest one."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import test_contract as contract

import entropylab as lab
from entropylab.estimators.card import Card
from entropylab.knobs import BANDWIDTH, TEMPERATURE, Knob
from entropylab.numerics.validation import check

POWER = Knob("p", "Exponent of the mean.", 2.0, 0.5, 8.0, name="power")


@jax.jit
def _log_mean(x, power):
    return jnp.log(jnp.mean(jnp.abs(x - x.mean(0)) ** power)) / power


def honest(x, *, power: float = 2.0):
    """Log of the p-th absolute moment, in nats: behaves like a differential entropy of (n,) samples."""
    x = check.as_samples("x", x)
    check.require_positive("power", power, "2 is the variance.")
    if x.shape[1] > 1:
        raise ValueError(f"x must have one column: got {x.shape[1]}; pass columns one by one.")
    return _log_mean(x, power)


def carded(function, **says):
    card = Card(
        function.__name__, function, "differential entropy", "samples", r"\log m_p", "shannon1948", "none", "n", True,
        "traced", "differential", None, {"power": POWER}, (),
    )  # fmt: skip
    return dataclasses.replace(card, **says)


def of_order(x, *, power: float = 2.0):
    return honest(x, power=power) + x.ravel()[0]


def unscaled(x, *, power: float = 2.0):
    return 2 * honest(x, power=power)


def anchored(x, *, power: float = 2.0):
    return jnp.log(jnp.mean(jnp.asarray(x) ** 2)) / 2


def compiling(x, *, power: float = 2.0):
    return jax.jit(_log_mean.__wrapped__, static_argnums=1)(jnp.asarray(x), power)


@jax.custom_vjp
def _skewed(x):
    return honest(x)


_skewed.defvjp(lambda x: (honest(x), x), lambda x, g: (g * 1.01 * jax.grad(honest)(x),))


def wrong_slope(x, *, power: float = 2.0):
    return _skewed(jnp.asarray(x))


def flat(x, *, power: float = 2.0):
    return jax.lax.stop_gradient(honest(x))


def trusting(x, *, power: float = 2.0):
    return _log_mean(jnp.asarray(x), power)


def terse(x, *, power: float = 2.0):
    if np.ndim(x) > 1 or np.size(x) == 0 or not np.isfinite(np.asarray(x)).all() or not power > 0:
        raise ValueError("bad input")
    return _log_mean(jnp.asarray(x), power)


def double(x, *, power: float = 2.0):
    return honest(x).astype(jnp.float64)


def branching(x, *, power: float = 2.0):
    return honest(x) + (0.0 if isinstance(x, jax.core.Tracer) else 1e-6)


def loose(states, *, temperature: float = 10.0, bandwidth: float = 0.5):
    return lab.soft_match(states, temperature=10.0, bandwidth=bandwidth)


CASES = [
    (contract.test_order_does_not_matter, of_order, {}),
    (lambda card: contract.test_law_of_scale(card, 3.7), unscaled, {}),
    (lambda card: contract.test_law_of_translation(card, -5.0), anchored, {}),
    (contract.test_moving_a_number_does_not_compile, compiling, {}),
    (contract.test_gradient_is_the_slope, wrong_slope, {}),
    (contract.test_gradient_is_the_slope, flat, {}),
    (contract.test_what_is_not_differentiable_has_no_gradient, honest, {"differentiable": False}),
    (contract.test_computes_in_the_type_of_its_input, double, {}),
    (contract.test_jit_equals_eager, branching, {}),
    (contract.test_vmap_equals_loop, branching, {}),
    (contract.test_wrong_data_are_refused_with_a_remedy, terse, {}),
    (contract.test_wrong_data_are_refused_with_a_remedy, trusting, {}),
    (contract.test_wrong_knobs_are_refused, trusting, {}),
    (contract.test_knobs_are_keyword_only_and_agree_with_the_signature, honest,
     {"knobs": {"power": dataclasses.replace(POWER, default=3.0)}}),
    (contract.test_card_is_complete, honest, {}),
    (contract.test_soft_meets_its_hard_twin, loose,
     {"takes": "states", "twin": "pattern_entropy", "knobs": {"temperature": TEMPERATURE, "bandwidth": BANDWIDTH}}),
]  # fmt: skip


@pytest.mark.parametrize("promise, culprit, says", CASES)
def test_breaking_a_promise_is_noticed(promise, culprit, says):
    with pytest.raises((AssertionError, AttributeError, pytest.fail.Exception)):
        promise(carded(culprit, **says))


def test_the_honest_pass():
    promises = {promise for promise, _, says in CASES if not says} - {contract.test_card_is_complete}
    for promise in promises:
        promise(carded(honest))
    contract.test_knobs_are_keyword_only_and_agree_with_the_signature(carded(honest))
    contract.test_soft_meets_its_hard_twin(carded(lab.soft_match, **CASES[-1][2]))


def test_a_new_kind_of_data_asks_for_its_sampler():
    with pytest.raises(LookupError, match="add one to SAMPLERS"):
        contract.test_finite_scalar(carded(honest, takes="graphs"))
