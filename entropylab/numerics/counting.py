"""Symbols and their counts: what the discrete estimators share (host, NumPy)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Array, Real, Shaped

from entropylab.numerics import check

CountsLike = Real[np.ndarray, " m"] | Real[Array, " m"] | Sequence[int]
Labels = Shaped[np.ndarray, "n ..."] | Shaped[Array, "n ..."] | Sequence


@dataclass(frozen=True)
class Counts:
    """Counts of the observed symbols (all above 0), their sum and the alphabet size."""

    seen: np.ndarray
    total: int
    support: int

    @property
    def unseen(self) -> int:
        """How many symbols of the alphabet were not observed."""
        return self.support - len(self.seen)

    @property
    def rest(self) -> np.ndarray:
        """Observations of all other symbols, exact where total - count would round."""
        return (self.total - self.seen).astype(np.float64)

    def surprises(self) -> np.ndarray:
        """log(total / count) of every observed symbol, with full relative precision down to 0."""
        return np.log1p(self.rest / self.seen)


def checked_counts(name: str, counts, support=None) -> Counts:
    """`counts` (m,) for the estimator `name`; `support` None is m, zeros included."""
    counts = np.asarray(counts)
    if counts.ndim != 1:
        raise ValueError(
            f"{name} must be given counts of shape (m,), one for each symbol: got shape {counts.shape}; "
            "count labels with count_labels(labels), flatten a table with .ravel()."
        )
    if counts.dtype.kind not in "fiu":
        raise ValueError(
            f"{name} must be given counts that are whole numbers: got dtype {counts.dtype}; "
            "count labels with count_labels(labels)."
        )
    bad = ~(np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts)))
    if bad.any():
        first = int(np.argmax(bad))
        raise ValueError(
            f"{name} must be given counts that are whole numbers from 0 up: got {counts[first]} at {first}; "
            "probabilities have no sampling bias to correct, so pass the counts they came from."
        )
    if not counts.any():
        raise ValueError(
            f"{name} must be given at least one observation: got {len(counts)} counts that sum to 0; "
            "remove empty rows before estimating."
        )
    if not counts.sum(dtype=np.float64) < 2.0**63:
        raise ValueError(f"{name} must be given counts that sum to less than 2^63: got more; scale the counts down.")
    seen = counts[counts > 0].astype(np.int64)
    return Counts(seen, int(seen.sum()), _support(name, support, len(counts), len(seen)))


def surprise(p: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """-log p, given p and rest = 1 - p: whichever of the two is small has the digits."""
    return np.where(p < 0.5, -np.log(p), -np.log1p(-np.minimum(rest, 0.5)))


def _support(name, support, listed, observed):
    if support is None:
        return listed
    if isinstance(support, bool) or not np.isscalar(support) or not np.isfinite(support) or support != int(support):
        raise ValueError(f"{name} must have a whole number as support: got {support!r}; pass the alphabet size.")
    if support < observed:
        raise ValueError(
            f"{name} must have a support of at least the {observed} symbols observed: got support={support}; "
            "pass the size of the whole alphabet, unseen symbols included."
        )
    return int(support)


def codes(name: str, labels) -> tuple[np.ndarray, int]:
    """Each sample's symbol as an integer from 0 to m - 1, and m. `labels` (n,), or (n, d) rows as joint symbols."""
    array = _label_array(name, labels)
    if array.ndim not in (1, 2):
        raise ValueError(
            f"{name} must have shape (n,) or (n, d), samples first: got shape {array.shape}; "
            "reshape to one row of labels a sample."
        )
    if array.size == 0:
        raise ValueError(f"{name} must hold at least one label: got shape {array.shape}; pass some samples.")
    columns = array[:, None] if array.ndim == 1 else array
    joint, m = _column_codes(name, columns[:, 0])
    for column in columns.T[1:]:
        symbols, more = _column_codes(name, column)
        # Renumbering after every column keeps the product below n^2, however many columns there are.
        joint, m = _renumbered(joint * more + symbols)
    return joint, m


def tally(symbols: np.ndarray, m: int) -> np.ndarray:
    """How often each of the symbols 0 .. m - 1 occurs: (m,) integers."""
    return np.bincount(symbols, minlength=m)


def warn_if_undersampled(name: str, n: int, counts: np.ndarray, consequence: str) -> None:
    """Say so where more than half of the samples hold a symbol nobody else holds (Good-Turing coverage below 1/2)."""
    alone = int((counts == 1).sum())
    if n > 1 and 2 * alone > n:
        check.warn(f"{name}: {alone} of {n} samples hold a (joint) symbol that occurs only once; {consequence}")


def _label_array(name, labels):
    array = _array_of(labels)
    if array.dtype.kind in "fc" and np.isnan(array).any():
        raise ValueError(
            f"{name} must not hold NaN: got {int(np.isnan(array).sum())} of them, which equal nothing, not even "
            "themselves; drop those samples or give them a label of their own."
        )
    return array


def _array_of(labels):
    """A sequence as an array; one of objects where NumPy would turn 1 and "1" into the same text."""
    if hasattr(labels, "__array__") or isinstance(labels, (str, bytes)) or not hasattr(labels, "__len__"):
        return np.asarray(labels)
    rows = [row if isinstance(row, (list, tuple)) else (row,) for row in labels]
    kinds = {_kind(item) for row in rows for item in row}
    if len({len(row) for row in rows}) <= 1 and len(kinds) <= 1 and "other" not in kinds:
        return np.asarray(labels)
    array = np.empty(len(rows), dtype=object)
    array[:] = [tuple(row) if isinstance(row, list) else row for row in labels]
    return array


def _kind(item) -> str:
    if isinstance(item, (bool, np.bool_)):
        return "truth"
    if isinstance(item, (int, float, np.number)):
        return "number"
    return "text" if isinstance(item, str) else "other"


def _column_codes(name, column):
    if column.dtype.kind != "O":
        return _renumbered(column)
    seen: dict = {}
    try:
        symbols = np.array([seen.setdefault(label, len(seen)) for label in column], dtype=np.int64)
    except TypeError as error:
        raise ValueError(f"{name} must hold hashable labels: got one that is not ({error}); use tuples.") from None
    if any(label != label for label in seen):
        raise ValueError(f"{name} must not hold NaN: got at least one; drop those samples or relabel them.")
    return symbols, len(seen)


def _renumbered(column):
    values, symbols = np.unique(column, return_inverse=True)
    return symbols.reshape(-1), len(values)
