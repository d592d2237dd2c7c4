"""Entropies of attention rows against closed forms, SciPy, plain twins and autodiff."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import entropy as scipy_entropy

import entropylab as lab
from entropylab.numerics.attention.row_entropy import row_entropies

EXACT = dict(rtol=1e-10, atol=1e-12)


def rows(*shape, seed=0):
    return softmax(2 * np.random.default_rng([seed, *shape]).normal(size=shape), axis=-1)


def pair(n, m, d, seed=0):
    rng = np.random.default_rng([seed, n, m, d])
    return rng.normal(size=(n, d)), rng.normal(size=(m, d))


# Of weights -----------------------------------------------------------------------------------------------------


def test_closed_forms():
    assert float(lab.attention_entropy(np.full(7, 1 / 7))) == pytest.approx(math.log(7), rel=1e-15)
    assert float(lab.attention_entropy([0.0, 1.0, 0.0])) == 0
    assert float(lab.attention_entropy([0.5, 0.5, 0.0])) == pytest.approx(math.log(2), rel=1e-15)


def test_one_number_a_row():
    weights = rows(2, 3, 5, 11)
    found = lab.attention_entropy(weights)
    assert found.shape == (2, 3, 5)
    np.testing.assert_allclose(found, scipy_entropy(weights, axis=-1), **EXACT)


def test_gradient_is_minus_log_less_one_and_zero_at_zero():
    weights = np.array([0.25, 0.0, 0.75])
    expected = [-math.log(0.25) - 1, 0, -math.log(0.75) - 1]
    np.testing.assert_allclose(jax.grad(lab.attention_entropy)(weights), expected, rtol=1e-14)


def test_rows_from_lower_precision_are_taken():
    """A softmax of 4096 keys in float32, float16 or bfloat16 sums to 1 up to its rounding."""
    logits = jnp.asarray(np.random.default_rng(0).normal(size=(8, 4096)))
    exact = np.asarray(lab.attention_entropy(jax.nn.softmax(logits)))
    for kind, error in ((jnp.float32, 1e-4), (jnp.float16, 1e-2), (jnp.bfloat16, 0.1)):
        weights = jax.nn.softmax(logits.astype(kind))
        found = lab.attention_entropy(weights)
        assert found.dtype == jnp.float32
        np.testing.assert_allclose(found, exact, atol=error)
    lab.attention_entropy(jax.nn.softmax(logits.astype(jnp.float32)).astype(jnp.float64))


# Of mass over cells ---------------------------------------------------------------------------------------------


def grid(side=4):
    return np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2) / (side - 1)


def test_ball_entropy_meets_the_twin():
    weights, positions = rows(3, 10, 16), grid()
    anchors = np.random.default_rng(0).random((5, 2))
    shares = softmax(-5.0 * ((positions[:, None] - anchors[None]) ** 2).sum(-1), axis=1)
    found = lab.attention_ball_entropy(weights, positions, anchors)
    assert found.shape == (3, 10)
    np.testing.assert_allclose(found, scipy_entropy(weights @ shares, axis=-1), **EXACT)


def test_uniform_rows_have_the_partition_entropy():
    """Weights of 1 / n are the mean over points of equation 1."""
    positions, anchors = grid(), np.array([[0.1, 0.2], [0.9, 0.4], [0.5, 1.0]])
    found = lab.attention_ball_entropy(np.full(16, 1 / 16), positions, anchors, sharpness=7.0)
    assert float(found) == pytest.approx(float(lab.ball_partition(positions, anchors, sharpness=7.0)), rel=1e-12)


def test_chain_rule_with_hard_cells():
    """H(row) = H(cells) + sum_a q_a H(row within cell a): the cells see only spreading between them."""
    weights, positions = rows(6, 16), grid()
    anchors = np.array([[0.1, 0.1], [0.9, 0.2], [0.45, 0.95]])
    cells = lab.ball_cells(positions, anchors)
    between = np.asarray(lab.attention_ball_entropy(weights, positions, anchors, sharpness=1e5))
    within = np.zeros(6)
    for a in range(3):
        mass = weights[:, cells == a].sum(1)
        within += mass * np.asarray(lab.attention_entropy(weights[:, cells == a] / mass[:, None]))
    np.testing.assert_allclose(between + within, lab.attention_entropy(weights), rtol=1e-10)
    assert (within > 0.1).all()


def test_soft_cells_leave_a_floor():
    """A row of one key is not at 0: it has the entropy of that key's shares."""
    positions, anchors = grid(), np.array([[0.0, 0.0], [1.0, 1.0]])
    shares = softmax(-5.0 * ((positions[:, None] - anchors[None]) ** 2).sum(-1), axis=1)
    found = lab.attention_ball_entropy(np.eye(16), positions, anchors)
    np.testing.assert_allclose(found, scipy_entropy(shares, axis=-1), **EXACT)
    assert found.min() > 1e-4


