"""Resampling: draws from data that an estimator can work on, and what it says of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from entropylab.estimators.card import Card
from entropylab.inference.sample_arrays import LABELLED
from entropylab.inference.subsample_sizes import shortage, subsample_size
from entropylab.numerics.discrete.counts import checked_counts
from entropylab.numerics.validation import check

MAX_DRAWS = 10**7  # their values fill 80 megabytes; a p-value of 1e-7 needs no more
MAX_SEED = 2**128  # as many as NumPy draws where it chooses a seed itself
MAX_REFUSED_SHARE = 0.2
MAX_HYPERGEOMETRIC = 10**9  # NumPy draws without repeats from fewer observations than this


@dataclass(frozen=True)
class Draws:
    """New data of a generator, the factor from their deviation to the standard error, and both in words."""

    draw: Callable[[np.random.Generator], tuple]
    factor: float
    what: str
    remedy: str
    shortage: str = ""


def draws_of(card: Card | None, arrays: list, knobs: dict, how: str, size: int | None) -> Draws:
    """How to draw data like `arrays`, which `arrays_of` made: "bootstrap" with repeats, "subsampling" without."""
    takes = card.takes if card else None
    if takes == "counts":
        return _count_draws(card, *arrays, how, size)
    fixed = []
    if takes == "list":
        arrays = list(arrays[0])
    elif takes in ("points anchors", "points halfspaces", "points boxes"):
        arrays, fixed = arrays[:1], arrays[1:]
    lengths = {f"array {i}": array for i, array in enumerate(arrays)}
    n = len(arrays[0])
    if takes != "samples reference":
        check.require_same_length(**lengths)
    fewest = 2 if how == "bootstrap" else 3
    if n < fewest:
        raise ValueError(f"uncertainty must be given at least {fewest} samples for {how}: got {n}; add samples.")
    m = n if how == "bootstrap" else subsample_size(card, arrays, knobs, size)
    pick = _bootstrap_rows if how == "bootstrap" else _subsample_rows
    what, remedy = _words(n, m, how, takes)
    factor = 1.0 if how == "bootstrap" else math.sqrt(m / (n - m))
    if takes == "samples reference":  # the same share of both, so that one factor holds for both
        second = arrays[1]
        many = len(second) // 4 if size is None and m == n // 4 else round(m * len(second) / n)
        many = min(max(many, 2), len(second))
        return Draws(
            lambda rng: (arrays[0][pick(rng, n, m)], second[pick(rng, len(second), many)]), factor, what, remedy
        )
    if takes == "sample labels" and how == "subsampling":
        pick = _label_keeping_rows(arrays[1])

    def draw(rng):
        rows = pick(rng, n, m)
        drawn = [array[rows] for array in arrays]
        return (drawn,) if takes == "list" else (*drawn, *fixed)

    doubt = shortage(card, arrays, knobs, m) if how == "subsampling" else ""
    return Draws(draw, factor, what, remedy, doubt)


def _bootstrap_rows(rng, n, m):
    return rng.integers(0, n, n)


def _subsample_rows(rng, n, m):
    return rng.permutation(n)[:m]


def _label_keeping_rows(symbols: np.ndarray):
    """Rows of a subsample, and after the first m the next ones of every label that has fewer than two among them.

    A label of one member says nothing of how densely it lies. Where all labels have two, the draw is as without them.
    """

    labels = int(symbols.max()) + 1

    def pick(rng, n, m):
        order = rng.permutation(n)
        if np.bincount(symbols[order[:m]], minlength=labels).min() > 1:
            return order[:m]
        drawn = symbols[order]
        by_label = np.argsort(drawn, kind="stable")
        first = np.searchsorted(drawn[by_label], drawn[by_label])
        rank = np.empty(n, dtype=np.int64)
        rank[by_label] = np.arange(n) - first
        return order[(np.arange(n) < m) | (rank < 2)]

    return pick


def _count_draws(card, counts, how, size):
    n = checked_counts(card.name, counts).total
    counts = counts.astype(np.int64)
    what, remedy = _words(n, None, how, "counts")
    if how == "bootstrap":
        return Draws(lambda rng: (rng.multinomial(n, counts / n),), 1.0, what, remedy)
    if n < 3:
        raise ValueError(f"uncertainty must be given at least 3 observations: got {n}; add some.")
    if n >= MAX_HYPERGEOMETRIC:
        raise ValueError(
            f"a subsample of counts must come from fewer than {MAX_HYPERGEOMETRIC:,} observations: got {n:,}; "
            'use how="bootstrap".'
        )
    m = subsample_size(card, [range(n)], {}, size)
    what, remedy = _words(n, m, how, "counts")
    return Draws(lambda rng: (rng.multivariate_hypergeometric(counts, m),), math.sqrt(m / (n - m)), what, remedy)


def _words(n, m, how, takes):
    if how == "bootstrap":
        merge = "merge rare labels, or " if takes in (*LABELLED, "sample labels", "counts") else ""
        return f"a bootstrap resample of your {n} samples, drawn with repeats", (
            f'{merge}add samples, or use how="subsampling", which repeats none'
        )
    merge = "merge rare labels, " if takes in ("sample labels", *LABELLED) else ""
    return f"a subsample of {m} of your {n} samples", f"give size= a number between {m} and {n}, {merge}or add samples"


def number_of_draws(name: str, value, minimum: int, remedy: str) -> int:
    """How many draws: a whole number from `minimum` to 10^7. Errors: ValueError for any other."""
    number = check.whole_number(name, value, minimum, remedy)
    if number > MAX_DRAWS:
        raise ValueError(f"{name} must be at most {MAX_DRAWS:,}: got {value!r}, whose values fill memory; {remedy}")
    return number


def generator(seed) -> np.random.Generator:
    """A generator for a seed from 0 to 2^128, or the generator given. Errors: ValueError for any other."""
    if isinstance(seed, np.random.Generator):
        return seed
    number = check.whole_number("seed", seed, 0, "0 is the default.")
    if number > MAX_SEED:
        raise ValueError("seed must be at most 2^128: got a larger number; 0 is the default.")
    return np.random.default_rng(number)


def number_of(value, what: str) -> float:
    """The estimate as a float. Errors: ValueError for anything but one real number."""
    if isinstance(value, float):
        return float(value)
    if check.is_traced(value):
        raise ValueError(
            f"{what} must return a number: got a JAX tracer; call uncertainty and null outside of jit, grad and vmap."
        )
    array = np.asarray(value.detach().cpu() if hasattr(type(value), "detach") else value)
    if array.size != 1 or array.dtype.kind not in "fiub":
        raise ValueError(
            f"{what} must return one real number: got {type(value).__name__} of shape {array.shape}, dtype "
            f"{array.dtype}; reduce it, for instance to its mean."
        )
    return float(array.reshape(()))


def estimates_of(
    function: Callable, knobs: dict, draws: Draws, rng: np.random.Generator, number: int
) -> tuple[np.ndarray, int, str]:
    """The estimates (number,) of as many draws, how many draws were refused and drawn again, and the last reason.

    Errors: ValueError, in the name of the draw, once more than a fifth of `number` are refused.
    """
    values, refused, reason = [], 0, ""
    with check.suppress_warnings():
        while len(values) < number:
            drawn = draws.draw(rng)
            try:
                values.append(number_of(function(*drawn, **knobs), "the estimator"))
            except (ValueError, ArithmeticError) as error:
                refused, reason = refused + 1, str(error)
                if refused > MAX_REFUSED_SHARE * number:
                    raise ValueError(
                        f"uncertainty could not estimate {draws.what}, though it could your data ({refused} of "
                        f"{refused + len(values)} such draws failed). To have an error bar: {draws.remedy}. The "
                        f"estimator said of the draw: {reason}"
                    ) from error
    return np.array(values), refused, reason
