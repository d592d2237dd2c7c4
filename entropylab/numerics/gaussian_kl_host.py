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
    greater,
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
from entropylab.numerics.lanes_power import fused, lanes_to_minus
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
    features, panels, blocks = d * (d + 1) // 2 + d, -(-k // WIDTH), -(-k // ROWS)
    width = (features + 1) * WIDTH
    room = aligned(panels * width + blocks * ROWS * WIDTH + 2 * width)
    right, sums, scratch = np.split(room, (panels * width, panels * width + blocks * ROWS * WIDTH))
    left = np.empty(blocks * ROWS * (features + 1))
    logs, share_of, found = np.empty(panels * WIDTH), np.zeros(panels * WIDTH), np.empty(blocks * ROWS)
    share_of[:k] = weights
    if not _factors(spreads, centers, left, right, scratch, logs) < REACH:
        return None
    arguments = left, right, share_of, features, panels, sums, found
    share(_sums, blocks, max(1, WORTH // (panels * width)), *arguments)
    return found[:k], logs[:k]


@njit(cache=True, nogil=True)
def _factors(spreads, centers, left, right, scratch, logs):
    """Write the second moments of every component and, for sixteen at a time, what they are multiplied by: inverses P
    swept in place, -2 P m, and m' P m + log det S. Centers are counted from their mean, and divergences in powers of
    two. Return a bound on the terms; infinity where a pivot is too small.
    """
    k, d = centers.shape
    triangle = d * (d + 1) // 2
    features = triangle + d
    entry, center, out, of_logs = address(scratch), features * WIDTH, address(right), address(logs)
    mean, moved = np.zeros(d), np.empty(d)
    for i in range(k):
        for r in range(d):
            mean[r] += centers[i, r]
    mean /= k
    far = 0.0
    one, zero = splat(1.0), splat(0.0)
    least, widest = one, zero
    for first in range(0, k, WIDTH):
        for lane in range(WIDTH):
            i = min(first + lane, k - 1)  # lanes to spare repeat the last component
            row, square, e = i * (features + 1), 0.0, 0
            for r in range(d):
                moved[r] = centers[i, r] - mean[r]
                square += moved[r] * moved[r]
                left[row + triangle + r] = HALF * moved[r]
                scratch[center + r * WIDTH + lane] = moved[r]
            far = max(far, square)
            for r in range(d):
                for s in range(r + 1):
                    value = 0.5 * (spreads[i, r, s] + spreads[i, s, r])
                    scratch[e * WIDTH + lane] = value
                    left[row + e] = HALF * (value + moved[r] * moved[s])
                    e += 1
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
                store(entry, (triangle + r) * WIDTH, load(entry, place * WIDTH))
            for r in range(d):
                if r == c:
                    continue
                scaled = product(load(entry, (triangle + r) * WIDTH), over)
                row = r * (r + 1) // 2
                for s in range(r + 1):
                    if s != c:
                        value = load(entry, (row + s) * WIDTH)
                        value = less_product(value, scaled, load(entry, (triangle + s) * WIDTH))
                        store(entry, (row + s) * WIDTH, value)
                place = base + r if r < c else row + c
                store(entry, place * WIDTH, scaled)
            store(entry, (base + c) * WIDTH, product(splat(-1.0), over))
        # what has been swept is -P
        panel = first * (features + 1)
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
            store(out, panel + (triangle + r) * WIDTH, product(splat(-2.0), line))
            square = fused(square, line, load(entry, center + r * WIDTH))
        widest = greater(norm, widest)
        store(of_logs, first, fractions)
        for lane in range(first, first + WIDTH):
            logs[lane] = math.log(logs[lane])
        store(of_logs, first, fused(load(of_logs, first), powers, splat(math.log(2.0))))
        store(out, panel + features * WIDTH, product(add(square, load(of_logs, first)), splat(HALF)))
    for i in range(k):
        left[i * (features + 1) + features] = -HALF * (logs[i] + d)
    left[k * (features + 1) :] = 0.0
    store(entry, 0, least)
    store(entry, WIDTH, widest)
    for lane in range(WIDTH):
        if not scratch[lane] >= TINY:
            return np.inf
    # no eigenvalue exceeds the Frobenius norm
    return far * math.sqrt(scratch[WIDTH : 2 * WIDTH].max())


@njit(cache=True, nogil=True)
def _sums(first, last, moments, factors, weights, features, count, sums, found):
    """log sum_j w_j 2^-q_ij of rows [8 first, 8 last), added up in lanes."""
    left, right, share_of, out = address(moments), address(factors), address(weights), address(sums)
    step = features + 1
    room = np.empty(ROWS * WIDTH)
    q = address(room)
    sums[first * ROWS * WIDTH : last * ROWS * WIDTH] = 0.0
    for j in range(count):
        panel = j * (features + 1) * WIDTH
        weight = load(share_of, j * WIDTH)
        constant = load(right, panel + features * WIDTH)
        for block in range(first, last):
            i = block * ROWS
            row = i * (features + 1)
            own = row + features
            a = add(constant, spread(left, own))
            b = add(constant, spread(left, own + step))
            c = add(constant, spread(left, own + 2 * step))
            d = add(constant, spread(left, own + 3 * step))
            e = add(constant, spread(left, own + 4 * step))
            f = add(constant, spread(left, own + 5 * step))
            g = add(constant, spread(left, own + 6 * step))
            h = add(constant, spread(left, own + 7 * step))
            for t in range(features):
                column = load(right, panel + t * WIDTH)
                at = row + t
                a, b = fused(a, spread(left, at), column), fused(b, spread(left, at + step), column)
                at += 2 * step
                c, d = fused(c, spread(left, at), column), fused(d, spread(left, at + step), column)
                at += 2 * step
                e, f = fused(e, spread(left, at), column), fused(f, spread(left, at + step), column)
                at += 2 * step
                g, h = fused(g, spread(left, at), column), fused(h, spread(left, at + step), column)
            store(q, 0, a)
            store(q, WIDTH, b)
            store(q, 2 * WIDTH, c)
            store(q, 3 * WIDTH, d)
            store(q, 4 * WIDTH, e)
            store(q, 5 * WIDTH, f)
            store(q, 6 * WIDTH, g)
            store(q, 7 * WIDTH, h)
            for r in range(ROWS):
                if 0 <= i + r - j * WIDTH < WIDTH:
                    room[r * WIDTH + i + r - j * WIDTH] = 0.0  # of a component from itself
                place = (i + r) * WIDTH
                store(out, place, fused(load(out, place), weight, lanes_to_minus(load(q, r * WIDTH))))
    for i in range(first * ROWS, last * ROWS):
        a, b, c, d = 0.0, 0.0, 0.0, 0.0  # four sums that do not wait for each other
        for lane in range(i * WIDTH, (i + 1) * WIDTH, 4):
            a, b, c, d = a + sums[lane], b + sums[lane + 1], c + sums[lane + 2], d + sums[lane + 3]
        found[i] = math.log((a + b) + (c + d))
