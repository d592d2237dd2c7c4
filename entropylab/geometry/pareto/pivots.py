"""A filter for Pareto maxima: a few points that beat most others, and one pass that drops what they beat."""

from __future__ import annotations

import numpy as np

from entropylab.kernels.compilation import njit

_FEW = 512  # below, sorting everything is faster
_PIVOTS = 12
_LOWEST = -np.finfo(np.float64).max
_SHARE = 0.2  # of a sample on its own front: above, the pass would drop too little to pay


def discard_dominated(x: np.ndarray) -> np.ndarray | None:
    """Indices of the rows that the pivots do not beat in every coordinate; None where no filter pays."""
    n = len(x)
    if n < _FEW:
        return None
    size = min(2048, int(4 * n**0.55))
    pivots = choose(np.ascontiguousarray(x[np.arange(size) * n // size]), int(_SHARE * size))
    return None if len(pivots) == 0 else _filter_pass(x, pivots)


@njit(cache=True, nogil=True)
def _dominates(x, i, j):
    """True if row i is larger than row j in every coordinate."""
    for a in range(x.shape[1]):
        if not x[i, a] > x[j, a]:
            return False
    return True


@njit(cache=True, nogil=True)
def choose(sample, most):
    """Rows of the sample that together beat most of it, the strongest first; none if its front exceeds `most` rows.

    A row is on the front unless one already found there beats it, in the order of falling sums of ranks.
    """
    m, d = sample.shape
    score = np.zeros(m)
    for a in range(d):
        order = np.argsort(sample[:, a].copy())  # in one piece, as -score is: one sort is compiled
        for k in range(m):
            score[order[k]] += k
    front = np.empty(most + 1, np.int64)
    count = 0
    for i in np.argsort(-score):
        beaten = False
        for k in range(count):
            if _dominates(sample, front[k], i):
                beaten = True
                break
        if not beaten:
            if count == most:
                return sample[:0].copy()
            front[count] = i
            count += 1
    alive = np.arange(m)
    chosen = np.empty(_PIVOTS, np.int64)
    for p in range(_PIVOTS):
        best, most_beaten = np.int64(-1), m // 256
        for k in range(count):
            beaten = 0
            for j in alive:
                beaten += _dominates(sample, front[k], j)
            if beaten > most_beaten:
                best, most_beaten = front[k], beaten
        if best < 0:
            return sample[chosen[:p]].copy()
        chosen[p] = best
        kept = 0
        for j in alive:
            if not _dominates(sample, best, j):
                alive[kept] = j
                kept += 1
        alive = alive[:kept]
    return sample[chosen].copy()


@njit(cache=True, nogil=True)
def _filter_pass(x, pivots):
    n, d = x.shape
    kept = np.empty(n, np.int64)
    count = 0
    for i in range(n):
        beaten = False
        for p in range(len(pivots)):
            below = True
            for a in range(d):
                below &= (x[i, a] < pivots[p, a]) & (x[i, a] >= _LOWEST)  # -inf stays, to be refused
            if below:
                beaten = True
                break
        kept[count] = i
        count += not beaten
    return kept[:count].copy()
