"""Attention maps of small vision transformers: entropy penalties, pruning, overlap with objects."""

from entropylab.studies.attention.experiment import attention as experiment
from entropylab.studies.attention.stages import Attention

__all__ = ["experiment", "Attention"]
