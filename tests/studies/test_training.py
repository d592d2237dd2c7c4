"""A run is the same whoever asks for its steps; the trainer plays, pauses, turns live knobs and lets go of threads."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr

from entropylab.app.export import replay
from entropylab.app.scheduling.training_runner import TrainingRunner
from entropylab.knobs import Knob, knob
from entropylab.studies.core.experiment import EXPERIMENTS
from entropylab.studies.core.page_spec import TrainingSpec
from entropylab.studies.core.question import Question
from entropylab.studies.core.training import Training

NAP = 0.002  # seconds of a step


@dataclass(frozen=True, repr=False)
class Walk(Question):
    """A weight that walks to 1."""

    rate: float = knob(Knob("r", "Share of the way that a step takes.", 0.1, 0.0, 3.0))
    steps: int = knob(Knob("n", "Steps of the run.", 40, 1, 100_000))
    seed: int = knob(Knob("s", "Seed.", 0, 0, 9))


@dataclass(frozen=True)
class Place:
    """Where the weight is."""

    step: int
    weight: float
    history: tuple[float, ...]


def start(question):
    return Place(0, float(np.random.default_rng(question.seed).normal()), ())


def advance(place, question, steps):
    history = list(place.history)
    weight = place.weight
    for step in range(place.step, place.step + steps):
        time.sleep(NAP)
        if question.rate > 2.9:
            raise ValueError(f"the weight left at step {step}: lower the rate.")
        noise = np.random.default_rng([question.seed, step]).normal()
        weight += question.rate * (1 - weight + 0.1 * noise)
        history.append(weight)
    return Place(place.step + steps, weight, tuple(history))


def picture(place, question):
    history = np.full(question.steps, np.nan)
    history[: len(place.history)] = place.history
    return xr.Dataset({"step": ((), place.step), "length": ((), question.steps), "weight": ("at", history)})


@pytest.fixture
def walk():
    made = Training("walk", Walk, "for tests", start=start, advance=advance, picture=picture,
                    length=lambda question: question.steps, live=("rate",), every=8)  # fmt: skip
    yield made
    del EXPERIMENTS["walk"]


# The run ----------------------------------------------------------------------------------------------------------


def test_pace_does_not_change_the_run(walk):
    """By ones, by sevens and all at once the weights are the same bits, and so is the experiment's answer."""
    question = Walk(seed=3)
    whole = walk(question)
    for pace in (1, 7, 100):
        state = walk.start(question)
        while state.step < question.steps:
            *_, state = walk.iter_states(state, question, pace)
        np.testing.assert_array_equal(walk.picture(state, question).weight, whole.weight)
    np.testing.assert_array_equal(walk.replay((0, question)).weight, whole.weight)
    assert whole.attrs["question"] == "Walk(seed=3)"


def test_no_call_crosses_a_multiple_of_every(walk):
    asked = []
    walk.advance = lambda place, question, steps: (
        asked.append((place.step, steps)) or dataclasses.replace(place, step=place.step + steps)
    )
    state = dataclasses.replace(walk.start(Walk()), step=5)
    assert [place.step for place in walk.iter_states(state, Walk(), 20)] == [8, 16, 24, 25]
    assert asked == [(5, 3), (8, 8), (16, 8), (24, 1)]
    assert list(walk.iter_states(dataclasses.replace(state, step=40), Walk(), 5)) == []


def test_replay_turns_knobs_on_the_way(walk):
    """Each stretch is walked with its own rate; nothing that comes after `until` is heard."""
    slow, fast = Walk(), Walk(rate=1.0)
    found = walk.replay((0, slow), (10, fast), until=20)
    state = walk.start(slow)
    *_, state = walk.iter_states(state, slow, 10)
    *_, state = walk.iter_states(state, fast, 10)
    np.testing.assert_array_equal(found.weight[:20], state.history)
    assert np.isnan(found.weight[20:]).all() and found.attrs["rate"] == 1.0
    early = walk.replay((0, slow), (10, fast), until=5)
    np.testing.assert_array_equal(early.weight[:5], found.weight[:5])
    assert early.attrs["rate"] == slow.rate


@pytest.mark.parametrize(
    ("turns", "until", "told"),
    [
        ((), None, "begin at step 0"),
        (((3, Walk()),), None, "begin at step 0"),
        (((0, Walk()), (0, Walk())), None, "begin at step 0"),
        (((0, Walk()), (4, Walk(seed=1))), None, "only live knobs turn.*live are rate"),
        (((0, Walk()),), 41, "until must lie on the run of 40 steps: got 41"),
    ],
)
def test_a_run_that_cannot_be_is_refused(walk, turns, until, told):
    with pytest.raises(ValueError, match=told):
        walk.replay(*turns, until=until)


def test_declarations_are_checked(walk):
    with pytest.raises(ValueError, match=r"has no knobs \['pace'\]"):
        Training("walk", Walk, "", start=start, advance=advance, picture=picture, length=len, live=("pace",))
    with pytest.raises(ValueError, match="the group All of walk mixes live knobs"):
        TrainingSpec(name="walk", title="", lead="", views=(), readings=(), formula=None, sketch=None, training=walk,
                  groups={"All": ("rate", "seed")})  # fmt: skip


# The trainer ------------------------------------------------------------------------------------------------------


