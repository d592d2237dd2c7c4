"""The masses of soft nearest-anchor cells inside JAX programs on a CPU, and their slopes, in float32 lanes.

The second pass computes the shares of thirty-two points once more, in the first-level cache, and uses them up there:
with u the cotangent, d(u . mass) is the mean over points of w_ij d(-alpha |x_i - c_j|^2), w_ij = p_ij (u_j - p_i . u).
"""

from __future__ import annotations

import jax
import numpy as np
from jaxtyping import Array, Float
from numba import njit

from entropylab.numerics import foreign
from entropylab.numerics.assignments_host import FLUSH, add_masses, gather, shares
from entropylab.numerics.lanes import address
from entropylab.numerics.short_lanes import (
    WIDTH,
    add,
    fused,
    less,
    load,
    product,
    quotient,
    splat,
    spread,
    store,
    total,
)


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
    return foreign.call("entropylab_ball_masses", _masses_called, _plain, shapes, *arguments)[0], arguments


def _backward(arguments, cotangent):
    shapes = tuple(jax.ShapeDtypeStruct(x.shape, x.dtype) for x in arguments)
    return foreign.call("entropylab_ball_slopes", _slopes_called, _plain_slopes, shapes, *arguments, cotangent)


ball_masses.defvjp(_forward, _backward)


def _plain(points, anchors, sharpness):
    squares = ((points[:, None] - anchors) ** 2).sum(-1)
    return (jax.nn.softmax(-sharpness * squares, 1).mean(0),)


def _plain_slopes(*arguments):
    *arguments, cotangent = arguments
    return jax.vjp(_plain, *arguments)[1]((cotangent,))


def _masses_called(frame):
    if foreign.asked(frame):
        return 0
    points, anchors, sharpness = foreign.argument(frame, 0), foreign.argument(frame, 1), foreign.argument(frame, 2)
    n, d, k = foreign.length(frame, 0, 0), foreign.length(frame, 0, 1), foreign.length(frame, 1, 0)
    masses = np.zeros(k)
    add_masses(points, n, anchors, k, d, sharpness[0], masses)
    foreign.result(frame, 0)[:] = masses / n
    return 0


def _slopes_called(frame):
    if foreign.asked(frame):
        return 0
    points, anchors, sharpness = foreign.argument(frame, 0), foreign.argument(frame, 1), foreign.argument(frame, 2)
    n, d, k = foreign.length(frame, 0, 0), foreign.length(frame, 0, 1), foreign.length(frame, 1, 0)
    of_points, of_anchors, of_sharpness = foreign.result(frame, 0), foreign.result(frame, 1), foreign.result(frame, 2)
    pulls = np.zeros(k * d + 1)
    factor = 2 * sharpness[0] / n
    add_slopes(points, n, anchors, k, d, sharpness[0], foreign.argument(frame, 3), factor, of_points, pulls)
    of_anchors[:] = factor * pulls[: k * d]
    of_sharpness[0] = -pulls[k * d] / n
    return 0


@njit(cache=True, nogil=True)
def add_slopes(points, n, anchors, k, d, sharpness, cotangent, factor, of_points, pulls):
    """Write -factor times sum_j w_ij (x_i - c_j), and add up w_ij (x_i - c_j) over points, then w_ij |x_i - c_j|^2.

    NaN in a point makes its shares NaN, and with them every sum.
    """
    memory = np.zeros((2 * k + d + k * d + 3) * WIDTH, np.float32)
    entry, place, c, u = address(memory), address(points), address(anchors), address(cotangent)
    squares, block, last = k * WIDTH, 2 * k * WIDTH, (2 * k + d) * WIDTH
    slope, sums = last + WIDTH, last + 2 * WIDTH
    out, none, back = address(of_points), splat(0.0), splat(-factor)
    for i in range(0, n, WIDTH):
        gather(place, i, n, d, entry, block)
        nearest, whole = shares(entry, block, c, k, d, sharpness)
        share = quotient(splat(1.0), whole)
        mean = none
        for j in range(k):
            mean = fused(mean, load(entry, j * WIDTH), spread(u, j))
        mean = product(mean, share)
        if i + WIDTH > n:
            store(entry, last, share)
            memory[last + n - i : last + WIDTH] = 0.0
            share = load(entry, last)
        of_square = load(entry, sums + k * d * WIDTH)
        for j in range(k):
            weight = product(product(load(entry, j * WIDTH), share), less(spread(u, j), mean))
            store(entry, j * WIDTH, weight)
            # of the squares what they are above the least, as the weights of a point sum to 0
            of_square = fused(of_square, weight, load(entry, squares + j * WIDTH))
        store(entry, sums + k * d * WIDTH, of_square)
        for a in range(d):
            x, pull, at = load(entry, block + a * WIDTH), none, sums + a * k * WIDTH
            for j in range(k):
                away = product(load(entry, j * WIDTH), less(x, spread(c, j * d + a)))
                pull = add(pull, away)
                store(entry, at + j * WIDTH, add(load(entry, at + j * WIDTH), away))
            store(entry, slope, product(back, pull))
            if i + WIDTH <= n:
                for lane in range(WIDTH):
                    out[(i + lane) * d + a] = entry[slope + lane]
            else:
                for lane in range(n - i):
                    out[(i + lane) * d + a] = entry[slope + lane]
        if (i // WIDTH + 1) % FLUSH == 0 or i + WIDTH >= n:
            for a in range(d):
                for j in range(k):
                    at = sums + (a * k + j) * WIDTH
                    pulls[j * d + a] += total(load(entry, at))
                    store(entry, at, none)
            pulls[k * d] += total(load(entry, sums + k * d * WIDTH))
            store(entry, sums + k * d * WIDTH, none)
