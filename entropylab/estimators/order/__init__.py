"""Estimators from order: spacings and histograms."""

from entropylab.estimators.order.histogram import histogram as histogram
from entropylab.estimators.order.histogram import histogram_curve as histogram_curve
from entropylab.estimators.order.histogram import histogram_mutual_information as histogram_mutual_information
from entropylab.estimators.order.spacings import correa as correa
from entropylab.estimators.order.spacings import ebrahimi as ebrahimi
from entropylab.estimators.order.spacings import van_es as van_es
from entropylab.estimators.order.spacings import vasicek as vasicek
