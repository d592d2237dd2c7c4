"""The traced search against the compiled one, with blocks that do not divide the sample, and its derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from entropylab.numerics import neighbours, neighbours_jax


@pytest.mark.parametrize("norm", ["max", "euclidean"])
@pytest.mark.parametrize("n, d", [(2, 1), (150, 1), (301, 3), (130, 11)])
def test_both_searches_find_the_same_points(monkeypatch, n, d, norm):
    """Distances without ties have one answer. 37 rows at a time leave a short last block."""
    monkeypatch.setattr(neighbours_jax, "_ENTRIES", 37 * n)
    x = np.random.default_rng(0).normal(size=(n, d))
    k = min(4, n - 1)
    expected = neighbours.neighbour_indices(x, k, norm)
    passes = jax.jit(lambda x: neighbours_jax.masked_minimum_indices(x, k, norm))(x)
    platform = jax.jit(lambda x: neighbours_jax.neighbour_indices(x, k, norm))(x)
    assert np.array_equal(passes, expected) and np.array_equal(platform, expected)
    other = np.random.default_rng(1).normal(size=(60, d))
    expected = neighbours.neighbour_indices(x, 3, norm, other)
    assert np.array_equal(neighbours_jax.masked_minimum_indices(jnp.asarray(x), 3, norm, jnp.asarray(other)), expected)
    assert np.array_equal(neighbours_jax.neighbour_indices(jnp.asarray(x), 3, norm, jnp.asarray(other)), expected)


def test_counts_are_strict_at_the_boundary():
    x = np.random.default_rng(2).normal(size=(400, 2))
    eps = neighbours.kth_distances(x, 5)[:, -1]
    for strict, expected in ((True, 4), (False, 5)):
        counts = jax.jit(lambda x, r, s=strict: neighbours_jax.range_counts(x, r, "max", s))(x, eps)
        assert np.array_equal(counts, np.full(400, expected))


def test_ties_take_distinct_points():
    """Of points at one distance the passes take one after the other, the first first."""
    x = jnp.zeros((5, 2))
    found = np.asarray(neighbours_jax.masked_minimum_indices(x, 4))
    assert [sorted(row) for row in found.tolist()] == [[j for j in range(5) if j != i] for i in range(5)]


def test_far_points_in_float32_keep_their_distances():
    """Expanded squares would give close pairs the distance 0; differences of float32 values are exact here."""
    x = jnp.asarray(1e4 + np.random.default_rng(3).integers(0, 10**6, size=(2000, 1)) / 1024, dtype=jnp.float32)
    nearest = neighbours_jax.masked_minimum_indices(x, 1)[:, 0]
    found = neighbours_jax.distances_to(x, x[nearest])
    exact = neighbours.kth_distances(np.asarray(x, dtype=np.float64), 1)[:, 0]
    assert np.array_equal(np.asarray(found, dtype=np.float64), exact)


def test_distances_carry_the_derivative():
    x = jnp.asarray([[0.0, 0.0], [3.0, 4.0]])
    swap = x[jnp.array([1, 0])]
    slope = jax.grad(lambda x: neighbours_jax.distances_to(x, swap, "euclidean").sum())(x)
    np.testing.assert_allclose(slope, [[-0.6, -0.8], [0.6, 0.8]])
    slope = jax.grad(lambda x: neighbours_jax.distances_to(x, swap, "max").sum())(x)
    np.testing.assert_allclose(slope, [[0, -1], [0, 1]])
