"""Sums of standard Gaussian kernels over concrete points by the fastest path that keeps their digits."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from entropylab.numerics import gauss_transform_1d, gauss_transform_grid, gauss_transform_leaves
from entropylab.numerics.pairwise import log_kernel_sums, log_kernel_sums_padded
from entropylab.numerics.tiles import padded

EXACT = 20_000  # points up to which the mean is summed over pairs, which err by rounding alone: it takes 30 to 60 ms


def path(d: int) -> str:
    """How `log_sums` goes about d columns: "cells", "leaves" (both compiled for the host) or "tiles" (JAX)."""
    if jax.default_backend() != "cpu" or d > 3:
        return "tiles"
    return "cells" if d == 1 else "leaves"


def log_sums(z: Float[np.ndarray, "n d"], include_self: bool, dtype) -> Float[np.ndarray, " n"]:
    """log sum_j exp(-|z_i - z_j|^2 / 2) for every i; the tiles compute in `dtype`, the host in float64."""
    way = path(z.shape[1])
    if way == "cells":
        order = np.argsort(z[:, 0])
        out = np.empty(len(z))
        out[order] = gauss_transform_1d.log_sums_sorted(z[order, 0], include_self)
        return out
    if way == "leaves":
        return gauss_transform_leaves.log_sums(z, include_self)
    z = z.astype(dtype)
    if include_self:
        return np.asarray(log_kernel_sums_padded(padded(z, np), len(z), 0.5), np.float64)[: len(z)]
    return np.asarray(log_kernel_sums(jnp.asarray(z), 0.5, include_self=False), np.float64)


def mean_log_sum(z: Float[np.ndarray, "n d"], include_self: bool, dtype) -> float:
    """The mean of `log_sums`; sorting replaces the dearer ordering, and many points in the plane or space a grid."""
    way, one = path(z.shape[1]), np.ones(1)
    if way == "cells":
        return float(gauss_transform_1d.log_sums_sorted(np.sort(z[:, 0]), include_self).mean())
    if way == "leaves" and len(z) > EXACT and gauss_transform_grid.narrow(z, one) == 0:
        return float(gauss_transform_grid.mean_log_sums(z, one, include_self)[0])
    return float(log_sums(z, include_self, dtype).mean())


def float_type(x) -> np.dtype:
    """The type JAX would compute in for `x`, without copying it there."""
    kind = x.dtype if hasattr(x, "dtype") else np.asarray(x).dtype
    return jax.dtypes.canonicalize_dtype(kind if jnp.issubdtype(kind, jnp.floating) else float)
