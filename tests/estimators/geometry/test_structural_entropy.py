"""Structural entropies: closed forms, every assignment of a few points, and the bound that a soft cover gives."""

import itertools
import math
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import entropylab as lab
from entropylab.estimators.geometry.exact_small_sets import enclosable_subsets


def disk(rng, n, inner=0.0):
    angle, radius = 2 * np.pi * rng.random(n), np.sqrt(inner**2 + (1 - inner**2) * rng.random(n))
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


@pytest.mark.parametrize(
    ("sequence", "lengths"),
    [
        ([1], [1]),
        (range(9), [9]),
        ([3, 2, 1], [3]),
        ([1, 1, 1], [3]),
        ([3, 2, 1, 5, 6], [3, 2]),
        ([1, 1, 0, 0], [2, 2]),
        ([2, 1, 1], [2, 1]),
        ([[0, 1], [0, 2], [1, 0], [0, 0]], [3, 1]),
    ],
)
def test_runs(sequence, lengths):
    p = np.array(lengths) / sum(lengths)
    assert lab.run_entropy(np.array(sequence)) == pytest.approx(-(p * np.log(p)).sum(), abs=1e-15)


def every_assignment(x):
    """The least entropy over all ways to send points to maxima that dominate them."""
    front = np.unique(x[lab.maxima(x)], axis=0)
    taken = [np.flatnonzero((front == p).all(1)) for p in x]
    keep = [i for i in range(len(x)) if not len(taken[i]) or i != min(np.flatnonzero((x == x[i]).all(1)))]
    sizes = [
        1 + np.bincount(np.array(choice, int), minlength=len(front))
        for choice in itertools.product(*(np.flatnonzero((front >= x[i]).all(1)) for i in keep))
    ]
    return min(float((s / len(x) * np.log(len(x) / s)).sum()) for s in sizes)


def test_maxima_entropy_is_the_least():
    rng = np.random.default_rng(0)
    for case in range(80):
        x = (
            rng.random((int(rng.integers(1, 9)), 2))
            if case % 2
            else rng.integers(0, 4, (int(rng.integers(1, 8)), 2)) * 1.0
        )
        assert lab.maxima_entropy(x) == pytest.approx(every_assignment(x), abs=1e-12)
        solid = rng.random((7, 3))
        assert -1e-12 <= lab.maxima_entropy(solid) - every_assignment(solid) <= 1


def test_maxima_entropy_in_closed_form():
    n = 3000
    line = np.stack([np.arange(n), -np.arange(n)], axis=1)
    assert lab.maxima_entropy(line) == pytest.approx(math.log(n), rel=1e-12)  # all are maxima
    assert lab.maxima_entropy(np.vstack([np.random.default_rng(1).random((n, 2)), [[2.0, 2.0]]])) == 0
    blocks = np.vstack([np.random.default_rng(2).random((500, 2)) + [2 * i, -2 * i] for i in range(4)])
    tops = np.array([[2 * i + 1, 1 - 2 * i] for i in range(4)])
    assert lab.maxima_entropy(np.vstack([blocks, tops])) == pytest.approx(math.log(4), rel=1e-12)


def test_a_long_staircase_is_told():
    """1100 maxima that share one point below all of them."""
    t = np.arange(1100.0)
    x = np.vstack([np.stack([t, -t], axis=1), [[-1.0, -2000.0]]])
    with pytest.warns(UserWarning, match="upper bound"):
        found = lab.maxima_entropy(x)
    assert found == pytest.approx((1099 * math.log(1101) + 2 * math.log(1101 / 2)) / 1101, rel=1e-12)


