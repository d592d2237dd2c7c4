"""Kernel sums over all pairs of points that lie on several devices: the points go round, every device keeps its rows.

A device holds n / p rows, and at each of p steps the columns of one other device, which it then passes on; nothing
of the size of all points is anywhere. The gradient goes round the same way: what a visiting block is pulled by travels
with it and arrives at home after the last step. The sums themselves are the tiles of one device.
"""

from __future__ import annotations

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, ArrayLike, Float

from entropylab.numerics.kernel_sums.pairwise import cross_backward, cross_forward
from entropylab.numerics.kernel_sums.tiles import MIN_PADDED_ROWS

AXIS = "devices"


def log_kernel_sums_sharded(
    x: Float[ArrayLike, "n d"], scale: Float[ArrayLike, ""], devices=None
) -> Float[Array, " n"]:
    """log sum_j exp(-scale |x_i - x_j|^2) for every i, the rows spread over `devices` (all that there are).

    Differentiable in `x` and `scale` (reverse mode). Every ordered pair is visited, so p devices take 2 / p of the
    time that one takes with each pair once; memory on each is that of n / p points, three blocks and a tile.
    """
    devices = tuple(devices or jax.devices())
    n, p = x.shape[0], len(devices)
    each = max(MIN_PADDED_ROWS, 1 << (-(-n // p) - 1).bit_length())
    padded = jnp.pad(jnp.asarray(x), ((0, p * each - n), (0, 0)))
    held = jnp.clip(n - each * jnp.arange(p), 0, each)
    return _sums(devices, padded, held, jnp.asarray(scale, padded.dtype))[:n]


@cache
def _compiled(devices):
    """Forward and backward pass over a ring of devices, compiled."""
    mesh = Mesh(np.array(devices), (AXIS,))
    rows, whole = PartitionSpec(AXIS), PartitionSpec()
    ring = [(i, (i + 1) % len(devices)) for i in range(len(devices))]

    def passed_on(*arrays):
        return jax.tree.map(lambda part: lax.ppermute(part, AXIS, ring), arrays)

    def forward(x, held, scale):
        def step(_, carry):
            sums, y, m = carry
            more = cross_forward(False, x, y, held[0], m[0], scale)[0]
            return jnp.logaddexp(sums, more), *passed_on(y, m)

        start = jnp.full_like(x[:, 0], -jnp.inf), x, held
        return lax.fori_loop(0, len(devices), step, start)[0]

    def backward(x, held, scale, sums, cotangent):
        def step(_, carry):
            mine, slope, y, m, theirs = carry
            kept = x, y, held[0], m[0], scale, sums
            pull, push, *_, more = cross_backward(False, kept, cotangent)
            return mine + pull, slope + more, *passed_on(y, m, theirs + push)

        start = jnp.zeros_like(x), jnp.zeros_like(x[0, 0]), x, held, jnp.zeros_like(x)
        mine, slope, _, _, home = lax.fori_loop(0, len(devices), step, start)
        return mine + home, lax.psum(slope, AXIS)

    def spread(function, takes, gives):
        return jax.jit(jax.shard_map(function, mesh=mesh, in_specs=takes, out_specs=gives, check_vma=False))

    return (
        NamedSharding(mesh, rows),
        spread(forward, (rows, rows, whole), rows),
        spread(backward, (rows, rows, whole, rows, rows), (rows, whole)),
    )


def _forward(devices, x, held, scale):
    place, forward, _ = _compiled(devices)
    x, held = lax.with_sharding_constraint(x, place), lax.with_sharding_constraint(held, place)
    sums = forward(x, held, scale)
    return sums, (x, held, scale, sums)


def _backward(devices, kept, cotangent):
    x, held, scale, sums = kept
    inside = jnp.arange(x.shape[0]) % (x.shape[0] // len(devices)) < jnp.repeat(held, x.shape[0] // len(devices))
    # rows of padding have sums of their own, which nobody asked for
    force, slope = _compiled(devices)[2](x, held, scale, sums, jnp.where(inside, cotangent, 0.0))
    return force, None, slope


_sums = jax.custom_vjp(lambda devices, x, held, scale: _forward(devices, x, held, scale)[0], nondiff_argnums=(0,))
_sums.defvjp(_forward, _backward)
