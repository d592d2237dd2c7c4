"""Entropies of rows of attention: of the weights, of their mass over cells of positions, and from queries and keys."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float
from numpy.typing import ArrayLike

from entropylab.estimators.card import estimator
from entropylab.estimators.partitions.ball import ball_memberships
from entropylab.numerics.attention.row_entropy import batched_row_entropies
from entropylab.numerics.discrete import simplex
from entropylab.numerics.validation import check, ranges
from entropylab.numerics.validation.containers import as_real_array
from entropylab.numerics.validation.tracing import keep_float64

__all__ = ["attention_entropy", "attention_ball_entropy", "attention_entropy_from_qk"]

# How far from 1 a row may sum: the rounding of a softmax. Rows in float64 may have come from float32.
ROUNDING = {"float64": 1e-5, "float32": 1e-4, "float16": 1e-2, "bfloat16": 1e-1}


@estimator(
    quantity="row entropy",  # of a distribution, not of samples: nothing for the facade
    takes="rows",
    formula=r"H_i = -\sum_{j=1}^{N} A_{ij} \ln A_{ij}",
    reference="shannon1948",
    bias="none: the weights are the distribution",
    cost="N for each row",
    differentiable=True,
    kind="traced",
    aliases=("entropy of attention",),
)
def attention_entropy(weights: ArrayLike) -> Float[Array, "*rows"]:
    """Shannon entropy in nats of every row of attention: from 0 (one key) to log n (all keys alike).

    Parameters
    ----------
    weights : array_like, shape (..., n)
        Rows of attention: not negative, keys last, each row summing to 1.

    Returns
    -------
    float or jax.Array, shape (...)
        One number a row: a scalar for a single row (n,), (heads, N) for (heads, N, N).

    Raises
    ------
    ValueError
        For negative weights, NaN, rows that do not sum to 1 (to 1e-5 in float64, 1e-4 in float32).

    Notes
    -----
    A weight of 0 adds nothing and has gradient 0, where the slope is infinite. It is the reading of section 4.3 of
    Shihab et al. (2025) as the entropy of the row itself.

    Examples
    --------
    >>> import math
    >>> import entropylab as lab
    >>> lab.attention_entropy([0.5, 0.5, 0.0]) == math.log(2)
    True
    """
    return _entropy(checked_rows("weights", weights))


@keep_float64
@check.check_knob_types
def attention_ball_entropy(
    weights: ArrayLike,
    positions: ArrayLike,
    anchors: ArrayLike,
    *,
    sharpness: float = 5.0,
) -> Float[Array, "*rows"]:
    """Entropy in nats of the mass of each attention row, pooled over soft cells of the key positions.

    Parameters
    ----------
    weights : array_like, shape (..., n)
        Rows of attention: not negative, keys last, each row summing to 1.
    positions : array_like, shape (n, d)
        Positions of the keys.
    anchors : array_like, shape (k, d)
        Anchors of the cells.
    sharpness : float, default 5.0
        alpha, of the cells.

    Returns
    -------
    jax.Array, shape (...)
        One number a row, from 0 to log k.

    Raises
    ------
    ValueError
        For wrong shapes, NaN, rows that do not sum to 1, sharpness that is not above 0.

    Notes
    -----
    q_ia = sum_j A_ij p_ja with p_ja = softmax_a(-alpha |x_j - c_a|^2), then -sum_a q_ia log q_ia: equation 1 of Shihab
    et al. with the attention weights in place of 1/n; of the readings of their H_diff(A_i) the one that is an entropy
    of the row. It measures the spread over cells only: with hard cells the entropy of the row is this one plus the mean
    entropy within cells. Soft cells keep it above min_j H(p_j), even for a row of one key. Differentiable in all
    arguments.

    References
    ----------
    Shihab, Akter and Sharma (2025). Differentiable entropy regularization for geometry and neural networks.

    Examples
    --------
    >>> import math
    >>> import entropylab as lab
    >>> weights, positions = [0.5, 0.5], [[0.0], [9.0]]
    >>> round(float(lab.attention_ball_entropy(weights, positions, positions)) - math.log(2), 6) + 0.0
    0.0
    """
    weights = checked_rows("weights", weights)
    shares = ball_memberships(as_real_array("positions", positions), anchors, sharpness=sharpness)
    if shares.shape[0] != weights.shape[-1]:
        raise ValueError(
            f"positions must be one for each key: got {shares.shape[0]} positions for rows of {weights.shape[-1]} "
            "weights; leave out tokens without a position, and their weights, before."
        )
    return _pooled_entropy(weights, shares)


@keep_float64
@check.check_knob_types
def attention_entropy_from_qk(
    queries: ArrayLike,
    keys: ArrayLike,
    *,
    scale: float | None = None,
    causal: bool = False,
) -> Float[Array, "*batch n"]:
    """Entropy in nats of every row of softmax(scale Q K^T), with only one tile of it in memory.

    Parameters
    ----------
    queries : array_like, shape (..., n, d)
        Queries; leading axes (heads, a batch) are processed one after the other.
    keys : array_like, shape (..., m, d)
        Keys.
    scale : float, optional
        Factor of the scores, 1 / sqrt(d) by default.
    causal : bool, default False
        Whether query i sees the keys up to i only, for n = m.

    Returns
    -------
    jax.Array, shape (..., n)
        One number a row.

    Raises
    ------
    ValueError
        For shapes that do not fit, NaN, a scale that is not finite, scores beyond the square of the largest float,
        causal with n != m.

    Notes
    -----
    H_i = lse_i - sum_j p_ij s_ij; memory O((n + m) d), forward and backward, where the table takes n m. Differentiable
    in queries, keys and scale (reverse mode). Scores may overflow: their differences count.

    References
    ----------
    Dao, Fu, Ermon, Rudra and Re (2022). FlashAttention (for the recomputation in the backward pass).

    Examples
    --------
    >>> import math
    >>> import entropylab as lab
    >>> round(float(lab.attention_entropy_from_qk([[0.0]], [[1.0], [2.0]])[0]) - math.log(2), 6) + 0.0
    0.0
    """
    queries, keys = _checked_pair(queries, keys)
    causal = check.flag("causal", causal)
    if causal and queries.shape[-2] != keys.shape[-2]:
        raise ValueError(
            f"causal attention needs as many queries as keys: got {queries.shape[-2]} and {keys.shape[-2]}; "
            "pass both of one sequence."
        )
    if scale is None:
        scale = 1 / math.sqrt(queries.shape[-1])
    ranges.real("scale", scale, "None is 1 / sqrt(d).")
    if not check.is_traced(queries, keys, scale):
        _refuse_scores_out_of_reach(np.asarray(queries), np.asarray(keys), float(scale))
    return (_causal_entropies if causal else _all_entropies)(queries, keys, scale)


def checked_rows(name: str, weights) -> jax.Array:
    """`weights` (..., n) as floats of at least 32 bits; rows that are no distributions are refused."""
    rounding = ROUNDING.get(str(getattr(weights, "dtype", "float64")).removeprefix("torch."), ROUNDING["float64"])
    weights = as_real_array(name, weights)
    if weights.ndim == 0 or weights.size == 0:
        raise ValueError(f"{name} must have shape (..., n), keys last, and some: got {weights.shape}; add an axis.")
    check.require_finite(name, weights)
    if not check.is_traced(weights):
        _refuse_other_than_distributions(name, np.asarray(weights), rounding)
    return check.as_float(weights, name)


def _refuse_other_than_distributions(name, weights, rounding):
    """By NumPy, which traces nothing where the concrete weights lie inside somebody's jit."""
    least, off = float(weights.min()), float(np.abs(weights.sum(-1) - 1).max())
    if least < 0:
        raise ValueError(f"{name} must be at least 0: got {least:g}; take the softmax of scores before.")
    if off > rounding:
        raise ValueError(
            f"{name} must sum to 1 in every row (to {rounding:g}): got a row that is off by {off:g}; divide rows by "
            "their sums."
        )


