"""The learned polygon and its certificate: exact whatever was learned; the clock's null control."""

import numpy as np
import pytest

from entropylab.geometry import convex_hull
from entropylab.studies.core.timing import CONTROL, Ratio, time_candidates
from entropylab.studies.hulls.polygon_model import InnerPolygon, learn_polygon


def disks(rng, count, n, scale=1.0):
    angle, radius = rng.uniform(0, 2 * np.pi, (count, n)), scale * np.sqrt(rng.random((count, n)))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 2)


def test_the_certified_hull_is_the_hull():
    """On like sets, on smaller ones the polygon does not fit, on far ones, and where duplicates and lines are."""
    rng = np.random.default_rng(0)
    polygon = learn_polygon(disks(rng, 20, 2000), shrink=0.98)
    proved = 0
    for points in [*disks(rng, 20, 2000), *disks(rng, 5, 500, 0.5), *(disks(rng, 3, 500) + 10)]:
        hull, certified = polygon.hull(points)
        assert np.array_equal(hull, convex_hull(points))
        proved += certified
    assert 10 <= proved <= 20
    for points in (np.zeros((5, 2)), np.stack([np.arange(5.0)] * 2, 1), np.repeat(disks(rng, 1, 300)[0], 2, axis=0)):
        assert np.array_equal(polygon.hull(points)[0], convex_hull(points))


def test_the_polygon_lies_in_every_training_hull():
    rng = np.random.default_rng(1)
    sets = disks(rng, 10, 300)
    polygon = learn_polygon(sets)
    for points in sets:
        both = convex_hull(np.concatenate([points, polygon.corners]))
        assert (both < len(points)).all()
    # the intersection of hulls of 300 points in a disk reaches nearly to its rim
    assert np.linalg.norm(polygon.corners, axis=1).min() > 0.8


def test_a_square_is_learned_to_its_shrink():
    corners = np.array([[[0.0, 0], [2, 0], [2, 2], [0, 2], [1, 1]]])
    found = learn_polygon(corners, rays=4, shrink=0.5)
    np.testing.assert_allclose(found.corners, [[1.5, 1], [1, 1.5], [0.5, 1], [1, 0.5]], atol=1e-12)


def test_the_clock_tells_a_difference_from_none():
    """Eight times the work is seen beyond the null; the baseline's twin is not, in 15 interleaved rounds."""
    x = np.random.default_rng(0).random(20_000)
    found = time_candidates(
        {"once": lambda i: lambda: np.sort(x + i), "often": lambda i: lambda: [np.sort(x + i) for _ in range(8)]}
    )
    null = found.ratio("once", CONTROL)
    assert found.ratio("often", "once").beyond(null)
    assert found.ratio("often", "once").median > 3
    assert set(found.seconds) == {"once", "often", CONTROL} and found.seconds["once"].shape == (15,)
    assert not Ratio(1.0, 0.9, 1.1).beyond(Ratio(1.0, 0.95, 1.3))


@pytest.mark.parametrize(
    "sets, says",
    [(np.zeros((3, 2)), "shape"), (np.full((1, 4, 2), np.nan), "finite"), (np.zeros((1, 4, 2)), "hold the mean")],
)
def test_wrong_input_is_refused(sets, says):
    with pytest.raises(ValueError, match=says):
        learn_polygon(sets)


def test_a_flat_polygon_is_refused():
    with pytest.raises(ValueError, match="not on a line"):
        InnerPolygon(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]))
