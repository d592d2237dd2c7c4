"""Nearest neighbours inside jit, vmap and grad.

Which points are neighbours is a piecewise constant fact: it is found without a derivative, on the host by
the compiled search where the data are on a CPU, else by k passes of a masked minimum over blocks of rows
(a selection primitive such as top_k is ten times slower than such passes on a CPU, and no faster for few
neighbours elsewhere). The distances to them are then taken in JAX, by direct differences, and carry the
derivative. Memory is O(n block), never n x n.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from entropylab.numerics.neighbours import search as neighbours_search
from entropylab.numerics.neighbours.scaling import size_of
from entropylab.numerics.neighbours.search import Norm

_ENTRIES = 2**21  # distances held at a time: 16 MB in float64
_UNROLLED = 8  # coordinates taken in one fused expression; more go through a loop that compiles once


def neighbour_indices(
    x: Float[Array, "n d"], k: int, norm: Norm = "max", reference: Float[Array, "m d"] | None = None
) -> Int[Array, "n k"]:
    """Indices of the k nearest neighbours of each point, nearest first, by whichever search suits the device.

    With `reference` the neighbours are its points, and one equal to a point of `x` is at distance 0. All are -1 where
    a coordinate is NaN, infinite, or so large that a difference may overflow: nothing has an order then.
    """
    points = [jax.lax.stop_gradient(a) for a in (x, reference) if a is not None]
    return jax.lax.platform_dependent(
        *points,
        cpu=lambda x, *reference: _on_host(x, *reference, k=k, norm=norm),
        default=lambda x, *reference: _on_device(x, *reference, k=k, norm=norm),
    )


def distances_to(
    x: Float[Array, "n d"], others: Float[Array, "n d"], norm: Norm = "max", ordered: Bool[Array, ""] | bool = True
) -> Float[Array, " n"]:
    """Distance from each row of `x` to the same row of `others`, with derivative 0 where they coincide.

    Where not `ordered`, all are NaN, and so are all derivatives.
    """
    gaps = jnp.abs(x - others) * jnp.where(ordered, 1.0, jnp.nan).astype(x.dtype)
    if norm == "max":
        return gaps.max(-1)
    scale = _scale(jax.lax.stop_gradient(gaps.max(-1)))
    gaps = gaps * scale[:, None]
    squares = (gaps * gaps).sum(-1)
    together = squares == 0
    return jnp.where(together, 0.0, jnp.sqrt(jnp.where(together, 1.0, squares))) / scale


def _scale(size):
    """1, or a power of two, which rounds nothing, where squares of numbers up to `size` would leave their type."""
    most, least = jnp.finfo(size.dtype).maxexp // 2 - 16, jnp.finfo(size.dtype).minexp // 3
    down, up = jnp.asarray([2.0 ** -(most + 32), 2.0 ** (-2 * least)], size.dtype)
    return jnp.where(size >= 2.0**most, down, jnp.where(size < 2.0**least, up, jnp.ones_like(down)))


@partial(jax.jit, static_argnames=("k", "norm"))
def log_kth_distances(
    x: Float[Array, "n d"], k: int, norm: Norm = "max", reference: Float[Array, "m d"] | None = None
) -> Float[Array, " n"]:
    """log of the distance to the k-th neighbour, -inf with derivative 0 where it is 0.

    A point of `x` that stands in the `reference` has -inf too. One entry that is NaN, infinite, or so large that a
    difference may overflow makes all values NaN, and all derivatives in `x`.
    """
    nearest = neighbour_indices(x, k, norm, reference)
    others = x if reference is None else reference
    found = distances_to(x, others[nearest[:, -1]], norm, nearest[0, 0] >= 0)
    together = found == 0
    if reference is not None and k > 1:
        together |= distances_to(x, others[nearest[:, 0]], norm) == 0
    return jnp.where(together, -jnp.inf, jnp.log(jnp.where(together, 1.0, found)))


def masked_minimum_indices(
    x: Float[Array, "n d"], k: int, norm: Norm = "max", reference: Float[Array, "m d"] | None = None
) -> Int[Array, "n k"]:
    """The neighbours by k passes of a minimum over blocks of rows; of points at one distance the first."""
    others = x if reference is None else reference

    def block(rows, numbers):
        gaps = _gaps(rows, others, norm)
        if reference is None:
            gaps = jnp.where(numbers[:, None] == jnp.arange(len(x)), jnp.inf, gaps)

        def step(gaps, _):
            nearest = jax.lax.argmin(gaps, 1, jnp.int32)
            return jnp.where(nearest[:, None] == jnp.arange(gaps.shape[1]), jnp.inf, gaps), nearest

        return jax.lax.scan(step, gaps, length=k)[1].T

    return _over_blocks(block, x, len(others))


def range_counts(
    x: Float[Array, "n d"], radii: Float[Array, " n"], norm: Norm = "max", strict: bool = True
) -> Int[Array, " n"]:
    """How many other points are nearer to x_i than radii[i], or, not `strict`, no farther.

    Exact in the max norm; in the Euclidean one a compiler may fuse a product and a sum, which moves a distance
    by one rounding, so a point that lies on its radius can fall on either side.
    """

    def block(rows, numbers, radii):
        gaps = _gaps(rows, x, norm)
        inside = gaps < radii[:, None] if strict else gaps <= radii[:, None]
        return _others(inside, numbers).sum(1)

    return _over_blocks(block, x, len(x), radii)


def _on_host(*points, k, norm):
    shape = jax.ShapeDtypeStruct((len(points[0]), k), jnp.int32)

    def search(*points):
        x, *reference = (np.ascontiguousarray(a, dtype=np.float64) for a in points)
        if not all(size_of(a) < _largest(points[0].dtype) for a in (x, *reference)):
            return np.full(shape.shape, -1, np.int32)
        return neighbours_search.neighbour_indices(x, k, norm, *reference).astype(np.int32)

    return jax.pure_callback(search, shape, *points, vmap_method="sequential")


def _on_device(*points, k, norm):
    size = jnp.stack([jnp.abs(a).max() for a in points]).max()
    scale = _scale(size) if norm == "euclidean" else 1.0
    x, *reference = (a * scale for a in points)
    indices = masked_minimum_indices(x, k, norm, *reference)
    return jnp.where(size < _largest(size.dtype), indices, -1)


def _largest(dtype):
    """What the difference of two numbers is finite below."""
    return 2.0 ** (jnp.finfo(dtype).maxexp - 2)


def _others(inside: Bool[Array, "b n"], numbers: Int[Array, " b"]) -> Bool[Array, "b n"]:
    return inside & (numbers[:, None] != jnp.arange(inside.shape[1]))


def _gaps(rows, others, norm):
    """Distances (b, m) by direct differences: |x|^2 + |y|^2 - 2 x.y would give close pairs a distance of 0."""

    def add(a, total):
        gap = jnp.abs(rows[:, a, None] - others[None, :, a])
        return jnp.maximum(total, gap) if norm == "max" else total + gap * gap

    total = jnp.zeros((len(rows), len(others)), rows.dtype)
    d = rows.shape[1]
    if d <= _UNROLLED:
        for a in range(d):
            total = add(a, total)
    else:
        total = jax.lax.fori_loop(0, d, add, total)
    return total if norm == "max" else jnp.sqrt(total)


def _over_blocks(block, x, width, *more):
    """block(rows, their numbers, ...) over all rows of `x`, so many at a time that `width` columns fit in memory."""
    n = len(x)
    size = max(1, min(n, _ENTRIES // width))
    count = -(-n // size)
    arrays = (x, jnp.arange(n), *more)
    padded = [jnp.pad(a, [(0, count * size - n)] + [(0, 0)] * (a.ndim - 1)) for a in arrays]
    cut = [a.reshape(count, size, *a.shape[1:]) for a in padded]
    out = jax.lax.map(lambda parts: block(*parts), tuple(cut))
    return out.reshape(count * size, *out.shape[2:])[:n]
