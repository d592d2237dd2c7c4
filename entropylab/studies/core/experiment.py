"""Experiment: a pure function from a question to an xarray.Dataset, made of stages that are cached one by one.

A stage sees only the knobs that it declares to read, so its cache key cannot miss one. A changed knob recomputes the
stages that read it and no others.
"""

from __future__ import annotations

import dataclasses
import inspect
import threading
from collections import OrderedDict, deque, namedtuple
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import xarray as xr

from entropylab import device
from entropylab.studies.core.question import Question

EXPERIMENTS: dict[str, Experiment] = {}
CACHE_SIZE = 128  # answers a stage keeps; the largest of a page is about 200 kB
POLL_SECONDS = 0.02  # between two looks at what another caller has computed


class Computation:
    """An answer that one caller computes and others follow: the latest step, and whether it has ended."""

    def __init__(self):
        self.thread = threading.get_ident()
        self.latest: tuple[float, xr.Dataset] | None = None
        self.ended = threading.Event()

    def follow(self) -> Iterator[tuple[float, xr.Dataset]]:
        """Every new step until the computation ends, by an answer or by being given up."""
        shown = None
        while not self.ended.wait(POLL_SECONDS):
            if self.latest is not shown:
                shown = self.latest
                yield shown


class Stage:
    """One cached part of an experiment.

    A function that takes more than a moment is written as a generator of (share done, answer so far) and
    ends with share 1: the app shows intermediate answers and can stop it; other callers get the last one.
    """

    def __init__(self, function: Callable, reads: tuple[str, ...]):
        self.function, self.reads = function, reads
        self.progressive = inspect.isgeneratorfunction(function)
        self.view = namedtuple(f"{function.__name__}_knobs", reads)
        self._answers: OrderedDict = OrderedDict()
        self._running: dict = {}
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The stage's name: the name of its function."""
        return self.function.__name__

    def key(self, question: Question):
        """The cache key: the knobs that the stage reads, and the precision."""
        return self.view(*(getattr(question, name) for name in self.reads)), device.dtype()

    def is_cached(self, question: Question) -> bool:
        """True if the answer is in the cache."""
        return self.key(question) in self._answers

    def __call__(self, question: Question) -> xr.Dataset:
        return deque(self.steps(question), maxlen=1)[0][1]

    def steps(self, question: Question) -> Iterator[tuple[float, xr.Dataset]]:
        """The share done and the answer so far; the last one is complete, and the only one that is cached.

        An answer that another thread is computing is followed there; it is computed here only if that thread gives up.
        """
        key = self.key(question)
        while True:
            with self._lock:
                answer, running = self._answers.get(key), self._running.get(key)
                if answer is not None:
                    self._answers.move_to_end(key)
                elif running is None:
                    running = self._running[key] = Computation()
                    break
            if answer is not None:
                yield 1.0, answer
                return
            if (
                running.thread == threading.get_ident()
            ):  # an unfinished iterator of this thread: nobody would advance it
                yield from self._compute(key, Computation())
                return
            yield from running.follow()
        try:
            yield from self._compute(key, running)
        finally:
            with self._lock:
                del self._running[key]
            running.ended.set()

    def _compute(self, key, computation) -> Iterator[tuple[float, xr.Dataset]]:
        if self.progressive:
            for share, answer in self.function(key[0]):
                answer = _read_only(answer)
                if share < 1:
                    computation.latest = share, answer
                    yield computation.latest
        else:
            answer = _read_only(self.function(key[0]))
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > CACHE_SIZE:
                self._answers.popitem(last=False)
        yield 1.0, answer


def stage(*reads: str) -> Callable[[Callable], Stage]:
    """Decorator: a function of the named knobs as a stage of an experiment."""

    def enter(function: Callable) -> Stage:
        return Stage(function, reads)

    return enter


class Experiment:
    """A named pure function of a question; `stages` in the order in which they are computed and shown."""

    def __init__(self, name: str, question: type[Question], about: str, *, stages: tuple[Stage, ...]):
        for part in stages:
            unknown = set(part.reads) - set(question.knobs())
            if unknown:
                raise ValueError(f"{name} has no knobs {sorted(unknown)}")
        self.name, self.question, self.about, self.stages = name, question, about, stages
        EXPERIMENTS[name] = self

    def combine(self, question: Question, parts: Iterable[xr.Dataset]) -> xr.Dataset:
        """The stages' answers as one Dataset that carries the question's knobs in its attributes."""
        answer = xr.merge(parts, compat="no_conflicts", combine_attrs="drop_conflicts")
        source = {"experiment": self.name, "question": repr(question), "dtype": device.dtype()}
        return answer.assign_attrs(**dataclasses.asdict(question), **source)

    def __call__(self, question: Question | None = None, **knobs) -> xr.Dataset:
        """The complete answer to `question`, or to the default question with `knobs` changed."""
        question = (question or self.question()).replace(**knobs)
        return self.combine(question, [part(question) for part in self.stages])


def _read_only(answer: xr.Dataset) -> xr.Dataset:
    """`answer` with arrays that refuse to be written: every caller gets the same ones."""
    for name in answer.variables.keys() - answer.indexes.keys():
        if isinstance(answer.variables[name].data, np.ndarray):
            answer.variables[name].data.setflags(write=False)
    return answer
