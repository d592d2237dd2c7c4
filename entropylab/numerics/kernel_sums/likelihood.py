"""The width of greatest leave-one-out likelihood, found the same way on the host and under tracing.

The likelihood is searched over widths from 2^-13 to 2^4 times a start: the best on an octave grid, golden
sections of its bracket to 0.01, then Newton's method on five-point differences in the logarithm.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from entropylab.kernels.gauss_transform import fast_mean_log_kernel_sum, method
from entropylab.numerics.kernel_sums.pairwise import log_kernel_sums

_OCTAVES = math.log(2) * np.arange(-13, 5)
_SECTIONS = 10
_GOLDEN = (math.sqrt(5) - 1) / 2
_STENCIL = np.arange(-2, 3)
_FIRST_DERIVATIVE = np.array([1, -8, 0, 8, -1]) / 12
_SECOND_DERIVATIVE = np.array([-1, 16, -30, 16, -1]) / 12


def loo_bandwidth(z, start: float) -> float:
    """The kernel width of greatest leave-one-out likelihood for concrete `z` (n, d)."""
    d = z.shape[1]
    dtype = jax.dtypes.canonicalize_dtype(float) if method(d) == "tiles" else np.float64

    def gain(log_width):
        return fast_mean_log_kernel_sum(z / math.exp(log_width), False, dtype) - d * log_width

    grid = math.log(start) + _OCTAVES
    values = [gain(t) for t in grid]
    best = int(np.argmax(values))
    if best in (0, len(grid) - 1):
        raise ValueError(
            "the leave-one-out likelihood has no maximum between 2^-13 and 2^4 times Scott's bandwidth: "
            + ("repeated samples push it to width 0" if best == 0 else "far outliers push it up")
            + "; remove them, or choose another bandwidth."
        )
    low, high = grid[best - 1], grid[best + 1]
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = gain(left), gain(right)
    for _ in range(_SECTIONS):
        if at_left > at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = gain(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = gain(right)
    centre, step = (low + high) / 2, _step(dtype)
    for _ in range(3):
        near = np.array([gain(centre + k * step) for k in _STENCIL])
        centre = _newton(centre, near @ _FIRST_DERIVATIVE / step, near @ _SECOND_DERIVATIVE / step**2, high - low, np)
    return math.exp(centre)


def loo_bandwidth_jax(z, start: float):
    """`likeliest` under tracing; its derivative is that of the last Newton step, which is the implicit one."""
    d = z.shape[1]

    def gain(data, log_width):
        return log_kernel_sums(data / jnp.exp(log_width), 0.5, include_self=False).mean() - d * log_width

    still = lax.stop_gradient(z)
    grid = jnp.asarray(math.log(start) + _OCTAVES, z.dtype)
    best = jnp.clip(jnp.argmax(lax.map(lambda t: gain(still, t), grid)), 1, len(grid) - 2)
    low, high = grid[best - 1], grid[best + 1]

    def section(_, state):
        low, high, left, right, at_left, at_right = state
        up = at_left > at_right
        low, high = jnp.where(up, low, left), jnp.where(up, right, high)
        new = jnp.where(up, high - _GOLDEN * (high - low), low + _GOLDEN * (high - low))
        at_new = gain(still, new)
        return (
            low, high,
            jnp.where(up, new, right), jnp.where(up, left, new),
            jnp.where(up, at_new, at_right), jnp.where(up, at_left, at_new),
        )  # fmt: skip

    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    state = low, high, left, right, gain(still, left), gain(still, right)
    low, high, *_ = lax.fori_loop(0, _SECTIONS, section, state)
    step = _step(z.dtype)

    def newton(data, centre):
        near = lax.map(lambda k: gain(data, centre + k * step), jnp.asarray(_STENCIL, z.dtype))
        slope = (near * jnp.asarray(_FIRST_DERIVATIVE, z.dtype)).sum() / step
        curve = lax.stop_gradient((near * jnp.asarray(_SECOND_DERIVATIVE, z.dtype)).sum() / step**2)
        return _newton(centre, slope, curve, high - low, jnp)

    centre = lax.fori_loop(0, 2, lambda _, c: newton(still, c), (low + high) / 2)
    return jnp.exp(newton(z, lax.stop_gradient(centre)))


def _step(dtype) -> float:
    """Rounding over the step meets the step's fourth power: eps^(1/5)."""
    return 2 * float(jnp.finfo(dtype).eps) ** 0.2


def _newton(centre, slope, curve, width, library):
    """One Newton step towards slope 0, no longer than the bracket."""
    return centre - library.clip(slope / curve, -width, width)
