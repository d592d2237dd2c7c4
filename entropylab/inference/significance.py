"""Null: what an estimator of dependence reports for data with the same marginals and no dependence."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np

from entropylab.estimators.card import Card
from entropylab.inference.resampling import generator, number_of, number_of_draws
from entropylab.inference.sample_arrays import arrays_of, without_partial
from entropylab.lookup import check_knobs, get_card
from entropylab.numerics.validation import check
from entropylab.numerics.validation.precision import float64
from entropylab.numerics.validation.tracing import refuse_tracers

# Values held at once by a vectorised call: at most this many for each array, so that its blocks stay in cache.
CHUNK = 2**16
ROUNDING = 1e-12


@dataclass(frozen=True)
class PermutationNull:
    """An estimate beside its permutation null, in the estimator's unit: mean, 95 % band, p-value, all values."""

    estimate: float
    mean: float
    low: float
    high: float
    p_value: float
    samples: np.ndarray = field(repr=False, compare=False)


@refuse_tracers
def permutation_null(
    estimator: Callable | str, x, y, *, permutations: int = 200, seed: int = 0, **knobs
) -> PermutationNull:
    """The estimate and its values for shuffles of y against x, in the unit of the estimator (nats).

    Parameters
    ----------
    estimator : callable or str
        A function of x and y, or the name of an estimator.
    x, y : array_like
        Its data. Containers are read by position, labels once.
    permutations : int, default 200
        Number of shuffles.
    seed : int or numpy.random.Generator, default 0
        Seed of the shuffles.
    **knobs
        Parameters of the estimator.

    Returns
    -------
    PermutationNull
        `estimate`, `mean`, `low` and `high` (the middle 95 % of the shuffles), `p_value`, and `samples`, all values.

    Raises
    ------
    ValueError
        For estimators that do not measure dependence between two arrays, fewer than 1 or more than 10^7 permutations, a
        seed below 0, arrays of different length; else the estimator's own errors.

    Warns
    -----
    EstimateWarning
        Where the estimate is NaN, or a value not finite: band and p-value are then NaN.

    Notes
    -----
    Shuffling keeps both marginals and removes the dependence, so the values show the bias and spread of the estimator
    at independence, negative ones included. The p-value is the share of values at or above the estimate, the estimate
    itself among them: (1 + #) / (1 + permutations).

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 200))
    >>> lab.permutation_null("gaussian_mutual_information", x, x + noise, permutations=99).p_value
    0.01
    """
    estimator, knobs = without_partial(estimator, knobs)
    function, card = get_card(estimator, "the dependence of two arrays", _measures_dependence)
    check_knobs(card, knobs)
    if card is not None and not _measures_dependence(card):
        raise ValueError(
            f"null must be given an estimator of the dependence between two arrays: got {card.name} ({card.quantity} "
            f"of {', '.join(card.arguments)}); shuffling would not make its data independent. Use a mutual information."
        )
    permutations = number_of_draws("permutations", permutations, 1, "200 is a start.")
    rng = generator(seed)
    x, y = arrays_of(card, (x, y))
    check.require_same_length(x=x, y=y)
    estimate = number_of(function(x, y, **knobs), "the estimator")
    orders = (rng.permutation(len(y)) for _ in range(permutations))
    with check.suppress_warnings():
        shuffled = _vmapped if card is not None and card.kind == "traced" else _one_by_one
        samples = shuffled(function, x, y, orders, permutations, knobs)
    band, message = _band(estimate, samples)
    if message:
        check.warn(message)
    return band


def _band(estimate: float, samples: np.ndarray) -> tuple[PermutationNull, str]:
    undefined = int((~np.isfinite(samples)).sum())
    if math.isnan(estimate) or undefined:
        band = PermutationNull(estimate, math.nan, math.nan, math.nan, math.nan, samples)
        return band, (
            f"null: the estimate is {estimate:g} and {undefined} of {len(samples)} values of shuffled data are NaN or "
            "infinite, so there is no band and no p-value; mend what makes the estimator return them."
        )
    # Shuffles that leave the data as they are differ from the estimate by rounding, and count as ties.
    rounding = ROUNDING * max(1.0, abs(estimate)) if math.isfinite(estimate) else 0.0
    reached = int(np.sum(samples >= estimate - rounding))
    low, high = np.quantile(samples, [0.025, 0.975])
    band = PermutationNull(
        estimate, float(samples.mean()), float(low), float(high), (1 + reached) / (1 + len(samples)), samples
    )
    return band, ""


def _one_by_one(function, x, y, orders, permutations, knobs) -> np.ndarray:
    samples = np.empty(permutations)
    with _refusals_of_shuffles():
        for i, order in enumerate(orders):
            samples[i] = number_of(function(x, y[order], **knobs), "the estimator")
    return samples


def _vmapped(function, x, y, orders, permutations, knobs) -> np.ndarray:
    """The estimate for every one of `orders`, some rows at once; all calls have one shape and compile once."""
    with float64() if any(array.dtype != np.float32 for array in (x, y)) else contextlib.nullcontext():
        x, y = jnp.asarray(x), jnp.asarray(y)
        some = max(1, min(permutations, CHUNK // y.size))
        many = jax.vmap(lambda shuffled: function(x, shuffled, **knobs))
        samples = np.empty(permutations)
        for first in range(0, permutations, some):
            rows = np.stack(list(itertools.islice(orders, some)))
            padded = np.concatenate([rows, np.broadcast_to(rows[:1], (some - len(rows), len(y)))])
            with _refusals_of_shuffles():
                samples[first : first + len(rows)] = np.asarray(many(y[padded]))[: len(rows)]
    return samples


@contextlib.contextmanager
def _refusals_of_shuffles():
    """Refusals of shuffled data as errors that name the shuffle."""
    try:
        yield
    except (ValueError, ArithmeticError) as error:
        raise ValueError(
            "null could not estimate a shuffle of y against x, though it could your data: add samples, or take "
            f"an estimator without that limit. The estimator said of the shuffle: {error}"
        ) from error


def _measures_dependence(card: Card) -> bool:
    return card.quantity in ("mutual information", "proficiency") and len(card.arguments) == 2
