"""Bounds on the entropy of a mixture beside its Monte Carlo value."""

from entropylab.studies.mixtures.stages import Mixtures
from entropylab.studies.mixtures.stages import mixtures as experiment

__all__ = ["experiment", "Mixtures"]
