"""Fast Gaussian kernel sums against the sum over all pairs in extended precision."""

import math

import numpy as np
import pytest
from numba import njit

from entropylab.kernels import gauss_transform
from entropylab.kernels.gauss_transform import grid, leaf_bounds, leaf_tiles, one_dim
from entropylab.kernels.gauss_transform import leaves as gauss_transform_leaves
from entropylab.kernels.gauss_transform.bandwidth_curve import mean_log_sums
from entropylab.kernels.gauss_transform.squaring_chains import squaring_chains
from entropylab.kernels.simd import f32
from entropylab.kernels.simd.exp2 import exp2_neg_v
from entropylab.kernels.simd.exp2_scalar import exp2_neg, exp2_neg_fast
from entropylab.kernels.simd.ops import F64_LANES, data_pointer, load, store
from entropylab.numerics.special.binomial_logarithm import expected_log_binomial


def slow(z, include_self=True):
    """log sum_j exp(-|z_i - z_j|^2 / 2), relative to the greatest term, in long doubles."""
    z = np.asarray(z, np.longdouble).reshape(len(z), -1)
    out = np.empty(len(z))
    for i in range(len(z)):
        exponents = -((z - z[i]) ** 2).sum(1) / 2
        if not include_self:
            exponents = np.delete(exponents, i)
        top = exponents.max()
        out[i] = top + np.log(np.exp(exponents - top).sum())
    return out


