"""Claims about training with the soft reproducibility entropy, held against what the cells learn."""

from __future__ import annotations

from functools import partial

from entropylab.studies.cells.parameters import Cells
from entropylab.studies.core.claims import Claim

TrainClaim = partial(Claim, page="patterns", training="cells")

CLAIMS = [
    TrainClaim(
        text="Descending the soft entropy trains a network whose binary patterns repeat.",
        source="Reproducibility note, section 1",
        claimed="0", question=Cells(diversity=0.0), measure=lambda answer: answer.hard,
        unit="hard entropy of held-out runs [nats]", holds=lambda value: abs(value) < 0.05,
        follows="True, and trivial: without a term for diversity all cells agree and U is 0.",
    ),
    TrainClaim(
        text="Back-propagation through the soft entropy fails where evolution works.",
        source="Dreckhoff, MyCellFateRepo (2025)", claimed="0.5 to 0.7", question=Cells(),
        measure=lambda answer: answer.utility, unit="utility U [bits a cell]", holds=lambda value: value < 0.7,
        follows="It fails at a fixed low temperature or a frozen high one. With T rising from 5 to 30 the line of 8 "
        "cells reaches 1 bit a cell for most seeds in about a second.",
    ),
    TrainClaim(
        text="A low temperature gives a smooth loss to train on.", source="Reproducibility note, step A", claimed="0",
        question=Cells(temperature=2.0, rise=1.0), measure=lambda answer: answer.hard - answer.soft,
        unit="hard − soft entropy of the trained cells at T = 2 [nats]", holds=lambda value: abs(value) < 0.05,
        follows="Smooth, and aimed at the wrong place: cells settle near 1/2, where soft says order and hard noise.",
    ),
]  # fmt: skip
