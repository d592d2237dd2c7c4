"""Sparse softmaxes against 50-digit solutions and closed-form Jacobians; pruning, rollout and overlap by hand."""

import itertools
import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy.special import softmax

import entropylab as lab

MAPS = [lab.sparsemax, lab.entmax15]


def logits(*shape, seed=0):
    return 1.5 * np.random.default_rng([seed, *shape]).normal(size=shape)


def high_precision(z, power):
    """max(z / r - tau, 0)^r with the tau that makes it sum to 1, by bisection in 50 digits; r is the power."""
    with mpmath.workdps(50):
        z = [mpmath.mpf(float(value)) / power for value in z]
        low, high = max(z) - 1, max(z)
        for _ in range(170):
            tau = (low + high) / 2
            low, high = (tau, high) if sum(max(v - tau, 0) ** power for v in z) > 1 else (low, tau)
        return np.array([float(max(v - tau, 0) ** power) for v in z])


@pytest.mark.parametrize("size", [1, 2, 5, 30])
@pytest.mark.parametrize("scale", [1e-6, 0.5, 4.0, 1e4])
def test_maps_meet_fifty_digits(size, scale):
    z = scale * logits(size)
    for function, power in zip(MAPS, (1, 2), strict=True):
        found = np.asarray(function(z))
        # logits of 1e4 in float64 are themselves known to 1e-12
        np.testing.assert_allclose(found, high_precision(z, power), atol=4e-16 * max(1.0, 2 * scale))
        assert found.sum() == pytest.approx(1, abs=1e-14)


def test_maps_known_by_hand():
    """Two logits t apart: sparsemax (1 + t)/2; 1.5-entmax has p = (x + t/2)^2 with x^2 + (x + t/2)^2 = 1."""
    t = 0.6
    np.testing.assert_allclose(lab.sparsemax([t, 0.0]), [(1 + t) / 2, (1 - t) / 2], rtol=1e-15)
    x = (-t / 2 + math.sqrt(2 - t**2 / 4)) / 2
    np.testing.assert_allclose(lab.entmax15([t, 0.0]), [(x + t / 2) ** 2, x**2], rtol=1e-14)
    np.testing.assert_array_equal(lab.sparsemax([1.0, 0.0]), [1, 0])
    np.testing.assert_array_equal(lab.entmax15([2.0, 0.0]), [1, 0])
    for function in MAPS:
        np.testing.assert_allclose(function(np.zeros(8)), np.full(8, 1 / 8), rtol=1e-15)


def test_entmax_lies_between_softmax_and_sparsemax():
    z = logits(200, 17)
    zeros = [(np.asarray(p) == 0).mean() for p in (softmax(z, axis=1), lab.entmax15(z), lab.sparsemax(z))]
    assert zeros[0] == 0 < zeros[1] < zeros[2]
    entropies = [np.asarray(lab.attention_entropy(p)).mean() for p in (softmax(z, axis=1), *(f(z) for f in MAPS[::-1]))]
    assert entropies[0] > entropies[1] > entropies[2]


