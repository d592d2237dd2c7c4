"""Which estimators lie, by how much and which way: bias, spread and error over seeds where the truth is known."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import numpy as np
import xarray as xr

from entropylab.studies.bias.errors import best_of, error_statistics
from entropylab.studies.bias.methods import (
    ALL,
    METHODS,
    OWN_LABELS,
    PARAMETER_GRIDS,
    estimate,
    settings,
    value_or_refusal,
)
from entropylab.studies.bias.parameters import (
    CHOSEN,
    ESTIMATOR_PARAMETERS,
    SIZES,
    SOURCE,
    displayed_methods,
    highlighted_method,
    size_of,
)
from entropylab.studies.bias.sources import alphabet, draw, is_discrete, replicate_seed, truth
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import stage
from entropylab.studies.core.progress import report_progress
from entropylab.studies.core.statistics import nan_mean_and_std

COMMON = 2000  # the curves over n go at least this far
MAP_SIZES = (32, 64, 128, 256, 512, 1024, 2048)
MAP_DIMENSIONS = (1, 2, 4, 8, 16)
MAP_ALPHABETS = (4, 16, 64, 256, 1024)
MAP_REPLICATES = 10
SEEDS_SAY = "over seeds: every replicate is a fresh sample"


@stage(*SOURCE, *CHOSEN, *ESTIMATOR_PARAMETERS)
def estimates(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """Every estimate at the chosen n, over seeds: bias, spread, root mean square error, and which is best."""
    names = displayed_methods(knobs)
    values, told = np.full((len(ALL), knobs.replicates), np.nan), {}
    target = truth(knobs.family, size_of(knobs), knobs.scale)

    def work():
        for r in range(knobs.replicates):
            for i, name in enumerate(names):
                values[ALL.index(name), r], message = _value(name, knobs, size_of(knobs), knobs.samples, r)
                if message:
                    told.setdefault(name, []).append(message)
                yield (r + (i + 1) / len(names)) / knobs.replicates

    yield from report_progress(work(), lambda: _point(knobs, values, told, target))


def _point(knobs, values, told, target):
    found = error_statistics(values, target)
    low, high, best = best_of(values - target)
    places = np.array([name in displayed_methods(knobs) for name in ALL])
    refused = {name: sum(m.startswith("refused") for m in messages) for name, messages in told.items()}
    notes = {
        name: f"{len(messages)} of {knobs.replicates}: {messages[0].removeprefix('refused: ')}"
        for name, messages in told.items()
    }
    ranked = np.where(places, found["rmse"], np.nan)
    first = int(np.nanargmin(ranked)) if np.isfinite(ranked).any() else 0
    at = ALL.index(highlighted_method(knobs))
    kind = "entropy" if is_discrete(knobs.family) else "differential entropy"
    over = {"interval": f"1.96 standard errors {SEEDS_SAY}"}
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
        "warned": (float(sum(map(len, told.values()))), attributes("estimates with a warning or refused")),
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


@stage(*SOURCE, "focus", "count_focus", "bins", "draws", "alphabet_known")
def over_parameter(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """The estimator looked at closely, over its own knob."""
    name, size = highlighted_method(knobs), size_of(knobs)
    method = METHODS[name]
    grid = np.array(PARAMETER_GRIDS[method.own] if method.own else (1.0, 10.0), dtype=float)
    if method.own == "k":
        grid = grid[grid < knobs.samples]
    values = np.full((knobs.replicates, len(grid)), np.nan)
    # only the knob that is swept may be missing among those the stage reads
    others = {n: getattr(knobs, n) for n in method.reads if n not in (method.own, "support")}
    if "support" in method.reads and method.own != "support":
        others["support"] = alphabet(knobs.family, size) if knobs.alphabet_known else None

    def work():
        for r in range(knobs.replicates):
            x = draw(knobs.family, size, knobs.samples, replicate_seed(knobs.seed, r), knobs.scale, knobs.rounding)
            if method.curve:
                whole = [int(v) for v in grid] if method.own in ("k", "bins") else grid
                values[r], _ = value_or_refusal(lambda x=x, whole=whole: method.curve(x, whole))
                yield (r + 1) / knobs.replicates
                continue
            for j, setting in enumerate(grid):
                turned = {method.own: setting if method.own in ("width", "beta", "concentration") else int(setting)}
                told = {**others, **(turned if method.own else {})}
                values[r, j], _ = value_or_refusal(lambda x=x, told=told: method.run(x, **told))
                yield (r + (j + 1) / len(grid)) / knobs.replicates

    saturated = _ceilings(knobs, grid) if name == "histogram" else np.full(len(grid), np.nan)

    def picture():
        mean, deviation = nan_mean_and_std(values.T)
        return xr.Dataset(
            {
                "mean_over_parameter": ("setting", mean, entropy_attributes("mean estimate")),
                "deviation_over_parameter": ("setting", deviation, entropy_attributes("standard deviation over seeds")),
                "ceiling_over_parameter": ("setting", saturated, entropy_attributes("entropy of one sample to a bin")),
            },
            coords={"setting": ("setting", grid, attributes(OWN_LABELS[method.own]))},
        )

    yield from report_progress(work(), picture)


@stage(*SOURCE, *CHOSEN, *ESTIMATOR_PARAMETERS)
def over_samples(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """Every estimator over n, at the chosen dimension: mean, spread and error over seeds."""
    names, size = displayed_methods(knobs), size_of(knobs)
    sizes = [n for n in SIZES if n <= max(COMMON, knobs.samples)]
    values = np.full((len(ALL), len(SIZES), knobs.replicates), np.nan)
    cost = sum(sizes) * knobs.replicates * len(names)

    def work():
        done = 0
        for j, n in enumerate(sizes):
            for r in range(knobs.replicates):
                for name in names:
                    values[ALL.index(name), j, r], _ = _value(name, knobs, size, n, r)
                    done += n
                    yield done / cost

    target = truth(knobs.family, size, knobs.scale)

    def picture():
        found = error_statistics(values, target)
        return xr.Dataset(
            {
                "mean_over_samples": (("estimator", "size"), found["mean"], entropy_attributes("mean estimate")),
                "deviation_over_samples": (
                    ("estimator", "size"),
                    found["deviation"],
                    entropy_attributes("standard deviation"),
                ),
                "rmse_over_samples": (
                    ("estimator", "size"),
                    found["rmse"],
                    entropy_attributes("root mean square error"),
                ),
            },
            coords={"size": ("size", np.array(SIZES, dtype=float), attributes("samples n"))},
        )

    yield from report_progress(work(), picture)


@stage("family", "replicates", "seed", "rounding", "focus", "count_focus", *ESTIMATOR_PARAMETERS)
def bias_map(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """Bias of the estimator looked at closely, over n and dimension (symbols: over n and alphabet)."""
    name = highlighted_method(knobs)
    widths = MAP_ALPHABETS if is_discrete(knobs.family) else MAP_DIMENSIONS
    replicates = min(knobs.replicates, MAP_REPLICATES)
    values = np.full((len(widths), len(MAP_SIZES), replicates), np.nan)
    targets = np.array([truth(knobs.family, width) for width in widths])[:, None]
    cost = sum(MAP_SIZES) * len(widths)

    def work():
        done = 0
        for j, n in enumerate(MAP_SIZES):
            for i, width in enumerate(widths):
                for r in range(replicates):
                    values[i, j, r], _ = _value(name, knobs, width, n, r, scale=1.0)
                    yield (done + n * (r + 1) / replicates) / cost
                done += n

    def picture():
        mean, deviation = nan_mean_and_std(values)
        where = {"interval": f"standard error {SEEDS_SAY}"}
        return xr.Dataset(
            {
                "bias_map": (("map_width", "map_size"), mean - targets, entropy_attributes("bias", **where)),
                "error_of_map": (
                    ("map_width", "map_size"),
                    deviation / math.sqrt(replicates),
                    entropy_attributes("error"),
                ),
            },
            coords={
                "map_width": ("map_width", np.array(widths, dtype=float), attributes("dimensions d, or symbols K")),
                "map_size": ("map_size", np.array(MAP_SIZES, dtype=float), attributes("samples n")),
            },
        )

    yield from report_progress(work(), picture)


def _value(name, knobs, size, n, replicate, scale=None):
    """One estimate and what was said of it; spacings have nothing to say of several columns."""
    told = settings(name, knobs, knobs.family, size)
    scale = knobs.scale if scale is None else scale
    rounding = knobs.rounding
    if is_discrete(knobs.family):
        scale, rounding = 1.0, 0.0
    return estimate(name, told, knobs.family, size, n, knobs.seed, replicate, scale, rounding)


def _ceilings(knobs, bins):
    """log n + sum_j log w_j for numbers of bins: what the histogram reads with one sample to a bin, by replicate 0."""
    if is_discrete(knobs.family):
        return np.full(len(bins), np.nan)
    x = draw(knobs.family, knobs.dimension, knobs.samples, replicate_seed(knobs.seed, 0), knobs.scale, knobs.rounding)
    with np.errstate(divide="ignore"):
        return math.log(knobs.samples) + np.log(np.ptp(x, axis=0)[:, None] / bins).sum(0)


def _ceiling(knobs):
    return float(_ceilings(knobs, np.array([knobs.bins]))[0])
