"""Knobs and questions: every value survives widget, address, file and code; every bad one is refused by name."""

import json
import math
from dataclasses import FrozenInstanceError, dataclass

import jax.numpy as jnp
import numpy as np
import pytest

from entropylab.estimators import CATALOGUE
from entropylab.knobs import (
    BANDWIDTH,
    NEIGHBOURS,
    SEED,
    TEMPERATURE,
    Knob,
    format_levels,
    knob,
    parse_pixel_levels,
    parse_points,
)
from entropylab.studies.core.question import Question
from entropylab.studies.patterns import Patterns
from entropylab.studies.registry import EXPERIMENTS

LINEAR = Knob("p", "A share.", 0.01, 0.0, 0.5, name="share")
SIGNED = Knob("b", "An offset.", -1.0, -5.0, 5.0, name="offset")
STOPS = Knob("n", "A size.", 8, stops=(0, 1, 2, 8, 512), name="size")
WHOLE = Knob("n", "A log size.", 1000, 100, 10_000, scale="log", name="count")
CHOICE = Knob("X", "Which data.", "two words", stops=("cells", "two words", "ü=&?/+ %"), name="data")
FLAG = Knob("c", "Whether.", False, name="centred")
SET = Knob("", "Which ones.", ("first one", "c"), stops=("a", "first one", "b", "c"), name="chosen")
PLACES = Knob("", "Which points.", "none", -2.0, 2.0, name="moved")
IMAGE = Knob("", "A drawing.", "none", 0, 16, side=3, name="drawing")
KNOBS = [TEMPERATURE, BANDWIDTH, NEIGHBOURS, SEED, LINEAR, SIGNED, STOPS, WHOLE, CHOICE, FLAG, SET, PLACES, IMAGE]
by_name = pytest.mark.parametrize("declared", KNOBS, ids=lambda declared: declared.name)


@dataclass(frozen=True, repr=False)
class Everything(Question):
    """One knob of every kind."""

    temperature: float = knob(TEMPERATURE)
    share: float = knob(LINEAR)
    offset: float = knob(SIGNED)
    size: int = knob(STOPS)
    count: int = knob(WHOLE)
    data: str = knob(CHOICE)
    centred: bool = knob(FLAG)
    chosen: tuple = knob(SET)
    moved: str = knob(PLACES)
    drawing: str = knob(IMAGE)


QUESTIONS = [Everything, *{experiment.question: None for experiment in EXPERIMENTS.values()}]
every_question = pytest.mark.parametrize("kind", QUESTIONS, ids=lambda kind: kind.__name__)


def drawn(declared: Knob, rng):
    """Any value the knob allows, not only what a slider reaches; often an end of the range."""
    if declared.kind == "flag":
        return bool(rng.integers(2))
    if declared.kind == "choice":
        return str(rng.choice(declared.stops))
    if declared.kind == "set":
        return tuple(stop for stop in declared.stops if rng.integers(2)) or declared.stops[:1]
    if declared.kind == "places":
        return declared.moved("3:1:-0.5", int(rng.integers(9)), *rng.uniform(2 * declared.low, 2 * declared.high, 2))
    if declared.kind == "image":
        return declared.check(format_levels(rng.integers(0, int(declared.high) + 1, declared.side**2)))
    if rng.random() < 0.2:
        value = rng.choice([declared.low, declared.high])
    else:
        value = rng.uniform(declared.low, declared.high)
    return int(value) if declared.kind == "integer" else float(value)


def asked(kind, rng):
    return kind(**{name: drawn(declared, rng) for name, declared in kind.knobs().items()})


# Knobs ------------------------------------------------------------------------------------------------------------


@by_name
def test_a_slider_reaches_every_end_and_comes_back(declared):
    """value -> position -> value is the identity wherever a slider stands; positions rise with values."""
    if declared.kind in ("flag", "set", "places", "image"):
        return
    first, last, step = declared.positions
    places = np.linspace(first, last, round((last - first) / step) + 1)
    values = [declared.at(place) for place in places]
    for place, value in zip(places, values, strict=True):
        assert declared.check(value) == value and type(value) is type(declared.default)
        assert declared.at(declared.position(value)) == value
        assert abs(declared.position(value) - place) <= step  # rounding to three digits stays within a step
    if declared.kind == "choice":
        assert tuple(values) == declared.stops
    else:
        assert values == sorted(values)
        assert (values[0], values[-1]) == (declared.low, declared.high)
        assert values[0] == declared.at(first) and declared.at(last) == values[-1]


def test_a_value_between_stops_stands_at_the_nearest():
    assert [STOPS.at(STOPS.position(n)) for n in (0, 1, 3, 5, 40, 100, 512)] == [0, 1, 2, 8, 8, 512, 512]
    assert NEIGHBOURS.at(NEIGHBOURS.position(60)) == 50


@by_name
def test_text_reads_back_to_the_same_value(declared):
    rng = np.random.default_rng(0)
    for value in [declared.default, *(drawn(declared, rng) for _ in range(200))]:
        text = declared.write(value)
        assert isinstance(text, str)
        assert declared.parse(text) == value and type(declared.parse(text)) is type(declared.default)


