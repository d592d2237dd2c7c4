"""Anchors, halfspaces and boxes chosen from points; the elbow; temperatures chosen by the bounds."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from sklearn.cluster import KMeans

import entropylab as lab


def squares(seed=0):
    """Two unit squares whose facing sides x = 1 and x = 3 hold points: the widest gap is 2, its middle x = 2."""
    rng = np.random.default_rng(seed)
    left, right = rng.random((60, 2)), rng.random((60, 2)) + [3, 0]
    left[0], right[0] = (1.0, 0.5), (3.0, 0.5)
    return np.concatenate([left, right])


@pytest.mark.parametrize("method", ["k-means", "k-means++", "random"])
def test_anchors_repeat_and_differ(method):
    x = np.random.default_rng(0).random((200, 3))
    anchors = lab.choose_anchors(x, 7, method=method, seed=4)
    assert anchors.shape == (7, 3) and len(np.unique(anchors, axis=0)) == 7
    assert np.array_equal(anchors, lab.choose_anchors(x, 7, method=method, seed=4))
    assert not np.array_equal(anchors, lab.choose_anchors(x, 7, method=method, seed=5))


def test_k_means_stands_still():
    """Every anchor is the mean of the points nearest to it, to rounding; the unit and the place of x are no matter."""
    x = np.random.default_rng(0).random((400, 2))
    anchors = lab.choose_anchors(x, 6)
    cells = lab.ball_cells(x, anchors)
    means = np.array([x[cells == j].mean(0) for j in range(6)])
    np.testing.assert_allclose(anchors, means, atol=1e-12)
    seeds = lab.choose_anchors(x, 6, method="k-means++")
    twin = KMeans(6, init=seeds, n_init=1, tol=0, algorithm="lloyd").fit(x).cluster_centers_
    np.testing.assert_allclose(anchors, twin, atol=1e-12)
    moved = lab.choose_anchors(1e3 * x + 1e6, 6)
    np.testing.assert_allclose(moved, 1e3 * anchors + 1e6, rtol=1e-9)


def test_seeds_are_points_and_spread():
    """Three far groups get a seed each: the chance of another draw is of order 1e-6."""
    x = np.repeat([[0.0], [1e3], [2e3]], 20, axis=0) + np.random.default_rng(0).random((60, 1))
    seeds = lab.choose_anchors(x, 3, method="k-means++")
    assert np.isclose(seeds[:, None], x[None]).all(-1).any(1).all()  # to the rounding of centring
    assert sorted((seeds[:, 0] // 1e3).tolist()) == [0, 1, 2]


def test_margin_is_the_widest_gap():
    """The plane is x = 2 whatever the points far from it; both groups lie at distance 1, to the solver's 1e-4."""
    for seed in range(3):
        x = squares(seed)
        normals, offsets = lab.choose_halfspaces(x, 1, method="margin")
        assert abs(normals[0, 0]) == pytest.approx(1, abs=1e-3)
        assert offsets[0] * normals[0, 0] == pytest.approx(2, abs=1e-3)
        assert np.abs(x @ normals[0] - offsets[0]).min() == pytest.approx(1, abs=1e-3)


def test_margin_meets_a_fit_to_all_points():
    """The separator fitted to the nearest points and their corrections is that of all points (n > 200 a side)."""
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(size=(600, 2)), rng.normal(size=(600, 2)) + [9, 3]])
    normals, offsets = lab.choose_halfspaces(x, 1, method="margin")
    group = np.arange(1200) // 600
    # the margin as a function of the direction alone, maximised by brute force
    angles = np.linspace(0, np.pi, 20_001)
    heights = x @ np.array([np.cos(angles), np.sin(angles)])
    gaps = heights[group == 1].min(0) - heights[group == 0].max(0)
    found = np.abs(x @ normals[0] - offsets[0]).min()
    assert found == pytest.approx(gaps.max() / 2, rel=1e-3)


