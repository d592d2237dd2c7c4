"""Layers of a small transformer on thirty-two images at once, one in every lane, token by token: `transformer`'s own.

`x` and `out` are addresses of lanes, a channel after the other; weights are those of model `m` of a stack.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from entropylab.models.transformer import TINY, Size
from entropylab.numerics.lanes import address
from entropylab.numerics.short_lanes import (
    WIDTH,
    add,
    beyond,
    fused,
    greater,
    less,
    load,
    product,
    quotient,
    root,
    splat,
    spread,
    store,
    to_minus,
)

WIDE, HIDDEN = (Size._field_defaults[name] for name in ("width", "hidden"))
TANH = 2 * math.sqrt(2 / math.pi) / math.log(2)  # tanh in powers of two
CUBE = 0.044715


class Block(NamedTuple):
    """The weights of one block (models, entries), in float32."""

    norm1_scale: np.ndarray
    norm1_shift: np.ndarray
    qkv: np.ndarray
    qkv_shift: np.ndarray
    mix: np.ndarray
    mix_shift: np.ndarray
    norm2_scale: np.ndarray
    norm2_shift: np.ndarray
    inner: np.ndarray
    inner_shift: np.ndarray
    outer: np.ndarray
    outer_shift: np.ndarray


@njit(cache=True, nogil=True)
def finish(out, token, mixed, spare, block, m):
    """`transformer.finish` of one token."""
    move, inner = spare, beyond(spare, WIDE * WIDTH)
    columns(move, mixed, block.mix, block.mix_shift, m, WIDE, WIDE)
    for c in range(0, WIDE * WIDTH, WIDTH):
        store(out, c, add(load(token, c), load(move, c)))
    norm(move, out, block.norm2_scale, block.norm2_shift, m)
    columns(inner, move, block.inner, block.inner_shift, m, WIDE, HIDDEN)
    for c in range(0, HIDDEN * WIDTH, WIDTH):
        store(inner, c, gelu(load(inner, c)))
    columns(move, inner, block.outer, block.outer_shift, m, HIDDEN, WIDE)
    for c in range(0, WIDE * WIDTH, WIDTH):
        store(out, c, add(load(out, c), load(move, c)))


@njit(cache=True, nogil=True)
def gelu(x):
    """x over 1 + exp(-2 u): half of x times 1 + tanh u, u = sqrt(2 / pi) (x + 0.044715 x^3), as JAX has it."""
    u = product(product(x, splat(TANH)), fused(splat(1.0), splat(CUBE), product(x, x)))
    return quotient(x, add(splat(1.0), to_minus(greater(u, splat(-125.0)))))


@njit(cache=True, nogil=True)
def norm(out, x, scales, shifts, m):
    """The layer norm of one token."""
    scale, shift = beyond(address(scales), m * WIDE), beyond(address(shifts), m * WIDE)
    whole, squares = splat(0.0), splat(0.0)
    for c in range(WIDE):
        whole = add(whole, load(x, c * WIDTH))
    mean = product(whole, splat(1 / WIDE))
    for c in range(WIDE):
        off = less(load(x, c * WIDTH), mean)
        squares = fused(squares, off, off)
    size = quotient(splat(1.0), root(add(product(squares, splat(1 / WIDE)), splat(TINY))))
    for c in range(WIDE):
        off = product(less(load(x, c * WIDTH), mean), size)
        store(out, c * WIDTH, fused(spread(shift, c), off, spread(scale, c)))


@njit(cache=True, nogil=True)
def columns(out, x, matrices, shifts, m, inputs, outputs):
    """x times the matrix (inputs, outputs) of model m, and its shift: eight columns at a time."""
    matrix, shift = beyond(address(matrices), m * inputs * outputs), beyond(address(shifts), m * outputs)
    for c in range(0, outputs, 8):
        a, b, e, d = spread(shift, c), spread(shift, c + 1), spread(shift, c + 2), spread(shift, c + 3)
        f, g, h, i = spread(shift, c + 4), spread(shift, c + 5), spread(shift, c + 6), spread(shift, c + 7)
        for k in range(inputs):
            one, at = load(x, k * WIDTH), k * outputs + c
            a, b = fused(a, spread(matrix, at), one), fused(b, spread(matrix, at + 1), one)
            e, d = fused(e, spread(matrix, at + 2), one), fused(d, spread(matrix, at + 3), one)
            f, g = fused(f, spread(matrix, at + 4), one), fused(g, spread(matrix, at + 5), one)
            h, i = fused(h, spread(matrix, at + 6), one), fused(i, spread(matrix, at + 7), one)
        eight(beyond(out, c * WIDTH), a, b, e, d, f, g, h, i)


@njit(cache=True, nogil=True)
def eight(out, a, b, c, d, e, f, g, h):
    """Eight channels in a row."""
    store(out, 0, a)
    store(out, WIDTH, b)
    store(out, 2 * WIDTH, c)
    store(out, 3 * WIDTH, d)
    store(out, 4 * WIDTH, e)
    store(out, 5 * WIDTH, f)
    store(out, 6 * WIDTH, g)
    store(out, 7 * WIDTH, h)
