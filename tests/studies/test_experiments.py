"""Experiments: what a stage sees and remembers, the same answer twice, units, digits; the patterns answer itself."""

import dataclasses
import math
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr

from entropylab import pattern_entropy, soft_match
from entropylab.estimators.patterns.entropy import distinct_patterns
from entropylab.knobs import Knob, knob
from entropylab.numerics.discrete.relaxations import leakage_probability
from entropylab.problems.patterns import pattern_states
from entropylab.studies.core import experiment as machinery
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import Experiment, Stage, stage
from entropylab.studies.core.question import Question
from entropylab.studies.patterns import Patterns
from entropylab.studies.patterns import experiment as patterns
from entropylab.studies.patterns.stages import BATCH
from entropylab.studies.registry import EXPERIMENTS
from entropylab.studies.rendering.metrics import Metric, format_metric, format_number
from entropylab.studies.rendering.units import in_units

point = patterns.stages[0]
QUESTION = Patterns(samples=256, temperature=7.0, bandwidth=0.4, noise=0.02, seed=5)


@dataclass(frozen=True, repr=False)
class Sides(Question):
    """Two numbers and a word."""

    a: float = knob(Knob("a", "One side.", 1.0, 0.0, 10.0))
    b: float = knob(Knob("b", "The other.", 2.0, 0.0, 10.0))
    word: str = knob(Knob("w", "A word.", "x", stops=("x", "y")))


@pytest.fixture
def counted():
    """An experiment of three stages that writes down what it computes."""
    computed = []

    def enter(name, *reads):
        def function(knobs):
            computed.append((name, tuple(knobs)))
            return xr.Dataset(
                {name: ((), float(sum(v for v in knobs if isinstance(v, float))), entropy_attributes(name))}
            )

        function.__name__ = name
        return stage(*reads)(function)

    stages = enter("first", "a"), enter("second", "b", "word"), enter("none")
    experiment = Experiment("sides of the tests", Sides, "Two sides.", stages=stages)
    yield experiment, computed
    del EXPERIMENTS[experiment.name]


# Stages -----------------------------------------------------------------------------------------------------------


def test_turning_a_knob_recomputes_only_what_reads_it(counted):
    experiment, computed = counted
    experiment(Sides())
    assert computed == [("first", (1.0,)), ("second", (2.0, "x")), ("none", ())]
    for question, expected in (
        (Sides(), []),
        (Sides(a=3.0), [("first", (3.0,))]),
        (Sides(a=3.0, word="y"), [("second", (2.0, "y"))]),
        (Sides(a=1.0, word="y"), []),
        (Sides(a=4.0, b=5.0), [("first", (4.0,)), ("second", (5.0, "x"))]),
    ):
        computed.clear()
        experiment(question)
        assert computed == expected, question


def test_every_knob_of_every_experiment_reaches_its_stages():
    """Turning one knob changes the key of exactly the stages that read it; every knob is read by one at least."""
    for experiment in EXPERIMENTS.values():
        question = experiment.question()
        for name, declared in question.knobs().items():
            choices = {"choice": declared.stops, "flag": (True, False), "set": [(stop,) for stop in declared.stops]}
            choices["places"] = ("none", "0:0:0")
            choices["image"] = ("none", "g" * declared.side**2)
            others = choices.get(declared.kind, (declared.low, declared.high))
            turned = question.replace(**{name: next(v for v in others if v != getattr(question, name))})
            moved = [stage.name for stage in experiment.stages if stage.key(turned) != stage.key(question)]
            assert moved == [stage.name for stage in experiment.stages if name in stage.reads]
            assert moved, f"{experiment.name} has a knob {name} that turns nothing"


def test_a_stage_cannot_see_other_knobs(counted):
    experiment, _ = counted

    @stage("a")
    def peeking(knobs):
        return xr.Dataset({"peek": ((), knobs.b)})

    with pytest.raises(AttributeError, match="b"):
        peeking(Sides())
    with pytest.raises(ValueError, match=r"has no knobs \['c'\]"):
        Experiment("sides", Sides, "Two sides.", stages=(Stage(peeking.function, ("a", "c")),))


