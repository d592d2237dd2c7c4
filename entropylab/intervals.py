"""Uncertainty: how far an estimate would move with another sample of the same size."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from entropylab.estimators.card import Card
from entropylab.lookup import card_of, check_knobs
from entropylab.numerics import check
from entropylab.numerics.counting import checked_counts

WAYS = ("auto", "posterior", "subsampling", "bootstrap")


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval and standard error, in the estimator's unit, and where they come from."""

    estimate: float
    low: float
    high: float
    standard_error: float
    method: str
    level: float


def uncertainty(
    estimator: Callable | str,
    *data,
    level: float = 0.95,
    resamples: int = 100,
    seed: int = 0,
    how: str = "auto",
    size: int | None = None,
    **knobs,
) -> Interval:
    """Estimate and interval, estimate +- z standard errors, in the estimator's unit (nats).

    `estimator` is a function or its name, `data` what it takes, `knobs` its own. `how`:
    "subsampling": `resamples` subsamples of `size` (a quarter) of the n samples, without repeats; the standard
    error is sqrt(size / (n - size)) times their deviation, which is sqrt(size / n) for small sizes. The way for
    neighbours, spacings and kernels: a bootstrap repeats samples, and repeats lie at distance 0 from each
    other, which such an estimator takes for infinite density. A quarter comes out 0 to 15 % too wide.
    "bootstrap": `resamples` samples of n with repeats; for counts, labels and everything without distances.
    "posterior": the posterior standard deviation, for NSB and Dirichlet.
    "auto": what the estimator's card says; "subsampling" for a function without a card.
    The interval tells the spread of the estimate and not its bias, which the card tells. `seed` is that of the
    resampling; an estimator's own seed stays at its default.
    Errors: ValueError for a level outside (0, 1), fewer than 2 resamples, a size outside 2 .. n - 1, data
    without samples (mixtures, rows); else the estimator's own.
    Source: Politis and Romano (1994); Shao and Wu (1989); Efron (1979).
    """
    arrays = "1 array" if len(data) == 1 else f"{len(data)} arrays"
    function, card = card_of(estimator, arrays, lambda card: len(card.arguments) == len(data))
    check_knobs(card, knobs)
    if not 0 < level < 1:
        raise ValueError(f"level must be a probability above 0 and below 1: got {level!r}; 0.95 is usual.")
    if isinstance(resamples, bool) or int(resamples) != resamples or resamples < 2:
        raise ValueError(f"resamples must be a whole number from 2 up: got {resamples!r}; 100 is a start.")
    if how not in WAYS:
        raise ValueError(f"how must be one of {', '.join(WAYS)}: got {how!r}; choose one of them.")
    if how == "auto":
        how = "subsampling" if card is None else card.resampling
    estimate = float(function(*data, **knobs))
    if how == "posterior":
        error = _posterior(card, data, knobs)
    else:
        rng = np.random.default_rng(seed)
        draw, factor = _resampler(card, data, how, size)
        with check.quiet():
            values = [float(function(*draw(rng), **knobs)) for _ in range(int(resamples))]
        error = factor * float(np.std(values, ddof=1))
    reach = float(norm.ppf(0.5 + level / 2)) * error
    return Interval(estimate, estimate - reach, estimate + reach, error, how, float(level))


def _posterior(card: Card | None, data, knobs) -> float:
    if card is None or card.posterior is None:
        raise ValueError(
            "a posterior interval needs a Bayesian estimator: got one without a posterior; "
            'use how="subsampling" or "bootstrap".'
        )
    return float(card.posterior(*data, **knobs))


def _resampler(card: Card | None, data, how: str, size: int | None):
    """A function of a generator that draws new data, and the factor from its deviation to the standard error."""
    takes = card.takes if card else None
    if takes in ("mixture", "rows"):
        raise ValueError(
            f"{card.name} must be given samples to have a sampling error: got a {takes.rstrip('s')}, "
            "which it takes as exact; resample the data behind it."
        )
    if takes == "counts":
        return _count_resampler(card, *data, how, size)
    if takes == "list":
        draw, factor = _row_resampler(list(data[0]), how, size)
        return lambda rng: (draw(rng),), factor
    if takes == "samples reference":
        first, factor = _row_resampler([data[0]], how, size)
        # The same share of both samples, so that one factor holds for both.
        share = None if size is None else max(2, round(size * len(data[1]) / len(data[0])))
        second, _ = _row_resampler([data[1]], how, share)
        return lambda rng: (*first(rng), *second(rng)), factor
    if takes in ("points anchors", "points halfspaces", "points boxes"):
        draw, factor = _row_resampler([data[0]], how, size)
        return lambda rng: (*draw(rng), *data[1:]), factor
    return _row_resampler(data, how, size)


def _row_resampler(arrays, how, size):
    arrays = [array if hasattr(array, "shape") else np.asarray(array) for array in arrays]
    n = len(arrays[0])
    check.same_length(**{f"array {i}": array for i, array in enumerate(arrays)})
    m = n if how == "bootstrap" else _subsample_size(n, size)

    def draw(rng):
        rows = rng.integers(0, n, n) if how == "bootstrap" else rng.permutation(n)[:m]
        return [array[rows] for array in arrays]

    return draw, 1.0 if how == "bootstrap" else math.sqrt(m / (n - m))


def _count_resampler(card, counts, how, size):
    n = checked_counts(card.name, counts).total
    counts = np.asarray(counts).astype(np.int64)
    if how == "bootstrap":
        return lambda rng: (rng.multinomial(n, counts / n),), 1.0
    m = _subsample_size(n, size)
    return lambda rng: (rng.multivariate_hypergeometric(counts, m),), math.sqrt(m / (n - m))


def _subsample_size(n: int, size: int | None) -> int:
    m = max(2, n // 4) if size is None else size
    if isinstance(m, bool) or int(m) != m or not 2 <= m < n:
        raise ValueError(f"the subsample size must be a whole number from 2 to {n - 1}: got {size!r}; n // 4 is usual.")
    return int(m)