def test_hull_entropy_in_closed_form():
    rng = np.random.default_rng(3)
    triangle = np.vstack([[[0, 0], [1, 0], [0, 1]], rng.dirichlet([1, 1, 1], 500)[:, :2]])
    assert lab.hull_entropy_interval(triangle) == (0, 0)
    angle = np.arange(12) * np.pi / 6
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    assert lab.hull_entropy_interval(circle) == pytest.approx((math.log(4),) * 2, abs=1e-12)
    assert lab.hull_entropy_interval(np.stack([np.arange(30.0), np.arange(30.0)], axis=1)) == (0, 0)
    square = [[0, 0], [1, 0], [1, 1], [0, 1]]
    assert lab.hull_entropy_interval(square) == pytest.approx((math.log(4) - 0.75 * math.log(3),) * 2, abs=1e-12)
    large = np.random.default_rng(4).random(3000) * 2 * np.pi
    lower, upper = lab.hull_entropy_interval(np.stack([np.cos(large), np.sin(large)], axis=1))
    assert lower == pytest.approx(math.log(1000), abs=1e-6) and upper == pytest.approx(math.log(1000), rel=1e-12)


def test_a_uniform_square_tends_to_ln_2():
    """Two triangles cover it and none holds more than half: at n = 20000 the interval is (0.68, 0.82)."""
    lower, upper = lab.hull_entropy_interval(np.random.default_rng(5).random((20000, 2)))
    assert 0.6 < lower < math.log(2) < upper < 0.9


def test_no_triangle_is_missed():
    """What random triangles inside the hull enclose is a class; a set with more than three corners is none."""
    rng = np.random.default_rng(6)
    equal = 0
    for case in range(30):
        x = [rng.random((9, 2)), rng.normal(size=(9, 2)), rng.integers(0, 4, (9, 2)) * 1.0][case % 3]
        hull = lab.convex_hull(x)
        lower, upper = lab.hull_entropy_interval(x)
        assert lower <= upper
        equal += lower == upper
        if len(hull) < 4:
            continue
        ring, h = x[hull], len(hull)
        fits, may = enclosable_subsets(x, x, hull, True)
        assert (fits <= may).all()
        for k in range(60):
            p = np.sort(rng.random(3) * h)
            p[: k % 3] = np.floor(p[: k % 3])  # corners of the hull now and then
            e = np.sort(p).astype(int)
            corners = ring[e] + (np.sort(p) - e)[:, None] * (ring[(e + 1) % h] - ring[e])
            side = np.roll(corners, -1, axis=0) - corners
            away = x[:, None] - corners
            inside = (side[:, 0] * away[..., 1] - side[:, 1] * away[..., 0] >= 1e-7).all(1)
            assert not inside.any() or fits[int((inside * 2 ** np.arange(9)).sum())]
    assert equal >= 28


def test_the_interval_holds_and_triangles_bound_it():
    """lower <= upper, and the soft triangles' entropy is above the truth, so above the lower bound."""
    rng = np.random.default_rng(7)
    for x in (disk(rng, 2000), disk(rng, 2000, 0.95), rng.normal(size=(2000, 2)), rng.random((2000, 2))):
        lower, upper = lab.hull_entropy_interval(x)
        assert 0 <= lower <= upper <= math.log(2000 / 3) + 1e-3
        for k in (8, 32):
            angle = np.arange(k) * 2 * np.pi / k
            around = np.stack([np.cos(angle), np.sin(angle)], axis=1)
            assert float(lab.triangle_entropy(x, around, temperature=1e-7)) >= lower


def test_triangles_meet_the_upper_bound_of_few_points():
    rng = np.random.default_rng(8)
    around = rng.normal(size=(20, 2))
    for _ in range(20):
        x = rng.random((12, 2))
        assert float(lab.triangle_entropy(x, around, temperature=1e-9)) >= lab.hull_entropy_interval(x).upper - 1e-9


def test_triangle_entropy_cannot_collapse():
    """Forty steps of descent over the directions stay above the lower bound of the very same points."""
    x = jnp.asarray(disk(np.random.default_rng(9), 500) * [4, 1])
    loss = jax.jit(jax.value_and_grad(lambda d: lab.triangle_entropy(x, d, temperature=0.02)))
    d = jax.random.normal(jax.random.key(0), (6, 2))
    first = float(loss(d)[0])
    best = first
    for _ in range(40):
        value, slope = loss(d)
        assert np.isfinite(slope).all()
        best = min(best, float(value))
        d = d - 0.05 * slope / (jnp.linalg.norm(slope) + 1e-12)
    assert best < first
    assert float(lab.triangle_entropy(x, d, temperature=1e-7)) > lab.hull_entropy_interval(np.asarray(x)).lower


