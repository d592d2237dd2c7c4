"""Gates: what turns the scores of a point into its shares of the cells of a partition.

Scores come as (m, B), one column a point. A gate never holds more than its tables for one block; barriers keep
the compiler from computing a table twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
from jax import lax
from jax.nn import sigmoid

barrier = lax.optimization_barrier


class Link(NamedTuple):
    """Shares p(z) of the cells for scores z, never written out: only what they sum to.

    `total(z, valid)` is sum_i p(z_i) over the valid columns; `average(z, u)` is p(z_i) . u for every column;
    `slope(z, u, valid)` the gradient of the sum of the valid ones of these in z; `table(z)` all shares,
    (cells, B); `width(m)` the rows of the widest table of a block.
    """

    total: Callable
    average: Callable
    slope: Callable
    table: Callable
    width: Callable


def _dot(a, b):
    return jnp.matmul(a, b, precision=lax.Precision.HIGHEST)


# One cell a score: p = softmax(z) ----------------------------------------------------------------------------


def _weights(z):
    """exp(z - max z), and one over its sum: their product is the softmax."""
    weights = barrier(jnp.exp(z - barrier(z.max(0))))
    return weights, barrier(1 / weights.sum(0))


def _softmax_sum(z, valid):
    weights, scale = _weights(z)
    return _dot(weights, jnp.where(valid, scale, 0.0))


def _softmax_dot(z, u):
    weights, scale = _weights(z)
    return _dot(u, weights) * scale


def _softmax_vjp(z, u, valid):
    """p_j (u_j - sum_l p_l u_l)."""
    weights, scale = _weights(z)
    average = barrier(_dot(u, weights) * scale)
    return weights * jnp.where(valid, scale, 0.0) * (u[:, None] - average)


def _softmax_matrix(z):
    weights, scale = _weights(z)
    return weights * scale


SOFTMAX = Link(_softmax_sum, _softmax_dot, _softmax_vjp, _softmax_matrix, lambda m: m)


# One cell a pattern of signs: p_a = prod_t sigma(z_t)^a_t sigma(-z_t)^(1 - a_t), a in {0, 1}^m -------------------
#
# The shares sum to 1 by themselves, and they are products: with L the table of the first half of the signs and
# R that of the second, p_ab = L_a R_b. So the sum over points is one matrix product L R^T, without an
# exponential for any cell. The first score is the most significant digit of a cell's number.


def _sigmoids(z):
    """sigma(z) and sigma(-z): both from exponentials, as 1 - sigma(z) would lose the small one."""
    return barrier(sigmoid(z)), barrier(sigmoid(-z))


def _half(inside, outside):
    table = jnp.ones((1, inside.shape[1]), inside.dtype)
    for one, none in zip(inside, outside, strict=True):
        table = (table[:, None] * jnp.stack([none, one])[None]).reshape(-1, inside.shape[1])
    return barrier(table)


def _halves(inside, outside):
    middle = inside.shape[0] // 2
    return _half(inside[:middle], outside[:middle]), _half(inside[middle:], outside[middle:])


def _sign_pattern_sum(z, valid):
    left, right = _halves(*_sigmoids(z))
    return _dot(left * valid, right.T)


def _sign_pattern_dot(z, u):
    left, right = _halves(*_sigmoids(z))
    return (left * _dot(u, right)).sum(0)


def _sign_pattern_vjp(z, u, valid):
    """dp_a/dz_t = p_a (a_t - sigma(z_t)): sigma(-z_t) sum of p u where a_t = 1, less sigma(z_t) sum where a_t = 0."""
    inside, outside = _sigmoids(z)
    left, right = _halves(inside, outside)
    shared = barrier(left * _dot(u, right)), barrier(right * _dot(u.T, left))
    digits = [_digits(table.shape[0], z.dtype) for table in shared]
    one = jnp.concatenate([_dot(digit, table) for digit, table in zip(digits, shared, strict=True)])
    none = jnp.concatenate([_dot(1 - digit, table) for digit, table in zip(digits, shared, strict=True)])
    return (one * outside - none * inside) * valid


def _digits(cells, dtype):
    """The binary digits (t, cells) of the numbers below `cells`, the most significant first."""
    places = jnp.arange(cells.bit_length() - 2, -1, -1)
    return ((jnp.arange(cells)[None, :] >> places[:, None]) & 1).astype(dtype)


def _sign_pattern_matrix(z):
    left, right = _halves(*_sigmoids(z))
    return (left[:, None] * right[None]).reshape(-1, z.shape[1])


SIGN_PATTERNS = Link(
    _sign_pattern_sum, _sign_pattern_dot, _sign_pattern_vjp, _sign_pattern_matrix, lambda m: 1 << (m - m // 2)
)
