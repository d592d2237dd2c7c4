"""Entropy of a point set cut up by nearest planes, soft (differentiable) and hard: its cells are slabs."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from numpy.typing import ArrayLike

from entropylab.estimators.card import estimator
from entropylab.estimators.partitions.halfspace import checked_planes
from entropylab.estimators.partitions.points import (
    entropy_of_cells,
    map_point_blocks,
    nearest,
    warn_of_rounding,
    warn_ties,
)
from entropylab.knobs import Knob
from entropylab.numerics.partitions.assignments import compile_partition, to_padded_columns
from entropylab.numerics.partitions.links import SOFTMAX
from entropylab.numerics.partitions.scores import by_planes, slab_scores
from entropylab.numerics.validation import check, ranges
from entropylab.numerics.validation.tracing import keep_float64

__all__ = ["slab_partition", "slab_memberships", "hard_slab_partition", "slab_cells"]

SHARPNESS = Knob(
    r"\alpha", "How fast a share falls with the distance from a plane: low blurs the cells, high is the nearest plane.",
    10.0, 0.1, 1000.0, scale="log", harder="up", name="sharpness",
)  # fmt: skip


def _local(points, normals, offsets, *, sharpness=10.0):
    """-sum_j p_ij log q_j of every point in nats."""
    points, n, planes = _checked(points, normals, offsets, sharpness)
    return _surprises(points, n, *planes, sharpness)[:n]


@estimator(
    quantity="partition entropy",
    takes="points halfspaces",
    formula=r"H = -\sum_{j=1}^{m} q_j \ln q_j, \quad q_j = \frac{1}{n} \sum_{i=1}^{n}"
    r" \frac{\exp(-\alpha \left| n_j \cdot x_i - b_j \right|)}"
    r"{\sum_{l=1}^{m} \exp(-\alpha \left| n_l \cdot x_i - b_l \right|)}",
    reference="shihab2025",
    bias="towards log m where cells blur into each other; the hard entropy as sharpness grows",
    cost="n m d",
    differentiable=True,
    kind="traced",
    relaxes="hard_slab_partition",
    knobs={"sharpness": SHARPNESS},
    aliases=("nearest plane entropy",),
    local=_local,
)
def slab_partition(
    points: ArrayLike, normals: ArrayLike, offsets: ArrayLike, *, sharpness: float = 10.0
) -> float | Float[Array, ""]:
    """Entropy in nats of the masses of soft nearest-plane cells.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points, in the unit of the data.
    normals : array_like, shape (m, d)
        Normals of the planes n_t . x = b_t; of any length above 0.
    offsets : array_like, shape (m,)
        Offsets b_t of the planes.

    Returns
    -------
    float or jax.Array
        The entropy in nats, from 0 to log m; a JAX scalar for JAX arrays.

    Raises
    ------
    ValueError
        For wrong shapes, NaN, a normal of length 0, sharpness that is not above 0.

    Warns
    -----
    EstimateWarning
        Where rounding of the points blurs a boundary.

    Notes
    -----
    p_ij = softmax_j(-alpha |n_j . x_i - b_j|): plane j is n_j . x = b_j, as in `halfspace_partition`. Appendix B.2 of
    [1]_ prints |n_j . x + b_j|, the opposite sign of b, and calls the cells halfspaces, but the absolute value makes
    them slabs around the planes: a point and its mirror image in a plane are equally near to it. Distances are in units
    of n . x. Differentiable, with slope 0 for a point on its plane; memory O(n d).

    Examples
    --------
    Two planes x = 0 and x = 2, and a point near each: one bit.

    >>> import numpy as np
    >>> import entropylab as lab
    >>> round(lab.slab_partition([0.1, 2.1], [[1.0], [1.0]], [0.0, 2.0], sharpness=50.0) / np.log(2), 9).item()
    1.0
    """
    points, n, planes = _checked(points, normals, offsets, sharpness)
    return _entropy(points, n, *planes, sharpness)


@keep_float64
@check.check_knob_types
def slab_memberships(
    points: ArrayLike, normals: ArrayLike, offsets: ArrayLike, *, sharpness: float = 10.0
) -> Float[Array, "n m"]:
    """Membership p_ij of point i in the slab of plane j, without unit; rows sum to 1.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points, in the unit of the data.
    normals : array_like, shape (m, d)
        Normals of the planes n_t . x = b_t; of any length above 0.
    offsets : array_like, shape (m,)
        Offsets b_t of the planes.
    sharpness : float, default 10.0
        As `slab_partition`.

    Returns
    -------
    jax.Array, shape (n, m)
        The memberships.

    Raises
    ------
    ValueError
        As `slab_partition`.

    Notes
    -----
    The hard counterpart is `slab_cells`.

    References
    ----------
    Shihab, Akter and Sharma (2025). Differentiable entropy regularization for geometry and neural networks.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.slab_memberships([1.0], [[1.0], [1.0]], [0.0, 2.0]).tolist()
    [[0.5, 0.5]]
    """
    points, n, planes = _checked(points, normals, offsets, sharpness)
    return _shares(points, n, *planes, sharpness)[:, :n].T


@estimator(
    quantity="partition entropy",
    takes="points halfspaces",
    formula=r"H = -\sum_{j=1}^{m} p_j \ln p_j, \quad"
    r" p_j = \frac{1}{n} \left| \{ i : j = \arg\min_l \left| n_l \cdot x_i - b_l \right| \} \right|",
    reference="shihab2025",
    bias="none for these points; as an estimate for their population negative, about (filled cells - 1) / (2 n)",
    cost="n m d",
    differentiable=False,
    kind="host",
    aliases=("hard nearest plane entropy",),
)
def hard_slab_partition(points: ArrayLike, normals: ArrayLike, offsets: ArrayLike) -> float:
    """Entropy in nats of the shares of points for which |n_j . x - b_j| is least.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points, in the unit of the data.
    normals : array_like, shape (m, d)
        Normals of the planes n_t . x = b_t; of any length above 0.
    offsets : array_like, shape (m,)
        Offsets b_t of the planes.

    Returns
    -------
    float
        The entropy in nats.

    Raises
    ------
    ValueError
        For wrong shapes, NaN, a normal of length 0.

    Warns
    -----
    EstimateWarning
        Of points equally near to several planes, which count for the one of lowest index.

    Notes
    -----
    The limit of `slab_partition` as alpha grows. Computed in float64.

    Examples
    --------
    >>> import math
    >>> import entropylab as lab
    >>> lab.hard_slab_partition([0.1, 2.1], [[1.0], [1.0]], [0.0, 2.0]) == math.log(2)
    True
    """
    cells, ties = _nearest(points, normals, offsets)
    warn_ties(ties, len(cells))
    return entropy_of_cells(cells)


def slab_cells(points: ArrayLike, normals: ArrayLike, offsets: ArrayLike) -> Int[np.ndarray, " n"]:
    """Index of the plane nearest to each point, without unit; the lowest of equals.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points, in the unit of the data.
    normals : array_like, shape (m, d)
        Normals of the planes n_t . x = b_t; of any length above 0.
    offsets : array_like, shape (m,)
        Offsets b_t of the planes.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        The indices.

    Raises
    ------
    ValueError
        As `hard_slab_partition`.

    Notes
    -----
    Distances are |n_j . x - b_j|, in float64.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.slab_cells([0.1, 2.1], [[1.0], [1.0]], [0.0, 2.0]).tolist()
    [0, 1]
    """
    return _nearest(points, normals, offsets)[0]


def _nearest(points, normals, offsets):
    points, normals, offsets = checked_planes(True, points, normals, offsets)
    return map_point_blocks(lambda block: nearest(np.abs(block @ normals.T - offsets)), points, len(normals))


def _checked(points, normals, offsets, sharpness):
    """Points in columns, how many count, and normals and offsets."""
    points, *planes = checked_planes(False, points, normals, offsets)
    ranges.positive("sharpness", sharpness, points.dtype, "10 is the default; the larger, the harder the cells.")
    if not check.is_traced(sharpness):
        warn_of_rounding(points, planes[0], 1 / float(sharpness))
    return to_padded_columns(points), points.shape[0], planes


def _cells(run, points, n, normals, offsets, sharpness):
    sharpness = jnp.asarray(sharpness, points.dtype)
    with_planes = lambda points, offsets: run(SOFTMAX, slab_scores, (sharpness * normals, sharpness * offsets), points)  # noqa: E731
    return by_planes(with_planes, points, n, normals, offsets, 1 / sharpness)


_entropy, _surprises, _shares = compile_partition(_cells)