def clouds(n, d):
    rng = np.random.default_rng(n + d)
    half = rng.normal(size=(n // 2, d)) * 1e-4
    return {
        "normal": rng.normal(size=(n, d)),
        "heavy tails": rng.standard_cauchy((n, d)),
        "lattice with ties": np.round(rng.normal(size=(n, d)), 1),
        "cluster in a cluster": np.concatenate([half, rng.normal(size=(n - n // 2, d))]),
    }


@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("n", [2, 9, 500])
def test_cells_equal_the_sum_over_pairs(n, include_self):
    """Rounding: the place in a cell is known to eps times the length of the data in widths (5e4 at most)."""
    for name, x in clouds(n, 1).items():
        for width in (0.003, 0.1, 1.0, 30.0):
            z = np.sort(x[:, 0]) / width
            expected = slow(z, include_self)
            error = abs(one_dim.log_sums_sorted(z, include_self) - expected)
            assert (error <= 1e-12 * np.maximum(1, abs(expected))).all(), (name, width)


@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("d, n", [(2, 2), (2, 193), (2, 450), (3, 7), (3, 450)])
def test_leaves_equal_the_sum_over_pairs(d, n, include_self):
    """Stated tolerance 1e-10 a row; the compiled exponential alone is good to 2e-12."""
    for name, x in clouds(n, d).items():
        for width in (0.01, 0.3, 30.0):
            expected = slow(x / width, include_self)
            error = abs(gauss_transform_leaves.log_sums(x / width, include_self) - expected)
            assert (error <= 1e-10 * np.maximum(1, abs(expected))).all(), (name, width)


@pytest.mark.parametrize("d, spread", [(2, 12.0), (3, 6.0)])
def test_leaves_round_and_leave_out_within_the_tolerance(d, spread):
    """Pairs in float64, in float32 and none at all, and wide leaves, whose points go alone: every row errs by 1e-10."""
    rng = np.random.default_rng(d)
    z = np.concatenate([spread * rng.normal(size=(4000, d)), 60 * rng.standard_cauchy((100, d))])
    _, boxes = gauss_transform_leaves.leaf_boxes(z[gauss_transform_leaves.pack_leaves(z)] * gauss_transform_leaves.UNIT)
    cuts, rounded = leaf_bounds.squared_cutoffs(boxes, True)
    near, kinds = np.empty(len(boxes.held)), np.zeros(3)
    for i in range(boxes.leaves):
        leaf_bounds.leaf_squared_distances(boxes, i, 0, near)
        others = near[: boxes.leaves]
        seen, close = others < np.maximum(cuts[i], cuts), others < np.maximum(rounded[i], rounded)
        kinds += close.sum(), (seen & ~close).sum(), (~seen).sum()
    assert (kinds > 0.02 * kinds.sum()).all()
    assert max(leaf_bounds.squared_diagonal(boxes, i) for i in range(boxes.leaves)) > 4 * leaf_tiles.ROWS
    rows = np.concatenate([rng.choice(4000, 100, replace=False), np.arange(4000, 4100)])
    squares = ((z[rows, None] - z[None]) ** 2).sum(-1)
    expected = np.log(np.exp(-squares / 2).sum(1))
    np.testing.assert_allclose(gauss_transform_leaves.log_sums(z)[rows], expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("include_self", [True, False])
def test_curve_equals_one_width_at_a_time(include_self):
    """Full cells take the series of the log, the others are visited: both kinds occur here."""
    rng = np.random.default_rng(1)
    x = np.sort(np.concatenate([rng.normal(size=20_000), 1e-2 * rng.normal(size=5000), rng.standard_cauchy(1000)]))
    widths = np.geomspace(0.002, 3, 12)
    expected = [one_dim.log_sums_sorted(x / h, include_self).mean() for h in widths]
    np.testing.assert_allclose(mean_log_sums(x, widths, include_self), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("n", [300, 5000])
def test_curve_of_dense_points_equals_one_width_at_a_time(n, include_self):
    """On nodes: smooth, in clumps, in two stretches far apart, on a grid, and with points that stand alone."""
    rng = np.random.default_rng(n)
    normal = rng.normal(size=n)
    widths = 0.03 * 2 ** (np.arange(40) / 5)
    for x in (
        normal,
        np.concatenate([normal, 3 + 0.01 * normal]),
        np.concatenate([normal, normal + 300]),
        np.round(5 * normal) / 5,
        np.concatenate([normal, [-9.0, 7.3, 12.0]]),
        rng.uniform(size=n),
    ):
        x = np.sort(x)
        expected = [one_dim.log_sums_sorted(x / h, include_self).mean() for h in widths]
        np.testing.assert_allclose(mean_log_sums(x, widths, include_self), expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("d, n, width", [(2, 9, 0.02), (2, 500, 0.1), (2, 500, 30.0), (3, 9, 0.2), (3, 500, 0.3)])
@pytest.mark.slow
def test_grid_equals_the_sum_over_pairs(d, n, width):
    """Every row to 1e-10 at the narrowest width of the grid and at wider ones, without the self term too."""
    for name, x in clouds(n, d).items():
        if name == "heavy tails":
            x = np.clip(x, -9, 9)
        widths = width * np.array([1, 1.3, 1.7])
        for h, sums in zip(widths, grid.Grid(x, width).sums(widths), strict=True):
            np.testing.assert_allclose(np.log(sums), slow(x / h).astype(float), rtol=0, atol=1e-11, err_msg=name)
        alone = grid.mean_log_sums(x, widths, include_self=False)
        for h, value in zip(widths, alone, strict=True):
            expected = slow(x / h, include_self=False)
            assert abs(value - expected.mean()) <= 1e-10 * np.maximum(1, abs(expected)).mean(), (name, h)


@pytest.mark.parametrize("d", [2, 3])
def test_grid_keeps_the_digits_of_a_point_beside_a_clump(d):
    """20,000 points in one place, five widths from a point alone: a twentieth of its sum, whatever the phase."""
    for phase in np.linspace(0, 1, 23):
        x = np.zeros((20_000, d))
        x[0, 0] = 4.3 + 0.3 * phase
        x[1] = -phase
        sums = next(grid.Grid(x, 1.0).sums(np.ones(1)))
        expected = 1 + 19_998 * math.exp(-(x[0, 0] ** 2) / 2) + math.exp(-((x[0] - x[1]) ** 2).sum() / 2)
        assert sums[0] == pytest.approx(expected, rel=1e-10)


def test_grid_is_chosen_where_it_is_cheaper():
    """Every width of dense points; none where the tails would fill it with nothing."""
    rng = np.random.default_rng(0)
    widths = np.geomspace(0.05, 1, 16)
    assert grid.count_cheaper_by_leaves(rng.normal(size=(20_000, 2)), widths) == 0
    assert grid.count_cheaper_by_leaves(rng.standard_cauchy((20_000, 3)), widths) == 16


def test_chains_halve_the_squared_width():
    widths = 0.1 * 2 ** (np.arange(26) / 4)
    found = squaring_chains(widths[::-1])
    assert sorted(s for chain in found for s in chain) == list(range(26))
    for chain in found:
        np.testing.assert_allclose(widths[::-1][chain], widths[::-1][chain[0]] * 2 ** (-np.arange(len(chain)) / 2))
    assert [len(chain) for chain in found] == [12, 12, 1, 1]
    assert len(squaring_chains(np.array([1.0, 0.9, 0.6]))) == 3


@pytest.mark.parametrize("function, allowed", [(exp2_neg_fast, 2e-12), (exp2_neg, 1e-15)])
def test_compiled_powers_of_two(function, allowed):
    for q in np.concatenate([np.random.default_rng(2).uniform(0, 900, 2000), np.arange(0, 900, 0.5)]):
        assert function(q) == pytest.approx(2.0**-q, rel=allowed)
    assert function(5000.0) == pytest.approx(2.0**-1000, rel=allowed)


def test_powers_of_two_in_lanes():
    q = np.concatenate([np.random.default_rng(2).uniform(-900, 900, 1600), np.arange(-800, 800, 0.5), [5000.0] * 16])
    expected = 2.0 ** -np.minimum(q, 1000)

    @njit
    def powers(q):
        for first in range(0, len(q), F64_LANES):
            store(data_pointer(q), first, exp2_neg_v(load(data_pointer(q), first)))

    powers(q)
    np.testing.assert_allclose(q, expected, rtol=1e-15)


def test_powers_of_two_in_short_lanes():
    q = np.concatenate([np.random.default_rng(3).uniform(-100, 120, 3200), [126.0, 500.0] * 16]).astype(np.float32)
    expected = 2.0 ** -np.minimum(q, 126).astype(np.float64)

    @njit
    def powers(q):
        for first in range(0, len(q), f32.F32_LANES):
            f32.store(data_pointer(q), first, f32.exp2_neg(f32.load(data_pointer(q), first)))

    powers(q)
    np.testing.assert_allclose(q, expected, rtol=3e-7)


@pytest.mark.parametrize("draws", [1, 2, 10, 1000])
@pytest.mark.parametrize("p", [1e-9, 0.01, 0.3, 0.999, 1.0])
def test_expected_log_count_equals_the_binomial_sum(draws, p):
    from scipy.stats import binom

    count = np.arange(draws)
    expected = (binom.pmf(count, draws - 1, p) * np.log(count + 1)).sum()
    assert expected_log_binomial(np.array([p]), draws)[0] == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_expected_log_count_of_many_draws():
    """E log(1 + B) for B binomial of mean m: log(1 + m) - var / 2m^2 = log m + (1 - p) / 2m, up to 1 / m^2 = 1e-12."""
    value = expected_log_binomial(np.array([1e-4]), 1e10)[0]
    assert value == pytest.approx(math.log(1e6) + 0.5e-6 * (1 - 1e-4), abs=3e-12)


@pytest.mark.parametrize("d, include_self", [(2, True), (2, False), (3, True), (3, False)])
def test_many_points_have_the_mean_of_their_pairs(d, include_self):
    """Above 20,000 points: a grid where they lie densely, leaves for heavy tails; a row of either errs by 1e-10."""
    rng = np.random.default_rng(d)
    n = gauss_transform.MAX_DUAL_TREE_POINTS + 1
    dense, heavy = 2 * rng.normal(size=(n, d)), 4 * rng.standard_t(1, size=(n, d))
    for z in (dense, heavy):
        expected = gauss_transform_leaves.log_sums(z, include_self).mean()
        assert gauss_transform.fast_mean_log_kernel_sum(z, include_self, np.float64) == pytest.approx(
            expected, abs=1e-10
        )
    assert [grid.count_cheaper_by_leaves(z, np.ones(1)) for z in (dense, heavy)] == [0, 1]
