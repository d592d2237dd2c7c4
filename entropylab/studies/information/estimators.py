"""The estimators of mutual information that are compared, each as a function of (x, y)."""

from __future__ import annotations

from entropylab.estimators.kde.mutual_information import kde_mutual_information
from entropylab.estimators.knn.ksg import ksg
from entropylab.estimators.knn.lnc import lnc
from entropylab.estimators.knn.ross import ross
from entropylab.estimators.order.histogram import histogram_mutual_information
from entropylab.estimators.parametric.gaussian import gaussian_copula_mutual_information, gaussian_mutual_information
from entropylab.studies.information.sources import LABELLED

ESTIMATORS = (
    "KSG", "KSG, variant 2", "LNC", "Ross", "Gaussian", "Gaussian copula", "MI histogram", "MI KDE",
    "MI KDE leave-one-out",
)  # fmt: skip


def estimator(name, knobs):
    """A function of (x, y); ValueError where the estimator does not take such data."""
    k = min(knobs.k, knobs.samples - 1)
    if name == "Ross":

        def of_labels(x, y):
            if knobs.problem not in LABELLED:
                raise ValueError("ross takes labels: this y is a number.")
            return ross(x, y[:, 0].astype(int), k=k)

        return of_labels
    return {
        "KSG": lambda x, y: ksg(x, y, k=k),
        "KSG, variant 2": lambda x, y: ksg(x, y, k=k, variant=2),
        "LNC": lambda x, y: lnc(x, y, k=max(k, x.shape[1] + y.shape[1] + 1)),
        "Gaussian": lambda x, y: float(gaussian_mutual_information(x, y)),
        "Gaussian copula": lambda x, y: gaussian_copula_mutual_information(x, y),
        "MI histogram": lambda x, y: histogram_mutual_information(x, y, bins=knobs.bins),
        "MI KDE": lambda x, y: float(kde_mutual_information(x, y)),
        "MI KDE leave-one-out": lambda x, y: float(kde_mutual_information(x, y, leave_one_out=True)),
    }[name]
