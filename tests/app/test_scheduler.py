"""The worker: the latest question wins, slow stages show their progress and stop, errors leave the picture."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass

import pytest
import xarray as xr

from entropylab.app.scheduling.scheduler import StageScheduler
from entropylab.knobs import Knob, knob
from entropylab.studies.core.experiment import EXPERIMENTS, Experiment, stage
from entropylab.studies.core.question import Question


@dataclass(frozen=True, repr=False)
class Toy(Question):
    """A question with two knobs."""

    quick: int = knob(Knob("q", "Read by the quick stage.", 0, 0, 1000))
    slow: int = knob(Knob("s", "Read by the slow stage.", 0, 0, 1000))


@pytest.fixture
def toy():
    """An experiment whose slow stage grows in five steps, and the list of what ran."""
    ran = []
    try:

        @stage("quick")
        def first(knobs):
            ran.append(("first", knobs.quick))
            if knobs.quick == 13:
                raise ValueError("quick must not be 13: got 13; choose another.")
            return xr.Dataset({"first": ((), knobs.quick)})

        @stage("slow")
        def growing(knobs):
            for step in range(1, 6):
                ran.append(("growing", knobs.slow, step))
                time.sleep(0.02)
                yield step / 5, xr.Dataset({"growing": ((), step)})

        yield Experiment("toy", Toy, "for tests", stages=(first, growing)), ran
    finally:
        del EXPERIMENTS["toy"]


class Screen:
    """What a browser would have seen."""

    def __init__(self, experiment):
        self.shown, self.failures, self.shares = [], [], []
        self.scheduler = StageScheduler(
            experiment, self.show, self.failures.append, lambda busy: None, self.shares.append
        )

    async def show(self, question, parts, fresh):
        """Record the answer as it is drawn."""
        self.shown.append((question, {name: int(part[name]) for name, part in parts.items()}, frozenset(fresh)))

    async def rest(self):
        """Wait until the worker has nothing to do."""
        while self.scheduler._running:
            await asyncio.sleep(0.005)


def test_a_growing_stage_is_shown_step_by_step(toy):
    async def drive():
        screen = Screen(toy[0])
        screen.scheduler.submit(Toy())
        await screen.rest()
        return screen

    screen = asyncio.run(drive())
    # A slow machine may show the quick stage by itself first.
    assert [parts["growing"] for _, parts, _ in screen.shown if "growing" in parts] == [1, 2, 3, 4, 5]
    assert screen.shares == [0.2, 0.4, 0.6, 0.8, None]


def test_an_answer_known_is_not_computed_again(toy):
    async def drive():
        screen = Screen(toy[0])
        for _ in range(2):
            screen.scheduler.submit(Toy())
            await screen.rest()
        screen.scheduler.submit(Toy(quick=1))
        await screen.rest()

    asyncio.run(drive())
    assert [run for run in toy[1] if run[0] == "first"] == [("first", 0), ("first", 1)]
    assert sum(run[0] == "growing" for run in toy[1]) == 5


def test_the_latest_question_wins_and_leaves_no_backlog(toy):
    async def drive():
        screen = Screen(toy[0])
        for value in range(50):
            screen.scheduler.submit(Toy(slow=value))
            await asyncio.sleep(0.001)
        await screen.rest()
        return screen

    screen = asyncio.run(drive())
    assert screen.shown[-1][0] == Toy(slow=49)
    assert screen.shown[-1][1]["growing"] == 5
    assert sum(run[0] == "growing" for run in toy[1]) < 50  # of 250 steps that a queue would have worked off


def test_stop_keeps_what_was_shown_and_the_next_question_starts_afresh(toy):
    async def drive():
        screen = Screen(toy[0])
        screen.scheduler.submit(Toy())
        while not any("growing" in parts for _, parts, _ in screen.shown):
            await asyncio.sleep(0.001)
        screen.scheduler.stop()
        await screen.rest()
        stopped = screen.shown[-1][1]["growing"]
        screen.scheduler.submit(Toy(quick=1))
        await screen.rest()
        return screen, stopped

    screen, stopped = asyncio.run(drive())
    assert 1 <= stopped < 5
    assert screen.shown[-1][1] == {"first": 1, "growing": 5}


def test_bad_input_is_told_and_the_last_picture_stays(toy):
    async def drive():
        screen = Screen(toy[0])
        screen.scheduler.submit(Toy())
        await screen.rest()
        before = list(screen.shown)
        screen.scheduler.submit(Toy(quick=13))
        await screen.rest()
        assert screen.shown == before
        screen.scheduler.submit(Toy(quick=2))
        await screen.rest()
        return screen

    screen = asyncio.run(drive())
    assert screen.failures == ["quick must not be 13: got 13; choose another."]
    assert screen.shown[-1][1]["first"] == 2


def test_two_threads_may_ask_one_stage(toy):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(toy[0].stages[0](Toy(quick=7)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {int(answer["first"]) for answer in answers} == {7}
