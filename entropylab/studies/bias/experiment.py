"""The experiment bias: its question and its stages, in the order in which they are computed."""

from __future__ import annotations

from entropylab.studies.bias.parameters import Bias
from entropylab.studies.bias.shapes import fit, scaling
from entropylab.studies.bias.stages import bias_map, over_samples, own_knob, point
from entropylab.studies.core.experiment import Experiment

bias = Experiment(
    "bias",
    Bias,
    "Bias, spread and error of entropy estimators over seeds, where the truth is known.",
    stages=(point, own_knob, over_samples, bias_map, fit, scaling),
)