@pytest.mark.parametrize(
    ("directions", "told"), [(np.ones((2, 2)), "at least 3"), (np.ones((4, 3)), r"shape \(k, 2\)")]
)
def test_directions_are_checked(directions, told):
    with pytest.raises(ValueError, match=told):
        lab.triangle_entropy(np.random.default_rng(0).random((9, 2)), directions)


def test_points_of_the_plane_are_asked_for():
    for function in (lab.triangle_entropy, lab.hull_entropy_interval):
        with pytest.raises(ValueError, match=r"shape \(n, 2\)"):
            function(np.zeros((5, 3)))


def test_the_interval_knows_no_size():
    """The same structure a power of two larger or smaller, up to the largest float: the same interval."""
    x = np.random.default_rng(0).uniform(-1, 1, (40, 2))
    found = lab.hull_entropy_interval(x)
    for power in (-900, 1023):
        assert lab.hull_entropy_interval(np.ldexp(x, power)) == found


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.sampled_from([7, 12, 40]), st.integers(-500, 500), st.integers(-500, 500))
def test_the_interval_knows_no_unit_of_either_axis(n, e, f):
    """Triangles stay triangles: 2^e of one axis and 2^f of the other give the same interval."""
    x = np.random.default_rng(n).normal(size=(n, 2))
    assert lab.hull_entropy_interval(np.ldexp(x, [e, f])) == lab.hull_entropy_interval(x)


SIZES = [0.0, 1.0, -1.0, 2.5, 7.0, 1e-16, 1e16, 1e-150, -1e-200, 1e170, -1e200, 1e308, 1e-308]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(SIZES), st.sampled_from(SIZES)), min_size=5, max_size=8))
def test_points_of_many_sizes_have_a_wider_interval_and_no_other(points):
    """Three corners sent to (0, 0), (1, 0) and (0, 1) in exact arithmetic: both intervals hold the same number."""
    x = np.array(points)
    lower, upper = lab.hull_entropy_interval(x)
    assert 0 <= lower <= upper <= math.log(len(x))
    hull = lab.convex_hull(x)
    if len(hull) < 4:
        return
    exact = [(Fraction(u), Fraction(v)) for u, v in x.tolist()]
    area = lambda a, b, c: (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])  # noqa: E731
    a, b, c = max(itertools.combinations([exact[i] for i in hull], 3), key=lambda three: abs(area(*three)))
    moved = np.array([[float(area(a, p, c) / area(a, b, c)), float(area(a, b, p) / area(a, b, c))] for p in exact])
    if len(np.unique(moved, axis=0)) < len(np.unique(x, axis=0)) or len(lab.convex_hull(moved)) != len(hull):
        return  # rounding has moved points onto each other
    other = lab.hull_entropy_interval(moved)
    assert lower <= other.upper + 1e-9 and other.lower <= upper + 1e-9


def test_a_point_on_a_diagonal_belongs_to_both_triangles():
    """Four corners and a point on the diagonal whose coordinates are no binary fractions, far from the origin."""
    x = np.array([[0.0, 0.0], [0.5, 0.0], [0.5, 0.5], [0.0, 0.5], [0.125, 0.125]]) / 3 + 1000 / 3
    exact = lab.hull_entropy_interval(x)
    assert exact.lower == pytest.approx(math.log(5) - 0.8 * math.log(4), abs=1e-12)


@pytest.mark.parametrize("scalar", [3.0, 3, np.float64(3), np.array(2.0)])
def test_a_number_is_no_set_of_points(scalar):
    for function in (lab.maxima_entropy, lab.run_entropy, lab.hull_entropy_interval):
        with pytest.raises(ValueError, match="must have shape"):
            function(scalar)
