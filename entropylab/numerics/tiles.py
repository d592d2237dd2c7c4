"""Tiles of a pairwise reduction: padding, blocks, and squared distances and forces that do not cancel."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import lax

from entropylab import device

SMALLEST = 64
# Up to this many columns |x - y|^2 is summed from differences; a matrix product saves nothing there.
FEW_COLUMNS = 4
# Columns whose differences are summed in one sweep over a tile: sixteen times fewer sweeps than one at a time.
SWEEP = 16
# Up to this many columns a tile on a core is 256 rows high: measured, forward 8 to 20 % faster at 2 to 64 columns,
# and a gradient at 512 columns 15 % slower.
NARROW = 128
# Allowed absolute error of an exponent when |x|^2 + |y|^2 - 2 x.y is used instead of differences.
ALLOWED = {jnp.dtype("float32"): 1e-5, jnp.dtype("float64"): 1e-12}


def padded(x, library=None):
    """`x` (n, d) with zero rows up to the next power of two, so that few shapes are ever compiled.

    By the `library` it comes from unless told: NumPy pads without compiling anything.
    """
    n = x.shape[0]
    library = library or (np if isinstance(x, np.ndarray) else jnp)
    return library.pad(x, ((0, max(SMALLEST, 1 << (n - 1).bit_length()) - n), (0, 0)))


def prepared(x, n, scale):
    """The first n rows of padded `x` as tiles want them, and whether they must be compared by differences.

    |x|^2 + |y|^2 - 2 x.y needs centred data, and where they are far apart or the kernel is narrow even those cancel.
    Differences are best on the data as they came: a shift would round small numbers to the grid of large ones.
    """
    near = _shifted(x, n, _mean(x, n))
    differences = _needs_differences(near, scale)
    return jnp.where(differences, x, near), differences


def prepared_pair(x, n, y, m, scale):
    """`prepared` for two sets of points that are compared with each other: both take the same shift."""
    mean = _mean(y, m)
    near, other = _shifted(x, n, mean), _shifted(y, m, mean)
    differences = _needs_differences(near, scale) | _needs_differences(other, scale)
    return jnp.where(differences, x, near), jnp.where(differences, y, other), differences


def _inside(x, n):
    return (jnp.arange(x.shape[0]) < n)[:, None]


def _mean(x, n):
    """The mean of the first n rows of `x` to all bits but one.

    A fused product and sum would take the unrounded mean from some rows and the rounded one from others, and
    with it move distances: rounding it once more leaves nothing to fuse.
    """
    mean = jnp.where(_inside(x, n), x, 0.0).sum(0) / n
    kind = jnp.finfo(x.dtype)
    return lax.reduce_precision(mean, kind.nexp, kind.nmant - 1)


def _shifted(x, n, mean):
    return jnp.where(_inside(x, n), x - mean, 0.0)


def _needs_differences(x, scale):
    """True if expanding |x - y|^2 could move an exponent by more than the allowed error: far or narrow data."""
    reach = (x * x).sum(1).max() * scale
    return reach * jnp.finfo(x.dtype).eps > ALLOWED[x.dtype]


def tile(x) -> int:
    """Rows of a block of `x`: half of what the device asks for unless rows are so wide that products are all the work.

    On a core 256 x 256 entries stay beside their points in the second-level cache through all passes over a tile.
    """
    rows = device.tile_rows()
    if rows == device.CORE_ROWS and x.shape[1] <= NARROW:
        rows //= 2
    return min(rows, x.shape[0])


def block(x, i, like=None):
    """Block i of the rows of `x` (or of a vector cut as `like` is)."""
    size = tile(x) if like is None else like.shape[0]
    return lax.dynamic_slice_in_dim(x, i * size, size)


def validity(n, x, i):
    """Which rows of block i of padded `x` are points."""
    size = tile(x)
    return i * size + jnp.arange(size) < n


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


def squared_distances(xi, xj, same, differences):
    """|x - y|^2 for rows of `xi` against rows of `xj`; exactly 0 on the diagonal where `same`."""
    if xi.shape[1] <= FEW_COLUMNS:
        squares = _by_differences(xi, xj)
    else:
        squares = lax.cond(differences, _by_differences, _by_product, xi, xj)
    if xi.shape[0] == xj.shape[0]:
        squares = jnp.where(same & jnp.eye(xi.shape[0], dtype=bool), 0.0, squares)
    return squares


def forces(weight, xi, xj, differences):
    """sum_j W_ij (x_i - x_j) for every row of `xi`, and sum_i W_ij (x_j - x_i) for every row of `xj`."""
    return lax.cond(differences, _forces_by_differences, _forces_by_product, weight, xi, xj)


def _by_differences(xi, xj):
    def sweep(start, width, total):
        a, b = (lax.dynamic_slice_in_dim(x, start, width, 1) for x in (xi, xj))
        return total + sum((a[:, k, None] - b[None, :, k]) ** 2 for k in range(width))

    whole, rest = divmod(xi.shape[1], SWEEP)
    total = jnp.zeros((xi.shape[0], xj.shape[0]), xi.dtype)
    if whole:
        total = lax.fori_loop(0, whole, lambda k, carry: sweep(k * SWEEP, SWEEP, carry), total)
    return sweep(whole * SWEEP, rest, total) if rest else total


def _by_product(xi, xj):
    product = jnp.matmul(xi, xj.T, precision=lax.Precision.HIGHEST)
    squares = (xi * xi).sum(1)[:, None] + (xj * xj).sum(1)[None, :] - 2 * product
    return jnp.where(squares < 0, 0.0, squares)  # a compiled maximum would lose NaN


def _forces_by_differences(weight, xi, xj):
    def column(pair):
        pull = weight * (pair[0][:, None] - pair[1][None, :])
        return pull.sum(1), -pull.sum(0)

    rows, columns = lax.map(column, (xi.T, xj.T))
    return rows.T, columns.T


def _forces_by_product(weight, xi, xj):
    # Points as columns under a row of ones: the product is wide, and the sums of the weights come with it.
    one = jnp.ones((1, xi.shape[0]), xi.dtype), jnp.ones((1, xj.shape[0]), xj.dtype)
    pull = jnp.matmul(jnp.concatenate([xj.T, one[1]]), weight.T, precision=lax.Precision.HIGHEST)
    push = jnp.matmul(jnp.concatenate([xi.T, one[0]]), weight, precision=lax.Precision.HIGHEST)
    return (pull[-1:] * xi.T - pull[:-1]).T, (push[-1:] * xj.T - push[:-1]).T
