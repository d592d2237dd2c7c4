"""Speeds that mean something: interleaved rounds, fresh instances, and a twin of the baseline as control."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

ROUNDS = 15
ROUNDS_INTERVAL = f"95 % interval of the median over {ROUNDS} interleaved rounds"
MIN_ROUNDS = 6  # rounds for which a 95 % interval of a median exists
CONTROL = "again"  # the baseline once more under another name: what the clock says of no difference


@dataclass(frozen=True)
class Ratio:
    """How many times as long one thing takes as another: the median over rounds and its 95 % interval."""

    median: float
    low: float
    high: float

    def beyond(self, null: Ratio) -> bool:
        """True if the interval does not touch that of `permutation_null`."""
        return self.low > null.high or self.high < null.low


@dataclass(frozen=True)
class Timings:
    """Seconds of every candidate in every round; NaN where a round is still to come."""

    seconds: dict[str, np.ndarray]

    def ratio(self, slow: str, fast: str) -> Ratio:
        """How many times as long `slow` takes as `fast`, round by round; NaN while fewer than six are done.

        The interval lies between two order statistics of the rounds' ratios, whose ranks a binomial gives: it
        assumes nothing about how times scatter.
        """
        ratios = self.seconds[slow] / self.seconds[fast]
        ratios = np.sort(ratios[np.isfinite(ratios)])
        if len(ratios) < MIN_ROUNDS:
            return Ratio(math.nan, math.nan, math.nan)
        rank = int(binom.ppf(0.025, len(ratios), 0.5))  # below it with 2.5 % at most
        return Ratio(float(np.median(ratios)), float(ratios[max(rank - 1, 0)]), float(ratios[-max(rank, 1)]))

    def least(self, name: str) -> float:
        """The least seconds that it took; NaN before the first round."""
        done = self.seconds[name][np.isfinite(self.seconds[name])]
        return float(done.min()) if len(done) else math.nan


def iter_timings(
    candidates: dict[str, Callable[[int], Callable[[], object]]], *, rounds: int = ROUNDS, seed: int = 0
) -> Iterator[tuple[float, Timings]]:
    """The share done and the seconds so far after every call, the candidates in a new random order every round.

    `candidates[name](round)` prepares a fresh instance and returns the call that is timed; the first candidate is the
    baseline and runs a second time in every round as `NULL`. One round beforehand warms everything and is not kept.
    """
    names = list(candidates)
    made = {**candidates, CONTROL: candidates[names[0]]}
    rng = np.random.default_rng(seed)
    found = Timings({name: np.full(rounds, np.nan) for name in made})
    calls, done = len(made) * (rounds + 1), 0
    for i in range(-1, rounds):
        for name in rng.permutation(list(made)):
            call = made[name](max(i, 0))
            begun = time.perf_counter()
            call()
            spent = time.perf_counter() - begun
            if i >= 0:
                found.seconds[name][i] = spent
            done += 1
            yield done / calls, found


def time_candidates(
    candidates: dict[str, Callable[[int], Callable[[], object]]], *, rounds: int = ROUNDS, seed: int = 0
) -> Timings:
    """The seconds when `clocking` is done."""
    return deque(iter_timings(candidates, rounds=rounds, seed=seed), maxlen=1)[0][1]
