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
    """gamma times the mean entropy of attention rows over log n, to be added to a loss; from 0 to gamma, without unit.

    Parameters
    ----------
    weights : array_like, shape (..., n), or a tree of such arrays
        Rows that sum to 1, keys last, n at least 2. Of a tree (a list, the intermediates of flax) the penalties are
        averaged, so that gamma does not depend on layers, heads or tokens.
    gamma : float, default 0.1
        Strength of the penalty.

    Returns
    -------
    jax.Array
        The penalty.

    Raises
    ------
    ValueError
        For no arrays, rows of one key, weights that `attention_entropy` refuses, a gamma that is negative or not
        finite.

    Notes
    -----
    The gradient is finite where a weight is 0, be it by a mask of -inf, by underflow or by a sparse map. Under jit or
    grad nothing is refused: NaN and negative weights give NaN. Equation 3 of Shihab et al. (2025) sums over rows: their
    gamma is this one over rows times log n.

    References
    ----------
    Shihab, Akter and Sharma (2025). Differentiable entropy regularization for geometry and neural networks.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> import entropylab as lab
    >>> round(float(lab.row_entropy_penalty(jnp.full((4, 8), 0.125), gamma=0.1)), 6)
    0.1
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
