"""Streamed means of soft assignments: how much of a point set falls into each cell, with closed-form gradients.

A score says how far a point lies inside something (one row a function), a gate turns the scores of a point into
its shares of the cells. Points come in columns (d, p), p a power of two, of which the first n count; one
compiled program serves every n below p. Nothing is larger than the points and one block of scores, forward
and backward: the gradient is a second pass that computes every block again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, ArrayLike, Float

from entropylab import device
from entropylab.numerics.discrete.simplex import entropy
from entropylab.numerics.kernel_sums.tiles import MIN_PADDED_ROWS
from entropylab.numerics.partitions.links import Link


def to_padded_columns(points: Float[Array, "n d"]) -> Float[ArrayLike, "d p"]:
    """`points` in columns (d, p), zeros beyond n up to a power of two; concrete points are padded without compiling."""
    n, d = points.shape
    extra = max(MIN_PADDED_ROWS, 1 << (n - 1).bit_length()) - n
    if isinstance(points, jax.core.Tracer):
        return jnp.pad(points.T, ((0, 0), (0, extra)))
    padded = np.zeros((d, n + extra), points.dtype)
    padded[:, :n] = np.asarray(points).T
    return padded


def mean_memberships(gate: Link, scores: Callable, parameters, points: Float[ArrayLike, "d p"], n) -> Array:
    """(1/n) sum_i gate(scores(parameters, x_i)) over the first n columns: the masses of the cells.

    `scores(parameters, block)` gives (m, B) for a (d, B) block. Differentiable in `parameters` and `points`
    (reverse mode).
    """
    return _mean(gate, scores, parameters, points, n)


def soft_entropy(gate: Link, scores: Callable, parameters, points: Float[ArrayLike, "d p"], n) -> Float[Array, ""]:
    """Entropy in nats of the masses of the cells."""
    return entropy(mean_memberships(gate, scores, parameters, points, n).ravel())


def cross_entropies(gate: Link, scores: Callable, parameters, points: Float[ArrayLike, "d p"], n) -> Float[Array, " p"]:
    """-sum_j p_ij log q_j for every point, in nats: what it adds to the entropy of the masses, whose mean they are."""
    masses = mean_memberships(gate, scores, parameters, points, n)
    surprise = -jnp.log(jnp.where(masses == 0, 1.0, masses))
    size = block_size(gate, scores, parameters, points)
    blocks = jnp.moveaxis(points.reshape(points.shape[0], -1, size), 1, 0)
    return lax.map(lambda block: gate.average(scores(parameters, block), surprise), blocks).ravel()


def memberships(gate: Link, scores: Callable, parameters, points: Float[ArrayLike, "d p"]) -> Float[Array, "k p"]:
    """The share of every cell in every point: the whole table."""
    return gate.table(scores(parameters, points))


def compile_partition(cells: Callable) -> tuple[Callable, Callable, Callable]:
    """`soft_entropy`, `surprises` and `shares` of a partition, compiled; all take n after the points.

    `cells(run, points, n, *parameters)` is `run(gate, scores, parameters, points)` of the partition.
    """

    def entropy_of(points, n, *parameters):
        return cells(lambda *found: soft_entropy(*found, n), points, n, *parameters)

    def surprises_of(points, n, *parameters):
        return cells(lambda *found: cross_entropies(*found, n), points, n, *parameters)

    def shares_of(points, n, *parameters):
        return cells(memberships, points, n, *parameters)

    return jax.jit(entropy_of), jax.jit(surprises_of), jax.jit(shares_of)


def block_size(gate: Link, scores: Callable, parameters, points) -> int:
    """Columns of a block: as many as keep the widest table of the gate in a core's cache (or fill an accelerator)."""
    one = jax.eval_shape(scores, parameters, jax.ShapeDtypeStruct((points.shape[0], 1), points.dtype))
    room = device.tile_rows() ** 2 // 8 // gate.width(one.shape[0])
    # at least 128, which matrix products need; at most 4096 on a core, beyond which nothing is saved
    size = min(max(room, 128), 8 * device.tile_rows())
    return min(1 << (size.bit_length() - 1), points.shape[1])


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _mean(gate, scores, parameters, points, n):
    return _forward(gate, scores, parameters, points, n)[0]


@partial(jax.jit, static_argnums=(0, 1))
def _forward(gate, scores, parameters, points, n):
    size = block_size(gate, scores, parameters, points)

    def visit(i, total):
        values = scores(parameters, lax.dynamic_slice_in_dim(points, i * size, size, 1))
        return total + gate.total(lax.optimization_barrier(values), i * size + jnp.arange(size) < n)

    shape = jax.eval_shape(lambda: visit(0, 0.0))
    total = lax.fori_loop(0, (n + size - 1) // size, visit, jnp.zeros(shape.shape, points.dtype))
    return total / n, (parameters, points, n)


@partial(jax.jit, static_argnums=(0, 1))
def _backward(gate, scores, kept, cotangent):
    parameters, points, n = kept
    size = block_size(gate, scores, parameters, points)
    cotangent = cotangent / n

    def visit(i, carry):
        slopes, pulls = carry
        block = lax.dynamic_slice_in_dim(points, i * size, size, 1)
        values, pull = jax.vjp(scores, parameters, block)
        push = gate.slope(lax.optimization_barrier(values), cotangent, i * size + jnp.arange(size) < n)
        slope, moved = pull(lax.optimization_barrier(push))
        return jax.tree.map(jnp.add, slopes, slope), lax.dynamic_update_slice(pulls, moved, (0, i * size))

    start = jax.tree.map(jnp.zeros_like, parameters), jnp.zeros_like(points)
    slopes, pulls = lax.fori_loop(0, (n + size - 1) // size, visit, start)
    return slopes, pulls, None


_mean.defvjp(_forward, _backward)
