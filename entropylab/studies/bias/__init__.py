"""Bias, spread and error of entropy estimators where the truth is known."""

from entropylab.studies.bias.experiment import bias as experiment
from entropylab.studies.bias.parameters import Bias

__all__ = ["experiment", "Bias"]