class Screen:
    """What a browser would have seen."""

    def __init__(self, training, question):
        self.shown, self.failures, self.states, self.present = [], [], [], True
        self.trainer = TrainingRunner(
            training, self.show, self.failures.append, lambda busy: None, self.tell, lambda: self.present
        )
        self.trainer.preload(question, {"run": training.picture(training.start(question), question)})

    async def show(self, question, parts, fresh):
        self.shown.append((int(parts["run"].step), question))

    def tell(self):
        self.states.append((self.trainer.playing, self.trainer.step))

    async def until(self, condition, seconds=5.0):
        end = time.perf_counter() + seconds
        while not condition():
            assert time.perf_counter() < end, (self.shown[-3:], self.failures)
            await asyncio.sleep(0.005)

    async def rest(self):
        await self.until(lambda: not self.trainer._running)


def watched(training, question, play):
    screen = Screen(training, question)
    asyncio.run(play(screen, screen.trainer))
    return screen


def test_play_walks_to_the_end_a_picture_at_a_time(walk):
    async def play(screen, trainer):
        trainer.play()
        await screen.rest()

    screen = watched(walk, Walk(), play)
    assert [step for step, _ in screen.shown] == [0, 8, 16, 24, 32, 40]
    assert screen.states[0] == (True, 0) and screen.states[-1] == (False, 40)
    np.testing.assert_array_equal(screen.trainer.parts["run"].weight, walk(Walk()).weight)


def test_pause_is_heard_at_once_and_frees_the_thread(walk):
    async def play(screen, trainer):
        trainer.advance(100_000)
        await screen.until(lambda: screen.shown)
        await asyncio.sleep(0.1)
        trainer.stop()
        assert not trainer.playing and screen.states[-1] == (False, 0)  # what was under way is dropped
        begun = time.perf_counter()
        await screen.rest()
        assert time.perf_counter() - begun < 0.4  # a chunk of 8 steps takes 16 ms
        calm = len(screen.shown)
        await asyncio.sleep(0.1)
        assert len(screen.shown) == calm == 1
        trainer.advance(1)
        await screen.rest()

    screen = watched(walk, Walk(steps=100_000), play)
    assert [step for step, _ in screen.shown] == [0, 1]


def test_a_run_without_a_browser_ends(walk):
    async def play(screen, trainer):
        trainer.play()
        await screen.until(lambda: len(screen.shown) == 3)
        screen.present = False
        await screen.rest()

    screen = watched(walk, Walk(steps=100_000), play)
    assert len(screen.shown) <= 4 and not screen.trainer.playing


def test_live_knobs_turn_the_run_and_the_code_repeats_it(walk):
    async def play(screen, trainer):
        trainer.play()
        await screen.until(lambda: len(screen.shown) == 2)
        trainer.submit(Walk(rate=1.0))
        await screen.until(lambda: len(screen.shown) == 4)
        trainer.stop()
        await screen.rest()

    screen = watched(walk, Walk(), play)
    trainer = screen.trainer
    assert [step for step, _ in screen.shown] == [0, 8, 16, 24, 32][: len(screen.shown)]
    assert [question.rate for _, question in trainer.turns] == [0.1, 1.0]
    text = replay(walk, trainer.turns, trainer.step)
    told = {"Walk": Walk, "EXPERIMENTS": EXPERIMENTS}
    body = text.split("device.configure()\n")[1]
    exec(body, told)
    np.testing.assert_array_equal(told["answer"].weight, trainer.parts["run"].weight)
    assert "(8, Walk(rate=1.0))," in text or "(16, Walk(rate=1.0))," in text


def test_other_knobs_begin_anew(walk):
    """While it plays it plays on; at rest the start is shown."""

    async def play(screen, trainer):
        trainer.play()
        await screen.until(lambda: len(screen.shown) == 2)
        trainer.submit(Walk(seed=1))
        await screen.rest()
        trainer.submit(Walk(seed=2))
        await screen.rest()

    screen = watched(walk, Walk(), play)
    assert (40, Walk(seed=1)) in screen.shown and screen.shown[-1] == (0, Walk(seed=2))
    assert screen.trainer.turns == [(0, Walk(seed=2))] and screen.trainer.step == 0
    np.testing.assert_array_equal(screen.trainer.parts["run"].weight, np.full(40, np.nan))


def test_restart_and_play_after_the_end(walk):
    async def play(screen, trainer):
        trainer.advance(100)
        await screen.rest()
        assert screen.shown[-1][0] == 40
        trainer.advance(1)
        await screen.rest()
        assert screen.shown[-1][0] == 40
        trainer.play()
        await screen.until(lambda: screen.shown[-1][0] == 8)
        trainer.stop()
        await screen.rest()
        trainer.restart()
        await screen.rest()

    assert watched(walk, Walk(), play).shown[-1][0] == 0


def test_an_error_is_told_and_the_picture_stays(walk):
    async def play(screen, trainer):
        trainer.advance(8)
        await screen.rest()
        trainer.submit(Walk(rate=3.0))
        trainer.play()
        await screen.rest()
        assert screen.failures == ["the weight left at step 8: lower the rate."] and trainer.step == 8
        trainer.submit(Walk(rate=0.5))
        trainer.play()
        await screen.rest()

    screen = watched(walk, Walk(), play)
    assert screen.shown[-1][0] == 40 and len(screen.failures) == 1
    assert not screen.trainer.playing


def test_two_runs_share_the_threads(walk):
    """More users than threads: each gets pictures in turn, and no thread is left behind."""

    async def play():
        screens = [Screen(walk, Walk(seed=seed)) for seed in range(4)]
        for screen in screens:
            screen.trainer.play()
        for screen in screens:
            await screen.rest()
        return screens

    for screen in asyncio.run(play()):
        assert screen.shown[-1][0] == 40
    assert sum(thread.name.startswith("entropylab-train") for thread in threading.enumerate()) <= 2