def test_principal_planes_cut_into_equal_parts():
    """Four planes in two dimensions: two an axis at thirds; the first axis is the longest."""
    x = np.random.default_rng(0).normal(size=(300, 2)) * [5, 1]
    normals, offsets = lab.choose_halfspaces(x, 4)
    assert np.abs(normals[[0, 2], 0]).min() > 0.99 and np.abs(normals[[1, 3], 1]).min() > 0.99
    shares = (x @ normals.T >= offsets).mean(0)
    assert sorted(shares.tolist()) == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3])
    assert np.abs(x @ normals.T - offsets).min() > 0


def test_boxes_share_out_the_points():
    """Four boxes of a quarter each: entropy log 4, and no point on a face."""
    x = np.random.default_rng(0).random((256, 2))
    lows, highs = lab.choose_boxes(x, 4)
    assert lab.hard_box_partition(x, lows, highs) == pytest.approx(math.log(4), rel=1e-12)


def test_elbow_of_known_curves():
    """A corner is found; log k bends at (K - 1) / log K; neither unit matters."""
    sizes = np.arange(1, 21)
    assert sizes[lab.kneedle_k(sizes, np.minimum(sizes, 6))] == 6
    assert sizes[lab.kneedle_k(sizes, np.log(sizes))] == round(19 / math.log(20))
    assert lab.kneedle_k(100 * sizes, -3 + 0.01 * np.log(sizes)) == lab.kneedle_k(sizes, np.log(sizes))


def test_certified_temperature_is_the_softest():
    x = squares()
    planes = lab.choose_halfspaces(x, 2, method="principal")
    found = lab.certified_temperature(x, *planes, tolerance=0.05)
    assert lab.partition_certificate(x, *planes, temperature=found) <= 0.05
    assert lab.partition_certificate(x, *planes, temperature=1.001 * found) > 0.05
    gap = lab.hard_halfspace_partition(x, *planes) - float(lab.halfspace_partition(x, *planes, temperature=found))
    assert abs(gap) <= 0.05
    with pytest.raises(ValueError, match="points on a boundary cost"):
        lab.certified_temperature(np.array([[0.0], [1.0]]), [[1.0]], [0.0], tolerance=0.1)


def test_theorem_3_chooses_no_temperature_but_for_huge_margins():
    """The least E against a root of its derivative; without a margin the note's rule wants no boundary at all."""
    x = np.concatenate([np.full((40_000, 1), -1.0), np.full((40_000, 1), 1.0)])
    planes = [[1.0], [1.0]], [0.0, 0.1]
    found = lab.shihab_temperature(x, *planes)
    c = math.sqrt(math.log(2) / len(x)) / 2
    root = brentq(lambda u: -0.9 / 4 * math.exp(-0.9 * u / 4) + c, 1e-3, 1e3)
    assert found == pytest.approx(1 / root, rel=1e-10)
    assert lab.shihab_bound_status(x, *planes, temperature=found) == "certifies"
    uniform = np.random.default_rng(0).random((1000, 2))
    assert lab.shihab_temperature(uniform, *lab.choose_halfspaces(uniform, 3)) == math.inf


def test_verdicts():
    """One plane at distance 2, n = 1000: E = exp(-1 / (2 tau)) + 0.043, K = 2. Four lines in a square: K = 11."""
    x = np.full((1000, 1), 2.0)
    assert lab.shihab_bound_status(x, [[1.0]], [0.0], temperature=0.05) == "certifies"  # E = 0.043
    assert lab.shihab_bound_status(x, [[1.0]], [0.0], temperature=0.6) == "certifies"  # E = 0.478
    assert lab.shihab_bound_status(x, [[1.0]], [0.0], temperature=0.7) == "vacuous"  # E = 0.532: E log(2 / E) = 0.704
    assert lab.shihab_bound_status(x, [[1.0]], [0.0], temperature=20.0) == "void"  # E = 1.018: 0.687 < log 2
    close = np.random.default_rng(0).random((1000, 2))
    planes = lab.choose_halfspaces(close, 4)
    assert lab.shihab_bound_status(close, *planes, temperature=0.05) == "vacuous"
    assert lab.shihab_bound_status(close, *planes, temperature=0.001) == "void"


