"""Kernel density estimators."""

from entropylab.estimators.kde.curve import kde_curve as kde_curve
from entropylab.estimators.kde.entropy import kde as kde
from entropylab.estimators.kde.entropy import kde_method as kde_method
from entropylab.estimators.kde.expected_histogram import expected_kde_histogram as expected_kde_histogram
from entropylab.estimators.kde.mutual_information import kde_mutual_information as kde_mutual_information
from entropylab.estimators.kde.resampled import kde_histogram as kde_histogram
from entropylab.estimators.kde.resampled import kde_sample as kde_sample
