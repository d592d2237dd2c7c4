"""What one can ask of a collective of cells, and what may turn while it learns."""

from __future__ import annotations

from dataclasses import dataclass

from entropylab.knobs import BANDWIDTH, SEED, TEMPERATURE, Knob, knob
from entropylab.studies.cells.loss import GRADIENTS
from entropylab.studies.core.question import Question

GEOMETRIES = ("line", "ring")
SENSING = ("left and right", "mean of both")


@dataclass(frozen=True, repr=False)
class Cells(Question):
    """Which collective, trained how. The first eight knobs are live: they may turn during the run."""

    temperature: float = knob(TEMPERATURE, default=5.0)
    rise: float = knob(
        Knob(
            "r",
            "Factor by which the temperature rises over the first 80 % of the run; 1 keeps it.",
            6.0,
            1.0,
            20.0,
            scale="log",
            harder="up",
        )
    )
    bandwidth: float = knob(BANDWIDTH)
    narrowing: float = knob(
        Knob(
            "q",
            "Factor by which the bandwidth falls over the first 80 % of the run; 1 keeps it.",
            1.0,
            1.0,
            20.0,
            scale="log",
            harder="up",
        )
    )
    noise: float = knob(Knob(r"\eta", "Noise of the starts and, at every step, of the dynamics.", 0.05, 0.0, 0.5))
    diversity: float = knob(
        Knob(
            r"\lambda",
            "Weight of the patterning entropy: 0 asks for repeats only, and all cells may agree.",
            1.0,
            0.0,
            2.0,
        )
    )
    binariser: float = knob(Knob(r"\beta", "Weight of the cells' indecision in the loss.", 0.0, 0.0, 1.0))
    rate: float = knob(
        Knob(r"\alpha", "Adam's first step; it falls to 0 along a half cosine.", 5e-3, 1e-4, 1e-1, scale="log")
    )
    geometry: str = knob(Knob("G", "A line has ends, on a ring all cells are alike.", "line", stops=GEOMETRIES))
    sensing: str = knob(
        Knob(
            "S",
            "What a cell feels of its neighbours; their mean is blind to left and right.",
            "left and right",
            stops=SENSING,
        )
    )
    gradient: str = knob(
        Knob(
            r"\nabla",
            "How the loss is differentiated: through soft patterns, straight through the threshold, or "
            "by the score of drawn patterns.",
            "pathwise",
            stops=GRADIENTS,
        )
    )
    cells: int = knob(Knob("d", "Cells of a pattern.", 8, stops=(4, 8, 16)))
    batch: int = knob(
        Knob(
            "n",
            "Runs of the system in a training batch: no entropy of it exceeds log n.",
            48,
            stops=(16, 32, 48, 96, 192),
        )
    )
    cue: float = knob(Knob("c", "Height of a signal that falls from left to right; 0 is none.", 0.0, 0.0, 1.0))
    steps: int = knob(Knob("t", "Steps of the run.", 300, stops=(100, 200, 300, 600, 1000)))
    seed: int = knob(SEED)  # fmt: skip


LIVE = ("temperature", "rise", "bandwidth", "narrowing", "noise", "diversity", "binariser", "rate")
