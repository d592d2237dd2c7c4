"""How far soft and hard entropy of a partition by halfspaces can lie apart: a certificate, and the seed's bound."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import log_expit

from entropylab.estimators.halfspaces import checked_planes
from entropylab.numerics import check

__all__ = ["partition_certificate", "theorem3_bound"]


def partition_certificate(points, normals, offsets, *, temperature: float = 0.1) -> float:
    """Bound in nats on |hard_halfspace_partition - halfspace_partition| at this temperature, for these very points.

    A point keeps the share g_i = prod_t sigma(s_it / tau) in its own hard cell, s_it = |n_t . x_i - b_t|, and loses
    1 - g_i, so that T = mean(1 - g_i) bounds the total variation between hard and soft masses; for K = 2^m cells
    |H_hard - H_soft| <= T log(K - 1) + h(T) if T <= 1 - 1/K (h: entropy of a coin), and log K, which says
    nothing, beyond. s_it is measured in units of n . x as in `halfspace_partition`, whatever the normals'
    length. Nothing is random or asymptotic; no margin is assumed; any m. Computed in float64.
    A point on a boundary counts as inside in both, and costs 1/2 in its factor.
    Errors: ValueError for wrong shapes, NaN, a normal of length 0, temperature <= 0.
    Source: Audenaert (2007), theorem 1 for commuting states.
    """
    _positive(temperature)
    points, normals, offsets = checked_planes(True, points, normals, offsets)
    m = len(normals)
    margins = np.abs(points @ normals.T - offsets) / temperature
    lost = float(-np.expm1(log_expit(margins).sum(1)).mean())
    if lost > 1 - 2.0**-m:
        return m * math.log(2)
    others = m * math.log(2) + math.log1p(-(2.0**-m)) if m > 1 else 0.0  # log(2^m - 1)
    return lost * others + _coin(lost)


def theorem3_bound(points, normals, offsets, *, temperature: float = 0.1, failure: float = 0.05) -> float:
    """The seed's bound in nats on the same distance, for comparison: E log(K / E), as its theorem 3 prints it.

    E = exp(-gamma / (4 tau)) + 2 / (4 tau) sqrt(d log m / n) + sqrt(log(2 / delta) / (2 n)), gamma the least
    distance |n_t . x_i - b_t| / |n_t|, K = sum_{i <= d} binomial(m, i), delta = `failure`, and the seed's
    unnamed constant C = 1. It is above log K at any realistic n, since gamma falls as 1/n; it is negative once
    E > K, at small tau; and the inequality behind it needs E <= 1/2. It certifies nothing: use
    `partition_certificate`.
    Errors: ValueError for wrong shapes, NaN, a normal of length 0, temperature <= 0, failure outside (0, 1).
    Source: seed 002, appendix F.3.
    """
    _positive(temperature)
    if not 0 < failure < 1:
        raise ValueError(f"failure must be a probability in (0, 1): got {failure!r}; 0.05 is the default.")
    points, normals, offsets = checked_planes(True, points, normals, offsets)
    (n, d), m = points.shape, len(normals)
    margin = (np.abs(points @ normals.T - offsets) / np.linalg.norm(normals, axis=1)).min()
    complexity = math.sqrt(d * math.log(m) / n) / (4 * temperature)
    error = math.exp(-margin / (4 * temperature)) + 2 * complexity + math.sqrt(math.log(2 / failure) / (2 * n))
    cells = sum(math.comb(m, i) for i in range(d + 1))
    return error * math.log(cells / error)


def _positive(temperature):
    check.positive("temperature", temperature, "0.1 is the default; the smaller, the harder the boundaries.")


def _coin(chance: float) -> float:
    """Entropy in nats of a coin: -T log T - (1 - T) log(1 - T), exact for small T."""
    if chance in (0.0, 1.0):
        return 0.0
    return -chance * math.log(chance) - (1 - chance) * math.log1p(-chance)
