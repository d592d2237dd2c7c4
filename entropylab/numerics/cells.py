"""Scores of soft cells: anchors, planes and boxes; each gives a row of numbers for every block of points.

Points come in columns (d, p). The scores are differentiable, and the streamed sums differentiate them block by block.
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
from jax import lax
from jax.custom_batching import custom_vmap
from jaxtyping import Array, ArrayLike, Float

from entropylab.numerics.compensated import differences_from_products
from entropylab.numerics.tiles import ALLOWED

# Error of a height, in units of the width of a boundary, up to which heights are computed about the origin.
CENTRED = {jnp.dtype("float32"): 1e-5, jnp.dtype("float64"): 1e-9}
FEW = 16  # points that tell where the middle of all lies


def linear(parameters, x):
    """w_t . x - b_t."""
    normals, offsets = parameters
    return jnp.matmul(normals, x, precision=lax.Precision.HIGHEST) - offsets[:, None]


def nearness(parameters, x):
    """-alpha (|x - c_j|^2 - the least of them), by differences."""
    anchors, sharpness = parameters
    squares = ((anchors[:, :, None] - x[None]) ** 2).sum(1)
    # a square that overflows is NaN; and as no compiler can look through the choice, none fuses the product of a
    # single column with the subtraction below, unrounded, while its minimum is rounded: the least is exactly 0
    squares = jnp.where(squares < jnp.inf, squares, jnp.nan)
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
    # compiled minima lose NaN: it is put back for points and boxes that have one
    missing = jnp.isnan(x).any(0) | (jnp.isnan(lows) | jnp.isnan(highs)).any(1)[:, None]
    return jnp.where(missing, jnp.nan, depth.min(1)) / temperature


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


def by_planes(run: Callable, points: Float[ArrayLike, "d p"], n, normals: Float[Array, "m d"], offsets, unit) -> Array:
    """`run(points, offsets)` with points and offsets that have the heights w_t . x - b_t, which count in a `unit`.

    Far from the origin w . x and b lose the digits of their difference. There both are taken from the middle of the
    points: w . (x - c) - (b - w . c), the latter to its last digits.
    """
    points = jnp.asarray(points)
    slopes, fixed = jnp.abs(lax.stop_gradient(normals)) / lax.stop_gradient(unit), lax.stop_gradient(points)

    def far(x):
        return (slopes * jnp.abs(x)).sum(1).max() * jnp.finfo(points.dtype).eps > CENTRED[points.dtype]

    def centred():
        middle = jnp.sort(fixed[:, jnp.arange(FEW) * n // FEW], axis=1)[:, FEW // 2]
        middle = jnp.where(far(middle), middle, 0.0)
        return run(points - middle[:, None], differences_from_products(offsets, normals, middle))

    some = fixed[:, :: max(1, points.shape[1] // FEW)]  # among them some that only fill up: they lie at 0
    return lax.cond(_anywhere(far(jnp.abs(some).max(1))), centred, lambda: run(points, offsets))


@custom_vmap
def _anywhere(flag):
    """`flag`, over a mapped axis whether any is true: the choice stays one, and not both ways are computed."""
    return flag


@_anywhere.def_vmap
def _mapped(size, batched, flag):
    return _anywhere(flag.any(0)), False


def _farthest(points, n, centre):
    """The largest |x - centre|^2 of the first n columns, by blocks: one maximum to a number takes six times as long."""
    size = min(2048, points.shape[1])

    def visit(i, most):
        squares = ((lax.dynamic_slice_in_dim(points, i * size, size, 1) - centre[:, None]) ** 2).sum(0)
        return jnp.maximum(most, jnp.where(i * size + jnp.arange(size) < n, squares, 0.0))

    return lax.fori_loop(0, (n + size - 1) // size, visit, jnp.zeros(size, points.dtype)).max()
