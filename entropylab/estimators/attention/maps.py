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

    max(z - tau, 0) with the tau that makes the row sum to 1, exact. Few weights are positive, the others are 0 with
    no gradient. A logit of -inf is masked: weight 0. Differentiable in forward and reverse mode; at a logit equal
    to tau, where there is a kink, the slope of weight 0.
    Errors: ValueError for NaN, +inf, a row of which every logit is -inf.
    Source: Martins and Astudillo (2016).
    """
    return _in_wide_floats(_sparsemax, *_checked_logits(logits))


@keep_float64
def entmax15(logits: ArrayLike) -> Float[Array, "*rows n"]:
    """Weights of every row by 1.5-entmax, without unit: half-way between softmax and sparsemax.

    max(z / 2 - tau, 0)^2 with the tau that makes the row sum to 1, to the last digits: smooth, and exactly 0 far
    below the largest logit. Masks, gradients and errors as `sparsemax`.
    Source: Peters, Niculae and Martins (2019).
    """
    return _in_wide_floats(_entmax15, *_checked_logits(logits))


@keep_float64
@check.check_knob_types
def threshold_rows(weights: ArrayLike, *, threshold: float = 0.01) -> Float[Array, "*rows n"]:
    """Weights without those below `threshold`, divided by what is left in the row; without unit.

    The largest of a row stays at any threshold (all of them, where several are equal): rows of many alike keys,
    each below the threshold, would else be 0 / 0. Differentiable in the weights that stay.
    Errors: ValueError for rows that are no distributions, a threshold outside [0, 1].
    Source: seed 002, section 5.5.
    """
    weights = checked_rows("weights", weights)
    _share("threshold", threshold)
    return _prune(weights, threshold)


@keep_float64
def top_k(weights: ArrayLike, k: int) -> Float[Array, "*rows n"]:
    """The k largest weights of every row, divided by their sum, the others 0; without unit.

    Of equal weights at the edge those of lowest index stay, so that never more than k do. All stay where k >= n.
    Differentiable in the weights that stay.
    Errors: ValueError for rows that are no distributions, k not a whole number from 1 up.
    Source: seed 002, section 5.5.
    """
    weights = checked_rows("weights", weights)
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise ValueError(f"keep_top needs a whole number of keys k >= 1: got k={k!r}; 1 keeps the largest.")
    return _keep_top(weights, min(int(k), weights.shape[-1]))


@keep_float64
@check.check_knob_types
def sparsity(weights: ArrayLike, *, threshold: float = 0.0) -> Float[Array, ""]:
    """Share of weights that are 0 or below `threshold`, over all rows: from 0 to 1, without unit.

    What `threshold_rows` drops at this threshold, but for rows of which the largest weight is below it.
    Errors: ValueError for rows that are no distributions, a threshold outside [0, 1].
    """
    weights = checked_rows("weights", weights)
    _share("threshold", threshold)
    return _sparsity(weights, threshold)


@keep_float64
def attention_rollout(layers: ArrayLike) -> Float[Array, "*batch n n"]:
    """How much of each input token reaches each output token through all layers, without unit; rows sum to 1.

    The product of A / 2 + I / 2 over layers, the last one on the left: half of every token goes past attention.
    `layers` (L, ..., n, n), first layer first, heads averaged before.
    Errors: ValueError for tables that are not square, layers of different shapes, rows that are no distributions.
    Source: Abnar and Zuidema (2020).
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
    """Intersection over union of two masks, from 0 to 1 without unit: of all that either marks, what both do.

    `a` and `b` are boolean (or hold 0 and 1) and of one shape.
    Errors: ValueError for other values, shapes that differ, masks that mark nothing (0 / 0).
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
    return np.count_nonzero(a.astype(bool) & b.astype(bool)) / either


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
