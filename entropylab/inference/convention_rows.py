"""What an audit is made of: the data with what several conventions need of them, and the convention."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.special import digamma

from entropylab.estimators.knn.ksg import ksg
from entropylab.numerics.neighbours.search import kth_distances
from entropylab.numerics.special.digamma import digamma_at_integers

INFORMATION, ENTROPY = "mutual information of x and y", "differential entropy of x"


@dataclass(frozen=True)
class Sample:
    """The data of an audit and what several conventions need of them."""

    x: np.ndarray
    y: np.ndarray
    k: int
    seed: int

    @cached_property
    def eps(self) -> np.ndarray:
        """Distance of the k-th neighbour of every pair, the largest difference of any coordinate."""
        return kth_distances(np.hstack([self.x, self.y]), self.k)[:, -1]

    @cached_property
    def repeats(self) -> bool:
        """True where a value of x or of y occurs more than once."""
        return any(len(np.unique(space, axis=0)) < len(space) for space in (self.x, self.y))

    def counted(self, count: Callable[[np.ndarray], np.ndarray]) -> float:
        """Kraskov's first estimator where psi is taken of count(space) in the place of n_x + 1 and n_y + 1."""
        sums = sum(digamma_at_integers(np.maximum(count(space), 1)).mean() for space in (self.x, self.y))
        return float(digamma(self.k) + digamma(len(self.x)) - sums)

    def changed(self, change: Callable[[np.ndarray, np.random.Generator], np.ndarray]) -> float:
        """Kraskov's first estimator of changed data."""
        random = np.random.default_rng(self.seed)
        x, y = change(self.x, random), change(self.y, random)
        return ksg(x, y, k=self.k)


@dataclass(frozen=True)
class Convention:
    """One way to turn the sample into a number. `verdict` says how the number relates to the estimate it stands for."""

    name: str
    quantity: str
    unit: str
    verdict: Literal["right", "other unit", "at some scales", "wrong"]
    met_in: str
    reason: str
    value: Callable[[Sample], float]
    fits_repeats: bool = True  # False where a formula for densities is applied to values that repeat as it stands

    def verdict_on(self, s: Sample) -> tuple[str, str]:
        """Verdict and reason for these data."""
        if self.fits_repeats or not s.repeats or self.verdict == "wrong":
            return self.verdict, self.reason
        return "wrong", f"{self.reason} Values repeat in these data, for which it has no correction."
