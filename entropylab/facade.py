"""One call for an entropy or a mutual information, by whatever method, in whatever unit."""

from __future__ import annotations

import math
import numbers

from entropylab.estimators.card import Card
from entropylab.estimators.discrete.plugin import count_labels
from entropylab.inference.intervals import Interval, uncertainty
from entropylab.inference.significance import PermutationNull, permutation_null
from entropylab.lookup import check_knobs, get_estimator
from entropylab.numerics.validation import check

__all__ = ["entropy", "mutual_information", "uncertainty", "permutation_null", "Interval", "PermutationNull"]

UNITS = {"nats": 1.0, "bits": math.log(2), "bans": math.log(10)}


def entropy(x=None, method: str = "kl", base: float | str | None = None, *, counts=None, **knobs) -> float:
    """Entropy of `x` by the estimator called `method`, in nats or the unit of `base`.

    Differential entropy for methods that take samples (n,) or (n, d). A method that takes counts is given the
    counts of the labels `x` ((n,), or (n, d) for joint symbols), or `counts` in the place of `x`.
    `method` is a name or alias of the catalogue ("kl", "kde", "mm", "nsb", ...); `knobs` are that estimator's.
    `base` None or "nats", 2 or "bits", 10 or "bans", or any number above 0 other than 1.
    Errors: ValueError for an unknown method (it lists all), a knob the method lacks, a base without meaning;
    else the estimator's own.
    """
    scale = _nats_in(base)
    card = get_estimator(method, "an entropy", _gives_entropy)
    check_knobs(card, knobs)
    if (x is None) == (counts is None):
        raise ValueError("entropy must be given either samples x or counts: got both or neither; pass one.")
    if counts is not None and card.takes != "counts":
        raise ValueError(
            f"counts must go with a method that takes them: got method={method!r}, which takes {card.takes}; "
            'choose "plugin", "miller_madow", "nsb" or another of that kind.'
        )
    if counts is None and card.takes == "counts":
        counts = count_labels(x)
        _warn_if_all_differ(card, counts)
    return _number(card.function(x if counts is None else counts, **knobs)) / scale


def mutual_information(x, y, method: str = "ksg", base: float | str | None = None, **knobs) -> float:
    """Mutual information of `x` and `y` by the estimator called `method`, in nats or the unit of `base`.

    What x and y are is the method's matter: (n,) or (n, d) samples ("ksg", "gaussian", "kde", "hist"), labels
    ("plugin"), or samples and labels ("ross"). Negative values are not clamped: see `permutation_null` for what
    independent data would give. Method, base, knobs and errors as `entropy`.
    """
    scale = _nats_in(base)
    card = get_estimator(method, "a mutual information", _gives_mutual_information)
    check_knobs(card, knobs)
    return _number(card.function(x, y, **knobs)) / scale


def _number(value):
    """A float, or under a trace what JAX will make of it."""
    return value if check.is_traced(value) else float(value)


def _gives_entropy(card: Card) -> bool:
    return card.quantity in ("entropy", "differential entropy") and len(card.arguments) == 1


def _gives_mutual_information(card: Card) -> bool:
    return card.quantity == "mutual information" and len(card.arguments) == 2


def _nats_in(base) -> float:
    """How many nats make one unit of `base`."""
    if base is None:
        return 1.0
    if isinstance(base, str):
        if base.lower() in UNITS:
            return UNITS[base.lower()]
    elif not isinstance(base, bool) and isinstance(base, numbers.Real) and 0 < base < math.inf and base != 1:
        return math.log(base)
    raise ValueError(
        f"base must be None, {', '.join(UNITS)}, or a number above 0 other than 1: got {base!r}; use 2 for bits."
    )


def _warn_if_all_differ(card: Card, counts) -> None:
    if len(counts) > 1 and counts.max() == 1:
        check.warn(
            f"{card.name} counts labels, and all {len(counts)} differ: the data only say that the alphabet is large. "
            'For real-valued samples use a method such as "kl" or "kde".'
        )
