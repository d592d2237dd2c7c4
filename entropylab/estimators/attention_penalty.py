"""The row-entropy penalty for the attention weights of any JAX transformer."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from entropylab.numerics import check, simplex
from entropylab.numerics.tracing import keep_float64

__all__ = ["row_entropy_penalty"]


@keep_float64
@check.check_knob_types
def row_entropy_penalty(weights, *, gamma: float = 0.1) -> Float[Array, ""]:
    """gamma times the mean entropy of rows of attention over log n, to be added to a loss; from 0 to gamma, no unit.

    `weights` (..., n) rows that sum to 1, keys last; or a tree of such arrays (a list, flax's intermediates), whose
    penalties are averaged, so that gamma does not depend on layers, heads or tokens. The gradient is finite where a
    weight is 0, be it by a mask of -inf, by underflow or by a sparse map.
    Needs at least 2 keys. Errors: ValueError for no arrays, rows of one key, a gamma that is negative or not finite.
    Source: seed 002, equation 3, which sums over rows: its gamma is this one over rows times log n.
    """
    arrays = [check.floating(leaf, "weights") for leaf in jax.tree.leaves(weights)]
    if not arrays or any(leaf.ndim == 0 or leaf.shape[-1] < 2 for leaf in arrays):
        raise ValueError(
            f"weights must hold rows (..., n) of at least 2 keys: got shapes {[leaf.shape for leaf in arrays]}; pass "
            "the attention weights after the softmax."
        )  # fmt: skip
    if not check.is_traced(gamma) and not (math.isfinite(gamma) and gamma >= 0):
        raise ValueError(f"gamma must be a number from 0 up: got {gamma!r}; a negative one rewards uniform attention.")
    means = [simplex.entropy(leaf).mean() / math.log(leaf.shape[-1]) for leaf in arrays]
    return gamma * jnp.stack(means).mean()
