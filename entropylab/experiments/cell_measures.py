"""What a batch of final states shows: soft and hard entropies, the utility, the gradient that is left."""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np

from entropylab.estimators.count_plugins import miller_madow
from entropylab.estimators.pattern_curves import soft_match_errors
from entropylab.estimators.patterns import distinct_patterns
from entropylab.experiments.labels import nats, plain
from entropylab.models.cell_loss import binary_entropy, reproducibility
from entropylab.numerics import check
from entropylab.numerics.relaxations import soft_step

VANISHED = 1e-6  # below it a float32 update of a state near 1/2 is lost in rounding
RANKS = 16
LN2 = np.log(2)
CURVES = {
    "soft": nats("soft entropy"),
    "hard": nats("hard entropy, corrected"),
    "hard_error": nats("standard error of the hard entropy"),
    "utility": plain("utility U [bits a cell]"),
    "utility_error": plain("standard error of U [bits a cell]"),
    "soft_utility": plain("soft utility [bits a cell]"),
    "gradient": nats("root mean square of n dH/ds"),
}
NUMBERS = CURVES | {
    "soft_error": nats("standard error of the soft entropy"),
    "gap": nats("soft minus hard entropy"),
    "gap_error": nats("standard error of the gap"),
    "patterning": plain("patterning entropy [bits a cell]"),
    "patterning_error": plain("standard error of the patterning entropy [bits a cell]"),
    "vanished": plain("share of vanished gradients"),
    "vanished_error": plain("standard error of the share of vanished gradients"),
    "margin": plain("mean distance of a state from 1/2"),
    "margin_error": plain("standard error of the margin"),
}


class Ranked(NamedTuple):
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


def measured(states, temperature: float, bandwidth: float) -> tuple[tuple[float, ...], dict, Ranked]:
    """The numbers of CURVES in that order, the same as scalars of a Dataset, and the ranked patterns."""
    n, d = states.shape
    _, inverse, counts = distinct_patterns(states)
    found = _hard(states) | soft_match_errors(states, temperature=temperature, bandwidth=bandwidth)
    pooled, slope = jax.device_get(_soft(states, temperature, bandwidth))
    slope, margin = n * np.asarray(slope, np.float64), np.abs(states - 0.5)
    vanished = np.abs(slope) < VANISHED
    found |= {
        "hard": found["corrected"], "gap": found["soft"] - found["corrected"],
        "soft_utility": (float(pooled) - float(found["soft"]) / d) / LN2,
        "gradient": np.sqrt((slope**2).mean()), "vanished": vanished.mean(), "vanished_error": _error(vanished.mean(1)),
        "margin": margin.mean(), "margin_error": _error(margin.mean(1)),
    }  # fmt: skip
    held = {"interval": f"1.96 standard errors over {n} held-out runs"}
    scalars = {name: ((), float(found[name]), {**attributes, **held}) for name, attributes in NUMBERS.items()}
    scalars["ceiling"] = ((), np.log(n), nats("log n"))
    scalars["distinct"] = ((), len(counts), plain("distinct patterns"))
    ranked = np.sort(counts)[::-1][:RANKS] / n
    shares = np.pad(ranked, (0, RANKS - len(ranked)))
    order = np.lexsort((inverse, -counts[inverse]))
    return (
        tuple(float(found[name]) for name in CURVES),
        scalars,
        Ranked(shares, np.sqrt(shares * (1 - shares) / n), order),
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
    with check.quiet():  # that the batch is small for its patterns is what the line log n on the page says
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
    slope = jax.grad(lambda s: reproducibility(soft_step(s, temperature), bandwidth))(states)
    return binary_entropy(soft_step(states, temperature).mean()), slope
