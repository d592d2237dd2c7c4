"""Experiment: a pure function from a question to an xarray.Dataset, made of stages that are cached one by one.

A stage sees only the knobs that it declares to read, so its cache key cannot miss one. Turning a knob
recomputes the stages that read it and no others.
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
from entropylab.experiments.question import Question

EXPERIMENTS: dict[str, Experiment] = {}
KEPT = 128  # answers a stage remembers; the largest of a page is about 200 kB


class Stage:
    """One cached part of an experiment.

    A function that takes more than a moment is written as a generator of (share done, answer so far) and
    ends with share 1: the app shows what there is and can stop it; everybody else gets the last answer.
    """

    def __init__(self, function: Callable, reads: tuple[str, ...]):
        self.function, self.reads = function, reads
        self.progressive = inspect.isgeneratorfunction(function)
        self.view = namedtuple(f"{function.__name__}_knobs", reads)
        self._answers: OrderedDict = OrderedDict()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The stage's name: the name of its function."""
        return self.function.__name__

    def key(self, question: Question):
        """What the answer depends on: the knobs that the stage reads, and the precision."""
        return self.view(*(getattr(question, name) for name in self.reads)), device.dtype()

    def known(self, question: Question) -> bool:
        """True if the answer is in the cache."""
        return self.key(question) in self._answers

    def __call__(self, question: Question) -> xr.Dataset:
        return deque(self.steps(question), maxlen=1)[0][1]

    def steps(self, question: Question) -> Iterator[tuple[float, xr.Dataset]]:
        """The share done and the answer so far; the last one is whole, and the only one that is remembered."""
        key = self.key(question)
        with self._lock:
            answer = self._answers.get(key)
            if answer is not None:
                self._answers.move_to_end(key)
        if answer is not None:
            yield 1.0, answer
            return
        if self.progressive:
            for share, answer in self.function(key[0]):
                if share < 1:
                    yield share, _frozen(answer)
        else:
            answer = self.function(key[0])
        answer = _frozen(answer)
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)
        yield 1.0, answer


class Experiment:
    """A named pure function of a question; `stages` in the order in which a screen wants them."""

    def __init__(self, name: str, question: type[Question], about: str):
        self.name, self.question, self.about = name, question, about
        self.stages: list[Stage] = []
        EXPERIMENTS[name] = self

    def stage(self, *reads: str) -> Callable[[Callable], Stage]:
        """Decorator: enter a function of the named knobs as the next stage."""
        unknown = set(reads) - set(self.question.knobs())
        if unknown:
            raise ValueError(f"{self.name} has no knobs {sorted(unknown)}")

        def enter(function: Callable) -> Stage:
            self.stages.append(Stage(function, reads))
            return self.stages[-1]

        return enter

    def combine(self, question: Question, parts: Iterable[xr.Dataset]) -> xr.Dataset:
        """The stages' answers as one Dataset that carries the question's knobs in its attributes."""
        answer = xr.merge(parts, compat="no_conflicts", combine_attrs="drop_conflicts")
        told = {"experiment": self.name, "question": repr(question), "dtype": device.dtype()}
        return answer.assign_attrs(**dataclasses.asdict(question), **told)

    def __call__(self, question: Question | None = None, **knobs) -> xr.Dataset:
        """The whole answer to `question`, or to the default question with `knobs` changed."""
        question = (question or self.question()).replace(**knobs)
        return self.combine(question, [stage(question) for stage in self.stages])


def _frozen(answer: xr.Dataset) -> xr.Dataset:
    """`answer` with arrays that refuse to be written: every caller gets the same ones."""
    for name in answer.variables.keys() - answer.indexes.keys():
        if isinstance(answer.variables[name].data, np.ndarray):
            answer.variables[name].data.setflags(write=False)
    return answer