def test_two_threads_that_ask_one_question_compute_it_once():
    """The second caller sees the steps of the first, and its answer."""
    begun, go, computed = threading.Event(), threading.Event(), []

    @stage("a")
    def slow(knobs):
        computed.append(knobs.a)
        yield 0.5, xr.Dataset({"x": ((), 1.0)})
        begun.set()
        assert go.wait(30)
        yield 1.0, xr.Dataset({"x": ((), 2.0)})

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(lambda: list(slow.steps(Sides())))
        assert begun.wait(30)
        steps = slow.steps(Sides())
        share, partial = next(steps)
        go.set()
        rest = list(steps)
    assert computed == [1.0] and share == 0.5 and float(partial.x) == 1.0
    assert [float(answer.x) for _, answer in rest] == [2.0] and len(first.result()) == 2


def test_a_computation_that_is_given_up_is_taken_over():
    computed = []

    @stage("a")
    def stopped(knobs):
        computed.append(len(computed))
        yield 0.5, xr.Dataset({"x": ((), 1.0)})
        yield 1.0, xr.Dataset({"x": ((), 2.0)})

    steps = stopped.steps(Sides())
    next(steps)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(stopped, Sides())
        steps.close()
        assert float(other.result(30).x) == 2.0
    assert computed == [0, 1] and stopped.is_cached(Sides())


def test_an_unfinished_iterator_does_not_block_its_own_thread():
    @stage("a")
    def held(knobs):
        yield 0.5, xr.Dataset({"x": ((), 1.0)})
        yield 1.0, xr.Dataset({"x": ((), 2.0)})

    steps = held.steps(Sides())
    next(steps)
    assert float(held(Sides()).x) == 2.0


def test_a_failed_stage_is_tried_again():
    fails = [True]

    @stage("a")
    def fragile(knobs):
        if fails:
            raise ValueError("not yet")
        return xr.Dataset()

    with pytest.raises(ValueError, match="not yet"):
        fragile(Sides())
    assert not fragile.is_cached(Sides())
    fails.clear()
    fragile(Sides())
    assert fragile.is_cached(Sides()) and fragile.is_cached(Sides(b=9.0)) and not fragile.is_cached(Sides(a=9.0))


def test_the_cache_forgets_the_longest_unused(counted, monkeypatch):
    experiment, computed = counted
    monkeypatch.setattr(machinery, "CACHE_SIZE", 3)
    first = experiment.stages[0]
    for a in (1.0, 2.0, 3.0, 1.0, 4.0):  # 1 is used again, so 2 is the one to go
        first(Sides(a=a))
    assert [first.is_cached(Sides(a=a)) for a in (1.0, 2.0, 3.0, 4.0)] == [True, False, True, True]
    assert len(computed) == 4


def test_precision_is_part_of_the_key(counted, monkeypatch):
    experiment, computed = counted
    experiment.stages[0](Sides())
    monkeypatch.setattr(machinery.device, "dtype", lambda: "float32")
    assert not experiment.stages[0].is_cached(Sides())


def test_nobody_can_write_into_the_cache():
    answer = patterns(QUESTION)
    before = {name: variable.values.copy() for name, variable in answer.data_vars.items()}
    for name in before:
        with pytest.raises(ValueError, match="read-only"):
            answer[name].values[...] = 7
    changed = answer.assign(soft=answer.soft + 1)
    changed.attrs["samples"] = 0
    again = patterns(QUESTION)
    assert again.attrs["samples"] == 256
    for name, value in before.items():
        np.testing.assert_array_equal(again[name].values, value)


