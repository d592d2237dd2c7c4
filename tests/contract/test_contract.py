"""What every estimator in the catalogue promises. A new one is met here without an edit."""

import functools
import inspect
import json
import math
import re

import contract_inputs as inputs
import jax
import jax.numpy as jnp
import latex2mathml.converter
import numpy as np
import pytest

import entropylab as lab
from entropylab import resources
from entropylab.estimators import CATALOGUE
from entropylab.facade import _gives_entropy, _gives_mutual_information

CARDS = list(CATALOGUE.values())
TRACED = [card for card in CARDS if card.kind == "traced"]
REFERENCES = set(re.findall(r"^@\w+\{([^,\s]+),", resources.REFERENCES.read_text(), re.MULTILINE))
# So few samples that estimators may well warn of it; what they warn of is tested with each of them.
pytestmark = pytest.mark.filterwarnings("ignore::entropylab.numerics.validation.check.EstimateWarning")

COMPILED = []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, seconds, **kw: COMPILED.append(event) if event.endswith("jaxpr_trace_duration") else None
)


def each(cards):
    return pytest.mark.parametrize("card", cards, ids=lambda card: card.name)


def value(card, args, **knobs):
    return float(card.function(*args, **knobs))


def known(card, plane=False):
    """The estimate of the kind's sample, or of that in the plane."""
    return _known(card.function, card.takes, plane, None)


def rounding(card, plane=False, relative=1e-10):
    """How far two values of one estimate may lie apart: rounding, or 6 deviations where it draws at random."""
    if "seed" not in card.parameters:
        return relative * max(1.0, abs(known(card, plane)))
    values = [_known(card.function, card.takes, plane, s) for s in range(8)]
    with np.errstate(over="ignore"):  # values of nwj on few pairs
        return 6 * float(np.std(values, ddof=1)) + 1e-12


@functools.cache
def _known(function, takes, plane, seed):
    """Asked once for all tests: that the same question has the same answer is `test_finite_scalar`."""
    args = inputs.in_the_plane(takes) if plane else inputs.sample(takes)
    return float(function(*args) if seed is None else function(*args, seed=seed))


def as_jax(args, dtype=jnp.float64):
    """Real arrays as JAX arrays of `dtype`; labels and counts as they are."""
    return jax.tree.map(lambda x: jnp.asarray(x, dtype) if np.asarray(x).dtype.kind == "f" else jnp.asarray(x), args)


# What the card says


@each(CARDS)
def test_card_is_complete(card):
    assert getattr(lab, card.name) is card.function
    assert card.reference in REFERENCES, f"no entry {card.reference} in entropylab/data/references.bib"
    assert "<math" in latex2mathml.converter.convert(card.formula)
    assert re.search(r"nats|unit", card.summary), f"the first line must name the unit: {card.summary}"
    assert card.bias and card.cost and card.quantity
    assert not any(ord(c) < 32 for c in card.formula), "the formula needs a raw string"


@each(CARDS)
def test_knobs_are_keyword_only_and_agree_with_the_signature(card):
    arguments = inspect.signature(card.function).parameters
    for name, knob in card.knobs.items():
        assert name in card.parameters, f"{name} must be keyword-only"
        default = arguments[name].default
        assert default is not inspect.Parameter.empty
        if isinstance(default, (int, float)):
            assert knob.default == default and type(knob.default) is type(default), name
        elif default is not None and knob.kind == "choice":
            assert knob.default == default, name
        assert knob.name


@each([card for card in CARDS if card.twin])
def test_twin_exists_and_some_knob_says_which_way_is_harder(card):
    assert callable(getattr(lab, card.twin))
    assert any(knob.harder for knob in card.knobs.values())


@pytest.mark.parametrize("suits", [_gives_entropy, _gives_mutual_information])
def test_names_in_a_facade_are_unique(suits):
    names = [n.lower().replace("-", "_").replace(" ", "_") for c in CARDS if suits(c) for n in (c.name, *c.aliases)]
    assert sorted(names) == sorted(set(names))


def test_default_methods_of_the_facades_exist():
    for suits, methods in [(_gives_entropy, ("kl", "plugin")), (_gives_mutual_information, ("ksg",))]:
        for method in methods:
            assert any(method in (c.name, *c.aliases) for c in CARDS if suits(c))


