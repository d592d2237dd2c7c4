"""Questions and the experiments that answer them; one import line each."""

from entropylab.experiments import pattern_claims as pattern_claims
from entropylab.experiments.experiment import EXPERIMENTS as EXPERIMENTS
from entropylab.experiments.patterns import Patterns as Patterns
from entropylab.experiments.patterns import patterns as patterns
