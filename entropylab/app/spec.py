"""What a page is: a question, an experiment, views, numbers, a formula, presets. Pages hold no arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import xarray as xr

from entropylab.experiments.experiment import Experiment
from entropylab.experiments.question import Question
from entropylab.views.numbers import Reading
from entropylab.views.view import View


@dataclass(frozen=True)
class Preset:
    """A question worth asking, and in one line why."""

    name: str
    why: str
    question: Question


@dataclass(frozen=True)
class Step:
    """One step of a lesson: a sentence or two, and the question they speak of."""

    text: str
    question: Question


@dataclass(frozen=True)
class Lesson:
    """A path through a page's questions."""

    name: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class PageSpec:
    """Everything the shell needs to make a page live.

    `groups` orders the knobs under headings; `idle(question)` names the knobs that do nothing at present;
    `formula(answer)` gives lines of LaTeX, the general form first, then with the live values; `sweep` names
    the knob that plays first; `sketch(answer)` is a thumbnail; `tables` are views that draw a Table.
    """

    name: str
    title: str
    lead: str
    experiment: Experiment
    views: tuple[View, ...]
    readings: tuple[Reading, ...]
    formula: Callable[[xr.Dataset], tuple[str, ...]]
    groups: dict[str, tuple[str, ...]]
    sweep: str
    sketch: Callable[[xr.Dataset], str]
    presets: tuple[Preset, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    tables: tuple[View, ...] = ()
    idle: Callable[[Question], frozenset[str]] = field(default=lambda question: frozenset())

    def lesson_step(self, lesson: str, step: str) -> Step | None:
        """The step that an address names by two numbers from 1, None where there is none."""
        if not (lesson.isdecimal() and step.isdecimal() and 0 < int(lesson) <= len(self.lessons)):
            return None
        steps = self.lessons[int(lesson) - 1].steps
        return steps[int(step) - 1] if 0 < int(step) <= len(steps) else None

    @property
    def question(self) -> type[Question]:
        """The page's question class."""
        return self.experiment.question
