"""Entropies of binary patterns."""

from entropylab.estimators.patterns.curves import leakage_entropy as leakage_entropy
from entropylab.estimators.patterns.curves import soft_match_curve as soft_match_curve
from entropylab.estimators.patterns.curves import soft_match_errors as soft_match_errors
from entropylab.estimators.patterns.curves import soft_match_gradients as soft_match_gradients
from entropylab.estimators.patterns.curves import soft_match_map as soft_match_map
from entropylab.estimators.patterns.curves import soft_match_temperatures as soft_match_temperatures
from entropylab.estimators.patterns.entropy import pattern_counts as pattern_counts
from entropylab.estimators.patterns.entropy import pattern_entropy as pattern_entropy
from entropylab.estimators.patterns.entropy import soft_binarize as soft_binarize
from entropylab.estimators.patterns.entropy import soft_counts as soft_counts
from entropylab.estimators.patterns.entropy import soft_match as soft_match
from entropylab.estimators.patterns.sharded import soft_match_across as soft_match_across
