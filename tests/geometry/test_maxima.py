"""Pareto maxima against the definition: copies, ties, fronts that fill the sample, every dimension."""

import numpy as np
import pytest
from exact_hull import exact_maxima

import entropylab as lab


@pytest.mark.parametrize("dimensions", [1, 2, 3, 4, 5])
def test_the_definition(dimensions):
    rng = np.random.default_rng(dimensions)
    for case in range(60):
        n = int(rng.integers(1, 60)) if case % 10 else 700  # the filter begins at 512
        x = rng.random((n, dimensions)) if case % 3 else rng.integers(0, rng.integers(1, 7), (n, dimensions))
        if case % 7 == 0:
            x = np.abs(x - 0.5) + 0.1
            x = x / np.linalg.norm(x, axis=1)[:, None]  # on a sphere: nearly all are maxima
        assert lab.maxima(x).tolist() == exact_maxima(np.asarray(x))


def test_copies_of_a_maximum_are_kept():
    assert lab.maxima([[1, 2], [1, 2], [0, 3], [1, 1], [0, 0]]).tolist() == [0, 1, 2]
    assert lab.maxima([[1, 2, 3]] * 3).tolist() == [0, 1, 2]
    assert lab.maxima([[5.0]]).tolist() == [0]


@pytest.mark.parametrize(
    ("points", "told"),
    [([1.0, 2.0], r"shape \(n, d\)"), (np.zeros((0, 3)), "at least 1"), ([[0, np.nan]], "finite")],
)
def test_what_is_refused(points, told):
    with pytest.raises(ValueError, match=told):
        lab.maxima(points)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_filter_hides_no_bad_number(bad):
    x = np.random.default_rng(0).random((2000, 3))
    x[1500, 1] = bad
    with pytest.raises(ValueError, match=r"\(1500, 1\)"):
        lab.maxima(x)
