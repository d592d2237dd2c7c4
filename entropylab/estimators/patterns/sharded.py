"""Soft reproducibility entropy of more samples than one device holds."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float
from numpy.typing import ArrayLike

from entropylab.estimators.patterns.entropy import checked_states, soft_binarize
from entropylab.numerics.discrete.relaxations import kernel_scale
from entropylab.numerics.kernel_sums.sharded import log_kernel_sums_sharded
from entropylab.numerics.validation import check, ranges
from entropylab.numerics.validation.tracing import keep_float64

__all__ = ["soft_match_across"]


@keep_float64
@check.check_knob_types
def soft_match_across(
    states: ArrayLike, *, temperature: float = 10.0, bandwidth: float = 0.5, devices=None
) -> Float[Array, ""]:
    """`soft_match` in nats, with its samples distributed over devices.

    Parameters
    ----------
    states : array_like, shape (n, d)
        States of n samples of d cells, from 0 to 1; at least 2 samples.
    temperature : float, default 10.0
        As `soft_match`.
    bandwidth : float, default 0.5
        As `soft_match`.
    devices : sequence of jax.Device, optional
        All that JAX finds by default.

    Returns
    -------
    jax.Array
        The estimate in nats.

    Raises
    ------
    ValueError
        As `soft_match`.

    Notes
    -----
    Each device holds its share of the samples, one share of another device and a tile; differentiable as `soft_match`.
    On one device it visits every pair twice, and `soft_match` is faster.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> states = np.random.default_rng(0).uniform(size=(20, 3))
    >>> round(float(lab.soft_match_across(states)) - lab.soft_match(states), 9) + 0.0
    0.0
    """
    states = checked_states(states)
    ranges.positive("bandwidth", bandwidth, states.dtype, "choose a positive value.")
    patterns = soft_binarize(states, temperature=temperature)
    patterns, scale = kernel_scale(patterns, jnp.asarray(bandwidth, patterns.dtype))
    return jnp.log(states.shape[0]) - log_kernel_sums_sharded(patterns, scale, devices).mean()
