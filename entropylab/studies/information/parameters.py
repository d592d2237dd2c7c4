"""What is asked about information: a pair, how many samples, and how neighbours, bins and neurons look at them."""

from __future__ import annotations

from dataclasses import dataclass

from entropylab.knobs import BINS, NEIGHBOURS, SEED, Knob, knob
from entropylab.studies.core.question import Question
from entropylab.studies.information.sources import NAMES


@dataclass(frozen=True, repr=False)
class Information(Question):
    """Which pair, how many samples, and how neighbours, bins and neurons look at them."""

    problem: str = knob(Knob("(X, Y)", "A pair whose mutual information is known.", "1v1-normal-0.75", stops=NAMES))
    samples: int = knob(
        Knob("n", "Pairs that every estimate is made from.", 500, stops=(50, 100, 200, 500, 1000, 2000, 5000))
    )
    k: int = knob(NEIGHBOURS)
    bins: int = knob(BINS)
    rotation: float = knob(
        Knob(
            r"\theta", "Degrees by which two columns of x (with one: the plane of x and y) are turned.", 0.0, 0.0, 90.0
        )
    )
    noise: float = knob(Knob(r"\sigma", "Deviation of normal noise added to y, in y's unit.", 0.0, 0.0, 2.0))
    replicates: int = knob(
        Knob("R", "Fresh samples over which bands and intervals are taken.", 10, stops=(5, 10, 20, 50))
    )
    seed: int = knob(SEED)
    position: float = knob(
        Knob("x_0", "Where the parabola y = x² is cut: the distribution of y given this x.", 0.25, -1.0, 1.0)
    )
    abscissa: str = knob(
        Knob("x", "x of the parabola: the slides' grid of values, or any number, put into bins.", "grid",
             stops=("grid", "any number"))
    )  # fmt: skip
    images: int = knob(
        Knob("m", "Held-out images of digits on which the neurons are read.", 400, stops=(50, 100, 200, 400, 800))
    )
    levels: int = knob(Knob("L", "Levels that a continuous feature is cut into.", 8, stops=(2, 3, 4, 6, 8, 12, 16)))
    cut: str = knob(
        Knob("", "Where a continuous feature is cut: equal counts ignore a change of variable, equal widths do not.",
             "equal counts", stops=("equal counts", "equal widths"))
    )  # fmt: skip
    power: float = knob(
        Knob("p", "Change of variable: a continuous feature, scaled to 0 .. 1, is raised to this power.",
             1.0, 0.1, 10.0, scale="log")
    )  # fmt: skip