def test_batches_are_rows():
    z = logits(2, 3, 9)
    for function in MAPS:
        found = function(z)
        assert found.shape == z.shape
        for i, j in np.ndindex(2, 3):
            np.testing.assert_allclose(found[i, j], function(z[i, j]), rtol=1e-14, atol=1e-16)
        np.testing.assert_allclose(jax.vmap(function)(z), found, rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("function, power", list(zip(MAPS, (1, 2), strict=True)))
def test_jacobians(function, power):
    """diag(s) - s s^T / sum s with s = p^(2 - alpha): 1 on the support, or sqrt(p); and central differences."""
    z = logits(9)
    p = np.asarray(function(z))
    assert 1 < (p > 0).sum() < 9
    s = (p > 0).astype(float) if power == 1 else np.sqrt(p)
    expected = np.diag(s) - np.outer(s, s) / s.sum()
    for jacobian in (jax.jacrev(function)(z), jax.jacfwd(function)(z)):
        np.testing.assert_allclose(jacobian, expected, atol=1e-14)
    h = 1e-5
    differences = np.stack([(function(z + h * e) - function(z - h * e)) / (2 * h) for e in np.eye(9)], axis=1)
    # h^2 p''' / 6 and eps / h
    np.testing.assert_allclose(differences, expected, atol=1e-9)


def test_masked_keys_get_nothing_and_no_gradient():
    z = np.array([[0.3, -np.inf, 0.1, 0.2], [-np.inf, -np.inf, -np.inf, 5.0]])
    kept = z[0, [0, 2, 3]]
    for function in MAPS:
        found = np.asarray(function(z))
        np.testing.assert_allclose(found[0, [0, 2, 3]], function(kept), rtol=1e-14)
        assert (found[np.isinf(z)] == 0).all()
        assert found[1, 3] == 1
        gradient = np.asarray(jax.jit(jax.grad(lambda z, f=function: (f(z) ** 2).sum()))(z))
        assert np.isfinite(gradient).all()
        assert (gradient[np.isinf(z)] == 0).all()
        assert np.abs(gradient[0]).max() > 0


def test_entropy_of_sparse_weights_has_finite_gradients():
    """Weights of exactly 0 under a logarithm: 0, not NaN."""
    z = logits(20, 17)
    for function in MAPS:
        gradient = np.asarray(jax.jit(jax.grad(lambda z, f=function: lab.attention_entropy(f(z)).sum()))(z))
        assert np.isfinite(gradient).all()
        assert (gradient[np.asarray(function(z)) == 0] == 0).all()
        assert np.abs(gradient).max() > 0.01


def test_maps_keep_the_type():
    z = logits(5, 40)
    for kind, error in ((jnp.float32, 1e-6), (jnp.bfloat16, 1e-1)):
        for function in MAPS:
            found = function(jnp.asarray(z, kind))
            assert found.dtype == kind
            np.testing.assert_allclose(np.asarray(found, float), function(z), atol=error)


@pytest.mark.parametrize("bad", [[math.nan, 1.0], [math.inf, 1.0], [-math.inf, -math.inf]])
def test_maps_refuse_rows_without_a_finite_largest(bad):
    for function in MAPS:
        with pytest.raises(ValueError, match="finite largest one in every row"):
            function(bad)
        assert np.isnan(jax.jit(function)(jnp.array(bad))).all(), "traced, it cannot be refused: NaN says it"


# Pruning --------------------------------------------------------------------------------------------------------


def test_prune_by_hand():
    weights = np.array([[0.5, 0.3, 0.15, 0.05], [0.3, 0.3, 0.2, 0.2], [1.0, 0.0, 0.0, 0.0]])
    found = lab.threshold_rows(weights, threshold=0.15)
    np.testing.assert_allclose(found, [[0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0], weights[1], weights[2]], rtol=1e-15)
    found = lab.threshold_rows(weights, threshold=0.4)
    np.testing.assert_allclose(found, [[1, 0, 0, 0], [0.5, 0.5, 0, 0], [1, 0, 0, 0]], rtol=1e-15)
    np.testing.assert_allclose(lab.threshold_rows(weights, threshold=0.0), weights, rtol=1e-15)


def test_prune_keeps_rows_of_many_alike_keys():
    """Of 197 keys with weights of 0.005 each none reaches 0.01; pruned to nothing they would be 0 / 0."""
    weights = np.full(197, 1 / 197)
    np.testing.assert_allclose(lab.threshold_rows(weights), weights, rtol=1e-14)
    weights = np.append(np.full(196, 0.995 / 196), 0.005)
    assert np.asarray(lab.threshold_rows(weights))[-1] == 0


def test_keep_top_meets_sorting():
    weights = softmax(logits(30, 41), axis=1)
    for kind, k in ((np.float64, 1), (np.float64, 7), (np.float32, 40), (np.float64, 99)):
        w = weights.astype(kind)
        expected = np.where(w >= np.sort(w, axis=1)[:, -min(k, 41)][:, None], w, 0)
        found = np.asarray(lab.top_k(w, k))
        assert ((found > 0).sum(1) == min(k, 41)).all()
        np.testing.assert_allclose(found, expected / expected.sum(1, keepdims=True), rtol=4 * np.finfo(kind).eps)


def test_keep_top_gives_ties_to_the_lowest_index():
    np.testing.assert_allclose(lab.top_k([0.2, 0.3, 0.3, 0.2], 1), [0, 1, 0, 0])
    np.testing.assert_allclose(lab.top_k([0.2, 0.3, 0.3, 0.2], 3), [0.25, 0.375, 0.375, 0], rtol=1e-15)
    np.testing.assert_allclose(lab.top_k([1.0, 0.0, -0.0, 0.0], 3), [1, 0, 0, 0])


def test_what_stays_has_the_gradient_of_the_quotient():
    """d/dw of w_j / sum of those that stay; nothing for what is dropped."""
    weights = jnp.array([0.5, 0.3, 0.15, 0.05])
    kept = np.array([1, 1, 0, 0.0])
    total = 0.8
    expected = (np.diag(kept) - np.outer(weights * kept, kept) / total) / total
    for function in (lambda w: lab.threshold_rows(w, threshold=0.2), lambda w: lab.top_k(w, 2)):
        np.testing.assert_allclose(jax.jacrev(function)(weights), expected, atol=1e-15)


def test_sparsity_counts_what_prune_drops():
    weights = softmax(logits(6, 5, 20), axis=-1)
    assert float(lab.sparsity(weights)) == 0
    for threshold in (0.01, 0.05, 0.3):
        pruned = np.asarray(lab.threshold_rows(weights, threshold=threshold))
        rescued = (weights.max(-1) < threshold).sum()
        assert float(lab.sparsity(pruned)) == pytest.approx((pruned == 0).mean(), rel=1e-15)
        assert float(lab.sparsity(weights, threshold=threshold)) == pytest.approx(
            (pruned == 0).mean() + rescued / weights.size, rel=1e-13
        )
    assert float(lab.sparsity(np.eye(4))) == 0.75


# Rollout and overlap --------------------------------------------------------------------------------------------


def test_rollout_meets_paths():
    """Sum over all paths from output i to input j of the product of (A + I) / 2 along them."""
    layers = softmax(logits(3, 4, 4), axis=-1)
    half = (layers + np.eye(4)) / 2
    expected = np.zeros((4, 4))
    for i, a, b, j in itertools.product(range(4), repeat=4):
        expected[i, j] += half[2, i, a] * half[1, a, b] * half[0, b, j]
    for given in (layers, list(layers)):
        found = lab.attention_rollout(given)
        np.testing.assert_allclose(found, expected, rtol=1e-13)
        np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-13)


