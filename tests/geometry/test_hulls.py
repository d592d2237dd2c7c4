"""The planar hulls: one contract, exact against rational arithmetic, numbers of corners as the theory has them."""

import math
from fractions import Fraction

import numpy as np
import pytest
from exact_hull import awkward, exact_hull, exact_in_circle, exact_turn, sign
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

import entropylab as lab
from entropylab.geometry.exact.planar import scaled_for_exact_products
from entropylab.geometry.exact.predicates import incircle, orient2d
from entropylab.geometry.hulls.filtered import hull_with_filter

HULLS = [lab.convex_hull, lab.monotone_chain, lab.quickhull, lab.chan_hull, lab.entropy_bounded_hull]
each = pytest.mark.parametrize("hull", HULLS, ids=lambda hull: hull.__name__)

FIXED = {
    "one point": ([[3, 4]], [0]),
    "one point thrice": ([[3, 4]] * 3, [0]),
    "two points": ([[1, 0], [0, 1]], [1, 0]),
    "a line": ([[2, 2], [0, 0], [1, 1], [3, 3], [0, 0]], [1, 3]),
    "an upright line": ([[0, 1], [0, 3], [0, 2]], [0, 1]),
    "a square with edge points": ([[0, 0], [2, 0], [2, 2], [0, 2], [1, 0], [2, 1], [1, 1]], [0, 1, 2, 3]),
    "clockwise corners given twice": ([[0, 0], [0, 1], [1, 1], [1, 0], [0, 0], [1, 1]], [0, 3, 2, 1]),
    # Qhull returns three of the four: https://github.com/scipy/scipy/issues/14185
    "scipy issue 14185": ([[0, 1], [1, 1e4 + 1], [2, 1e8 + 1], [2, -1], [0, -1]], [4, 3, 2, 0]),
    "far away": ([[1e16, 1e16], [1e16 + 2, 1e16], [1e16, 1e16 + 2], [1e16 + 2, 1e16 + 2]], [0, 1, 3, 2]),
    "subnormal": ([[0, 0], [5e-324, 0], [0, 5e-324]], [0, 1, 2]),
    "huge": ([[-1e308, -1e308], [1e308, -1e308], [0, 1e308], [0, 0]], [0, 1, 2]),
    "huge beside tiny": ([[0, 0], [1e300, 0], [1e300, 1e-300], [5e299, 1e-300]], [0, 1, 2, 3]),
    "minus zero": ([[0.0, 1], [-0.0, -1], [1, 0], [0, 0]], [1, 2, 0]),
}


@each
@pytest.mark.parametrize("case", FIXED)
def test_fixed_points(hull, case):
    points, expected = FIXED[case]
    assert hull(np.array(points, dtype=float)).tolist() == expected


@each
def test_awkward_points(hull):
    """Against gift wrapping in rational arithmetic; benchmarks/fuzz_geometry.py goes on as long as one likes."""
    rng = np.random.default_rng(0)
    for _ in range(150):
        points = awkward(rng, int(rng.choice([2, 3, 5, 8, 20, 40])))
        assert hull(points).tolist() == exact_hull(points), points.tolist()


def test_the_filter_drops_no_corner():
    """The engine with its filter on from 40 points on, against the chain, which has none."""
    rng = np.random.default_rng(1)
    filtered = 0
    for _ in range(300):
        x = scaled_for_exact_products(
            "points", awkward(rng, int(rng.integers(50, 3000))) * 10.0 ** rng.integers(-9, 9, 2)
        )
        if x is not None:
            hull, tests = hull_with_filter(x, 40)
            filtered += tests >= 0
            assert tests < 0 or np.array_equal(hull, lab.monotone_chain(x))
    assert filtered > 150


@pytest.mark.parametrize("shift", [0.0, 1e6, 1e15])
def test_the_engine_at_size(shift):
    rng = np.random.default_rng(2)
    points = rng.random((20000, 2)) @ np.array([[0.6, 0.8], [-0.8, 0.6]]) + shift
    expected = lab.monotone_chain(points)
    assert np.array_equal(lab.convex_hull(points), expected)
    left, corners = lab.hull_survivors(points)
    assert set(expected) <= set(left)
    assert len(left) < 2000 or shift == 1e15  # one unit in the last place there is 1/8
    assert set(expected) <= set(lab.outside_polygon(points, corners)) if len(corners) else True


