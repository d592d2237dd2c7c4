"""Layers of a small transformer on thirty-two images at once, one in every lane, token by token: `transformer`'s own.

`x` and `out` are addresses of lanes, a channel after the other; weights are those of model `m` of a stack.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.f32 import (
    F32_LANES,
    add,
    broadcast,
    div,
    exp2_neg,
    fma,
    load,
    load_broadcast,
    maximum,
    mul,
    offset_pointer,
    sqrt,
    store,
    sub,
)
from entropylab.kernels.simd.ops import data_pointer
from entropylab.studies.attention.models.transformer import EPSILON, Size

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
def residual_mlp(out, token, mixed, spare, block, m):
    """`transformer.finish` of one token."""
    move, inner = spare, offset_pointer(spare, WIDE * F32_LANES)
    matvec(move, mixed, block.mix, block.mix_shift, m, WIDE, WIDE)
    for c in range(0, WIDE * F32_LANES, F32_LANES):
        store(out, c, add(load(token, c), load(move, c)))
    norm(move, out, block.norm2_scale, block.norm2_shift, m)
    matvec(inner, move, block.inner, block.inner_shift, m, WIDE, HIDDEN)
    for c in range(0, HIDDEN * F32_LANES, F32_LANES):
        store(inner, c, gelu(load(inner, c)))
    matvec(move, inner, block.outer, block.outer_shift, m, HIDDEN, WIDE)
    for c in range(0, WIDE * F32_LANES, F32_LANES):
        store(out, c, add(load(out, c), load(move, c)))


@njit(cache=True, nogil=True)
def gelu(x):
    """x over 1 + exp(-2 u): half of x times 1 + tanh u, u = sqrt(2 / pi) (x + 0.044715 x^3), as JAX has it."""
    u = mul(mul(x, broadcast(TANH)), fma(broadcast(1.0), broadcast(CUBE), mul(x, x)))
    return div(x, add(broadcast(1.0), exp2_neg(maximum(u, broadcast(-125.0)))))


@njit(cache=True, nogil=True)
def norm(out, x, scales, shifts, m):
    """The layer norm of one token."""
    scale, shift = offset_pointer(data_pointer(scales), m * WIDE), offset_pointer(data_pointer(shifts), m * WIDE)
    whole, squares = broadcast(0.0), broadcast(0.0)
    for c in range(WIDE):
        whole = add(whole, load(x, c * F32_LANES))
    mean = mul(whole, broadcast(1 / WIDE))
    for c in range(WIDE):
        off = sub(load(x, c * F32_LANES), mean)
        squares = fma(squares, off, off)
    size = div(broadcast(1.0), sqrt(add(mul(squares, broadcast(1 / WIDE)), broadcast(EPSILON))))
    for c in range(WIDE):
        off = mul(sub(load(x, c * F32_LANES), mean), size)
        store(out, c * F32_LANES, fma(load_broadcast(shift, c), off, load_broadcast(scale, c)))


@njit(cache=True, nogil=True)
def matvec(out, x, matrices, shifts, m, inputs, outputs):
    """x times the matrix (inputs, outputs) of model m, and its shift: eight columns at a time."""
    matrix, shift = (
        offset_pointer(data_pointer(matrices), m * inputs * outputs),
        offset_pointer(data_pointer(shifts), m * outputs),
    )
    for c in range(0, outputs, 8):
        a, b, e, d = (
            load_broadcast(shift, c),
            load_broadcast(shift, c + 1),
            load_broadcast(shift, c + 2),
            load_broadcast(shift, c + 3),
        )
        f, g, h, i = (
            load_broadcast(shift, c + 4),
            load_broadcast(shift, c + 5),
            load_broadcast(shift, c + 6),
            load_broadcast(shift, c + 7),
        )
        for k in range(inputs):
            one, at = load(x, k * F32_LANES), k * outputs + c
            a, b = fma(a, load_broadcast(matrix, at), one), fma(b, load_broadcast(matrix, at + 1), one)
            e, d = fma(e, load_broadcast(matrix, at + 2), one), fma(d, load_broadcast(matrix, at + 3), one)
            f, g = fma(f, load_broadcast(matrix, at + 4), one), fma(g, load_broadcast(matrix, at + 5), one)
            h, i = fma(h, load_broadcast(matrix, at + 6), one), fma(i, load_broadcast(matrix, at + 7), one)
        matvec_eight(offset_pointer(out, c * F32_LANES), a, b, e, d, f, g, h, i)


@njit(cache=True, nogil=True)
def matvec_eight(out, a, b, c, d, e, f, g, h):
    """Eight channels in a row."""
    store(out, 0, a)
    store(out, F32_LANES, b)
    store(out, 2 * F32_LANES, c)
    store(out, 3 * F32_LANES, d)
    store(out, 4 * F32_LANES, e)
    store(out, 5 * F32_LANES, f)
    store(out, 6 * F32_LANES, g)
    store(out, 7 * F32_LANES, h)
