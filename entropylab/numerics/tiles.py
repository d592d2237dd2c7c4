"""Tiles of a pairwise reduction: padding, blocks, and squared distances that do not cancel."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

# 512 x 512 entries of float32 are 1 MB, half of float64's 2 MB: both stay in a core's second-level cache.
TILE = 512
SMALLEST = 64
# Up to this many columns |x - y|^2 is summed from differences; a matrix product saves nothing there.
FEW_COLUMNS = 4
# Allowed absolute error of an exponent when |x|^2 + |y|^2 - 2 x.y is used instead of differences.
ALLOWED = {jnp.dtype("float32"): 1e-5, jnp.dtype("float64"): 1e-12}


def padded(x, library=jnp):
    """`x` (n, d) with zero rows up to the next power of two, so that few shapes are ever compiled.

    NumPy as `library` pads a concrete array without compiling anything.
    """
    n = x.shape[0]
    return library.pad(x, ((0, max(SMALLEST, 1 << (n - 1).bit_length()) - n), (0, 0)))


def centred(x, n):
    """Padded `x` minus the mean of its first n rows: distances stay, cancellation goes."""
    inside = (jnp.arange(x.shape[0]) < n)[:, None]
    mean = lax.stop_gradient(jnp.where(inside, x, 0.0).sum(0) / n)
    return jnp.where(inside, x - mean, 0.0)


def block(x, i, like=None):
    """Block i of the rows of `x` (or of a vector cut as `like` is)."""
    size = min(TILE, x.shape[0]) if like is None else like.shape[0]
    return lax.dynamic_slice_in_dim(x, i * size, size)


def validity(n, x, i):
    """Which rows of block i of padded `x` are points."""
    size = min(TILE, x.shape[0])
    return i * size + jnp.arange(size) < n


def needs_differences(x, scale):
    """True if expanding |x - y|^2 could move an exponent by more than the allowed error: far or narrow data."""
    reach = (x * x).sum(1).max() * scale
    return reach * jnp.finfo(x.dtype).eps > ALLOWED[x.dtype]


def each_pair(n, x, visit, start):
    """Fold `visit(i, j, carry)` over all pairs of blocks i <= j that hold points."""
    size = block(x, 0).shape[0]
    blocks = (n + size - 1) // size

    def column(j, carry):
        return lax.fori_loop(0, j + 1, lambda i, inner: visit(i, j, inner), carry)

    return lax.fori_loop(0, blocks, column, start)


def add(total, i, part):
    """`total` with `part` added to block i of its last axis."""
    start = (0,) * (total.ndim - 1) + (i * part.shape[-1],)
    return lax.dynamic_update_slice(total, lax.dynamic_slice(total, start, part.shape) + part, start)


def add_rows(total, i, part):
    """`total` (n, d) with `part` added to block i of its rows."""
    start = (i * part.shape[0], 0)
    return lax.dynamic_update_slice(total, lax.dynamic_slice(total, start, part.shape) + part, start)


def exponents(xi, xj, scale, same, differences):
    """-scale |x - y|^2 for rows of `xi` against rows of `xj`; exactly 0 on the diagonal where `same`."""
    columns = xi.shape[1]
    if columns <= FEW_COLUMNS:
        squares = _from_differences(xi, xj)
    else:
        squares = lax.cond(differences, _from_differences, _from_product, xi, xj)
    if xi.shape[0] == xj.shape[0]:
        squares = jnp.where(same & jnp.eye(xi.shape[0], dtype=bool), 0.0, squares)
    return -scale * squares


def _from_differences(xi, xj):
    if xi.shape[1] <= FEW_COLUMNS:
        return sum((xi[:, k, None] - xj[None, :, k]) ** 2 for k in range(xi.shape[1]))

    def add(k, total):
        return total + (xi[:, k, None] - xj[None, :, k]) ** 2

    return lax.fori_loop(0, xi.shape[1], add, jnp.zeros((xi.shape[0], xj.shape[0]), xi.dtype))


def _from_product(xi, xj):
    squares = (xi * xi).sum(1)[:, None] + (xj * xj).sum(1)[None, :] - 2 * (xi @ xj.T)
    return jnp.maximum(squares, 0.0)
