"""Claims of the sources, measured: what a source says, what this lab finds, with its interval over seeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean, stdev

import xarray as xr
from scipy.stats import t as student

from entropylab.studies.core.experiment import EXPERIMENTS
from entropylab.studies.core.question import Question

SEEDS = 10


@dataclass(frozen=True)
class Claim:
    """One quantitative claim. `measure(answer)` is the number to hold against `claimed`; `holds` judges its mean.

    `page` and `question` are the picture that shows it; `follows` is the sentence that honestly follows. The interval
    is over the values 0 .. `runs` - 1 of the knob `over`.
    """

    text: str
    source: str
    claimed: str
    page: str
    question: Question
    measure: Callable[[xr.Dataset], float]
    unit: str
    holds: Callable[[float], bool]
    follows: str
    training: str | None = None  # the run of the page's tab "Train" that is asked in place of the page's experiment
    over: str = "seed"
    runs: int = SEEDS

    def measured(self) -> tuple[float, float]:
        """Mean over runs and the half-width of its 95 % interval (Student's t)."""
        ask = EXPERIMENTS[self.training or self.page]
        values = [float(self.measure(ask(self.question, **{self.over: run}))) for run in range(self.runs)]
        return fmean(values), float(student.ppf(0.975, self.runs - 1)) * stdev(values) / self.runs**0.5


def approximately(target: float, margin: float) -> Callable[[float], bool]:
    """True of a mean less than `margin` away from `target`."""
    return lambda value: abs(value - target) < margin
