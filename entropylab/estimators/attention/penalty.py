"""The row-entropy penalty for the attention weights of any JAX transformer."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import ArrayLike

from entropylab.estimators.attention.entropy import checked_rows
from entropylab.numerics.discrete import simplex
from entropylab.numerics.validation import check, ranges
from entropylab.numerics.validation.tracing import keep_float64

__all__ = ["row_entropy_penalty"]


@keep_float64
@check.check_knob_types
def row_entropy_penalty(weights: ArrayLike, *, gamma: float = 0.1) -> Float[Array, ""]:
    """gamma times the mean entropy of rows of attention over log n, to be added to a loss; from 0 to gamma, no unit.

    `weights` (..., n) rows that sum to 1, keys last; or a tree of such arrays (a list, flax's intermediates), whose
    penalties are averaged, so that gamma does not depend on layers, heads or tokens. The gradient is finite where a
    weight is 0, be it by a mask of -inf, by underflow or by a sparse map.
    Needs at least 2 keys. Under jit or grad nothing is refused: NaN and negative weights give NaN.
    Errors: ValueError for no arrays, rows of one key, weights that `attention_entropy` refuses (negative ones, NaN,
    rows that do not sum to 1), a gamma that is negative or not finite.
    Source: seed 002, equation 3, which sums over rows: its gamma is this one over rows times log n.
    """
    leaves = jax.tree.leaves(weights)
    shapes = [np.shape(leaf) for leaf in leaves]
    if not shapes or any(not shape or shape[-1] < 2 for shape in shapes):
        raise ValueError(
            f"weights must hold rows (..., n) of at least 2 keys: got shapes {shapes}; pass the attention weights "
            "after the softmax."
        )
    remedy = "a negative one rewards uniform attention."
    ranges.real("gamma", gamma, remedy, "be a number from 0 up", lambda value: value >= 0)
    arrays = [checked_rows("weights", leaf) for leaf in leaves]
    means = [simplex.entropy(leaf).mean() / math.log(leaf.shape[-1]) for leaf in arrays]
    return gamma * jnp.stack(means).mean()
