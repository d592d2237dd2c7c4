"""Training: an experiment that walks step by step, can be watched, and whose live knobs may turn on the way.

The same run in a notebook, on the command line and live in the app: noise is drawn from the seed and the step's
number, so who asks for the steps, and how many at once, does not change them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Protocol

import xarray as xr

from entropylab.studies.core.experiment import Experiment, stage
from entropylab.studies.core.progress import report_progress
from entropylab.studies.core.question import Question


class State(Protocol):
    """Where a run stands: weights, moments, history. Never changed in place; `step` counts the steps done."""

    step: int


class Training(Experiment):
    """A named run of training; as an experiment it answers with the picture of the finished run.

    `start(question)` is the state before the first step, `advance(state, question, steps)` the state `steps`
    later, `picture(state, question)` what there is to see: a Dataset with the same variables and shapes at every
    step (NaN where the future lies), with the scalars `step` and `length`. All three are pure. `live` names the
    knobs that may turn during a run; any other begins a new one. `length(question)` is the number of steps.
    `advance` is never asked to cross a multiple of `every`: what it records there depends on nobody's pace. Make
    `every` steps take less than 0.2 s, compile once (`steps` traced), and raise ValueError where training breaks.
    """

    def __init__(
        self,
        name: str,
        question: type[Question],
        about: str,
        *,
        start: Callable[[Question], State],
        advance: Callable[[State, Question, int], State],
        picture: Callable[[State, Question], xr.Dataset],
        length: Callable[[Question], int],
        live: tuple[str, ...] = (),
        every: int = 10,
    ):
        unknown = set(live) - set(question.knobs())
        if unknown:
            raise ValueError(f"{name} has no knobs {sorted(unknown)}")
        self.start, self.advance, self.picture, self.length = start, advance, picture, length
        self.live, self.every = tuple(live), every

        @stage(*question.knobs())
        def run(knobs) -> Iterator[tuple[float, xr.Dataset]]:
            """The whole run, watched."""
            yield from self.watch(question(**knobs._asdict()))

        super().__init__(name, question, about, stages=(run,))

    def iter_states(self, state: State, question: Question, steps: int) -> Iterator[State]:
        """The states on the way `steps` further, at most to the end of the run."""
        end = min(state.step + steps, self.length(question))
        while state.step < end:
            before = state.step
            state = self.advance(state, question, min(end - before, self.every - before % self.every))
            yield state

    def watch(self, question: Question) -> Iterator[tuple[float, xr.Dataset]]:
        """The share done and the picture, a few times a second, of a run that nobody disturbs."""
        length, state = self.length(question), self.start(question)

        def work():
            nonlocal state
            for reached in self.iter_states(state, question, length):
                state = reached
                yield state.step / length

        yield from report_progress(work(), lambda: self.picture(state, question))

    def requires_restart(self, old: Question, new: Question) -> bool:
        """True if the run of `old` cannot go on as `new`: a knob that is not live has turned."""
        return any(getattr(old, name) != getattr(new, name) for name in old.knobs() if name not in self.live)

    def replay(self, *turns: tuple[int, Question], until: int | None = None) -> xr.Dataset:
        """The picture after `until` steps (all by default) of a run whose live knobs turned on the way.

        Each turn is (step, question asked from that step on); the first step is 0.
        Errors: ValueError if the steps do not rise from 0 or a knob turned that is not live.
        """
        steps = [step for step, _ in turns]
        if not turns or steps[0] != 0 or steps != sorted(set(steps)):
            raise ValueError(f"the turns of a run begin at step 0 and rise: got steps {steps}.")
        first = turns[0][1]
        if any(self.requires_restart(first, question) for _, question in turns):
            raise ValueError(f"only live knobs turn during a run: got {turns}; live are {', '.join(self.live)}.")
        end = self.length(first) if until is None else until
        if not 0 <= end <= self.length(first):
            raise ValueError(f"until must lie on the run of {self.length(first)} steps: got {until}.")
        turns = [turn for turn in turns if turn[0] <= end]
        state = self.start(first)
        for (step, question), following in zip(turns, [*(step for step, _ in turns[1:]), end], strict=True):
            state = deque(chain([state], self.iter_states(state, question, following - step)), maxlen=1)[0]
        return self.combine(turns[-1][1], [self.picture(state, turns[-1][1])])
