"""EntropyLab: entropy estimators with their truth, their bias and their error bar. Values are in nats."""

from entropylab.estimators.attention.entropy import attention_ball_entropy as attention_ball_entropy
from entropylab.estimators.attention.entropy import attention_entropy as attention_entropy
from entropylab.estimators.attention.entropy import attention_entropy_from_qk as attention_entropy_from_qk
from entropylab.estimators.attention.maps import attention_rollout as attention_rollout
from entropylab.estimators.attention.maps import entmax15 as entmax15
from entropylab.estimators.attention.maps import mask_iou as mask_iou
from entropylab.estimators.attention.maps import sparsemax as sparsemax
from entropylab.estimators.attention.maps import sparsity as sparsity
from entropylab.estimators.attention.maps import threshold_rows as threshold_rows
from entropylab.estimators.attention.maps import top_k as top_k
from entropylab.estimators.attention.penalty import row_entropy_penalty as row_entropy_penalty
from entropylab.estimators.card import CATALOGUE as CATALOGUE
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
from entropylab.estimators.geometry.structural import EntropyInterval as EntropyInterval
from entropylab.estimators.geometry.structural import hull_entropy_interval as hull_entropy_interval
from entropylab.estimators.geometry.structural import maxima_entropy as maxima_entropy
from entropylab.estimators.geometry.structural import run_entropy as run_entropy
from entropylab.estimators.geometry.triangle import triangle_entropy as triangle_entropy
from entropylab.estimators.kde.curve import kde_curve as kde_curve
from entropylab.estimators.kde.entropy import kde as kde
from entropylab.estimators.kde.entropy import kde_method as kde_method
from entropylab.estimators.kde.expected_histogram import expected_kde_histogram as expected_kde_histogram
from entropylab.estimators.kde.mutual_information import kde_mutual_information as kde_mutual_information
from entropylab.estimators.kde.resampled import kde_histogram as kde_histogram
from entropylab.estimators.kde.resampled import kde_sample as kde_sample
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
from entropylab.estimators.mixtures.estimates import mixture_centers as mixture_centers
from entropylab.estimators.mixtures.estimates import mixture_elk as mixture_elk
from entropylab.estimators.mixtures.estimates import mixture_monte_carlo as mixture_monte_carlo
from entropylab.estimators.mixtures.estimates import mixture_pairwise as mixture_pairwise
from entropylab.estimators.mixtures.interval import MixtureBounds as MixtureBounds
from entropylab.estimators.mixtures.interval import mixture_bounds as mixture_bounds
from entropylab.estimators.order.histogram import histogram as histogram
from entropylab.estimators.order.histogram import histogram_curve as histogram_curve
from entropylab.estimators.order.histogram import histogram_mutual_information as histogram_mutual_information
from entropylab.estimators.order.spacings import correa as correa
from entropylab.estimators.order.spacings import ebrahimi as ebrahimi
from entropylab.estimators.order.spacings import van_es as van_es
from entropylab.estimators.order.spacings import vasicek as vasicek
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
from entropylab.estimators.partitions.ball import ball_cells as ball_cells
from entropylab.estimators.partitions.ball import ball_memberships as ball_memberships
from entropylab.estimators.partitions.ball import ball_partition as ball_partition
from entropylab.estimators.partitions.ball import hard_ball_partition as hard_ball_partition
from entropylab.estimators.partitions.bounds import certified_temperature as certified_temperature
from entropylab.estimators.partitions.bounds import continuity_bound as continuity_bound
from entropylab.estimators.partitions.bounds import partition_certificate as partition_certificate
from entropylab.estimators.partitions.bounds import shihab_bound as shihab_bound
from entropylab.estimators.partitions.bounds import shihab_bound_status as shihab_bound_status
from entropylab.estimators.partitions.bounds import shihab_temperature as shihab_temperature
from entropylab.estimators.partitions.box import box_partition as box_partition
from entropylab.estimators.partitions.box import hard_box_partition as hard_box_partition
from entropylab.estimators.partitions.cells import choose_anchors as choose_anchors
from entropylab.estimators.partitions.cells import choose_boxes as choose_boxes
from entropylab.estimators.partitions.cells import choose_halfspaces as choose_halfspaces
from entropylab.estimators.partitions.cells import kneedle_k as kneedle_k
from entropylab.estimators.partitions.halfspace import halfspace_cells as halfspace_cells
from entropylab.estimators.partitions.halfspace import halfspace_memberships as halfspace_memberships
from entropylab.estimators.partitions.halfspace import halfspace_partition as halfspace_partition
from entropylab.estimators.partitions.halfspace import hard_halfspace_partition as hard_halfspace_partition
from entropylab.estimators.partitions.slab import hard_slab_partition as hard_slab_partition
from entropylab.estimators.partitions.slab import slab_cells as slab_cells
from entropylab.estimators.partitions.slab import slab_memberships as slab_memberships
from entropylab.estimators.partitions.slab import slab_partition as slab_partition
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
from entropylab.facade import entropy as entropy
from entropylab.facade import mutual_information as mutual_information
from entropylab.geometry.hulls.chan import chan_hull as chan_hull
from entropylab.geometry.hulls.filtered import convex_hull as convex_hull
from entropylab.geometry.hulls.filtered import hull_survivors as hull_survivors
from entropylab.geometry.hulls.filtered import outside_polygon as outside_polygon
from entropylab.geometry.hulls.marriage_before_conquest import entropy_bounded_hull as entropy_bounded_hull
from entropylab.geometry.hulls.monotone_chain_kernel import monotone_chain as monotone_chain
from entropylab.geometry.hulls.quickhull_kernel import quickhull as quickhull
from entropylab.geometry.measures import chamfer as chamfer
from entropylab.geometry.measures import hausdorff as hausdorff
from entropylab.geometry.measures import hull_area as hull_area
from entropylab.geometry.measures import hull_error as hull_error
from entropylab.geometry.pareto.maxima_front import maxima as maxima
from entropylab.geometry.triangulation.sweep_delaunay import delaunay as delaunay
from entropylab.inference.conventions import audit as audit
from entropylab.inference.intervals import Interval as Interval
from entropylab.inference.intervals import uncertainty as uncertainty
from entropylab.inference.significance import PermutationNull as PermutationNull
from entropylab.inference.significance import permutation_null as permutation_null
from entropylab.numerics.gaussians.mixture import Mixture as Mixture
from entropylab.selection import feature_scores as feature_scores

