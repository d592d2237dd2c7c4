"""Gaussian kernel sums at many widths: distances once, one exponential for a chain of widths.

Halving a squared width squares the kernel, so widths h, h / sqrt 2, h / 2, ... follow from the kernel at h by
multiplication alone. Widths in geometric progression with ratio 2^(1/2m) form m chains; others form singleton chains.
A pair of leaves is visited once, and each chain ends at the truncation radius of its two boxes.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from entropylab.kernels.compilation import njit
from entropylab.kernels.gauss_transform.leaf_bounds import PADDING_COORDINATE
from entropylab.kernels.gauss_transform.leaves import pack_leaves
from entropylab.kernels.simd.exp2_scalar import ROUNDING_SHIFT, exp2_neg_fast
from entropylab.kernels.simd.ops import (
    F64_LANES,
    add,
    aligned_empty,
    broadcast,
    data_pointer,
    fma,
    load,
    minimum,
    mul,
    reduce_add,
    scale_by_power_of_two,
    select_lt,
    store,
    sub,
)

LEAF = 64
BANDWIDTHS_PER_PASS = (
    3  # widths that one pass over a tile sums: from 2^-DEEPEST their kernels stay above the subnormal numbers
)
MAX_CHAIN = 12  # widths in a chain: squaring doubles a relative error, and 2^11 roundings are 3e-13
DEEPEST = 120.0  # bits below 1 at which a kernel is left out
TRUNCATION_TOLERANCE = 3e-11  # of a row, by kernels left out
FLOOR = 1e-20  # sums below this miss what was left out, and are done again
_BITS = 0.5 / math.log(2)  # exp(-q / 2) = 2^-(_BITS q)
# The Taylor series of 2^-g: what it leaves out is 1e-11 at the edge of |g| < 1/2, less of kernels nearer to 1, which
# alone are still seen when squaring has doubled it often.
_POWERS = tuple((-math.log(2)) ** k / math.factorial(k) for k in range(10))


def mean_log_sums(
    x: Float[np.ndarray, "n d"], widths: Float[np.ndarray, " s"], include_self: bool = True
) -> Float[np.ndarray, " s"]:
    """Mean over i of log sum_j exp(-|x_i - x_j|^2 / 2h^2) for every h in `widths`; rows to 1e-11."""
    n, d = x.shape
    leaves = -(-n // LEAF)
    points = np.full((d, leaves * LEAF), PADDING_COORDINATE)
    points[:, :n] = (x[pack_leaves(x)] if d <= 3 else x).T  # neighbours in one leaf make leaves that are far apart
    linked = squaring_chains(widths)
    lengths = np.array([len(chain) for chain in linked])
    first = np.array([_BITS / widths[chain[0]] ** 2 for chain in linked])
    start = np.cumsum([0] + [-(-length // BANDWIDTHS_PER_PASS) * BANDWIDTHS_PER_PASS for length in lengths])
    low, high = _boxes(points, n, leaves)
    cuts = np.full((leaves, start[-1]), DEEPEST)
    if include_self:
        cuts = np.minimum(
            cuts, np.log2(n / TRUNCATION_TOLERANCE) - np.log2(1 + _least_sums(low, high, n, first, lengths, start))
        )
    sums = aligned_empty(leaves * start[-1] * LEAF)
    sums[:] = 0.0
    _sums(points, low, high, first, lengths, start, cuts, aligned_empty(4 * LEAF), sums)
    sums = sums.reshape(leaves, start[-1], LEAF).transpose(1, 0, 2).reshape(start[-1], -1)[:, :n]
    out = np.empty(len(widths))
    for chain, at in zip(linked, start, strict=False):
        for level, s in enumerate(chain):
            rows = sums[at + level]
            if include_self:
                out[s] = np.log1p(rows).mean()
                continue
            lonely = np.flatnonzero(rows < FLOOR)
            logs = np.log(np.where(rows < FLOOR, 1.0, rows))
            logs[lonely] = _leave_one_out_log_sums(points[:, :n], lonely, 0.5 / widths[s] ** 2)
            out[s] = logs.mean()
    return out


def squaring_chains(widths: Float[np.ndarray, " s"]) -> list[list[int]]:
    """Indices of `widths` in chains, widest first, each width the last one over the square root of 2."""
    rest = [int(s) for s in np.argsort(-widths)]
    found = []
    while rest:
        chain = [rest.pop(0)]
        while len(chain) < MAX_CHAIN:
            # From the first width, so that no rounding adds up: an exponent of 40 then errs by 1e-11 at most.
            want = widths[chain[0]] * 2 ** (-len(chain) / 2)
            following = next((s for s in rest if abs(widths[s] - want) < 1e-13 * want), None)
            if following is None:
                break
            chain.append(following)
            rest.remove(following)
        found.append(chain)
    return found


@njit(cache=True, nogil=True)
def _boxes(points, n, leaves):
    d = len(points)
    low, high = np.empty((leaves, d)), np.empty((leaves, d))
    for leaf in range(leaves):
        for k in range(d):
            part = points[k, leaf * LEAF : min(n, (leaf + 1) * LEAF)]
            low[leaf, k], high[leaf, k] = part.min(), part.max()
    return low, high


@njit(cache=True, nogil=True)
def _least_sums(low, high, n, first, lengths, start):
    """What the kernels with other points come to at least, at any row of a leaf: those of the far corners of boxes."""
    leaves, d = low.shape
    least = np.zeros((leaves, start[-1]))
    for i in range(leaves):
        for j in range(leaves):
            far = 0.0
            for k in range(d):
                gap = max(high[i, k] - low[j, k], high[j, k] - low[i, k])
                far += gap * gap
            held = min(LEAF, n - j * LEAF) - (i == j)
            for c in range(len(first)):
                if first[c] * far < DEEPEST:
                    kernel = exp2_neg_fast(first[c] * far)
                    for slot in range(start[c], start[c] + lengths[c]):
                        least[i, slot] += held * kernel
                        kernel *= kernel
                        if kernel < 1e-6:
                            break
    return least


@njit(cache=True, nogil=True)
def _sums(points, low, high, first, lengths, start, cuts, memory, sums):
    """Add to sums[leaf, width, point] the kernels with all other points: 2^-(first q), its square, and so on."""
    leaves, (d, wide), slots = len(low), points.shape, start[-1]
    place, tile, out = data_pointer(points), data_pointer(memory), data_pointer(sums)
    levels = np.empty(len(first), np.int64)
    for i in range(leaves):
        for j in range(i, leaves):
            near = 0.0
            for k in range(d):
                gap = max(0.0, low[i, k] - high[j, k], low[j, k] - high[i, k])
                near += gap * gap
            any_ = False
            for c in range(len(first)):
                levels[c], bits = 0, first[c] * near
                while levels[c] < lengths[c]:
                    slot = start[c] + levels[c]
                    if bits > cuts[i, slot] and bits > cuts[j, slot]:
                        break
                    levels[c], bits = levels[c] + 1, 2 * bits
                any_ |= levels[c] > 0
            if not any_:
                continue
            # a leaf with itself: columns see every pair from both sides already
            share = 0.0 if i == j else 1.0
            for r in range(0, LEAF, 2):
                _squares(place, d, wide, i * LEAF + r, j * LEAF, tile)
                if i == j:
                    memory[r] = PADDING_COORDINATE
                    memory[LEAF + r + 1] = PADDING_COORDINATE
                for c in range(len(first)):
                    if levels[c]:
                        _exponentials(tile, first[c])
                        for level in range(0, levels[c], BANDWIDTHS_PER_PASS):
                            slot = start[c] + level
                            _accumulate_squares(
                                tile, out, (j * slots + slot) * LEAF, (i * slots + slot) * LEAF + r, share
                            )


@njit(cache=True, nogil=True)
def _squares(place, d, wide, row, column, tile):
    """Squared distances of two rows to the columns of a leaf."""
    for v in range(0, LEAF, F64_LANES):
        one, two = broadcast(0.0), broadcast(0.0)
        for k in range(d):
            others = load(place, k * wide + column + v)
            a, b = sub(others, broadcast(place[k * wide + row])), sub(others, broadcast(place[k * wide + row + 1]))
            one, two = fma(one, a, a), fma(two, b, b)
        store(tile, v, one)
        store(tile, LEAF + v, two)


@njit(cache=True, nogil=True)
def _exponentials(tile, bits):
    """2^-(bits q) of a tile, behind it."""
    for v in range(0, LEAF, F64_LANES):  # two vectors at a time: a step of one waits for the last, not for the other
        p = minimum(mul(load(tile, v), broadcast(bits)), broadcast(DEEPEST + 1.0))
        q = minimum(mul(load(tile, LEAF + v), broadcast(bits)), broadcast(DEEPEST + 1.0))
        first, second = sub(broadcast(ROUNDING_SHIFT), p), sub(broadcast(ROUNDING_SHIFT), q)
        p, q = add(p, sub(first, broadcast(ROUNDING_SHIFT))), add(q, sub(second, broadcast(ROUNDING_SHIFT)))
        one, two = broadcast(_POWERS[9]), broadcast(_POWERS[9])
        for k in range(8, -1, -1):
            one, two = fma(broadcast(_POWERS[k]), one, p), fma(broadcast(_POWERS[k]), two, q)
        store(tile, 2 * LEAF + v, scale_by_power_of_two(one, first))
        store(tile, 3 * LEAF + v, scale_by_power_of_two(two, second))


@njit(cache=True, nogil=True)
def _accumulate_squares(tile, out, column, row, share):
    """Add the kernels of a tile, their squares and fourth powers to columns and rows, and leave the eighth powers."""
    a0 = b0 = a1 = b1 = a2 = b2 = broadcast(0.0)
    nothing, least = broadcast(0.0), broadcast(2.0**-DEEPEST)
    for v in range(0, LEAF, F64_LANES):
        at = 2 * LEAF + v
        a, b = load(tile, at), load(tile, at + LEAF)
        a, b = select_lt(a, least, nothing, a), select_lt(b, least, nothing, b)
        a0, b0 = add(a0, a), add(b0, b)
        store(out, column + v, add(load(out, column + v), add(a, b)))
        a, b = mul(a, a), mul(b, b)
        a1, b1 = add(a1, a), add(b1, b)
        store(out, column + LEAF + v, add(load(out, column + LEAF + v), add(a, b)))
        a, b = mul(a, a), mul(b, b)
        a2, b2 = add(a2, a), add(b2, b)
        store(out, column + 2 * LEAF + v, add(load(out, column + 2 * LEAF + v), add(a, b)))
        store(tile, at, mul(a, a))
        store(tile, at + LEAF, mul(b, b))
    out[row] += share * reduce_add(a0)
    out[row + 1] += share * reduce_add(b0)
    out[row + LEAF] += share * reduce_add(a1)
    out[row + LEAF + 1] += share * reduce_add(b1)
    out[row + 2 * LEAF] += share * reduce_add(a2)
    out[row + 2 * LEAF + 1] += share * reduce_add(b2)


@njit(cache=True, nogil=True)
def _leave_one_out_log_sums(points, rows, scale):
    """log sum over j != i of exp(-scale q), relative to the nearest neighbour's term."""
    d, n = points.shape
    out = np.empty(len(rows))
    for r in range(len(rows)):
        q = np.zeros(n)
        for k in range(d):
            for j in range(n):
                q[j] += (points[k, j] - points[k, rows[r]]) ** 2
        q[rows[r]] = np.inf
        nearest = q.min()
        total = 0.0
        for j in range(n):
            if scale * (q[j] - nearest) < 60.0:
                total += math.exp(-scale * (q[j] - nearest))
        out[r] = math.log(total) - scale * nearest
    return out
