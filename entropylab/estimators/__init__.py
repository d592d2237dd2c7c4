"""Every estimator: one file each (or one tight family), one import line here."""

from entropylab.estimators.card import CATALOGUE as CATALOGUE
from entropylab.estimators.patterns import *  # noqa: F403