# What it computes


@each(CARDS)
def test_finite_scalar(card):
    args = inputs.sample(card.takes)
    result = card.function(*args)
    assert np.shape(result) == ()
    assert math.isfinite(float(result))
    assert float(card.function(*args)) == float(result), "the same question must have the same answer"


@each([card for card in CARDS if hasattr(card.function, "local")])
def test_local_values_average_to_the_estimate(card):
    args = inputs.sample(card.takes)
    local = np.asarray(card.function.local(*args))
    assert local.ndim == 1
    assert local.mean() == pytest.approx(known(card), rel=1e-12, abs=1e-12)


@each(CARDS)
def test_order_does_not_matter(card):
    args = inputs.sample(card.takes)
    turned = value(card, inputs.permuted(card.takes, args))
    assert abs(turned - known(card)) <= rounding(card)


@each([card for card in CARDS if card.law != "none"])
@pytest.mark.parametrize("scale", [3.7, 2.0**-40, 2.0**30])
def test_law_of_scale(card, scale):
    check_law(card, scale, 0.0, 1e-10)


@each([card for card in CARDS if card.law != "none"])
@pytest.mark.parametrize("shift", [-5.0, 2.0**20])
def test_law_of_translation(card, shift):
    """Adding 2^20 to a normal sample rounds it to 2^-33; distances of 1e-2 then have an error of 1e-8."""
    check_law(card, 1.0, shift, 1e-10 if abs(shift) < 10 else 1e-5)


def check_law(card, scale, shift, relative):
    check_law_of(card, inputs.sample(card.takes), False, scale, shift, relative)
    plane = inputs.in_the_plane(card.takes)
    if plane is not None:
        try:
            known(card, plane=True)
        except ValueError as error:  # an estimator of one dimension says so
            assert explains(str(error))
        else:
            check_law_of(card, plane, True, scale, shift, relative)


def check_law_of(card, args, plane, scale, shift, relative):
    expected = known(card, plane)
    grown = inputs.dimension(card.takes, args) * math.log(scale) if card.law == "differential" else 0.0
    found = value(card, inputs.moved(card.takes, args, scale, shift)) - grown
    assert abs(found - expected) <= max(rounding(card, plane, relative), 1e-13 * abs(grown))


# What tracing must not change


@each(TRACED)
def test_jit_equals_eager(card):
    args = as_jax(inputs.sample(card.takes))
    assert float(jax.jit(card.function)(*args)) == pytest.approx(value(card, args), rel=1e-10, abs=1e-12)


@each(TRACED)
def test_vmap_equals_loop(card):
    several = [as_jax(inputs.sample(card.takes, seed)) for seed in range(3)]
    stacked = jax.tree.map(lambda *parts: jnp.stack(parts), *several)
    expected = [value(card, args) for args in several]
    np.testing.assert_allclose(jax.jit(jax.vmap(card.function))(*stacked), expected, rtol=1e-10, atol=1e-12)


@each(TRACED)
def test_computes_in_the_type_of_its_input(card):
    """float32 to 1e-4 of the float64 value; a mixture does not tell what its arrays were made from."""
    args = inputs.sample(card.takes)
    result = card.function(*as_jax(args, jnp.float32))
    assert isinstance(result, float) if card.takes == "mixture" else result.dtype == jnp.float32
    assert float(result) == pytest.approx(known(card), abs=1e-4)


@each([card for card in CARDS if any(knob.kind == "number" for knob in card.knobs.values())])
def test_moving_a_number_does_not_compile(card):
    args = inputs.sample(card.takes)
    args = as_jax(args) if card.kind == "traced" else args
    numbers = {name: knob for name, knob in card.knobs.items() if knob.kind == "number"}
    value(card, args, **{name: knob.default for name, knob in numbers.items()})
    COMPILED.clear()
    for name, knob in numbers.items():
        for share in (0.45, 0.55):
            value(
                card, args, **{name: knob.low ** (1 - share) * knob.high**share if knob.low > 0 else share * knob.high}
            )
    assert not COMPILED, f"{len(COMPILED)} traces"


# Gradients


def gradient(card, args):
    """Of the estimate with respect to its real arguments, as a tree of their shape."""
    real = tuple(i for i, x in enumerate(inputs.direction(card.takes, args)) if x is not None)
    if not real:
        raise TypeError("no real argument")
    slope = jax.grad(card.function, argnums=real)
    return real, (jax.jit(slope) if card.kind == "traced" else slope)(*as_jax(args))


