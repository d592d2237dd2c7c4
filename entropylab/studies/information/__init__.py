"""Mutual information, conditional entropy and proficiency beside their truth."""

from entropylab.studies.information.experiment import information as experiment
from entropylab.studies.information.parameters import Information

__all__ = ["experiment", "Information"]
