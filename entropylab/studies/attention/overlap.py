"""Overlap of attention with strokes, and what maps that know nothing of the image reach."""

from __future__ import annotations

import numpy as np
from scipy.stats import hypergeom


def overlaps(maps: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Intersection over union (n,) of every mask with as many patches, those of largest weight; in [0, 1].

    Equal areas need no threshold, and chance has a closed form. Of equal weights the first count. Images without an
    object give NaN.
    """
    area = masks.sum(1)
    rank = np.argsort(np.argsort(-maps, axis=1, kind="stable"), axis=1, kind="stable")
    both = ((rank < area[:, None]) & masks).sum(1)
    return np.where(area > 0, both / np.where(area > 0, 2 * area - both, 1), np.nan)


def masses(maps: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Share (n,) of the map's weight that lies on the object."""
    return np.where(masks.any(1), (maps * masks).sum(1) / maps.sum(1), np.nan)


def chance_level(masks: np.ndarray) -> float:
    """Mean overlap that a random map of equal area reaches: a hypergeometric mean, exact."""
    n = masks.shape[1]
    areas, counts = np.unique(masks.sum(1), return_counts=True)
    values = [_chance(n, int(area)) for area in areas if area]
    return float(np.average(values, weights=counts[areas > 0]))


def _chance(n, area):
    both = np.arange(area + 1)
    return float((hypergeom.pmf(both, n, area, area) * both / (2 * area - both)).sum())


def centre_prior(patches: int) -> np.ndarray:
    """A map (patches,) that is the nearer to the image's centre the larger."""
    side = round(patches**0.5)
    place = np.arange(side) - (side - 1) / 2
    return 1 / (1 + (place[:, None] ** 2 + place**2)).ravel()