@by_name
def test_bad_values_are_refused_by_name(declared):
    bad = [None, [], {}, (1, 2), object(), math.nan, math.inf, -math.inf, 1j, np.ones(2), b"1"]
    if declared.kind not in ("integer", "number"):
        bad += [0.0, 2, -1]
    if declared.kind != "flag":
        bad += [True, np.bool_(True)]
    if declared.kind in ("integer", "number"):
        bad += [declared.low - 1, declared.high + 1, 10**400, -(10**400), "5"]
    if declared.kind == "integer":
        bad += [declared.low + 0.5]
    if declared.kind == "choice":
        bad += ["", "nonsense", declared.default.upper()]
    if declared.kind == "places":
        bad += ["", "0:0", "0:0:3", "-1:0:0", "0:nan:0", "0:0:nan", "0.5:0:0", "0:0:0,1:0:0"]
    if declared.kind == "image":
        bad += ["", "0" * 8, "0" * 10, "00000000h", "0000 0000", "00000000A", ["0"] * 9]
    if declared.kind == "set":
        bad += [(), "a", ("a", "d"), ["a", []], ("a", 1), {"a": 1}, np.array(["a"])]
    for value in bad:
        with pytest.raises(ValueError, match=f"^{declared.name} must be .*: got "):
            declared.check(value)


@by_name
def test_bad_texts_are_refused_by_name(declared):
    for text in ("", "nonsense", "nan", "inf", "1e999", "-1e999", "9" * 400, "1,5", "0x10", "[1]", "None"):
        with pytest.raises(ValueError, match=f"^{declared.name} must be .*: got "):
            declared.parse(text)


def test_scalars_of_other_libraries_become_plain():
    for value in (np.float32(2.5), np.float64(2.5), jnp.float32(2.5), np.array(2.5), jnp.asarray(2.5)):
        assert TEMPERATURE.check(value) == 2.5 and type(TEMPERATURE.check(value)) is float
    assert type(TEMPERATURE.check(3)) is float
    for value in (np.int64(8), 8.0, np.float32(8), jnp.int32(8)):
        assert STOPS.check(value) == 8 and type(STOPS.check(value)) is int
    assert FLAG.check(np.bool_(True)) is True
    assert type(CHOICE.check(np.str_("cells"))) is str
    assert math.copysign(1, LINEAR.check(-0.0)) == 1  # or one question would have two texts


def test_equal_sets_are_one_value():
    """In the order of the stops, each once, from a list of a file or a tuple."""
    assert SET.check(["c", "a", "c"]) == SET.check(("a", "c")) == SET.parse(" c, a") == ("a", "c")
    assert SET.write(("a", "first one")) == "a,first one"
    assert Everything(chosen=["c", "a"]) == Everything(chosen=("a", "c"))


def test_equal_places_are_one_value():
    """In the order of their index, the last word for each; a place outside is brought to the nearest inside."""
    assert PLACES.parse(" 2:0.5:1e-1  0:-0:1.0 ") == "0:0:1 2:0.5:0.1"
    assert PLACES.moved("0:1:1", 0, 9.0, 0.123456) == "0:2:0.1235"
    assert parse_points(PLACES.moved("none", 1, -9.0, 0.5)) == {1: (-2.0, 0.5)}


def test_an_image_without_ink_is_none():
    assert IMAGE.parse("000000000") == IMAGE.parse("none") == "none"
    assert parse_pixel_levels(IMAGE.parse("0123456ag")) == [0, 1, 2, 3, 4, 5, 6, 10, 16]
    assert format_levels([0, 16, 9]) == "0g9"


def test_flags_are_read_in_either_writing():
    assert [FLAG.parse(text) for text in ("true", "True", "1", "false", "FALSE", "0")] == [True] * 3 + [False] * 3


def test_a_knob_needs_a_sound_declaration():
    with pytest.raises(ValueError, match="needs a range"):
        Knob("x", "No range.", 1.0)
    with pytest.raises(ValueError, match="needs a range"):
        Knob("x", "No range.", 1)
    with pytest.raises(ValueError, match="must be a number from 0 to 1: got 2.0"):
        Knob("x", "Default outside.", 2.0, 0.0, 1.0)
    with pytest.raises(ValueError, match="must be one of a, b: got 'c'"):
        Knob("x", "No such stop.", "c", stops=("a", "b"))
    for symbol in ("\alpha", "\beta", "\n", "λ"):  # escapes of an unmarked string, and letters beside LaTeX
        with pytest.raises(ValueError, match="printable ASCII"):
            Knob(symbol, "A symbol.", 1.0, 0.0, 2.0)


def test_domains_in_words():
    assert TEMPERATURE.domain == "a number from 0.5 to 100"
    assert STOPS.domain == "a whole number from 0 to 512"
    assert CHOICE.domain.startswith("one of cells, two words")
    assert FLAG.domain == "true or false"
    assert IMAGE.domain == "none, or 3 x 3 characters from 0 to g, one for the ink of each cell"
    assert SET.domain == "one or more of a, first one, b, c"


