"""Hulls that learn from hulls seen before, and stay exact: a polygon that a certificate proves inside afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int, Real

from entropylab.geometry import convex_hull
from entropylab.geometry.exact.planar import as_planar_points, scaled_for_exact_products
from entropylab.geometry.hulls.filtered import bucket_table, candidates_outside
from entropylab.numerics.validation import check

RAYS, SHRINK, BUCKETS = 128, 0.998, 1024


def learn_polygon(sets: Real[np.ndarray, "s n 2"], *, rays: int = RAYS, shrink: float = SHRINK) -> InnerPolygon:
    """A polygon of `rays` corners that lay inside the hull of every one of `sets` (s, n, 2).

    On `rays` directions from the mean of all points, the least distance to any of the hulls, times `shrink`: the
    intersection of the hulls, cut to a polygon.
    Errors: ValueError for a wrong shape, NaN, or hulls that do not all hold the common mean.
    """
    sets = np.asarray(sets, float)
    if sets.ndim != 3 or sets.shape[2] != 2 or not len(sets):
        raise ValueError(f"sets must have shape (s, n, 2): got {sets.shape}; stack one set behind the other.")
    check.require_finite("sets", sets)
    if rays < 3 or not 0 < shrink <= 1:
        raise ValueError(f"a polygon needs 3 rays or more and a shrink in (0, 1]: got {rays} and {shrink}.")
    middle = sets.mean((0, 1))
    angle = 2 * np.pi * np.arange(rays) / rays
    unit = np.stack([np.cos(angle), np.sin(angle)], 1)
    reach = np.full(rays, np.inf)
    for points in sets:
        corners = points[convex_hull(points)] - middle
        sides = np.roll(corners, -1, axis=0) - corners
        outward = np.stack([sides[:, 1], -sides[:, 0]], 1)
        height = (outward * corners).sum(1)
        if not (height > 0).all():
            raise ValueError("every hull must hold the mean of all points: got one that does not; use like sets.")
        # a ray leaves the hull through the first side that it crosses
        along = unit @ outward.T
        reach = np.minimum(reach, np.where(along > 0, height / np.where(along > 0, along, 1.0), np.inf).min(1))
    return InnerPolygon(middle + shrink * reach[:, None] * unit)


@dataclass(frozen=True)
class InnerPolygon:
    """A polygon that is likely to lie inside of hulls to come: its corners (c, 2), and the table that points pass.

    Errors: ValueError for corners on a line, or so large or small that their products are not exact.
    """

    corners: np.ndarray
    _table: tuple = field(init=False, repr=False)

    def __post_init__(self):
        corners = as_planar_points("corners", self.corners)
        hull = convex_hull(corners)
        if len(hull) < 3 or scaled_for_exact_products("corners", corners) is not corners:
            raise ValueError(
                f"a polygon needs three corners of ordinary size, not on a line: got {len(hull)} on its hull."
            )
        object.__setattr__(self, "corners", corners)
        object.__setattr__(self, "_table", bucket_table(corners[hull], BUCKETS))

    def left(self, points) -> Int[np.ndarray, " m"]:
        """Indices of the points that the table does not show to lie strictly inside."""
        return candidates_outside(points, *self._table)

    def hull(self, points) -> tuple[Int[np.ndarray, " h"], bool]:
        """The hull of `points`, as `convex_hull` gives it, and whether this polygon proved itself.

        Points strictly inside the polygon are dropped and the rest is hulled. If every corner of the polygon lies in
        that hull, so does every point dropped, and it is the hull of all: an exact test, made afterwards. If one does
        not, the hull of all points is taken instead: the answer is right either way.
        `points` (n, 2). Errors: ValueError as `convex_hull`.
        """
        points = as_planar_points("points", points)
        left = self.left(points)
        if len(left):
            hull = left[convex_hull(points[left])]
            # behind the hull's own corners, where of equal points the first counts: none of the polygon's may remain
            both = convex_hull(np.concatenate([points[hull], self.corners]))
            if (both < len(hull)).all():
                return hull, True
        return convex_hull(points), False
