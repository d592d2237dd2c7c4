"""Worker: runs an experiment beside the event loop, latest question first, never a backlog."""

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

# JAX and compiled code release the GIL. A slow stage that nobody waits for any more runs to its end in its thread: as
# few as three of them, of one user, would leave no thread to anybody.
POOL = ThreadPoolExecutor(8, thread_name_prefix="entropylab")
FIRST_PUBLISH_S = 0.05  # seconds of computing after which what there is is shown: the rest need not be waited for
FINISH_IF_UNDER_S = 0.1  # seconds: a stage expected to take less is finished even if a newer question waits
FINISH_OFFSCREEN_IF_UNDER_S = 0.02  # the same for a stage whose pictures are outside the window
DEFER_IF_OVER_S = (
    0.3  # seconds: a stage expected to take more waits for the end of a drag, one between the two for its turn
)
MAX_STALE_S = 1.0  # seconds without any picture after which even a long stage is finished
PAINT_PAUSE_S = (
    0.1  # seconds in which the browser paints what it got before the processor is taken for what nobody sees
)
BUSY_DELAY_S = 0.15  # seconds until the busy hint


class StageScheduler:
    """Answers questions for one page of one user.

    `await show(question, parts, fresh)` receives all stages known and the names of those that belong to
    `question`; `fail(message)` an error in words; `busy(bool)` comes and goes with waits over 150 ms;
    `progress(share)` the share done of a stage that tells it, None when there is none; `seen()` names the stages that
    pictures in the window need: they come first.
    """

    def __init__(
        self, experiment: Experiment, show: Callable, fail: Callable, busy: Callable, progress: Callable,
        seen: Callable[[], frozenset[str]] | None = None,
    ):  # fmt: skip
        self.experiment, self._show, self._fail, self._busy, self._progress = experiment, show, fail, busy, progress
        self._seen = seen or (lambda: frozenset(stage.name for stage in experiment.stages))
        self._stopped = False
        self.parts: dict[str, xr.Dataset] = {}
        self._asked: dict[str, object] = {}  # stage -> key of the part held
        self._wanted: Question | None = None
        self._running = False
        self._took: dict[str, float] = {}
        self.seconds = 0.0
        self._shown = self._whole = 0.0  # when anything, and when a whole answer, was shown last

    def take(self, question: Question, parts: dict[str, xr.Dataset]) -> None:
        """Hold precomputed parts that answer `question`."""
        self.parts = dict(parts)
        self._asked = {stage.name: stage.key(question) for stage in self.experiment.stages}

    def ask(self, question: Question) -> None:
        """Want the answer to `question`; a question still waiting is dropped."""
        warmup.note_activity()
        self._wanted = question
        if not self._running:
            self._running = True
            self._task = asyncio.ensure_future(self._run())

    def stop(self) -> None:
        """End a stage in progress at its next step; what it has shown stays, and nothing more is wanted."""
        self._stopped, self._wanted = True, None

    async def _run(self):
        try:
            while self._wanted is not None:
                question, self._wanted = self._wanted, None
                await self._answer(question)
        finally:
            self._running = False

    async def _answer(self, question):
        hint = asyncio.get_running_loop().call_later(BUSY_DELAY_S, self._busy, True)
        started = since = time.perf_counter()
        spent = 0.0
        self._stopped = False
        try:
            fresh, told, seen = set(), frozenset(), self._seen()
            for stage in sorted(self.experiment.stages, key=lambda stage: stage.name not in seen):
                if stage.key(question) != self._asked.get(stage.name):
                    if (
                        fresh != told
                        and time.perf_counter() - since + self._took.get(stage.name, 0.0) > FIRST_PUBLISH_S
                    ):
                        # what is there need not wait for what takes its time
                        told = await self._publish(question, fresh, spent)
                        since = time.perf_counter()
                    if told and stage.name not in seen and not self._will_finish_soon(stage):
                        hint.cancel()  # everything in the window is up to date
                        self._busy(False)
                        await self._pause_for_paint()
                    if self._should_yield(stage):
                        return
                    begun = time.perf_counter()
                    if stage.progressive:
                        hint.cancel()  # it shows its progress instead of a veil
                        self._busy(False)
                        finished = await self._watch(stage, question, fresh)
                    else:
                        finished = await self._compute(stage, question)
                    if not finished:
                        return
                    self._took[stage.name] = time.perf_counter() - begun
                    spent += self._took[stage.name]
                fresh.add(stage.name)
            await self._publish(question, fresh, spent)
            self._whole = time.perf_counter()
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
        """Show the stages that belong to the question; gives their names."""
        self.seconds = spent
        await self._show(question, self.parts, set(fresh))
        self._shown = time.perf_counter()
        return frozenset(fresh)

    def _will_finish_soon(self, stage: Stage) -> bool:
        return self._took.get(stage.name, 0.0) < (
            FINISH_IF_UNDER_S if stage.name in self._seen() else FINISH_OFFSCREEN_IF_UNDER_S
        )

    def _should_yield(self, stage: Stage) -> bool:
        """True if a newer question is better than this stage of the present one.

        While a slider is dragged quick stages are shown at every move, slower ones a few times a second, and long
        ones when it rests; but nothing waits for ever.
        """
        took, now = self._took.get(stage.name, 0.0), time.perf_counter()
        if self._wanted is None or self._will_finish_soon(stage):
            return False
        if took < DEFER_IF_OVER_S and stage.name in self._seen():
            return now - self._whole < DEFER_IF_OVER_S
        return now - self._shown < MAX_STALE_S

    async def _pause_for_paint(self):
        """A moment without work; a newer question ends it."""
        for _ in range(round(PAINT_PAUSE_S / 0.01)):
            if self._wanted is not None:
                break
            await asyncio.sleep(0.01)

    async def _watch(self, stage: Stage, question: Question, fresh: set[str]) -> bool:
        """Show a stage's answer as it grows; False if it was stopped or a newer question came."""
        steps = stage.steps(question)
        loop = asyncio.get_running_loop()
        while (step := await loop.run_in_executor(POOL, next, steps, None)) is not None:
            share, self.parts[stage.name] = step
            if share == 1:
                break
            self._asked.pop(stage.name, None)
            self._progress(share)
            await self._show(question, self.parts, {*fresh, stage.name})
            if self._wanted is not None or self._stopped:
                return False
        self._asked[stage.name] = stage.key(question)
        return True

    async def _compute(self, stage: Stage, question: Question) -> bool:
        """Put the stage's answer among the parts; False if a newer question made it stale first."""
        future = asyncio.get_running_loop().run_in_executor(POOL, stage, question)
        brisk = self._will_finish_soon(stage)
        while not future.done():
            if not brisk and self._should_yield(stage):
                future.cancel()  # one that waits for a thread leaves the queue, one that runs is not heard
                return False
            await asyncio.wait([future], timeout=None if brisk else 0.02)
        self.parts[stage.name] = future.result()
        self._asked[stage.name] = stage.key(question)
        return True
