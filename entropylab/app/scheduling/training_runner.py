"""TrainingRunner: plays, pauses and steps a training in threads for one page of one user."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import xarray as xr

from entropylab.app.scheduling.scheduler import BUSY_DELAY_S
from entropylab.studies.core.question import Question
from entropylab.studies.core.training import Training

log = logging.getLogger(__name__)

# Chunks are short, so two threads serve all users in turn without delaying the stages of other pages.
POOL = ThreadPoolExecutor(2, thread_name_prefix="entropylab-train")
PERIOD = 1 / 12  # least seconds between two frames


class TrainingRunner:
    """Plays, pauses and steps a run, with the callbacks of `StageScheduler`.

    `await show(question, parts, fresh)` draws, `fail(message)` reports an error, `busy(bool)` sets the busy
    indicator, `changed()` is called when `playing`, `step` or `length` may have changed. A run ends at the next frame
    when `is_connected()` is False.
    """

    def __init__(
        self,
        training: Training,
        show: Callable,
        fail: Callable,
        busy: Callable,
        changed: Callable,
        is_connected: Callable = lambda: True,
    ):
        self.training, self._show, self._fail, self._busy = training, show, fail, busy
        self._changed, self._is_connected = changed, is_connected
        self.parts: dict[str, xr.Dataset] = {}
        self._question: Question | None = None
        self._state = None  # None: the run has not begun
        self._left, self._pace, self._redraw = 0, 0, False
        self._serial = 0  # grows whenever work in progress becomes obsolete
        self._running = False
        self.turns: list[tuple[int, Question]] = []
        self.seconds = 0.0  # a step takes

    # State ---------------------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether steps remain to be taken."""
        return self._left > 0

    @property
    def step(self) -> int:
        """Completed steps of the run."""
        return self._state.step if self._state is not None else 0

    @property
    def length(self) -> int:
        """Steps of the whole run."""
        return self.training.length(self._question)

    # Control --------------------------------------------------------------------------------------

    def preload(self, question: Question, parts: dict[str, xr.Dataset]) -> None:
        """Set the precomputed first frame of `question`."""
        self.parts, self._question, self.turns = dict(parts), question, [(0, question)]

    def submit(self, question: Question) -> None:
        """Continue as `question`; before the first step, or if a knob that is not live changed, restart."""
        if self.step == 0 or self.training.requires_restart(self._question, question):
            self._reset(question)
        self._question, self._redraw = question, True
        self._resume()

    def play(self) -> None:
        """Run to the end, a frame every few steps; a finished run restarts."""
        if self.step >= self.length:
            self.restart()
        self._left, self._pace = math.inf, self.training.every
        self._resume()

    def advance(self, steps: int) -> None:
        """Take `steps` more steps, show the frame and pause."""
        self._left, self._pace = steps, steps
        self._resume()

    def stop(self) -> None:
        """Pause: the frame stays, steps in progress are dropped."""
        self._left = 0
        self._serial += 1
        self._changed()

    def restart(self) -> None:
        """Return to the start with the present knobs."""
        self._reset(self._question)
        self._redraw = True
        self._resume()

    # The loop ----------------------------------------------------------------------------------------------

    def _reset(self, question):
        self._state, self.turns = None, [(0, question)]
        self._serial += 1

    def _resume(self):
        self._changed()
        if not self._running:
            self._running = True
            self._task = asyncio.ensure_future(self._run())

    async def _run(self):
        try:
            while self._redraw or (self._left > 0 and self._is_connected()):
                begun = time.perf_counter()
                await self._chunk()
                await asyncio.sleep(max(0.0, begun + PERIOD - time.perf_counter()) if self.playing else 0.0)
        except ValueError as error:
            self._fail(str(error))
        except Exception as error:
            log.exception("the training %s failed on %r", self.training.name, self._question)
            self._fail(f"The training failed ({type(error).__name__}); the last good picture stays.")
        finally:
            self._running = False
            self._left, self._redraw = 0, False
            self._changed()

    async def _chunk(self):
        """Take some steps and show their frame, unless a call made them obsolete meanwhile."""
        question, state, serial = self._question, self._state, self._serial
        steps = min(self._left, self._pace) if state is not None else 0  # the start is shown first
        self._redraw = False
        loop = asyncio.get_running_loop()
        hint = loop.call_later(BUSY_DELAY_S, self._busy, True) if steps != self.training.every else None
        try:
            found = await loop.run_in_executor(POOL, self._advance, state, question, steps, serial)
        finally:
            if hint is not None:
                hint.cancel()
                self._busy(False)
        if found is None or serial != self._serial:
            return
        self._apply_changes(state.step if state else 0, question, found[0].step)
        self._state, picture, spent = found
        self.parts = {"run": picture}
        if steps:
            self.seconds = spent
            self._left -= steps
        if self._state.step >= self.length:
            self._left = 0
        await self._show(question, self.parts, {"run"})
        self._changed()

    def _advance(self, state, question, steps, serial):
        """In a thread: the state `steps` on, its picture, and the seconds of a step; None if stopped on the way."""
        state = self.training.start(question) if state is None else state
        begun, before = time.perf_counter(), state.step
        for reached in self.training.iter_states(state, question, steps):
            state = reached
            if serial != self._serial:
                return None
        spent = (time.perf_counter() - begun) / max(1, state.step - before)
        return state, self.training.picture(state, question), spent

    def _apply_changes(self, step, question, reached):
        """Note from which step on the run was asked `question`."""
        if step == 0:
            self.turns = [(0, question)]
        elif reached > step and question != self.turns[-1][1]:
            self.turns.append((step, question))
