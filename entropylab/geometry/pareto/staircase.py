"""The least entropy of sending every point to a maximum that dominates it: exact in the plane, greedy elsewhere."""

from __future__ import annotations

import numpy as np

from entropylab.kernels.compilation import njit


@njit(cache=True, nogil=True)
def least_entropy_assignment(low, high, h, n):
    """Least sum of (c / n) ln(n / c) over h maxima in a row, c = 1 + the points sent to each; n points in all.

    Point i may go to the maxima low[i] to high[i]. Some maximum takes all points that it may; those left lie wholly
    on one side of it. f(i, j) = min_m (c / n) ln(n / c) + f(i, m - 1) + f(m + 1, j), where c - 1 counts the points
    inside i..j that m may take.
    """
    inside = np.zeros((h + 1, h + 1), np.int64)  # inside[i, j]: low >= i and high < j
    for k in range(low.size):
        inside[low[k], high[k] + 1] += 1
    for i in range(h - 1, -1, -1):
        for j in range(1, h + 1):
            inside[i, j] += inside[i, j - 1] + inside[i + 1, j] - inside[i + 1, j - 1]
    cost = np.zeros(inside[0, h] + 2)
    for c in range(1, cost.size):
        cost[c] = c / n * np.log(n / c)
    best = np.zeros((h + 1, h + 1))  # of the maxima i .. j - 1
    for width in range(1, h + 1):
        for i in range(h - width + 1):
            j = i + width
            least = np.inf
            for m in range(i, j):
                c = 1 + inside[i, j] - inside[i, m] - inside[m + 1, j]
                least = min(least, cost[c] + best[i, m] + best[m + 1, j])
            best[i, j] = least
    return best[0, h]


@njit(cache=True, nogil=True)
def greedy_sizes(x, front):
    """Points of each class when the maximum that dominates most of those left takes them, again and again."""
    n, d = x.shape
    h = front.size
    alive = np.ones(n, np.bool_)
    for j in front:
        alive[j] = False
    bound = np.full(h, n)
    sizes = np.ones(h, np.int64)
    done = np.zeros(h, np.bool_)
    for _ in range(h):
        while True:
            best = -1
            for k in range(h):
                if not done[k] and (best < 0 or bound[k] > bound[best]):
                    best = k
            second = -1
            for k in range(h):
                if not done[k] and k != best and bound[k] > second:
                    second = bound[k]
            count = 0
            for i in range(n):
                if alive[i]:
                    below = True
                    for a in range(d):
                        below &= x[i, a] <= x[front[best], a]
                    count += below
            bound[best] = count
            if count >= second:
                break
        done[best] = True
        sizes[best] += bound[best]
        if bound[best] == 0:
            break  # the others can take nothing either
        for i in range(n):
            if alive[i]:
                below = True
                for a in range(d):
                    below &= x[i, a] <= x[front[best], a]
                alive[i] = not below
    return sizes
