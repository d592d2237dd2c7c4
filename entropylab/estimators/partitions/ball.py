"""Entropy of a point set cut up by anchors: soft (differentiable) and hard (nearest anchor)."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from numpy.typing import ArrayLike
from scipy.special import xlogy

from entropylab.estimators.card import estimator
from entropylab.estimators.partitions.points import (
    checked_points,
    entropy_of_cells,
    host_points,
    map_point_blocks,
    nearest,
    warn_ties,
)
from entropylab.kernels.partitions_numba import MAX_ANCHORS, ball_masses_numba
from entropylab.kernels.partitions_vjp import ball_masses
from entropylab.kernels.simd.to_jax import to_jax
from entropylab.knobs import Knob
from entropylab.numerics.discrete.simplex import entropy
from entropylab.numerics.partitions.assignments import cross_entropies, memberships, soft_entropy, to_padded_columns
from entropylab.numerics.partitions.links import SOFTMAX
from entropylab.numerics.partitions.scores import anchor_scores
from entropylab.numerics.validation import check, ranges
from entropylab.numerics.validation.tracing import keep_float64

__all__ = ["ball_partition", "ball_memberships", "hard_ball_partition", "ball_cells"]

SHARPNESS = Knob(
    r"\alpha", "How fast a share falls with the squared distance: low blurs the cells, high is the nearest anchor.",
    10.0, 0.1, 1000.0, scale="log", harder="up", name="sharpness",
)  # fmt: skip


def _local(points, anchors, *, sharpness=10.0):
    """-sum_j p_ij log q_j of every point in nats."""
    points, n, anchors = _checked(points, anchors, sharpness)
    return _surprises(points, n, anchors, sharpness)[:n]


@estimator(
    quantity="partition entropy",
    takes="points anchors",
    formula=r"H = -\sum_{j=1}^{k} q_j \ln q_j, \quad q_j = \frac{1}{n} \sum_{i=1}^{n}"
    r" \frac{\exp(-\alpha \lVert x_i - c_j \rVert^2)}{\sum_{l=1}^{k} \exp(-\alpha \lVert x_i - c_l \rVert^2)}",
    reference="shihab2025",
    bias="towards log k where cells blur into each other; the hard entropy as sharpness grows",
    cost="n k d",
    differentiable=True,
    kind="traced",
    relaxes="hard_ball_partition",
    knobs={"sharpness": SHARPNESS},
    aliases=("differentiable entropy", "h_diff"),
    local=_local,
)
def ball_partition(points: ArrayLike, anchors: ArrayLike, *, sharpness: float = 10.0) -> float | Float[Array, ""]:
    """Entropy in nats of the shares q_j that soft nearest-anchor cells have of the points: H_diff.

    p_ij = softmax_j(-alpha |x_i - c_j|^2), q_j their mean over points. `points` (n, d) and `anchors` (k, d), or
    (n,) and (k,). From 0 (all in one cell) to log k. Differentiable in points, anchors and sharpness; memory
    O(n d). Scaling points and anchors by s is the same as sharpness times s^2: at fixed sharpness it is not
    invariant to scale. Minimising it over anchors collapses all mass into one cell, whatever the points; take
    anchors from k-means. The gradient is
    dH/dc_j = (2 alpha / n) sum_i p_ij (sum_l p_il log q_l - log q_j) (x_i - c_j).
    Warns where anchors coincide. Errors: ValueError for wrong shapes, NaN, numbers whose squares overflow,
    sharpness <= 0.
    Source: seed 002, equation 1; the gradient printed in its appendix B.1 is not that of this function.
    """
    points, anchors = _validated_points(points, anchors, sharpness)
    if _ball_entropy_simd(points, anchors):
        if check.is_traced(points, anchors, sharpness):
            return _compiled_entropy(points, anchors, sharpness)
        masses = ball_masses_numba(np.asarray(points), np.asarray(anchors), float(sharpness))
        if masses is not None:
            return to_jax(np.float32(-xlogy(masses, masses).sum()))
    return _entropy(to_padded_columns(points), points.shape[0], anchors, sharpness)


@keep_float64
@check.check_knob_types
def ball_memberships(points: ArrayLike, anchors: ArrayLike, *, sharpness: float = 10.0) -> Float[Array, "n k"]:
    """Share p_ij of point i that the soft cell of anchor j takes; rows sum to 1, without unit.

    Demands and errors as `ball_partition`; the hard twin is `ball_cells`.
    """
    points, n, anchors = _checked(points, anchors, sharpness)
    return _shares(points, n, anchors, sharpness)[:, :n].T


@estimator(
    quantity="partition entropy",
    takes="points anchors",
    formula=r"H = -\sum_{j=1}^{k} p_j \ln p_j, \quad"
    r" p_j = \frac{1}{n} \left| \{ i : j = \arg\min_l \lVert x_i - c_l \rVert \} \right|",
    reference="shihab2025",
    bias="none for these points; as an estimate for their population negative, about (filled cells - 1) / (2 n)",
    cost="n k d",
    differentiable=False,
    kind="host",
    aliases=("nearest anchor entropy",),
)
def hard_ball_partition(points: ArrayLike, anchors: ArrayLike) -> float:
    """Entropy in nats of the shares of points that are nearest to each anchor.

    `points` (n, d), `anchors` (k, d), or (n,) and (k,); float64. A point equally near to several anchors goes to
    the one of lowest index, with a warning that says how many do.
    Errors: ValueError for wrong shapes, NaN.
    Source: seed 002, equation 1 as alpha grows.
    """
    cells, ties = _nearest(points, anchors)
    warn_ties(ties, len(cells))
    return entropy_of_cells(cells)


def ball_cells(points: ArrayLike, anchors: ArrayLike) -> Int[np.ndarray, " n"]:
    """Index of the anchor nearest to each point, the lowest of equals; without unit.

    Demands and errors as `hard_ball_partition`.
    """
    return _nearest(points, anchors)[0]


def _nearest(points, anchors):
    from scipy.spatial.distance import cdist

    points, anchors = host_points(points, anchors=anchors)
    # a power of two changes no digit, and no square under- or overflows
    scale = -np.frexp(max(np.abs(points).max(), np.abs(anchors).max()))[1]
    points, anchors = np.ldexp(points, scale), np.ldexp(anchors, scale)
    return map_point_blocks(lambda block: nearest(cdist(block, anchors, "sqeuclidean")), points, len(anchors))


def _checked(points, anchors, sharpness):
    """Points in columns, how many count, and the anchors."""
    points, anchors = _validated_points(points, anchors, sharpness)
    return to_padded_columns(points), points.shape[0], anchors


def _validated_points(points, anchors, sharpness):
    """Points and anchors in one type of float."""
    points, anchors = checked_points(points, anchors=anchors)
    ranges.positive("sharpness", sharpness, points.dtype, "10 is the default; the larger, the harder the cells.")
    if not check.is_traced(anchors) and len(set(map(tuple, np.asarray(anchors).tolist()))) < len(anchors):
        check.warn(
            "some anchors coincide: they halve a cell's share between them at every sharpness, which adds up to log 2 "
            "to the entropy and which the hard entropy does not see."
        )
    return points, anchors


def _ball_entropy_simd(points, anchors):
    """True where compiled code of the host is there for the masses."""
    return points.dtype == jnp.float32 and len(anchors) <= MAX_ANCHORS and jax.default_backend() == "cpu"


@jax.jit
def _compiled_entropy(points, anchors, sharpness):
    return entropy(ball_masses(points, anchors, jnp.asarray(sharpness, points.dtype)))


@jax.jit
def _entropy(points, n, anchors, sharpness):
    sharpness = jnp.asarray(sharpness, points.dtype)
    return anchor_scores(lambda *cells: soft_entropy(SOFTMAX, *cells, n), points, n, anchors, sharpness)


@jax.jit
def _surprises(points, n, anchors, sharpness):
    sharpness = jnp.asarray(sharpness, points.dtype)
    return anchor_scores(lambda *cells: cross_entropies(SOFTMAX, *cells, n), points, n, anchors, sharpness)


@jax.jit
def _shares(points, n, anchors, sharpness):
    sharpness = jnp.asarray(sharpness, points.dtype)
    return anchor_scores(lambda *cells: memberships(SOFTMAX, *cells), points, n, anchors, sharpness)