def test_no_interior_no_filter():
    """Points on a circle: all of them are corners, and all are kept."""
    angle = np.random.default_rng(3).random(5000) * 2 * np.pi
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    assert len(lab.hull_survivors(points)[0]) == 5000
    assert np.array_equal(lab.convex_hull(points), lab.monotone_chain(points))


def test_another_library():
    points = np.random.default_rng(4).normal(size=(3000, 2))
    assert set(lab.convex_hull(points)) == set(ConvexHull(points).vertices)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        # Buchta (1984), exact for a triangle: 2 sum_{k<n} 1/k
        ("triangle", 2 * sum(1 / k for k in range(1, 1000))),
        # Renyi and Sulanke (1963), to o(1): 8/3 (ln n + gamma - ln 2)
        ("square", 8 / 3 * (math.log(1000) + np.euler_gamma - math.log(2))),
    ],
)
def test_expected_number_of_corners(shape, expected):
    """400 draws of 1000 points; the mean has a standard error of 0.13 (variance (10/27) and (40/27) times 2 ln n)."""
    rng = np.random.default_rng(5)
    found = []
    for _ in range(400):
        points = rng.random((1000, 2))
        if shape == "triangle":
            over = points.sum(1) > 1
            points[over] = 1 - points[over]
        found.append(len(lab.convex_hull(points)))
    assert np.mean(found) == pytest.approx(expected, abs=4 * np.std(found) / 20)


def test_four_points():
    """Sylvester: the mean number of corners of four points in a square is 4 (1 - 11/144)."""
    rng = np.random.default_rng(6)
    found = [len(lab.convex_hull(points)) for points in rng.random((4000, 4, 2))]
    assert np.mean(found) == pytest.approx(4 * (1 - 11 / 144), abs=4 * np.std(found) / math.sqrt(4000))


@each
def test_tests_are_counted(hull):
    """The same for the same points, and never none; a triangle full of points takes a few tests a point."""
    rng = np.random.default_rng(7)
    points = rng.random((3000, 2))
    points = np.where((points.sum(1) > 1)[:, None], 1 - points, points)
    assert hull.count(points) == hull.count(points.copy())
    assert 1 <= hull.count(points) / 3000 < 12


def test_work_follows_the_structure():
    """A disk holds more corners than a triangle, a circle nothing else; sorted points need no bridges."""
    rng = np.random.default_rng(8)
    angle, radius = rng.random(4000) * 2 * np.pi, np.sqrt(rng.random((4000, 1)))
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    square = rng.random((4000, 2))
    counts = [lab.entropy_bounded_hull.count(x) for x in (square, circle * radius, circle)]
    assert counts == sorted(counts) and counts[2] > 3 * counts[0]
    assert lab.entropy_bounded_hull.count(circle[np.argsort(circle[:, 0])]) <= 4 * 4000


@each
@pytest.mark.parametrize(
    ("points", "told"),
    [
        (np.zeros((0, 2)), "at least 1 points: got 0"),
        (np.zeros((3, 3)), r"shape \(n, 2\)"),
        (np.zeros(4), r"shape \(n, 2\)"),
        ([[0, 0], [1, np.nan], [2, 1]], "finite"),
        ([[0, 0], [1, np.inf], [2, 1]], "finite"),
        ([["a", "b"]], "real numbers"),
        (np.where(np.arange(2000)[:, None] == 1234, np.nan, np.random.default_rng(0).random((2000, 2))), "1234"),
    ],
)
def test_what_is_refused(hull, points, told):
    with pytest.raises(ValueError, match=told):
        hull(points)


def test_predicates_never_err():
    """Signs against rational arithmetic, where the points lie on one line or circle up to the last bit, or exactly."""
    rng = np.random.default_rng(9)
    for _ in range(3000):
        a, b, c, d = (
            awkward(rng, 4) if rng.random() < 0.7 else rng.permutation([[1, 0], [0, 1], [-1, 0], [0, -1]]) * 0.1
        )
        if rng.random() < 0.3:
            c = a + (b - a) / 2
        size = np.abs([a, b, c, d])
        if size.max() < 1e60 and size[size > 0].min(initial=1) > 1e-60:  # what `fitted` lets through
            assert sign(orient2d(*a, *b, *c)) == exact_turn(a, b, c)
            assert sign(incircle(*a, *b, *c, *d)) == exact_in_circle(a, b, c, d)


