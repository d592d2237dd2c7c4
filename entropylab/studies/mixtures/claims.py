"""Claims of mixentropy about the entropies of mixtures."""

from __future__ import annotations

import numpy as np

from entropylab.studies.core.claims import Claim
from entropylab.studies.mixtures.stages import Mixtures

TOUCHING_COMPONENTS = Mixtures(at=6, components=20, dimension=5)


def _gap(name, sign):
    """The least room between the truth and a bound along the axis, in units that make a breach negative."""
    return lambda answer: float(np.nanmin(sign * (answer.monte_carlo - answer.bounds.sel(bound=name))))


def _not_breached(value: float) -> bool:
    return value > -0.05  # the Monte Carlo mean of 4096 draws is this uncertain


CLAIMS = [
    Claim(
        "With the Kullback-Leibler divergence the pairwise estimate is an upper bound.",
        "mixentropy, pairwise distance",
        "≥ 0",
        "mixtures",
        TOUCHING_COMPONENTS,
        _gap("kl", -1),
        "least (bound − truth) over the axis [nats]",
        _not_breached,
        "It holds everywhere; it is tight where components coincide or are far apart, and loose where they touch.",
    ),
    Claim(
        "With the Bhattacharyya distance it is a lower bound.",
        "mixentropy, pairwise distance",
        "≥ 0",
        "mixtures",
        TOUCHING_COMPONENTS,
        _gap("bhattacharyya", 1),
        "least (truth − bound) over the axis [nats]",
        _not_breached,
        "It holds everywhere. For equal covariances alpha = 1/2 is also the best order.",
    ),
    Claim(
        "The expected likelihood kernel gives a lower bound.",
        "mixentropy, ELK",
        "≥ 0",
        "mixtures",
        TOUCHING_COMPONENTS,
        _gap("elk", 1),
        "least (truth − bound) over the axis [nats]",
        _not_breached,
        "It holds, but never comes near: the least gap is d (1 − ln 2) / 2, which one Gaussian alone already shows.",
    ),
]
