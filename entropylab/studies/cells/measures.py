"""What a batch of final states shows: soft and hard entropies, the utility, the gradient that is left."""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np

from entropylab.estimators.discrete.plugin import miller_madow
from entropylab.estimators.patterns.curves import soft_match_errors
from entropylab.estimators.patterns.entropy import distinct_patterns
from entropylab.numerics.discrete.relaxations import sigmoid_step
from entropylab.numerics.validation import check
from entropylab.studies.cells.loss import binary_entropy, reproducibility
from entropylab.studies.core.attributes import attributes, entropy_attributes

BELOW_PRECISION = 1e-6  # below it a float32 update of a state near 1/2 is lost in rounding
RANKS = 16
LN2 = np.log(2)
CURVES = {
    "soft": entropy_attributes("soft entropy"),
    "hard": entropy_attributes("hard entropy, corrected"),
    "hard_error": entropy_attributes("standard error of the hard entropy"),
    "utility": attributes("utility U [bits a cell]"),
    "utility_error": attributes("standard error of U [bits a cell]"),
    "soft_utility": attributes("soft utility [bits a cell]"),
    "gradient": entropy_attributes("root mean square of n dH/ds"),
}
NUMBERS = CURVES | {
    "soft_error": entropy_attributes("standard error of the soft entropy"),
    "gap": entropy_attributes("soft minus hard entropy"),
    "gap_error": entropy_attributes("standard error of the gap"),
    "patterning": attributes("patterning entropy [bits a cell]"),
    "patterning_error": attributes("standard error of the patterning entropy [bits a cell]"),
    "vanished": attributes("share of vanished gradients"),
    "vanished_error": attributes("standard error of the share of vanished gradients"),
    "margin": attributes("mean distance of a state from 1/2"),
    "margin_error": attributes("standard error of the margin"),
}


class RankedPatterns(NamedTuple):
    """The most frequent patterns' shares (RANKS,) with their standard errors, and the runs in that order."""

    shares: np.ndarray
    errors: np.ndarray
    order: np.ndarray


def utility(states) -> tuple[float, float]:
    """U = S_pat - S_rep of hard patterns in bits a cell, and its standard error (infinitesimal jackknife over runs).

    S_rep is Miller and Madow's estimate, S_pat the plug-in entropy of all n d fates. Where most patterns were seen
    once S_rep still errs low, and U high. The error is 0 where all runs agree, whatever further runs might do.
    Source: Brueckner and Tkacik (2024).
    """
    found = _hard(states)
    return found["utility"], found["utility_error"]


def compute_measures(states, temperature: float, bandwidth: float) -> tuple[tuple[float, ...], dict, RankedPatterns]:
    """The numbers of CURVES in that order, the same as scalars of a Dataset, and the ranked patterns."""
    n, d = states.shape
    _, inverse, counts = distinct_patterns(states)
    found = _hard(states) | soft_match_errors(states, temperature=temperature, bandwidth=bandwidth)
    pooled, slope = jax.device_get(_soft(states, temperature, bandwidth))
    slope, margin = n * np.asarray(slope, np.float64), np.abs(states - 0.5)
    vanished = np.abs(slope) < BELOW_PRECISION
    found |= {
        "hard": found["corrected"], "gap": found["soft"] - found["corrected"],
        "soft_utility": (float(pooled) - float(found["soft"]) / d) / LN2,
        "gradient": np.sqrt((slope**2).mean()), "vanished": vanished.mean(), "vanished_error": _error(vanished.mean(1)),
        "margin": margin.mean(), "margin_error": _error(margin.mean(1)),
    }  # fmt: skip
    held = {"interval": f"1.96 standard errors over {n} held-out runs"}
    scalars = {name: ((), float(found[name]), {**attributes, **held}) for name, attributes in NUMBERS.items()}
    scalars["ceiling"] = ((), np.log(n), entropy_attributes("log n"))
    scalars["distinct"] = ((), len(counts), attributes("distinct patterns"))
    ranked = np.sort(counts)[::-1][:RANKS] / n
    shares = np.pad(ranked, (0, RANKS - len(ranked)))
    order = np.lexsort((inverse, -counts[inverse]))
    return (
        tuple(float(found[name]) for name in CURVES),
        scalars,
        RankedPatterns(shares, np.sqrt(shares * (1 - shares) / n), order),
    )


def _hard(states):
    """U and S_pat in bits a cell, S_rep of the whole pattern in nats, with their standard errors."""
    n, d = states.shape
    _, inverse, counts = distinct_patterns(states)
    fates = (states >= 0.5).mean(1)
    pooled = float(fates.mean())
    inside = 0 < pooled < 1
    slope = np.log((1 - pooled) / pooled) if inside else 0.0
    patterning = -(pooled * np.log(pooled) + (1 - pooled) * np.log(1 - pooled)) if inside else 0.0
    with check.suppress_warnings():  # that the batch is small for its patterns is what the line log n on the page says
        corrected = float(miller_madow(counts))
    surprise = np.log(n / counts[inverse])
    return {
        "utility": (patterning - corrected / d) / LN2, "utility_error": _error(slope * fates - surprise / d) / LN2,
        "patterning": patterning / LN2, "patterning_error": _error(slope * fates) / LN2,
        "corrected": corrected, "hard_error": _error(surprise),
    }  # fmt: skip


def _error(values):
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


@jax.jit
def _soft(states, temperature, bandwidth):
    """Softened S_pat in nats, and dH/ds."""
    slope = jax.grad(lambda s: reproducibility(sigmoid_step(s, temperature), bandwidth))(states)
    return binary_entropy(sigmoid_step(states, temperature).mean()), slope
