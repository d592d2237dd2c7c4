"""Convex hulls: operation counts, structural entropies and measured speedups."""

from entropylab.studies.hulls.experiment import hulls as experiment
from entropylab.studies.hulls.stages import Hulls

__all__ = ["experiment", "Hulls"]
