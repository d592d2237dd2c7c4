"""Null: what an estimator of dependence reports for data with the same marginals and no dependence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np

from entropylab.estimators.card import Card
from entropylab.lookup import card_of, check_knobs
from entropylab.numerics import check
from entropylab.numerics.counting import codes

# Values held at once by a vectorised call: at most this many for each array, so that its blocks stay in cache.
CHUNK = 2**16


@dataclass(frozen=True)
class NullBand:
    """An estimate beside its permutation null, in the estimator's unit: mean, 95 % band, p-value, all values."""

    estimate: float
    mean: float
    low: float
    high: float
    p_value: float
    samples: np.ndarray = field(repr=False, compare=False)


def null(estimator: Callable | str, x, y, *, permutations: int = 200, seed: int = 0, **knobs) -> NullBand:
    """The estimate and its values for `permutations` shuffles of y against x, in the estimator's unit (nats).

    Shuffling keeps both marginals and cuts the dependence, so the values show the estimator's bias and spread
    at independence, negative ones included. `low` and `high` bound their middle 95 %. The p-value is the share
    of values at or above the estimate, the estimate itself among them: (1 + #) / (1 + permutations).
    `estimator` is a function or its name, `knobs` its own; `seed` is that of the shuffles.
    Errors: ValueError for estimators that do not measure dependence between two arrays, fewer than 1
    permutation, arrays of different length; else the estimator's own.
    """
    function, card = card_of(estimator, "the dependence of two arrays", _measures_dependence)
    check_knobs(card, knobs)
    if card is not None and not _measures_dependence(card):
        raise ValueError(
            f"null must be given an estimator of the dependence between two arrays: got {card.name} ({card.quantity} "
            f"of {', '.join(card.arguments)}); shuffling would not make its data independent. Use a mutual information."
        )
    if isinstance(permutations, bool) or int(permutations) != permutations or permutations < 1:
        raise ValueError(f"permutations must be a whole number from 1 up: got {permutations!r}; 200 is a start.")
    estimate = float(function(x, y, **knobs))
    if card is not None and card.takes in ("labels", "sample labels"):
        y = codes("y", y)[0]
    y = y if hasattr(y, "shape") else np.asarray(y)
    rng = np.random.default_rng(seed)
    orders = np.stack([rng.permutation(len(y)) for _ in range(int(permutations))])
    with check.quiet():
        if card is not None and card.kind == "traced":
            samples = _vectorised(function, x, y, orders, knobs)
        else:
            samples = np.array([float(function(x, y[order], **knobs)) for order in orders])
    # Shuffles that leave the data as they are differ from the estimate by rounding, and count as ties.
    reached = int(np.sum(samples >= estimate - 1e-12 * max(1.0, abs(estimate))))
    low, high = np.quantile(samples, [0.025, 0.975])
    return NullBand(
        estimate, float(samples.mean()), float(low), float(high), (1 + reached) / (1 + len(samples)), samples
    )


def _vectorised(function, x, y, orders, knobs) -> np.ndarray:
    """The estimate for every row of `orders`, some rows at once; all calls have one shape and compile once."""
    x, y = jnp.asarray(x), jnp.asarray(y)
    some = max(1, min(len(orders), CHUNK // y.size))
    padded = np.concatenate([orders, orders[: -len(orders) % some]])
    many = jax.vmap(lambda shuffled: function(x, shuffled, **knobs))
    values = [np.asarray(many(y[padded[i : i + some]])) for i in range(0, len(padded), some)]
    return np.concatenate(values)[: len(orders)].astype(np.float64)


def _measures_dependence(card: Card) -> bool:
    return card.quantity in ("mutual information", "proficiency") and len(card.arguments) == 2
