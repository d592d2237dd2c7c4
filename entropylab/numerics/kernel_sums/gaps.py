"""Points far apart against the width of their kernel, in units that keep the digits of near ones.

A coordinate of S kernel widths is rounded to S eps of a width, and distances with it. But where a coordinate has a
gap of more than GAP widths, no kernel reaches across: the gap may be closed to GAP widths, and what lies behind it
counts from a point nearby, by differences that were taken before anything was divided.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from entropylab.kernels.compilation import njit

GAP = 16.0  # exp(-GAP^2 / 2) = 3e-56: all kernels across a gap together are below the rounding of one
SHALLOWEST = 100.0  # leave-one-out: a log sum this far below log n may miss kernels across closed gaps
_DEPTH = 60.0  # kernels exp(-_DEPTH) below the nearest one are left out: n of them are below its rounding


def longest_half(lows, highs) -> float:
    """Half the length of the longest column, which does not overflow."""
    return max(high / 2 - low / 2 for low, high in zip(lows, highs, strict=True))


def with_gaps_closed(x: Float[np.ndarray, "n d"], width: float) -> Float[np.ndarray, "n d"]:
    """`x` in units of `width`, each column with its gaps of more than GAP widths closed to GAP widths."""
    out = np.empty(x.shape)
    for k, column in enumerate(x.T):
        order = np.argsort(column)
        line = column[order]
        starts = np.flatnonzero(np.append(True, _in_widths(line[1:], line[:-1], width) > GAP))
        lengths = np.diff(starts, append=len(line))
        local = _in_widths(line, np.repeat(line[starts], lengths), width)
        last = local[starts + lengths - 1]
        behind = np.cumsum(np.append(0.0, last[:-1] + GAP))
        out[order, k] = local + np.repeat(behind, lengths)
    return out


def isolated_log_sums(x: Float[np.ndarray, "n d"], width: float, rows: np.ndarray) -> Float[np.ndarray, " r"]:
    """log sum over j != i of exp(-|x_i - x_j|^2 / 2 width^2) for every i in `rows`, however far the next point is.

    -inf where that leaves the floating-point range.
    """
    longest = np.argsort(x.min(0) / 2 - x.max(0) / 2)
    order = np.argsort(x[:, longest[0]])
    place = np.empty(len(x), np.int64)
    place[order] = np.arange(len(x))
    return _isolated(np.ascontiguousarray(x[order][:, longest]), width, place[rows])


def _in_widths(a, b, width):
    """(a - b) / width, where a - b may overflow."""
    with np.errstate(over="ignore"):
        difference = a - b
        return np.where(np.isinf(difference), 2 * ((a / 2 - b / 2) / width), difference / width)


@njit(cache=True, nogil=True)
def _ratio(a, b, width):
    difference = a - b
    if np.isinf(difference):
        return 2 * ((a / 2 - b / 2) / width)
    return difference / width


@njit(cache=True, nogil=True)
def _square(x, i, j, width):
    total = 0.0
    for k in range(x.shape[1]):
        total += _ratio(x[j, k], x[i, k], width) ** 2
    return total


@njit(cache=True, nogil=True)
def _isolated(x, width, rows):
    """Outward from a row along its first coordinate, in which `x` ascends, until that alone is too far."""
    out = np.empty(len(rows))
    for r in range(len(rows)):
        i = rows[r]
        nearest, total = np.inf, 0.0
        for step in (-1, 1):
            j = i + step
            while 0 <= j < len(x) and _ratio(x[j, 0], x[i, 0], width) ** 2 <= nearest:
                nearest = min(nearest, _square(x, i, j, width))
                j += step
        if np.isinf(nearest):
            out[r] = -np.inf
            continue
        for step in (-1, 1):
            j = i + step
            while 0 <= j < len(x) and _ratio(x[j, 0], x[i, 0], width) ** 2 <= nearest + 2 * _DEPTH:
                total += math.exp(0.5 * (nearest - _square(x, i, j, width)))
                j += step
        out[r] = math.log(total) - 0.5 * nearest
    return out
