"""Two further looks at a sample of the bias experiment: does the kernel fit describe it, and what does scaling do."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from entropylab.estimators.kde.resampled import kde_sample
from entropylab.estimators.knn.kozachenko_leonenko import kozachenko_leonenko
from entropylab.estimators.knn.limiting_density import density_of_points
from entropylab.numerics.kernel_sums import bandwidth as kernel_sums_bandwidth
from entropylab.studies.bias.methods import scott, value_or_refusal
from entropylab.studies.bias.sources import draw, is_discrete, replicate_seed, source
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import stage

MAX_POINTS_SHOWN = 400  # points of each cloud
FIT_DRAWS = 1024  # draws that tell the entropy of the fit
LEVELS = (np.arange(99) + 1) / 100
SCALES = np.geomspace(1e-2, 1e2, 9)
MAX_SCALING_SAMPLES = 1000  # samples of the scaling picture, at most
REFERENCES = 4  # reference samples for every sample of it


@stage("family", "dimension", "samples", "seed", "rounding", "scale", "width")
def fit(knobs) -> xr.Dataset:
    """Samples of the kernel fit beside the data, and the entropy of the fit itself."""
    cloud = {name: np.full((MAX_POINTS_SHOWN, 2), np.nan) for name in ("data", "fitted")}
    levels = {name: np.full(len(LEVELS), np.nan) for name in ("data", "fitted")}
    entropy = error = math.nan
    if not is_discrete(knobs.family):
        seed = replicate_seed(knobs.seed, 0)
        x = draw(knobs.family, knobs.dimension, knobs.samples, seed, knobs.scale, knobs.rounding)
        found, _ = value_or_refusal(lambda: _fit(x, knobs.width))
        if isinstance(found, tuple):
            drawn, entropy, error = found
            for name, points in (("data", x), ("fitted", drawn)):
                part = _plane(points[:MAX_POINTS_SHOWN], seed)
                cloud[name][: len(part)] = part
                levels[name] = np.quantile(points[:, 0], LEVELS)
    return xr.Dataset(
        {
            **{f"{name}_points": (("drawn", "axis"), cloud[name], attributes(f"{name} samples")) for name in cloud},
            **{f"{name}_quantile": ("level", levels[name], attributes(f"quantile, {name}")) for name in levels},
            "fit_entropy": (
                (),
                entropy,
                entropy_attributes("entropy of the KDE itself", interval="Monte Carlo over its draws"),
            ),
            "fit_entropy_error": ((), error, entropy_attributes("standard error of the entropy of the KDE itself")),
        },
        coords={"level": ("level", LEVELS, attributes("share below"))},
    )


def _fit(x, width):
    """Draws of the kernel estimate with full covariance, its entropy by Monte Carlo, the standard error of that."""
    z, half_log_determinant = kernel_sums_bandwidth.whiten(x)
    n, d = z.shape
    h = width * scott(n, d)
    # whitening is x -> (x - mean) root^-1: undone by regression, exact because n > d
    root, *_ = np.linalg.lstsq(z, x - x.mean(0), rcond=None)
    fresh = kde_sample(z, FIT_DRAWS, bandwidth=h, seed=1)
    log_density = logsumexp(-cdist(fresh, z, "sqeuclidean") / (2 * h**2), axis=1)
    surprise = math.log(n) + d * (math.log(h) + 0.5 * math.log(2 * math.pi)) - log_density + float(half_log_determinant)
    return fresh @ root + x.mean(0), float(surprise.mean()), float(surprise.std(ddof=1) / math.sqrt(FIT_DRAWS))


def _plane(points, seed):
    """The first two columns; a single column beside uniform jitter, which only spreads the points."""
    if points.shape[1] > 1:
        return points[:, :2]
    jitter = np.random.Generator(np.random.PCG64(seed)).random(len(points))
    return np.column_stack([points[:, 0], jitter])


@stage("family", "dimension", "samples", "seed", "rounding", "k")
def scaling(knobs) -> xr.Dataset:
    """The entropy over a change of unit, x -> a x, beside Jaynes' entropy relative to a measure that changes too."""
    h, jaynes, target, reference_target, spread = np.full((5, len(SCALES)), np.nan)
    if not is_discrete(knobs.family):
        problem, d = source(knobs.family, knobs.dimension), knobs.dimension
        n = min(knobs.samples, MAX_SCALING_SAMPLES)
        x = draw(knobs.family, d, n, replicate_seed(knobs.seed, 0), 1.0, knobs.rounding)
        rng = np.random.Generator(np.random.PCG64(replicate_seed(knobs.seed, 1)))
        m = rng.standard_cauchy((REFERENCES * n, d))  # heavier than every tail here, so that D(p || m) is finite
        for i, a in enumerate(SCALES):
            h[i], _ = value_or_refusal(lambda a=a: float(kozachenko_leonenko(a * x, k=min(knobs.k, n - 1))))
            jaynes[i], _ = value_or_refusal(lambda a=a: float(density_of_points(a * x, a * m, k=min(knobs.k, n - 1))))
        target = problem.truth + d * np.log(SCALES)
        # -D(p || m) = h + E log m, the mean over fresh samples
        fresh = problem.sample(replicate_seed(knobs.seed, 2), 20_000)
        log_m = -(np.log(math.pi) + np.log1p(fresh**2)).sum(1)
        reference_target = np.full(len(SCALES), problem.truth + log_m.mean())
        spread = np.full(len(SCALES), log_m.std(ddof=1) / math.sqrt(len(fresh)))
    return xr.Dataset(
        {
            "h_over_scale": ("scaled", h, entropy_attributes("differential entropy, estimated")),
            "true_h_over_scale": ("scaled", target, entropy_attributes("differential entropy")),
            "jaynes_over_scale": ("scaled", jaynes, entropy_attributes("Jaynes' entropy, estimated")),
            "true_jaynes_over_scale": ("scaled", reference_target, entropy_attributes("Jaynes' entropy")),
            "true_jaynes_over_scale_error": ("scaled", spread, entropy_attributes("its standard error")),
            "entropy_shift": ((), h[-1] - h[0], entropy_attributes("move of h from a = 0.01 to 100")),
            "jaynes_shift": (
                (),
                jaynes[-1] - jaynes[0],
                entropy_attributes("move of Jaynes' entropy from a = 0.01 to 100"),
            ),
        },
        coords={"scaled": ("scaled", SCALES, attributes("scale a"))},
    )