def _checked_pair(queries, keys):
    queries, keys = as_real_array("queries", queries), as_real_array("keys", keys)
    for name, x in {"queries": queries, "keys": keys}.items():
        if x.ndim < 2 or x.size == 0:
            raise ValueError(f"{name} must have shape (..., n, d), none of them 0: got {x.shape}; add an axis.")
        check.require_finite(name, x)
    queries, keys = check.as_float(queries, "queries"), check.as_float(keys, "keys")
    if queries.shape[-1] != keys.shape[-1] or queries.shape[:-2] != keys.shape[:-2]:
        raise ValueError(
            f"queries and keys must have the same leading axes and as many columns: got shapes {queries.shape} and "
            f"{keys.shape}; repeat the keys of grouped heads."
        )
    kind = jnp.result_type(jnp.float32, queries, keys)
    return queries.astype(kind), keys.astype(kind)


def _refuse_scores_out_of_reach(queries, keys, scale):
    """Demand scores that fit the float range twice over, as those that overflow are computed in a unit of their own."""
    size = [math.frexp(max(float(x.max()), -float(x.min())))[1] for x in (queries, keys)]
    size.append(math.frexp(scale)[1])
    most = np.finfo(queries.dtype).maxexp
    if size[0] + size[2] > most - 2 or sum(size) + queries.shape[-1].bit_length() > 2 * most - 10:
        raise ValueError(
            f"scale times queries times keys must be below 2^{2 * most - 10}, and scale times queries below "
            f"2^{most - 2}, in {queries.dtype}: got numbers up to 2^{size[0]} and 2^{size[1]} at a scale of {scale:g}; "
            "divide both by their largest number, where only the largest scores count."
        )


_entropy = jax.jit(simplex.entropy)


@jax.jit
def _pooled_entropy(weights, shares):
    kind = jnp.result_type(weights, shares)
    return simplex.entropy(jnp.matmul(weights.astype(kind), shares.astype(kind), precision=lax.Precision.HIGHEST))


def _flat(causal, queries, keys, scale):
    *batch, n, d = queries.shape
    pairs = queries.reshape(-1, n, d), keys.reshape(-1, *keys.shape[-2:])
    return batched_row_entropies(*pairs, scale, causal).reshape(*batch, n)


@jax.jit
def _all_entropies(queries, keys, scale):
    return _flat(False, queries, keys, scale)


@jax.jit
def _causal_entropies(queries, keys, scale):
    return _flat(True, queries, keys, scale)
