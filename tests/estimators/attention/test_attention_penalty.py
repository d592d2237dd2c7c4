"""The row-entropy penalty: by hand, by differences, and at the zeros where gradients go wrong."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from entropylab import row_entropy_penalty, sparsemax


def test_uniform_rows_pay_gamma_and_one_key_nothing():
    assert float(row_entropy_penalty(jnp.full((2, 3, 8), 1 / 8), gamma=0.7)) == pytest.approx(0.7, rel=1e-6)
    assert float(row_entropy_penalty(jnp.eye(4))) == 0


def test_trees_are_averaged():
    a, b = jnp.full((5, 4), 0.25), jnp.eye(3)
    assert float(row_entropy_penalty({"one": a, "two": [b]}, gamma=1.0)) == pytest.approx(0.5, rel=1e-6)


@pytest.mark.parametrize("map", [jax.nn.softmax, sparsemax], ids=["softmax", "sparsemax"])
def test_gradient_meets_differences(map):
    with jax.enable_x64(True):
        z = jnp.array([[0.3, -0.2, 0.9, 0.15], [2.0, 1.7, -3.0, 1.6]])
        loss = lambda z: row_entropy_penalty(map(z), gamma=0.3)  # noqa: E731
        slope = np.asarray(jax.jit(jax.grad(loss))(z))
        for place in np.ndindex(*z.shape):
            step = 1e-6 * np.eye(8)[place[0] * 4 + place[1]].reshape(2, 4)
            assert slope[place] == pytest.approx(float(loss(z + step) - loss(z - step)) / 2e-6, abs=1e-8)


@pytest.mark.parametrize("low", [-jnp.inf, -1e4], ids=["masked", "underflow"])
def test_zeros_have_finite_gradients(low):
    z = jnp.array([[1.0, 0.5, low], [0.0, low, low]])
    slope = jax.vmap(jax.grad(lambda z: row_entropy_penalty(jax.nn.softmax(z))))(z)
    assert np.isfinite(slope).all() and float(jnp.abs(slope[0, 0])) > 1e-3


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: row_entropy_penalty([]), "at least 2 keys"),
        (lambda: row_entropy_penalty(jnp.ones((3, 1))), "at least 2 keys"),
        (lambda: row_entropy_penalty(jnp.eye(2), gamma=-1.0), "gamma"),
        (lambda: row_entropy_penalty(jnp.eye(2), gamma=float("nan")), "gamma"),
    ],
)
def test_wrong_input_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()
