"""Every estimator: one file each (or one tight family), one import line here."""

from entropylab.estimators.attention_rows import *  # noqa: F403
from entropylab.estimators.box_overlaps import *  # noqa: F403
from entropylab.estimators.card import CATALOGUE as CATALOGUE
from entropylab.estimators.count_bayes import *  # noqa: F403
from entropylab.estimators.count_expectation import *  # noqa: F403
from entropylab.estimators.count_plugins import *  # noqa: F403
from entropylab.estimators.count_shrinkage import *  # noqa: F403
from entropylab.estimators.critics import *  # noqa: F403
from entropylab.estimators.gaussian_fits import *  # noqa: F403
from entropylab.estimators.halfspaces import *  # noqa: F403
from entropylab.estimators.histograms import *  # noqa: F403
from entropylab.estimators.kernel_boxes import *  # noqa: F403
from entropylab.estimators.kernel_curves import *  # noqa: F403
from entropylab.estimators.kernel_density import *  # noqa: F403
from entropylab.estimators.kernel_information import *  # noqa: F403
from entropylab.estimators.kernel_samples import *  # noqa: F403
from entropylab.estimators.kraskov import *  # noqa: F403
from entropylab.estimators.kraskov_given import *  # noqa: F403
from entropylab.estimators.kraskov_labels import *  # noqa: F403
from entropylab.estimators.kraskov_many import *  # noqa: F403
from entropylab.estimators.label_information import *  # noqa: F403
from entropylab.estimators.local_nonuniformity import *  # noqa: F403
from entropylab.estimators.logdets import *  # noqa: F403
from entropylab.estimators.mixture_estimates import *  # noqa: F403
from entropylab.estimators.mixture_interval import *  # noqa: F403
from entropylab.estimators.nearest_neighbour import *  # noqa: F403
from entropylab.estimators.nearest_neighbour_orders import *  # noqa: F403
from entropylab.estimators.nearest_neighbour_reference import *  # noqa: F403
from entropylab.estimators.partition_bounds import *  # noqa: F403
from entropylab.estimators.partitions import *  # noqa: F403
from entropylab.estimators.pattern_curves import *  # noqa: F403
from entropylab.estimators.patterns import *  # noqa: F403
from entropylab.estimators.quantisation import *  # noqa: F403
from entropylab.estimators.slabs import *  # noqa: F403
from entropylab.estimators.spacings import *  # noqa: F403
from entropylab.estimators.sparse_attention import *  # noqa: F403
