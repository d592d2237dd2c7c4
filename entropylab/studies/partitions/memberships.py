"""Shares of points in soft cells, of every family, as plain tables: a picture asks for many, and none compiles.

The numbers are those of `ball_partition`, `slab_partition`, `halfspace_partition` and `box_partition`, which stream
and differentiate; a test holds them together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, softmax, xlogy

from entropylab.estimators.partitions.bounds import continuity_bound
from entropylab.estimators.partitions.cells import choose_anchors, choose_boxes, choose_halfspaces

FAMILIES = ("ball", "halfspace", "slab", "box")
BY_ANCHORS = ("ball", "slab")  # sharpness, one cell an anchor or a plane; the others temperature and 2^m cells


@dataclass(frozen=True)
class Partition:
    """Cells of a family and the grips that move them in the plane of the first two coordinates.

    `first` and `second`: anchors and nothing; normals and offsets (n . x = b); lower and upper corners. A ball has
    one grip, its anchor; a plane two on its line, a box two opposite corners.
    """

    family: str
    first: np.ndarray
    second: np.ndarray
    grips: np.ndarray

    @property
    def count(self) -> int:
        """How many cells there are, filled or not."""
        return len(self.first) if self.family in BY_ANCHORS else 2 ** len(self.first)

    def scores(self, points: np.ndarray) -> np.ndarray:
        """(n, k): minus squared distances to anchors, minus distances to planes, n . x - b, or depths in boxes."""
        if self.family == "ball":
            return -((points[:, None] - self.first) ** 2).sum(2)
        if self.family == "box":
            return np.minimum(points[:, None] - self.first, self.second - points[:, None]).min(2)
        heights = points @ self.first.T - self.second
        return heights if self.family == "halfspace" else -np.abs(heights)

    def shares(self, scores: np.ndarray, hardness: float) -> np.ndarray:
        """(n, cells): the share of every cell in every point at this sharpness or temperature."""
        if self.family in BY_ANCHORS:
            return softmax(hardness * scores, axis=1)
        table = np.ones((len(scores), 1))
        for z in (scores / hardness).T:
            table = np.stack([table * expit(-z)[:, None], table * expit(z)[:, None]], 2).reshape(len(scores), -1)
        return table

    def own(self, scores: np.ndarray) -> np.ndarray:
        """The hard cell of every point."""
        if self.family in BY_ANCHORS:
            return scores.argmax(1)
        return (scores >= 0) @ (1 << np.arange(scores.shape[1])[::-1])

    def scaled(self, hardness: float, scale: float) -> float:
        """The hardness that does to these points what `hardness` does to points and cells `scale` times as large."""
        return {"ball": hardness * scale**2, "slab": hardness * scale}.get(self.family, hardness / scale)


def make_partition(points, family, *, anchors, anchor_choice, halfspaces, halfspace_choice, moved, seed) -> Partition:
    """The cells that the rule chooses for `points`, but for the grips that were `moved` {index: (x, y)}."""
    if family == "ball":
        chosen = choose_anchors(points, anchors, method=anchor_choice, seed=seed)
        for i, place in moved.items():
            if i < anchors:
                chosen[i, :2] = place
        return Partition(family, chosen, np.empty(0), chosen[:, :2].copy())
    if family == "box":
        lows, highs = choose_boxes(points, halfspaces)
        grips = np.stack([lows[:, :2], highs[:, :2]], 1).reshape(-1, 2)
        _move(grips, moved)
        pairs = grips.reshape(-1, 2, 2)
        lows[:, :2], highs[:, :2] = pairs.min(1), pairs.max(1)
        if not (lows < highs).all():
            raise ValueError("a box needs an inside: got two corners on one line; drag one of them away.")
        return Partition(family, lows, highs, grips)
    normals, offsets = choose_halfspaces(points, halfspaces, method=halfspace_choice, seed=seed)
    return Partition(family, *_moved_anchors(points, normals, offsets, moved))


def _moved_anchors(points, normals, offsets, moved):
    """Planes through their grips: two on the line in which a plane cuts that of the first two coordinates."""
    middle = points.mean(0)
    flat, rest = normals[:, :2], offsets - normals[:, 2:] @ middle[2:]
    lengths = np.linalg.norm(flat, axis=1)
    seen = lengths > 1e-6  # a plane parallel to the picture has no line in it
    unit = flat / np.where(seen, lengths, 1.0)[:, None]
    foot = middle[:2] + ((rest - flat @ middle[:2]) / np.where(seen, lengths, 1.0))[:, None] * unit
    along = np.stack([unit[:, 1], -unit[:, 0]], 1)
    reach = 0.35 * np.ptp(points[:, :2], axis=0).min() + 1e-9
    grips = np.stack([foot - reach * along, foot + reach * along], 1)
    grips[~seen] = np.nan
    grips = grips.reshape(-1, 2)
    for t in {i // 2 for i in moved if i < len(grips)}:
        _move(grips, {i: place for i, place in moved.items() if i // 2 == t})
        (ax, ay), (bx, by) = grips[2 * t : 2 * t + 2]
        length = math.hypot(bx - ax, by - ay)
        if not length > 0:
            raise ValueError("a line needs two different points: got both grips at one place; drag one of them away.")
        normals[t] = 0.0
        normals[t, :2] = (ay - by) / length, (bx - ax) / length
        offsets[t] = normals[t, 0] * ax + normals[t, 1] * ay
    return normals, offsets, grips


def _move(grips, moved):
    for i, place in moved.items():
        if i < len(grips):
            grips[i] = place


def soft_and_own(found: Partition, scores: np.ndarray, hardness: float) -> tuple[np.ndarray, np.ndarray]:
    """What every point adds to the soft entropy, in nats, and its share in its own hard cell."""
    table = found.shares(scores, hardness)
    return table @ -_log(table.mean(0)), table[np.arange(len(table)), found.own(scores)]


def soft_entropy(found: Partition, scores: np.ndarray, hardness: float) -> float:
    """Soft entropy in nats."""
    mass = found.shares(scores, hardness).mean(0)
    return float(-xlogy(mass, mass).sum())


def hard_surprises(own: np.ndarray) -> np.ndarray:
    """What every point adds to the hard entropy, in nats."""
    counts = np.bincount(own)
    return np.log(len(own) / counts[own])


def curve(found: Partition, scores: np.ndarray, hardnesses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Soft entropy and certificate, in nats, at every hardness."""
    own = found.own(scores)
    rows = np.arange(len(own))
    soft, bound = np.empty((2, len(hardnesses)))
    for i, hardness in enumerate(hardnesses):
        table = found.shares(scores, hardness)
        mass = table.mean(0)
        soft[i] = -xlogy(mass, mass).sum()
        bound[i] = continuity_bound(float((1 - table[rows, own]).mean()), found.count)
    return soft, bound


def _log(mass):
    return np.log(np.where(mass > 0, mass, 1.0))
