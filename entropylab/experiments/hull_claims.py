"""Claims of seed 002 about hulls and the entropy that bounds their work."""

from __future__ import annotations

import math

from entropylab.experiments.claims import CLAIMS, Claim
from entropylab.experiments.hulls import Hulls

CLAIMS += [
    Claim(
        "H_diff correlates with the true entropy that bounds the work.", "seed 002, 4.1", "R² = 0.96", "hulls",
        Hulls(samples=1000), lambda answer: answer.explained_by_surrogate, "R² of H_diff with tests per point",
        lambda value: value >= 0.9, "Over eighteen sets the structural entropy explains the work, H_diff does not.",
    ),
    Claim(
        "Points uniform in a square have high entropy.", "seed 002, 5.2", "high", "hulls",
        Hulls(data="uniform", samples=3000), lambda answer: answer.hull_upper, "structural entropy, at most [nats]",
        lambda value: value > 0.5 * math.log(1000), "It is low: two triangles cover the square, the limit is ln 2.",
    ),
    Claim(
        "Points on a parabola have low entropy.", "seed 002, 5.2", "low", "hulls",
        Hulls(data="parabola", samples=3000), lambda answer: answer.hull_lower, "structural entropy, at least [nats]",
        lambda value: value < 0.5 * math.log(1000), "It is the maximum, ln(n / 3): every point is a corner.",
    ),
]  # fmt: skip