def test_area_is_correctly_rounded():
    """A sliver far from the origin: naive products lose all of it."""
    assert lab.hull_area([[1e8, 1e8], [1e8 + 1, 1e8 + 1], [1e8 + 1, 1e8 + 1 + 2**-26]]) == 2.0**-27
    assert lab.hull_area([[0, 0], [3, 0], [3, 2], [0, 2], [1, 1]]) == 6
    assert lab.hull_area([[0, 0], [1, 1]]) == 0
    assert lab.hull_area(np.array([[0, 0], [1, 0], [0, 1]]) * 1e-170) == pytest.approx(0, abs=1e-300)
    assert lab.hull_error([[0, 0], [2, 0], [0, 2]], [[0, 0], [1, 0], [0, 2]]) == 0.5
    with pytest.raises(ValueError, match="hull of area 0"):
        lab.hull_error([[0, 0], [1, 1]], [[0, 0], [1, 0], [0, 2]])
    for size in (2.0**-700, 2.0**700):  # the areas vanish and overflow, their quotient does not
        assert lab.hull_error(size * np.eye(3, 2), size * np.eye(3, 2) * [1, 1.5]) == 0.5
    with pytest.raises(ValueError, match="rescale"):
        lab.hull_area(1e200 * np.eye(3, 2))


SIZES = st.sampled_from([0.0, 5e-324, 1e-310, -3e-200, 1e-160, 2e-100, -1.0, 1.5, 7.0, 1e100, -1e160, 1e200, 1e300])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.tuples(SIZES, SIZES), min_size=3, max_size=7), st.integers(-600, 1000))
def test_area_of_points_of_every_size(points, power):
    """Exact shoelaces: a hull as thin as 1e-200 and as long as 1e200 has the area of neither."""
    x = np.array(points)
    ring = [(Fraction(x[i, 0]), Fraction(x[i, 1])) for i in exact_hull(x)]
    area = abs(sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(ring, ring[1:] + ring[:1], strict=True))) / 2
    if area > Fraction(np.finfo(float).max):
        with pytest.raises(ValueError, match="rescale"):
            lab.hull_area(x)
    else:
        assert lab.hull_area(x) == pytest.approx(float(area), rel=1e-16, abs=5e-324)
    if 0 < area:
        wider = np.ldexp([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [power, 400 - power])
        assert lab.hull_area(wider) == 2.0**399
        assert lab.hull_error(x, x) == 0.0


def test_distances_between_sets():
    a, b = np.random.default_rng(10).normal(size=(2, 60, 3))
    b = b[:41]
    apart = np.sqrt(((a[:, None] - b) ** 2).sum(-1))
    assert lab.hausdorff(a, b) == pytest.approx(max(apart.min(1).max(), apart.min(0).max()), rel=1e-13)
    assert lab.chamfer(a, b) == pytest.approx((apart.min(1) ** 2).mean() + (apart.min(0) ** 2).mean(), rel=1e-13)
    assert lab.hausdorff(a, a) == lab.chamfer(a, a) == 0
    assert lab.hausdorff([[0.0, 0]], [[3.0, 4], [0, 0]]) == 5
    for power in (-1000, 700):  # squares of such numbers vanish and overflow
        assert lab.hausdorff(np.ldexp(a, power), np.ldexp(b, power)) == np.ldexp(lab.hausdorff(a, b), power)
    assert lab.chamfer(1e-150 * a, 1e-150 * b) == pytest.approx(1e-300 * lab.chamfer(a, b), rel=1e-13)
    with pytest.raises(ValueError, match="rescale"):
        lab.chamfer(1e200 * a, 1e200 * b)
    with pytest.raises(ValueError, match="same number of coordinates"):
        lab.chamfer(a, b[:, :2])


def test_no_number_is_rounded_in_silence():
    """Integers beyond 2^53 are refused where float64 would move the point, and taken where it holds them."""
    far = np.array([[2**60, 0], [2**60 + 1, 1], [2**60, 3]])
    for geometry in (lab.convex_hull, lab.delaunay, lab.maxima, lab.hull_area):
        with pytest.raises(ValueError, match="float64 holds exactly"):
            geometry(far)
    assert lab.convex_hull(far - [2**60, 0]).tolist() == [0, 1, 2]
    assert lab.maxima(far[::2]).tolist() == [1]
