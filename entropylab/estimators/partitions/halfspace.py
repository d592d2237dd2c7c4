"""Entropy of a point set cut up by halfspaces: soft (differentiable) and hard (patterns of signs)."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from numpy.typing import ArrayLike

from entropylab.estimators.card import estimator
from entropylab.estimators.partitions.points import (
    checked_points,
    entropy_of_cells,
    host_points,
    warn_of_rounding,
    warn_on_boundary,
)
from entropylab.knobs import Knob
from entropylab.numerics.partitions.assignments import compile_partition, to_padded_columns
from entropylab.numerics.partitions.links import SIGN_PATTERNS
from entropylab.numerics.partitions.scores import by_planes, linear_scores
from entropylab.numerics.validation import check, ranges
from entropylab.numerics.validation.containers import as_numpy
from entropylab.numerics.validation.tracing import keep_float64

__all__ = ["halfspace_partition", "halfspace_memberships", "hard_halfspace_partition", "halfspace_cells"]

SOFTNESS = Knob(
    r"\tau", "Width of the boundary of a halfspace, in units of n.x: small is a hard cut.",
    0.1, 0.001, 10.0, scale="log", harder="down", name="temperature",
)  # fmt: skip
LARGEST_TABLE = 1 << 27  # shares: 1 GB
MAX_HALFSPACES = 20  # halfspaces: 2^20 masses are 8 MB, and every point has a share in each


def _local(points, normals, offsets, *, temperature=0.1):
    """-sum_a p_ia log q_a of every point in nats."""
    points, n, planes = _checked(points, normals, offsets, temperature)
    return _surprises(points, n, *planes, temperature)[:n]


@estimator(
    quantity="partition entropy",
    takes="points halfspaces",
    formula=r"H = -\sum_{a \in \{0, 1\}^m} q_a \ln q_a, \quad q_a = \frac{1}{n} \sum_{i=1}^{n} \prod_{t=1}^{m}"
    r" \sigma(z_{it})^{a_t} \sigma(-z_{it})^{1 - a_t}, \quad z_{it} = \frac{n_t \cdot x_i - b_t}{\tau}",
    reference="shihab2025",
    bias="mostly positive: every boundary blurs into cells that hold no point; at most partition_certificate",
    cost="n 2^m",
    differentiable=True,
    kind="traced",
    relaxes="hard_halfspace_partition",
    knobs={"temperature": SOFTNESS},
    aliases=("range-aware soft entropy", "h_soft"),
    local=_local,
)
def halfspace_partition(
    points: ArrayLike, normals: ArrayLike, offsets: ArrayLike, *, temperature: float = 0.1
) -> float | Float[Array, ""]:
    """Entropy in nats of the masses of all 2^m patterns of sides, each side soft.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points, in the unit of the data.
    normals : array_like, shape (m, d)
        Normals of the planes n_t . x = b_t; of any length above 0.
    offsets : array_like, shape (m,)
        Offsets b_t of the planes. At most 20 planes.

    Returns
    -------
    float or jax.Array
        The entropy in nats, from 0 to m log 2, also where d dimensions leave fewer cells with points; a JAX scalar for
        JAX arrays.

    Raises
    ------
    ValueError
        For wrong shapes, NaN, a normal of length 0, more than 20 halfspaces, a temperature that is not above 0.

    Warns
    -----
    EstimateWarning
        Where rounding of the points blurs a boundary.

    Notes
    -----
    Point i lies inside halfspace t with probability sigma((n_t . x_i - b_t) / tau), and in a cell with the product of
    these (appendix F.1 of [1]_, with all 2^m cells); they sum to 1 over the cells. The temperature is in units of n .
    x: a length where normals have length 1, and a longer normal is a harder boundary. Differentiable in points,
    normals, offsets and temperature; memory O(n d + 2^m). `partition_certificate` bounds the distance from the hard
    entropy. Far from the origin heights are taken about the middle of the points, so that an offset costs no digits.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> points = [[-1.0, 0.0], [1.0, 0.0]]
    >>> round(lab.halfspace_partition(points, [[1.0, 0.0]], [0.0], temperature=0.01) / np.log(2), 9).item()
    1.0
    """
    points, n, planes = _checked(points, normals, offsets, temperature)
    return _entropy(points, n, *planes, temperature)


@keep_float64
@check.check_knob_types
def halfspace_memberships(
    points: ArrayLike, normals: ArrayLike, offsets: ArrayLike, *, temperature: float = 0.1
) -> Float[Array, "n cells"]:
    """Membership of point i in each of the 2^m cells, without unit; rows sum to 1.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points, in the unit of the data.
    normals : array_like, shape (m, d)
        Normals of the planes n_t . x = b_t; of any length above 0.
    offsets : array_like, shape (m,)
        Offsets b_t of the planes.
    temperature : float, default 0.1
        tau, in units of n . x.

    Returns
    -------
    jax.Array, shape (n, 2^m)
        The memberships. The number of a cell in binary is its pattern: the first halfspace is the leading digit, 1 is
        inside.

    Raises
    ------
    ValueError
        As `halfspace_partition`, and for a table beyond 1 GB.

    Notes
    -----
    The hard counterpart is `halfspace_cells`.

    References
    ----------
    Shihab, Akter and Sharma (2025). Differentiable entropy regularization for geometry and neural networks.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.halfspace_memberships([[0.0, 3.0]], [[1.0, 0.0]], [0.0]).tolist()
    [[0.5, 0.5]]
    """
    points, n, planes = _checked(points, normals, offsets, temperature)
    if points.shape[1] << planes[0].shape[0] > LARGEST_TABLE:
        raise ValueError(
            f"halfspace_memberships must fit in memory: got {n} points in 2^{planes[0].shape[0]} cells; use fewer "
            "halfspaces, or halfspace_cells for the hard cell of each point."
        )
    return _shares(points, n, *planes, temperature)[:, :n].T


@estimator(
    quantity="partition entropy",
    takes="points halfspaces",
    formula=r"H = -\sum_{a} p_a \ln p_a, \quad"
    r" p_a = \frac{1}{n} \left| \{ i : [n_t \cdot x_i \ge b_t] = a_t, \ t = 1, \dots, m \} \right|",
    reference="shihab2025",
    bias="none for these points; as an estimate for their population negative, about (filled cells - 1) / (2 n)",
    cost="n m d",
    differentiable=False,
    kind="host",
    aliases=("sign pattern entropy",),
)
def hard_halfspace_partition(points: ArrayLike, normals: ArrayLike, offsets: ArrayLike) -> float:
    """Entropy in nats of the patterns of sides [n_t . x >= b_t] among the points.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points, in the unit of the data.
    normals : array_like, shape (m, d)
        Normals of the planes n_t . x = b_t; of any length above 0.
    offsets : array_like, shape (m,)
        Offsets b_t of the planes. Any number of planes.

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
        Of points on a boundary, which count as inside; the soft entropy leaves such a point half on either side.

    Notes
    -----
    Computed in float64 (appendix F.1 of [1]_).

    Examples
    --------
    >>> import math
    >>> import entropylab as lab
    >>> lab.hard_halfspace_partition([[-1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0]], [0.0]) == math.log(2)
    True
    """
    inside, on_boundary = _sides(points, normals, offsets)
    warn_on_boundary(on_boundary, len(inside))
    return entropy_of_cells(np.packbits(inside, axis=1))


def halfspace_cells(points: ArrayLike, normals: ArrayLike, offsets: ArrayLike) -> Int[np.ndarray, " n"]:
    """Number of the cell of each point, without unit: its binary digits are the sides, the first halfspace leading.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points, in the unit of the data.
    normals : array_like, shape (m, d)
        Normals of the planes n_t . x = b_t; of any length above 0.
    offsets : array_like, shape (m,)
        Offsets b_t of the planes. At most 62 planes.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        The numbers.

    Raises
    ------
    ValueError
        As `hard_halfspace_partition`, and for more than 62 halfspaces.

    Notes
    -----
    A point on a boundary counts as inside.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.halfspace_cells([[-1.0, 2.0], [1.0, 2.0]], [[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0]).tolist()
    [1, 3]
    """
    inside, _ = _sides(points, normals, offsets)
    m = inside.shape[1]
    if m > 62:
        raise ValueError(f"cells must have numbers below 2^62: got {m} halfspaces; use at most 62 of them.")
    return inside @ (1 << np.arange(m - 1, -1, -1, dtype=np.int64))


def checked_planes(host: bool, points, normals, offsets):
    """`points`, `normals` and `offsets` in one type: float64 NumPy for the `host`, else JAX; no normal may be 0."""
    points, normals = (host_points if host else checked_points)(points, normals=normals)
    offsets = check.as_float(offsets, "offsets") if not host else as_numpy("offsets", offsets).astype(np.float64)
    if offsets.shape != normals.shape[:1]:
        raise ValueError(
            f"offsets must be one number for each normal: got shape {offsets.shape} for {len(normals)} normals; "
            "pass an array (m,)."
        )
    check.require_finite("offsets", offsets)
    if not check.is_traced(normals):
        none = np.flatnonzero(~np.any(np.asarray(normals) != 0, axis=1))
        if len(none):
            raise ValueError(f"normals must have a direction: got length 0 at index {none[0]}; remove that one.")
    if host or offsets.dtype == points.dtype:
        return points, normals, offsets
    kind = jnp.result_type(points, offsets)
    return tuple(x if x.dtype == kind else x.astype(kind) for x in (points, normals, offsets))


def _sides(points, normals, offsets):
    points, normals, offsets = checked_planes(True, points, normals, offsets)
    heights = points @ normals.T - offsets
    return heights >= 0, int((heights == 0).any(1).sum())


def _checked(points, normals, offsets, temperature):
    """Points in columns, how many count, and normals and offsets."""
    points, *planes = checked_planes(False, points, normals, offsets)
    remedy = "0.1 is the default; the smaller, the harder the boundaries."
    ranges.positive("temperature", temperature, points.dtype, remedy)
    warn_of_rounding(points, planes[0], temperature)
    m = planes[0].shape[0]
    if m > MAX_HALFSPACES:
        raise ValueError(
            f"halfspace_partition takes at most {MAX_HALFSPACES} halfspaces: got {m}, so 2^{m} cells; use fewer, or "
            "hard_halfspace_partition, which looks at the filled cells only."
        )
    return to_padded_columns(points), points.shape[0], planes


def _scores(parameters, x):
    *planes, temperature = parameters
    return linear_scores(planes, x) / temperature


def _cells(run, points, n, normals, offsets, temperature):
    temperature = jnp.asarray(temperature, points.dtype)
    with_planes = lambda points, offsets: run(SIGN_PATTERNS, _scores, (normals, offsets, temperature), points)  # noqa: E731
    return by_planes(with_planes, points, n, normals, offsets, temperature)


_entropy, _surprises, _shares = compile_partition(_cells)
