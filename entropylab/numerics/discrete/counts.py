"""Symbols and their counts: what the discrete estimators share (host, NumPy)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Array, Real, Shaped

from entropylab.numerics.discrete.labels import encode_labels
from entropylab.numerics.validation import check
from entropylab.numerics.validation.containers import as_numpy

__all__ = [
    "Counts",
    "CountsLike",
    "Labels",
    "checked_counts",
    "encode_labels",
    "surprisal",
    "count_symbols",
    "warn_if_undersampled",
]

CountsLike = Real[np.ndarray, " m"] | Real[Array, " m"] | Sequence[int]
Labels = Shaped[np.ndarray, "n ..."] | Shaped[Array, "n ..."] | Sequence

MAX_SUPPORT = 10**1000


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
    try:
        counts = as_numpy("counts", counts, exact=False)
    except ValueError as error:
        raise ValueError(f"{error} {name} takes counts: those of labels are count_labels(labels).") from None
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


def surprisal(p: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """-log p, given p and rest = 1 - p: whichever of the two is small has the digits."""
    return np.where(p < 0.5, -np.log(p), -np.log1p(-np.minimum(rest, 0.5)))


def _support(name, support, listed, observed):
    if support is None:
        return listed
    support = check.whole_number("support", support, 1, f"{name} takes the size of the whole alphabet.")
    if support < observed:
        raise ValueError(
            f"{name} must have a support of at least the {observed} symbols observed: got support={support}; "
            "pass the size of the whole alphabet, unseen symbols included."
        )
    if support > MAX_SUPPORT:
        raise ValueError(
            f"{name} must have a support of at most 10^1000: got a number of {support.bit_length()} bits; estimators "
            "that need no support are grassberger_2003 and chao_shen."
        )
    return support


def count_symbols(symbols: np.ndarray, m: int) -> np.ndarray:
    """How often each of the symbols 0 .. m - 1 occurs: (m,) integers."""
    return np.bincount(symbols, minlength=m)


def warn_if_undersampled(name: str, n: int, counts: np.ndarray, consequence: str) -> None:
    """Say so where more than half of the samples hold a symbol nobody else holds (Good-Turing coverage below 1/2)."""
    alone = int((counts == 1).sum())
    if n > 1 and 2 * alone > n:
        check.warn(f"{name}: {alone} of {n} samples hold a (joint) symbol that occurs only once; {consequence}")
