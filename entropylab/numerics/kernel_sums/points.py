"""Points in units of their kernel, and the sums of the kernels at each of them."""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from entropylab.kernels import gauss_transform
from entropylab.numerics.kernel_sums.gaps import GAP, SHALLOWEST, isolated_log_sums, longest_half, with_gaps_closed
from entropylab.numerics.kernel_sums.pairwise import log_kernel_sums
from entropylab.numerics.kernel_sums.scaling import divided, divided_traced, ends, extreme_exponent

# Kernel widths that data may span before rounding S of them, which moves a row by up to 8 S eps / 2, takes more than
# 1e-12 of it on the line, 1e-10 elsewhere, and 1e-3 in float32. Rules span fewer: sqrt(2 n) spreads over their factor.
LONGEST_LINE, LONGEST = 2.0**10, 2.0**16
LONGEST_TRACED = {jnp.dtype("float32"): 2.0**10, jnp.dtype("float64"): LONGEST}


class KernelPoints(NamedTuple):
    """Concrete points `z` in kernel units; where gaps in `z` were closed, the data `x` and the kernel's `width` too."""

    z: np.ndarray
    x: np.ndarray | None = None
    width: float = 1.0

    def log_sums(self, include_self: bool, dtype) -> np.ndarray:
        """log sum_j exp(-|z_i - z_j|^2 / 2) for every i; without j = i where `include_self` is False."""
        out = gauss_transform.fast_log_kernel_sums(self.z, include_self, dtype)
        if include_self or self.x is None:
            return out
        out = np.array(out)
        isolated = np.flatnonzero(out < math.log(len(out)) - SHALLOWEST)
        out[isolated] = isolated_log_sums(self.x, self.width, isolated)
        return out

    def mean_log_sum(self, include_self: bool, dtype) -> float:
        """The mean of `log_sums`."""
        if include_self or self.x is None:
            return gauss_transform.fast_mean_log_kernel_sum(self.z, include_self, dtype)
        return float(self.log_sums(include_self, dtype).mean())

    def caution(self) -> str:
        """What rounding does to the rows of points that span too many widths, in words, or ""."""
        if self.x is None:
            return ""
        span = 2 * longest_half(*ends(self.z))
        if span <= LONGEST:
            return ""
        return (
            f"the data span {span:.2g} kernel widths, gaps of more than {GAP:g} not counted: rounding moves the log "
            f"density at a sample by up to {4 * np.finfo(float).eps * span:.1g} nats; widen the kernel."
        )


class TracedPoints(NamedTuple):
    """Traced points whose kernels are exp(-sharpness |z_i - z_j|^2)."""

    z: jax.Array
    sharpness: float | jax.Array

    def log_sums(self, include_self: bool) -> jax.Array:
        """log sum_j exp(-sharpness |z_i - z_j|^2) for every i; without j = i where `include_self` is False."""
        return log_kernel_sums(self.z, self.sharpness, include_self)


def points_of_width(x: np.ndarray, width: float) -> KernelPoints:
    """`x` (n, d) in units of `width`: centred, or with gaps closed where that would cost digits."""
    low, high = float(np.minimum.reduce(x, axis=None)), float(np.maximum.reduce(x, axis=None))
    allowed = (LONGEST_LINE if x.shape[1] == 1 else LONGEST) / 2 * width
    if high / 2 - low / 2 > allowed and longest_half(*ends(x)) > allowed:
        return KernelPoints(with_gaps_closed(x, width), x, width)
    exponent = extreme_exponent(low, high)
    if exponent > 0:  # the sum behind a mean may overflow
        x, width = divided(x, exponent), math.ldexp(width, -exponent)
    return KernelPoints((x - x.mean(0)) / width)


def traced_points(x: jax.Array, width) -> TracedPoints:
    """`x` (n, d) in units of `width`, centred; or, where that would cost digits, of the power of two next to it."""
    still, still_width = lax.stop_gradient(x), lax.stop_gradient(width)
    too_large = jnp.abs(still).max() > jnp.finfo(x.dtype).max ** 0.9  # for the sum behind a mean
    halves = still.max(0) / 2 - still.min(0) / 2
    far = too_large | (2 * (halves.max() / still_width) > LONGEST_TRACED[x.dtype])
    exponent = jnp.where(far, jnp.frexp(still_width)[1], 0)
    unit = jnp.where(far, divided_traced(width, exponent, jnp), 1.0)
    near = (x - x.mean(0)) / jnp.where(far, still_width, width)
    z = _replaced(near, divided_traced(still, exponent, jnp), far, lax.stop_gradient(unit))
    return TracedPoints(z, 0.5 / unit**2)


@jax.custom_jvp
def _replaced(near, exact, far, unit):
    """`exact` in place of `near` where points are `far`: the same points, `unit` times as large and shifted."""
    return jnp.where(far, exact, near)


@_replaced.defjvp
def _replaced_slope(points, slopes):
    return _replaced(*points), slopes[0] * points[3]
