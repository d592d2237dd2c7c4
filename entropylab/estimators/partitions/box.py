"""Entropy of a point set cut up by axis-aligned boxes: soft (differentiable) and hard (patterns of in and out)."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import ArrayLike

from entropylab.estimators.card import estimator
from entropylab.estimators.partitions.halfspace import MAX_HALFSPACES, SOFTNESS
from entropylab.estimators.partitions.points import checked_points, entropy_of_cells, host_points, warn_on_boundary
from entropylab.numerics.partitions.assignments import compile_partition, to_padded_columns
from entropylab.numerics.partitions.links import SIGN_PATTERNS
from entropylab.numerics.partitions.scores import box_scores
from entropylab.numerics.validation import check, ranges

__all__ = ["box_partition", "hard_box_partition"]


def _local(points, lows, highs, *, temperature=0.1):
    """-sum_a p_ia log q_a of every point in nats."""
    points, n, corners = _checked(points, lows, highs, temperature)
    return _surprises(points, n, *corners, temperature)[:n]


@estimator(
    quantity="partition entropy",
    takes="points boxes",
    formula=r"H = -\sum_{a \in \{0, 1\}^m} q_a \ln q_a, \quad q_a = \frac{1}{n} \sum_{i=1}^{n} \prod_{t=1}^{m}"
    r" \sigma(z_{it})^{a_t} \sigma(-z_{it})^{1 - a_t}, \quad"
    r" z_{it} = \frac{1}{\tau} \min_{s} \min(x_{is} - l_{ts}, u_{ts} - x_{is})",
    reference="shihab2025",
    bias="mostly positive: every face blurs into cells that hold no point; the hard entropy as temperature falls",
    cost="n (m d + 2^m)",
    differentiable=True,
    kind="traced",
    relaxes="hard_box_partition",
    knobs={"temperature": SOFTNESS},
    aliases=("soft rectangles",),
    local=_local,
)
def box_partition(
    points: ArrayLike, lows: ArrayLike, highs: ArrayLike, *, temperature: float = 0.1
) -> float | Float[Array, ""]:
    """Entropy in nats of the masses of all 2^m patterns of lying in m boxes or not, each box soft.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Points, in the unit of the data.
    lows, highs : array_like, shape (m, d)
        Opposite corners of the boxes. At most 20 boxes.

    Returns
    -------
    float or jax.Array
        The entropy in nats, from 0 to m log 2; a JAX scalar for JAX arrays.

    Raises
    ------
    ValueError
        For wrong shapes, NaN, a box without inside, more than 20 boxes, a temperature that is not above 0.

    Notes
    -----
    Point i lies in box t with probability sigma(s_it / tau); s is the distance to the nearest face inside, and minus
    the distance to the box in the maximum norm outside (appendix F.4 of [1]_). Differentiable but for points equally
    near to two faces; memory O(n d + 2^m).

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> points = [[0.5, 0.5], [5.0, 5.0]]
    >>> round(lab.box_partition(points, [[0.0, 0.0]], [[1.0, 1.0]], temperature=0.01) / np.log(2), 9).item()
    1.0
    """
    points, n, corners = _checked(points, lows, highs, temperature)
    return _entropy(points, n, *corners, temperature)


@estimator(
    quantity="partition entropy",
    takes="points boxes",
    formula=r"H = -\sum_{a} p_a \ln p_a, \quad"
    r" p_a = \frac{1}{n} \left| \{ i : [l_t \le x_i \le u_t] = a_t, \ t = 1, \dots, m \} \right|",
    reference="shihab2025",
    bias="none for these points; as an estimate for their population negative, about (filled cells - 1) / (2 n)",
    cost="n m d",
    differentiable=False,
    kind="host",
    aliases=("rectangle pattern entropy",),
)
def hard_box_partition(points: ArrayLike, lows: ArrayLike, highs: ArrayLike) -> float:
    """Entropy in nats of the patterns of boxes l_t <= x <= u_t among the points.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Points, in the unit of the data.
    lows, highs : array_like, shape (m, d)
        Opposite corners of the boxes. Any number of boxes.

    Returns
    -------
    float
        The entropy in nats.

    Raises
    ------
    ValueError
        For wrong shapes, NaN, a box without inside.

    Warns
    -----
    EstimateWarning
        Of points on a face, which count as inside.

    Notes
    -----
    Computed in float64 (appendix F.4 of [1]_).

    Examples
    --------
    >>> import math
    >>> import entropylab as lab
    >>> lab.hard_box_partition([[0.5, 0.5], [5.0, 5.0]], [[0.0, 0.0]], [[1.0, 1.0]]) == math.log(2)
    True
    """
    points, lows, highs = _checked_boxes(host_points, points, lows, highs)
    inside = np.empty((len(points), len(lows)), bool)
    on_face = np.zeros(len(points), bool)
    for t, (low, high) in enumerate(zip(lows, highs, strict=True)):
        inside[:, t] = ((low <= points) & (points <= high)).all(1)
        on_face |= inside[:, t] & ((points == low) | (points == high)).any(1)
    warn_on_boundary(int(on_face.sum()), len(points))
    return entropy_of_cells(np.packbits(inside, axis=1))


def _checked_boxes(checked, points, lows, highs):
    points, lows, highs = checked(points, lows=lows, highs=highs)
    if lows.shape != highs.shape:
        raise ValueError(
            f"lows and highs must be paired: got {len(lows)} and {len(highs)} rows; pass one of each for a box."
        )
    if not check.is_traced(lows, highs):
        empty = np.flatnonzero(~np.all(np.asarray(highs) > np.asarray(lows), axis=1))
        if len(empty):
            raise ValueError(
                f"highs must be above lows on every axis: got none of it in box {empty[0]}; swap its corners."
            )
    return points, lows, highs


def _checked(points, lows, highs, temperature):
    """Points in columns, how many count, and the corners."""
    points, *corners = _checked_boxes(checked_points, points, lows, highs)
    ranges.positive("temperature", temperature, points.dtype, "0.1 is the default; the smaller, the harder the faces.")
    m = corners[0].shape[0]
    if m > MAX_HALFSPACES:
        raise ValueError(
            f"box_partition takes at most {MAX_HALFSPACES} boxes: got {m}, which make 2^{m} cells; use fewer, or "
            "hard_box_partition, which looks at the filled cells only."
        )
    return to_padded_columns(points), points.shape[0], corners


def _cells(run, points, n, lows, highs, temperature):
    return run(SIGN_PATTERNS, box_scores, (lows, highs, jnp.asarray(temperature, points.dtype)), points)


_entropy, _surprises, _ = compile_partition(_cells)
