"""Rows of attention made sparse and read: sparse softmaxes, pruning, rollout over layers, overlap of masks."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float
from numpy.typing import ArrayLike

from entropylab.estimators.attention.entropy import checked_rows
from entropylab.numerics.attention import pruning, sparse_maps
from entropylab.numerics.validation import check, ranges
from entropylab.numerics.validation.containers import as_numpy, as_real_array
from entropylab.numerics.validation.tracing import keep_float64

__all__ = ["sparsemax", "entmax15", "threshold_rows", "top_k", "sparsity", "attention_rollout", "mask_iou"]


@keep_float64
def sparsemax(logits: ArrayLike) -> Float[Array, "*rows n"]:
    """Weights of every row by sparsemax, without unit: the point of the simplex nearest to the logits.

    Parameters
    ----------
    logits : array_like, shape (..., n)
        Scores; -inf masks a key.

    Returns
    -------
    jax.Array, shape (..., n)
        Weights that sum to 1 in each row.

    Raises
    ------
    ValueError
        For NaN, +inf, a row in which every logit is -inf.

    Notes
    -----
    max(z - tau, 0) with the tau that makes the row sum to 1, exact. Few weights are positive, the others are 0 with no
    gradient. Differentiable in forward and reverse mode; at a logit equal to tau, where there is a kink, the derivative
    is that of weight 0.

    References
    ----------
    Martins and Astudillo (2016). From softmax to sparsemax.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.sparsemax([1.0, 0.5, -3.0]).tolist()
    [0.75, 0.25, 0.0]
    """
    return _in_wide_floats(_sparsemax, *_checked_logits(logits))


@keep_float64
def entmax15(logits: ArrayLike) -> Float[Array, "*rows n"]:
    """Weights of every row by 1.5-entmax, without unit: half-way between softmax and sparsemax.

    Parameters
    ----------
    logits : array_like, shape (..., n)
        Scores; -inf masks a key.

    Returns
    -------
    jax.Array, shape (..., n)
        Weights that sum to 1 in each row.

    Raises
    ------
    ValueError
        As `sparsemax`.

    Notes
    -----
    max(z / 2 - tau, 0)^2 with the tau that makes the row sum to 1, to the last digits: smooth, and exactly 0 far below
    the largest logit. Gradients as `sparsemax`.

    References
    ----------
    Peters, Niculae and Martins (2019). Sparse sequence-to-sequence models.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.entmax15([0.0, 0.0, -9.0]).round(6).tolist()
    [0.5, 0.5, 0.0]
    """
    return _in_wide_floats(_entmax15, *_checked_logits(logits))


@keep_float64
@check.check_knob_types
def threshold_rows(weights: ArrayLike, *, threshold: float = 0.01) -> Float[Array, "*rows n"]:
    """Weights without those below a threshold, renormalised by row, without unit.

    Parameters
    ----------
    weights : array_like, shape (..., n)
        Rows of attention: not negative, keys last, each row summing to 1.
    threshold : float, default 0.01
        Weights below it become 0.

    Returns
    -------
    jax.Array, shape (..., n)
        The weights.

    Raises
    ------
    ValueError
        For rows that are no distributions, a threshold outside [0, 1].

    Notes
    -----
    The largest of a row stays at any threshold (all of them, where several are equal): rows of many equal keys, each
    below the threshold, would otherwise be 0 / 0. Differentiable in the weights that stay (section 5.5 of Shihab et
    al., 2025).

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.threshold_rows([0.5, 0.5, 0.0], threshold=0.1).tolist()
    [0.5, 0.5, 0.0]
    """
    weights = checked_rows("weights", weights)
    _share("threshold", threshold)
    return _prune(weights, threshold)


@keep_float64
def top_k(weights: ArrayLike, k: int) -> Float[Array, "*rows n"]:
    """The k largest weights of every row, divided by their sum, the others 0; without unit.

    Parameters
    ----------
    weights : array_like, shape (..., n)
        Rows of attention: not negative, keys last, each row summing to 1.
    k : int
        Number of weights that stay; all stay where k >= n.

    Returns
    -------
    jax.Array, shape (..., n)
        The weights.

    Raises
    ------
    ValueError
        For rows that are no distributions, k not a whole number from 1 up.

    Notes
    -----
    Of equal weights at the edge those of lowest index stay, so that never more than k do. Differentiable in the weights
    that stay (section 5.5 of Shihab et al., 2025).

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.top_k([0.25, 0.5, 0.25], 1).tolist()
    [0.0, 1.0, 0.0]
    """
    weights = checked_rows("weights", weights)
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise ValueError(f"keep_top needs a whole number of keys k >= 1: got k={k!r}; 1 keeps the largest.")
    return _keep_top(weights, min(int(k), weights.shape[-1]))


@keep_float64
@check.check_knob_types
def sparsity(weights: ArrayLike, *, threshold: float = 0.0) -> Float[Array, ""]:
    """Share of weights that are 0 or below a threshold, over all rows, from 0 to 1, without unit.

    Parameters
    ----------
    weights : array_like, shape (..., n)
        Rows of attention: not negative, keys last, each row summing to 1.
    threshold : float, default 0.0
        Weights below it count.

    Returns
    -------
    jax.Array
        The share.

    Raises
    ------
    ValueError
        For rows that are no distributions, a threshold outside [0, 1].

    Notes
    -----
    It is what `threshold_rows` drops at this threshold, but for rows whose largest weight is below it.

    Examples
    --------
    >>> import entropylab as lab
    >>> float(lab.sparsity([0.5, 0.5, 0.0, 0.0]))
    0.5
    """
    weights = checked_rows("weights", weights)
    _share("threshold", threshold)
    return _sparsity(weights, threshold)


@keep_float64
def attention_rollout(layers: ArrayLike) -> Float[Array, "*batch n n"]:
    """Share of each input token in each output token through all layers, without unit; rows sum to 1.

    Parameters
    ----------
    layers : array_like, shape (L, ..., n, n)
        Attention of the layers, first layer first, heads averaged before.

    Returns
    -------
    jax.Array, shape (..., n, n)
        The rollout.

    Raises
    ------
    ValueError
        For tables that are not square, layers of different shapes, rows that are no distributions.

    Notes
    -----
    The product of A / 2 + I / 2 over layers, the last one on the left: half of every token bypasses attention.

    References
    ----------
    Abnar and Zuidema (2020). Quantifying attention flow in transformers.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.attention_rollout([[[0.0, 1.0], [1.0, 0.0]]]).tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """
    if isinstance(layers, (list, tuple)):
        if len({np.shape(layer) for layer in layers}) != 1:
            raise ValueError(
                f"layers must have one shape: got {sorted({np.shape(layer) for layer in layers})}; pass at least one, "
                "and all of the same tokens."
            )
        shape = len(layers), *np.shape(layers[0])
    else:
        layers = layers if isinstance(layers, (jax.Array, np.ndarray)) else as_real_array("layers", layers)
        shape = layers.shape
    if len(shape) < 3 or shape[-1] != shape[-2]:
        raise ValueError(f"layers must have shape (L, ..., n, n): got {shape}; pass square tables, one for each layer.")
    if isinstance(layers, (list, tuple)):
        return _rollout(jnp.stack([checked_rows("layers", layer) for layer in layers]))
    return _rollout(checked_rows("layers", layers))


def mask_iou(a: ArrayLike, b: ArrayLike) -> float:
    """Intersection over union of two masks, from 0 to 1, without unit.

    Parameters
    ----------
    a, b : array_like
        Masks of one shape: boolean, or 0 and 1.

    Returns
    -------
    float
        The share of the entries marked by either that both mark.

    Raises
    ------
    ValueError
        For other values, shapes that differ, masks that mark nothing (0 / 0).

    Notes
    -----
    Also called the Jaccard index.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.mask_iou([1, 1, 0], [0, 1, 0])
    0.5
    """
    a, b = as_numpy("a", a), as_numpy("b", b)
    for mask in (a, b):
        if mask.dtype.kind not in "biuf" or not np.isin(mask, (0, 1)).all():
            raise ValueError(
                f"masks must hold only 0 and 1: got {_bad_mask_values(mask)}; compare a map with a threshold first."
            )
    if a.shape != b.shape:
        raise ValueError(f"masks must have one shape: got {a.shape} and {b.shape}; bring them to one grid.")
    either = np.count_nonzero(a.astype(bool) | b.astype(bool))
    if not either:
        raise ValueError("masks must mark something: got two empty ones, whose overlap is 0 / 0; leave the pair out.")
    return float(np.count_nonzero(a.astype(bool) & b.astype(bool)) / either)


def _checked_logits(logits):
    """The logits as floats of at least 32 bits, and the type they came in."""
    kind = getattr(logits, "dtype", None)
    logits = as_real_array("logits", logits)
    if logits.ndim == 0 or logits.size == 0:
        raise ValueError(f"logits must have shape (..., n), keys last, and some: got {logits.shape}; add an axis.")
    if not check.is_traced(logits):
        top = np.asarray(logits).max(-1).astype(float)  # NaN and +inf stay, and all -inf is -inf
        if not np.isfinite(top).all():
            raise ValueError(
                f"logits must have a finite largest one in every row: got {top[~np.isfinite(top)][0]}; leave a key "
                "unmasked, and repair NaN."
            )
    return check.as_float(logits, "logits"), kind


def _bad_mask_values(mask):
    """The values of a mask that it must not hold, or their type where they are no numbers."""
    if mask.dtype.kind not in "iuf":
        return f"values of type {mask.dtype}"
    others = np.unique(mask[~np.isin(mask, (0, 1))])
    return ", ".join(f"{value:g}" for value in others[:3])


def _share(name, value):
    ranges.real(name, value, "weights do.", "lie in [0, 1]", lambda number: 0 <= number <= 1)


def _in_wide_floats(function, x, kind):
    """`function(x)`, narrowed to the `kind` of float that x came in."""
    narrow = isinstance(kind, np.dtype) and jnp.issubdtype(kind, jnp.floating) and kind.itemsize < 4
    return function(x).astype(kind) if narrow else function(x)


_sparsemax = jax.jit(sparse_maps.sparsemax)
_entmax15 = jax.jit(sparse_maps.entmax15)


_prune = jax.jit(pruning.prune)
_keep_top = jax.jit(pruning.top_k, static_argnums=1)


@jax.jit
def _sparsity(weights, threshold):
    dropped = (weights < threshold) | (weights == 0)
    return jnp.where(jnp.isnan(weights).any(), jnp.nan, dropped.sum().astype(weights.dtype) / dropped.size)


@jax.jit
def _rollout(layers):
    mixed = (layers + jnp.eye(layers.shape[-1], dtype=layers.dtype)) / 2
    mixed = mixed / mixed.sum(-1, keepdims=True)
    flow = mixed[0]
    for layer in mixed[1:]:
        flow = jnp.matmul(layer, flow, precision=lax.Precision.HIGHEST)
    return flow
