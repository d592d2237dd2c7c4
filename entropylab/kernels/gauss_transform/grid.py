"""Gaussian kernel sums of points in two or three dimensions at many widths, over a regular grid.

Points are spread over the nodes, the nodes convolved with the kernel one dimension at a time, and the sums read off at
the points. What the window of the points does to the kernel twice is divided out of the convolution, so that the sums
are those of the kernel itself: its terms keep eleven digits out to four widths. Neighbouring widths share a grid.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from entropylab.kernels.gauss_transform.convolve import ROWS, convolve
from entropylab.kernels.gauss_transform.leaf_bounds import leaf_squared_distances
from entropylab.kernels.gauss_transform.leaves import UNIT, leaf_boxes, leave_one_out_log_sums, pack_leaves
from entropylab.kernels.gauss_transform.spread import (
    NODES,
    interpolate_at_points,
    point_windows,
    spread_points,
    transform,
)
from entropylab.kernels.simd.ops import F64_LANES

NODES_PER_BANDWIDTH = 3.2  # nodes in the narrowest width of a grid: with the window of the points, a term errs by 2e-14
SHARED = 1.7  # widths up to this many times the narrowest share its grid
TRUNCATION_TOLERANCE = 1e-12  # of a row
CANCELLATION_THRESHOLD = 0.1  # a sum without its self term below this lost digits to the subtraction, and is done again
FREQUENCIES = 128  # of the trapezoidal rule for the taps, which repeats them after twice as many nodes
MOST = 1 << 23  # nodes of a grid: three of that size take 200 MB
# Nanoseconds of a width on a grid, for a node and for a point in two or three dimensions, and how many widths it is
# worth to fill the grid; nanoseconds of a pair of points in leaves with a width of its own, with the first width of a
# chain, and with every width of a chain.
NODE, POINT, FILLED = 5.0, (40.0, 400.0), 2
ALONE, FIRST, LINKED = 0.2, 0.3, 0.03


def mean_log_sums(
    x: Float[np.ndarray, "n d"], widths: Float[np.ndarray, " s"], include_self: bool = True
) -> Float[np.ndarray, " s"]:
    """Mean over i of log sum_j exp(-|x_i - x_j|^2 / 2h^2) for every h in `widths`; rows to 1e-10."""
    n = len(x)
    x = x[pack_leaves(x)]
    points, held = leaf_boxes(x)
    out = np.empty(len(widths))
    for group in group_by_grid(widths):
        for s, sums in zip(group, Grid(x, widths[group[0]]).sums(widths[group]), strict=True):
            if include_self:
                out[s] = np.log(sums).mean()
                continue
            sums -= 1.0
            lonely = np.flatnonzero(sums < CANCELLATION_THRESHOLD)
            sums[lonely] = 1.0
            logs = np.log(sums)
            unit = UNIT / widths[s]
            logs[lonely] = leave_one_out_log_sums(points * unit, n, held.low * unit, held.high * unit, lonely)
            out[s] = logs.mean()
    return out


def group_by_grid(widths: Float[np.ndarray, " s"]) -> list[list[int]]:
    """Indices of `widths` that share a grid, narrowest first."""
    found = []
    for s in np.argsort(widths):
        if not found or widths[s] > SHARED * widths[found[-1][0]]:
            found.append([])
        found[-1].append(int(s))
    return found


def count_cheaper_by_leaves(x: Float[np.ndarray, "n d"], widths: Float[np.ndarray, " s"]) -> int:
    """How many of ascending `widths` are cheaper summed over pairs of leaves than, as all the wider ones, on a grid."""
    n, d = x.shape
    together = group_by_grid(widths)
    extent = np.ptp(x, axis=0)
    grids = []
    for group in together:
        size = shape(extent, widths[group[0]]).prod()
        grids.append((len(group) + FILLED) * (NODE * size + POINT[d - 2] * n) if size <= MOST else np.inf)
    if all(cost >= len(group) * ALONE * n**2 for cost, group in zip(grids, together, strict=True)):
        return len(widths)
    pairs = _pairs_within(x, math.sqrt(2 * math.log(n / TRUNCATION_TOLERANCE)) * widths)
    following = _following(widths)
    best, least = len(widths), np.inf
    for g, k in enumerate([*[group[0] for group in together], len(widths)]):
        heads = following[:k] >= k
        alone = ALONE * pairs[:k].sum()
        linked = FIRST * pairs[:k][heads].sum() + LINKED * pairs[:k].sum() if 3 * heads.sum() <= k else np.inf
        cost = min(alone, linked) + sum(grids[g:])
        if cost < least:
            best, least = k, cost
    return best


def _pairs_within(x, distances):
    """How many pairs of points lie in leaves nearer than each distance, told from some of the leaves."""
    _, held = leaf_boxes(x[pack_leaves(x)])
    some = np.arange(0, held.leaves, -(-held.leaves // 16))
    squares = np.empty((len(some), len(held.held)))
    for leaf, row in zip(some, squares, strict=True):
        leaf_squared_distances(held, leaf, 0, row)
    squares = np.sort(squares[:, : held.leaves].ravel())
    return len(x) ** 2 * np.searchsorted(squares, distances**2) / len(squares)


def _following(widths):
    """The place of the width sqrt 2 times as wide, the next in a chain; past the end where there is none."""
    wanted = math.sqrt(2) * widths
    found = np.searchsorted(widths, (1 - 1e-13) * wanted)
    missed = abs(np.append(widths, np.inf)[found] - wanted) > 1e-13 * wanted
    return np.where(missed, len(widths), found)


class Grid:
    """Points on a grid for widths from `narrowest` on."""

    def __init__(self, x: Float[np.ndarray, "n d"], narrowest: float):
        self.step = narrowest / NODES_PER_BANDWIDTH
        places = (x - x.min(0)).T / self.step + 0.5 * NODES
        self.shape = tuple(int(k) for k in shape(np.ptp(x, axis=0), narrowest))
        self.windows = point_windows(places, self.shape)
        self.nodes = np.zeros(self.shape)
        spread_points(*self.windows, self.shape, self.nodes)

    def sums(self, widths: Float[np.ndarray, " s"]):
        """sum_j exp(-|x_i - x_j|^2 / 2h^2) over all j for every i: one after the other for the h in `widths`."""
        out = np.empty(len(self.windows[0]))
        room = np.empty_like(self.nodes), np.empty_like(self.nodes)
        for width in widths:
            sums = convolve(self.nodes, kernel_taps(width / self.step, len(out)), *room)
            interpolate_at_points(*self.windows, self.shape, sums, out)
            yield out


def shape(extent, narrowest):
    """Nodes in each of three dimensions; one in the first for points of the plane."""
    found = np.ones(3)
    wide = np.ceil(extent * (NODES_PER_BANDWIDTH / narrowest)) + NODES + 2
    wide[-1] += F64_LANES - NODES  # the last window is read in whole vectors
    found[3 - len(wide) :] = ROWS * np.ceil(wide / ROWS)
    found[2] = F64_LANES * np.ceil(wide[-1] / F64_LANES)
    return found


def kernel_taps(width: float, n: int) -> Float[np.ndarray, " reach"]:
    """The kernel between nodes 0, 1, 2, ... steps apart, `width` steps wide, the window divided out of it twice."""
    reach = math.ceil(width * math.sqrt(2 * math.log(n / TRUNCATION_TOLERANCE)))
    k = np.linspace(0, np.pi, FREQUENCIES + 1)
    spectrum = np.exp(-0.5 * (width * k) ** 2) * (width * math.sqrt(2 * np.pi) / FREQUENCIES)
    spectrum /= transform(FREQUENCIES) ** 2
    spectrum[[0, -1]] /= 2
    found = np.cos(np.outer(np.arange(reach + 1), k)) @ spectrum
    return found[: 1 + np.flatnonzero(abs(found) > TRUNCATION_TOLERANCE / n * found[0]).max()]
