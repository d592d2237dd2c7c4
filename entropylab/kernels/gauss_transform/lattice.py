"""Sums over points of the log kernel sum of their own density, where points lie densely: visited once for many widths.

The line is cut into cells of about a kernel width. The points of a cell are replaced by weights at sixteen Chebyshev
nodes, exact for polynomials of degree 15: kernels of every width see the nodes instead of the points, and so does
the logarithm of their sum, wherever its own series converges. A width then costs a product of matrices.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from entropylab.kernels.compilation import njit
from entropylab.kernels.gauss_transform.one_dim import (
    CANCELLATION_THRESHOLD,
    TERMS,
    chebyshev_transforms,
    leave_one_out_log_sums,
)
from entropylab.kernels.simd.exp2_scalar import exp2_neg
from entropylab.kernels.simd.ops import (
    F64_LANES,
    add,
    aligned_empty,
    any_lt,
    broadcast,
    data_pointer,
    fma,
    load,
    load_broadcast,
    mul,
    select_lt,
    store,
    sub,
)

ROWS = 8  # cells that share one pass over the matrices: sixteen registers
MIN_MEAN_OCCUPANCY = 4  # points a cell should hold on average for nodes to be worth their while
MAX_VISITED_POINTS = 12  # points up to which a visit is cheaper than sixteen logarithms
CONVERGED = 1e-12  # size of the last two Chebyshev coefficients of the log at which its series is trusted
_BITS = 0.5 / math.log(2)


class Lattice:
    """Ascending `z`, in lengths of a cell, on cells; stretches of them farther apart than `reach` are put side by side.

    `dense` is False, and nothing else of use, where too many cells would be empty.
    """

    def __init__(self, z: Float[np.ndarray, " n"], reach: int):
        self.z, self.reach = z, reach
        self.place, self.number = np.empty(len(z) + F64_LANES), np.empty(len(z) + 1, np.int64)
        cells = _place(z, reach, len(z) // MIN_MEAN_OCCUPANCY, self.place, self.number)
        self.dense = cells > 0
        if not self.dense:
            return
        self.nodes = np.ascontiguousarray(chebyshev_transforms()[0][:, 1])
        self.chebyshev = np.ascontiguousarray(chebyshev_transforms()[1][0])
        self.blocks = -(-cells // ROWS)
        size = self.blocks * ROWS * TERMS
        self.matrices = aligned_empty((2 * reach + 1) * TERMS * TERMS)
        self.values, self.logs = aligned_empty(size), np.empty(size)
        # cells without points at either end are what the outermost have in reach
        self.weights = aligned_empty(size + 2 * reach * TERMS)
        self.weights[:] = 0.0
        self.own = self.weights[reach * TERMS :]
        _node_weights(self.place, self.number, self.chebyshev, aligned_empty(TERMS * F64_LANES), self.own)

    def total_log(self, ratio: float, reach: int, include_self: bool) -> float:
        """Sum over i of log sum_j exp(-ratio^2 |z_i - z_j|^2 / 2), from cells up to `reach` away.

        Warns of logarithms in cells without points, where they mean nothing.
        """
        _kernels(self.nodes, ratio, reach, self.matrices)
        _values(self.weights, self.reach - reach, self.matrices, reach, self.blocks, float(include_self), self.values)
        np.log(self.values, out=self.logs)
        held = self.place, self.number, self.own, self.values, self.logs, self.chebyshev
        return _total(self.z, *held, include_self, ratio**2)


@njit(cache=True, nogil=True)
def _place(z, reach, most, place, number):
    """Write places in cells (-1 to 1) and cells of the points; return how many cells that takes, 0 if above `most`.

    A stretch starts at its first point, so that the edges of its cells are exact wherever the data lie.
    """
    start, offset, cell = 0.0, 0, 0
    for i in range(len(z)):
        if i == 0 or z[i] - z[i - 1] > reach:
            start = z[i]
            offset = 0 if i == 0 else cell + 1 + reach
        within = z[i] - start
        if not within < most:
            return 0
        k = int(within)
        cell = offset + k
        if cell >= most:
            return 0
        place[i], number[i] = 2 * (within - k) - 1, cell
    place[len(z) :] = 0.0
    number[len(z)] = -1
    return cell + 1


@njit(cache=True, nogil=True, fastmath={"reassoc"})
def _lanes_sum(numbers, at):
    total = 0.0
    for lane in range(at, at + F64_LANES):
        total += numbers[lane]
    return total


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _lanes_dot(a, at, b, bt):
    total = 0.0
    for k in range(TERMS):
        total += a[at + k] * b[bt + k]
    return total


@njit(cache=True, nogil=True)
def _node_weights(place, number, chebyshev, memory, weights):
    """Write as weights of a cell what its points are at the nodes: sums of Chebyshev polynomials, transformed."""
    t, entry, rows, out = data_pointer(place), data_pointer(memory), data_pointer(chebyshev), data_pointer(weights)
    one = broadcast(1.0)
    counting = np.arange(F64_LANES).astype(np.float64)
    lanes = load(data_pointer(counting), 0)
    i = 0
    while number[i] >= 0:
        cell, last = number[i], i + 1
        while number[last] == cell:
            last += 1
        for k in range(TERMS):
            store(entry, k * F64_LANES, broadcast(0.0))
        for j in range(i, last, F64_LANES):
            below = select_lt(lanes, broadcast(float(last - j)), one, broadcast(0.0))
            here = load(t, j)
            twice = add(here, here)
            here = mul(here, below)
            for k in range(0, TERMS * F64_LANES, F64_LANES):
                store(entry, k, add(load(entry, k), below))
                below, here = here, sub(mul(twice, here), below)
        own = broadcast(0.0)
        for k in range(TERMS):
            own = fma(own, broadcast(_lanes_sum(entry, k * F64_LANES)), load(rows, k * TERMS))
        store(out, cell * TERMS, own)
        i = last


@njit(cache=True, nogil=True, fastmath={"contract"})
def _kernels(nodes, ratio, reach, out):
    """The kernel from the nodes of a cell to those of the cells from `reach` behind to `reach` before it."""
    bits = _BITS * ratio * ratio
    for gap in range(-reach, reach + 1):
        for i in range(TERMS):
            at = ((gap + reach) * TERMS + i) * TERMS
            for j in range(TERMS):
                away = gap + 0.5 * (nodes[j] - nodes[i])
                out[at + j] = exp2_neg(bits * away * away)


@njit(cache=True, nogil=True)
def _values(weights, before, matrices, reach, blocks, own, values):
    """Kernel sums less 1 - `own` at the nodes of eight cells at a time; `weights` begin that many cells before them."""
    source, kernel, out = data_pointer(weights), data_pointer(matrices), data_pointer(values)
    for block in range(blocks):
        a = b = c = d = e = f = g = h = broadcast(own - 1.0)
        for gap in range(2 * reach + 1):
            # the cell `gap - reach` behind
            at = (before + block * ROWS + 2 * reach - gap) * TERMS
            for i in range(gap * TERMS * F64_LANES, (gap + 1) * TERMS * F64_LANES, F64_LANES):
                row = load(kernel, i)
                a, b = fma(a, load_broadcast(source, at), row), fma(b, load_broadcast(source, at + TERMS), row)
                c, d = (
                    fma(c, load_broadcast(source, at + 2 * TERMS), row),
                    fma(d, load_broadcast(source, at + 3 * TERMS), row),
                )
                e, f = (
                    fma(e, load_broadcast(source, at + 4 * TERMS), row),
                    fma(f, load_broadcast(source, at + 5 * TERMS), row),
                )
                g, h = (
                    fma(g, load_broadcast(source, at + 6 * TERMS), row),
                    fma(h, load_broadcast(source, at + 7 * TERMS), row),
                )
                at += 1
        at = block * ROWS * F64_LANES
        store(out, at, a)
        store(out, at + F64_LANES, b)
        store(out, at + 2 * F64_LANES, c)
        store(out, at + 3 * F64_LANES, d)
        store(out, at + 4 * F64_LANES, e)
        store(out, at + 5 * F64_LANES, f)
        store(out, at + 6 * F64_LANES, g)
        store(out, at + 7 * F64_LANES, h)


@njit(cache=True, nogil=True)
def _total(z, place, number, weights, values, logs, chebyshev, include_self, sharpness):
    """Logarithms at the nodes by weight where their series converges; elsewhere at the points, one by one."""
    total, i = 0.0, 0
    series = np.empty(TERMS)
    at_nodes, at_logs, own, rows = (
        data_pointer(values),
        data_pointer(logs),
        data_pointer(weights),
        data_pointer(chebyshev),
    )
    while number[i] >= 0:
        cell, last = number[i] * TERMS, i + 1
        while number[last] == number[i]:
            last += 1
        if last - i > MAX_VISITED_POINTS and not any_lt(load(at_nodes, cell), broadcast(1.0)):
            end = abs(_lanes_dot(rows, (TERMS - 1) * TERMS, at_logs, cell))
            if end + abs(_lanes_dot(rows, (TERMS - 2) * TERMS, at_logs, cell)) < CONVERGED:
                total += _lanes_dot(own, cell, at_logs, cell)
                i = last
                continue
        for k in range(TERMS):
            series[k] = _lanes_dot(rows, k * TERMS, at_nodes, cell)
        for j in range(i, last):
            twice, above, here = 2 * place[j], 0.0, 0.0
            for k in range(TERMS - 1, 0, -1):
                above, here = here, twice * here - above + series[k]
            value = place[j] * here - above + series[0]
            if include_self or value >= CANCELLATION_THRESHOLD:
                total += math.log(value)
            else:
                total += leave_one_out_log_sums(z, np.array([j]), sharpness)[0]
        i = last
    return total
