"""The traced search against the compiled one, with blocks that do not divide the sample, and its derivatives."""

import subprocess
import sys
import textwrap

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from entropylab.numerics.neighbours import search, search_jax


@pytest.mark.parametrize("norm", ["max", "euclidean"])
@pytest.mark.parametrize("n, d", [(2, 1), (150, 1), (301, 3), (130, 11)])
def test_both_searches_find_the_same_points(monkeypatch, n, d, norm):
    """Distances without ties have one answer. 37 rows at a time leave a short last block."""
    monkeypatch.setattr(search_jax, "_ENTRIES", 37 * n)
    x = np.random.default_rng(0).normal(size=(n, d))
    k = min(4, n - 1)
    expected = search.neighbour_indices(x, k, norm)
    passes = jax.jit(lambda x: search_jax.masked_minimum_indices(x, k, norm))(x)
    platform = jax.jit(lambda x: search_jax.neighbour_indices(x, k, norm))(x)
    assert np.array_equal(passes, expected) and np.array_equal(platform, expected)
    other = np.random.default_rng(1).normal(size=(60, d))
    expected = search.neighbour_indices(x, 3, norm, other)
    assert np.array_equal(search_jax.masked_minimum_indices(jnp.asarray(x), 3, norm, jnp.asarray(other)), expected)
    assert np.array_equal(search_jax.neighbour_indices(jnp.asarray(x), 3, norm, jnp.asarray(other)), expected)


def test_counts_are_strict_at_the_boundary():
    x = np.random.default_rng(2).normal(size=(400, 2))
    eps = search.kth_distances(x, 5)[:, -1]
    for strict, expected in ((True, 4), (False, 5)):
        counts = jax.jit(lambda x, r, s=strict: search_jax.range_counts(x, r, "max", s))(x, eps)
        assert np.array_equal(counts, np.full(400, expected))


def test_ties_take_distinct_points():
    """Of points at one distance the passes take one after the other, the first first."""
    x = jnp.zeros((5, 2))
    found = np.asarray(search_jax.masked_minimum_indices(x, 4))
    assert [sorted(row) for row in found.tolist()] == [[j for j in range(5) if j != i] for i in range(5)]


def test_far_points_in_float32_keep_their_distances():
    """Expanded squares would give close pairs the distance 0; differences of float32 values are exact here."""
    x = jnp.asarray(1e4 + np.random.default_rng(3).integers(0, 10**6, size=(2000, 1)) / 1024, dtype=jnp.float32)
    nearest = search_jax.masked_minimum_indices(x, 1)[:, 0]
    found = search_jax.distances_to(x, x[nearest])
    exact = search.kth_distances(np.asarray(x, dtype=np.float64), 1)[:, 0]
    assert np.array_equal(np.asarray(found, dtype=np.float64), exact)


def test_distances_carry_the_derivative():
    x = jnp.asarray([[0.0, 0.0], [3.0, 4.0]])
    swap = x[jnp.array([1, 0])]
    slope = jax.grad(lambda x: search_jax.distances_to(x, swap, "euclidean").sum())(x)
    np.testing.assert_allclose(slope, [[-0.6, -0.8], [0.6, 0.8]])
    slope = jax.grad(lambda x: search_jax.distances_to(x, swap, "max").sum())(x)
    np.testing.assert_allclose(slope, [[0, -1], [0, 1]])


@pytest.mark.parametrize("power", [-1000, -600, -300, 300, 530, 1000])
def test_euclidean_distances_at_the_ends_of_the_range(power):
    """Powers of two round nothing: distances and slopes are those of ordinary numbers, to the last bit."""
    x, y = jnp.asarray(np.random.default_rng(4).normal(size=(2, 40, 3)))
    call = jax.jit(jax.value_and_grad(lambda x, y: search_jax.distances_to(x, y, "euclidean")[3]))
    (near, slope), (far, same) = call(x, y), call(np.ldexp(x, power), np.ldexp(y, power))
    assert far == np.ldexp(near, power)
    assert np.array_equal(slope, same)


def test_the_device_search_at_the_ends_of_the_range():
    x = np.random.default_rng(5).normal(size=(50, 3))
    for norm in ("max", "euclidean"):
        expected = search.neighbour_indices(x, 2, norm)
        for power in (-1000, -600, 600, 1018):
            found = search_jax._on_device(jnp.asarray(np.ldexp(x, power)), k=2, norm=norm)
            assert np.array_equal(found, expected)
        for wrong in (np.nan, np.inf, 1e308):
            bad = jnp.asarray(x).at[3, 1].set(wrong)
            assert np.all(search_jax._on_device(bad, k=2, norm=norm) == -1)
            assert np.all(jax.jit(lambda x, n=norm: search_jax.neighbour_indices(x, 2, n))(bad) == -1)


TRACED = """
    import jax, jax.numpy as jnp, numpy as np
    import entropylab as lab
    from entropylab import device
    from entropylab.kernels.kdtree import tree
    from entropylab.numerics.neighbours import search

    device.configure()
    x = np.random.default_rng(0).normal(size=(300, 2))
    calls = {
        "kozachenko_leonenko": lab.kozachenko_leonenko,
        "euclidean": lambda x: lab.kozachenko_leonenko(x, norm="euclidean"),
        "renyi": lab.renyi,
        "tsallis": lambda x: lab.tsallis(x, order=0.5),
        "samples": lambda z: lab.density_of_points(z, x + 5),
        "reference": lambda z: lab.density_of_points(x + 5, z),
    }
    spoilt = {"one": x.copy(), "many": x.copy(), "all": x * np.nan, "infinite": x.copy()}
    spoilt["one"][7, 1] = spoilt["many"][::15] = np.nan
    spoilt["infinite"][3] = np.inf
    for name, call in calls.items():
        program = jax.jit(jax.vmap(jax.value_and_grad(call)))
        values, slopes = program(np.stack([x, *spoilt.values()]))
        assert np.isfinite(values[0]) and np.isfinite(slopes[0]).all() and (slopes[0] != 0).any(), name
        assert np.isnan(values[1:]).all(), (name, values)
        assert np.isnan(slopes[1:]).any((1, 2)).all(), name
        assert name == "reference" or np.isnan(slopes[1:]).all(), name
    value, slope = jax.value_and_grad(lab.kozachenko_leonenko)(jnp.asarray(spoilt["all"]))
    assert np.isnan(value) and np.isnan(slope).all()
    line = jax.jit(lab.kozachenko_leonenko)(spoilt["all"][:, 0])
    assert np.isnan(line)
    for seed in range(60):  # no search ends otherwise where the pivot of a selection has no order
        random = np.random.default_rng(seed)
        y = random.normal(size=(random.integers(17, 400), 2))
        y[random.random(y.shape) < random.choice([0.003, 0.1, 0.9])] = np.nan
        tree.build(y)
        search.kth_distances(y, 3)
        search.range_counts(y, np.ones(len(y)))
        search.kth_distances(y[:, :1], 3)
        search.range_counts(y[:, :1], np.full(len(y), np.nan))
    print("ended")
"""


@pytest.mark.slow
def test_nan_ends_as_nan():
    """In a process of its own: a compiled loop that never ends cannot be interrupted."""
    command = [sys.executable, "-c", textwrap.dedent(TRACED)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.stdout.strip() == "ended", done.stderr
