"""The mixtures of Kolchinsky and Tracey (2017), section 5: what makes bounds tight or loose, one property at a time."""

from __future__ import annotations

import numpy as np

SWEPT_PARAMETERS = ("mean spread", "similarity", "cluster spread", "dimension")
CLUSTERS = 5


def mixture_family(
    family: str, varied: str, value: float, *, components: int, dimension: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Equal weights (K,), centers (K, d) and spreads of a random mixture in which one property has `value`.

    "mean spread"     centers from N(0, value I), equal components
    "similarity"      centers from N(0, I); covariances from a Wishart with d + value degrees of freedom over their
                      mean, or widths from a Gamma of shape 1 + value and mean 1: large values make them alike
    "cluster spread"  centers N(0, I / 4) around five cluster centers from N(0, value I)
    "dimension"       as "mean spread" with variance 1; `value` is the dimension, `dimension` is not read
    Spreads are covariances (K, d, d) for "gaussian" and side lengths (K, d) for "uniform". The same seed draws the
    same random numbers for every value, so that a curve over it is smooth.
    """
    if family not in ("gaussian", "uniform"):
        raise ValueError(f"family must be gaussian or uniform: got {family!r}.")
    if varied not in SWEPT_PARAMETERS:
        raise ValueError(f"varied must be one of {', '.join(SWEPT_PARAMETERS)}: got {varied!r}.")
    d = int(value) if varied == "dimension" else dimension
    rng = np.random.default_rng(seed)
    centers = rng.standard_normal((components, d))
    if varied == "mean spread":
        centers *= np.sqrt(value)
    elif varied == "cluster spread":
        middle = rng.standard_normal((CLUSTERS, d)) * np.sqrt(value)
        centers = middle[np.arange(components) % CLUSTERS] + centers / 2
    spreads = (
        _identity_spreads(family, components, d)
        if varied != "similarity"
        else _random_spreads(rng, family, components, d, value)
    )
    return np.full(components, 1 / components), centers, spreads


def _identity_spreads(family, components, d):
    return np.broadcast_to(np.eye(d), (components, d, d)) if family == "gaussian" else np.ones((components, d))


def _random_spreads(rng, family, components, d, value):
    if family == "uniform":
        return rng.gamma(1 + value, 1 / (1 + value), (components, d))
    degrees = d + value
    # Bartlett: the Cholesky factor of a Wishart has chi variates on, normal ones below the diagonal.
    factors = np.tril(rng.standard_normal((components, d, d)), -1)
    rows = np.arange(d)
    factors[:, rows, rows] = np.sqrt(rng.chisquare(degrees - rows, (components, d)))
    return factors @ np.swapaxes(factors, 1, 2) / degrees
