"""Gaussian kernel sums at many widths: distances once, one exponential for a chain of widths.

Halving a squared width squares the kernel, so widths h, h / sqrt 2, h / 2, ... follow from the kernel at h by
multiplication alone. Widths in geometric progression with ratio 2^(1/2m) form m chains; widths of no
such order form chains of one.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float
from numba import njit

from entropylab.numerics.compiled_exp import two_to_minus_exactly
from entropylab.numerics.gauss_transform_leaves import packed

TILE = 256  # columns whose distances stay in the first-level cache
LINK = 6  # widths that one pass over a tile sums
LONGEST = 12  # widths in a chain: squaring doubles a relative error, and 2^11 roundings are 3e-13
DEPTH = 120.0  # bits below 1 at which all kernels of a tile are left out
FLOOR = 1e-20  # sums below this miss what was left out, and are done again
_BITS = 0.5 / math.log(2)  # exp(-q / 2) = 2^-(_BITS q)


def mean_log_sums(
    x: Float[np.ndarray, "n d"], widths: Float[np.ndarray, " s"], include_self: bool = True
) -> Float[np.ndarray, " s"]:
    """Mean over i of log sum_j exp(-|x_i - x_j|^2 / 2h^2) for every h in `widths`; rows to 1e-11."""
    # Neighbours in one tile make far tiles, of which nothing need be summed.
    points = np.ascontiguousarray((x[packed(x)] if x.shape[1] <= 3 else x).T)
    linked = chains(widths)
    first = np.array([_BITS / widths[chain[0]] ** 2 for chain in linked])
    start = np.cumsum([0] + [-(-len(chain) // LINK) * LINK for chain in linked])
    sums = _sums(points, first, np.array([len(chain) for chain in linked]), start)
    out = np.empty(len(widths))
    for chain, at in zip(linked, start, strict=False):
        for level, s in enumerate(chain):
            rows = sums[:, at + level]
            if include_self:
                out[s] = np.log1p(rows).mean()
                continue
            lonely = np.flatnonzero(rows < FLOOR)
            logs = np.log(np.where(rows < FLOOR, 1.0, rows))
            logs[lonely] = _lonely(points, lonely, 0.5 / widths[s] ** 2)
            out[s] = logs.mean()
    return out


def chains(widths: Float[np.ndarray, " s"]) -> list[list[int]]:
    """Indices of `widths` in chains, widest first, each width the last one over the square root of 2."""
    rest = [int(s) for s in np.argsort(-widths)]
    found = []
    while rest:
        chain = [rest.pop(0)]
        while len(chain) < LONGEST:
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
def _sums(points, first, lengths, start):
    """Kernel sums over j != i at 2^-(first q), its square, and so on: one block of columns for a chain."""
    n = points.shape[1]
    sums = np.zeros((n, start[-1]))
    squares, kernel = np.empty(TILE), np.empty(TILE)
    for i in range(n):
        for a in range(0, n, TILE):
            b = min(n, a + TILE)
            q, k = squares[: b - a], kernel[: b - a]
            _squares(points, i, a, q)
            if a <= i < b:
                q[i - a] = 1e300  # leaves the self term out
            nearest = _least(q)
            for c in range(len(first)):
                if first[c] * nearest > DEPTH:
                    continue
                _exponentials(q, first[c], k)
                done = 0
                while done < lengths[c] and first[c] * nearest * 2.0**done <= DEPTH:
                    _link(k, sums[i, start[c] + done : start[c] + done + LINK])
                    done += LINK
    return sums


@njit(cache=True, nogil=True, fastmath=True)
def _squares(points, i, a, out):
    out[:] = 0.0
    for k in range(len(points)):
        here, others = points[k, i], points[k, a : a + len(out)]
        for j in range(len(out)):
            out[j] += (others[j] - here) ** 2


@njit(cache=True, nogil=True, fastmath=True)
def _least(q):
    least = q[0]
    for j in range(len(q)):
        least = min(least, q[j])
    return least


@njit(cache=True, nogil=True, fastmath=True)
def _exponentials(q, bits, out):
    for j in range(len(q)):
        out[j] = two_to_minus_exactly(bits * q[j])


@njit(cache=True, nogil=True, fastmath=True)
def _link(kernel, sums):
    """Add up the kernel and its next five squares, and leave the sixth."""
    s0, s1, s2, s3, s4, s5 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(len(kernel)):
        k = kernel[j]
        s0 += k
        k *= k
        s1 += k
        k *= k
        s2 += k
        k *= k
        s3 += k
        k *= k
        s4 += k
        k *= k
        s5 += k
        kernel[j] = k * k
    sums[0] += s0
    sums[1] += s1
    sums[2] += s2
    sums[3] += s3
    sums[4] += s4
    sums[5] += s5


@njit(cache=True, nogil=True)
def _lonely(points, rows, scale):
    """log sum over j != i of exp(-scale q), relative to the nearest neighbour's term."""
    n = points.shape[1]
    out = np.empty(len(rows))
    q = np.empty(n)
    for r in range(len(rows)):
        _squares(points, rows[r], 0, q)
        q[rows[r]] = np.inf
        nearest = q.min()
        total = 0.0
        for j in range(n):
            if scale * (q[j] - nearest) < 60.0:
                total += math.exp(-scale * (q[j] - nearest))
        out[r] = math.log(total) - scale * nearest
    return out
