"""Estimators of counts and labels."""

from entropylab.estimators.discrete.bayes import dirichlet as dirichlet
from entropylab.estimators.discrete.bayes import nsb as nsb
from entropylab.estimators.discrete.bayes import nsb_std as nsb_std
from entropylab.estimators.discrete.exact_expectation import exact_expectation as exact_expectation
from entropylab.estimators.discrete.information import discrete_conditional_entropy as discrete_conditional_entropy
from entropylab.estimators.discrete.information import (
    discrete_conditional_mutual_information as discrete_conditional_mutual_information,
)
from entropylab.estimators.discrete.information import discrete_mutual_information as discrete_mutual_information
from entropylab.estimators.discrete.information import proficiency as proficiency
from entropylab.estimators.discrete.plugin import count_labels as count_labels
from entropylab.estimators.discrete.plugin import grassberger_1988 as grassberger_1988
from entropylab.estimators.discrete.plugin import grassberger_2003 as grassberger_2003
from entropylab.estimators.discrete.plugin import miller_madow as miller_madow
from entropylab.estimators.discrete.plugin import plugin as plugin
from entropylab.estimators.discrete.quantisation import quantised_entropy as quantised_entropy
from entropylab.estimators.discrete.shrinkage import chao_shen as chao_shen
from entropylab.estimators.discrete.shrinkage import james_stein as james_stein
