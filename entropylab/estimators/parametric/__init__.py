"""Estimators that fit a model: Gaussian, log-determinant, neural critics."""

from entropylab.estimators.parametric.gaussian import gaussian as gaussian
from entropylab.estimators.parametric.gaussian import (
    gaussian_copula_mutual_information as gaussian_copula_mutual_information,
)
from entropylab.estimators.parametric.gaussian import gaussian_corrected as gaussian_corrected
from entropylab.estimators.parametric.gaussian import gaussian_mutual_information as gaussian_mutual_information
from entropylab.estimators.parametric.logdet import logdet as logdet
from entropylab.estimators.parametric.logdet import logdet_joint as logdet_joint
from entropylab.estimators.parametric.neural import infonce as infonce
from entropylab.estimators.parametric.neural import mine as mine
from entropylab.estimators.parametric.neural import nwj as nwj
