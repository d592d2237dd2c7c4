"""Sizes of subsamples: as large as the neighbourhoods, windows and kernels of an estimator need them to be."""

from __future__ import annotations

from dataclasses import dataclass

from entropylab.estimators.card import Card

# Measured against the spread of fresh samples, 438 cells of n = 16 to 400, k = 1 to n / 4 and six distributions: with
# ten samples to a neighbour the standard error of every other cell comes out closest to it (4 to 24 were tried).
SAMPLES_PER_NEIGHBOUR = 10
SAMPLES_PER_COLUMN = 2  # with fewer, a kernel shaped by the covariance gives 1.5 to 2.8 times the spread
MAX_SHARE = 0.75


@dataclass(frozen=True)
class Need:
    """The fewest samples on which an estimate varies, how many make its error that of the whole, and why."""

    least: int
    enough: int
    reason: str
    counted: bool = False


def subsample_size(card: Card | None, arrays: list, knobs: dict, size: int | None) -> int:
    """How many of the n samples a subsample holds: `size`, or a quarter, or more where the estimator needs more.

    Estimators that count neighbours in each variable are the same for all data of k + 1 samples and move too little
    on few more: they get 10 k, up to three quarters of n. The others get what they can be computed on: k + 1 for
    distances, 2 m + 1 for a window m; a kernel shaped by the covariance of d columns 2 d, up to three quarters.
    Errors: ValueError for a size outside 2 .. n - 1 or below what the estimator needs, and where no size will do.
    """
    n = len(arrays[0])
    need = _need(card, arrays, knobs)
    if size is not None:
        return _checked(size, need, n)
    m = max(n // 4, min(need.enough, int(MAX_SHARE * n)), need.least)
    if m >= n:
        raise ValueError(
            f"uncertainty cannot subsample {n} samples: {need.reason}, and a subsample must be smaller than the data. "
            "Lower that number, or add samples."
        )
    return m


def shortage(card: Card | None, arrays: list, knobs: dict, m: int) -> str:
    """What subsamples of `m` do to the standard error of counted neighbours, in words; "" where they suffice."""
    need = _need(card, arrays, knobs)
    k = need.enough // SAMPLES_PER_NEIGHBOUR if need.counted else 0
    if m >= max(2.5 * k, min(5 * k, int(MAX_SHARE * len(arrays[0])))):
        return ""
    return (
        f"subsamples of {m} hold {m / k:.2g} samples to each of k={k} neighbours, so their counts move too little: the "
        f"standard error comes out too small, at most 0.8 of the true one; lower k, or add samples"
    )


def _need(card, arrays, knobs) -> Need:
    k, window = _knob(card, knobs, "k"), _knob(card, knobs, "window")
    name = card.name if card else "the estimator"
    if k is not None and _counts_in_every_variable(card):
        reason = f"with k={k} {name} is the same for all data of {k + 1} samples, so it needs {k + 2}"
        return Need(k + 2, SAMPLES_PER_NEIGHBOUR * k, reason, counted=True)
    if k is not None:
        least = k + 1
        if card is not None and card.takes == "samples reference":  # k points of the reference, the same share of both
            least = max(least, -(-k * len(arrays[0]) // len(arrays[1])))
        return Need(least, 0, f"with k={k} {name} needs {least}")
    if window is not None:
        return Need(2 * window + 1, 0, f"with window={window} {name} needs {2 * window + 1}")
    if card is not None and "window" in card.parameters:
        return Need(5, 0, f"{name} needs 5")
    if card is not None and isinstance(_value(card, knobs, "bandwidth"), str):
        d = sum(array.shape[1] if array.ndim > 1 else 1 for array in arrays)
        return Need(d + 2, SAMPLES_PER_COLUMN * d, f"for {d} columns {name} needs {d + 2}")
    return Need(2, 0, "an estimate needs 2")


def _counts_in_every_variable(card: Card | None) -> bool:
    return card is None or (card.takes in ("pair", "pair given", "list") and "entropy" not in card.quantity)


def _knob(card, knobs, name) -> int | None:
    value = _value(card, knobs, name)
    return None if value is None or isinstance(value, str) else int(value)


def _value(card, knobs, name):
    if name in knobs or card is None:
        return knobs.get(name)
    return card.parameters[name].default if name in card.parameters else None


def _checked(size, need, n):
    number = size.item() if getattr(size, "ndim", None) == 0 else size
    whole = isinstance(number, (int, float)) and not isinstance(number, bool)
    if not whole or not 2 <= number < n or number != int(number):
        raise ValueError(f"the subsample size must be a whole number from 2 to {n - 1}: got {size!r}; n // 4 is usual.")
    if number < need.least:
        raise ValueError(f"the subsample size must be at least {need.least}: got {size!r}; {need.reason}.")
    return int(number)
