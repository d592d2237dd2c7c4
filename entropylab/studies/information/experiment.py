"""The experiment information: its question and its stages, in the order in which they are computed."""

from __future__ import annotations

from entropylab.studies.core.experiment import Experiment
from entropylab.studies.information.conditional_slice import cut
from entropylab.studies.information.conventions import conventions
from entropylab.studies.information.network import layer, neurons, over_images
from entropylab.studies.information.parameters import Information
from entropylab.studies.information.stages import compare, over_k, over_noise, over_rotation, over_samples, point

information = Experiment(
    "information",
    Information,
    "Mutual information over k, n, noise and rotation; proficiency of a network's neurons.",
    stages=(
        point,
        over_k,
        over_samples,
        over_noise,
        over_rotation,
        compare,
        neurons,
        layer,
        over_images,
        conventions,
        cut,
    ),
)