def test_many_threads_get_one_answer(counted):
    experiment, _ = counted
    got = []
    threads = [
        threading.Thread(target=lambda a=a: got.append((a, float(experiment(Sides(a=a)).first))))
        for a in np.linspace(0, 10, 11).repeat(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 44 and all(a == value for a, value in got)


def test_an_answer_says_what_was_asked(counted):
    experiment, _ = counted
    answer = experiment(Sides(a=3.0), b=4.0)
    assert answer.attrs == {
        "a": 3.0, "b": 4.0, "word": "x", "experiment": experiment.name, "question": "Sides(a=3.0, b=4.0)",
        "dtype": "float64",
    }  # fmt: skip
    assert set(answer.data_vars) == {"first", "second", "none"}
    assert experiment().attrs["question"] == "Sides()" and experiment(word="y").attrs["word"] == "y"
    with pytest.raises(ValueError, match="a must be a number from 0 to 10"):
        experiment(a=11.0)


# One question, one answer -----------------------------------------------------------------------------------------

BITS = """
import hashlib, jax
jax.config.update("jax_enable_x64", True)
from entropylab.studies.patterns import Patterns, experiment as patterns
digest = hashlib.sha256()
answer = patterns(Patterns(samples=1024, spread=0.3, seed=3))
for name in sorted(answer.variables):
    digest.update(name.encode() + answer[name].values.tobytes())
print(digest.hexdigest())
"""


@pytest.mark.slow
def test_same_question_same_bits_in_two_processes(capsys):
    """This process, and one that has never heard of its compiled programs."""
    other = subprocess.Popen([sys.executable, "-c", BITS], stdout=subprocess.PIPE, text=True)
    exec(BITS, {})
    first, second = capsys.readouterr().out.strip(), other.communicate()[0].strip()
    assert len(first) == 64 and first == second


# The patterns experiment ------------------------------------------------------------------------------------------


def batch(question):
    return pattern_states(**{name: getattr(question, name) for name in BATCH})


def test_the_point_is_what_the_estimators_say():
    states, answer = batch(QUESTION), point(QUESTION)
    assert float(answer.soft) == pytest.approx(float(soft_match(states, temperature=7.0, bandwidth=0.4)), rel=1e-13)
    assert float(answer.hard) == pytest.approx(pattern_entropy(states), rel=1e-13)
    assert float(answer.gap) == pytest.approx(float(answer.soft - answer.hard), rel=1e-11)
    assert float(answer.ceiling) == pytest.approx(math.log(256), rel=1e-15)
    assert float(answer.leakage) == pytest.approx(float(leakage_probability(7.0, 0.4)), rel=1e-15)
    assert float(answer.margin) == pytest.approx(np.abs(states - 0.5).mean(), rel=1e-14)
    assert int(answer.distinct) == len(distinct_patterns(states)[0])
    assert np.isnan(answer.leaked)
    exact = point(QUESTION.replace(spread=0.0))
    assert float(exact.leaked) == pytest.approx(float(exact.soft), rel=1e-12)
    narrow = point(QUESTION.replace(spread=0.0, bandwidth=0.02, temperature=100.0))
    assert float(narrow.leaked) == pytest.approx(float(narrow.soft), rel=1e-12)  # kappa = exp(-1250) underflows


def test_pictures_show_equal_patterns_side_by_side():
    answer = point(QUESTION)
    assert answer.pattern.shape == (128, 16) and answer.kernel.shape == (128, 128)
    rows = [tuple(row) for row in answer.pattern.values >= 0.5]
    changes = sum(a != b for a, b in zip(rows, rows[1:], strict=False))
    assert changes == len(set(rows)) - 1
    np.testing.assert_allclose(np.diag(answer.kernel), 1, rtol=1e-12)
    counts = answer.hard_count.values
    assert (np.diff(counts) < 1e-9).all() and np.allclose(
        counts, counts.round(), rtol=1e-12
    )  # the most frequent pattern first
    assert (answer.soft_count >= 1 - 1e-12).all() and (answer.soft_count <= 256).all()


def test_curves_pass_through_the_point():
    """The picture's curve and its marker agree: the nearest grid points enclose the point's value."""
    answer = patterns(QUESTION)
    for axis, knob_value in (("temperature", 7.0), ("bandwidth", 0.4)):
        grid, curve = answer[axis].values, answer[f"soft_over_{axis}"].values
        at = np.searchsorted(grid, knob_value)
        low, high = sorted(curve[at - 1 : at + 1])
        assert low <= float(answer.soft) <= high
        on_grid = patterns(QUESTION, **{axis: float(grid[7])})  # 7 of 25 or 33: no special place
        assert float(on_grid.soft) == pytest.approx(float(on_grid[f"soft_over_{axis}"][7]), rel=1e-11)
        assert float(on_grid.soft_error) == pytest.approx(float(on_grid[f"error_over_{axis}"][7]), rel=1e-9)
    corner = float(point(QUESTION.replace(temperature=0.5, bandwidth=5.0)).gap)
    assert float(answer.bias[0, -1]) == pytest.approx(corner, rel=1e-10)
    assert answer.bias.dims == ("map_temperature", "map_bandwidth")


def test_more_images_than_there_are_is_an_error_in_words():
    with pytest.raises(ValueError, match="digits holds 1797 patterns: got samples=2048; lower samples"):
        patterns(data="digits", samples=2048)


# Units and digits -------------------------------------------------------------------------------------------------


def test_bits_are_nats_over_log_two_and_nothing_else_moves():
    answer = patterns(QUESTION)
    bits = in_units(answer, "bits")
    for name, variable in answer.data_vars.items():
        if variable.units == "nats":
            np.testing.assert_allclose(bits[name], variable / math.log(2), rtol=1e-15)
            assert bits[name].attrs == {**variable.attrs, "units": "bits"}
        else:
            assert bits[name].identical(variable)
    assert bits.attrs == answer.attrs and answer.soft.units == "nats"
    assert in_units(bits, "bits").identical(bits)
    assert in_units(answer, "nats") is answer
    with pytest.raises(ValueError, match="units must be nats or bits: got 'bans'"):
        in_units(answer, "bans")


@pytest.mark.parametrize(
    "value, error, text",
    [
        (1.23456, 0.01, "1.235 ± 0.020"),  # the half-width 0.0196 in two digits, the value to the same place
        (1.23456, 0.1, "1.23 ± 0.20"),
        (123.456, 12.0, "123 ± 24"),
        (-0.0001, 0.1, "0.00 ± 0.20"),  # never "-0"
        (1.5, 1e-4, "1.50000 ± 0.00020"),
        (2.0, 1e-9, "2 ± 2e-09"),
        (-math.log(2), 1e-16, "-0.6931 ± 2e-16"),
        (2e-16, 1e-16, "2.0e-16 ± 2e-16"),
        (-0.0, 1e-18, "0 ± 2e-18"),
        (1.5, 0.0, "1.5"),
        (1.5, math.nan, "1.5"),
        (1.5, None, "1.5"),
        (1.23456, None, "1.235"),
        (-0.0, None, "0"),
        (math.nan, 0.1, "–"),
        (math.nan, None, "–"),
        (0.0, None, "0"),
        (12345.6, None, "12350"),
        (0.000123456, None, "0.0001235"),
        (1.23456e-7, None, "1.235e-07"),
        (1234567.0, None, "1.235e+06"),
    ],
)
def test_digits_follow_the_error(value, error, text):
    assert format_number(value, error) == text


def test_readings_carry_unit_and_interval():
    answer = xr.Dataset(
        {
            "h": ((), 1.23456, entropy_attributes("h")),
            "h_error": ((), 0.01, entropy_attributes("error")),
            "k": ((), -3.0, attributes("k")),
            "no": ((), math.nan, entropy_attributes("no")),
        }
    )
    assert format_metric(Metric("h", "h", "", "h_error"), answer) == "1.235 ± 0.020 nats"
    assert format_metric(Metric("h", "h", "", "h_error"), in_units(answer, "bits")) == "1.781 ± 0.028 bits"
    assert format_metric(Metric("k", "k", ""), answer) == "−3"
    assert format_metric(Metric("no", "no", "", absent="only sometimes"), answer) == "only sometimes"


def test_question_fields_are_the_attributes():
    assert dataclasses.asdict(QUESTION).items() <= patterns(QUESTION).attrs.items()
