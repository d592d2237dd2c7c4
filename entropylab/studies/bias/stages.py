"""Bias, standard deviation and error of entropy estimators over seeds, where the truth is known."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import numpy as np
import xarray as xr

from entropylab.studies.bias.errors import best_of, error_statistics
from entropylab.studies.bias.methods import (
    ALL,
    estimate,
    settings,
)
from entropylab.studies.bias.parameters import (
    CHOSEN,
    ESTIMATOR_PARAMETERS,
    SOURCE,
    displayed_methods,
    highlighted_method,
    size_of,
)
from entropylab.studies.bias.sources import draw, is_discrete, replicate_seed, truth
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import stage
from entropylab.studies.core.progress import report_progress

SEEDS_INTERVAL = "over seeds: every replicate is a fresh sample"


@stage(*SOURCE, *CHOSEN, *ESTIMATOR_PARAMETERS)
def estimates(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """Every estimate at the chosen n, over seeds: bias, spread, root mean square error, and which is best."""
    names = displayed_methods(knobs)
    values, messages = np.full((len(ALL), knobs.replicates), np.nan), {}
    target = truth(knobs.family, size_of(knobs), knobs.scale)

    def work():
        for r in range(knobs.replicates):
            for i, name in enumerate(names):
                values[ALL.index(name), r], message = replicate_estimate(name, knobs, size_of(knobs), knobs.samples, r)
                if message:
                    messages.setdefault(name, []).append(message)
                yield (r + (i + 1) / len(names)) / knobs.replicates

    yield from report_progress(work(), lambda: _summary(knobs, values, messages, target))


def _summary(knobs, values, messages, target):
    found = error_statistics(values, target)
    low, high, best = best_of(values - target)
    places = np.array([name in displayed_methods(knobs) for name in ALL])
    refused = {name: sum(m.startswith("refused") for m in texts) for name, texts in messages.items()}
    notes = {
        name: f"{len(texts)} of {knobs.replicates}: {texts[0].removeprefix('refused: ')}"
        for name, texts in messages.items()
    }
    ranked = np.where(places, found["rmse"], np.nan)
    first = int(np.nanargmin(ranked)) if np.isfinite(ranked).any() else 0
    at = ALL.index(highlighted_method(knobs))
    kind = "entropy" if is_discrete(knobs.family) else "differential entropy"
    over = {"interval": f"1.96 standard errors {SEEDS_INTERVAL}"}
    rows = {
        "mean": entropy_attributes("mean estimate", **over),
        "deviation": entropy_attributes("standard deviation over seeds", **over),
        "error_of_deviation": entropy_attributes("standard error of the standard deviation"),
        "bias": entropy_attributes("bias", **over),
        "error_of_bias": entropy_attributes("standard error of the bias"),
        "rmse": entropy_attributes("root mean square error", interval="bootstrap over seeds, 95 %"),
    }
    dataset = {name: ("estimator", found[name], attrs) for name, attrs in rows.items()}
    scalars = {
        "truth": (target, entropy_attributes(f"true {kind}")),
        "best_rmse": (ranked[first], entropy_attributes("root mean square error of the best")),
        "best_rmse_error": ((high[first] - low[first]) / 3.92, entropy_attributes("standard error of that error")),
        "best_share": (best[first], attributes("how often the best is best when seeds are resampled")),
        "focus_mean": (found["mean"][at], entropy_attributes("mean estimate looked at", **over)),
        "focus_bias": (found["bias"][at], entropy_attributes("bias looked at", **over)),
        "focus_bias_error": (found["error_of_bias"][at], entropy_attributes("standard error of the bias")),
        "focus_deviation": (found["deviation"][at], entropy_attributes("standard deviation over seeds")),
        "focus_deviation_error": (
            found["error_of_deviation"][at],
            entropy_attributes("standard error of the standard deviation"),
        ),
        "focus_rmse": (found["rmse"][at], entropy_attributes("root mean square error looked at")),
        "ceiling": (_ceiling(knobs), entropy_attributes("entropy of one sample to a bin")),
        "warned": (float(sum(map(len, messages.values()))), attributes("estimates with a warning or refused")),
    }
    return xr.Dataset(
        {
            "estimate": (
                ("estimator", "replicate"),
                values.copy(),
                entropy_attributes("estimate", notes=json.dumps(notes), estimators=", ".join(ALL)),
            ),
            **dataset,
            "rmse_low": (
                "estimator",
                low,
                entropy_attributes("lower end of the interval of the root mean square error"),
            ),
            "rmse_high": (
                "estimator",
                high,
                entropy_attributes("upper end of the interval of the root mean square error"),
            ),
            "best": ("estimator", best, attributes("share of resampled seeds in which it is best")),
            "is_compared": ("estimator", places, attributes("compared")),
            "refused": ("estimator", np.array([float(refused.get(name, 0)) for name in ALL]), attributes("refusals")),
            **{name: ((), value, attrs) for name, (value, attrs) in scalars.items()},
        }
    )


def replicate_estimate(name, knobs, size, n, replicate, scale=None):
    """One estimate and its message (warning or refusal), on the sample of a replicate."""
    parameters = settings(name, knobs, knobs.family, size)
    scale = knobs.scale if scale is None else scale
    rounding = knobs.rounding
    if is_discrete(knobs.family):
        scale, rounding = 1.0, 0.0
    return estimate(name, parameters, knobs.family, size, n, knobs.seed, replicate, scale, rounding)


def histogram_ceilings(knobs, bins):
    """log n + sum_j log w_j for numbers of bins: the estimate with one sample to a bin, on replicate 0."""
    if is_discrete(knobs.family):
        return np.full(len(bins), np.nan)
    x = draw(knobs.family, knobs.dimension, knobs.samples, replicate_seed(knobs.seed, 0), knobs.scale, knobs.rounding)
    with np.errstate(divide="ignore"):
        return math.log(knobs.samples) + np.log(np.ptp(x, axis=0)[:, None] / bins).sum(0)


def _ceiling(knobs):
    return float(histogram_ceilings(knobs, np.array([knobs.bins]))[0])
