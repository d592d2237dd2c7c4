"""log det(a S_i + b S_j) + g (m_i - m_j)' (a S_i + b S_j)^-1 (m_i - m_j) for all pairs of Gaussians.

Pairs are the innermost axis, so that arithmetic of small matrices runs in vector lanes. Up to UNROLLED
dimensions the value is one elementwise expression of the entries; beyond, LAPACK takes tiles of pairs. The
gradient is closed form, in tiles of pairs; each unordered pair is visited once where a = b.
"""

from __future__ import annotations

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

# The time to compile grows with the cube of the dimension (0.5 s at 10, 2 s at 16), and users slide it.
MAX_UNROLLED_DIM = 12
SPLIT = 4  # of the components for symmetric tables: 10 of 16 blocks are computed
TILE = 16  # 256 pairs of 10 x 10 are 200 kB
TILE_ELEMENTS = 1 << 20  # numbers in the matrices of one tile


@jax.custom_vjp
def logdet_plus_mahalanobis(
    spreads: Float[Array, "K d d"],
    centers: Float[Array, "K d"],
    a: Float[Array, ""],
    b: Float[Array, ""],
    g: Float[Array, ""],
) -> Float[Array, "K K"]:
    """The table of terms. `spreads` are symmetric positive definite; NaN where a S_i + b S_j is not, numerically.

    Differentiable in every argument, in reverse mode. Memory is K^2 numbers and one tile of matrices.
    """
    k, d = centers.shape
    if d > MAX_UNROLLED_DIM:
        return _lapack_tiles(spreads, centers, a, b, g)

    def known():
        if k < SPLIT**2:
            return _full_matrices(spreads, centers, a, b, g)
        halves, whole = (partial(f, spreads, centers, a, b, g) for f in (_halves, _full_matrices))
        return lax.cond(a == b, halves, whole)

    # The branch is a wall: without it the compiler may work the long expression into every reader of the table.
    return lax.cond(jnp.isfinite(centers[0, 0]), known, lambda: jnp.full((k, k), jnp.nan, centers.dtype))


def _forward(spreads, centers, a, b, g):
    return logdet_plus_mahalanobis(spreads, centers, a, b, g), (spreads, centers, a, b, g)


def _full_matrices(spreads, centers, a, b, g):
    """All ordered pairs."""
    s, m = spreads.transpose(1, 2, 0), centers.T
    return _ldl((s[..., :, None], m[..., :, None]), (s[..., None, :], m[..., None, :]), a, b, g)


