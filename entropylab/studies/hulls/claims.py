"""Claims of Shihab et al. (2025) about hulls and the entropy that bounds their work."""

from __future__ import annotations

import math

from entropylab.studies.core.claims import Claim, approximately
from entropylab.studies.hulls.stages import Hulls

CLAIMS = [
    Claim(
        "H_diff correlates with the true entropy that bounds the work.",
        "Shihab et al. (2025), 4.1",
        "R² = 0.96",
        "hulls",
        Hulls(samples=1000),
        lambda answer: answer.explained_by_surrogate,
        "R² of H_diff with tests per point",
        lambda value: value >= 0.9,
        "Over eighteen sets the structural entropy explains the work, H_diff does not.",
    ),
    Claim(
        "Points uniform in a square have high entropy.",
        "Shihab et al. (2025), 5.2",
        "high",
        "hulls",
        Hulls(data="uniform", samples=3000),
        lambda answer: answer.hull_upper,
        "structural entropy, at most [nats]",
        lambda value: value > 0.5 * math.log(1000),
        "It is low: two triangles cover the square, the limit is ln 2.",
    ),
    Claim(
        "Points on a parabola have low entropy.",
        "Shihab et al. (2025), 5.2",
        "low",
        "hulls",
        Hulls(data="parabola", samples=3000),
        lambda answer: answer.hull_lower,
        "structural entropy, at least [nats]",
        lambda value: value < 0.5 * math.log(1000),
        "It is the maximum, ln(n / 3): every point is a corner.",
    ),
    Claim(
        "Qhull takes 15.8 s for the hull of a million points.",
        "Shihab et al. (2025), table 3",
        "15.8",
        "hulls",
        Hulls(data="uniform", samples=1_000_000, clock=True),
        lambda answer: answer.milliseconds[0] / 1e3,
        "least time of SciPy's Qhull on one core of this machine [s]",
        approximately(15.8, 5.0),
        "A hundredth of that or less, and an exact hull takes a twentieth of the rest.",
        runs=2,
    ),
    Claim(
        "With EntropyNet in the clock Chan's algorithm is 3.0 times as fast.",
        "Shihab et al. (2025), table 1",
        "3.0",
        "hulls",
        Hulls(data="uniform", samples=1000, network=True, table="range families (table 12)"),
        lambda answer: answer.net_whole,
        "time before over after, the network included, n = 1000",
        approximately(3.0, 0.3),
        "Some ten times as slow: the network alone takes longer than the hull, which is then another one.",
        runs=5,
    ),
]
