"""Queries and keys laid out for the lanes of `attention_simd`: aligned, transposed, in panels, and in range."""

from __future__ import annotations

import math

import numpy as np

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.f32 import F32_LANES
from entropylab.kernels.simd.ops import data_pointer

ROWS = 8  # with two registers each for thirty-two columns: half of those a processor with AVX-512 has
MAX_SCORE = 2.0**125  # so that differences of scores do not overflow


@njit(cache=True, nogil=True)
def aligned_zeros(count):
    """Room from the start of a cache line on, so that no register straddles two lines."""
    room = np.zeros(count + 16, np.float32)
    skipped = (-room.ctypes.data % 64) // 4
    return room[skipped : skipped + count]


@njit(cache=True, nogil=True)
def transpose_queries(queries, keys, n, d, scale):
    """-scale q / log 2 over a unit for every row, with rows of zeros up to a multiple of eight; and the units.

    A unit is a power of two: 1, unless scores of its row could overflow.
    """
    out, units = aligned_zeros(-(-n // ROWS) * ROWS * d), np.ones(n)
    factor = np.float32(-scale / math.log(2.0))
    for i in range(n * d):
        out[i] = factor * queries[i]
    widest = d * max_abs(keys)
    if max_abs(out) * widest > MAX_SCORE:
        for i in range(n):
            row = out[i * d : (i + 1) * d]
            bound = max_abs(row) * widest
            if MAX_SCORE < bound < np.inf:
                units[i] = math.ldexp(1.0, math.frexp(bound / MAX_SCORE)[1])
                for t in range(d):
                    row[t] /= units[i]
    return out, units


@njit(cache=True, nogil=True)
def max_abs(numbers):
    """The largest |x|, NaN above all: by bits, in the order of the numbers, as vectors compare integers."""
    bits, most = numbers.view(np.int32), np.int32(0)
    for i in range(len(bits)):
        magnitude = bits[i] & np.int32(0x7FFFFFFF)
        if magnitude > most:
            most = magnitude
    return float(np.array([most], np.int32).view(np.float32)[0])


@njit(cache=True, nogil=True)
def key_panels(keys, m, d):
    """Thirty-two keys after another, each panel one row a feature; zeros up to a multiple of thirty-two."""
    out = aligned_zeros(-(-m // F32_LANES) * F32_LANES * d)
    for first in range(0, m, F32_LANES):
        for t in range(d):
            at = first * d + t * F32_LANES
            for lane in range(min(F32_LANES, m - first)):
                out[at + lane] = keys[(first + lane) * d + t]
    return out


@njit(cache=True, nogil=True)
def pad_rows(numbers, n, d, block):
    """Rows with zeros up to a multiple of thirty-two columns, and rows of zeros up to a multiple of a block."""
    wide = -(-d // F32_LANES) * F32_LANES
    out = aligned_zeros(-(-n // block) * block * wide)
    copy_block(data_pointer(numbers), 0, d, data_pointer(out), 0, wide, n, d)
    return out


@njit(cache=True, nogil=True)
def copy_block(source, start, step, target, place, stride, count, width):
    """Copy rows of `width` numbers that lie a step, and then a stride, apart."""
    for i in range(count):
        for t in range(width):
            target[place + i * stride + t] = source[start + i * step + t]
