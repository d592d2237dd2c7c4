"""Warnings and refusals of neighbour estimators: ties, copies, constant columns, unequal spreads, a ceiling."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from entropylab.numerics.neighbours.scaling import size_of
from entropylab.numerics.validation import check


def require_distinct_points(name: str, distances: np.ndarray, k: int) -> None:
    """Demand that every k-th neighbour lies at a distance above zero, where a logarithm is taken of it."""
    if distances.min() > 0:
        return
    repeats = int((distances == 0).sum())
    if repeats:
        raise ValueError(
            f"{name} needs samples from a density: {repeats} of {len(distances)} points have their {k}-th neighbour "
            f"at distance 0, and log 0 would make the estimate -inf. Values that repeat have no differential "
            f"entropy: count them instead (plugin, chao_shen, nsb), raise k above the largest number of repeats, "
            f"or undo the rounding that made them."
        )


def require_varying_columns(name: str, **spaces: np.ndarray) -> None:
    """Demand that no column is constant, which makes a differential entropy -inf."""
    for space, x in spaces.items():
        for column in _constant(x):
            raise ValueError(
                f"{name} needs samples from a density: column {column} of {space} is constant, so the samples lie "
                f"on a plane and the entropy is -inf; drop that column."
            )


def warn_constant_columns(name: str, **spaces: np.ndarray) -> None:
    """Warn of columns that carry no information."""
    for space, x in spaces.items():
        for column in _constant(x):
            check.warn(
                f"{name}: column {column} of {space} is constant. It carries no information and leaves the number "
                f"as it is without that column."
            )


def tell_ties(name: str, tied: np.ndarray, eps: np.ndarray, k: int, side: Literal["high", "low"] = "high") -> None:
    """Warn of points at whose distance eps to the k-th neighbour other points stand too, and which way that errs."""
    ties, repeats = int(tied.sum()), int((eps == 0).sum())
    if ties:
        check.warn(
            f"{name}: {ties} of {len(tied)} points have several neighbours at exactly the distance of the last of "
            f"k={k}, {repeats} of them at distance 0 (repeated rows): values repeat or lie on a grid. Ties are counted "
            f"as such, which leaves the estimate {side} by up to about {0.1 / k * ties / len(tied):.2g} nats. Counts "
            f"(discrete_mutual_information) suit discrete variables better, labels (ross) a single one; undo the "
            f"rounding of others."
        )


def tell_copies(name: str, copies: int, n: int, k: int, rows: str = "rows", way: Literal["down", "up"] = "down"):
    """Warn that `copies` of n rows equal another, of which an entropy from the k-th neighbour takes no notice."""
    if copies:
        check.warn(
            f"{name}: {copies} of {n} {rows} equal another. Copies of one measurement count as measurements of "
            f"their own and pull the estimate {way}, by up to psi(k) - psi(1) = {_harmonic(k):.3g} nats; values "
            f"that meet by rounding move it by about 0.1 nats a column. Leave copies out, or raise k well above the "
            f"number of repeats."
        )


def warn_unequal_scales(name: str, k: int, **spaces: np.ndarray) -> None:
    """Warn of variables on scales so far apart that neighbours in the widest see nothing of the narrowest."""
    spreads = {space: _spread(x) for space, x in spaces.items()}
    spreads = {space: spread for space, spread in spreads.items() if spread > 0}
    if len(spreads) < 2:
        return
    narrow, wide = min(spreads, key=spreads.get), max(spreads, key=spreads.get)
    ratio, n = spreads[wide] / spreads[narrow], len(next(iter(spaces.values())))
    # n / k points apart in the wide variable is the finest scale its neighbours tell; a tenth of it still works.
    if ratio > max(10.0, n / (10 * k)):
        check.warn(
            f"{name}: {wide} spreads {ratio:.3g} times as far as {narrow}, so nearest neighbours are chosen by {wide} "
            f"alone and the estimate is pulled towards 0. Divide each variable by its standard deviation first; "
            f"that changes no mutual information."
        )


def warn_near_ceiling(name: str, value: float, ceiling: float) -> None:
    """Warn of an estimate close to the largest value that so few samples can give."""
    if 0.8 * ceiling < value < 1.001 * ceiling:  # above it only where rows repeat, which is told apart
        check.warn(
            f"{name}: the estimate {value:.3g} is close to {ceiling:.3g}, the most that this many samples and "
            f"neighbours can give: the truth may be far higher. Add samples, or use lnc."
        )


def numbers_of_neighbours(name: str, ks, n: int) -> list[int]:
    """The numbers of neighbours that a curve is asked for: at least one, each with 1 <= k < n."""
    try:
        ks = list(ks)
    except TypeError:
        raise ValueError(f"{name} needs a list of numbers of neighbours ks: got {ks!r}; pass [1, 3, 10].") from None
    if not ks:
        raise ValueError(f"{name} needs at least one number of neighbours: got none; pass ks=[1, 3, 10].")
    return [check.require_neighbour_count(name, k, n) for k in ks]


def _harmonic(k: int) -> float:
    return sum(1 / j for j in range(1, k))


def _spread(x: np.ndarray) -> float:
    """The largest standard deviation of a column, at any scale that float64 has."""
    with np.errstate(over="ignore", invalid="ignore"):
        spread = float(np.ascontiguousarray(x.T).std(1).max())
    if 1e-140 < spread < 1e140 or not (x != x[0]).any():
        return spread
    power = math.frexp(size_of(x))[1]
    return math.ldexp(float(np.ldexp(x, -power).std(0).max()), min(power, 1023))


def _constant(x: np.ndarray) -> list[int]:
    if (x[1] != x[0]).all():
        return []
    return np.flatnonzero((x == x[0]).all(0)).tolist()