def test_continuity_bound_is_attained():
    """p = (1, 0, ..., 0) against (1 - T, T / (K - 1), ...): the entropies differ by exactly the bound."""
    for variation, cells in ((0.3, 5), (0.8, 5), (0.5, 2)):
        q = np.array([1 - variation, *[variation / (cells - 1)] * (cells - 1)])
        assert lab.continuity_bound(variation, cells) == pytest.approx(-(q * np.log(q)).sum(), rel=1e-12)
    assert lab.continuity_bound(0.9, 5) == math.log(5)
    assert lab.continuity_bound(0.0, 1) == 0


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: lab.choose_anchors(np.ones((5, 2)), 2), "at most that of the different points: got 2 for 1"),
        (lambda: lab.choose_anchors(np.ones((5, 2)), 0), "must be a whole number from 1"),
        (lambda: lab.choose_anchors(np.full((5, 2), np.nan), 1), "finite"),
        (lambda: lab.choose_anchors(np.eye(5), 2, method="best"), "one of k-means"),
        (lambda: lab.choose_halfspaces(np.eye(5), 2, method="best"), "one of principal"),
        (lambda: lab.kneedle_k([1, 2], [0, 1]), "3 points or more"),
        (lambda: lab.kneedle_k([1, 3, 2], [0, 1, 1]), "must increase"),
        (lambda: lab.certified_temperature(np.eye(2), np.eye(2), [0.5, 0.5], tolerance=2.0), "below 2 log 2"),
        (lambda: lab.continuity_bound(1.1, 3), "in \\[0, 1\\]"),
    ],
)
def test_wrong_input_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()


@pytest.mark.parametrize("value", ["3", None, [3], np.inf, np.nan, True, 2.5, -1, 0])
def test_numbers_of_cells_are_whole(value):
    calls = [
        lambda: lab.choose_anchors(squares(), value),
        lambda: lab.choose_boxes(squares(), value),
        *(lambda way=way: lab.choose_halfspaces(squares(), value, method=way) for way in ("principal", "margin")),
        lambda: lab.continuity_bound(0.1, value),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="must be a whole number from 1"):
            call()


@pytest.mark.parametrize("seed", ["abc", None, [3], np.inf, 1.5, -1, 2**32, True])
def test_seeds_are_whole_numbers_where_they_play_no_part_too(seed):
    for way in ("k-means", "k-means++", "random"):
        with pytest.raises(ValueError, match="^seed"):
            lab.choose_anchors(squares(), 3, method=way, seed=seed)
    for way in ("principal", "margin", "random"):
        with pytest.raises(ValueError, match="^seed"):
            lab.choose_halfspaces(squares(), 3, method=way, seed=seed)


@pytest.mark.parametrize("power", [-1060, -600, 520, 1020])
def test_cells_follow_the_scale_of_the_points(power):
    """A power of two changes no digit of anchors, planes and boxes."""
    x = np.round(squares() * 2**10) / 2**10
    for way in ("k-means", "k-means++", "random"):
        plain, scaled = (lab.choose_anchors(p, 3, method=way) for p in (x, np.ldexp(x, power)))
        np.testing.assert_allclose(np.ldexp(scaled, -power), plain, rtol=1e-15 if power > -1000 else 1e-2)
    for way in ("principal", "margin", "random"):
        plain, scaled = (lab.choose_halfspaces(p, 3, method=way) for p in (x, np.ldexp(x, power)))
        np.testing.assert_allclose(scaled[0], plain[0], rtol=1e-12)
        np.testing.assert_allclose(np.ldexp(scaled[1], -power), plain[1], rtol=1e-12 if power > -1000 else 1e-2)
    for plain, scaled in zip(lab.choose_boxes(x, 3), lab.choose_boxes(np.ldexp(x, power), 3), strict=True):
        np.testing.assert_allclose(np.ldexp(scaled, -power), plain, rtol=1e-15 if power > -1000 else 1e-2)


@pytest.mark.parametrize("variation", [None, "a", np.nan, [0.5], True])
def test_the_variation_is_a_share(variation):
    with pytest.raises(ValueError, match="variation must"):
        lab.continuity_bound(variation, 3)
