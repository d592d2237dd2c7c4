"""Curves and map of the bias study: estimates over a parameter, over n, and over n and dimension."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import xarray as xr

from entropylab.studies.bias.errors import error_statistics
from entropylab.studies.bias.methods import ALL, METHODS, OWN_LABELS, PARAMETER_GRIDS, value_or_refusal
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
from entropylab.studies.bias.stages import SEEDS_INTERVAL, histogram_ceilings, replicate_estimate
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import stage
from entropylab.studies.core.progress import report_progress
from entropylab.studies.core.statistics import nan_mean_and_std

COMMON = 2000  # the curves over n go at least this far
MAP_SIZES = (32, 64, 128, 256, 512, 1024, 2048)
MAP_DIMENSIONS = (1, 2, 4, 8, 16)
MAP_ALPHABETS = (4, 16, 64, 256, 1024)
MAP_REPLICATES = 10


@stage(*SOURCE, "focus", "count_focus", "bins", "draws", "alphabet_known")
def over_parameter(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """The highlighted estimator over its own parameter."""
    name, size = highlighted_method(knobs), size_of(knobs)
    method = METHODS[name]
    grid = np.array(PARAMETER_GRIDS[method.own] if method.own else (1.0, 10.0), dtype=float)
    if method.own == "k":
        grid = grid[grid < knobs.samples]
    values = np.full((knobs.replicates, len(grid)), np.nan)
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
                own = {method.own: setting if method.own in ("width", "beta", "concentration") else int(setting)}
                parameters = {**others, **(own if method.own else {})}
                values[r, j], _ = value_or_refusal(lambda x=x, parameters=parameters: method.run(x, **parameters))
                yield (r + (j + 1) / len(grid)) / knobs.replicates

    saturated = histogram_ceilings(knobs, grid) if name == "histogram" else np.full(len(grid), np.nan)

    def summary():
        mean, deviation = nan_mean_and_std(values.T)
        return xr.Dataset(
            {
                "mean_over_parameter": ("setting", mean, entropy_attributes("mean estimate")),
                "deviation_over_parameter": ("setting", deviation, entropy_attributes("standard deviation over seeds")),
                "ceiling_over_parameter": ("setting", saturated, entropy_attributes("entropy of one sample to a bin")),
            },
            coords={"setting": ("setting", grid, attributes(OWN_LABELS[method.own]))},
        )

    yield from report_progress(work(), summary)


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
                    values[ALL.index(name), j, r], _ = replicate_estimate(name, knobs, size, n, r)
                    done += n
                    yield done / cost

    target = truth(knobs.family, size, knobs.scale)

    def summary():
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

    yield from report_progress(work(), summary)


@stage("family", "replicates", "seed", "rounding", "focus", "count_focus", *ESTIMATOR_PARAMETERS)
def bias_map(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """Bias of the highlighted estimator, over n and dimension (symbols: over n and alphabet)."""
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
                    values[i, j, r], _ = replicate_estimate(name, knobs, width, n, r, scale=1.0)
                    yield (done + n * (r + 1) / replicates) / cost
                done += n

    def summary():
        mean, deviation = nan_mean_and_std(values)
        where = {"interval": f"standard error {SEEDS_INTERVAL}"}
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

    yield from report_progress(work(), summary)