def test_ball_entropy_gradients():
    """Against central differences along a random direction in every argument."""
    weights, positions = jnp.asarray(rows(3, 16)), jnp.asarray(grid())
    anchors = jnp.asarray(np.random.default_rng(0).random((4, 2)))

    def total(logits, positions, anchors, sharpness):
        weights = jax.nn.softmax(logits)
        return lab.attention_ball_entropy(weights, positions, anchors, sharpness=sharpness).sum()

    at = (jnp.log(weights), positions, anchors, jnp.asarray(5.0))
    rng = np.random.default_rng(1)
    step = [rng.normal(size=x.shape) for x in at]
    total, gradient = jax.jit(total), jax.jit(jax.grad(total, (0, 1, 2, 3)))
    slopes = gradient(*at)
    along = sum(float((g * v).sum()) for g, v in zip(slopes, step, strict=True))
    ahead, behind = (float(total(*(x + s * v for x, v in zip(at, step, strict=True)))) for s in (1e-5, -1e-5))
    assert along == pytest.approx((ahead - behind) / 2e-5, rel=1e-7)


# Of queries and keys --------------------------------------------------------------------------------------------


def twin(q, k, scale, causal=False):
    s = scale * q @ k.T
    return scipy_entropy(softmax(np.where(np.tri(*s.shape, dtype=bool), s, -np.inf) if causal else s, axis=1), axis=1)


def twin_gradients(q, k, scale, g, causal=False):
    """dH_i/ds_ij = -p_ij (s_ij - t_i) and from it the gradients in queries, keys and scale."""
    s = scale * q @ k.T
    p = softmax(np.where(np.tri(*s.shape, dtype=bool), s, -np.inf) if causal else s, axis=1)
    push = -g[:, None] * p * (s - (p * s).sum(1, keepdims=True))
    return scale * push @ k, scale * push.T @ q, (push * (q @ k.T)).sum()


@pytest.mark.parametrize(
    "n, m, d, causal",
    [(1, 1, 1, False), (5, 70, 3, False), (600, 1100, 16, False), (70, 70, 4, True), (1100, 1100, 8, True)],
)
def test_streamed_rows_meet_the_twin(n, m, d, causal):
    q, k = pair(n, m, d)
    g = np.random.default_rng(1).normal(size=n)
    total = lambda q, k, scale: g @ lab.attention_entropy_from_qk(q, k, scale=scale, causal=causal)  # noqa: E731
    gradient = jax.jit(jax.grad(total, argnums=(0, 1, 2)))
    for scale in (0.3, 20.0):
        found = lab.attention_entropy_from_qk(q, k, scale=scale, causal=causal)
        np.testing.assert_allclose(found, twin(q, k, scale, causal), rtol=1e-10, atol=1e-11)
        slopes = gradient(q, k, scale)
        for one, other in zip(slopes, twin_gradients(q, k, scale, g, causal), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-11 * max(1.0, np.abs(other).max()))


def test_streamed_rows_are_the_entropy_of_the_weights():
    q, k = pair(40, 90, 8)
    weights = jax.nn.softmax(q @ k.T / math.sqrt(8))
    np.testing.assert_allclose(lab.attention_entropy_from_qk(q, k), lab.attention_entropy(weights), **EXACT)


def test_leading_axes():
    rng = np.random.default_rng(0)
    q, k = rng.normal(size=(2, 3, 20, 4)), rng.normal(size=(2, 3, 30, 4))
    found = lab.attention_entropy_from_qk(q, k)
    assert found.shape == (2, 3, 20)
    for i, j in np.ndindex(2, 3):
        np.testing.assert_allclose(found[i, j], twin(q[i, j], k[i, j], 0.5), **EXACT)
    mapped = jax.vmap(jax.vmap(lambda q, k: lab.attention_entropy_from_qk(q, k)))(q, k)
    np.testing.assert_allclose(found, mapped, **EXACT)


