"""KL divergences of all pairs of concrete float64 Gaussians on a CPU, summed up row by row as they appear.

Twice the divergence of i from j is linear in the second moments of i: a matrix product of width
d (d + 1) / 2 + d + 1 over all pairs. Eight rows by sixteen columns of it stay in registers until they have been
raised to powers, weighted and added up, so that no table is written.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float
from numba import njit

from entropylab.numerics.lanes import (
    WIDTH,
    add,
    address,
    aligned,
    exponent,
    fused,
    greater,
    highest,
    lanes_sum,
    less_product,
    lesser,
    load,
    mantissa,
    product,
    quotient,
    splat,
    spread,
    store,
)
from entropylab.numerics.lanes_power import lanes_to_minus
from entropylab.numerics.threads import share

ROWS = 8  # with two registers each for sixteen columns: half of those a processor with AVX-512 has
HALF = 0.5 / math.log(2)  # of twice a divergence, in powers of two
REACH = float(np.finfo(float).eps) ** -0.2  # the product loses eps times what it bounds, and keeps 12 digits
WORTH = 1 << 22  # multiply-adds that are worth a thread
TINY = 2.0**-1022  # a smaller pivot has lost digits, or is not positive


def kl_sums_host(
    spreads: Float[np.ndarray, "K d d"], centers: Float[np.ndarray, "K d"], weights: Float[np.ndarray, " K"]
) -> tuple[Float[np.ndarray, " K"], Float[np.ndarray, " K"]] | None:
    """log sum_j w_j exp(-KL(p_i || p_j)) of every Gaussian i, and log det S_i.

    None where the product would cancel, centers lying far out in units of the spreads, or
    where a spread is not positive definite, numerically. Rows of weight 0 are as they come.
    """
    k, d = centers.shape
    features, panels = d * (d + 1) // 2 + d, -(-k // WIDTH)
    size = panels * (features + 1) * WIDTH
    room = aligned(2 * size + panels * WIDTH * (WIDTH + 2) + (features + d + 1) * WIDTH)
    left, right, room = room[:size], room[size : 2 * size], room[2 * size :]
    logs, share_of, room = room[: panels * WIDTH], room[panels * WIDTH : 2 * panels * WIDTH], room[2 * panels * WIDTH :]
    sums, scratch = room[: panels * WIDTH**2], room[panels * WIDTH**2 :]
    share_of[:k], share_of[k:] = weights, 0.0
    found = np.empty(panels * WIDTH)
    if not _factors(np.ascontiguousarray(spreads), np.ascontiguousarray(centers), left, right, scratch, logs) < REACH:
        return None
    arguments = left, right, share_of, features, panels, sums, found
    share(_sums, -(-k // ROWS), max(1, WORTH // size), *arguments)
    return found[:k], logs[:k]


@njit(cache=True)
def kl_bound_of(weights, sums, log_determinants, d):
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
    of_spreads, of_centers, of_logs = address(spreads), address(centers), address(logs)
    entry, moment, out = address(scratch), address(left), address(right)
    center, pivots = triangle * WIDTH, features * WIDTH
    mean, places = np.zeros(d), np.empty(WIDTH, np.int64)
    own = address(places)
    for i in range(k):
        for r in range(d):
            mean[r] += of_centers[i * d + r]
    mean /= k
    one, zero, half = splat(1.0), splat(0.0), splat(HALF)
    least, widest, farthest = one, zero, zero
    for first in range(0, k, WIDTH):
        panel = first * (features + 1)
        for lane in range(WIDTH):
            own[lane] = min(first + lane, k - 1) * d  # lanes to spare repeat the last component
        e = 0
        for r in range(d):
            for lane in range(WIDTH):
                entry[center + r * WIDTH + lane] = of_centers[own[lane] + r] - mean[r]
            for s in range(r + 1):
                lower, upper = r * d + s, s * d + r
                for lane in range(WIDTH):
                    matrix = own[lane] * d
                    entry[e + lane] = 0.5 * (of_spreads[matrix + lower] + of_spreads[matrix + upper])
                e += WIDTH
        e, square = 0, zero
        for r in range(d):
            moved = load(entry, center + r * WIDTH)
            square = fused(square, moved, moved)
            moved = product(half, moved)
            store(moment, panel + center + r * WIDTH, moved)
            for s in range(r + 1):
                value = product(half, load(entry, e))
                store(moment, panel + e, fused(value, moved, load(entry, center + s * WIDTH)))
                e += WIDTH
        farthest = greater(square, farthest)
        fractions, powers = one, zero
        for c in range(d):
            base = c * (c + 1) // 2
            pivot = load(entry, (base + c) * WIDTH)
            least = lesser(pivot, least)
            fractions, powers = product(fractions, mantissa(pivot)), add(powers, exponent(pivot))
            over = quotient(one, pivot)
            # the column of the pivot, kept aside, then scaled in place
            for r in range(d):
                place = base + r if r < c else r * (r + 1) // 2 + c
                store(entry, pivots + r * WIDTH, load(entry, place * WIDTH))
            for r in range(d):
                if r == c:
                    continue
                scaled = product(load(entry, pivots + r * WIDTH), over)
                row = r * (r + 1) // 2
                for s in range(r + 1):
                    value = load(entry, (row + s) * WIDTH)
                    value = less_product(value, scaled, load(entry, pivots + s * WIDTH))
                    store(entry, (row + s) * WIDTH, value)
                place = base + r if r < c else row + c
                store(entry, place * WIDTH, scaled)
            store(entry, (base + c) * WIDTH, product(splat(-1.0), over))
        # what has been swept is -P
        square, norm = zero, zero
        for r in range(d):
            line = zero
            for s in range(d):
                place = r * (r + 1) // 2 + s if s <= r else s * (s + 1) // 2 + r
                value = load(entry, place * WIDTH)
                line = less_product(line, value, load(entry, center + s * WIDTH))
                norm = fused(norm, value, value)
                if s <= r:
                    store(out, panel + place * WIDTH, product(splat(-1.0 if s == r else -2.0), value))
            store(out, panel + center + r * WIDTH, product(splat(-2.0), line))
            square = fused(square, line, load(entry, center + r * WIDTH))
        widest = greater(norm, widest)
        store(of_logs, first, fractions)
        for lane in range(first, first + WIDTH):
            logs[lane] = math.log(logs[lane])
        log = fused(load(of_logs, first), powers, splat(math.log(2.0)))
        store(of_logs, first, log)
        store(out, panel + pivots, product(add(square, log), half))
        store(moment, panel + pivots, product(add(log, splat(float(d))), splat(-HALF)))
    if not -highest(product(splat(-1.0), least)) >= TINY:
        return np.inf
    # no eigenvalue exceeds the Frobenius norm
    return highest(farthest) * math.sqrt(highest(widest))


@njit(cache=True, nogil=True)
def _sums(first, last, moments, factors, weights, features, count, sums, found):
    """log sum_j w_j 2^-q_ij of rows [8 first, 8 last), added up in lanes."""
    left, right, share_of, out = address(moments), address(factors), address(weights), address(sums)
    room = np.empty(ROWS * WIDTH)
    q = address(room)
    sums[first * ROWS * WIDTH : last * ROWS * WIDTH] = 0.0
    for j in range(count):
        panel = j * (features + 1) * WIDTH
        own = panel + features * WIDTH
        weight, constant = load(share_of, j * WIDTH), load(right, own)
        for block in range(first, last):
            i = block * ROWS
            at = i // WIDTH * (features + 1) * WIDTH + i % WIDTH
            row = at + features * WIDTH
            a, b = add(constant, spread(left, row)), add(constant, spread(left, row + 1))
            c, d = add(constant, spread(left, row + 2)), add(constant, spread(left, row + 3))
            e, f = add(constant, spread(left, row + 4)), add(constant, spread(left, row + 5))
            g, h = add(constant, spread(left, row + 6)), add(constant, spread(left, row + 7))
            for t in range(panel, own, WIDTH):
                column = load(right, t)
                a, b = fused(a, spread(left, at), column), fused(b, spread(left, at + 1), column)
                c, d = fused(c, spread(left, at + 2), column), fused(d, spread(left, at + 3), column)
                e, f = fused(e, spread(left, at + 4), column), fused(f, spread(left, at + 5), column)
                g, h = fused(g, spread(left, at + 6), column), fused(h, spread(left, at + 7), column)
                at += WIDTH
            store(q, 0, a)
            store(q, WIDTH, b)
            store(q, 2 * WIDTH, c)
            store(q, 3 * WIDTH, d)
            store(q, 4 * WIDTH, e)
            store(q, 5 * WIDTH, f)
            store(q, 6 * WIDTH, g)
            store(q, 7 * WIDTH, h)
            if i // WIDTH == j:
                for r in range(ROWS):
                    room[r * WIDTH + i % WIDTH + r] = 0.0  # of a component from itself
            for r in range(ROWS):
                place = (i + r) * WIDTH
                store(out, place, fused(load(out, place), weight, lanes_to_minus(load(q, r * WIDTH))))
    for i in range(first * ROWS, last * ROWS):
        found[i] = math.log(lanes_sum(load(out, i * WIDTH)))
