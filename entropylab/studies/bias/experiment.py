"""The experiment bias: its question and its stages, in the order in which they are computed."""

from __future__ import annotations

from entropylab.studies.bias.curves import bias_map, over_parameter, over_samples
from entropylab.studies.bias.parameters import Bias
from entropylab.studies.bias.shapes import fit, scaling
from entropylab.studies.bias.stages import estimates
from entropylab.studies.core.experiment import Experiment

bias = Experiment(
    "bias",
    Bias,
    "Bias, spread and error of entropy estimators over seeds, where the truth is known.",
    stages=(estimates, over_parameter, over_samples, bias_map, fit, scaling),
)