def test_rollout_of_batches_and_of_one_layer():
    layers = softmax(logits(2, 5, 4, 4), axis=-1)
    found = lab.attention_rollout(layers)
    assert found.shape == (5, 4, 4)
    np.testing.assert_allclose(found[3], lab.attention_rollout(layers[:, 3]), rtol=1e-13)
    np.testing.assert_allclose(lab.attention_rollout(layers[:1]), (layers[0] + np.eye(4)) / 2, rtol=1e-13)


def test_iou_by_hand():
    a, b = np.array([[1, 1, 0], [0, 0, 0]], bool), np.array([[0, 1, 1], [0, 0, 1]], bool)
    assert lab.mask_iou(a, b) == 0.25
    assert lab.mask_iou(a, a) == 1
    assert lab.mask_iou(a.astype(float), ~a) == 0


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: lab.threshold_rows([0.5, 0.4]), "sum to 1"),
        (lambda: lab.threshold_rows([0.5, 0.5], threshold=1.5), "threshold must lie in"),
        (lambda: lab.threshold_rows([0.5, 0.5], threshold=None), "threshold.* must"),
        (lambda: lab.top_k([0.5, 0.5], 0), "whole number of keys"),
        (lambda: lab.top_k([0.5, 0.5], 1.5), "whole number of keys"),
        (lambda: lab.sparsity([0.5, 0.5], threshold=math.nan), "threshold must lie in"),
        (lambda: lab.attention_rollout(np.eye(3)), "layers must have shape"),
        (lambda: lab.attention_rollout([np.eye(3), np.eye(4)]), "layers must have one shape"),
        (lambda: lab.attention_rollout([]), "layers must have one shape"),
        (lambda: lab.attention_rollout([2 * np.eye(3)]), "sum to 1"),
        (lambda: lab.mask_iou([0.5, 1.0], [0, 1]), "only 0 and 1: got 0.5"),
        (lambda: lab.mask_iou(["a"], [0]), "a must hold real numbers: got dtype <U1"),
        (lambda: lab.mask_iou([0, 1], [0, 1, 1]), "masks must have one shape"),
        (lambda: lab.mask_iou([0, 0], [0, 0]), "0 / 0"),
    ],
)
def test_wrong_input_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_rollout_takes_half_precision():
    """Rows of float16 sum to 1 to its rounding, stacked or as a list."""
    layers = jax.nn.softmax(jnp.asarray(np.random.default_rng(0).normal(size=(3, 40, 40)))).astype(jnp.float16)
    assert float(jnp.abs(layers.astype(float).sum(-1) - 1).max()) > 1e-4  # more than float32 may
    for given in (layers, list(layers), np.asarray(layers)):
        np.testing.assert_allclose(lab.attention_rollout(given).sum(-1), 1, atol=1e-5)
