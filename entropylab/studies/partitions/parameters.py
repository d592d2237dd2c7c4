"""What one can ask of a partition: which points, which cells, how soft."""

from __future__ import annotations

from dataclasses import dataclass

from entropylab.estimators.partitions.ball import SHARPNESS
from entropylab.estimators.partitions.cells import ANCHORS, NORMALS
from entropylab.knobs import SEED, Knob, knob
from entropylab.problems.points.sets import POINT_SETS, REAL_POINT_SETS
from entropylab.studies.core.question import Question
from entropylab.studies.partitions.memberships import FAMILIES


@dataclass(frozen=True, repr=False)
class Partitions(Question):
    """Which points, cut up by which cells, how softly."""

    data: str = knob(Knob("S", "Where the points come from.", "clusters", stops=POINT_SETS + REAL_POINT_SETS))
    samples: int = knob(Knob("n", "Points.", 1000, stops=(100, 300, 1000, 3000, 10_000)))
    groups: int = knob(Knob("g", "Clusters, rings or spirals, where the data have any.", 6, 1, 12))
    dimension: int = knob(Knob("d", "Dimensions; the picture shows the first two.", 2, stops=(2, 3, 5, 10, 20, 50)))
    aspect: float = knob(
        Knob("a", "Longest over shortest axis of a cluster, or of the whole set.", 1.0, 1.0, 1000.0, scale="log")
    )
    noise: float = knob(Knob("p", "Share of the points that are background noise.", 0.0, 0.0, 0.9))
    scale: float = knob(
        Knob("s", "Points and cells grow this many times; the softness stays.", 1.0, 0.1, 10.0, scale="log")
    )
    family: str = knob(Knob(r"\mathcal{R}", "What cuts the points up.", "ball", stops=FAMILIES))
    anchors: int = knob(Knob("k", "Anchors of the balls.", 6, stops=(1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32)))
    anchor_choice: str = knob(Knob("c", "How the anchors are chosen.", "k-means", stops=ANCHORS))
    halfspaces: int = knob(Knob("m", "Halfspaces, slabs or boxes.", 3, stops=(1, 2, 3, 4, 5, 6)))
    halfspace_choice: str = knob(Knob("w", "How the planes are chosen.", "principal", stops=NORMALS))
    sharpness: float = knob(SHARPNESS)
    temperature: float = knob(
        Knob(
            r"\tau",
            "Width of the boundary of a halfspace or a box: small is a hard cut.",
            0.1,
            0.001,
            10.0,
            scale="log",
            harder="down",
        )  # fmt: skip
    )
    frame: int = knob(Knob("t", "Which step of the collapse the film shows.", 30, 0, 100))
    moved: str = knob(
        Knob(
            "x",
            "Dragged anchors, ends of lines or corners of boxes: index:x:y of each.",
            "none",
            -100.0,
            100.0,
        )
    )
    seed: int = knob(SEED)


POINTS = ("data", "samples", "groups", "dimension", "aspect", "noise", "seed")
CHOICE = ("family", "anchors", "anchor_choice", "halfspaces", "halfspace_choice", "moved")
SOFTNESS = ("scale", "sharpness", "temperature")
