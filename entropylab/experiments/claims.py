"""Claims of the sources, measured: what a source says, what this lab finds, with its interval over seeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean, stdev

import xarray as xr
from scipy.stats import t as student

from entropylab.experiments.experiment import EXPERIMENTS
from entropylab.experiments.question import Question

SEEDS = 10


@dataclass(frozen=True)
class Claim:
    """One quantitative claim. `measure(answer)` is the number to hold against `claimed`; `holds` judges its mean.

    `page` and `question` are the picture that shows it; `follows` is the sentence that honestly follows.
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

    def measured(self, seeds: int = SEEDS) -> tuple[float, float]:
        """Mean over seeds and the half-width of its 95 % interval (Student's t)."""
        ask = EXPERIMENTS[self.training or self.page]
        values = [float(self.measure(ask(self.question, seed=seed))) for seed in range(seeds)]
        return fmean(values), float(student.ppf(0.975, seeds - 1)) * stdev(values) / seeds**0.5


CLAIMS: list[Claim] = []
