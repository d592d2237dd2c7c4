"""The axes of the fuzz by name: each gives the cases of a seed."""

from fuzz_containers import containers
from fuzz_files import files
from fuzz_knobs import knobs, scalars
from fuzz_laws import orders, scales, shifts
from fuzz_resamples import resamples
from fuzz_subjects import SUBJECTS as SUBJECTS
from fuzz_ties import ties
from fuzz_traces import slopes, traces, untraceable

AXES = {
    "containers": containers,
    "scales": scales,
    "shifts": shifts,
    "orders": orders,
    "knobs": knobs,
    "scalars": scalars,
    "traces": traces,
    "untraceable": untraceable,
    "slopes": slopes,
    "ties": ties,
    "files": files,
    "resamples": resamples,
}

# Functions that the fuzz leaves out: they take no array, or answer with curves of estimators that it tries.
LEFT_OUT = {
    "feature_scores",
    "audit",
    "continuity_bound",
    "kde_method",
    "mixture_bounds",
    "soft_match_curve",
    "soft_match_gradients",
    "soft_match_map",
    "soft_match_temperatures",
}
