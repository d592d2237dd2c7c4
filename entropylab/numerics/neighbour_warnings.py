"""What repeated values, constant columns and unequal spreads do to an estimate from neighbours: said, never mended."""

from __future__ import annotations

import numpy as np

from entropylab.numerics import check


def refuse_repeats(name: str, distances: np.ndarray, k: int) -> None:
    """Demand that every k-th neighbour lies at a distance above zero, where a logarithm is taken of it."""
    repeats = int((distances == 0).sum())
    if repeats:
        raise ValueError(
            f"{name} needs samples from a density: {repeats} of {len(distances)} points have their {k}-th neighbour "
            f"at distance 0, and log 0 would make the estimate -inf. Values that repeat have no differential "
            f"entropy: count them instead (plugin, chao_shen, nsb), raise k above the largest number of repeats, "
            f"or undo the rounding that made them."
        )


def refuse_constant_columns(name: str, **spaces: np.ndarray) -> None:
    """Demand that no column is constant, which makes a differential entropy -inf."""
    for space, x in spaces.items():
        for column in _constant(x):
            raise ValueError(
                f"{name} needs samples from a density: column {column} of {space} is constant, so the samples lie "
                f"on a plane and the entropy is -inf; drop that column."
            )


def tell_constant_columns(name: str, **spaces: np.ndarray) -> None:
    """Warn of columns that carry no information."""
    for space, x in spaces.items():
        for column in _constant(x):
            check.warn(
                f"{name}: column {column} of {space} is constant. It carries no information and leaves the number "
                f"as it is without that column."
            )


def tell_repeats(name: str, eps: np.ndarray, k: int, most: float) -> None:
    """Warn of points whose k-th neighbour is at distance 0; each then contributes `most`, whatever the data."""
    repeats = int((eps == 0).sum())
    if repeats:
        check.warn(
            f"{name}: {repeats} of {len(eps)} points have their {k}-th neighbour at distance 0 (repeated rows). "
            f"Each adds {most:.3g} nats / n, as much as perfect dependence, and pulls the estimate up. Use ross or "
            f"discrete_mutual_information where a variable is discrete, raise k above the largest number of "
            f"repeats, or undo the rounding."
        )


def tell_spreads(name: str, k: int, **spaces: np.ndarray) -> None:
    """Warn of variables on scales so far apart that neighbours in the widest see nothing of the narrowest."""
    spreads = {space: float(x.std(0).max()) for space, x in spaces.items()}
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


def tell_ceiling(name: str, value: float, ceiling: float) -> None:
    """Warn of an estimate close to the largest value that so few samples can give."""
    if 0.8 * ceiling < value < 1.001 * ceiling:  # above it only where rows repeat, which is told apart
        check.warn(
            f"{name}: the estimate {value:.3g} is close to {ceiling:.3g}, the most that this many samples and "
            f"neighbours can give: the truth may be far higher. Add samples, or use lnc."
        )


def _constant(x: np.ndarray) -> list[int]:
    return np.flatnonzero(x.max(0) == x.min(0)).tolist()
