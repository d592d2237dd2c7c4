"""What a page is: a question, an experiment, views, numbers, a formula, presets, a run to watch. No arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import xarray as xr

from entropylab.studies.core.experiment import Experiment
from entropylab.studies.core.question import Question
from entropylab.studies.core.training import Training
from entropylab.studies.core.view import View
from entropylab.studies.rendering.metrics import Metric


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


@dataclass(frozen=True, kw_only=True)
class TabSpec:
    """What every tab of a page has.

    `groups` orders the knobs under headings; `idle(question)` names the knobs that do nothing at present;
    `formula(answer)` gives lines of LaTeX, the general form first, then with the live values; `sketch(answer)`
    is a thumbnail; `tables` are views that draw a Table, above the pictures or `tables_below` them.
    """

    name: str
    title: str
    lead: str
    views: tuple[View, ...]
    readings: tuple[Metric, ...]
    formula: Callable[[xr.Dataset], tuple[str, ...]]
    groups: dict[str, tuple[str, ...]]
    sketch: Callable[[xr.Dataset], str]
    presets: tuple[Preset, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    tables: tuple[View, ...] = ()
    tables_below: bool = False
    idle: Callable[[Question], frozenset[str]] = field(default=lambda question: frozenset())

    def lesson_step(self, lesson: str, step: str) -> Step | None:
        """The step that an address names by two numbers from 1, None where there is none."""
        if not (lesson.isdecimal() and step.isdecimal() and 0 < int(lesson) <= len(self.lessons)):
            return None
        steps = self.lessons[int(lesson) - 1].steps
        return steps[int(step) - 1] if 0 < int(step) <= len(steps) else None

    @property
    def question(self) -> type[Question]:
        """The tab's question class."""
        return self.experiment.question


@dataclass(frozen=True, kw_only=True)
class TrainingSpec(TabSpec):
    """The tab "Train" of a page: a training that plays, pauses and steps, and is turned while it runs.

    Its views need the stage "run", which is the training's picture; a view drawn from a history of fixed length
    (NaN where the future lies) is patched at every picture and never built anew. The presets are whole runs: a
    click begins one and plays it. No group of knobs may mix live ones with those that begin a new run; the page
    says which is which. `name` names its stored files. The knobs, the tab and the seed are in the address; code
    that is copied from it replays the run with every turn of a live knob.

        runs = Training("runs", Runs, "A weight walks to its aim.", start=start, advance=advance,
                        picture=picture, length=lambda question: question.steps, live=("rate",))
        PAGE = PageSpec(
            name="walks", ...,
            train=TrainSpec(
                name="runs",
                title="Walks",
                lead="Watch the weight walk; turn the rate while it does.",
                training=runs,
                views=(View("loss", "Loss", "Dashed: what can be reached.", views.loss, ("run",)),),
                readings=(Reading("loss", "loss", "± 1.96 standard errors over held-out samples", "loss_error"),),
                formula=formula,
                groups={"Descent": ("rate",), "Model": ("width", "steps", "seed")},
                presets=(Preset("Too fast", "The rate is above 2: the weight leaves.", Runs(rate=2.5)),),
                sketch=sketch,
            ),
        )

    Store the first picture and the thumbnails with `python -m entropylab.app.defaults walks`.
    """

    training: Training

    def __post_init__(self):
        for title, names in self.groups.items():
            if len({name in self.training.live for name in names}) > 1:
                raise ValueError(f"the group {title} of {self.name} mixes live knobs with those that begin a new run.")

    @property
    def experiment(self) -> Training:
        """The training: as an experiment it answers with the finished run."""
        return self.training


@dataclass(frozen=True, kw_only=True)
class PageSpec(TabSpec):
    """Everything the shell needs to make a page live.

    `sweep` names the knob that plays first; `train` is a second tab, shown where a page has one.
    """

    experiment: Experiment
    sweep: str
    train: TrainingSpec | None = None

    @property
    def tabs(self) -> dict[str, TabSpec]:
        """The page's tabs by the name that an address calls them; the first is the page itself."""
        return {"explore": self, **({"train": self.train} if self.train else {})}
