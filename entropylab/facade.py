"""One call for an entropy or a mutual information, by whatever method, in whatever unit."""

from __future__ import annotations

import math
import numbers

import numpy as np
from numpy.typing import ArrayLike

from entropylab.estimators.card import Card
from entropylab.estimators.discrete.plugin import count_labels
from entropylab.inference.intervals import Interval, uncertainty
from entropylab.inference.significance import PermutationNull, permutation_null
from entropylab.lookup import check_knobs, get_estimator
from entropylab.numerics.validation import check

__all__ = ["entropy", "mutual_information", "uncertainty", "permutation_null", "Interval", "PermutationNull"]

UNITS = {"nats": 1.0, "bits": math.log(2), "bans": math.log(10)}
SINGULAR = {"nat": "nats", "bit": "bits", "ban": "bans"}


def entropy(
    x: ArrayLike | None = None, method: str | None = None, base: float | str | None = None, *, counts=None, **knobs
) -> float:
    """Entropy of samples, labels or counts by a named estimator, in nats or the unit of `base`.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Samples of a continuous quantity for methods of differential entropy; labels (d columns are joint symbols) for
        methods that take counts.
    method : str, optional
        A name or alias of the catalogue ("kl", "kde", "plugin", "mm", "nsb", ...). By default "kl" for `x` and
        "plugin" for `counts`.
    base : float or str, optional
        "nats" (the default), "bits" or 2, "bans" or 10, or any number above 0 other than 1.
    counts : array_like, shape (m,)
        Counts of the symbols in place of `x`, for methods that take counts.
    **knobs
        Parameters of the estimator.

    Returns
    -------
    float
        The estimate; a JAX scalar under a trace.

    Raises
    ------
    ValueError
        For an unknown method (the message lists all), a knob that the method lacks, a base without meaning; without
        `method`, for `x` that are probabilities or whole numbers, as these are hardly samples from a density; else
        the estimator's own errors.

    Notes
    -----
    This is no `scipy.stats.entropy`: the first argument holds samples, neither probabilities nor counts.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> round(lab.entropy(counts=[10, 20, 30, 40]), 4)
    1.2799
    >>> x = np.random.default_rng(0).normal(size=2000)
    >>> bool(abs(lab.entropy(x, "kde") - 0.5 * np.log(2 * np.pi * np.e)) < 0.1)
    True
    """
    scale = _nats_in(base)
    if method is None and x is not None and counts is None:
        _refuse_ambiguous_samples(x)
    card = get_estimator(method or ("kl" if counts is None else "plugin"), "an entropy", _gives_entropy)
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


def mutual_information(
    x: ArrayLike, y: ArrayLike, method: str | None = None, base: float | str | None = None, **knobs
) -> float:
    """Mutual information of x and y by a named estimator, in nats or the unit of `base`.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n, d)
        Samples ("ksg", "gaussian", "kde", "hist"), labels ("plugin"), or samples and labels ("ross").
    method : str, optional
        A name or alias of the catalogue; "ksg" by default.
    base : float or str, optional
        As `entropy`.
    **knobs
        Parameters of the estimator.

    Returns
    -------
    float
        The estimate; a JAX scalar under a trace.

    Raises
    ------
    ValueError
        As `entropy`; without `method`, for whole numbers or text in x or y, which are labels rather than samples from
        a density.

    Notes
    -----
    Negative values are not clamped: `permutation_null` gives the range of independent data.

    Examples
    --------
    >>> import entropylab as lab
    >>> labels = [0, 1, 0, 1, 1, 0, 1, 0]
    >>> round(lab.mutual_information(labels, labels, "plugin", base="bits"), 6)
    1.0
    """
    scale = _nats_in(base)
    if method is None and (_are_labels(x) or _are_labels(y)):
        raise ValueError(
            'x or y hold whole numbers or text: pass method="plugin" if both are labels, "ross" for samples x and '
            'labels y, or "ksg" if these are samples of a continuous quantity.'
        )
    card = get_estimator(method or "ksg", "a mutual information", _gives_mutual_information)
    check_knobs(card, knobs)
    return _number(card.function(x, y, **knobs)) / scale


def _refuse_ambiguous_samples(x) -> None:
    """Without a method, probabilities and whole numbers would be read as samples from a density."""
    if _are_labels(x):
        raise ValueError(
            'x holds whole numbers or text: pass counts=x if these are counts, method="plugin" if they are labels, or '
            'method="kl" if they are samples of a continuous quantity.'
        )
    if check.is_traced(x):
        return
    values = check.as_numpy_samples("x", x)
    if values.shape[1] == 1 and len(values) > 1 and (values >= 0).all() and abs(values.sum() - 1) < 1e-9:
        raise ValueError(
            "x holds numbers from 0 to 1 whose sum is 1, which look like probabilities: entropy takes samples. That "
            "of a known distribution is -sum p log p (scipy.stats.entropy); pass counts= for observed counts, or "
            'method="kl" if these are samples.'
        )


def _are_labels(x) -> bool:
    """Whether the data are text, or whole numbers throughout."""
    if check.is_traced(x):
        return False
    try:
        values = np.asarray(x)
    except (TypeError, ValueError, RuntimeError):  # the estimator says what it refuses
        return False
    if values.dtype.kind in "OSUb":
        return values.dtype.kind != "O" or any(isinstance(v, str) for v in values.ravel()[:100])
    return values.size > 1 and values.dtype.kind in "iuf" and bool((values == np.round(values)).all())


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
        unit = SINGULAR.get(base.lower(), base.lower())
        if unit in UNITS:
            return UNITS[unit]
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
