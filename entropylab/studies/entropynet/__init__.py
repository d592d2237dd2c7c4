"""EntropyNet: a network that displaces points so that the entropy of their partition falls."""

from entropylab.studies.entropynet.stages import Preprocessing
from entropylab.studies.entropynet.stages import entropynet as experiment

__all__ = ["experiment", "Preprocessing"]
