"""Kernel density entropy along its bandwidth: the whole curve in one call."""

from __future__ import annotations

import jax
import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from entropylab.estimators.kde.entropy import log_normalizer, overflow
from entropylab.kernels import gauss_transform
from entropylab.kernels.gauss_transform import bandwidth_curve, grid, squaring_chains
from entropylab.numerics.kernel_sums.curves import log_kernel_sums_curve
from entropylab.numerics.kernel_sums.gaps import longest_half
from entropylab.numerics.kernel_sums.points import LONGEST, points_of_width
from entropylab.numerics.kernel_sums.scaling import divided, ends, extreme_exponent
from entropylab.numerics.validation import check

__all__ = ["kde_curve"]

SHORTEST = 2.0**-100  # kernel widths that data span, below which every kernel is 1 to the last digit


@check.check_knob_types
def kde_curve(x: ArrayLike, bandwidths: ArrayLike, *, leave_one_out: bool = False) -> Float[np.ndarray, " s"]:
    """`kde` at every kernel width of `bandwidths`, in nats.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Samples.
    bandwidths : array_like, shape (s,)
        Standard deviations of the isotropic kernel, in the units of `x`.
    leave_one_out : bool, default False
        As `kde`.

    Returns
    -------
    numpy.ndarray, shape (s,)
        The estimates in nats, equal to those of `kde` to 1e-10.

    Raises
    ------
    ValueError
        For a width that is not above 0, and for what `kde` refuses.

    Notes
    -----
    One column on a CPU is sorted once and summed once an octave, so that further widths cost little as n grows. Two or
    three columns are spread over a grid that neighbouring widths share, where points lie densely. Otherwise all widths
    share the distances, and widths in geometric progression with ratio 2^(1/2m), as in 0.1 * 2 ** (numpy.arange(64) /
    12), share one exponential among up to twelve. Values only: there is no gradient. Memory n times the number of
    widths. Warnings as `kde`.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> x = np.random.default_rng(0).normal(size=500)
    >>> curve = lab.kde_curve(x, [0.2, 0.4])
    >>> [round(float(value) - lab.kde(x, bandwidth=width), 9) + 0.0 for value, width in zip(curve, [0.2, 0.4])]
    [0.0, 0.0]
    """
    leave_one_out = check.flag("kde_curve: leave_one_out", leave_one_out)
    x = check.as_numpy_samples("x", x)
    widths = np.atleast_1d(check.as_numpy("bandwidths", bandwidths)).astype(np.float64)
    if widths.ndim != 1 or not (np.isfinite(widths) & (widths > 0)).all():
        raise ValueError(f"bandwidths must be a list of numbers above 0: got {bandwidths!r}; drop the others.")
    n, d = x.shape
    means, caution = _all_means(x, widths, not leave_one_out)
    values = log_normalizer(n, d, leave_one_out) + d * np.log(widths) - means
    if caution := caution or overflow(values):
        check.warn(f"kde_curve: {caution}")
    return values


def _all_means(x, widths, include_self):
    """Means at all widths, and what to warn of; those at the ends of the range have nothing to share."""
    lows, highs = ends(x)
    with np.errstate(over="ignore"):
        span = 2 * (longest_half(lows, highs) / widths)
    shared = (span > SHORTEST) & (span <= LONGEST)
    means, cautions = np.empty(len(widths)), [""]
    if shared.any():
        exponent = extreme_exponent(min(lows), max(highs))
        near, scaled = (divided(x, exponent), divided(widths, exponent)) if exponent else (x, widths)
        means[shared] = _means(near - near.mean(0), scaled[shared], include_self)
    for s in np.flatnonzero(~shared):
        points = points_of_width(x, float(widths[s]))
        means[s] = points.mean_log_sum(include_self, gauss_transform.float_type(x))
        cautions.append(points.caution())
    return means, max(cautions, key=len)


def _means(x, widths, include_self):
    way = gauss_transform.method(x.shape[1])
    if way == "cells":
        return bandwidth_curve.mean_log_sums(np.sort(x[:, 0]), widths, include_self)
    if way == "leaves":
        return _leaf_means(x, widths, include_self)
    if jax.default_backend() == "cpu":
        return squaring_chains.mean_log_sums(x, widths, include_self)
    if include_self:
        return np.asarray(log_kernel_sums_curve(x, 0.5 / widths**2), np.float64).mean(1)
    return _separately(x, widths, include_self)


def _leaf_means(x, widths, include_self):
    """Pairs of leaves where widths are narrow, a grid where they are wide."""
    order = np.argsort(widths)
    near, far = np.split(order, [grid.count_cheaper_by_leaves(x, widths[order])])
    out = np.empty(len(widths))
    # A chain visits pairs in float64 that leaves round or leave out, and gains on them from its third width on.
    linked = 3 * len(squaring_chains.squaring_chains(widths[near])) <= len(near)
    pairs = squaring_chains.mean_log_sums if linked else _separately
    if len(near):
        out[near] = pairs(x, widths[near], include_self)
    out[far] = grid.mean_log_sums(x, widths[far], include_self)
    return out


def _separately(x, widths, include_self):
    kind = gauss_transform.float_type(x)
    return np.array([gauss_transform.fast_mean_log_kernel_sum(x / h, include_self, kind) for h in widths])
