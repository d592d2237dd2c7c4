"""Point sets that know their own groups: clusters, clusters of clusters, rings, spirals; and two without groups."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

__all__ = ["LABELLED", "labelled_points"]

LABELLED = ("clusters", "nested clusters", "rings", "spirals", "uniform", "normal")
ROOM = 1.5  # background noise is uniform in this cube around the unit cube [-1, 1]^d that holds the rest
CANDIDATES = 64


def labelled_points(
    data: str, *, samples: int, dimension: int = 2, groups: int = 6, aspect: float = 1.0, noise: float = 0.0,
    seed: int = 0,
) -> tuple[Float[np.ndarray, "n d"], Int[np.ndarray, " n"]]:  # fmt: skip
    """Points (n, d) about the cube [-1, 1]^d, and the group of each from 0, or -1 for background; no unit.

    "clusters": normal with deviation 0.08 about centres far from each other. "nested clusters": each is three smaller
    ones. "rings" (concentric) and "spirals" lie in the first two coordinates; the others are normal with deviation
    0.02. "uniform" and "normal" are one group. `aspect` stretches the first axis against all others at equal volume:
    of every cluster about its centre, else of the whole set. `noise` is the share of points that are background,
    uniform in a cube half as wide again.
    Errors: ValueError for unknown data.
    """
    if data not in LABELLED:
        raise ValueError(f"data must be one of {', '.join(LABELLED)}: got {data!r}.")
    rng = np.random.default_rng([seed, samples, dimension])
    background = round(noise * samples)
    n = samples - background
    group = rng.integers(groups if data not in ("uniform", "normal") else 1, size=n)
    centre, around = _shape(data, rng, group, n, dimension, groups)
    stretch = np.full(dimension, aspect ** (-1 / dimension))
    stretch[0] = aspect ** (1 - 1 / dimension)
    points = np.concatenate([centre + stretch * around, rng.uniform(-ROOM, ROOM, (background, dimension))])
    return points, np.concatenate([group, np.full(background, -1)])


def _shape(data, rng, group, n, d, groups):
    """Centres that stay and what lies around them and is stretched."""
    still = np.zeros((n, d))
    if data == "uniform":
        return still, rng.uniform(-1, 1, (n, d))
    if data == "normal":
        return still, 0.4 * rng.standard_normal((n, d))
    if data == "clusters":
        return _centres(rng, groups, d)[group], 0.08 * rng.standard_normal((n, d))
    if data == "nested clusters":
        inner = 0.16 * _centres(rng, 3, d)[rng.integers(3, size=n)]
        return _centres(rng, groups, d)[group], inner + 0.03 * rng.standard_normal((n, d))
    share = rng.random(n)
    if data == "rings":
        angle, radius = 2 * np.pi * share, (group + 1) / groups
    else:
        angle, radius = 2 * np.pi * (1.2 * share + group / groups), 0.15 + 0.85 * share
    shape = 0.02 * rng.standard_normal((n, d))
    shape[:, :2] += radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    return still, shape


def _centres(rng, groups, d):
    """Each the candidate farthest from those before it."""
    chosen = rng.uniform(-1, 1, (1, d))
    while len(chosen) < groups:
        candidates = rng.uniform(-1, 1, (CANDIDATES, d))
        away = np.linalg.norm(candidates[:, None] - chosen, axis=2).min(1)
        chosen = np.concatenate([chosen, candidates[[away.argmax()]]])
    return chosen
