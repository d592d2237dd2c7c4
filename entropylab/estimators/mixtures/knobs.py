"""Checks of the knobs that estimators of mixtures take."""

from __future__ import annotations

from entropylab.numerics.gaussians.mixture import require_mixture
from entropylab.numerics.validation import check

MAX_NUMBERS = 10**8  # in the array of draws


def checked_draws(mixture, draws) -> int:
    """`draws` as an int that is at least the number of components, and as many as memory holds."""
    k, d = require_mixture(mixture).components, mixture.dimension
    remedy = "draws must be at least one for each component: raise draws."
    draws = check.whole_number("draws", draws, k, remedy)
    if draws * d > MAX_NUMBERS:
        raise ValueError(
            f"draws times the dimension must be at most {MAX_NUMBERS}: got {draws} times {d}, which takes "
            f"{8e-9 * draws * d:.3g} GB several times over; average over seeds instead."
        )
    return draws


def checked_seed(seed):
    """`seed` as an integer from 0 to 2^63 - 1, or the tracer it is."""
    if check.is_traced(seed):
        return seed
    seed = check.whole_number("seed", seed, 0, "pass for instance 0.")
    if seed >= 2**63:
        raise ValueError(f"seed must be below 2^63: got {seed}; pass for instance 0.")
    return seed


def checked_alpha(alpha):
    """Demand a number in [0, 1], or a tracer."""
    if check.is_traced(alpha):
        return
    check.number("alpha", alpha)
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must lie in [0, 1]: got {alpha!r}; 0.5 is Bhattacharyya's.")
