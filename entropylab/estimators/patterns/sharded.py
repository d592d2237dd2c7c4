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
    """`soft_match` in nats, its samples spread over `devices` (all that JAX finds unless told).

    Each device holds its share of the samples, one visiting share and a tile; differentiable as `soft_match`, whose
    demands and errors these are. On one device it visits every pair twice, and `soft_match` is the faster.
    """
    states = checked_states(states)
    ranges.positive("bandwidth", bandwidth, states.dtype, "choose a positive value.")
    patterns = soft_binarize(states, temperature=temperature)
    patterns, scale = kernel_scale(patterns, jnp.asarray(bandwidth, patterns.dtype))
    return jnp.log(states.shape[0]) - log_kernel_sums_sharded(patterns, scale, devices).mean()
