"""Claims of Couthures (2024) about differential entropy and its estimators; the table's samples are 10 000."""

from __future__ import annotations

import math

from entropylab.studies.bias.methods import ALL
from entropylab.studies.bias.parameters import Bias
from entropylab.studies.core.claims import Claim, approximately

# The slides show one draw: a claim holds within three standard deviations of a single estimate.
TABLE = Bias(family="correlated normal", samples=10_000, replicates=5, estimators=("histogram",), focus="histogram")
THIRTEEN = TABLE.replace(family="normal", dimension=13)
LINE = Bias(family="uniform to 1/2", dimension=1, samples=2000, replicates=5, estimators=("Kozachenko-Leonenko",))


def _of(name: str, what: str = "bias"):
    return lambda answer: answer[what][ALL.index(name)]


CLAIMS = [
    Claim(
        "Histogram, N = 3, 10 000 points, 20 bins: 3.82 where theory says 3.91.",
        "Couthures (2024), implementation tests",
        "−0.09",
        "bias",
        TABLE,
        _of("histogram"),
        "histogram − truth [nats]",
        approximately(-0.09, 0.055),
        "So far the histogram errs by what 10 000 points in some hundreds of bins must lose.",
    ),
    Claim(
        "Histogram, N = 6: 3.68 where theory says 7.41.",
        "Couthures (2024), implementation tests",
        "−3.73",
        "bias",
        TABLE.replace(dimension=6),
        _of("histogram"),
        "histogram − truth [nats]",
        approximately(-3.73, 0.4),
        "Nearly every point has a bin to itself: the number is log n plus the log volume of a bin.",
    ),
    Claim(
        "Histogram, N = 13: −3.21 where theory says 18.45.",
        "Couthures (2024), implementation tests",
        "−21.7",
        "bias",
        THIRTEEN,
        _of("histogram"),
        "histogram − truth [nats]",
        approximately(-21.7, 0.7),
        "The bins are empty but for single points: no entropy is measured here, only n and the range.",
    ),
    Claim(
        "A uniform density between 0 and 1/2 has negative entropy.",
        "Couthures (2024), computing entropy",
        "−ln 2 = −0.693",
        "bias",
        LINE,
        _of("Kozachenko-Leonenko", "mean"),
        "estimated h [nats]",
        approximately(-math.log(2), 0.02),
        "True: h is relative to the unit of x, and no estimate may be clamped at 0.",
    ),
    Claim(
        "Entropy is not invariant under a change of variables: H(y) ≠ H(2y).",
        "Couthures (2024), computing entropy",
        "ln 2 = 0.693",
        "bias",
        LINE.replace(family="normal", scale=2.0),
        lambda answer: answer.entropy_shift / math.log(1e4) * math.log(2),
        "h(2X) − h(X) [nats]",
        approximately(math.log(2), 1e-6),
        "It moves by exactly log |a| per dimension.",
    ),
    Claim(
        "The limiting density of discrete points is invariant with change of variables.",
        "Couthures (2024), continuous fix",
        "0",
        "bias",
        LINE.replace(family="normal", scale=2.0),
        lambda answer: answer.jaynes_shift,
        "move under x → 10⁴ x [nats]",
        approximately(0.0, 1e-6),
        "True where the reference measure changes along; it answers another question than h.",
    ),
    Claim(
        "KDE + histogram is right in 13 dimensions: 18.43 where theory says 18.45.",
        "Couthures (2024), implementation tests",
        "18.43",
        "bias",
        THIRTEEN.replace(estimators=("KDE + histogram",), width=1.16),
        _of("KDE + histogram", "mean"),
        "estimate at 1.16 of Scott's width [nats]",
        approximately(18.43, 0.25),
        "Right for the wrong reason: the fit's own entropy is too high, its histogram's loss of counts as low. "
        "Scott's own width gives 17.6, and the number rises with the draws.",
    ),
    Claim(
        "Fitting the points by a KDE describes their density in 13 dimensions.",
        "Couthures (2024), implementation tests",
        "18.45",
        "bias",
        THIRTEEN,
        lambda answer: answer.fit_entropy,
        "entropy of a Scott KDE itself [nats]",
        approximately(18.45, 0.05),
        "10 000 kernels in 13 dimensions are another density: 0.8 nats too wide.",
    ),
]
