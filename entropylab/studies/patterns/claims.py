"""Claims of the note on reproducibility entropy about the soft reproducibility entropy."""

from __future__ import annotations

import numpy as np

from entropylab.studies.core.claims import Claim
from entropylab.studies.patterns.stages import Patterns

EXACT = Patterns(noise=0.0, spread=0.0)


def _small(value: float) -> bool:
    return abs(value) < 0.05


CLAIMS = [
    Claim(
        "If two patterns differ, their kernel value is about 0.", "Reproducibility note, step B", "0", "patterns",
        EXACT, lambda answer: answer.leakage, "kernel at one differing cell", lambda value: value < 0.01,
        "At T = 10 and σ = 1/2 a pattern one cell away counts 0.143 of a repeat: every fair bit loses 19 %.",
    ),
    Claim(
        "With M identical patterns in the batch the soft count is about M.",
        "Reproducibility note, step C", "1", "patterns",
        Patterns(cells=4, prototypes=16, noise=0.0, spread=0.0),
        lambda answer: (answer.soft_count / answer.hard_count).mean(), "soft count / M",
        lambda value: _small(value - 1),
        "True for patterns far apart; where many patterns are neighbours the count is inflated.",
    ),
    Claim(
        "A high temperature approaches the hard binary step.", "Reproducibility note, step A", "0", "patterns",
        Patterns(temperature=100.0, spread=0.0), lambda answer: answer.gap, "soft − hard entropy [nats]",
        _small,
        "The step is approached, the entropy is not: the bandwidth still leaks. Both knobs must harden.",
    ),
    Claim(
        "H = 0 means that all patterns are identical.", "Reproducibility note, section 4", "0", "patterns",
        Patterns(temperature=0.5, spread=1.0, noise=0.3, prototypes=64),
        lambda answer: answer.hard - answer.soft, "hard − soft entropy at T = 1/2 [nats]", _small,
        "The converse fails: undecided cells give a soft entropy near 0 while the hard patterns are noise.",
    ),
    Claim(
        "H = ln(batch) means that all patterns are unique.", "Reproducibility note, section 4", "0", "patterns",
        Patterns(data="digits", samples=256, spread=0.0, noise=0.0),
        lambda answer: answer.ceiling - answer.soft, "ln N − soft entropy [nats]", _small,
        "True; and the reason to distrust it: no batch can show more, however rich the source.",
    ),
    Claim(
        "Counting rows instead of unique patterns gives Shannon's formula exactly.",
        "Reproducibility note, section 3", "0",
        "patterns", EXACT, lambda answer: np.abs(answer.soft - answer.leaked),
        "|row sum − sum over unique patterns| [nats]", lambda value: abs(value) < 1e-10,
        "True to rounding, with the leakage counted on both sides.",
    ),
]  # fmt: skip
