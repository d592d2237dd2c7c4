"""Soft against hard reproducibility entropy of binary patterns."""

from entropylab.studies.patterns.stages import Patterns
from entropylab.studies.patterns.stages import patterns as experiment

__all__ = ["experiment", "Patterns"]
