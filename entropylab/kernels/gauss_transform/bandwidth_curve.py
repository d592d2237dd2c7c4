"""The mean log kernel sum of one-dimensional points at many bandwidths, at a cost that hardly grows with n.

Where points lie densely, they are replaced by weights at nodes (`gauss_transform_lattice`). Elsewhere power sums of
cells serve every bandwidth of an octave. And inside a full cell the logarithm of the kernel sum is a polynomial too,
so that its sum over the cell's points follows from the same power sums without visiting a point; cells where the
series does not converge are visited.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from entropylab.kernels.compilation import njit
from entropylab.kernels.gauss_transform.lattice import Lattice
from entropylab.kernels.gauss_transform.one_dim import (
    CANCELLATION_THRESHOLD,
    CUTOFF_CELLS,
    TERMS,
    add_polynomial,
    cell_sums,
    chebyshev_transforms,
    leave_one_out_log_sums,
    occupied_cells,
    power_sums,
    translations,
)

CELL = 1.5  # greatest length in kernel widths: nodes then miss 1e-13 of a kernel
STEP = math.sqrt(2)  # between the lengths of cells
TRUNCATION_TOLERANCE = 1e-14  # of a row
MIN_SERIES_POINTS = 128  # points from which on 16 logarithms and three 16 x 16 products are cheaper than a visit
CONVERGED = 1e-13  # size of the last two Chebyshev coefficients of the log at which its series is trusted


def mean_log_sums(
    x: Float[np.ndarray, " n"], widths: Float[np.ndarray, " s"], include_self: bool = True
) -> Float[np.ndarray, " s"]:
    """Mean over i of log sum_j exp(-(x_i - x_j)^2 / 2h^2), ascending `x`, for every h in `widths`."""
    out = np.empty(len(widths))
    depth = math.sqrt(
        2 * math.log(len(x) / TRUNCATION_TOLERANCE)
    )  # widths away from which on all points together are left out
    lengths = np.floor(np.log(CELL * widths) / math.log(STEP))
    for length in np.unique(lengths):
        cell = STEP**length
        here = np.flatnonzero(lengths == length)
        held = Lattice(x / cell, math.ceil(depth * STEP / CELL))
        if not held.dense:
            out[here] = _sparse(x, widths[here], include_self)
            continue
        for s in here:
            ratio = cell / widths[s]
            with np.errstate(divide="ignore", invalid="ignore"):
                out[s] = held.total_log(ratio, math.ceil(depth / ratio), include_self) / len(x)
    return out


def _sparse(x, widths, include_self):
    """The same, where many cells would hold no point."""
    to_values, to_powers = chebyshev_transforms()
    out = np.empty(len(widths))
    cell = 2.0 ** np.floor(np.log2(widths.min()))
    z = x / cell
    cells = occupied_cells(z, 3 * CUTOFF_CELLS)
    stored = power_sums(z, *cells)
    for s, width in enumerate(widths):
        ratio = cell / width
        matrices = translations(ratio, math.ceil(CUTOFF_CELLS / ratio))
        out[s] = _total_log(z, *cells, *stored, matrices, ratio**2, include_self, to_values, to_powers) / len(x)
    return out


@njit(cache=True, nogil=True)
def _total_log(
    z, first, number, stretch, start, t, moments, kept, matrices, sharpness, include_self, to_values, to_powers
):
    series, scratch, values = np.empty(TERMS), np.empty(TERMS), np.empty(TERMS)
    fullest = np.int64(0)
    for a in range(len(number)):
        fullest = max(fullest, first[a + 1] - first[a])
    sums = np.empty(fullest)
    total, nearest = 0.0, np.int64(0)
    for a in range(len(number)):
        count = first[a + 1] - first[a]
        here = sums[:count]
        nearest, polynomial = cell_sums(
            a, nearest, z, first, number, stretch, t, moments, kept, matrices, sharpness, include_self, here, series,
            scratch,
        )  # fmt: skip
        if count >= MIN_SERIES_POINTS:  # then everything is in the polynomial, but for a self term the same for all
            for i in range(TERMS):
                values[i] = here[0]
                for k in range(TERMS):
                    values[i] += to_values[i, k] * series[k]
            if _log_series(values, to_powers, scratch):
                for k in range(TERMS):
                    total += scratch[k] * moments[kept[a], k]
                continue
        if polynomial:
            add_polynomial(series, t[first[a] : first[a + 1]], here)
        for i in range(count):
            if include_self or here[i] >= CANCELLATION_THRESHOLD:
                total += math.log(here[i])
            else:
                total += leave_one_out_log_sums(z, np.array([first[a] + i]), sharpness)[0]
    return total


@njit(cache=True, nogil=True)
def _log_series(values, to_powers, out):
    """Turn values at the nodes into the powers of their logarithm's series; False if it does not converge."""
    for i in range(TERMS):
        if values[i] < 1.0:
            return False
        values[i] = math.log(values[i])
    # to_powers[0] maps values to Chebyshev coefficients, to_powers[1] these to powers.
    for k in range(TERMS):
        out[k] = 0.0
        for i in range(TERMS):
            out[k] += to_powers[0, k, i] * values[i]
    if abs(out[TERMS - 1]) + abs(out[TERMS - 2]) > CONVERGED:
        return False
    for k in range(TERMS):
        values[k] = 0.0
        for i in range(TERMS):
            values[k] += to_powers[1, k, i] * out[i]
    for k in range(TERMS):
        out[k] = values[k]
    return True
