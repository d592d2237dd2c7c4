"""Errors of estimates over seeds: bias, spread, root mean square error, and which estimator has the least."""

from __future__ import annotations

import numpy as np

from entropylab.studies.core.statistics import nan_mean_and_std

RESAMPLES = 1000


def error_statistics(values, target):
    """Mean, deviation, bias and the root mean square error over the last axis, with standard errors of two of them.

    That of the deviation is the delta method's: a sample moves it by half of its square's excess over the deviation.
    """
    mean, deviation = nan_mean_and_std(values)
    squares, _ = nan_mean_and_std((values - target) ** 2)
    count = np.maximum(np.isfinite(values).sum(-1), 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        _, moved = nan_mean_and_std((values - mean[..., None]) ** 2 / (2 * deviation[..., None]))
    return {
        "mean": mean, "deviation": deviation, "bias": mean - target, "error_of_bias": deviation / np.sqrt(count),
        "error_of_deviation": moved / np.sqrt(count), "rmse": np.sqrt(squares),
    }  # fmt: skip


def best_of(errors):
    """Bootstrap over seeds: the interval of every root mean square error, and how often each is the least.

    All estimators see the same resampled seeds, so what a seed does to all of them cancels. One that refused
    any of its samples is not compared.
    """
    count = errors.shape[1]
    low = high = np.full(len(errors), np.nan)
    best = np.full(len(errors), np.nan)
    known = np.isfinite(errors).sum(1) == np.isfinite(errors).sum(1).max()
    known &= np.isfinite(errors).any(1)
    seen = np.isfinite(errors[known]).all(0) if known.any() else np.zeros(count, bool)
    if seen.sum() > 1:
        rng = np.random.Generator(np.random.PCG64(0))
        weights = rng.multinomial(seen.sum(), np.full(seen.sum(), 1 / seen.sum()), size=RESAMPLES) / seen.sum()
        resampled = np.sqrt((errors[known][:, seen] ** 2) @ weights.T)  # (estimators, RESAMPLES)
        low, high = np.full((2, len(errors)), np.nan)
        low[known], high[known] = np.quantile(resampled, (0.025, 0.975), axis=1)
        best[known] = np.bincount(resampled.argmin(0), minlength=int(known.sum())) / RESAMPLES
    return low, high, best
