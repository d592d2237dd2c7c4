"""Scores of soft cells: anchors, planes and boxes; each gives a row of numbers for every block of points.

Points come in columns (d, p). The scores are differentiable, and the streamed sums differentiate them block by block.
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, ArrayLike, Float

from entropylab.numerics.tiles import ALLOWED


def linear(parameters, x):
    """w_t . x - b_t."""
    normals, offsets = parameters
    return jnp.matmul(normals, x, precision=lax.Precision.HIGHEST) - offsets[:, None]


def nearness(parameters, x):
    """-alpha (|x - c_j|^2 - the least of them), by differences."""
    anchors, sharpness = parameters
    squares = ((anchors[:, :, None] - x[None]) ** 2).sum(1)
    # before the product with alpha: nothing overflows that was finite, and a softmax does not see the shift
    return -sharpness * (squares - lax.stop_gradient(squares.min(0)))


def affine(parameters, x):
    """w_t . (x - centre) - b_t for a centre that nothing depends on."""
    *planes, centre = parameters
    return linear(planes, x - lax.stop_gradient(centre)[:, None])


def slabs(parameters, x):
    """-|w_t . x - b_t|, with slope 0 on the plane itself."""
    return -jnp.abs(linear(parameters, x))


def boxes(parameters, x):
    """How deep x lies in each box: the least distance to a face, negative outside; over the temperature."""
    lows, highs, temperature = parameters
    depth = jnp.minimum(x[None] - lows[:, :, None], highs[:, :, None] - x[None])
    return depth.min(1) / temperature


def by_anchors(run: Callable, points: Float[ArrayLike, "d p"], n, anchors: Float[Array, "k d"], sharpness) -> Array:
    """`run(scores, parameters, points)` with scores -alpha |x - c_j|^2 up to what a softmax does not see.

    |x|^2 is the same for all anchors and drops out: 2 alpha c_j . x - alpha |c_j|^2 is one matrix product. It
    cancels where points lie far from the anchors' mean for the width of a cell; there differences are taken.
    """
    centre = lax.stop_gradient(anchors.mean(0))
    near = anchors - centre
    squares = (near * near).sum(1)
    reach = jnp.maximum(_farthest(lax.stop_gradient(points), n, centre), squares.max()) * sharpness
    return lax.cond(
        reach * jnp.finfo(points.dtype).eps > ALLOWED[points.dtype],
        lambda: run(nearness, (anchors, sharpness), points),
        lambda: run(affine, (2 * sharpness * near, sharpness * squares, centre), points),
    )


def _farthest(points, n, centre):
    """The largest |x - centre|^2 of the first n columns, by blocks: one maximum to a number takes six times as long."""
    size = min(2048, points.shape[1])

    def visit(i, most):
        squares = ((lax.dynamic_slice_in_dim(points, i * size, size, 1) - centre[:, None]) ** 2).sum(0)
        return jnp.maximum(most, jnp.where(i * size + jnp.arange(size) < n, squares, 0.0))

    return lax.fori_loop(0, (n + size - 1) // size, visit, jnp.zeros(size, points.dtype)).max()
