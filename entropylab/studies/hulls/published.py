"""Published tables of Shihab et al. (2025) on geometry, and the settings of EntropyNet behind each row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class PublishedRow(NamedTuple):
    """A row: what differs from the default `Preprocessing` (None: nothing is learned), and the printed speedup."""

    changes: dict | None
    speedup: float
    error: str = ""  # the printed error of the hull


OBJECTIVE = {
    "Chamfer + λH": PublishedRow({"stability_weight": 0.0}, 4.14, "Hausdorff 0.0011 ± 0.0003"),
    "Chamfer only": PublishedRow({"stability_weight": 0.0, "entropy_weight": 0.0}, 1.02, "Hausdorff 0.0008 ± 0.0002"),
    "λH only": PublishedRow({"stability_weight": 0.0, "chamfer_weight": 0.0}, 5.21, "Hausdorff 0.0234 ± 0.0041"),
    "with stability": PublishedRow({}, 4.08, "Hausdorff 0.0010 ± 0.0003"),
}
DESIGN = {
    "full (k-means++)": PublishedRow({}, 4.14, "Hausdorff 0.0011 ± 0.0003"),
    "random anchors": PublishedRow({"cut": "random"}, 3.89, "Hausdorff 0.0013 ± 0.0004"),
    "fixed anchors": PublishedRow({"cut": "fixed"}, 2.87, "Hausdorff 0.0015 ± 0.0005"),
    "α = 1": PublishedRow({"sharpness": 1.0}, 3.21, "Hausdorff 0.0018 ± 0.0006"),
    "α = 100": PublishedRow({"sharpness": 100.0}, 3.89, "Hausdorff 0.0009 ± 0.0002"),
    "k = 4": PublishedRow({"cells": 4}, 3.67, "Hausdorff 0.0013 ± 0.0004"),
    "k = 32": PublishedRow({"cells": 32}, 4.02, "Hausdorff 0.0012 ± 0.0003"),
}
BASELINES = {
    "raw": PublishedRow(None, 1.0, "area 0 %"),
    "random permutation": PublishedRow(None, 0.96, "area 0 %"),
    "sorted by x": PublishedRow(None, 1.67, "area 0 %"),
    "NeuralSort": PublishedRow(None, 1.81),
    "no entropy (λ = 0)": PublishedRow({"entropy_weight": 0.0}, 1.02, "area 0.08 ± 0.03 %"),
    "EntropyNet": PublishedRow({}, 4.14, "area 0.11 ± 0.04 %"),
}
RANGES = {
    "balls": PublishedRow({}, 4.14, "area 0.11 ± 0.04 %"),
    "halfspaces": PublishedRow({"surrogate": "halfspace"}, 4.82, "area 0.09 ± 0.03 %"),
}
TABLES = {
    "objective (table 10)": OBJECTIVE,
    "design (table 9)": DESIGN,
    "baselines (tables 2, 16)": BASELINES,
    "range families (table 12)": RANGES,
}
ROWS = max(len(rows) for rows in TABLES.values())
# Table 2 prints its rows for three sets; the first is the one of the other tables.
ON_OTHER_SETS = {
    "noisy parabola": {"random permutation": 0.62, "sorted by x": 1.08, "no entropy (λ = 0)": 1.02, "EntropyNet": 2.33},
    "strokes": {"random permutation": 0.83, "sorted by x": 1.10, "no entropy (λ = 0)": 0.97, "EntropyNet": 2.27},
}


def lookup(table: str, data: str) -> np.ndarray:
    """Published speedups of a table's rows; NaN where none is published for `data`."""
    others = ON_OTHER_SETS.get(data, {}) if TABLES[table] is BASELINES else {}
    return np.array([others.get(name, row.speedup) for name, row in TABLES[table].items()])


class PublishedTable(NamedTuple):
    """A published time or speedup on a large set: task, table, data."""

    work: str
    where: str
    what: str
    figure: str


LARGE = (
    PublishedTable("hull", "table 3", "SciPy's Qhull, 1 000 000 points", "15.8 ± 0.7 s"),
    PublishedTable(
        "hull", "table 3", "EntropyNet and Chan, 1 000 000 points", "11.2 ± 0.5 s, 1.41 ×, Hausdorff 0.0012"
    ),
    PublishedTable("Delaunay", "table 4", "SciPy's Qhull, 100 000 points", "3.4 ± 0.2 s"),
    PublishedTable("Delaunay", "table 4", "EntropyNet and Qhull, 100 000 points", "2.5 ± 0.1 s, 1.36 ×"),
    PublishedTable("maxima 3-D", "table 13", "KITTI, raw", "45.2 ± 2.1 ms, F1 0.847"),
    PublishedTable("maxima 3-D", "table 13", "KITTI, EntropyNet", "14.3 ± 0.8 ms, 3.16 ×, F1 0.891"),
    PublishedTable("maxima 3-D", "table 13", "synthetic, raw", "28.4 ± 1.5 ms, F1 0.912"),
    PublishedTable("maxima 3-D", "table 13", "synthetic, EntropyNet", "9.1 ± 0.6 ms, 3.12 ×, F1 0.934"),
)
