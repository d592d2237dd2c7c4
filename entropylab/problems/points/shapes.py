"""The shapes that point sets are drawn from, in any dimension, about the cube [-1, 1]^d."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

CANDIDATES = 64
THICKNESS, NOISE, LINE = 0.05, 0.05, 0.02  # of an annulus; of a noisy parabola; of rings and spirals


def uniform(rng, n, d):
    """In the cube."""
    return rng.uniform(-1, 1, (n, d))


def gaussian(rng, n, d):
    """Normal, deviation 0.4."""
    return 0.4 * rng.standard_normal((n, d))


def circle(rng, n, d):
    """On the unit sphere."""
    if d == 2:
        angle = 2 * np.pi * rng.random(n)
        return np.stack([np.cos(angle), np.sin(angle)], axis=1)
    away = rng.standard_normal((n, d))
    return away / np.linalg.norm(away, axis=1, keepdims=True)


def disk(rng, n, d, inner=0.0):
    """In the unit ball, outside of radius `inner`, every volume alike."""
    around = circle(rng, n, d)
    return around * ((inner**d + (1 - inner**d) * rng.random(n)) ** (1 / d))[:, None]


def annulus(rng, n, d):
    """In the unit ball within 0.05 of its boundary."""
    return disk(rng, n, d, 1 - THICKNESS)


def triangle(rng, n, d):
    """In the half of the square below its diagonal; beyond the plane, in the simplex."""
    if d == 2:
        points = rng.random((n, 2))
        points = np.where((points.sum(1) > 1)[:, None], 1 - points, points)
    else:
        points = np.diff(np.sort(rng.random((n, d)), axis=1), prepend=0.0, axis=1)
    return 2 * points - 1


def parabola(rng, n, d):
    """The last coordinate the mean square of the others, which are uniform."""
    across = rng.uniform(-1, 1, (n, d - 1))
    return np.concatenate([across, (across**2).mean(1, keepdims=True)], axis=1)


def noisy_parabola(rng, n, d):
    """A parabola, its last coordinate with normal noise of deviation 0.05."""
    points = parabola(rng, n, d)
    points[:, -1] += NOISE * rng.standard_normal(n)
    return points


def grid(rng, n, d):
    """The first n points of a cubic grid, row by row; its step is a power of two, so lines of it are exact."""
    side = max(1, math.ceil(n ** (1 / d) - 1e-9))
    place = np.arange(n)[:, None] // side ** np.arange(d) % side
    return (2 * place - (side - 1)) / 2.0 ** math.ceil(math.log2(max(side - 1, 1)))


ALONE: dict[str, Callable] = {
    "uniform": uniform, "disk": disk, "Gaussian": gaussian, "triangle": triangle, "noisy parabola": noisy_parabola,
    "parabola": parabola, "circle": circle, "annulus": annulus, "grid": grid,
}  # fmt: skip
CLUSTERED = ("clusters", "nested clusters", "rings", "spirals")


def clustered(name, rng, group, n, d, groups):
    """Centres that stay (or none), and what lies around them and is stretched."""
    if name == "clusters":
        return _centres(rng, groups, d)[group], 0.08 * rng.standard_normal((n, d))
    if name == "nested clusters":
        inner = 0.16 * _centres(rng, 3, d)[rng.integers(3, size=n)]
        return _centres(rng, groups, d)[group], inner + 0.03 * rng.standard_normal((n, d))
    share = rng.random(n)
    if name == "rings":
        angle, radius = 2 * np.pi * share, (group + 1) / groups
    else:
        angle, radius = 2 * np.pi * (1.2 * share + group / groups), 0.15 + 0.85 * share
    shape = LINE * rng.standard_normal((n, d))
    shape[:, :2] += radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    return 0.0, shape


def _centres(rng, groups, d):
    """Each the candidate farthest from those before it."""
    chosen = rng.uniform(-1, 1, (1, d))
    while len(chosen) < groups:
        candidates = rng.uniform(-1, 1, (CANDIDATES, d))
        away = np.linalg.norm(candidates[:, None] - chosen, axis=2).min(1)
        chosen = np.concatenate([chosen, candidates[[away.argmax()]]])
    return chosen
