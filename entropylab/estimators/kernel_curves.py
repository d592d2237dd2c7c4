"""Kernel density entropy along its bandwidth: the whole curve in one call."""

from __future__ import annotations

import numpy as np
from jaxtyping import ArrayLike, Float

from entropylab.estimators.kernel_density import normaliser
from entropylab.numerics import check, gauss_transform, gauss_transform_curve
from entropylab.numerics.pairwise_curves import log_kernel_sums_curve

__all__ = ["kde_curve"]


def kde_curve(
    x: Float[ArrayLike, "n ..."], bandwidths: Float[ArrayLike, " s"], *, leave_one_out: bool = False
) -> Float[np.ndarray, " s"]:
    """`kde` at every kernel width in `bandwidths` (absolute, in the units of `x`), in nats.

    One column on a CPU is sorted once and summed once an octave, so that further widths hardly cost more as
    n grows; more columns on a CPU take `kde`'s own path, width by width, or distances once for all widths
    (four columns and more, with the self term). Values only; ValueError for a width not above 0.
    """
    x = check.host_samples("x", x)
    widths = np.atleast_1d(np.asarray(bandwidths, np.float64))
    if widths.ndim != 1 or not (np.isfinite(widths) & (widths > 0)).all():
        raise ValueError(f"bandwidths must be a list of numbers above 0: got {bandwidths!r}.")
    n, d = x.shape
    x = x - x.mean(0)
    way = gauss_transform.path(d)
    if way == "cells":
        means = gauss_transform_curve.mean_log_sums(np.sort(x[:, 0]), widths, not leave_one_out)
    elif way == "leaves" or leave_one_out:
        dtype = gauss_transform.float_type(x)
        means = np.array([gauss_transform.mean_log_sum(x / h, not leave_one_out, dtype) for h in widths])
    else:
        means = np.asarray(log_kernel_sums_curve(x, 0.5 / widths**2), np.float64).mean(1)
    return normaliser(n, d, leave_one_out) + d * np.log(widths) - means
