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
    """Entropy in nats of the shares of points in all 2^m patterns of sides, each side soft.

    Point i lies inside halfspace t with chance sigma((n_t . x_i - b_t) / tau), and in a cell with the product of
    its chances; those sum to 1 over the 2^m cells by themselves. `points` (n, d), `normals` (m, d), `offsets`
    (m,), m <= 20. The temperature is in units of n . x: a length where normals have length 1, and a longer normal
    is a harder boundary. From 0 to m log 2, also where d dimensions leave fewer cells with points.
    Differentiable in points, normals, offsets and temperature; memory O(n d + 2^m).
    `partition_certificate` bounds its distance from the hard entropy. Far from the origin heights are taken about the
    middle of the points, so that an offset costs no digits. Warns where rounding of the points blurs a boundary.
    Errors: ValueError for wrong shapes, NaN, a normal of length 0, more than 20 halfspaces, temperature <= 0.
    Source: seed 002, appendix F.1 with all 2^m cells.
    """
    points, n, planes = _checked(points, normals, offsets, temperature)
    return _entropy(points, n, *planes, temperature)


@keep_float64
@check.check_knob_types
def halfspace_memberships(
    points: ArrayLike, normals: ArrayLike, offsets: ArrayLike, *, temperature: float = 0.1
) -> Float[Array, "n cells"]:
    """Share of point i in each of the 2^m cells; rows sum to 1, without unit.

    The number of a cell in binary is its pattern: the first halfspace is the leading digit, 1 is inside.
    Demands and errors as `halfspace_partition`; the hard twin is `halfspace_cells`.
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
    """Entropy in nats of the patterns of sides [n_t . x >= b_t] that points show.

    `points` (n, d), `normals` (m, d), `offsets` (m,), in float64; any m. A point on a boundary counts as inside,
    with a warning that says how many do: the soft one leaves such a point half on either side.
    Errors: ValueError for wrong shapes, NaN, a normal of length 0.
    Source: seed 002, appendix F.1.
    """
    inside, on_boundary = _sides(points, normals, offsets)
    warn_on_boundary(on_boundary, len(inside))
    return entropy_of_cells(np.packbits(inside, axis=1))


def halfspace_cells(points: ArrayLike, normals: ArrayLike, offsets: ArrayLike) -> Int[np.ndarray, " n"]:
    """Number of the cell of each point, whose binary digits are its sides (the first halfspace leads); no unit.

    Demands and errors as `hard_halfspace_partition`, and m <= 62 for the number to fit.
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
