"""The experiment information: its question and its stages, in the order in which they are computed."""

from __future__ import annotations

from entropylab.studies.core.experiment import Experiment
from entropylab.studies.information.conditional_slice import density_slice
from entropylab.studies.information.conventions import conventions
from entropylab.studies.information.network import layer, neurons, over_images
from entropylab.studies.information.parameters import Information
from entropylab.studies.information.stages import comparison, estimates, over_k, over_noise, over_rotation, over_samples

information = Experiment(
    "information",
    Information,
    "Mutual information over k, n, noise and rotation; proficiency of a network's neurons.",
    stages=(
        estimates,
        over_k,
        over_samples,
        over_noise,
        over_rotation,
        comparison,
        neurons,
        layer,
        over_images,
        conventions,
        density_slice,
    ),
)
