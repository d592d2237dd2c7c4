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
    """Entropy in nats of the masses q_j of soft nearest-anchor cells: H_diff.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points, in the unit of the data.
    anchors : array_like, shape (k, d) or (k,)
        Anchors of the cells.

    Returns
    -------
    float or jax.Array
        The entropy in nats, from 0 to log k; a JAX scalar for JAX arrays.

    Raises
    ------
    ValueError
        For wrong shapes, NaN, numbers whose squares overflow, sharpness that is not above 0.

    Warns
    -----
    EstimateWarning
        Where anchors coincide.

    Notes
    -----
    p_ij = softmax_j(-alpha |x_i - c_j|^2), and q_j is their mean over points (equation 1 of [1]_). Differentiable in
    points, anchors and sharpness; memory O(n d). Scaling points and anchors by s is the same as multiplying the
    sharpness by s^2: at fixed sharpness it is not invariant to scale. Minimising it over anchors collapses all mass
    into one cell, whatever the points; take anchors from k-means. The gradient is dH/dc_j = (2 alpha / n) sum_i p_ij
    (sum_l p_il log q_l - log q_j) (x_i - c_j); the one printed in appendix B.1 of [1]_ is not that of this function.

    Examples
    --------
    Two separate pairs of points and their anchors, one bit:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> round(lab.ball_partition([0.0, 0.1, 9.0, 9.1], [0.0, 9.0]) / np.log(2), 9).item()
    1.0
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
    """Membership p_ij of point i in the soft cell of anchor j, without unit; rows sum to 1.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points, in the unit of the data.
    anchors : array_like, shape (k, d) or (k,)
        Anchors of the cells.
    sharpness : float, default 10.0
        As `ball_partition`.

    Returns
    -------
    jax.Array, shape (n, k)
        The memberships.

    Raises
    ------
    ValueError
        As `ball_partition`.

    Notes
    -----
    The hard counterpart is `ball_cells`.

    References
    ----------
    Shihab, Akter and Sharma (2025). Differentiable entropy regularization for geometry and neural networks.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.ball_memberships([0.5], [0.0, 1.0]).tolist()
    [[0.5, 0.5]]
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

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points, in the unit of the data.
    anchors : array_like, shape (k, d) or (k,)
        Anchors of the cells.

    Returns
    -------
    float
        The entropy in nats.

    Raises
    ------
    ValueError
        For wrong shapes, NaN.

    Warns
    -----
    EstimateWarning
        Of points equally near to several anchors, which count for the one of lowest index.

    Notes
    -----
    The limit of `ball_partition` as alpha grows. Computed in float64.

    Examples
    --------
    >>> import math
    >>> import entropylab as lab
    >>> lab.hard_ball_partition([0.0, 0.1, 9.0, 9.1], [0.0, 9.0]) == math.log(2)
    True
    """
    cells, ties = _nearest(points, anchors)
    warn_ties(ties, len(cells))
    return entropy_of_cells(cells)


def ball_cells(points: ArrayLike, anchors: ArrayLike) -> Int[np.ndarray, " n"]:
    """Index of the anchor nearest to each point, without unit; the lowest of equals.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points, in the unit of the data.
    anchors : array_like, shape (k, d) or (k,)
        Anchors of the cells.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        The indices.

    Raises
    ------
    ValueError
        As `hard_ball_partition`.

    Notes
    -----
    Squared distances are taken by differences, in float64.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.ball_cells([0.0, 0.1, 9.0], [0.0, 9.0]).tolist()
    [0, 0, 1]
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
