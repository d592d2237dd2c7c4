"""Gaussian kernel sums of points in two or three dimensions, every row to 1e-10 of itself.

Points are packed into leaves of 64 neighbours. A pair of leaves is visited once, in a tile of direct
differences whose exponentials run in vector registers, or left out where the boxes of the leaves prove
that no row would notice.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float
from numba import njit

from entropylab.numerics.compiled_exp import two_to_minus
from entropylab.numerics.lanes import WIDTH, add, address, fused, lanes_sum, less, load, product, splat, spread, store
from entropylab.numerics.lanes_power import lanes_to_minus_nearly

LEAF = 64
TOLERANCE = 1e-10  # allowed relative error of a row
FLOOR = 1e-3  # rows without their self term below this are summed again, relative to their nearest neighbour
_FAR = 1e100  # where the places of the last leaf that hold no point lie
UNIT = math.sqrt(0.5 / math.log(2))  # exp(-|u|^2 / 2) = 2^-|UNIT u|^2
_DEPTH = 120  # bits below 1 at which a kernel is left out whatever the rest: n 2^-120 < 1e-17 for any n


def log_sums(z: Float[np.ndarray, "n d"], include_self: bool = True) -> Float[np.ndarray, " n"]:
    """log sum_j exp(-|z_i - z_j|^2 / 2) for every i, d = 2 or 3; without j = i where `include_self` is False."""
    n, d = z.shape
    order = packed(z)
    points, low, high = boxed(z[order] * UNIT)
    sums = _sums(points, d, n, low, high, include_self)[:n]
    out = np.empty(n)
    if include_self:
        out[order] = np.log(sums)
        return out
    lonely = np.flatnonzero(sums < FLOOR)
    sums[lonely] = 1.0
    logs = np.log(sums)
    logs[lonely] = lonely_logs(points, n, low, high, lonely)
    out[order] = logs
    return out


def packed(z):
    """An order in which every run of LEAF rows lies close together: sorted slabs of sorted strips."""

    def split(rows, axis):
        rows = rows[np.argsort(z[rows, axis])]
        if axis == z.shape[1] - 1:
            return rows
        leaves = -(-len(rows) // LEAF)
        slabs = math.ceil(leaves ** (1 / (z.shape[1] - axis)))
        step = -(-leaves // slabs) * LEAF
        return np.concatenate([split(rows[i : i + step], axis + 1) for i in range(0, len(rows), step)])

    return split(np.arange(len(z)), 0)


def boxed(z):
    """Coordinates of packed `z` in three rows, the last leaf filled with points far away; and corners of the leaves."""
    n, d = z.shape
    leaves = -(-n // LEAF)
    points = np.zeros((3, leaves * LEAF))
    points[:d, :n] = z.T
    points[:, n:] = _FAR
    return points, *_boxes(points, n, leaves)


# Four rows from `r` on share one pass over the columns of the leaf from `c` on; in the plane the third difference is
# saved. Addresses, not arrays: counting an array's references in and out would take longer than the columns of a leaf.
@njit(cache=True, nogil=True)
def _four_rows_plane(xs, ys, r, c, out):
    """Kernel sums of four points with a leaf, added to both sides."""
    s0 = s1 = s2 = s3 = splat(0.0)
    for j in range(c, c + LEAF, WIDTH):
        a, b = load(xs, j), load(ys, j)
        k0 = _kernel_plane(a, b, xs, ys, r)
        k1 = _kernel_plane(a, b, xs, ys, r + 1)
        k2 = _kernel_plane(a, b, xs, ys, r + 2)
        k3 = _kernel_plane(a, b, xs, ys, r + 3)
        s0, s1, s2, s3 = add(s0, k0), add(s1, k1), add(s2, k2), add(s3, k3)
        store(out, j, add(load(out, j), add(add(k0, k1), add(k2, k3))))
    _add_rows(out, r, s0, s1, s2, s3)


@njit(cache=True, nogil=True)
def _four_rows_space(xs, ys, ws, r, c, out):
    """Kernel sums of four points with a leaf, added to both sides."""
    s0 = s1 = s2 = s3 = splat(0.0)
    for j in range(c, c + LEAF, WIDTH):
        a, b, e = load(xs, j), load(ys, j), load(ws, j)
        k0 = _kernel_space(a, b, e, xs, ys, ws, r)
        k1 = _kernel_space(a, b, e, xs, ys, ws, r + 1)
        k2 = _kernel_space(a, b, e, xs, ys, ws, r + 2)
        k3 = _kernel_space(a, b, e, xs, ys, ws, r + 3)
        s0, s1, s2, s3 = add(s0, k0), add(s1, k1), add(s2, k2), add(s3, k3)
        store(out, j, add(load(out, j), add(add(k0, k1), add(k2, k3))))
    _add_rows(out, r, s0, s1, s2, s3)


@njit(cache=True, nogil=True)
def _kernel_plane(a, b, xs, ys, r):
    a, b = less(a, spread(xs, r)), less(b, spread(ys, r))
    return lanes_to_minus_nearly(fused(product(a, a), b, b))


@njit(cache=True, nogil=True)
def _kernel_space(a, b, e, xs, ys, ws, r):
    a, b, e = less(a, spread(xs, r)), less(b, spread(ys, r)), less(e, spread(ws, r))
    return lanes_to_minus_nearly(fused(fused(product(a, a), b, b), e, e))


@njit(cache=True, nogil=True)
def _add_rows(out, r, s0, s1, s2, s3):
    out[r] += lanes_sum(s0)
    out[r + 1] += lanes_sum(s1)
    out[r + 2] += lanes_sum(s2)
    out[r + 3] += lanes_sum(s3)


@njit(cache=True, nogil=True)
def _boxes(points, n, leaves):
    low, high = np.empty((leaves, 3)), np.empty((leaves, 3))
    for leaf in range(leaves):
        for k in range(3):
            part = points[k, leaf * LEAF : min(n, (leaf + 1) * LEAF)]
            low[leaf, k], high[leaf, k] = part.min(), part.max()
    return low, high


@njit(cache=True, nogil=True)
def _gaps(low, high, i, j):
    """Least and greatest squared distance between points of two boxes."""
    near, far = 0.0, 0.0
    for k in range(3):
        gap = max(0.0, low[i, k] - high[j, k], low[j, k] - high[i, k])
        near += gap * gap
        gap = max(high[i, k] - low[j, k], high[j, k] - low[i, k])
        far += gap * gap
    return near, far


@njit(cache=True, nogil=True)
def _cuts(low, high, held, include_self):
    """The squared distance from which on a leaf may leave other leaves out, and how many points each holds.

    Every row of a leaf is at least `least`, from the far corners of all boxes; what is left out adds at most
    its nearest kernel to each row. Kernels are binned by their whole bits, smallest left out first.
    """
    leaves = len(low)
    cuts = np.empty(leaves)
    mass = np.empty(_DEPTH)
    for i in range(leaves):
        least = 0.0
        mass[:] = 0.0
        for j in range(leaves):
            near, far = _gaps(low, high, i, j)
            if i == j:
                own = (held[i] - 1) * 2.0**-far
                least += own + 1 if include_self else max(own, FLOOR)
            else:
                least += held[j] * 2.0**-far
                if near < _DEPTH:
                    mass[int(near)] += held[j] * 2.0**-near
        bit, left_out = _DEPTH, len(low) * LEAF * 2.0**-_DEPTH
        while bit > 0 and left_out + mass[bit - 1] <= TOLERANCE * least:
            bit -= 1
            left_out += mass[bit]
        cuts[i] = bit
    return cuts


@njit(cache=True, nogil=True)
def _sums(points, d, n, low, high, include_self):
    leaves = len(low)
    held = np.full(leaves, LEAF)
    held[-1] = n - LEAF * (leaves - 1)
    cuts = _cuts(low, high, held, include_self)
    xs, ys, ws = address(points[0]), address(points[1]), address(points[2])
    out, within = np.zeros(leaves * LEAF), np.zeros(leaves * LEAF)
    across, own = address(out), address(within)
    for i in range(leaves):
        for j in range(i, leaves):
            if j > i and _gaps(low, high, i, j)[0] >= max(cuts[i], cuts[j]):
                continue
            total = own if i == j else across
            for r in range(i * LEAF, (i + 1) * LEAF, 4):
                if d == 2:
                    _four_rows_plane(xs, ys, r, j * LEAF, total)
                else:
                    _four_rows_space(xs, ys, ws, r, j * LEAF, total)
    self_term = two_to_minus(0.0)
    for i in range(n):  # a leaf with itself adds every pair to both sides twice
        out[i] += 0.5 * within[i] - self_term
        if include_self:
            out[i] += 1.0
    return out


@njit(cache=True, nogil=True)
def lonely_logs(points, n, low, high, rows):
    """log sum over j != i of 2^-|u_i - u_j|^2, relative to the nearest term, from the leaves near enough to matter."""
    leaves = len(low)
    out = np.empty(len(rows))
    corner = np.empty(leaves)
    depth = 60.0 + math.log2(n)  # what lies this many bits below the nearest term is left out
    for r in range(len(rows)):
        i = rows[r]
        nearest = np.inf
        for leaf in range(leaves):
            corner[leaf] = 0.0
            for k in range(3):
                gap = max(0.0, low[leaf, k] - points[k, i], points[k, i] - high[leaf, k])
                corner[leaf] += gap * gap
        for attempt in range(2):  # the own leaf first: it bounds the search
            for leaf in range(leaves):
                if (leaf == i // LEAF) == (attempt == 0) and corner[leaf] < nearest:
                    for j in range(leaf * LEAF, min(n, (leaf + 1) * LEAF)):
                        if j != i:
                            q = 0.0
                            for k in range(3):
                                q += (points[k, i] - points[k, j]) ** 2
                            nearest = min(nearest, q)
        total = 0.0
        for leaf in range(leaves):
            if corner[leaf] <= nearest + depth:
                for j in range(leaf * LEAF, min(n, (leaf + 1) * LEAF)):
                    if j != i:
                        q = 0.0
                        for k in range(3):
                            q += (points[k, i] - points[k, j]) ** 2
                        total += 2.0 ** (nearest - q)
        out[r] = math.log(total) - nearest * math.log(2.0)
    return out
