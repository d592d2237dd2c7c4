"""Mutual information: estimators beside the truth and their null, over k, n, noise and rotation."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import numpy as np
import xarray as xr
from scipy.special import digamma

from entropylab.estimators.knn.ksg import ksg, ksg_curve
from entropylab.inference.intervals import uncertainty
from entropylab.inference.significance import permutation_null
from entropylab.knobs import NEIGHBOURS
from entropylab.numerics.validation import check
from entropylab.problems import problem
from entropylab.studies.bias.methods import value_or_refusal
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import stage
from entropylab.studies.core.progress import report_progress
from entropylab.studies.core.statistics import nan_mean_and_std
from entropylab.studies.information.estimators import ESTIMATORS, estimator
from entropylab.studies.information.sources import draw_pair, truth

SIZES = (50, 100, 200, 500, 1000, 2000)
KS = tuple(k for k in NEIGHBOURS.stops if k <= 100)
NOISES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0)
ROTATIONS = tuple(float(a) for a in range(0, 91, 10))
SHOWN = 500  # points of the scatter
SHUFFLES = 40
SUBSAMPLES = 30
SEEDS_SAY = "over seeds: every replicate is a fresh sample"
OVER_SHUFFLES = f"1.96 standard errors over {SHUFFLES // 2} shuffles, bootstrap"

DRAW = ("problem", "samples", "rotation", "noise", "seed")


def sample_pair(knobs, replicate=0, **changes):
    """The pair that the question asks about, as drawn for a replicate; `changes` overrule what the question says."""
    told = {name: changes.get(name, getattr(knobs, name, None)) for name in DRAW}
    return draw_pair(told["problem"], told["samples"], told["seed"], replicate, told["rotation"], told["noise"])


@stage(*DRAW, "k")
def estimates(knobs) -> xr.Dataset:
    """KSG of one sample with its interval, what every pair contributes, the truth and the ceiling."""
    x, y = sample_pair(knobs)
    k, n = min(knobs.k, knobs.samples - 1), knobs.samples
    value, message = value_or_refusal(lambda: ksg(x, y, k=k))
    local, error = np.full(n, np.nan), np.nan
    if math.isfinite(value):
        with check.suppress_warnings():
            local = ksg.local(x, y, k=k)
            if n // 4 > k:
                error = uncertainty(ksg, x, y, k=k, resamples=SUBSAMPLES).standard_error
    target = truth(knobs.problem, knobs.rotation, knobs.noise)
    shown = np.arange(SHOWN) % n
    repeated = np.arange(SHOWN) >= n
    take = lambda column: np.where(repeated, np.nan, column[shown])  # noqa: E731
    over = {"interval": "1.96 standard errors, subsampling"}
    return xr.Dataset(
        {
            "ksg": ((), value, entropy_attributes("KSG", note=message, **over)),
            "ksg_error": ((), error, entropy_attributes("standard error of KSG")),
            "truth": ((), target, entropy_attributes("true mutual information", note=problem(knobs.problem).known_by)),
            "gap": ((), value - target, entropy_attributes("KSG − truth", **over)),
            "ceiling": ((), digamma(n) - digamma(k), entropy_attributes("largest value of KSG")),
            "warned": ((), float(bool(message)), attributes("warnings")),
            "x": ("pair", take(x[:, 0]), attributes("first column of x")),
            "y": ("pair", take(y[:, 0]), attributes("first column of y")),
            "local": ("pair", take(local), entropy_attributes("local mutual information")),
        }
    )


@stage(*DRAW, "replicates")
def over_k(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """KSG over k: mean and spread over seeds, and what shuffled pairs read."""
    ks = [k for k in KS if k < knobs.samples]
    values, shuffled = np.full((len(KS), knobs.replicates), np.nan), np.full((len(KS), SHUFFLES), np.nan)

    def work():
        rng = np.random.default_rng(knobs.seed)
        x, y = sample_pair(knobs)
        for r in range(knobs.replicates):
            values[: len(ks), r] = _curve(*sample_pair(knobs, r), ks)
            yield (r + 1) / (knobs.replicates + SHUFFLES)
        for i in range(SHUFFLES):
            shuffled[: len(ks), i] = _curve(x, y[rng.permutation(len(y))], ks)
            yield (knobs.replicates + i + 1) / (knobs.replicates + SHUFFLES)

    def picture():
        return xr.Dataset(
            {
                **_over("k", values, "KSG"),
                "null_low_over_k": ("neighbours", _quantile(shuffled, 0.025), entropy_attributes("null, 2.5 %")),
                "null_high_over_k": ("neighbours", _quantile(shuffled, 0.975), entropy_attributes("null, 97.5 %")),
            },
            coords={"neighbours": ("neighbours", np.array(KS, dtype=float), attributes("neighbours k"))},
        )

    yield from report_progress(work(), picture)


@stage("problem", "rotation", "noise", "seed", "k", "replicates")
def over_samples(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """KSG over n: mean and spread over seeds; the largest value that n allows."""
    values = np.full((len(SIZES), knobs.replicates), np.nan)

    def work():
        for j, n in enumerate(SIZES):
            for r in range(knobs.replicates):
                if n > knobs.k:
                    values[j, r], _ = value_or_refusal(
                        lambda n=n, r=r: ksg(*sample_pair(knobs, r, samples=n), k=knobs.k)
                    )
                yield (sum(SIZES[:j]) + n * (r + 1) / knobs.replicates) / sum(SIZES)

    def picture():
        sizes = np.array(SIZES, dtype=float)
        return xr.Dataset(
            {
                **_over("samples", values, "KSG"),
                "ceiling_over_samples": (
                    "size",
                    digamma(sizes) - digamma(knobs.k),
                    entropy_attributes("largest value"),
                ),
            },
            coords={"size": ("size", sizes, attributes("samples n"))},
        )

    yield from report_progress(work(), picture)


@stage("problem", "samples", "rotation", "seed", "k", "replicates")
def over_noise(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """KSG as normal noise blurs y; information can only fall."""
    yield from _along(knobs, "noise", NOISES, "rotation", "noise added to y σ")


@stage("problem", "samples", "noise", "seed", "k", "replicates")
def over_rotation(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """KSG as two columns are turned."""
    yield from _along(knobs, "rotation", ROTATIONS, "noise", "rotation θ")


def _along(knobs, axis, grid, other, title):
    values, seeds = np.full((len(grid), knobs.replicates), np.nan), knobs.replicates
    k = min(knobs.k, knobs.samples - 1)
    targets = [truth(knobs.problem, **{axis: value, other: getattr(knobs, other)}) for value in grid]

    def work():
        for r in range(seeds):
            for j, value in enumerate(grid):
                values[j, r], _ = value_or_refusal(lambda v=value, r=r: ksg(*sample_pair(knobs, r, **{axis: v}), k=k))
                yield (r + (j + 1) / len(grid)) / seeds

    def picture():
        name = f"{axis}_stop"
        return xr.Dataset(
            {
                **_over(axis, values, "KSG"),
                f"truth_over_{axis}": (name, np.array(targets), entropy_attributes("true mutual information")),
            },
            coords={name: (name, np.array(grid), attributes(title, "degrees" if axis == "rotation" else "1"))},
        )

    yield from report_progress(work(), picture)


@stage(*DRAW, "k", "bins", "replicates")
def comparison(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """Every estimator: mean and interval over seeds, and its permutation null."""
    seeds, shuffles = knobs.replicates, SHUFFLES // 2
    values = np.full((len(ESTIMATORS), seeds), np.nan)
    nulls, told, end = np.full((len(ESTIMATORS), 4), np.nan), {}, math.nan

    def work():
        nonlocal end
        for i, name in enumerate(ESTIMATORS):
            run = estimator(name, knobs)
            for r in range(seeds):
                values[i, r], message = value_or_refusal(lambda r=r, run=run: run(*sample_pair(knobs, r)))
                if message:
                    told.setdefault(name, message)
                yield (i + r / seeds / 2) / len(ESTIMATORS)
            if np.isfinite(values[i]).all():
                with check.suppress_warnings():
                    found = permutation_null(run, *sample_pair(knobs), permutations=shuffles, seed=knobs.seed)
                nulls[i] = found.mean, found.low, found.high, found.p_value
                if i == 0:  # the end of a null is an estimate too: other shuffles have another
                    upper = uncertainty(lambda values: np.quantile(values, 0.975), found.samples, how="bootstrap")
                    end = upper.standard_error
            yield (i + 1) / len(ESTIMATORS)

    def picture():
        mean, deviation = nan_mean_and_std(values)
        over = {"interval": f"1.96 standard errors {SEEDS_SAY}"}
        return xr.Dataset(
            {
                "estimates": (("estimator", "replicate"), values.copy(), entropy_attributes("estimate")),
                "mean": ("estimator", mean, entropy_attributes("mutual information", notes=json.dumps(told), **over)),
                "error": ("estimator", deviation / math.sqrt(seeds), entropy_attributes("standard error of the mean")),
                "null_mean": ("estimator", nulls[:, 0].copy(), entropy_attributes("mean of the null")),
                "null_low": ("estimator", nulls[:, 1].copy(), entropy_attributes("null, 2.5 %")),
                "null_high": ("estimator", nulls[:, 2].copy(), entropy_attributes("null, 97.5 %")),
                "p_value": ("estimator", nulls[:, 3].copy(), attributes("p-value of the permutation null")),
                "ksg_null_high": (
                    (),
                    nulls[0, 2],
                    entropy_attributes("97.5 % of the null of KSG", interval=OVER_SHUFFLES),
                ),
                "ksg_null_high_error": ((), end, entropy_attributes("standard error of that end")),
            }
        )

    yield from report_progress(work(), picture)


def _curve(x, y, ks):
    value, _ = value_or_refusal(lambda: ksg_curve(x, y, ks))
    return value


def _over(axis, values, name):
    mean, deviation = nan_mean_and_std(values)
    dimension = {"k": "neighbours", "samples": "size"}.get(axis, f"{axis}_stop")
    over = {"interval": f"one standard deviation {SEEDS_SAY}"}
    return {
        f"mean_over_{axis}": (dimension, mean, entropy_attributes(name, **over)),
        f"deviation_over_{axis}": (dimension, deviation, entropy_attributes("standard deviation over seeds")),
    }


def _quantile(values, share):
    known = np.isfinite(values).any(0)  # of the shuffles done; a k beyond the samples stays NaN
    return np.quantile(values[:, known], share, axis=1) if known.any() else np.full(len(values), np.nan)
