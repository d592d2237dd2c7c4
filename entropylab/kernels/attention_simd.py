"""Row entropies of softmax(Q K^T) and their slopes in float32 lanes, inside JAX programs on a CPU.

Scores are negated and counted in powers of two: q_ij = -scale q_i . k_j / log 2. With l_i the least of a row and b_i
the logarithm of its sum of 2^-(q_ij - l_i), g_ij = q_ij - l_i + b_i = -log2 p_ij, and the slope of row i in its
scores is p_ij (g_ij - H_i), H in bits: these and the entropies are all that the second pass needs. Products are made
eight rows by thirty-two columns at a time. Rows of which scores could overflow are computed in a unit of their own.
"""

from __future__ import annotations

import math

import numpy as np

from entropylab.kernels.attention_panels import ROWS, aligned_zeros, copy_block, key_panels, pad_rows, transpose_queries
from entropylab.kernels.compilation import njit
from entropylab.kernels.simd import xla_ffi
from entropylab.kernels.simd.f32 import (
    F32_LANES,
    MAX_EXPONENT,
    add,
    broadcast,
    exp2_neg,
    fma,
    load,
    load_broadcast,
    minimum,
    mul,
    reduce_max,
    store,
    sub,
    total,
)
from entropylab.kernels.simd.ops import data_pointer

HEIGHT, CHUNK = 32, 1024  # rows and keys whose scores stay in the second-level cache
BAND, SPAN = 64, 256  # the same for weights
MAX_SUMMED_LEVEL = 64.0  # of a score and the bits of a row, whose sum then keeps five digits after the point
LINE = SPAN + F32_LANES  # between rows of weights: a power of two would put them into the same places of the cache


def forward_callback(frame):
    """`rows_forward` of queries (b, n, d), keys (b, m, d), scale and whether causal; see `foreign`."""
    if xla_ffi.is_metadata_query(frame):
        return 0
    n, m, d = xla_ffi.length(frame, 0, 1), xla_ffi.length(frame, 1, 1), xla_ffi.length(frame, 0, 2)
    queries, keys, scale = xla_ffi.argument(frame, 0), xla_ffi.argument(frame, 1), xla_ffi.argument(frame, 2)[0]
    causal = xla_ffi.argument(frame, 3)[0] > 0
    entropies, least, bits = xla_ffi.result(frame, 0), xla_ffi.result(frame, 1), xla_ffi.result(frame, 2)
    for b in range(xla_ffi.length(frame, 0, 0)):
        q, k, rows = slice(b * n * d, (b + 1) * n * d), slice(b * m * d, (b + 1) * m * d), slice(b * n, (b + 1) * n)
        rows_forward(queries[q], keys[k], n, m, d, scale, causal, entropies[rows], least[rows], bits[rows])
    return 0


def backward_callback(frame):
    """`rows_backward` of these, what the first pass gave, and the cotangent."""
    if xla_ffi.is_metadata_query(frame):
        return 0
    n, m, d = xla_ffi.length(frame, 0, 1), xla_ffi.length(frame, 1, 1), xla_ffi.length(frame, 0, 2)
    queries, keys, scale = xla_ffi.argument(frame, 0), xla_ffi.argument(frame, 1), xla_ffi.argument(frame, 2)[0]
    causal = xla_ffi.argument(frame, 3)[0] > 0
    entropies, least, bits = xla_ffi.argument(frame, 4), xla_ffi.argument(frame, 5), xla_ffi.argument(frame, 6)
    cotangent = xla_ffi.argument(frame, 7)
    pulls, pushes = xla_ffi.result(frame, 0), xla_ffi.result(frame, 1)
    for b in range(xla_ffi.length(frame, 0, 0)):
        q, k, rows = slice(b * n * d, (b + 1) * n * d), slice(b * m * d, (b + 1) * m * d), slice(b * n, (b + 1) * n)
        known = entropies[rows], least[rows], bits[rows], cotangent[rows]
        rows_backward(queries[q], keys[k], n, m, d, scale, causal, *known, pulls[q], pushes[k])
    return 0