def test_first_causal_row_sees_one_key():
    q, k = pair(70, 70, 4)
    found = lab.attention_entropy_from_qk(q, k, causal=True)
    assert float(found[0]) == 0
    np.testing.assert_allclose(found[1], twin(q[1:2], k[:2], 0.5)[0], rtol=1e-12)


def test_saturated_and_flat_rows():
    """Scores of 1e6 leave one key, or two alike ones; scores of 0 all keys."""
    q, k = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]), np.array([[1.0, 1.0], [0.0, 1.0], [-1.0, 0.0]])
    found = lab.attention_entropy_from_qk(q, k, scale=1e6)
    np.testing.assert_allclose(found, [0, math.log(2), math.log(3)], atol=1e-14)
    slopes = jax.grad(lambda q, k: lab.attention_entropy_from_qk(q, k, scale=1e6).sum(), (0, 1))(q, k)
    assert all(np.isfinite(slope).all() for slope in slopes)


def test_single_precision():
    q, k = pair(700, 900, 64)
    found = lab.attention_entropy_from_qk(q.astype(np.float32), k.astype(np.float32))
    assert found.dtype == jnp.float32
    np.testing.assert_allclose(found, twin(q, k, 1 / 8), atol=1e-5)


@pytest.mark.parametrize(
    "n, m, d, causal",
    [(1, 1, 8, False), (5, 70, 9, False), (9, 1, 16, False), (100, 2500, 33, False), (300, 300, 64, True)]
    + [(1100, 1100, 8, True)],
)
def test_lanes_meet_the_twin(n, m, d, causal):
    """In float32 inside JAX, by eight rows, thirty-two keys, and chunks of 1024 of them.

    Rounding moves a score by 1e-7 of the largest, and an entropy and a slope by as many times the scores' spread.
    """
    q, k = (x.astype(np.float32) for x in pair(n, m, d))
    g = np.random.default_rng(1).normal(size=n).astype(np.float32)
    total = lambda q, k, scale: g @ lab.attention_entropy_from_qk(q, k, scale=scale, causal=causal)  # noqa: E731
    gradient = jax.jit(jax.grad(total, argnums=(0, 1, 2)))
    assert "entropylab_attention_slopes" in gradient.lower(q, k, 1.0).as_text()
    wide = q.astype(float), k.astype(float)
    for scale in (0.01, 0.3, 3.0):
        error = 1e-6 * (1 + np.abs(scale * wide[0] @ wide[1].T).max())
        found = lab.attention_entropy_from_qk(q, k, scale=scale, causal=causal)
        np.testing.assert_allclose(found, twin(*wide, np.float32(scale), causal), atol=error)
        assert not causal or abs(found[0]) < 1e-30
        slopes = gradient(q, k, scale)
        for one, other in zip(slopes, twin_gradients(*wide, np.float32(scale), g, causal), strict=True):
            np.testing.assert_allclose(one, other, rtol=10 * error, atol=3 * error * max(scale, np.abs(other).max()))


def test_lanes_keep_saturated_and_flat_rows():
    """Scores of 1e6 leave one key, or two alike ones; scores of 0 all keys. Differences of 126 bits are none at all."""
    q, k = np.zeros((3, 8), np.float32), np.zeros((3, 8), np.float32)
    q[:2, :2], k[:, :2] = np.eye(2), [[1.0, 1.0], [0.0, 1.0], [-1.0, 0.0]]
    total = jax.value_and_grad(lambda q, k: lab.attention_entropy_from_qk(q, k, scale=1e6).sum(), (0, 1))
    np.testing.assert_allclose(lab.attention_entropy_from_qk(q, k, scale=1e6), [0, math.log(2), math.log(3)], atol=1e-6)
    value, slopes = total(q, k)
    assert float(value) == pytest.approx(math.log(6), abs=1e-6)
    assert all(np.isfinite(slope).all() for slope in slopes)


