"""Gaussian kernel sums of one-dimensional points in O(n) after sorting, every row to 1e-12 of itself.

The line is cut into cells one kernel width long. Inside a cell, sum_j exp(-(x - x_j)^2 / 2) over the
points of another cell is a polynomial in x whose coefficients are linear in the other cell's power sums;
of degree 15 it errs below 1e-15 of the kernel's height at that distance, so that rows in the tails keep
their digits. Pairs of nearly empty cells are summed term by term. Source: the fast Gauss transform
(Greengard and Strain 1991), with Chebyshev interpolation in place of Hermite series.
"""

from __future__ import annotations

import functools
import math

import numpy as np
from jaxtyping import Float
from numpy.polynomial import chebyshev

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.exp2_scalar import exp2_neg

TERMS = 16  # interpolation error of exp(-x^2/2) on a cell: sqrt(16!) (1/2)^16 / (16! 2^15) = 1e-16
CUTOFF_CELLS = 11  # cells to each side; the first one left out is 11 widths away, exp(-11^2 / 2) = 5e-27
MAX_DIRECT_PAIRS = 64  # pairs of points up to which two cells are summed term by term: a quarter of 16^2
MIN_STORED_CELL = 8  # cells of fewer points make their power sums when asked, and need no memory
CANCELLATION_THRESHOLD = 0.1  # a sum without its self term below this lost digits to the subtraction, and is done again


def log_sums_sorted(z: Float[np.ndarray, " n"], include_self: bool = True) -> Float[np.ndarray, " n"]:
    """log sum_j exp(-(z_i - z_j)^2 / 2) for every i of ascending `z`; without j = i where `include_self` is False."""
    cells = occupied_cells(z, CUTOFF_CELLS)
    sums = _sums(z, *cells, *power_sums(z, *cells), _unit_translations(), include_self)
    if include_self:
        return np.log(sums)
    rows = np.flatnonzero(sums < CANCELLATION_THRESHOLD)
    sums[rows] = 1.0
    out = np.log(sums)
    out[rows] = leave_one_out_log_sums(z, rows, 1.0)
    return out


@functools.cache
def _unit_translations():
    return translations(1.0, CUTOFF_CELLS)


def translations(width: float, reach: int) -> Float[np.ndarray, "k p p"]:
    """Matrices from the power sums of a cell to the polynomial in another, by their distance -reach .. reach.

    Cells are `width` kernel widths long and their coordinates run from -1 to 1: entry [reach + a - b] maps
    m_k = sum_j t_j^k in cell b to the coefficients of s^l in cell a.
    """
    nodes = chebyshev_transforms()[0][:, 1]
    to_chebyshev, to_powers = chebyshev_transforms()[1]
    gaps = width * (np.arange(-reach, reach + 1)[:, None, None] + (nodes[:, None] - nodes[None, :]) / 2)
    # Chebyshev coefficients first: they decay, so the large entries of `to_powers` meet small numbers only.
    decaying = to_chebyshev @ np.exp(-(gaps**2) / 2) @ to_chebyshev.T
    return np.ascontiguousarray((to_powers @ decaying @ to_powers.T).transpose(0, 2, 1))


@functools.cache
def chebyshev_transforms() -> tuple[Float[np.ndarray, "p p"], Float[np.ndarray, "2 p p"]]:
    """Powers -> values at the Chebyshev nodes; and values -> Chebyshev coefficients, these -> powers."""
    angle = (np.arange(TERMS) + 0.5) * np.pi / TERMS
    to_chebyshev = 2 / TERMS * np.cos(np.outer(np.arange(TERMS), angle))
    to_chebyshev[0] /= 2
    to_powers = np.zeros((TERMS, TERMS))
    for k in range(TERMS):
        to_powers[: k + 1, k] = chebyshev.cheb2poly(np.eye(TERMS)[k, : k + 1])
    return np.vander(np.cos(angle), increasing=True), np.stack([to_chebyshev, to_powers])


@njit(cache=True, nogil=True)
def occupied_cells(z, reach):
    """First point, number along its stretch, and stretch of every occupied cell of length 1; starts of the stretches.

    A stretch ends where the next point is out of reach, so cells are counted from a point nearby and
    their edges are exact wherever the data lie.
    """
    n = len(z)
    first = np.empty(n + 1, np.int64)
    number = np.empty(n, np.int64)
    stretch = np.empty(n, np.int64)
    start = np.empty(n)
    c, s, last = -1, -1, 0
    for i in range(n):
        fresh = i == 0 or z[i] - z[i - 1] > reach
        if fresh:
            s += 1
            start[s] = z[i]
        k = int(z[i] - start[s])
        if fresh or k != last:
            c += 1
            first[c], number[c], stretch[c], last = i, k, s, k
    first[c + 1] = n
    return first[: c + 2], number[: c + 1], stretch[: c + 1], start[: s + 1]