@njit(cache=True, nogil=True)
def rows_forward(queries, keys, n, m, d, scale, causal, entropies, lowest, logs):
    """Write the entropy of every row, in nats, its least q, and the logarithm of its sum, in powers of two."""
    (left, units), right = transpose_queries(queries, keys, n, d, scale), key_panels(keys, m, d)
    room = aligned_zeros(HEIGHT * CHUNK)
    least, whole, moment = np.empty(HEIGHT), np.empty(HEIGHT), np.empty(HEIGHT)
    rows, columns, q = data_pointer(left), data_pointer(right), data_pointer(room)
    one = total(exp2_neg(broadcast(0.0))) / F32_LANES  # as it is rounded there: the entropy of one key is 0
    for start in range(0, n, HEIGHT):
        least[:], whole[:], moment[:] = np.inf, 0.0, 0.0
        height = min(HEIGHT, n - start)
        stop = min(m, start + height) if causal else m
        for first in range(0, stop, CHUNK):
            last = min(stop, first + CHUNK)
            for j in range(first, last, F32_LANES):
                for i in range(0, height, ROWS):
                    scores(rows, (start + i) * d, d, columns, j * d, q, i * CHUNK + j - first, CHUNK)
            for r in range(height):
                seen = min(last, start + r + 1) if causal else last
                if seen <= first:
                    break
                at = r * CHUNK
                end = at + -(-(seen - first) // F32_LANES) * F32_LANES
                room[at + seen - first : end] = np.inf
                floor = broadcast(np.inf)
                for place in range(at, end, F32_LANES):
                    floor = minimum(load(q, place), floor)
                low, unit = -reduce_max(sub(broadcast(0.0), floor)), units[start + r]
                if unit != 1.0:  # the gaps in their own unit, before any of them is used
                    for place in range(at, end, F32_LANES):
                        store(q, place, mul(broadcast(unit), sub(load(q, place), broadcast(low))))
                below = low if unit == 1.0 else 0.0
                sums, moments = broadcast(0.0), broadcast(0.0)
                for place in range(at, end, F32_LANES):
                    gap = sub(load(q, place), broadcast(below))
                    gap = minimum(broadcast(MAX_EXPONENT), gap)  # in this order NaN stays NaN
                    power = exp2_neg(gap)
                    sums, moments = add(sums, power), fma(moments, power, gap)
                add_row(r, low, unit, total(sums), total(moments), least, whole, moment)
        for r in range(height):
            bits = math.log2(whole[r] / one)
            entropies[start + r] = math.log(2.0) * (bits + moment[r] / whole[r])
            lowest[start + r], logs[start + r] = least[r], bits


@njit(cache=True, nogil=True, inline="always")
def add_row(r, low, unit, sum, moment_sum, least, whole, moment):
    """Add powers of two and their moments, counted from `low`, to those of a row, and count these from the lesser."""
    if low < least[r]:
        fall = unit * (least[r] - low)
        shrink = 2.0**-fall
        if whole[r] > 0:
            moment[r] = shrink * (moment[r] + fall * whole[r])
        least[r], whole[r] = low, shrink * whole[r]
    rise = unit * (low - least[r])
    shrink = 2.0**-rise
    whole[r] += shrink * sum
    moment[r] += shrink * (moment_sum + rise * sum)


@njit(cache=True, nogil=True)
def rows_backward(queries, keys, n, m, d, scale, causal, entropies, least, bits, cotangent, pulls, pushes):
    """With w_ij the slope in scale q_i . k_j, write sum_j w_ij k_j to `pulls`, and sum_i w_ij q_i to `pushes`."""
    wide = -(-d // F32_LANES) * F32_LANES
    (left, units), right = transpose_queries(queries, keys, n, d, scale), key_panels(keys, m, d)
    own, others = pad_rows(queries, n, d, ROWS), pad_rows(keys, m, d, F32_LANES)
    of_rows, of_keys, weights = (
        aligned_zeros(BAND * wide),
        aligned_zeros(len(others)),
        aligned_zeros(min(BAND, len(own) // wide) * LINE),
    )
    rows, columns, w = data_pointer(left), data_pointer(right), data_pointer(weights)
    mine, theirs, row_sums, key_sums = (
        data_pointer(own),
        data_pointer(others),
        data_pointer(of_rows),
        data_pointer(of_keys),
    )
    for start in range(0, n, BAND):
        of_rows[:] = 0.0
        height = min(BAND, n - start)
        tall = -(-height // ROWS) * ROWS
        stop = min(m, start + height) if causal else m
        for first in range(0, stop, SPAN):
            last = min(stop, first + SPAN)
            count = -(-(last - first) // F32_LANES) * F32_LANES
            for j in range(0, count, F32_LANES):
                for i in range(0, height, ROWS):
                    scores(rows, (start + i) * d, d, columns, (first + j) * d, w, i * LINE + j, LINE)
            for r in range(height):
                row, at = start + r, r * LINE
                seen = min(last, row + 1) if causal else last
                end = at + max(0, -(-(seen - first) // F32_LANES) * F32_LANES)
                level, centre = least[row] - bits[row], broadcast(entropies[row] / math.log(2.0))
                gain = broadcast(cotangent[row] * math.log(2.0))
                if abs(level) > MAX_SUMMED_LEVEL or units[row] != 1.0:
                    for place in range(at, end, F32_LANES):
                        gap = sub(load(w, place), broadcast(least[row]))
                        store(w, place, fma(broadcast(bits[row]), broadcast(units[row]), gap))
                    level = 0.0
                for place in range(at, end, F32_LANES):
                    gap = minimum(broadcast(MAX_EXPONENT), sub(load(w, place), broadcast(level)))
                    store(w, place, mul(mul(gain, exp2_neg(gap)), sub(gap, centre)))
                weights[at + max(0, seen - first) : at + count] = 0.0
            weights[height * LINE : tall * LINE] = 0.0
            for panel in range(0, wide, F32_LANES):
                for i in range(0, tall, ROWS):
                    accumulate_rows(
                        w, i * LINE, LINE, 1, theirs, first * wide + panel, wide, count, row_sums, i * wide + panel
                    )
                for j in range(0, count, ROWS):
                    place = (first + j) * wide + panel
                    accumulate_rows(w, j, 1, LINE, mine, start * wide + panel, wide, tall, key_sums, place)
        copy_block(row_sums, 0, wide, data_pointer(pulls), start * d, d, height, d)
    copy_block(key_sums, 0, wide, data_pointer(pushes), 0, d, m, d)


@njit(cache=True, nogil=True, inline="always")
def scores(rows, at, d, columns, place, out, to, line):
    """Eight rows times thirty-two columns, over d features, to `out`."""
    matmul_eight_rows(rows, at, d, 1, columns, place, F32_LANES, d, out, to, line, False)


@njit(cache=True, nogil=True, inline="always")
def accumulate_rows(weights, at, down, along, numbers, place, wide, count, sums, to):
    """Add eight rows of weights times `count` rows of numbers to thirty-two columns of sums."""
    matmul_eight_rows(weights, at, down, along, numbers, place, wide, count, sums, to, wide, True)


@njit(cache=True, nogil=True)
def matmul_eight_rows(rows, at, down, along, columns, place, step, count, out, to, line, more):
    """sum_t rows[at + r down + t along] columns[place + t step] for r below eight, written or added."""
    a = b = c = d = e = f = g = h = broadcast(0.0)
    for t in range(place, place + count * step, step):
        column = load(columns, t)
        a, b = fma(a, load_broadcast(rows, at), column), fma(b, load_broadcast(rows, at + down), column)
        c, d = fma(c, load_broadcast(rows, at + 2 * down), column), fma(d, load_broadcast(rows, at + 3 * down), column)
        e, f = fma(e, load_broadcast(rows, at + 4 * down), column), fma(f, load_broadcast(rows, at + 5 * down), column)
        g, h = fma(g, load_broadcast(rows, at + 6 * down), column), fma(h, load_broadcast(rows, at + 7 * down), column)
        at += along
    if more:
        a, b = add(a, load(out, to)), add(b, load(out, to + line))
        c, d = add(c, load(out, to + 2 * line)), add(d, load(out, to + 3 * line))
        e, f = add(e, load(out, to + 4 * line)), add(f, load(out, to + 5 * line))
        g, h = add(g, load(out, to + 6 * line)), add(h, load(out, to + 7 * line))
    store(out, to, a)
    store(out, to + line, b)
    store(out, to + 2 * line, c)
    store(out, to + 3 * line, d)
    store(out, to + 4 * line, e)
    store(out, to + 5 * line, f)
    store(out, to + 6 * line, g)
    store(out, to + 7 * line, h)
