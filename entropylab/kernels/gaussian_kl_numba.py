"""KL divergences of all pairs of concrete float64 Gaussians on a CPU, summed up row by row as they appear.

Twice the divergence of i from j is linear in the second moments of i: a matrix product of width
d (d + 1) / 2 + d + 1 over all pairs. Eight rows by sixteen columns of it stay in registers until they have been
raised to powers, weighted and added up, so that no table is written.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.exp2 import exp2_neg_v
from entropylab.kernels.simd.ops import (
    F64_LANES,
    add,
    aligned_empty,
    broadcast,
    data_pointer,
    div,
    exponent,
    fma,
    fnma,
    load,
    load_broadcast,
    mantissa,
    maximum,
    minimum,
    mul,
    reduce_add,
    reduce_max,
    store,
)
from entropylab.kernels.simd.parallel import parallel_for

ROWS = 8  # with two registers each for sixteen columns: half of those a processor with AVX-512 has
HALF = 0.5 / math.log(2)  # of twice a divergence, in powers of two
REACH = float(np.finfo(float).eps) ** -0.2  # the product loses eps times what it bounds, and keeps 12 digits
MIN_WORK_PER_THREAD = 1 << 22  # multiply-adds that are worth a thread
MIN_PIVOT = 2.0**-1022  # a smaller pivot has lost digits, or is not positive


def kl_sums_numba(
    spreads: Float[np.ndarray, "K d d"], centers: Float[np.ndarray, "K d"], weights: Float[np.ndarray, " K"]
) -> tuple[Float[np.ndarray, " K"], Float[np.ndarray, " K"]] | None:
    """log sum_j w_j exp(-KL(p_i || p_j)) of every Gaussian i, and log det S_i.

    None where the product would cancel, centers lying far out in units of the spreads, or
    where a spread is not positive definite, numerically. Rows of weight 0 are as they come.
    """
    k, d = centers.shape
    features, panels = d * (d + 1) // 2 + d, -(-k // F64_LANES)
    size = panels * (features + 1) * F64_LANES
    room = aligned_empty(2 * size + panels * F64_LANES * (F64_LANES + 2) + (features + d + 1) * F64_LANES)
    left, right, room = room[:size], room[size : 2 * size], room[2 * size :]
    logs, share_of, room = (
        room[: panels * F64_LANES],
        room[panels * F64_LANES : 2 * panels * F64_LANES],
        room[2 * panels * F64_LANES :],
    )
    sums, scratch = room[: panels * F64_LANES**2], room[panels * F64_LANES**2 :]
    share_of[:k], share_of[k:] = weights, 0.0
    found = np.empty(panels * F64_LANES)
    if not _factors(np.ascontiguousarray(spreads), np.ascontiguousarray(centers), left, right, scratch, logs) < REACH:
        return None
    arguments = left, right, share_of, features, panels, sums, found
    parallel_for(_sums, -(-k // ROWS), max(1, MIN_WORK_PER_THREAD // size), *arguments)
    return found[:k], logs[:k]


@njit(cache=True)
def kl_upper_bound(weights, sums, log_determinants, d):
    """sum_i w_i (the entropy of Gaussian i, less its sum)."""
    bound = 0.0
    for i in range(len(weights)):
        if weights[i] > 0:
            bound += weights[i] * (0.5 * (log_determinants[i] + d * (1 + math.log(2 * math.pi))) - sums[i])
    return bound


@njit(cache=True, nogil=True)
def _factors(spreads, centers, left, right, scratch, logs):
    """Write, sixteen components at a time, their second moments and what these are multiplied by: inverses P swept in
    place, -2 P m, and m' P m + log det S. Centers are counted from their mean, and divergences in powers of two.
    Return a bound on the terms; infinity where a pivot is too small.
    """
    k, d = centers.shape
    triangle = d * (d + 1) // 2
    features = triangle + d
    of_spreads, of_centers, of_logs = data_pointer(spreads), data_pointer(centers), data_pointer(logs)
    entry, moment, out = data_pointer(scratch), data_pointer(left), data_pointer(right)
    center, pivots = triangle * F64_LANES, features * F64_LANES
    mean, places = np.zeros(d), np.empty(F64_LANES, np.int64)
    own = data_pointer(places)
    for i in range(k):
        for r in range(d):
            mean[r] += of_centers[i * d + r]
    mean /= k
    one, zero, half = broadcast(1.0), broadcast(0.0), broadcast(HALF)
    least, widest, farthest = one, zero, zero
    for first in range(0, k, F64_LANES):
        panel = first * (features + 1)
        for lane in range(F64_LANES):
            own[lane] = min(first + lane, k - 1) * d  # lanes to spare repeat the last component
        e = 0
        for r in range(d):
            for lane in range(F64_LANES):
                entry[center + r * F64_LANES + lane] = of_centers[own[lane] + r] - mean[r]
            for s in range(r + 1):
                lower, upper = r * d + s, s * d + r
                for lane in range(F64_LANES):
                    matrix = own[lane] * d
                    entry[e + lane] = 0.5 * (of_spreads[matrix + lower] + of_spreads[matrix + upper])
                e += F64_LANES
        e, square = 0, zero
        for r in range(d):
            moved = load(entry, center + r * F64_LANES)
            square = fma(square, moved, moved)
            moved = mul(half, moved)
            store(moment, panel + center + r * F64_LANES, moved)
            for s in range(r + 1):
                value = mul(half, load(entry, e))
                store(moment, panel + e, fma(value, moved, load(entry, center + s * F64_LANES)))
                e += F64_LANES
        farthest = maximum(square, farthest)
        fractions, powers = one, zero
        for c in range(d):
            base = c * (c + 1) // 2
            pivot = load(entry, (base + c) * F64_LANES)
            least = minimum(pivot, least)
            fractions, powers = mul(fractions, mantissa(pivot)), add(powers, exponent(pivot))
            over = div(one, pivot)
            # the column of the pivot, kept aside, then scaled in place
            for r in range(d):
                place = base + r if r < c else r * (r + 1) // 2 + c
                store(entry, pivots + r * F64_LANES, load(entry, place * F64_LANES))
            for r in range(d):
                if r == c:
                    continue
                scaled = mul(load(entry, pivots + r * F64_LANES), over)
                row = r * (r + 1) // 2
                for s in range(r + 1):
                    value = load(entry, (row + s) * F64_LANES)
                    value = fnma(value, scaled, load(entry, pivots + s * F64_LANES))
                    store(entry, (row + s) * F64_LANES, value)
                place = base + r if r < c else row + c
                store(entry, place * F64_LANES, scaled)
            store(entry, (base + c) * F64_LANES, mul(broadcast(-1.0), over))
        # what has been swept is -P
        square, norm = zero, zero
        for r in range(d):
            line = zero
            for s in range(d):
                place = r * (r + 1) // 2 + s if s <= r else s * (s + 1) // 2 + r
                value = load(entry, place * F64_LANES)
                line = fnma(line, value, load(entry, center + s * F64_LANES))
                norm = fma(norm, value, value)
                if s <= r:
                    store(out, panel + place * F64_LANES, mul(broadcast(-1.0 if s == r else -2.0), value))
            store(out, panel + center + r * F64_LANES, mul(broadcast(-2.0), line))
            square = fma(square, line, load(entry, center + r * F64_LANES))
        widest = maximum(norm, widest)
        store(of_logs, first, fractions)
        for lane in range(first, first + F64_LANES):
            logs[lane] = math.log(logs[lane])
        log = fma(load(of_logs, first), powers, broadcast(math.log(2.0)))
        store(of_logs, first, log)
        store(out, panel + pivots, mul(add(square, log), half))
        store(moment, panel + pivots, mul(add(log, broadcast(float(d))), broadcast(-HALF)))
    if not -reduce_max(mul(broadcast(-1.0), least)) >= MIN_PIVOT:
        return np.inf
    # no eigenvalue exceeds the Frobenius norm
    return reduce_max(farthest) * math.sqrt(reduce_max(widest))


@njit(cache=True, nogil=True)
def _sums(first, last, moments, factors, weights, features, count, sums, found):
    """log sum_j w_j 2^-q_ij of rows [8 first, 8 last), added up in lanes."""
    left, right, share_of, out = data_pointer(moments), data_pointer(factors), data_pointer(weights), data_pointer(sums)
    room = np.empty(ROWS * F64_LANES)
    q = data_pointer(room)
    sums[first * ROWS * F64_LANES : last * ROWS * F64_LANES] = 0.0
    for j in range(count):
        panel = j * (features + 1) * F64_LANES
        own = panel + features * F64_LANES
        weight, constant = load(share_of, j * F64_LANES), load(right, own)
        for block in range(first, last):
            i = block * ROWS
            at = i // F64_LANES * (features + 1) * F64_LANES + i % F64_LANES
            row = at + features * F64_LANES
            a, b = add(constant, load_broadcast(left, row)), add(constant, load_broadcast(left, row + 1))
            c, d = add(constant, load_broadcast(left, row + 2)), add(constant, load_broadcast(left, row + 3))
            e, f = add(constant, load_broadcast(left, row + 4)), add(constant, load_broadcast(left, row + 5))
            g, h = add(constant, load_broadcast(left, row + 6)), add(constant, load_broadcast(left, row + 7))
            for t in range(panel, own, F64_LANES):
                column = load(right, t)
                a, b = fma(a, load_broadcast(left, at), column), fma(b, load_broadcast(left, at + 1), column)
                c, d = fma(c, load_broadcast(left, at + 2), column), fma(d, load_broadcast(left, at + 3), column)
                e, f = fma(e, load_broadcast(left, at + 4), column), fma(f, load_broadcast(left, at + 5), column)
                g, h = fma(g, load_broadcast(left, at + 6), column), fma(h, load_broadcast(left, at + 7), column)
                at += F64_LANES
            store(q, 0, a)
            store(q, F64_LANES, b)
            store(q, 2 * F64_LANES, c)
            store(q, 3 * F64_LANES, d)
            store(q, 4 * F64_LANES, e)
            store(q, 5 * F64_LANES, f)
            store(q, 6 * F64_LANES, g)
            store(q, 7 * F64_LANES, h)
            if i // F64_LANES == j:
                for r in range(ROWS):
                    room[r * F64_LANES + i % F64_LANES + r] = 0.0  # of a component from itself
            for r in range(ROWS):
                place = (i + r) * F64_LANES
                store(out, place, fma(load(out, place), weight, exp2_neg_v(load(q, r * F64_LANES))))
    for i in range(first * ROWS, last * ROWS):
        found[i] = math.log(reduce_add(load(out, i * F64_LANES)))