@each([card for card in CARDS if card.differentiable])
def test_gradient_is_the_slope(card):
    """Central differences at step h err by h^2 f'''/6 and by eps f / h: near 1e-9 at h = 1e-5."""
    args = inputs.sample(card.takes)
    step = inputs.direction(card.takes, args)
    real, found = gradient(card, args)
    leaves = jax.tree.leaves(found)
    assert all(np.isfinite(leaf).all() for leaf in leaves)
    assert max(float(np.abs(leaf).max()) for leaf in leaves) > 1e-6, "the card says differentiable"
    steps = jax.tree.leaves(tuple(step[i] for i in real))
    along = sum(float(np.sum(np.asarray(g) * v)) for g, v in zip(leaves, steps, strict=True))
    h = 1e-5
    ahead, behind = (value(card, inputs.stepped(card.takes, args, step, s)) for s in (h, -h))
    assert along == pytest.approx((ahead - behind) / (2 * h), rel=1e-5, abs=1e-6)


@each([card for card in CARDS if not card.differentiable])
def test_what_is_not_differentiable_has_no_gradient(card):
    """An error or zeros, never a number that is not the slope."""
    args = inputs.sample(card.takes)
    try:
        _, found = gradient(card, args)
    except (TypeError, ValueError):
        return
    assert all(not np.any(leaf) for leaf in jax.tree.leaves(found))


@each([card for card in CARDS if card.twin])
def test_soft_meets_its_hard_twin(card):
    """Moving every knob the way that is harder closes the gap; far beyond the range nothing is left of it."""
    args = inputs.sample(card.takes)
    hard = getattr(lab, card.twin)
    shared = {name: knob.default for name, knob in card.knobs.items() if name in inspect.signature(hard).parameters}
    target = float(hard(*args, **shared))
    way = {name: knob for name, knob in card.knobs.items() if knob.harder}
    end = {name: knob.high if knob.harder == "up" else knob.low for name, knob in way.items()}
    beyond = {name: end[name] * (1e3 if knob.harder == "up" else 1e-3) for name, knob in way.items()}
    gaps = [abs(value(card, args, **knobs) - target) for knobs in ({}, end, beyond)]
    assert gaps[1] < gaps[0] or gaps[0] < 1e-9
    assert gaps[2] < 1e-9


# What is refused


def explains(message):
    """Expected, got and remedy: "x must be ...: got ...; do ..."."""
    demand = re.search(r"\b(must|needs?|expected|cannot|takes)\b", message)
    came = re.search(r"\b(got|has|is|holds)\b", message)
    return bool(demand and came and re.search(r";\s+\S+.{6,}", message))


@each(CARDS)
def test_wrong_data_are_refused_with_a_remedy(card):
    for what, args in inputs.wrong(card.takes, inputs.sample(card.takes)).items():
        with pytest.raises(ValueError) as told:
            card.function(*args)
        assert explains(str(told.value)), f"{what}: {told.value}"


@each([card for card in CARDS if any(k.kind in ("integer", "number") for k in card.knobs.values())])
def test_wrong_knobs_are_refused(card):
    args = inputs.sample(card.takes)
    for name, knob in card.knobs.items():
        if knob.kind not in ("integer", "number"):
            continue
        values = [math.nan] if knob.kind == "number" else [1.5]
        values += [-1] if knob.low >= 0 else []
        values += [0] if knob.low > 0 else []
        for bad in values:
            with pytest.raises(ValueError) as told:
                card.function(*args, **{name: bad})
            # What a knob may be is the remedy itself.
            assert explains(f"{told.value}; turn it there."), f"{name}={bad}: {told.value}"


@pytest.mark.filterwarnings("ignore::entropylab.numerics.validation.check.EstimateWarning")
@each(CARDS)
def test_a_number_is_a_python_float(card):
    """json, pandas and f-strings take it as a number; JAX arrays in give a JAX scalar where JAX computes it."""
    value = card.function(*inputs.sample(card.takes))
    if np.ndim(value) == 0 and not hasattr(value, "_fields"):
        assert type(value) is float and json.loads(json.dumps(value)) == value