@njit(cache=True, nogil=True)
def power_sums(z, first, number, stretch, start):
    """Places t of the points in their cells (-1 to 1), sum_i t_i^k of the fuller cells, and where they are kept."""
    cells = len(number)
    t = np.empty(len(z))
    kept = np.full(cells, -1)
    fuller = 0
    for c in range(cells):
        for i in range(first[c], first[c + 1]):
            t[i] = 2 * (z[i] - start[stretch[c]] - number[c]) - 1
        if first[c + 1] - first[c] >= MIN_STORED_CELL:
            kept[c] = fuller
            fuller += 1
    moments = np.empty((fuller, TERMS))
    for c in range(cells):
        if kept[c] >= 0:
            _power_sums(t[first[c] : first[c + 1]], moments[kept[c]])
    return t, moments, kept


@njit(cache=True, nogil=True)
def _sums(z, first, number, stretch, start, t, moments, kept, matrices, include_self):
    out = np.zeros(len(z))
    series, scratch = np.empty(TERMS), np.empty(TERMS)
    nearest = np.int64(0)
    for a in range(len(number)):
        here = out[first[a] : first[a + 1]]
        nearest, polynomial = cell_sums(
            a, nearest, z, first, number, stretch, t, moments, kept, matrices, 1.0, include_self, here, series, scratch
        )
        if polynomial:
            add_polynomial(series, t[first[a] : first[a + 1]], here)
    return out


@njit(cache=True, nogil=True)
def cell_sums(
    a, nearest, z, first, number, stretch, t, moments, kept, matrices, sharpness, include_self, out, series, scratch
):
    """Kernel sums at the points of cell a: term by term into `out`, the rest as a polynomial into `series`.

    The kernel is exp(-sharpness (z - z')^2 / 2). Returns the first cell in reach, where the next search may
    start, and whether there is a polynomial at all. Without the self term, `out` is 1 lower.
    """
    reach = len(matrices) // 2
    while stretch[nearest] != stretch[a] or number[a] - number[nearest] > reach:
        nearest += 1
    series[:] = 0.0
    out[:] = 0.0
    polynomial = False
    b = nearest
    while b < len(number) and stretch[b] == stretch[a] and number[b] - number[a] <= reach:
        pairs = (first[a + 1] - first[a]) * (first[b + 1] - first[b])
        if pairs <= MAX_DIRECT_PAIRS:
            others = z[first[b] : first[b + 1]]
            for i in range(first[a], first[a + 1]):
                out[i - first[a]] += _kernel_sum(z[i], others, sharpness)
        else:
            polynomial = True
            source = scratch
            if kept[b] >= 0:
                source = moments[kept[b]]
            else:
                _power_sums(t[first[b] : first[b + 1]], scratch)
            matrix = matrices[reach + number[a] - number[b]]
            _add_product(source, matrix, series)
        b += 1
    if not include_self:
        for i in range(len(out)):  # a slice would be compiled with the text of its error message, which takes seconds
            out[i] -= 1.0
    return nearest, polynomial


@njit(cache=True, nogil=True, fastmath=True)
def _kernel_sum(z, others, sharpness):
    total = 0.0
    bits = 0.5 / math.log(2.0) * sharpness
    for j in range(len(others)):
        total += exp2_neg(bits * (others[j] - z) ** 2)
    return total


@njit(cache=True, nogil=True, fastmath=True)
def _add_product(source, matrix, series):
    """series += source @ matrix, four rows of the matrix at a time: three times faster than row by row."""
    for k in range(0, TERMS, 4):
        a, b, c, d = source[k], source[k + 1], source[k + 2], source[k + 3]
        for m in range(TERMS):
            series[m] += (a * matrix[k, m] + b * matrix[k + 1, m]) + (c * matrix[k + 2, m] + d * matrix[k + 3, m])


@njit(cache=True, nogil=True, fastmath=True)
def _power_sums(t, out):
    out[:] = 0.0
    for i in range(len(t)):
        power = 1.0
        for k in range(TERMS):
            out[k] += power
            power *= t[i]


@njit(cache=True, nogil=True, fastmath=True)
def add_polynomial(series, t, out):
    for i in range(len(t)):
        value = series[TERMS - 1]
        for k in range(TERMS - 2, -1, -1):
            value = value * t[i] + series[k]
        out[i] += value


@njit(cache=True, nogil=True)
def leave_one_out_log_sums(z, rows, sharpness):
    """log sum over j != i, relative to the nearest neighbour's term, walking outward until terms vanish."""
    n = len(z)
    out = np.empty(len(rows))
    for r in range(len(rows)):
        i = rows[r]
        nearest = np.inf
        if i > 0:
            nearest = z[i] - z[i - 1]
        if i + 1 < n:
            nearest = min(nearest, z[i + 1] - z[i])
        total = 0.0
        for step in (-1, 1):
            j = i + step
            while 0 <= j < n:
                gap = abs(z[j] - z[i])
                exponent = -0.5 * sharpness * (gap - nearest) * (gap + nearest)
                if exponent < -CUTOFF_CELLS * CUTOFF_CELLS / 2:
                    break
                total += math.exp(exponent)
                j += step
        out[r] = math.log(total) - 0.5 * sharpness * nearest * nearest
    return out
