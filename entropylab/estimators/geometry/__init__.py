"""Entropies of planar point sets."""

from entropylab.estimators.geometry.structural import EntropyInterval as EntropyInterval
from entropylab.estimators.geometry.structural import hull_entropy_interval as hull_entropy_interval
from entropylab.estimators.geometry.structural import maxima_entropy as maxima_entropy
from entropylab.estimators.geometry.structural import run_entropy as run_entropy
from entropylab.estimators.geometry.triangle import triangle_entropy as triangle_entropy
