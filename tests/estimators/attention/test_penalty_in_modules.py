"""The row-entropy penalty on attention inside equinox and flax modules, against differences in their parameters."""

import equinox as eqx
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from entropylab import row_entropy_penalty

TOKENS, WIDTH, HEADS = 5, 6, 2
CAUSAL = np.tril(np.ones((TOKENS, TOKENS), bool))
GAMMA = 0.3


def tokens():
    return jnp.asarray(np.random.default_rng(0).normal(size=(TOKENS, WIDTH)))


def weights_of(attend, x):
    """The attention (heads, n, n) that equinox's module uses and does not tell."""
    q, k = (jax.vmap(project)(x).reshape(TOKENS, HEADS, -1) for project in (attend.query_proj, attend.key_proj))
    scores = jnp.einsum("ihd,jhd->hij", q, k) / q.shape[-1] ** 0.5
    return jax.nn.softmax(jnp.where(CAUSAL, scores, -jnp.inf))


def in_equinox(x):
    attend = eqx.nn.MultiheadAttention(HEADS, WIDTH, key=jax.random.key(0))
    values = jax.vmap(attend.value_proj)(x).reshape(TOKENS, HEADS, -1)
    mixed = jnp.einsum("hij,jhd->ihd", weights_of(attend, x), values).reshape(TOKENS, -1)
    np.testing.assert_allclose(jax.vmap(attend.output_proj)(mixed), attend(x, x, x, mask=CAUSAL), rtol=1e-10)
    parameters, rest = eqx.partition(attend, eqx.is_inexact_array)

    def loss(parameters):
        attend = eqx.combine(parameters, rest)
        return (attend(x, x, x, mask=CAUSAL) ** 2).mean() + row_entropy_penalty(weights_of(attend, x), gamma=GAMMA)

    return loss, parameters


def in_flax(x):
    attend = nn.MultiHeadDotProductAttention(num_heads=HEADS, param_dtype=x.dtype)
    parameters = attend.init(jax.random.key(0), x)

    def loss(parameters):
        out, told = attend.apply(parameters, x, mask=CAUSAL[None], sow_weights=True, mutable="intermediates")
        return (out**2).mean() + row_entropy_penalty(told, gamma=GAMMA)

    return loss, parameters


@pytest.mark.parametrize("module", [in_equinox, in_flax])
def test_gradient_meets_differences(module):
    """Along random directions in all parameters at once; masked keys among them."""
    with jax.enable_x64(True):
        loss, parameters = module(tokens())
        flat, back = ravel_pytree(parameters)
        loss = jax.jit(lambda flat, loss=loss: loss(back(flat)))
        slope = np.asarray(jax.jit(jax.grad(loss))(flat))
        assert np.isfinite(slope).all() and flat.dtype == np.float64
        rng = np.random.default_rng(1)
        for _ in range(5):
            step = rng.normal(size=flat.shape)
            expected = float(loss(flat + 1e-6 * step) - loss(flat - 1e-6 * step)) / 2e-6
            assert slope @ step == pytest.approx(expected, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("module", [in_equinox, in_flax])
def test_penalty_is_that_of_the_rows(module):
    """A longer way to the same number: without gamma the loss is smaller by gamma times the mean over log n."""
    with jax.enable_x64(True):
        x = tokens()
        loss, parameters = module(x)
        if module is in_equinox:
            weights = weights_of(eqx.nn.MultiheadAttention(HEADS, WIDTH, key=jax.random.key(0)), x)
            task = (eqx.nn.MultiheadAttention(HEADS, WIDTH, key=jax.random.key(0))(x, x, x, mask=CAUSAL) ** 2).mean()
        else:
            attend = nn.MultiHeadDotProductAttention(num_heads=HEADS, param_dtype=x.dtype)
            out, told = attend.apply(parameters, x, mask=CAUSAL[None], sow_weights=True, mutable="intermediates")
            weights, task = jax.tree.leaves(told)[0], (out**2).mean()
        w = np.asarray(weights)
        rows = -np.where(w > 0, w * np.log(np.where(w > 0, w, 1)), 0).sum(-1)
        expected = float(task) + GAMMA * rows.mean() / np.log(TOKENS)
        assert float(loss(parameters)) == pytest.approx(expected, rel=1e-10)
