"""Mutual information from one Gaussian kernel density estimate and its own marginals."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import ArrayLike

from entropylab.estimators.card import estimator
from entropylab.estimators.kde.entropy import LEAVE_ONE_OUT, RULE, overflow
from entropylab.kernels import gauss_transform
from entropylab.numerics.kernel_sums import bandwidth as kernel_sums_bandwidth
from entropylab.numerics.validation import check

__all__ = ["kde_mutual_information"]


def _local_information(
    x: Float[Array, "n ..."], y: Float[Array, "n ..."], *, bandwidth: str | float = "scott", leave_one_out: bool = False
) -> Float[Array, " n"]:
    """log of joint over product of densities at every sample, in nats."""
    return _terms(x, y, bandwidth, leave_one_out)


@estimator(
    quantity="mutual information",
    takes="pair",
    formula=r"\hat I = \frac{1}{n} \sum_{i=1}^{n} \log \frac{\hat f(x_i, y_i)}{\hat f(x_i)\, \hat f(y_i)}",
    reference="moon1995",
    bias="up by the joint density's larger self term, down by smoothing; leave-one-out mostly down",
    cost="n^2 d",
    differentiable=True,
    kind="traced",
    law="invariant",
    knobs={"bandwidth": RULE, "leave_one_out": LEAVE_ONE_OUT},
    aliases=("kde", "kernel"),
    local=_local_information,
)
def kde_mutual_information(
    x: ArrayLike, y: ArrayLike, *, bandwidth: str | float = "scott", leave_one_out: bool = False
) -> float | Float[Array, ""]:
    """Mutual information of a Gaussian kernel density estimate of (x, y) at the samples, in nats.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n, d)
        Samples, row by row from the joint density.
    bandwidth : float or {'scott', 'silverman', 'loo'}, default 'scott'
        As `kde`; a rule is applied once, for the joint dimension, and its factor scales the joint covariance and each
        block of it.

    Returns
    -------
    float or jax.Array
        The estimate in nats; a JAX scalar for JAX arrays.

    Raises
    ------
    ValueError
        As `kde`, and for lengths that differ.

    Warns
    -----
    EstimateWarning
        As `kde`.

    Notes
    -----
    The marginal densities are the marginals of the joint estimate. With a rule, linear maps of x and of y change
    nothing; a number is the absolute width in all columns. The self term of resubstitution weighs more in the joint
    density and pushes the estimate up by O(1 / n h^d); smoothing pulls it down by O(h^2). The estimate of independent
    data is not 0, and either sign is possible: compare with `permutation_null`. Differentiable as `kde`.

    Examples
    --------
    A correlation of 0.8, where the truth is -log(0.6) = 0.511 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 1000))
    >>> abs(lab.kde_mutual_information(x, 0.8 * x + 0.6 * noise) - 0.511) < 0.1
    True
    """
    return _terms(x, y, bandwidth, leave_one_out).mean()


def _terms(x, y, bandwidth, leave_one_out):
    kernel_sums_bandwidth.require_rule_or_positive("kde_mutual_information", bandwidth)
    traced = check.is_traced(x, y, bandwidth)
    leave_one_out = check.flag("kde_mutual_information: leave_one_out", leave_one_out)
    x, y = check.as_real_array("x", x), check.as_real_array("y", y)
    dtype = jnp.result_type(gauss_transform.float_type(x), gauss_transform.float_type(y))
    prepare = check.as_samples if traced else check.as_numpy_samples
    x, y = prepare("x", x), prepare("y", y)
    check.require_same_length(x=x, y=y)
    by_rule = isinstance(bandwidth, str)
    if traced:
        x, y = x.astype(dtype), y.astype(dtype)
        if by_rule:
            return _by_rule(x, y, bandwidth, leave_one_out)
        return _by_width(x, y, jnp.asarray(bandwidth, dtype), leave_one_out)
    cautions = {kernel_sums_bandwidth.conditioning_warning(np.hstack([x, y])) if by_rule else ""}

    def log_sums(points):
        cautions.add(points.caution())
        return points.log_sums(not leave_one_out, dtype)

    with np.errstate(invalid="ignore"):  # inf - inf, of which a warning tells
        terms = _log_ratio(x, y, bandwidth if by_rule else float(bandwidth), leave_one_out, log_sums, np)
    cautions.add(overflow(terms))
    for caution in sorted(cautions - {""}):
        check.warn(f"kde_mutual_information: {caution}")
    return jnp.asarray(terms, dtype)


def _log_ratio(x, y, bandwidth, leave_one_out, log_sums, library):
    xy = library.concatenate([x, y], axis=1)
    factor = None
    if isinstance(bandwidth, str):
        factor = kernel_sums_bandwidth.select_factor(kernel_sums_bandwidth.whiten(xy, library)[0], bandwidth, library)
    parts = [kernel_sums_bandwidth.standardize(part, bandwidth, factor, library) for part in (xy, x, y)]
    joint, first, second = (log_sums(points) for points, _ in parts)
    # Powers of 2 pi cancel; one count of kernels remains.
    constant = math.log(len(x) - leave_one_out) - (parts[0][1] - parts[1][1] - parts[2][1])
    return joint - first - second + constant


def _in_tiles(x, y, bandwidth, leave_one_out):
    def log_sums(points):
        return points.log_sums(not leave_one_out)

    return _log_ratio(x, y, bandwidth, leave_one_out, log_sums, jnp)


_by_rule = jax.jit(_in_tiles, static_argnums=(2, 3))
_by_width = jax.jit(_in_tiles, static_argnums=3)
