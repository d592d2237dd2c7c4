"""Neighbours and counts against a loop over all pairs, to the last bit, then against scipy."""

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.special import digamma

from entropylab.kernels.simd import parallel
from entropylab.kernels.sorted_values import distances as sorted_values_distances
from entropylab.kernels.sorted_values import mean_digammas as sorted_values_mean_digammas
from entropylab.numerics.neighbours import search
from entropylab.numerics.neighbours.search import kth_distances, neighbour_indices, query, range_counts


def pair_distances(x, y, norm):
    """All distances by direct differences, coordinates added in order as the compiled code adds them."""
    total = np.zeros((len(x), len(y)))
    for a in range(x.shape[1]):
        gap = np.abs(x[:, None, a] - y[None, :, a])
        total = np.maximum(total, gap) if norm == "max" else total + gap * gap
    return total if norm == "max" else np.sqrt(total)


def without_self(distances):
    return np.where(np.eye(len(distances), dtype=bool), np.inf, distances)


def clouds():
    random = np.random.default_rng(0)
    yield "normal", random.normal(size=(333, 2))
    yield "line", random.normal(size=(200, 1))
    yield "long line", random.normal(size=(2100, 1)) ** 3
    yield "grid with ties", random.integers(0, 4, size=(150, 3)).astype(float)
    yield "integers on a line", random.integers(0, 40, size=(1200, 1)).astype(float)
    yield "heavy tails", random.standard_cauchy(size=(260, 2))
    yield "far from zero", 1e9 + random.normal(size=(180, 2))
    yield "a curve", np.stack([t := random.uniform(size=200), t**2, t**3], 1)
    yield "five dimensions", random.normal(size=(170, 5))
    yield "forty dimensions", random.normal(size=(100, 40))
    yield "seventy dimensions", random.normal(size=(300, 70))
    yield "patterns of many cells", random.integers(0, 2, size=(260, 64)).astype(float)
    yield "wide and far apart", 1e6 * random.integers(0, 2, size=(200, 1)) + 1e-3 * random.normal(size=(200, 80))
    yield "one leaf", random.normal(size=(16, 2))
    yield "one leaf and a point", random.normal(size=(17, 2))
    yield "two points", random.normal(size=(2, 2))
    yield "all the same", np.ones((50, 2))
    yield "lopsided", np.concatenate([random.normal(size=(100, 2)), 1e6 + 1e-6 * random.normal(size=(60, 2))])


@pytest.mark.parametrize("norm", ["max", "euclidean"])
@pytest.mark.parametrize("name, x", list(clouds()), ids=[name for name, _ in clouds()])
def test_every_search_equals_all_pairs(name, x, norm):
    """Equal bit for bit: the same differences, compared in the same arithmetic."""
    distances = pair_distances(x, x, norm)
    ranked = np.sort(without_self(distances), axis=1)
    for k in {1, 3, 4, 7, 33, 80, 101}:
        if k < len(x):
            assert np.array_equal(kth_distances(x, k, norm), ranked[:, :k])
            if x.shape[1] == 1:
                found, equal = search.line_kth_distances(x, k)
                assert np.array_equal(np.sort(found), np.sort(ranked[:, k - 1]))
                assert equal == (ranked[:, 0] == 0).sum()
            blocks = list(search.iter_kth_distances(x, k, norm))
            assert np.array_equal(np.sort(np.concatenate(blocks), axis=0), np.sort(ranked[:, :k], axis=0))
    k = min(5, len(x) - 1)
    indices = neighbour_indices(x, k, norm)
    assert np.array_equal(np.take_along_axis(without_self(distances), indices, 1), ranked[:, :k])
    assert all(len(set(row)) == k for row in indices)
    random = np.random.default_rng(1)
    radii = np.stack([ranked[:, k - 1], ranked[:, 0], np.zeros(len(x)), random.permutation(ranked[:, k - 1] * 3)], 1)
    for strict in (True, False):
        inside = distances[:, :, None] < radii[:, None] if strict else distances[:, :, None] <= radii[:, None]
        inside[np.arange(len(x)), np.arange(len(x))] = False
        assert np.array_equal(range_counts(x, radii, norm, strict), inside.sum(1))
        assert np.array_equal(range_counts(x, radii[:, 0], norm, strict), inside[:, :, 0].sum(1))


