"""Bounds and estimates of the entropy of a mixture."""

from entropylab.estimators.mixtures.estimates import mixture_centers as mixture_centers
from entropylab.estimators.mixtures.estimates import mixture_elk as mixture_elk
from entropylab.estimators.mixtures.estimates import mixture_monte_carlo as mixture_monte_carlo
from entropylab.estimators.mixtures.estimates import mixture_pairwise as mixture_pairwise
from entropylab.estimators.mixtures.interval import MixtureBounds as MixtureBounds
from entropylab.estimators.mixtures.interval import mixture_bounds as mixture_bounds
