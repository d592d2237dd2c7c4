"""The experiment hulls: its question and its stages, in the order in which they are computed."""

from __future__ import annotations

from entropylab.studies.core.experiment import Experiment
from entropylab.studies.hulls.clock import timings
from entropylab.studies.hulls.network import landscape, preprocessing
from entropylab.studies.hulls.stages import Hulls, entropies, operations, shape, staircase

hulls = Experiment(
    "hulls",
    Hulls,
    "What the structure of points makes their hull cost, counted and measured.",
    stages=(shape, staircase, operations, entropies, timings, preprocessing, landscape),
)