@pytest.mark.parametrize("norm, p", [("max", np.inf), ("euclidean", 2)])
def test_query_against_other_points(norm, p):
    random = np.random.default_rng(2)
    for d, n, m in [(1, 100, 70), (2, 40, 300), (4, 300, 33), (66, 150, 90)]:
        x, reference = random.normal(size=(n, d)), random.normal(size=(m, d))
        reference[:3] = x[:3]  # a point equal to a reference point is at distance 0 from it
        found = query(x, reference, 4, norm)
        assert np.array_equal(found, np.sort(pair_distances(x, reference, norm), 1)[:, :4])
        assert np.all(found[:3, 0] == 0)
        np.testing.assert_allclose(found, cKDTree(reference).query(x, 4, p=p)[0], rtol=1e-14, atol=0)


def test_the_boundary_neighbour_is_not_counted():
    """The k-th neighbour is not nearer than itself: exactly k - 1 points are, at every offset and scale.

    A search for x + r instead of a comparison of differences counts it whenever the sum is rounded down.
    """
    random = np.random.default_rng(3)
    for scale, offset in [(1, 0), (1e-12, 0), (1e9, 0), (1, 1e6), (3.3, -7e4)]:
        for d in (1, 2):
            x = scale * random.normal(size=(2000, d)) + offset
            eps = kth_distances(x, 4)
            assert np.all(range_counts(x, eps[:, 3]) == (eps[:, :3] < eps[:, 3:]).sum(1))


@pytest.mark.parametrize("name", ["line", "long line", "integers on a line", "far from zero", "heavy tails"])
def test_mean_digammas_of_many_radii(name):
    """Of the counts of a loop over pairs: a count off by one in one row would move a mean by 1 / n^2, 2e-7 and more."""
    x = dict(clouds())[name][:, :1]
    distances = pair_distances(x, x, "max")
    radii = np.sort(without_self(distances), axis=1)[:, :37]
    radii[5] = 0.0  # where nothing is nearer
    for strict in (True, False):
        if not strict:
            radii[5] = np.sort(without_self(distances)[5])[:37]
        inside = distances[:, :, None] < radii[:, None] if strict else distances[:, :, None] <= radii[:, None]
        inside[np.arange(len(x)), np.arange(len(x))] = strict
        expected = digamma(inside.sum(1)).mean(0)
        for columns in (slice(None), slice(None, None, -1), slice(0, 9)):
            found = search.Ranges(x).mean_digammas(np.ascontiguousarray(radii[:, columns]), strict)
            np.testing.assert_allclose(found, expected[columns], rtol=0, atol=1e-12)


def test_one_cell_for_all_numbers_but_one_is_left_to_the_search():
    x = np.append(np.random.default_rng(9).normal(size=500), 1e9)
    room = np.concatenate([[-np.inf], np.sort(x), [np.inf]])
    radii = np.ones((501, 9))
    assert sorted_values_mean_digammas.mean_digammas_1d(room, np.arange(501), radii, 1) is None
    assert np.isfinite(search.Ranges(x[:, None]).mean_digammas(radii)).all()


def test_many_points_and_threads(monkeypatch):
    """Leaves shared by two threads give the same numbers; scipy agrees at a size a loop over pairs cannot check."""
    x = np.random.default_rng(4).normal(size=(20_000, 2))
    reference = cKDTree(x).query(x, 4, p=np.inf)[0][:, 1:]
    for cores in (1, 2):
        monkeypatch.setattr(parallel.config, "NUMBA_NUM_THREADS", cores)
        assert np.array_equal(kth_distances(x, 3), reference)
        assert np.array_equal(range_counts(x, np.nextafter(reference[:, -1], np.inf)), np.full(len(x), 3))


def test_ordered_by_packed_integers_and_by_the_fallback():
    """An outlier of 1e300 leaves the packed key one value for all others: the full sort takes over."""
    random = np.random.default_rng(5)
    for x in (random.normal(size=5000), np.append(random.normal(size=5000), 1e300), np.ones(3000)):
        values = np.empty(len(x))
        order = sorted_values_distances.argsort_1d(x, values)
        assert np.array_equal(values, np.sort(x)) and np.array_equal(x[order], values)
        assert np.array_equal(np.sort(order), np.arange(len(x)))
