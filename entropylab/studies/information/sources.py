"""Pairs with known mutual information, turned and blurred; the truth where it stays known."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from entropylab.problems import problem
from entropylab.problems.multivariate import equicorrelated
from entropylab.studies.bias.sources import replicate_seed

# name -> covariance of (x, y) and columns of x: their truth stays known when they are turned and blurred
NORMAL = {
    **{f"1v1-normal-{r}": (np.array([[1, r], [r, 1]]), 1) for r in (0.3, 0.75, 0.9, 0.999)},
    "independent-normal-1-1": (np.eye(2), 1),
    "multinormal-dense-3-3-0.5": (equicorrelated(6, 0.5), 3),
    "multinormal-dense-5-5-0.5": (equicorrelated(10, 0.5), 5),
}
LABELLED = ("zero-inflated-poisson-0.15", "xor-quadrants", "two-classes")
NAMES = (
    *NORMAL, "1v1-additive-0.1", "1v1-additive-0.75", "1v1-bimodal-0.75", "wiggly-1v1-normal-0.75",
    "half_cube-1v1-normal-0.75", "parabola-0.1", "sine-0.1", "1v1-X-0.9", "1v1-AI", "xor-continuous",
    "swissroll_x-normal_cdf-1v1-normal-0.75", "spiral-multinormal-sparse-3-3-2-2.0", "2v1-galaxy-0.5-3.0",
    "student-identity-1-1-1", "asinh-student-identity-1-1-1", "student-identity-2-2-1", "independent-cauchy-1-1",
    "atoms-and-normal", *LABELLED,
)  # fmt: skip


@lru_cache(maxsize=2048)
def draw_pair(
    name: str, n: int, seed: int, replicate: int, rotation: float, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """x (n, dx) and y (n, dy), turned by `rotation` degrees, then y blurred by normal noise; labels are numbers.

    Where x has two columns its first two are turned, which changes no information; where it has one, the plane of
    x and y is. Labels are left as they are.
    """
    x, y = problem(name).sample(replicate_seed(seed, replicate), n)
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float).reshape(n, -1)
    if rotation and not (name in LABELLED and x.shape[1] == 1):
        turn = _rotate(rotation)
        if x.shape[1] > 1:
            x = np.hstack([x[:, :2] @ turn.T, x[:, 2:]])
        else:
            both = np.hstack([x, y[:, :1]]) @ turn.T
            x, y = both[:, :1], np.hstack([both[:, 1:], y[:, 1:]])
    if noise and name not in LABELLED:
        # the noise of a draw is the same at every level: a curve over the level moves smoothly
        rng = np.random.Generator(np.random.PCG64([replicate_seed(seed, replicate), 1]))
        y = y + noise * rng.standard_normal(y.shape)
    return x, y


def truth(name: str, rotation: float, noise: float) -> float:
    """Mutual information in nats; NaN where turning or blurring left a pair whose information nobody knows."""
    if name in NORMAL:
        covariance, dx = NORMAL[name]
        covariance = np.array(covariance, dtype=float)
        if rotation:
            turn = np.eye(len(covariance))
            turn[:2, :2] = _rotate(rotation)
            covariance = turn @ covariance @ turn.T
        covariance[range(dx, len(covariance)), range(dx, len(covariance))] += noise**2
        parts = (covariance[:dx, :dx], covariance[dx:, dx:], covariance)
        first, second, joint = (float(np.linalg.slogdet(part)[1]) for part in parts)
        return 0.5 * (first + second - joint)
    source = problem(name)
    kept = name in LABELLED or (noise == 0 and (rotation == 0 or source.dimensions[0] > 1))
    return float(source.truth) if kept else math.nan


def _rotate(degrees: float) -> np.ndarray:
    angle = math.radians(degrees)
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
