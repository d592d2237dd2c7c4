"""Data of any container as arrays by position: once, before anything is estimated, drawn or shuffled."""

from __future__ import annotations

import functools

import numpy as np

from entropylab.estimators.card import Card
from entropylab.numerics.discrete.counts import encode_labels
from entropylab.numerics.validation.containers import as_numpy, as_real_array

LABELLED = ("labels", "labels given")
_EXACT = ("mixture", "rows")


def without_partial(estimator, knobs: dict):
    """The estimator and knobs that a `functools.partial` of knobs alone stands for; anything else as it is."""
    while isinstance(estimator, functools.partial) and not estimator.args and hasattr(estimator.func, "card"):
        estimator, knobs = estimator.func, {**estimator.keywords, **knobs}
    return estimator, knobs


def arrays_of(card: Card | None, data) -> list:
    """`data` as arrays, entry by position, once for the estimate and all draws; labels as integer codes.

    A function without a card gets its arrays as they are, pandas and xarray as the NumPy arrays they hold: their own
    indexing and arithmetic go by the labels of an index, which a draw repeats or leaves out.
    Errors: ValueError for what the estimator takes as exact, and for data that are no samples.
    """
    takes = card.takes if card else None
    if takes in _EXACT:
        raise ValueError(
            f"{card.name} must be given samples to have a sampling error: got a {takes.rstrip('s')}, which it takes "
            "as exact; resample the data behind it."
        )
    names = card.arguments if card else [f"array {i}" for i in range(len(data))]
    if not data or len(names) != len(data):
        wanted = ", ".join(names) if card else "at least one array"
        raise ValueError(f"{card.name if card else 'the estimator'} must be given {wanted}: got {len(data)} arrays.")
    arrays = [_array(takes, name, x) for name, x in zip(names, data, strict=True)]
    for name, array in zip(names, arrays, strict=True):
        if getattr(array, "ndim", 1) == 0:
            raise ValueError(f"{name} must hold samples, (n,) or (n, d): got a scalar; pass the data it comes from.")
    return arrays


def _array(takes: str | None, name: str, x):
    if takes is None:
        return _positional(name, x)
    if takes == "counts":
        return as_numpy(name, x)
    if takes in LABELLED or (takes == "sample labels" and name == "labels"):
        return _symbols(name, x)
    if takes == "list":  # anything but a list is the estimator's to refuse
        return [as_real_array(f"{name}[{j}]", one) for j, one in enumerate(x)] if isinstance(x, (list, tuple)) else x
    return as_real_array(name, x)


def _positional(name: str, x):
    if isinstance(x, (str, bytes, dict, set, frozenset)) or x is None or hasattr(x, "__next__"):
        raise ValueError(f"{name} must be an array or a list: got {type(x).__name__}; write list(...) around it.")
    if hasattr(type(x), "to_numpy"):
        return np.asarray(x.to_numpy())
    if hasattr(x, "shape"):
        return x
    entries = np.empty(0)
    try:
        array = np.asarray(x)
        if array.dtype.kind in "US":
            entries = np.asarray(x, dtype=object)
    except ValueError:
        raise ValueError(f"{name} must be a table: got rows of different lengths; pass an array.") from None
    mixed = not all(isinstance(entry, (str, bytes)) for entry in entries.flat)
    return entries if mixed else array  # NumPy would turn 1 and "1" into one text


def _symbols(name: str, labels) -> np.ndarray:
    """Integer codes, numbered alike for a list and for an array of objects."""
    if hasattr(type(labels), "to_numpy") and not hasattr(type(labels), "dims"):
        labels = labels.to_numpy()
    if type(labels) is np.ndarray and labels.dtype == object:
        labels = labels.tolist()
    return encode_labels(name, labels)[0]
