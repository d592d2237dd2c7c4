"""A cellular automaton trained by the soft reproducibility entropy."""

from entropylab.studies.cells.parameters import Cells
from entropylab.studies.cells.stages import cells as experiment

__all__ = ["experiment", "Cells"]
