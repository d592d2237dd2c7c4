"""Row entropies of softmax(Q K^T) and their slopes in float32 lanes, inside JAX programs on a CPU.

Scores are negated and counted in powers of two: q_ij = -scale q_i . k_j / log 2, p_ij = 2^-(q_ij - level_i). With
g_ij = q_ij - level_i = -log2 p_ij the slope of row i in its scores is p_ij (g_ij - H_i), H in bits: the levels and
entropies are all that the second pass needs. Products are made eight rows by thirty-two columns at a time.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from entropylab.numerics import foreign
from entropylab.numerics.lanes import address
from entropylab.numerics.short_lanes import (
    DEEPEST,
    WIDTH,
    add,
    fused,
    highest,
    less,
    lesser,
    load,
    product,
    splat,
    spread,
    store,
    to_minus,
    total,
)

ROWS = 8  # with two registers each for thirty-two columns: half of those a processor with AVX-512 has
HEIGHT, CHUNK = 32, 1024  # rows and keys whose scores stay in the second-level cache
BAND, SPAN = 64, 256  # the same for weights
LINE = SPAN + WIDTH  # between rows of weights: a power of two would put them into the same places of the cache


def forward_called(frame):
    """`rows_forward` of queries (b, n, d), keys (b, m, d), scale and whether causal; see `foreign`."""
    if foreign.asked(frame):
        return 0
    n, m, d = foreign.length(frame, 0, 1), foreign.length(frame, 1, 1), foreign.length(frame, 0, 2)
    queries, keys, scale = foreign.argument(frame, 0), foreign.argument(frame, 1), foreign.argument(frame, 2)[0]
    causal = foreign.argument(frame, 3)[0] > 0
    entropies, levels = foreign.result(frame, 0), foreign.result(frame, 1)
    for b in range(foreign.length(frame, 0, 0)):
        q, k, rows = slice(b * n * d, (b + 1) * n * d), slice(b * m * d, (b + 1) * m * d), slice(b * n, (b + 1) * n)
        rows_forward(queries[q], keys[k], n, m, d, scale, causal, entropies[rows], levels[rows])
    return 0


def backward_called(frame):
    """`rows_backward` of these, the entropies, levels and cotangent."""
    if foreign.asked(frame):
        return 0
    n, m, d = foreign.length(frame, 0, 1), foreign.length(frame, 1, 1), foreign.length(frame, 0, 2)
    queries, keys, scale = foreign.argument(frame, 0), foreign.argument(frame, 1), foreign.argument(frame, 2)[0]
    causal = foreign.argument(frame, 3)[0] > 0
    entropies, levels, cotangent = foreign.argument(frame, 4), foreign.argument(frame, 5), foreign.argument(frame, 6)
    pulls, pushes = foreign.result(frame, 0), foreign.result(frame, 1)
    for b in range(foreign.length(frame, 0, 0)):
        q, k, rows = slice(b * n * d, (b + 1) * n * d), slice(b * m * d, (b + 1) * m * d), slice(b * n, (b + 1) * n)
        known = entropies[rows], levels[rows], cotangent[rows]
        rows_backward(queries[q], keys[k], n, m, d, scale, causal, *known, pulls[q], pushes[k])
    return 0


@njit(cache=True, nogil=True)
def rows_forward(queries, keys, n, m, d, scale, causal, entropies, levels):
    """Write the entropy of every row, in nats, and its level, in powers of two."""
    left, right = turned_queries(queries, n, d, scale), panels(keys, m, d)
    room = zeros(HEIGHT * CHUNK)
    least, whole, moment = np.empty(HEIGHT), np.empty(HEIGHT), np.empty(HEIGHT)
    rows, columns, q = address(left), address(right), address(room)
    one = total(to_minus(splat(0.0))) / WIDTH  # as it is rounded there: the entropy of one key is 0
    for start in range(0, n, HEIGHT):
        least[:], whole[:], moment[:] = np.inf, 0.0, 0.0
        height = min(HEIGHT, n - start)
        stop = min(m, start + height) if causal else m
        for first in range(0, stop, CHUNK):
            last = min(stop, first + CHUNK)
            for j in range(first, last, WIDTH):
                for i in range(0, height, ROWS):
                    scores(rows, (start + i) * d, d, columns, j * d, q, i * CHUNK + j - first, CHUNK)
            for r in range(height):
                seen = min(last, start + r + 1) if causal else last
                if seen <= first:
                    break
                at = r * CHUNK
                end = at + -(-(seen - first) // WIDTH) * WIDTH
                room[at + seen - first : end] = np.inf
                lowest = splat(np.inf)
                for place in range(at, end, WIDTH):
                    lowest = lesser(load(q, place), lowest)
                low = -highest(less(splat(0.0), lowest))
                sums, moments = splat(0.0), splat(0.0)
                for place in range(at, end, WIDTH):
                    gap = lesser(splat(DEEPEST), less(load(q, place), splat(low)))  # in this order NaN stays NaN
                    power = to_minus(gap)
                    sums, moments = add(sums, power), fused(moments, power, gap)
                add_row(r, low, total(sums), total(moments), least, whole, moment)
        for r in range(height):
            bits = math.log2(whole[r] / one)
            entropies[start + r] = math.log(2.0) * (bits + moment[r] / whole[r])
            levels[start + r] = least[r] - bits


@njit(cache=True, nogil=True, inline="always")
def add_row(r, low, sum, moment_sum, least, whole, moment):
    """Add powers of two and their moments, counted from `low`, to those of a row, and count these from the lesser."""
    if low < least[r]:
        fall = least[r] - low
        shrink = 2.0**-fall
        if whole[r] > 0:
            moment[r] = shrink * (moment[r] + fall * whole[r])
        least[r], whole[r] = low, shrink * whole[r]
    rise = low - least[r]
    shrink = 2.0**-rise
    whole[r] += shrink * sum
    moment[r] += shrink * (moment_sum + rise * sum)


@njit(cache=True, nogil=True)
def rows_backward(queries, keys, n, m, d, scale, causal, entropies, levels, cotangent, pulls, pushes):
    """With w_ij the slope in scale q_i . k_j, write sum_j w_ij k_j to `pulls`, and sum_i w_ij q_i to `pushes`."""
    wide = -(-d // WIDTH) * WIDTH
    left, right = turned_queries(queries, n, d, scale), panels(keys, m, d)
    own, others = widened(queries, n, d, ROWS), widened(keys, m, d, WIDTH)
    of_rows, of_keys, weights = zeros(BAND * wide), zeros(len(others)), zeros(min(BAND, len(own) // wide) * LINE)
    rows, columns, w = address(left), address(right), address(weights)
    mine, theirs, row_sums, key_sums = address(own), address(others), address(of_rows), address(of_keys)
    for start in range(0, n, BAND):
        of_rows[:] = 0.0
        height = min(BAND, n - start)
        tall = -(-height // ROWS) * ROWS
        stop = min(m, start + height) if causal else m
        for first in range(0, stop, SPAN):
            last = min(stop, first + SPAN)
            count = -(-(last - first) // WIDTH) * WIDTH
            for j in range(0, count, WIDTH):
                for i in range(0, height, ROWS):
                    scores(rows, (start + i) * d, d, columns, (first + j) * d, w, i * LINE + j, LINE)
            for r in range(height):
                row, at = start + r, r * LINE
                seen = min(last, row + 1) if causal else last
                end = at + max(0, -(-(seen - first) // WIDTH) * WIDTH)
                level, centre = splat(levels[row]), splat(entropies[row] / math.log(2.0))
                gain = splat(cotangent[row] * math.log(2.0))
                for place in range(at, end, WIDTH):
                    gap = lesser(splat(DEEPEST), less(load(w, place), level))
                    store(w, place, product(product(gain, to_minus(gap)), less(gap, centre)))
                weights[at + max(0, seen - first) : at + count] = 0.0
            weights[height * LINE : tall * LINE] = 0.0
            for panel in range(0, wide, WIDTH):
                for i in range(0, tall, ROWS):
                    collect(w, i * LINE, LINE, 1, theirs, first * wide + panel, wide, count, row_sums, i * wide + panel)
                for j in range(0, count, ROWS):
                    place = (first + j) * wide + panel
                    collect(w, j, 1, LINE, mine, start * wide + panel, wide, tall, key_sums, place)
        move(row_sums, 0, wide, address(pulls), start * d, d, height, d)
    move(key_sums, 0, wide, address(pushes), 0, d, m, d)


@njit(cache=True, nogil=True, inline="always")
def scores(rows, at, d, columns, place, out, to, line):
    """Eight rows times thirty-two columns, over d features, to `out`."""
    eight(rows, at, d, 1, columns, place, WIDTH, d, out, to, line, False)


@njit(cache=True, nogil=True, inline="always")
def collect(weights, at, down, along, numbers, place, wide, count, sums, to):
    """Add eight rows of weights times `count` rows of numbers to thirty-two columns of sums."""
    eight(weights, at, down, along, numbers, place, wide, count, sums, to, wide, True)


@njit(cache=True, nogil=True)
def eight(rows, at, down, along, columns, place, step, count, out, to, line, more):
    """sum_t rows[at + r down + t along] columns[place + t step] for r below eight, written or added."""
    a = b = c = d = e = f = g = h = splat(0.0)
    for t in range(place, place + count * step, step):
        column = load(columns, t)
        a, b = fused(a, spread(rows, at), column), fused(b, spread(rows, at + down), column)
        c, d = fused(c, spread(rows, at + 2 * down), column), fused(d, spread(rows, at + 3 * down), column)
        e, f = fused(e, spread(rows, at + 4 * down), column), fused(f, spread(rows, at + 5 * down), column)
        g, h = fused(g, spread(rows, at + 6 * down), column), fused(h, spread(rows, at + 7 * down), column)
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


@njit(cache=True, nogil=True)
def zeros(count):
    """Room from the start of a cache line on, so that no register straddles two lines."""
    room = np.zeros(count + 16, np.float32)
    skipped = (-room.ctypes.data % 64) // 4
    return room[skipped : skipped + count]


@njit(cache=True, nogil=True)
def turned_queries(queries, n, d, scale):
    """-scale q / log 2, with rows of zeros up to a multiple of eight."""
    out = zeros(-(-n // ROWS) * ROWS * d)
    factor = np.float32(-scale / math.log(2.0))
    for i in range(n * d):
        out[i] = factor * queries[i]
    return out


@njit(cache=True, nogil=True)
def panels(keys, m, d):
    """Thirty-two keys after another, each panel one row a feature; zeros up to a multiple of thirty-two."""
    out = zeros(-(-m // WIDTH) * WIDTH * d)
    for first in range(0, m, WIDTH):
        for t in range(d):
            at = first * d + t * WIDTH
            for lane in range(min(WIDTH, m - first)):
                out[at + lane] = keys[(first + lane) * d + t]
    return out


@njit(cache=True, nogil=True)
def widened(numbers, n, d, block):
    """Rows with zeros up to a multiple of thirty-two columns, and rows of zeros up to a multiple of a block."""
    wide = -(-d // WIDTH) * WIDTH
    out = zeros(-(-n // block) * block * wide)
    move(address(numbers), 0, d, address(out), 0, wide, n, d)
    return out


@njit(cache=True, nogil=True)
def move(source, start, step, target, place, stride, count, width):
    """Copy rows of `width` numbers that lie a step, and then a stride, apart."""
    for i in range(count):
        for t in range(width):
            target[place + i * stride + t] = source[start + i * step + t]
