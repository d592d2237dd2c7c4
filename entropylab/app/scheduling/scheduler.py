"""StageScheduler: computes the stages of an experiment in threads; the latest question replaces any that waits."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import xarray as xr

from entropylab.app.scheduling import warmup
from entropylab.studies.core.experiment import Experiment, Stage
from entropylab.studies.core.question import Question

log = logging.getLogger(__name__)

# JAX and compiled code release the GIL. A slow stage that was superseded still runs to its end in its thread, so a few
# of them must not occupy the whole pool.
POOL = ThreadPoolExecutor(8, thread_name_prefix="entropylab")
FIRST_PUBLISH_S = 0.05  # after this many seconds of computing, publish the stages that are ready
FINISH_IF_UNDER_S = 0.1  # a stage expected to take less is finished even if a newer question waits
FINISH_OFFSCREEN_IF_UNDER_S = 0.02  # the same for a stage whose figures are outside the window
DEFER_IF_OVER_S = 0.3  # a stage expected to take longer waits until the drag ends; one in between is computed in turn
MAX_STALE_S = 1.0  # after this many seconds without a new figure even a long stage is finished
PAINT_PAUSE_S = 0.1  # pause that lets the browser paint before off-screen stages are computed
BUSY_DELAY_S = 0.15  # delay of the busy indicator


class StageScheduler:
    """Computes the answers for one page of one user.

    Callbacks: `await show(question, parts, fresh)` receives all known stages and the names of those that answer
    `question`; `fail(message)` an error message; `busy(bool)` the state of the busy indicator; `progress(share)` the
    completed share of a progressive stage, or None; `visible()` returns the names of the stages behind the figures in
    the window, which are computed first.
    """

    def __init__(
        self, experiment: Experiment, show: Callable, fail: Callable, busy: Callable, progress: Callable,
        visible: Callable[[], frozenset[str]] | None = None,
    ):  # fmt: skip
        self.experiment, self._show, self._fail, self._busy, self._progress = experiment, show, fail, busy, progress
        self._visible = visible or (lambda: frozenset(stage.name for stage in experiment.stages))
        self._stopped = False
        self.parts: dict[str, xr.Dataset] = {}
        self._keys: dict[str, object] = {}  # stage -> key of the part in `parts`
        self._pending: Question | None = None
        self._running = False
        self._durations: dict[str, float] = {}
        self.seconds = 0.0
        self._last_published = self._last_complete = 0.0  # times of the last and of the last complete answer shown

    def preload(self, question: Question, parts: dict[str, xr.Dataset]) -> None:
        """Set precomputed parts that answer `question`."""
        self.parts = dict(parts)
        self._keys = {stage.name: stage.key(question) for stage in self.experiment.stages}

    def submit(self, question: Question) -> None:
        """Compute the answer to `question`; a question still waiting is dropped."""
        warmup.note_activity()
        self._pending = question
        if not self._running:
            self._running = True
            self._task = asyncio.ensure_future(self._run())

    def stop(self) -> None:
        """Stop a progressive stage at its next step and drop any question that waits; the figures stay."""
        self._stopped, self._pending = True, None

    async def _run(self):
        try:
            while self._pending is not None:
                question, self._pending = self._pending, None
                await self._answer(question)
        finally:
            self._running = False

    async def _answer(self, question):
        hint = asyncio.get_running_loop().call_later(BUSY_DELAY_S, self._busy, True)
        started = since = time.perf_counter()
        spent = 0.0
        self._stopped = False
        try:
            fresh, published, visible = set(), frozenset(), self._visible()
            for stage in sorted(self.experiment.stages, key=lambda stage: stage.name not in visible):
                if stage.key(question) != self._keys.get(stage.name):
                    if (
                        fresh != published
                        and time.perf_counter() - since + self._durations.get(stage.name, 0.0) > FIRST_PUBLISH_S
                    ):
                        published = await self._publish(question, fresh, spent)
                        since = time.perf_counter()
                    if published and stage.name not in visible and not self._will_finish_soon(stage):
                        hint.cancel()  # everything in the window is up to date
                        self._busy(False)
                        await self._pause_for_paint()
                    if self._should_yield(stage):
                        return
                    begun = time.perf_counter()
                    if stage.progressive:
                        hint.cancel()  # the progress bar replaces the busy indicator
                        self._busy(False)
                        finished = await self._watch(stage, question, fresh)
                    else:
                        finished = await self._compute(stage, question)
                    if not finished:
                        return
                    self._durations[stage.name] = time.perf_counter() - begun
                    spent += self._durations[stage.name]
                fresh.add(stage.name)
            await self._publish(question, fresh, spent)
            self._last_complete = time.perf_counter()
        except ValueError as error:
            self._fail(str(error))
        except Exception as error:
            log.exception("the experiment %s failed on %r", self.experiment.name, question)
            self._fail(f"The computation failed ({type(error).__name__}); the last good picture stays.")
        finally:
            hint.cancel()
            self._busy(False)
            self._progress(None)
        log.debug("answered in %.0f ms", 1e3 * (time.perf_counter() - started))

    async def _publish(self, question, fresh, spent):
        """Show the stages that answer the question; returns their names."""
        self.seconds = spent
        await self._show(question, self.parts, set(fresh))
        self._last_published = time.perf_counter()
        return frozenset(fresh)

    def _will_finish_soon(self, stage: Stage) -> bool:
        return self._durations.get(stage.name, 0.0) < (
            FINISH_IF_UNDER_S if stage.name in self._visible() else FINISH_OFFSCREEN_IF_UNDER_S
        )

    def _should_yield(self, stage: Stage) -> bool:
        """Whether a newer question should replace this stage of the present one.

        While a slider is dragged, quick stages are shown at every move, slower ones a few times a second, long ones
        when the drag ends or after MAX_STALE_S.
        """
        duration, now = self._durations.get(stage.name, 0.0), time.perf_counter()
        if self._pending is None or self._will_finish_soon(stage):
            return False
        if duration < DEFER_IF_OVER_S and stage.name in self._visible():
            return now - self._last_complete < DEFER_IF_OVER_S
        return now - self._last_published < MAX_STALE_S

    async def _pause_for_paint(self):
        """Wait PAINT_PAUSE_S, or until a newer question arrives."""
        for _ in range(round(PAINT_PAUSE_S / 0.01)):
            if self._pending is not None:
                break
            await asyncio.sleep(0.01)

    async def _watch(self, stage: Stage, question: Question, fresh: set[str]) -> bool:
        """Show the partial answers of a progressive stage; False if it was stopped or superseded."""
        steps = stage.steps(question)
        loop = asyncio.get_running_loop()
        while (step := await loop.run_in_executor(POOL, next, steps, None)) is not None:
            share, self.parts[stage.name] = step
            if share == 1:
                break
            self._keys.pop(stage.name, None)
            self._progress(share)
            await self._show(question, self.parts, {*fresh, stage.name})
            if self._pending is not None or self._stopped:
                return False
        self._keys[stage.name] = stage.key(question)
        return True

    async def _compute(self, stage: Stage, question: Question) -> bool:
        """Compute the stage into `parts`; False if a newer question superseded it first."""
        future = asyncio.get_running_loop().run_in_executor(POOL, stage, question)
        finish = self._will_finish_soon(stage)
        while not future.done():
            if not finish and self._should_yield(stage):
                future.cancel()  # removes it from the queue; a running stage ends in its thread, unused
                return False
            await asyncio.wait([future], timeout=None if finish else 0.02)
        self.parts[stage.name] = future.result()
        self._keys[stage.name] = stage.key(question)
        return True
