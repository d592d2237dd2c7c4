"""An implicit balanced k-d tree: its points in leaves of sixteen, one vector of lanes to a coordinate.

Every leaf but the last is full, so that no lane idles. A node is cut at a multiple of sixteen points
across its widest side; boxes are tight around the points in them. Nodes stand in preorder: the left child
of node i is i + 1, the right child is `child[i]`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.ops import F64_LANES, data_pointer

SPREAD_SAMPLE = 64  # points that tell the widest side of a large node
_LARGEST_SAMPLE = 63


class Tree(NamedTuple):
    """A k-d tree over n points in d dimensions with m = 2 L - 1 nodes and L leaves.

    Coordinate a of leaf l is `blocks[(l d + a) 16 : (l d + a + 1) 16]`; lanes past the last point hold
    +inf, which is a neighbour to nobody.
    """

    order: np.ndarray  # (n,) point that stands at each place, leaf by leaf
    blocks: np.ndarray  # (L * d * 16,) coordinates
    child: np.ndarray  # (m,) right child of an inner node; minus the number of a leaf
    boxes: np.ndarray  # (m, 2, d) lower and upper corners
    node: np.ndarray  # (L,) node of each leaf
    size: np.ndarray  # (m,) points under the node
    points: int
    dimensions: int


def build(x: np.ndarray) -> Tree:
    """The tree over the rows of `x` (n, d), float64."""
    n, d = x.shape
    order, key, sample = np.arange(n), np.empty(n), np.empty(_LARGEST_SAMPLE)
    return Tree(order, *_build(np.ascontiguousarray(x.T), order, key, sample), n, d)


@njit(cache=True, nogil=True)
def _build(columns, order, keys, samples):
    d, n = columns.shape
    values, place, key, sample = data_pointer(columns), data_pointer(order), data_pointer(keys), data_pointer(samples)
    leaves = (n + F64_LANES - 1) // F64_LANES
    nodes = 2 * leaves - 1
    child = np.empty(nodes, np.int64)
    node_of = np.empty(leaves, np.int64)
    boxes = np.empty((nodes, 2, d))
    size = np.empty(nodes, np.int64)
    blocks = np.full(leaves * d * F64_LANES, np.inf)
    waiting = np.empty((64, 4), np.int64)  # node, first point, end, leaves; halving 2**62 points needs 62 places
    waiting[0, 0], waiting[0, 1], waiting[0, 2], waiting[0, 3] = 0, 0, n, leaves
    top = 1
    filled = 0
    while top:
        top -= 1
        node, first, end, count = waiting[top, 0], waiting[top, 1], waiting[top, 2], waiting[top, 3]
        size[node] = end - first
        if count == 1:
            child[node] = -filled
            node_of[filled] = node
            for a in range(d):
                start = (filled * d + a) * F64_LANES
                smallest, largest = np.inf, -np.inf
                for i in range(first, end):
                    value = values[a * n + place[i]]
                    blocks[start + i - first] = value
                    smallest, largest = min(smallest, value), max(largest, value)
                boxes[node, 0, a], boxes[node, 1, a] = smallest, largest
            filled += 1
            continue
        widest = _widest_axis(values, n, d, place, first, end)
        for i in range(first, end):
            key[i] = values[widest * n + place[i]]
        half = (count + 1) // 2
        cut = first + half * F64_LANES
        _select(key, place, first, end, cut, sample)
        child[node] = node + 2 * half
        waiting[top, 0], waiting[top, 1], waiting[top, 2], waiting[top, 3] = node + 2 * half, cut, end, count - half
        top += 1
        waiting[top, 0], waiting[top, 1], waiting[top, 2], waiting[top, 3] = node + 1, first, cut, half
        top += 1
    for node in range(nodes - 1, -1, -1):  # children stand after their parent
        right = child[node]
        if right > 0:
            for a in range(d):
                boxes[node, 0, a] = min(boxes[node + 1, 0, a], boxes[right, 0, a])
                boxes[node, 1, a] = max(boxes[node + 1, 1, a], boxes[right, 1, a])
    return blocks, child, boxes, node_of, size


@njit(cache=True, nogil=True)
def _widest_axis(values, n, d, place, first, end):
    """The coordinate in which the points first .. end - 1 reach farthest, told from at most 128 of them."""
    step = max(1, (end - first) // SPREAD_SAMPLE)
    widest = 0
    width = -1.0
    for a in range(d):
        smallest, largest = np.inf, -np.inf
        for i in range(first, end, step):
            value = values[a * n + place[i]]
            smallest, largest = min(smallest, value), max(largest, value)
        if largest - smallest > width:
            width = largest - smallest
            widest = a
    return widest


@njit(cache=True, nogil=True)
def _select(key, order, first, end, cut, sample):
    """Rearrange key and order in [first, end) so that no key before `cut` exceeds one from `cut` on."""
    while end - first > F64_LANES:
        n = end - first
        size = 5 if n < 256 else (15 if n < 4096 else _LARGEST_SAMPLE)
        step = n // size
        for i in range(size):
            value = key[first + i * step + step // 2]
            j = i
            while j > 0 and sample[j - 1] > value:
                sample[j] = sample[j - 1]
                j -= 1
            sample[j] = value
        pivot = sample[(cut - first) * size // n]
        border = first
        for i in range(first, end):  # both are swapped always and the border moves or not: nothing to mispredict
            value, point = key[i], order[i]
            key[i], order[i] = key[border], order[border]
            key[border], order[border] = value, point
            border += value < pivot
        if border == cut:
            return
        if border > cut:
            end = border
        elif border > first:
            first = border
        else:  # the pivot is the smallest key: take all its equals out, or equal keys would never end
            for i in range(first, end):
                value, point = key[i], order[i]
                key[i], order[i] = key[border], order[border]
                key[border], order[border] = value, point
                border += value <= pivot
            if border > cut or border == first:  # no key equals the pivot: it is NaN, and nothing has an order
                return
            first = border
    for i in range(first + 1, end):
        value, point = key[i], order[i]
        j = i
        while j > first and key[j - 1] > value:
            key[j], order[j] = key[j - 1], order[j - 1]
            j -= 1
        key[j], order[j] = value, point