def test_every_declared_knob_is_complete():
    """Also the estimators' own: a sentence, a name, stops in order, logarithms above 0, sets that can be listed."""
    declared = [k for kind in QUESTIONS[1:] for k in kind.knobs().values()]
    declared += [k for card in CATALOGUE.values() for k in card.knobs.values()]
    for one in declared:
        assert one.name.isidentifier() and one.meaning.endswith("."), one
        assert one.kind != "set" or not any("," in stop for stop in one.stops), one
        if one.kind in ("integer", "number"):
            assert one.low < one.high and list(one.stops) == sorted(set(one.stops)), one
            assert one.scale == "linear" or one.low > 0, one


# Questions --------------------------------------------------------------------------------------------------------


@every_question
def test_every_question_survives_address_code_and_file(kind):
    rng = np.random.default_rng(1)
    names = {kind.__name__: kind}
    for question in [kind(), *(asked(kind, rng) for _ in range(300))]:
        texts = question.write()
        assert all(isinstance(text, str) for text in texts.values()) and list(texts) == list(kind.knobs())
        assert kind.read(texts) == (question, [])
        assert eval(repr(question), names) == question
        stored = json.loads(question.json())
        assert stored.pop("question") == kind.__name__
        assert kind(**stored) == question


@every_question
def test_equal_questions_are_one_key(kind):
    rng = np.random.default_rng(2)
    for _ in range(100):
        question = asked(kind, rng)
        again = kind(**{name: getattr(question, name) for name in kind.knobs()})
        assert again == question and hash(again) == hash(question) and len({again, question}) == 1
        name = rng.choice(list(kind.knobs()))
        other = question.replace(**{name: drawn(kind.knobs()[name], rng)})
        assert (other == question) == (getattr(other, name) == getattr(question, name))
        assert {key for key in kind.knobs() if getattr(other, key) != getattr(question, key)} <= {name}


@every_question
def test_only_what_differs_from_the_default_is_told(kind):
    assert repr(kind()) == f"{kind.__name__}()" and kind().changed() == {}
    question = asked(kind, np.random.default_rng(3))
    assert kind(**question.changed()) == question
    assert all(value != kind.knobs()[name].default for name, value in question.changed().items())


@every_question
def test_a_question_cannot_be_changed(kind):
    question = kind()
    with pytest.raises(FrozenInstanceError):
        setattr(question, next(iter(kind.knobs())), 1)


def test_types_do_not_split_a_question():
    assert Patterns(temperature=20, samples=512.0, noise=np.float64(0.25)) == Patterns(temperature=20.0, noise=0.25)
    assert repr(Patterns(temperature=np.float64(20))) == "Patterns(temperature=20.0)"
    assert hash(Patterns(noise=-0.0)) == hash(Patterns(noise=0.0))
    assert Patterns(noise=-0.0).write() == Patterns(noise=0.0).write()


@pytest.mark.parametrize(
    "knobs, message",
    [
        ({"temperature": 0.0}, "temperature must be a number from 0.5 to 100: got 0.0"),
        ({"temperature": None}, "temperature must be a number from 0.5 to 100: got None"),
        ({"samples": 100.5}, "samples must be a whole number from 64 to 4096: got 100.5"),
        ({"data": "cats"}, "data must be one of cells, digits"),
        ({"seed": -1}, "seed must be a whole number from 0 to 9999: got -1"),
    ],
)
def test_bad_questions_are_refused_by_knob(knobs, message):
    with pytest.raises(ValueError, match=message):
        Patterns(**knobs)
    with pytest.raises(ValueError, match=message):
        Patterns().replace(**knobs)


def test_a_knob_that_is_none_is_refused():
    with pytest.raises(TypeError, match="temprature"):
        Patterns(temprature=3.0)


def test_keys_are_read_one_by_one():
    """A bad key keeps the base's value and drops no other; unknown keys are named."""
    base = Patterns(bandwidth=0.3, seed=7)
    texts = {"temperature": "20", "bandwidth": "wide", "samples": "1e9", "noise": "0.1", "colour": "red"}
    question, messages = Patterns.read(texts, base)
    assert question == base.replace(temperature=20.0, noise=0.1)
    assert messages == [
        "bandwidth must be a number from 0.02 to 5: got 'wide'. bandwidth stays at 0.3.",
        "samples must be a whole number from 64 to 4096: got 1000000000.0. samples stays at 512.",
        "colour is not a knob of Patterns: it was left out.",
    ]
    assert Patterns.read(texts)[0] == Patterns(temperature=20.0, noise=0.1)
    assert Patterns.read({}) == (Patterns(), [])


def test_a_repr_is_code_after_one_import():
    for kind in QUESTIONS[1:]:
        names = {}
        exec(f"from {kind.__module__} import {kind.__name__}", names)
        assert eval(repr(kind()), names) == kind()
