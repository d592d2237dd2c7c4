"""The experiment partitions: its question and its stages, in the order in which they are computed."""

from __future__ import annotations

from entropylab.studies.core.experiment import Experiment
from entropylab.studies.partitions.cell_counts import over_cells
from entropylab.studies.partitions.collapse import collapse, gradients, trajectory
from entropylab.studies.partitions.parameters import Partitions
from entropylab.studies.partitions.stages import assignments, over_hardness, over_scale

partitions = Experiment(
    "partitions",
    Partitions,
    "Soft against hard entropy of a point set cut up by cells.",
    stages=(assignments, over_hardness, over_scale, over_cells, collapse, trajectory, gradients),
)
