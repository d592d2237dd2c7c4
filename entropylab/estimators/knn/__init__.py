"""Nearest-neighbour estimators."""

from entropylab.estimators.knn.conditional_ksg import conditional_entropy as conditional_entropy
from entropylab.estimators.knn.conditional_ksg import conditional_ksg as conditional_ksg
from entropylab.estimators.knn.kozachenko_leonenko import kozachenko_leonenko as kozachenko_leonenko
from entropylab.estimators.knn.kozachenko_leonenko import kozachenko_leonenko_curve as kozachenko_leonenko_curve
from entropylab.estimators.knn.ksg import ksg as ksg
from entropylab.estimators.knn.ksg import ksg_curve as ksg_curve
from entropylab.estimators.knn.limiting_density import density_of_points as density_of_points
from entropylab.estimators.knn.lnc import lnc as lnc
from entropylab.estimators.knn.renyi_tsallis import renyi as renyi
from entropylab.estimators.knn.renyi_tsallis import tsallis as tsallis
from entropylab.estimators.knn.ross import ross as ross
from entropylab.estimators.knn.total_correlation import total_correlation as total_correlation
