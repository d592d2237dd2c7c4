"""A differentiable stand-in for the structural entropy of a hull that no collapse of anchors can fool."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float
from numpy.typing import ArrayLike

from entropylab.estimators.card import estimator
from entropylab.knobs import Knob
from entropylab.numerics.discrete import simplex
from entropylab.numerics.validation import check, ranges

__all__ = ["triangle_entropy"]

DIRECTIONS = 16
NARROWEST = 16  # width of an edge, in units of rounding, down to which points on it count half
TEMPERATURE = Knob(
    r"\tau", "Width of a triangle's edge, in units of the points' spread: wide blurs, narrow is inside or outside.",
    0.02, 0.0005, 0.5, scale="log", harder="down", name="temperature",
)  # fmt: skip


@estimator(
    quantity="structural entropy",
    takes="points",
    formula=r"H_\triangle = -\sum_{j} q_j \ln q_j + \Big(1 - \sum_j q_j\Big) \ln n",
    reference="afshani2017",
    bias="an upper bound of the hull's structural entropy as the temperature falls; up by ln n for each share left out",
    cost="n k",
    differentiable=True,
    kind="traced",
    law="invariant",
    knobs={"temperature": TEMPERATURE},
    aliases=("h_tri",),
)
def triangle_entropy(
    points: ArrayLike,
    directions: ArrayLike = None,
    *,
    temperature: float = 0.02,
) -> float | Float[Array, ""]:
    """Entropy in nats of a partition of the points by a fan of triangles inside their hull: H_tri.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        Points of the plane.
    directions : array_like, shape (k, 2), optional
        Directions in which the corners are farthest; 16 even ones by default, at least three.

    Returns
    -------
    float or jax.Array
        The entropy in nats; a JAX scalar for JAX arrays.

    Raises
    ------
    ValueError
        For wrong shapes, NaN, fewer than three directions, one of length 0, a temperature that is not above 0.

    Warns
    -----
    EstimateWarning
        Where the temperature is below the rounding of the points.

    Notes
    -----
    The corners are the points farthest in the directions, sorted by angle, so the triangles lie inside the hull and
    moving an anchor cannot empty them. The membership of a point in a triangle is a product of sigmoids of its distance
    to the edges over `temperature` times the root mean square radius of the points; what no triangle holds counts as
    single points, ln n each. As the temperature falls this is an upper bound of the structural entropy, for a point on
    an edge as for any other. Differentiable in the points and in the temperature; in the directions straight through:
    the corner is the farthest point, its gradient that of a softmax. Invariant to shift and scale, at every size of
    finite numbers.

    Examples
    --------
    >>> import entropylab as lab
    >>> points = [[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [1.0, 1.0]]
    >>> lab.triangle_entropy(points, temperature=1e-6) >= lab.hull_entropy_interval(points).upper
    True
    """
    points = _rescaled(check.as_samples("points", points, 3))
    if points.shape[1] != 2:
        raise ValueError(f"points must have shape (n, 2): got {points.shape}; choose two columns.")
    ranges.positive("temperature", temperature, points.dtype, "use about 0.02.")
    if not check.is_traced(temperature) and temperature < NARROWEST * float(jnp.finfo(points.dtype).eps):
        check.warn(
            f"a temperature of {float(temperature):g} is below the rounding of {points.dtype}: points on an edge count "
            "for either side as rounding has it, and the entropy is not the limit of low temperatures; raise it."
        )
    if directions is None:
        angle = 2 * math.pi * (jnp.arange(DIRECTIONS, dtype=points.dtype) + 0.5) / DIRECTIONS
        directions = jnp.stack([jnp.cos(angle), jnp.sin(angle)], axis=1)
    directions = _rescaled(check.as_samples("directions", directions, 3), axis=1).astype(points.dtype)
    if directions.shape[1] != 2:
        raise ValueError(f"directions must have shape (k, 2): got {directions.shape}; choose two columns.")
    if not check.is_traced(directions) and not np.asarray(directions).any(axis=1).all():
        raise ValueError("directions must have a length above 0: got one that is 0 in both columns; leave it out.")
    return _entropy(points, directions, temperature)


def _rescaled(x, axis=None):
    """`x`, or every row of it, over a power of two that brings the largest number below 1: squares stay in range."""
    if check.is_traced(x):
        return _rescaled_under_a_trace(x, axis)
    x = np.asarray(x)
    return jnp.asarray(np.ldexp(x, -np.frexp(np.abs(x).max(axis, keepdims=True))[1]))


def _rescaled_under_a_trace(x, axis):
    """The same in a program, which takes the smallest numbers for 0: NaN where it would lose digits of `x` by that."""
    kind, whole = jnp.finfo(x.dtype), jnp.uint32 if x.dtype == jnp.float32 else jnp.uint64
    fixed = lax.stop_gradient(x)
    top = jnp.abs(fixed).max(axis, keepdims=True)
    lost = (top < float(kind.tiny) / float(kind.eps)) & ((lax.bitcast_convert_type(fixed, whole) << 1) != 0).any()
    one = jnp.where(lost, jnp.nan, jnp.ones((), x.dtype))
    power = -jnp.frexp(top)[1]
    half = power // 2  # 2^power itself may be no normal number
    return x * jnp.ldexp(one, half) * jnp.ldexp(one, power - half)


@jax.jit
def _entropy(points, directions, temperature):
    n = len(points)
    points = points - points.mean(0)
    radius = jnp.sqrt((points**2).sum(1).mean())
    points = points / jnp.where(radius == 0, 1.0, radius)
    corners = _corners(points, directions, temperature)
    first = corners[0]
    sides = corners[1:] - first  # the fan: triangle j lies between sides j and j + 1
    some = (sides**2).sum(1) != 0  # true for NaN, which stays NaN
    length = jnp.sqrt(jnp.where(some, (sides**2).sum(1), 1.0))
    away = points - first
    past = (sides[:, 0] * away[:, 1:] - sides[:, 1] * away[:, :1]) / length  # (n, k - 1), to the left of side j
    left = jnp.where(some, jax.nn.log_sigmoid(past / temperature), 0.0)
    right = jnp.where(some, jax.nn.log_sigmoid(-past / temperature), -jnp.inf)
    edges = corners[2:] - corners[1:-1]
    squares = (edges**2).sum(1)
    edge = jnp.sqrt(jnp.where(squares == 0, 1.0, squares))
    from_corner = points[:, None] - corners[1:-1]
    inside = (edges[:, 0] * from_corner[..., 1] - edges[:, 1] * from_corner[..., 0]) / edge
    # past side 1 .. j, not past side j + 1: shares of the sectors, which add up to one behind the first side
    share = jnp.cumsum(left, axis=1)[:, :-1] + right[:, 1:]
    held = jnp.exp(share + jax.nn.log_sigmoid(inside / temperature))
    held = jnp.where(squares == 0, 0.0, held)
    q = held.mean(0)
    return simplex.entropy(q) + (1 - q.sum()) * jnp.log(float(n))


def _corners(points, directions, temperature):
    """(k, 2) the farthest point in each direction, counter-clockwise by the direction's angle.

    The temperature shapes the slope in the directions only: no corner moves with it.
    """
    unit = directions / jnp.linalg.norm(directions, axis=1, keepdims=True)
    order = jnp.argsort(jnp.arctan2(unit[:, 1], unit[:, 0]))
    unit = unit[order]
    fixed = lax.stop_gradient(points)
    heights = unit @ fixed.T
    farthest = points[jnp.argmax(heights, axis=1)]
    # the largest is taken off before the division, which a compiler may fuse with a later subtraction
    below = heights - lax.stop_gradient(heights.max(1, keepdims=True))
    soft = jax.nn.softmax(below / lax.stop_gradient(temperature), axis=1) @ fixed
    return farthest + (soft - lax.stop_gradient(soft))  # the bracket is exactly 0: equal corners stay equal
