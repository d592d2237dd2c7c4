"""Integrals that come with their error: panels of Gauss-Legendre nodes, scrambled Sobol points; and inverses."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

__all__ = ["integrate", "normal_mean", "invert_increasing"]

SOBOL_SCRAMBLES = 16
NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)


def quadrature_panels(breaks: np.ndarray, split: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of the Gauss-Legendre rule on every interval between `breaks`, cut in `split` pieces."""
    breaks = np.unique(np.asarray(breaks, dtype=np.float64))
    steps = np.diff(breaks) / split
    left = (breaks[:-1, None] + steps[:, None] * np.arange(split)).ravel()
    half = np.repeat(steps, split) / 2
    return (left[:, None] + half[:, None] * (1 + NODES)).ravel(), (half[:, None] * WEIGHTS).ravel()


def integrate(
    function: Callable[[np.ndarray], np.ndarray], breaks: np.ndarray, *, tolerance: float = 1e-13, most: int = 64
) -> tuple[float, float]:
    """The integral of `function` from the first to the last break, and the change at the last halving.

    The breaks stand where the integrand has a kink or a scale of its own; every interval between them is
    halved until the integral changes by less than `tolerance` times max(1, |integral|).
    Errors: ArithmeticError when `most` pieces to the interval do not reach the tolerance.
    """
    split, value, change = 1, np.inf, np.inf
    while split <= most:
        nodes, weights = quadrature_panels(breaks, split)
        last, value = value, float(weights @ function(nodes))
        change = abs(value - last)
        if change <= tolerance * max(1.0, abs(value)):
            return value, change
        split *= 2
    raise ArithmeticError(f"quadrature stopped at {value!r} with a change of {change:.1e}, above {tolerance:.1e}.")


def normal_mean(
    function: Callable[[np.ndarray], np.ndarray],
    dimensions: int,
    *,
    tolerance: float,
    seed: int = 0,
    most: int = 2**16,
) -> tuple[float, float]:
    """E f(Z) for standard normal Z in d dimensions, and its standard error, from scrambled Sobol points.

    Every scrambling is uniform by itself, so each of the SCRAMBLES means is unbiased and their spread is an
    honest standard error. Points come in pairs z, -z, which integrates odd parts exactly. Four times the points
    are drawn, afresh, until the standard error is below `tolerance` or there are `most` of them.
    """
    name = "rng" if "rng" in inspect.signature(qmc.Sobol).parameters else "seed"  # SciPy renamed it in 1.15
    points = 1024
    while True:
        seeds = np.random.SeedSequence([seed, points]).spawn(SOBOL_SCRAMBLES)
        means = np.empty(SOBOL_SCRAMBLES)
        for i, own in enumerate(seeds):
            sobol = qmc.Sobol(dimensions, bits=30, **{name: np.random.Generator(np.random.PCG64(own))})
            # Sobol points are multiples of 2^-30: half a step keeps ndtri away from 0
            z = ndtri(sobol.random(points) + 2.0**-31)
            means[i] = (function(z).mean() + function(-z).mean()) / 2
        error = float(means.std(ddof=1)) / math.sqrt(SOBOL_SCRAMBLES)
        if error <= tolerance or points >= most:
            return float(means.mean()), error
        points *= 4


def invert_increasing(
    function: Callable[[np.ndarray], np.ndarray],
    slope: Callable[[np.ndarray], np.ndarray],
    target: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
) -> np.ndarray:
    """The x in [low, high] with function(x) = target, elementwise, by Newton steps kept inside the bracket."""
    target = np.asarray(target, dtype=np.float64)
    low, high = (np.broadcast_to(end, target.shape).astype(np.float64) for end in (low, high))
    x = (low + high) / 2
    for _ in range(200):  # bisection alone would need about 60
        gap = function(x) - target
        low, high = np.where(gap < 0, x, low), np.where(gap > 0, x, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = x - gap / slope(x)
        inside = (newton >= low) & (newton <= high)
        following = np.where(gap == 0, x, np.where(inside, newton, (low + high) / 2))
        # settled in x, or, where the slope is small, as near to the target as rounding lets the function come
        settled = np.abs(following - x) <= 1e-15 * np.maximum(1.0, np.abs(x))
        if np.all(settled | (np.abs(gap) <= 4 * np.spacing(np.abs(target)))):
            return following
        x = following
    return x
