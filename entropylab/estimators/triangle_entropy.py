"""A differentiable stand-in for the structural entropy of a hull that no collapse of anchors can fool."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from entropylab.estimators.card import estimator
from entropylab.knobs import Knob
from entropylab.numerics import check

__all__ = ["triangle_entropy"]

DIRECTIONS = 16
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
    points: Float[Array, "n 2"],
    directions: Float[Array, "k 2"] | None = None,
    *,
    temperature: float = 0.02,
) -> Float[Array, ""]:
    """Entropy in nats of a partition of the points by a fan of triangles inside their hull: H_tri.

    The corners are the points farthest in k `directions` (16 even ones by default), sorted by angle, so the triangles
    lie inside the hull and moving an anchor cannot empty them. A point has share q of a triangle by sigmoids of its
    distance to the edges over `temperature` times the points' root mean square radius; what no triangle holds counts
    as single points, ln n each. As the temperature falls this is an upper bound of the structural entropy, for a
    point on an edge as for any other.
    Differentiable in the points; in the directions straight through: the corner is the farthest point, its slope
    that of a softmax. `points` (n, 2), `directions` (k, 2), k >= 3.
    Errors: ValueError for wrong shapes, NaN, fewer than three directions, temperature <= 0.
    """
    points = check.samples("points", points, 3)
    if points.shape[1] != 2:
        raise ValueError(f"points must have shape (n, 2): got {points.shape}; choose two columns.")
    check.positive("temperature", temperature, "use about 0.02")
    if directions is None:
        angle = 2 * math.pi * (jnp.arange(DIRECTIONS, dtype=points.dtype) + 0.5) / DIRECTIONS
        directions = jnp.stack([jnp.cos(angle), jnp.sin(angle)], axis=1)
    directions = check.samples("directions", directions, 3).astype(points.dtype)
    if directions.shape[1] != 2:
        raise ValueError(f"directions must have shape (k, 2): got {directions.shape}; choose two columns.")
    return _entropy(points, directions, temperature)


@jax.jit
def _entropy(points, directions, temperature):
    n = len(points)
    points = points - points.mean(0)
    radius = jnp.sqrt((points**2).sum(1).mean())
    points = points / jnp.where(radius > 0, radius, 1.0)
    corners = _corners(points, directions, temperature)
    first = corners[0]
    sides = corners[1:] - first  # the fan: triangle j lies between sides j and j + 1
    length = jnp.sqrt(jnp.where((sides**2).sum(1) > 0, (sides**2).sum(1), 1.0))
    away = points - first
    past = (sides[:, 0] * away[:, 1:] - sides[:, 1] * away[:, :1]) / length  # (n, k - 1), to the left of side j
    some = (sides**2).sum(1) > 0
    left = jnp.where(some, jax.nn.log_sigmoid(past / temperature), 0.0)
    right = jnp.where(some, jax.nn.log_sigmoid(-past / temperature), -jnp.inf)
    edges = corners[2:] - corners[1:-1]
    squares = (edges**2).sum(1)
    edge = jnp.sqrt(jnp.where(squares > 0, squares, 1.0))
    from_corner = points[:, None] - corners[1:-1]
    inside = (edges[:, 0] * from_corner[..., 1] - edges[:, 1] * from_corner[..., 0]) / edge
    # past side 1 .. j, not past side j + 1: shares of the sectors, which add up to one behind the first side
    share = jnp.cumsum(left, axis=1)[:, :-1] + right[:, 1:]
    held = jnp.exp(share + jax.nn.log_sigmoid(inside / temperature))
    held = jnp.where(squares > 0, held, 0.0)
    q = held.mean(0)
    positive = q > 0
    safe = jnp.where(positive, q, 1.0)
    return -jnp.where(positive, q * jnp.log(safe), 0.0).sum() + (1 - q.sum()) * jnp.log(float(n))


def _corners(points, directions, temperature):
    """(k, 2) the farthest point in each direction, counter-clockwise by the direction's angle."""
    unit = directions / jnp.linalg.norm(directions, axis=1, keepdims=True)
    order = jnp.argsort(jnp.arctan2(unit[:, 1], unit[:, 0]))
    unit = unit[order]
    fixed = jax.lax.stop_gradient(points)
    heights = unit @ fixed.T
    farthest = points[jnp.argmax(heights, axis=1)]
    soft = jax.nn.softmax(heights / temperature, axis=1) @ fixed
    return farthest + (soft - jax.lax.stop_gradient(soft))  # the bracket is exactly 0: equal corners stay equal
