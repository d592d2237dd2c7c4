"""The masses of soft nearest-anchor cells inside JAX programs on a CPU, and their slopes, in float32 lanes.

The second pass computes the shares of thirty-two points once more, in the first-level cache, and uses them up there:
with u the cotangent, d(u . mass) is the mean over points of w_ij d(-alpha |x_i - c_j|^2), w_ij = p_ij (u_j - p_i . u).
"""

from __future__ import annotations

import jax
import numpy as np
from jaxtyping import Array, Float

from entropylab.kernels.compilation import njit
from entropylab.kernels.partitions_numba import FLOAT32_BLOCKS, add_masses, gather, unnormalized_memberships
from entropylab.kernels.simd import xla_ffi
from entropylab.kernels.simd.f32 import (
    F32_LANES,
    add,
    broadcast,
    div,
    fma,
    load,
    load_broadcast,
    mul,
    store,
    sub,
    total,
)
from entropylab.kernels.simd.ops import data_pointer


@jax.custom_vjp
def ball_masses(
    points: Float[Array, "n d"], anchors: Float[Array, "k d"], sharpness: Float[Array, ""]
) -> Float[Array, " k"]:
    """Mean over points of softmax_j(-sharpness |x - c_j|^2), for float32.

    Differentiable in everything (reverse mode); derivatives of the gradient hold the table of shares.
    """
    return _forward(points, anchors, sharpness)[0]


def _forward(*arguments):
    points, anchors, _ = arguments
    shapes = (jax.ShapeDtypeStruct(anchors.shape[:1], points.dtype),)
    return xla_ffi.ffi_call("entropylab_ball_masses", _masses_callback, _reference, shapes, *arguments)[0], arguments


def _backward(arguments, cotangent):
    shapes = tuple(jax.ShapeDtypeStruct(x.shape, x.dtype) for x in arguments)
    return xla_ffi.ffi_call("entropylab_ball_slopes", _vjp_callback, _reference_vjp, shapes, *arguments, cotangent)


ball_masses.defvjp(_forward, _backward)


def _reference(points, anchors, sharpness):
    squares = ((points[:, None] - anchors) ** 2).sum(-1)
    return (jax.nn.softmax(-sharpness * squares, 1).mean(0),)


def _reference_vjp(*arguments):
    *arguments, cotangent = arguments
    return jax.vjp(_reference, *arguments)[1]((cotangent,))


def _masses_callback(frame):
    if xla_ffi.is_metadata_query(frame):
        return 0
    points, anchors, sharpness = xla_ffi.argument(frame, 0), xla_ffi.argument(frame, 1), xla_ffi.argument(frame, 2)
    n, d, k = xla_ffi.length(frame, 0, 0), xla_ffi.length(frame, 0, 1), xla_ffi.length(frame, 1, 0)
    masses = np.zeros(k)
    add_masses(points, n, anchors, k, d, sharpness[0], masses)
    xla_ffi.result(frame, 0)[:] = masses / n
    return 0


def _vjp_callback(frame):
    if xla_ffi.is_metadata_query(frame):
        return 0
    points, anchors, sharpness = xla_ffi.argument(frame, 0), xla_ffi.argument(frame, 1), xla_ffi.argument(frame, 2)
    n, d, k = xla_ffi.length(frame, 0, 0), xla_ffi.length(frame, 0, 1), xla_ffi.length(frame, 1, 0)
    of_points, of_anchors, of_sharpness = xla_ffi.result(frame, 0), xla_ffi.result(frame, 1), xla_ffi.result(frame, 2)
    pulls = np.zeros(k * d + 1)
    factor = 2 * sharpness[0] / n
    accumulate_vjp(points, n, anchors, k, d, sharpness[0], xla_ffi.argument(frame, 3), factor, of_points, pulls)
    of_anchors[:] = factor * pulls[: k * d]
    of_sharpness[0] = -pulls[k * d] / n
    return 0


@njit(cache=True, nogil=True)
def accumulate_vjp(points, n, anchors, k, d, sharpness, cotangent, factor, of_points, pulls):
    """Write -factor times sum_j w_ij (x_i - c_j), and add up w_ij (x_i - c_j) over points, then w_ij |x_i - c_j|^2.

    NaN in a point makes its shares NaN, and with them every sum.
    """
    memory = np.zeros((2 * k + d + k * d + 3) * F32_LANES, np.float32)
    entry, place, c, u = data_pointer(memory), data_pointer(points), data_pointer(anchors), data_pointer(cotangent)
    squares, block, last = k * F32_LANES, 2 * k * F32_LANES, (2 * k + d) * F32_LANES
    slope, sums = last + F32_LANES, last + 2 * F32_LANES
    out, none, back = data_pointer(of_points), broadcast(0.0), broadcast(-factor)
    for i in range(0, n, F32_LANES):
        gather(place, i, n, d, entry, block)
        nearest, whole = unnormalized_memberships(entry, block, c, k, d, sharpness)
        share = div(broadcast(1.0), whole)
        mean = none
        for j in range(k):
            mean = fma(mean, load(entry, j * F32_LANES), load_broadcast(u, j))
        mean = mul(mean, share)
        if i + F32_LANES > n:
            store(entry, last, share)
            memory[last + n - i : last + F32_LANES] = 0.0
            share = load(entry, last)
        of_square = load(entry, sums + k * d * F32_LANES)
        for j in range(k):
            weight = mul(mul(load(entry, j * F32_LANES), share), sub(load_broadcast(u, j), mean))
            store(entry, j * F32_LANES, weight)
            # of the squares what they are above the least, as the weights of a point sum to 0
            of_square = fma(of_square, weight, load(entry, squares + j * F32_LANES))
        store(entry, sums + k * d * F32_LANES, of_square)
        for a in range(d):
            x, pull, at = load(entry, block + a * F32_LANES), none, sums + a * k * F32_LANES
            for j in range(k):
                away = mul(load(entry, j * F32_LANES), sub(x, load_broadcast(c, j * d + a)))
                pull = add(pull, away)
                store(entry, at + j * F32_LANES, add(load(entry, at + j * F32_LANES), away))
            store(entry, slope, mul(back, pull))
            if i + F32_LANES <= n:
                for lane in range(F32_LANES):
                    out[(i + lane) * d + a] = entry[slope + lane]
            else:
                for lane in range(n - i):
                    out[(i + lane) * d + a] = entry[slope + lane]
        if (i // F32_LANES + 1) % FLOAT32_BLOCKS == 0 or i + F32_LANES >= n:
            for a in range(d):
                for j in range(k):
                    at = sums + (a * k + j) * F32_LANES
                    pulls[j * d + a] += total(load(entry, at))
                    store(entry, at, none)
            pulls[k * d] += total(load(entry, sums + k * d * F32_LANES))
            store(entry, sums + k * d * F32_LANES, none)
