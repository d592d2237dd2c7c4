"""Problem: a sampler that knows its own answer, and the catalogue of problems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Problem:
    """A distribution to draw from, with the truth an estimator should find.

    `sample(seed, n)` returns the arrays an estimator takes, float64 NumPy, samples first: `x` for an
    entropy, `(x, y)` for a mutual information. The same seed and n give the same arrays. `truth` is in
    nats, None for real data; `truth_error` is its standard error (0 where it is exact); `known_by`
    says how it is known, in one phrase.
    """

    name: str
    quantity: str  # "differential entropy", "mutual information", "entropy"
    sample: Callable[[int, int], np.ndarray | tuple[np.ndarray, ...]] = field(repr=False)
    truth: float | None
    known_by: str
    dimensions: tuple[int, ...]
    truth_error: float = 0.0
    reference: str = ""
    tags: tuple[str, ...] = ()