__version__ = "0.1.0"

__all__ = [
    "CATALOGUE",
    "EntropyInterval",
    "Interval",
    "Mixture",
    "MixtureBounds",
    "PermutationNull",
    "attention_ball_entropy",
    "attention_entropy",
    "attention_entropy_from_qk",
    "attention_rollout",
    "audit",
    "ball_cells",
    "ball_memberships",
    "ball_partition",
    "box_partition",
    "certified_temperature",
    "chamfer",
    "chan_hull",
    "chao_shen",
    "choose_anchors",
    "choose_boxes",
    "choose_halfspaces",
    "conditional_entropy",
    "conditional_ksg",
    "continuity_bound",
    "convex_hull",
    "correa",
    "count_labels",
    "delaunay",
    "density_of_points",
    "dirichlet",
    "discrete_conditional_entropy",
    "discrete_conditional_mutual_information",
    "discrete_mutual_information",
    "ebrahimi",
    "entmax15",
    "entropy",
    "entropy_bounded_hull",
    "exact_expectation",
    "expected_kde_histogram",
    "feature_scores",
    "gaussian",
    "gaussian_copula_mutual_information",
    "gaussian_corrected",
    "gaussian_mutual_information",
    "grassberger_1988",
    "grassberger_2003",
    "halfspace_cells",
    "halfspace_memberships",
    "halfspace_partition",
    "hard_ball_partition",
    "hard_box_partition",
    "hard_halfspace_partition",
    "hard_slab_partition",
    "hausdorff",
    "histogram",
    "histogram_curve",
    "histogram_mutual_information",
    "hull_area",
    "hull_entropy_interval",
    "hull_error",
    "hull_survivors",
    "infonce",
    "james_stein",
    "kde",
    "kde_curve",
    "kde_histogram",
    "kde_method",
    "kde_mutual_information",
    "kde_sample",
    "kneedle_k",
    "kozachenko_leonenko",
    "kozachenko_leonenko_curve",
    "ksg",
    "ksg_curve",
    "leakage_entropy",
    "lnc",
    "logdet",
    "logdet_joint",
    "mask_iou",
    "maxima",
    "maxima_entropy",
    "miller_madow",
    "mine",
    "mixture_bounds",
    "mixture_centers",
    "mixture_elk",
    "mixture_monte_carlo",
    "mixture_pairwise",
    "monotone_chain",
    "mutual_information",
    "nsb",
    "nsb_std",
    "nwj",
    "outside_polygon",
    "partition_certificate",
    "pattern_counts",
    "pattern_entropy",
    "permutation_null",
    "plugin",
    "proficiency",
    "quantised_entropy",
    "quickhull",
    "renyi",
    "ross",
    "row_entropy_penalty",
    "run_entropy",
    "shihab_bound",
    "shihab_bound_status",
    "shihab_temperature",
    "slab_cells",
    "slab_memberships",
    "slab_partition",
    "soft_binarize",
    "soft_counts",
    "soft_match",
    "soft_match_across",
    "soft_match_curve",
    "soft_match_errors",
    "soft_match_gradients",
    "soft_match_map",
    "soft_match_temperatures",
    "sparsemax",
    "sparsity",
    "threshold_rows",
    "top_k",
    "total_correlation",
    "triangle_entropy",
    "tsallis",
    "uncertainty",
    "van_es",
    "vasicek",
]


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
