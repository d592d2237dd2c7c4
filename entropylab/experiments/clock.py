"""Speeds that mean something: interleaved rounds, fresh instances, and a twin of the baseline as control."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

ROUNDS = 15
NULL = "again"  # the baseline once more under another name: what the clock says of no difference


@dataclass(frozen=True)
class Ratio:
    """How many times as long one thing takes as another: the median over rounds and its 95 % interval."""

    median: float
    low: float
    high: float

    def beyond(self, null: Ratio) -> bool:
        """True if the interval does not touch that of `null`."""
        return self.low > null.high or self.high < null.low


@dataclass(frozen=True)
class Clocked:
    """Seconds of every candidate in every round."""

    seconds: dict[str, np.ndarray]

    def ratio(self, slow: str, fast: str) -> Ratio:
        """How many times as long `slow` takes as `fast`, round by round.

        The interval lies between two order statistics of the rounds' ratios, whose ranks a binomial gives: it
        assumes nothing about how times scatter.
        """
        ratios = np.sort(self.seconds[slow] / self.seconds[fast])
        rank = int(binom.ppf(0.025, len(ratios), 0.5))  # below it with 2.5 % at most
        return Ratio(float(np.median(ratios)), float(ratios[max(rank - 1, 0)]), float(ratios[-max(rank, 1)]))


def clocked(
    candidates: dict[str, Callable[[int], Callable[[], object]]], *, rounds: int = ROUNDS, seed: int = 0
) -> Clocked:
    """Seconds of each candidate in each of `rounds` rounds, the candidates in a new random order every round.

    `candidates[name](round)` prepares a fresh instance and returns the call that is timed; the first candidate is the
    baseline and runs a second time in every round as `NULL`. One round beforehand warms everything and is not kept.
    """
    names = list(candidates)
    made = {**candidates, NULL: candidates[names[0]]}
    rng = np.random.default_rng(seed)
    seconds = {name: np.empty(rounds) for name in made}
    for i in range(-1, rounds):
        for name in rng.permutation(list(made)):
            call = made[name](max(i, 0))
            begun = time.perf_counter()
            call()
            spent = time.perf_counter() - begun
            if i >= 0:
                seconds[name][i] = spent
    return Clocked(seconds)
