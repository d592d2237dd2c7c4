"""Claims of Couthures (2024) about mutual information, conditional entropy and proficiency."""

from __future__ import annotations

from collections.abc import Callable

import xarray as xr

from entropylab.studies.core.claims import Claim, approximately
from entropylab.studies.information.estimators import ESTIMATORS
from entropylab.studies.information.network import FEATURES
from entropylab.studies.information.parameters import Information

CHEAP = Information(samples=200, replicates=5, images=200, problem="independent-normal-1-1")
SLICE = CHEAP.replace(samples=1000)


def _knows(feature: str) -> Callable[[xr.Dataset], float]:
    return lambda answer: float(answer.layer_proficiency[FEATURES.index(feature)])


def _mean(estimator: str) -> Callable[[xr.Dataset], float]:
    return lambda answer: float(answer["mean"][ESTIMATORS.index(estimator)])


CLAIMS = [
    Claim(
        f"A random feature has no proficiency: {name}.", f"Couthures (2024), random variables: {name}", "0",
        "information",
        CHEAP, _knows(name), "proficiency of 12 neurons", approximately(0.0, 0.02),
        "True on average: single estimates scatter on both sides of 0, and are not to be clamped.",
    )
    for name in ("uniform", "normal", "Poisson")
]  # fmt: skip
CLAIMS += [
    Claim(
        "For y = x² nothing is left of y once x is known: H(Y | X) = 0.", "Couthures (2024), conditional entropy", "0",
        "information", SLICE, lambda answer: answer.conditional_entropy, "H(Y | X) on the grid [nats]",
        approximately(0.0, 1e-12), "True where every bin of x holds one number.",
    ),
    Claim(
        "H(Y | X) = 0 for y = x², whatever the x.", "Couthures (2024), conditional entropy", "0",
        "information", SLICE.replace(abscissa="any number"), lambda answer: answer.conditional_entropy,
        "H(Y | X) in 20 bins [nats]", approximately(0.0, 0.05),
        "With x in bins a bin holds many y: what is left is the width of the bins.",
    ),
    Claim(
        "The joint information of many neurons is KSG's with all of them as one space.",
        "Couthures (2024), layer proficiency",
        "more than any neuron", "information", CHEAP,
        lambda answer: answer.proficiency[0, -1] - answer.proficiency[0, :-1].max(),
        "layer − best neuron, proficiency for the class", lambda value: value > 0.1,
        "True: the class is written in no single neuron.",
    ),
    Claim(
        "Negative estimates may be set to 0, as scikit-learn does.", "scikit-learn, used in Couthures (2024)", "0",
        "information", CHEAP, lambda answer: answer.estimates[0].clip(0).mean(),
        "mean of clamped KSG for independent pairs [nats]", approximately(0.0, 0.005),
        "Without the negative half of the noise, independent pairs seem to share information.",
    ),
    Claim(
        "KSG reads 0 for independent pairs.", "Couthures (2024), KNN estimation", "0",
        "information", CHEAP, _mean("KSG"),
        "mean KSG [nats]", approximately(0.0, 0.02), "True within the noise, because negative values are kept.",
    ),
]  # fmt: skip
