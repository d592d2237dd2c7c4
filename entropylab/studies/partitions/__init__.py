"""Soft against hard entropy of point sets in the cells of a partition."""

from entropylab.studies.partitions.experiment import partitions as experiment
from entropylab.studies.partitions.parameters import Partitions

__all__ = ["experiment", "Partitions"]