def _halves(spreads, centers, a, b, g):
    """Of SPLIT x SPLIT blocks those on and above the diagonal; the others are their transposes, for a = b."""
    k, d = centers.shape
    side = -(-k // SPLIT)
    pad = SPLIT * side - k
    spreads = jnp.concatenate([spreads, jnp.broadcast_to(jnp.eye(d, dtype=spreads.dtype), (pad, d, d))])
    s = spreads.transpose(1, 2, 0).reshape(d, d, SPLIT, side)
    m = jnp.pad(centers, ((0, pad), (0, 0))).T.reshape(d, SPLIT, side)
    i, j = np.triu_indices(SPLIT)
    rows, columns = (s[:, :, i, :, None], m[:, i, :, None]), (s[:, :, j, None, :], m[:, j, None, :])
    blocks = _ldl(rows, columns, a, b, g)
    place = np.zeros((SPLIT, SPLIT), int)
    place[i, j] = place[j, i] = np.arange(len(i))
    above = np.triu(np.ones((SPLIT, SPLIT), bool))[..., None, None]
    table = jnp.where(above, blocks[place], blocks[place].swapaxes(2, 3))
    return table.transpose(0, 2, 1, 3).reshape(SPLIT * side, -1)[:k, :k]


def _ldl(rows, columns, a, b, g):
    """L D L' of every pair, column by column, with the difference of the centers as one more row.

    `rows` and `columns` hold spreads (d, d, pairs) and centers (d, pairs), whose pairs broadcast.
    """
    (s, m), (t, n) = rows, columns
    d = len(m)
    # cut out first, then scale: the other way round the compiler takes minutes
    entry = {(r, c): a * s[r, c] + b * t[r, c] for c in range(d) for r in range(c, d)}
    entry |= {(d, c): m[c] - n[c] for c in range(d)}
    inverse, square = [], 0.0
    mantissa, exponent, least = 1.0, 0, jnp.inf
    for c in range(d):
        for k in range(c):
            factor = entry[c, k] * inverse[k]
            for r in range(c, d + 1):
                entry[r, c] = entry[r, c] - entry[r, k] * factor
        pivot = entry[c, c]
        inverse.append(1 / pivot)
        square = square + entry[d, c] * entry[d, c] * inverse[c]
        # one logarithm a pair: mantissas in [1/2, 1) multiply without overflow, exponents add
        part, power = jnp.frexp(pivot)
        mantissa, exponent, least = mantissa * part, exponent + power, jnp.minimum(least, pivot)
    log_determinant = jnp.log(mantissa) + exponent.astype(m.dtype) * math.log(2)
    return jnp.where(least > 0, log_determinant, jnp.nan) + _scaled(g, square)


def _scaled(g, square):
    """g times a square that may lie past the float range."""
    return jnp.where(g == 0, 0.0, g * square)


def _lapack_tiles(spreads, centers, a, b, g):
    tiles = _Tiles(spreads, centers)

    def visit(step, table):
        i, j, second, a_, b_ = tiles.turn(step, a, b)
        matrices, away = tiles.pair(i, j, a_, b_)
        factors = jnp.linalg.cholesky(jnp.moveaxis(matrices, 2, 0))
        solved = lax.linalg.triangular_solve(factors, away.T[..., None], left_side=True, lower=True)
        logs = 2 * jnp.log(jnp.diagonal(factors, axis1=1, axis2=2)).sum(-1)
        tile = (logs + _scaled(g, (solved**2).sum((1, 2)))).reshape(tiles.side, tiles.side)
        table = table.at[i, j].set(jnp.where(second, table[i, j], tile))
        return table.at[j, i].set(jnp.where(second | (a == b), tile.T, table[j, i]))

    table = jnp.zeros((tiles.count, tiles.count, tiles.side, tiles.side), centers.dtype)
    table = lax.fori_loop(0, tiles.turns(a, b), visit, table)
    size = tiles.count * tiles.side
    return table.transpose(0, 2, 1, 3).reshape(size, size)[: len(centers), : len(centers)]


def _backward(kept, cotangent):
    """With w the cotangent, A = a S_i + b S_j, u = A^-1 (m_i - m_j) and X = A^-1 - g u u':

    dS_i = a w X, dS_j = b w X, dm_i = 2 g w u = -dm_j, dg = w q.
    da = w tr(X S_i) and db = w tr(X S_j) follow from tr(X (S_j - S_i)) and tr(X A) = d - g q, q = u' (m_i - m_j).
    """
    spreads, centers, a, b, g = kept
    k, d = centers.shape
    tiles = _Tiles(spreads, centers)
    weights = tiles.cut(cotangent)

    def visit(step, sums):
        of_spreads, of_centers, of_a, of_b, of_g = sums
        i, j, second, a_, b_ = tiles.turn(step, a, b)
        # the pair (j, i) comes along with (i, j) where a = b, and in the second turn where not
        ahead = jnp.where(second, 0.0, weights[i, j]).reshape(-1)
        back = jnp.where((i != j) & (second | (a == b)), weights[j, i].T, 0.0).reshape(-1)
        w = ahead + back
        matrices, away = tiles.pair(i, j, a_, b_)
        away = jnp.where(w == 0, 0.0, away)  # squares past the float range would make 0 times infinity of them
        inverse = _inverse(matrices)
        u = (inverse * away).sum(1)
        q = (u * away).sum(0)
        x = inverse - g * u[:, None] * u[None, :]
        more = (x * tiles.difference(i, j)).sum((0, 1))
        both = d - g * q
        first, last = (both - b_ * more) / (a + b), (both + a_ * more) / (a + b)
        square = (tiles.side, tiles.side)
        x, u = (w * x).reshape(d, d, *square), (2 * g * w * u).reshape(d, *square)
        of_spreads = of_spreads.at[i].add(a_ * x.sum(3)).at[j].add(b_ * x.sum(2))
        of_centers = of_centers.at[i].add(u.sum(2)).at[j].add(-u.sum(1))
        of_a = of_a + (ahead * first + back * last).sum()
        of_b = of_b + (ahead * last + back * first).sum()
        return of_spreads, of_centers, of_a, of_b, of_g + (w * q).sum()

    zero = jnp.zeros((), centers.dtype)
    start = jnp.zeros_like(tiles.spreads), jnp.zeros_like(tiles.centers), zero, zero, zero
    of_spreads, of_centers, of_a, of_b, of_g = lax.fori_loop(0, tiles.turns(a, b), visit, start)
    of_spreads = of_spreads.transpose(0, 3, 1, 2).reshape(-1, d, d)[:k]
    return of_spreads, of_centers.transpose(0, 2, 1).reshape(-1, d)[:k], of_a, of_b, of_g


logdet_plus_mahalanobis.defvjp(_forward, _backward)


class _Tiles:
    """Components in tiles, innermost axis last, padded with unit matrices that no weight reaches."""

    def __init__(self, spreads, centers):
        k, d = centers.shape
        self.side = max(1, min(TILE, k, math.isqrt(TILE_ELEMENTS // (d * d))))
        self.count = -(-k // self.side)
        pad = self.count * self.side - k
        unit = jnp.broadcast_to(jnp.eye(d, dtype=spreads.dtype), (pad, d, d))
        spreads = jnp.concatenate([spreads, unit]).reshape(self.count, self.side, d, d)
        self.spreads = spreads.transpose(0, 2, 3, 1)
        self.centers = jnp.pad(centers, ((0, pad), (0, 0))).reshape(self.count, self.side, d).transpose(0, 2, 1)
        self.upper = jnp.asarray(np.stack(np.triu_indices(self.count), axis=1), jnp.int32)
        self.pad = pad

    def turns(self, a, b):
        """How many tiles to visit: those with i <= j once where a = b, twice where not."""
        return jnp.where(a == b, 1, 2) * len(self.upper)

    def turn(self, step, a, b):
        """The tile of a step, whether it is the second turn, and the factors of S_i and S_j then."""
        second = step >= len(self.upper)
        i, j = self.upper[step % len(self.upper)]
        return i, j, second, jnp.where(second, b, a), jnp.where(second, a, b)

    def cut(self, table):
        """A (K, K) table in tiles."""
        table = jnp.pad(table, ((0, self.pad), (0, self.pad)))
        return table.reshape(self.count, self.side, self.count, self.side).transpose(0, 2, 1, 3)

    def pair(self, i, j, a, b):
        """a S_i + b S_j (d, d, pairs) and m_i - m_j (d, pairs) of a tile."""
        d = self.centers.shape[1]
        matrices = a * self.spreads[i][..., :, None] + b * self.spreads[j][..., None, :]
        away = self.centers[i][..., :, None] - self.centers[j][..., None, :]
        return matrices.reshape(d, d, -1), away.reshape(d, -1)

    def difference(self, i, j):
        """S_j - S_i (d, d, pairs) of a tile."""
        d = self.centers.shape[1]
        return (self.spreads[j][..., None, :] - self.spreads[i][..., :, None]).reshape(d, d, -1)


def _inverse(matrices):
    """Inverses of symmetric positive definite (d, d, pairs)."""
    if matrices.shape[0] <= MAX_UNROLLED_DIM:
        return _halved_inverse(matrices)
    factors = jnp.linalg.cholesky(jnp.moveaxis(matrices, 2, 0))
    identity = jnp.broadcast_to(jnp.eye(factors.shape[-1], dtype=factors.dtype), factors.shape)
    whiteners = lax.linalg.triangular_solve(factors, identity, left_side=True, lower=True)
    return jnp.einsum("kab,kac->bck", whiteners, whiteners)


def _halved_inverse(matrices):
    """By blocks: with B = A21 A11^-1 and S = A22 - B A12, the inverse is [[A11^-1 + B' S^-1 B, .], [-S^-1 B, S^-1]]."""
    d = matrices.shape[0]
    if d == 1:
        return 1 / matrices
    half = d // 2
    corner = _halved_inverse(matrices[:half, :half])
    below = matrices[half:, :half]
    factor = _product(below, corner)
    last = _halved_inverse(matrices[half:, half:] - _product(factor, below.swapaxes(0, 1)))
    mixed = _product(last, factor)
    first = corner + _product(factor.swapaxes(0, 1), mixed)
    return jnp.concatenate(
        [jnp.concatenate([first, -mixed.swapaxes(0, 1)], axis=1), jnp.concatenate([-mixed, last], axis=1)]
    )


def _product(x, y):
    """Matrix products of (r, s, pairs) and (s, c, pairs); s is small, so its sum is written out."""
    return sum(x[:, k][:, None] * y[k][None, :] for k in range(x.shape[1]))
