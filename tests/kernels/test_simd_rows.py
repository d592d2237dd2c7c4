"""Rows in lanes are the library's rows: thirty-two of them at a time, in compiled code."""

import numpy as np
import pytest
from numba import njit

import entropylab as lab
from entropylab.kernels.simd import rows as simd_rows
from entropylab.kernels.simd.f32 import F32_LANES, store
from entropylab.kernels.simd.ops import data_pointer

MAPS = {"softmax": simd_rows.softmax, "sparsemax": simd_rows.sparsemax, "entmax": simd_rows.entmax15}


@njit
def _pruned(weights, row, count, n, threshold, keep, room):
    store(
        data_pointer(count),
        0,
        simd_rows.prune(data_pointer(weights), data_pointer(row), n, threshold, keep, data_pointer(room)),
    )


def prune(rows, threshold, keep):
    """Rows (32, n) pruned, and how many weights stay in each."""
    n = rows.shape[1]
    weights = np.ascontiguousarray(rows.T, np.float32).reshape(-1)
    row, room, count = np.empty_like(weights), np.empty_like(weights), np.empty(F32_LANES, np.float32)
    _pruned(weights, row, count, n, threshold, keep, room)
    return row.reshape(n, F32_LANES).T, count


def in_float64(name, scores):
    """The map by bisection of its edge tau, which knows nothing of supports."""
    if name == "softmax":
        powers = np.exp(scores - scores.max(-1, keepdims=True))
        return powers / powers.sum(-1, keepdims=True)
    z, power = (scores, 1) if name == "sparsemax" else (scores / 2, 2)
    low, high = z.max(-1, keepdims=True) - 1, z.max(-1, keepdims=True)
    for _ in range(60):
        middle = (low + high) / 2
        beyond = (np.maximum(z - middle, 0) ** power).sum(-1, keepdims=True) > 1
        low, high = np.where(beyond, middle, low), np.where(beyond, high, middle)
    return np.maximum(z - low, 0) ** power


@pytest.mark.parametrize("n", [1, 2, 17, 37])
@pytest.mark.parametrize("name", MAPS)
def test_maps(name, n):
    """Rows of all spreads, from nearly uniform to one-hot; equal scores too. float32: a few 1e-7 of the largest."""
    kind = MAPS[name]

    @njit
    def run(row, n):
        kind(data_pointer(row), n)
        return row[0]

    rng = np.random.default_rng(n)
    scores = np.geomspace(1e-3, 100, F32_LANES)[:, None] * rng.normal(size=(F32_LANES, n)) + 5
    scores[::5] = np.round(scores[::5])
    scores = scores.astype(np.float32)
    row = np.ascontiguousarray(scores.T).reshape(-1)
    run(row, n)
    expected = in_float64(name, scores.astype(float))
    # a score of s is rounded by 6e-8 s, and its weight moves by no more than that
    np.testing.assert_allclose(row.reshape(n, F32_LANES).T, expected, atol=1e-6 + 6e-8 * abs(scores).max())


@pytest.mark.parametrize("threshold, keep", [(0.0, 37), (0.05, 37), (0.9, 37), (0.0, 5), (0.03, 5), (0.0, 1), (0.5, 1)])
def test_pruned_rows(threshold, keep):
    """As `prune` and `keep_top` of the library, ties included: of equal weights the first stay."""
    rng = np.random.default_rng(3)
    rows = rng.dirichlet(np.full(37, 0.3), size=F32_LANES).astype(np.float32)
    rows[:8] = rng.multinomial(20, rows[:8].astype(float)) / 20  # many equal ones, and zeros
    rows[0] = 1 / 37
    found, count = prune(rows, threshold, keep)
    kept = np.asarray(lab.top_k(rows, k=keep)) > 0
    stays = kept & (rows >= np.minimum(rows.max(1, keepdims=True), np.float32(threshold)))
    np.testing.assert_array_equal(found, np.where(stays, rows, 0))
    np.testing.assert_array_equal(count, (stays & (rows > 0)).sum(1))
