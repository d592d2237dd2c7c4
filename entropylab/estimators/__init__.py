"""Every estimator: one file each (or one tight family), one import line here."""

from entropylab.estimators.card import CATALOGUE, Card, estimator
from entropylab.estimators.patterns import *  # noqa: F403
