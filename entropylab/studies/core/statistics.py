"""Statistics over replicates of which some may be unknown."""

from __future__ import annotations

import numpy as np


def nan_mean_and_std(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation over the replicates known (last axis); NaN where there are none, or one."""
    known = np.isfinite(values)
    count = known.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, values, 0.0).sum(-1) / count
        squares = (np.where(known, values - mean[..., None], 0.0) ** 2).sum(-1)
        return np.where(count > 0, mean, np.nan), np.where(count > 1, np.sqrt(squares / (count - 1)), np.nan)
