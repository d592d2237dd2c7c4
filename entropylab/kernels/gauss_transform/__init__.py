"""Sums of standard Gaussian kernels over concrete points by the fastest path that keeps their digits."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from entropylab.kernels.gauss_transform import grid, leaves, one_dim
from entropylab.numerics.kernel_sums.pairwise import log_kernel_sums, log_kernel_sums_padded
from entropylab.numerics.kernel_sums.tiles import padded

ROUNDED = 1e-4  # float32 for points that span up to 800 kernel widths
MAX_DUAL_TREE_POINTS = (
    20_000  # points up to which the mean is summed over pairs, which err by rounding alone: it takes 30 to 60 ms
)


def method(d: int) -> str:
    """How `log_sums` goes about d columns: "cells", "leaves" (both compiled for the host) or "tiles" (JAX)."""
    if jax.default_backend() != "cpu" or d > 3:
        return "tiles"
    return "cells" if d == 1 else "leaves"


def fast_log_kernel_sums(z: Float[np.ndarray, "n d"], include_self: bool, dtype) -> Float[np.ndarray, " n"]:
    """log sum_j exp(-|z_i - z_j|^2 / 2) for every i; the tiles compute in `dtype`, the host in float64."""
    way = method(z.shape[1])
    if way == "cells":
        order = np.argsort(z[:, 0])
        _require_finite(z[order[0], 0] + z[order[-1], 0])  # NaN comes last
        out = np.empty(len(z))
        out[order] = one_dim.log_sums_sorted(z[order, 0], include_self)
        return out
    _require_finite(z)
    if way == "leaves":
        return leaves.log_sums(z, include_self)
    z = z.astype(_tile_type(z, dtype))
    if include_self:
        return np.asarray(log_kernel_sums_padded(padded(z, np), len(z), 0.5), np.float64)[: len(z)]
    return np.asarray(log_kernel_sums(jnp.asarray(z), 0.5, include_self=False), np.float64)


def fast_mean_log_kernel_sum(z: Float[np.ndarray, "n d"], include_self: bool, dtype) -> float:
    """The mean of `log_sums`; sorting replaces the dearer ordering, and many points in the plane or space a grid."""
    way, one = method(z.shape[1]), np.ones(1)
    if way == "cells":
        line = np.sort(z[:, 0])
        _require_finite(line[0] + line[-1])
        return float(one_dim.log_sums_sorted(line, include_self).mean())
    if way == "leaves" and len(z) > MAX_DUAL_TREE_POINTS:
        _require_finite(z)
    if way == "leaves" and len(z) > MAX_DUAL_TREE_POINTS and grid.count_cheaper_by_leaves(z, one) == 0:
        return float(grid.mean_log_sums(z, one, include_self)[0])
    return float(fast_log_kernel_sums(z, include_self, dtype).mean())


def float_type(x: np.ndarray | jax.Array) -> np.dtype:
    """The type JAX would compute in for the array `x`, without copying it there."""
    return jax.dtypes.canonicalize_dtype(x.dtype if jnp.issubdtype(x.dtype, jnp.floating) else float)


def _require_finite(z):
    """Compiled loops order points, and NaN has no place in an order: a loop might never end."""
    if not np.isfinite(z if z.ndim == 0 else z.sum()):  # of coordinates that square without overflow
        raise ValueError(
            "the data in units of the kernel must be finite numbers: got NaN or infinity; rescale the data, or pass a "
            "number as bandwidth."
        )


def _tile_type(z, dtype):
    """`dtype`, or JAX's default where rounding to `dtype` would move points by more than `ROUNDED` kernel widths."""
    if np.ptp(z, axis=0).max() * jnp.finfo(dtype).eps <= ROUNDED:
        return dtype
    return jax.dtypes.canonicalize_dtype(float)