@pytest.mark.parametrize("causal", [False, True])
def test_slopes_in_lanes_have_slopes_and_map(causal):
    """Forward over reverse takes the table; over mapped and leading axes the calls follow each other."""
    q, k = (x.astype(np.float32) for x in pair(12, 12, 8))
    g = np.random.default_rng(1).normal(size=12)
    total = lambda q, k: jnp.asarray(g, q.dtype) @ lab.attention_entropy_from_qk(q, k, causal=causal)  # noqa: E731
    along = np.random.default_rng(2).normal(size=(2, *q.shape))
    change = jax.jit(lambda *at: jax.jvp(jax.grad(total, (0, 1)), at, tuple(along.astype(np.float32)))[1])(q, k)
    sides = (twin_gradients(q + s * along[0], k + s * along[1], 8**-0.5, g, causal)[:2] for s in (1e-5, -1e-5))
    for found, ahead, behind in zip(change, *sides, strict=True):
        np.testing.assert_allclose(found, (ahead - behind) / 2e-5, atol=2e-5)
    many = jnp.stack([q, 2 * q, q + 1])
    slope = jax.grad(lambda q: total(q, k))
    each = np.stack([jax.jit(slope)(one) for one in np.asarray(many)])
    np.testing.assert_allclose(jax.jit(jax.vmap(slope))(many), each, rtol=1e-5, atol=1e-6)
    rows = lab.attention_entropy_from_qk(many, jnp.stack([k] * 3), causal=causal)
    np.testing.assert_allclose(rows[1], lab.attention_entropy_from_qk(2 * q, k, causal=causal), rtol=1e-6)


def test_second_derivatives_in_lanes_go_through_loops():
    """Those of a loop over rows are those of its steps, forward and backward over reverse."""
    q = np.random.default_rng(3).normal(size=(3, 9, 8)).astype(np.float32)
    one = lambda q: lab.attention_entropy_from_qk(q, q).sum()  # noqa: E731
    loop = lambda many: jax.lax.scan(lambda total, q: (total + one(q), None), jnp.float32(0), many)[0]  # noqa: E731
    along = np.ones_like(q)
    step = jax.jit(lambda row: jax.jvp(jax.grad(one), (row,), (np.ones_like(q[0]),))[1])
    each = np.stack([step(row) for row in q])
    ahead = jax.jit(lambda q: jax.jvp(jax.grad(loop), (q,), (along,))[1])(q)
    back = jax.jit(jax.grad(lambda many: jax.grad(loop)(many).sum()))(q)
    for found in (ahead, back):
        np.testing.assert_allclose(found, each, rtol=1e-4, atol=1e-5)


def test_memory_holds_no_table():
    """4096 x 4096 scores are 134 MB, and autodiff of the plain formula keeps two such tables; a tile is 2 MB."""
    n, d = 4096, 16
    gradient = jax.grad(lambda q, k: row_entropies(q, k, 0.25).sum(), (0, 1))
    shape = jax.ShapeDtypeStruct((n, d), jnp.float64)
    found = jax.jit(gradient).lower(shape, shape).compile().memory_analysis().temp_size_in_bytes
    assert found < 10 * n * d * 8 + 6 * 512 * 512 * 8


# Refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: lab.attention_entropy(0.5), "weights must have shape"),
        (lambda: lab.attention_entropy(np.ones((3, 0))), "weights must have shape"),
        (lambda: lab.attention_entropy([0.5, 0.6]), "sum to 1 in every row"),
        (lambda: lab.attention_entropy([1.5, -0.5]), "at least 0: got -0.5"),
        (lambda: lab.attention_entropy([math.nan, 1.0]), "finite"),
        (lambda: lab.attention_ball_entropy(rows(3, 5), grid(), grid()), "one for each key: got 16 positions"),
        (lambda: lab.attention_ball_entropy(rows(16), grid(), grid(), sharpness=0.0), "sharpness must be"),
        (lambda: lab.attention_entropy_from_qk(*pair(3, 4, 2), causal=True), "as many queries as keys"),
        (lambda: lab.attention_entropy_from_qk(pair(3, 4, 2)[0], pair(3, 4, 5)[1]), "as many columns"),
        (lambda: lab.attention_entropy_from_qk(np.ones(3), np.ones(3)), "queries must have shape"),
        (lambda: lab.attention_entropy_from_qk(*pair(3, 4, 2), scale=math.nan), "scale must be a finite number"),
        (lambda: lab.attention_entropy_from_qk(np.full((3, 2), math.inf), np.ones((3, 2))), "queries must hold finite"),
    ],
)
def test_wrong_input_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()
