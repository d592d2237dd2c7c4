"""Streamed sums of a Gaussian kernel over all pairs of points, in logarithms, with closed-form gradients.

Nothing here is larger than (n, d) plus one tile. The number of points is data, not shape: inputs are
padded to a power of two, so one compiled program serves every n below it.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, ArrayLike, Float

from entropylab.kernels.pairwise_numba import log_kernel_sums_numba
from entropylab.numerics.kernel_sums.tiles import (
    add_rows,
    add_to_block,
    block,
    centred,
    centred_pair,
    fold_pair_blocks,
    padded,
    squared_distances,
    valid_rows,
    weighted_differences,
)
from entropylab.numerics.validation import check


def log_kernel_sums(
    x: Float[ArrayLike, "n d"], scale: Float[ArrayLike, ""], include_self: bool = True
) -> Float[Array, " n"]:
    """log sum_j exp(-scale |x_i - x_j|^2) for every i; without j = i where `include_self` is False.

    Differentiable in `x` and `scale` (reverse mode). Each pair is visited once when the self term, which
    bounds the sum from below, is included; without it every row carries its own running maximum. Concrete float32
    points on a CPU, self term included, take a compiled path, twice as fast and the same to rounding.
    """
    if not include_self:
        return log_kernel_cross_sums(x, x, scale, exclude_diagonal=True)
    known = log_kernel_sums_concrete(x, scale)
    if known is not None:
        return jnp.asarray(known, jnp.float32)
    return log_kernel_sums_padded(padded(x), x.shape[0], scale)[: x.shape[0]]


def log_kernel_sums_concrete(x, scale) -> Float[np.ndarray, " n"] | None:
    """`log_kernel_sums`, in float64, where compiled code of the host is there for it, else None."""
    if check.is_traced(x, scale) or x.dtype != jnp.float32 or 0 in x.shape or jax.default_backend() != "cpu":
        return None
    scale = float(scale)
    return log_kernel_sums_numba(np.asarray(x), scale) if scale > 0 else None


def log_kernel_sums_padded(x: Float[ArrayLike, "p d"], n, scale: Float[ArrayLike, ""]) -> Float[Array, " p"]:
    """`log_kernel_sums` of the first n rows of `x` (p a power of two from 64); n may be traced; 0 beyond row n."""
    x = jnp.asarray(x)
    return _symmetric(x, n, jnp.asarray(scale, x.dtype))


def log_kernel_cross_sums(
    x: Float[ArrayLike, "n d"], y: Float[ArrayLike, "m d"], scale: Float[ArrayLike, ""], exclude_diagonal: bool = False
) -> Float[Array, " n"]:
    """log sum_j exp(-scale |x_i - y_j|^2) for every i, over all j (j = i left out on request).

    Differentiable in `x`, `y` and `scale` (reverse mode).
    """
    n, m = x.shape[0], y.shape[0]
    x, y = jnp.asarray(padded(x)), jnp.asarray(padded(y))
    return _cross(exclude_diagonal, x, y, n, m, jnp.asarray(scale, x.dtype))[:n]


# Sums over unordered pairs of tiles ------------------------------------------------------------------------


@jax.custom_vjp
def _symmetric(x, n, scale):
    return _symmetric_forward(x, n, scale)[0]


@jax.jit
def _symmetric_forward(x, n, scale):
    points, differences = centred(x, n, scale)

    def visit(i, j, sums):
        kernel = _kernel(points, n, i, j, scale, differences)[0]
        return add_to_block(add_to_block(sums, i, kernel.sum(1)), j, jnp.where(i == j, 0.0, kernel.sum(0)))

    sums = fold_pair_blocks(n, x, visit, jnp.zeros(x.shape[0], x.dtype))
    # Padded rows sum to nothing; 1 keeps their logarithm and its gradient finite. NaN elsewhere stays NaN.
    sums = jnp.where(jnp.arange(x.shape[0]) < n, sums, 1.0)
    return jnp.log(sums), (x, n, scale, sums)


@jax.jit
def _symmetric_backward(kept, cotangent):
    """dx_i = -2 scale sum_j W_ij (x_i - x_j), dscale = -sum W d^2 / 2; W_ij = K_ij (r_i + r_j), r = cotangent / C."""
    x, n, scale, sums = kept
    points, differences = centred(x, n, scale)
    ratio = cotangent / sums

    def visit(i, j, carry):
        force, slope = carry
        xi, xj = block(points, i), block(points, j)
        kernel, squares = _kernel(points, n, i, j, scale, differences)
        weight = kernel * (block(ratio, i, xi)[:, None] + block(ratio, j, xj)[None, :])
        # No point pulls itself; left in, the largest weights would leave their rounding errors.
        weight = jnp.where((i == j) & jnp.eye(*weight.shape, dtype=bool), 0.0, weight)
        off = jnp.where(i == j, 0.0, 1.0).astype(x.dtype)
        rows, columns = weighted_differences(weight, xi, xj, differences)
        force = add_rows(add_rows(force, i, rows), j, off * columns)
        return force, slope - (0.5 + 0.5 * off) * (weight * squares).sum()

    force, slope = fold_pair_blocks(n, x, visit, (jnp.zeros_like(x), jnp.zeros((), x.dtype)))
    return -2 * scale * force, None, slope


_symmetric.defvjp(_symmetric_forward, _symmetric_backward)


def _kernel(points, n, i, j, scale, differences):
    """The kernel tile (0 on padding) and the squared distances of blocks i and j."""
    squares = squared_distances(block(points, i), block(points, j), i == j, differences)
    valid = valid_rows(n, points, i)[:, None] & valid_rows(n, points, j)[None, :]
    return jnp.where(valid, jnp.exp(-scale * squares), 0.0), squares


# Sums over ordered pairs, each row with a running maximum ---------------------------------------------------


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _cross(exclude, x, y, n, m, scale):
    return cross_forward(exclude, x, y, n, m, scale)[0]


@partial(jax.jit, static_argnums=0)
def cross_forward(exclude, x, y, n, m, scale):
    near, other, differences = centred_pair(x, n, y, m, scale)
    rows, columns = block(x, 0).shape[0], block(y, 0).shape[0]

    def row(i, out):
        def visit(j, carry):
            top, total = carry
            squares, keep = _cross_squares(exclude, near, other, m, i, j, differences)
            exponent = jnp.where(keep, -scale * squares, -jnp.inf)
            higher = jnp.maximum(top, exponent.max(1))
            shift = jnp.where(jnp.isfinite(higher), higher, 0.0)
            return higher, total * jnp.exp(top - shift) + jnp.exp(exponent - shift[:, None]).sum(1)

        start = jnp.full(rows, -jnp.inf, x.dtype), jnp.zeros(rows, x.dtype)
        top, total = lax.fori_loop(0, (m + columns - 1) // columns, visit, start)
        shift = jnp.where(jnp.isfinite(top), top, 0.0)
        return lax.dynamic_update_slice(out, shift + jnp.log(total), (i * rows,))

    out = lax.fori_loop(0, (n + rows - 1) // rows, row, jnp.zeros(x.shape[0], x.dtype))
    return out, (x, y, n, m, scale, out)


@partial(jax.jit, static_argnums=0)
def cross_backward(exclude, kept, cotangent):
    """With P_ij = exp(e_ij - L_i) and W = cotangent_i P_ij: dx_i = -2 scale sum_j W (x_i - y_j), dy_j its mirror."""
    x, y, n, m, scale, out = kept
    near, other, differences = centred_pair(x, n, y, m, scale)
    rows, columns = block(x, 0).shape[0], block(y, 0).shape[0]

    def row(i, carry):
        def visit(j, carry):
            dx, dy, slope = carry
            squares, keep = _cross_squares(exclude, near, other, m, i, j, differences)
            value = block(out, i, squares)[:, None]
            keep = keep & jnp.isfinite(value) & valid_rows(n, x, i)[:, None]
            share = jnp.exp(jnp.where(keep, -scale * squares - value, -jnp.inf))
            weight = block(cotangent, i, squares)[:, None] * share
            pull, push = weighted_differences(weight, block(near, i), block(other, j), differences)
            return add_rows(dx, i, pull), add_rows(dy, j, push), slope - (weight * squares).sum()

        return lax.fori_loop(0, (m + columns - 1) // columns, visit, carry)

    start = jnp.zeros_like(x), jnp.zeros_like(y), jnp.zeros((), x.dtype)
    dx, dy, slope = lax.fori_loop(0, (n + rows - 1) // rows, row, start)
    return -2 * scale * dx, -2 * scale * dy, None, None, slope


_cross.defvjp(cross_forward, cross_backward)


def _cross_squares(exclude, near, other, m, i, j, differences):
    """|x - y|^2 of row block i against column block j, and which pairs count: no padding, no excluded diagonal."""
    xi, yj = block(near, i), block(other, j)
    squares = squared_distances(xi, yj, jnp.asarray(False), differences)
    keep = jnp.broadcast_to(valid_rows(m, other, j)[None, :], squares.shape)
    if exclude:
        row_index = i * xi.shape[0] + jnp.arange(xi.shape[0])
        keep = keep & (row_index[:, None] != (j * yj.shape[0] + jnp.arange(yj.shape[0]))[None, :])
    return squares, keep
