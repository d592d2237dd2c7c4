"""Mutual information: estimators beside the truth and their null, over k, n, noise and rotation."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import numpy as np
import xarray as xr
from scipy.special import digamma

from entropylab.estimators.kraskov import ksg, ksg_curve
from entropylab.experiments.bias_methods import judged
from entropylab.experiments.experiment import Experiment
from entropylab.experiments.growing import growing
from entropylab.experiments.information_estimators import ESTIMATORS, estimator
from entropylab.experiments.information_question import Information
from entropylab.experiments.information_sources import pair, truth
from entropylab.experiments.labels import nats, plain
from entropylab.experiments.replicates import moments
from entropylab.intervals import uncertainty
from entropylab.knobs import NEIGHBOURS
from entropylab.nulls import null
from entropylab.numerics import check
from entropylab.problems import problem

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
information = Experiment(
    "information", Information, "Mutual information over k, n, noise and rotation; proficiency of a network's neurons."
)


def data_of(knobs, replicate=0, **changes):
    """The pair that the question asks about, as drawn for a replicate; `changes` overrule what the question says."""
    told = {name: changes.get(name, getattr(knobs, name, None)) for name in DRAW}
    return pair(told["problem"], told["samples"], told["seed"], replicate, told["rotation"], told["noise"])


@information.stage(*DRAW, "k")
def point(knobs) -> xr.Dataset:
    """KSG of one sample with its interval, what every pair contributes, the truth and the ceiling."""
    x, y = data_of(knobs)
    k, n = min(knobs.k, knobs.samples - 1), knobs.samples
    value, message = judged(lambda: ksg(x, y, k=k))
    local, error = np.full(n, np.nan), np.nan
    if math.isfinite(value):
        with check.quiet():
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
            "ksg": ((), value, nats("KSG", note=message, **over)),
            "ksg_error": ((), error, nats("standard error of KSG")),
            "truth": ((), target, nats("true mutual information", note=problem(knobs.problem).known_by)),
            "gap": ((), value - target, nats("KSG − truth", **over)),
            "most": ((), digamma(n) - digamma(k), nats("largest value of KSG")),
            "warned": ((), float(bool(message)), plain("warnings")),
            "x": ("pair", take(x[:, 0]), plain("first column of x")),
            "y": ("pair", take(y[:, 0]), plain("first column of y")),
            "local": ("pair", take(local), nats("local mutual information")),
        }
    )


@information.stage(*DRAW, "replicates")
def over_k(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """KSG over k: mean and spread over seeds, and what shuffled pairs read."""
    ks = [k for k in KS if k < knobs.samples]
    values, shuffled = np.full((len(KS), knobs.replicates), np.nan), np.full((len(KS), SHUFFLES), np.nan)

    def work():
        rng = np.random.default_rng(knobs.seed)
        x, y = data_of(knobs)
        for r in range(knobs.replicates):
            values[: len(ks), r] = _curve(*data_of(knobs, r), ks)
            yield (r + 1) / (knobs.replicates + SHUFFLES)
        for i in range(SHUFFLES):
            shuffled[: len(ks), i] = _curve(x, y[rng.permutation(len(y))], ks)
            yield (knobs.replicates + i + 1) / (knobs.replicates + SHUFFLES)

    def picture():
        return xr.Dataset(
            {
                **_over("k", values, "KSG"),
                "null_low_over_k": ("neighbours", _quantile(shuffled, 0.025), nats("null, 2.5 %")),
                "null_high_over_k": ("neighbours", _quantile(shuffled, 0.975), nats("null, 97.5 %")),
            },
            coords={"neighbours": ("neighbours", np.array(KS, dtype=float), plain("neighbours k"))},
        )

    yield from growing(work(), picture)


@information.stage("problem", "rotation", "noise", "seed", "k", "replicates")
def over_samples(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """KSG over n: mean and spread over seeds; the largest value that n allows."""
    values = np.full((len(SIZES), knobs.replicates), np.nan)

    def work():
        for j, n in enumerate(SIZES):
            for r in range(knobs.replicates):
                if n > knobs.k:
                    values[j, r], _ = judged(lambda n=n, r=r: ksg(*data_of(knobs, r, samples=n), k=knobs.k))
                yield (sum(SIZES[:j]) + n * (r + 1) / knobs.replicates) / sum(SIZES)

    def picture():
        sizes = np.array(SIZES, dtype=float)
        return xr.Dataset(
            {
                **_over("samples", values, "KSG"),
                "most_over_samples": ("size", digamma(sizes) - digamma(knobs.k), nats("largest value")),
            },
            coords={"size": ("size", sizes, plain("samples n"))},
        )

    yield from growing(work(), picture)


@information.stage("problem", "samples", "rotation", "seed", "k", "replicates")
def over_noise(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """KSG as normal noise blurs y; information can only fall."""
    yield from _along(knobs, "noise", NOISES, "rotation", "noise added to y σ")


@information.stage("problem", "samples", "noise", "seed", "k", "replicates")
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
                values[j, r], _ = judged(lambda v=value, r=r: ksg(*data_of(knobs, r, **{axis: v}), k=k))
                yield (r + (j + 1) / len(grid)) / seeds

    def picture():
        name = f"{axis}_stop"
        return xr.Dataset(
            {
                **_over(axis, values, "KSG"),
                f"truth_over_{axis}": (name, np.array(targets), nats("true mutual information")),
            },
            coords={name: (name, np.array(grid), plain(title, "degrees" if axis == "rotation" else "1"))},
        )

    yield from growing(work(), picture)


@information.stage(*DRAW, "k", "bins", "replicates")
def compare(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """Every estimator: mean and interval over seeds, and its permutation null."""
    seeds, shuffles = knobs.replicates, SHUFFLES // 2
    values = np.full((len(ESTIMATORS), seeds), np.nan)
    nulls, told, end = np.full((len(ESTIMATORS), 4), np.nan), {}, math.nan

    def work():
        nonlocal end
        for i, name in enumerate(ESTIMATORS):
            run = estimator(name, knobs)
            for r in range(seeds):
                values[i, r], message = judged(lambda r=r, run=run: run(*data_of(knobs, r)))
                if message:
                    told.setdefault(name, message)
                yield (i + r / seeds / 2) / len(ESTIMATORS)
            if np.isfinite(values[i]).all():
                with check.quiet():
                    found = null(run, *data_of(knobs), permutations=shuffles, seed=knobs.seed)
                nulls[i] = found.mean, found.low, found.high, found.p_value
                if i == 0:  # the end of a null is an estimate too: other shuffles have another
                    upper = uncertainty(lambda values: np.quantile(values, 0.975), found.samples, how="bootstrap")
                    end = upper.standard_error
            yield (i + 1) / len(ESTIMATORS)

    def picture():
        mean, deviation = moments(values)
        over = {"interval": f"1.96 standard errors {SEEDS_SAY}"}
        return xr.Dataset(
            {
                "estimates": (("estimator", "replicate"), values.copy(), nats("estimate")),
                "mean": ("estimator", mean, nats("mutual information", notes=json.dumps(told), **over)),
                "error": ("estimator", deviation / math.sqrt(seeds), nats("standard error of the mean")),
                "null_mean": ("estimator", nulls[:, 0].copy(), nats("mean of the null")),
                "null_low": ("estimator", nulls[:, 1].copy(), nats("null, 2.5 %")),
                "null_high": ("estimator", nulls[:, 2].copy(), nats("null, 97.5 %")),
                "p_value": ("estimator", nulls[:, 3].copy(), plain("p-value of the permutation null")),
                "ksg_null_high": ((), nulls[0, 2], nats("97.5 % of the null of KSG", interval=OVER_SHUFFLES)),
                "ksg_null_high_error": ((), end, nats("standard error of that end")),
            }
        )

    yield from growing(work(), picture)


def _curve(x, y, ks):
    value, _ = judged(lambda: ksg_curve(x, y, ks))
    return value


def _over(axis, values, name):
    mean, deviation = moments(values)
    dimension = {"k": "neighbours", "samples": "size"}.get(axis, f"{axis}_stop")
    over = {"interval": f"one standard deviation {SEEDS_SAY}"}
    return {
        f"mean_over_{axis}": (dimension, mean, nats(name, **over)),
        f"deviation_over_{axis}": (dimension, deviation, nats("standard deviation over seeds")),
    }


def _quantile(values, share):
    known = np.isfinite(values).any(0)  # of the shuffles done; a k beyond the samples stays NaN
    return np.quantile(values[:, known], share, axis=1) if known.any() else np.full(len(values), np.nan)
