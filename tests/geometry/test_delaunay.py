"""Delaunay triangles: the definition in rational arithmetic, degenerate points, another library."""

from fractions import Fraction

import numpy as np
import pytest
from exact_hull import awkward, exact_hull, exact_in_circle, exact_turn
from scipy.spatial import Delaunay

import entropylab as lab


def twice_area(points) -> Fraction:
    x = [(Fraction(a), Fraction(b)) for a, b in points]
    return sum(x[i - 1][0] * x[i][1] - x[i][0] * x[i - 1][1] for i in range(len(x)))


def faults(points, triangles) -> str:
    """What is wrong with a triangulation: sides, orientation, missing points, holes, points inside circles."""
    points = [tuple(p) for p in points.tolist()]
    hull = exact_hull(points)
    if len(hull) < 3:
        return "" if len(triangles) == 0 else "triangles on a line"
    first = {p: i for i, p in reversed(list(enumerate(points)))}
    if set(triangles.ravel().tolist()) != set(first.values()):
        return "a point is missing"
    side_of = {}
    for a, b, c in triangles.tolist():
        if exact_turn(points[a], points[b], points[c]) <= 0:
            return "clockwise or flat"
        for side in ((a, b), (b, c), (c, a)):
            if side in side_of:
                return "two triangles on one side of an edge"
            side_of[side] = (a, b, c)
    if sum(twice_area([points[i] for i in t]) for t in triangles.tolist()) != twice_area([points[i] for i in hull]):
        return "a hole"
    for (a, b), corners in side_of.items():
        beyond = [d for d in side_of.get((b, a), ()) if d not in (a, b)]
        if beyond and exact_in_circle(*(points[i] for i in corners), points[beyond[0]]) > 0:
            return "a point inside a circle"
    return ""


def test_the_definition_on_awkward_points():
    rng = np.random.default_rng(0)
    for _ in range(120):
        points = awkward(rng, int(rng.choice([1, 2, 3, 4, 6, 10, 20, 40])))
        try:
            triangles = lab.delaunay(points)
        except ValueError as error:
            assert "within a factor" in str(error) and np.abs(points).max() > 1e115 * np.abs(points[points != 0]).min()
            continue
        assert faults(points, triangles) == "", points.tolist()


def test_another_library():
    """In general position the triangulation is unique."""
    points = np.random.default_rng(1).normal(size=(3000, 2))
    ours, theirs = (np.unique(np.sort(t, axis=1), axis=0) for t in (lab.delaunay(points), Delaunay(points).simplices))
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("step", [1.0, 0.1])
def test_a_grid(step):
    """All circles hold four points, on it or off it by one bit: n m cells give 2 n m triangles or, where 0.1 is
    rounded, a few slivers more at the edge."""
    points = np.stack(np.meshgrid(np.arange(12) * step, np.arange(9) * step), -1).reshape(-1, 2)
    triangles = lab.delaunay(points)
    assert faults(points, triangles) == ""
    assert len(triangles) == 2 * 11 * 8


@pytest.mark.parametrize(("points", "told"), [(np.zeros((2, 3)), "shape"), ([[0, np.nan]], "finite")])
def test_what_is_refused(points, told):
    with pytest.raises(ValueError, match=told):
        lab.delaunay(points)
