"""Problem: a sampler that knows its own answer, and how problems combine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

__all__ = ["Problem", "sampler_from", "product"]


@dataclass(frozen=True)
class Problem:
    """A distribution to draw from, with the truth an estimator should find.

    `sample(seed, n)` returns the arrays an estimator takes, samples first: `x` for an entropy, `(x, y)` for
    a mutual information, `(x, y, given)` for a conditional one. Numbers are float64 of shape (n, d), labels
    and symbols int64 of shape (n,). The same seed and n give the same arrays.

    `truth` is in nats, None for real data. `truth_error` is 0 where the truth is exact to rounding, else its
    standard error or the last step of a quadrature; `known_by` says how it is known, in one phrase.

    `local(*arrays)`, where it is known, returns the (n,) values whose expectation is the truth: the surprise
    -log p(x) for an entropy, the pointwise log p(x, y) / (p(x) p(y)) for a mutual information.
    `takes` names the estimators that fit, by the word on their card; "counts" are had by `count_labels`.
    `dimensions` is the number of columns of every array, 0 for labels.
    `probabilities` are those of the symbols 0, 1, ... of a finite alphabet.
    """

    name: str
    quantity: str  # "differential entropy", "entropy", "mutual information", "conditional mutual information"
    sample: Callable[[int, int], np.ndarray | tuple[np.ndarray, ...]] = field(repr=False)
    truth: float | None
    known_by: str
    dimensions: tuple[int, ...]
    truth_error: float = 0.0
    reference: str = ""
    tags: tuple[str, ...] = ()
    takes: str = "samples"
    local: Callable[..., np.ndarray] | None = field(default=None, repr=False)
    probabilities: tuple[float, ...] | None = field(default=None, repr=False)


def sampler_from(draw: Callable[[np.random.Generator, int], np.ndarray | tuple[np.ndarray, ...]]) -> Callable:
    """The `sample(seed, n)` of a Problem from `draw(generator, n)`: a fresh PCG64 for every call."""

    def sample(seed: int, n: int):
        return draw(np.random.Generator(np.random.PCG64(seed)), sample_size(n))

    return sample


def sample_size(n: int) -> int:
    """`n` as an int; raises ValueError unless it is a whole number above 0."""
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
        raise ValueError(f"a sample needs a whole number of draws n >= 1: got n={n!r}.")
    return int(n)


def product(problems: Sequence[Problem], *, name: str) -> Problem:
    """Independent problems side by side, column after column; the truth in nats is the sum of theirs.

    Entropies of independent variables add, and so do the mutual informations of independent pairs.
    Errors: ValueError for an empty list, different quantities, labels, or a part whose truth is not known.
    """
    problems = tuple(problems)
    kinds = {(part.quantity, part.takes) for part in problems}
    if len(kinds) != 1 or kinds.pop()[1] not in ("samples", "pair"):
        told = ", ".join(f"{part.name} ({part.quantity}, {part.takes})" for part in problems) or "nothing"
        raise ValueError(
            f"a product needs problems of one quantity that hold numbers, no labels: got {told}; pass either "
            "differential entropies or mutual informations."
        )
    if any(part.truth is None for part in problems):
        raise ValueError("a product needs parts whose truth is known: real data have none.")
    ends = np.cumsum([part.dimensions for part in problems], axis=0)  # (parts, arrays)

    def sample(seed, n):
        seeds = np.random.SeedSequence(seed).generate_state(len(problems), np.uint64)
        drawn = [part.sample(int(own), n) for part, own in zip(problems, seeds, strict=True)]
        if len(ends[0]) == 1:
            return np.hstack(drawn)
        return tuple(np.hstack(columns) for columns in zip(*drawn, strict=True))

    def local(*arrays):
        starts = ends - [part.dimensions for part in problems]
        return sum(
            part.local(*(array[:, a:b] for array, a, b in zip(arrays, starts[i], ends[i], strict=True)))
            for i, part in enumerate(problems)
        )

    first = problems[0]
    return Problem(
        name=name,
        quantity=first.quantity,
        sample=sample,
        truth=float(sum(part.truth for part in problems)),
        known_by=f"sum over {len(problems)} independent parts: {first.known_by}",
        dimensions=tuple(int(end) for end in ends[-1]),
        # one problem repeated repeats its error too, so errors add rather than their squares
        truth_error=float(sum(part.truth_error for part in problems)),
        reference=first.reference,
        tags=tuple(dict.fromkeys(tag for part in problems for tag in part.tags)),
        takes=first.takes,
        local=local if all(part.local for part in problems) else None,
    )
