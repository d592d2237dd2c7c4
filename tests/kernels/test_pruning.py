"""The k largest weights of rows without sorting: short rows are ranked, long ones searched, as a stable sort does."""

import jax.numpy as jnp
import numpy as np
import pytest

from entropylab.numerics.attention import pruning


@pytest.mark.parametrize("kind", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("n", [pruning.MAX_RANKED_LENGTH, pruning.MAX_RANKED_LENGTH + 1])
def test_short_and_long_rows_keep_the_same(n, kind):
    """Ranked key against key, or searched bit by bit: what a stable sort keeps, with ties and zeros of any sign."""
    rng = np.random.default_rng(0)
    w = rng.choice([0.0, -0.0, 1e-30, 0.1, 0.1 + 1e-7, 0.3], size=(50, n))
    w[:, 0] += 0.5
    w = np.asarray(w / w.sum(-1, keepdims=True), kind)
    order = np.argsort(-w, axis=-1, kind="stable")
    for k in (1, 7, n - 1, n):
        expected = np.zeros_like(w)
        kept = order[:, :k]
        np.put_along_axis(expected, kept, np.take_along_axis(w, kept, -1), -1)
        found = pruning.top_k(jnp.asarray(w), k)
        assert found.dtype == kind
        np.testing.assert_allclose(found, expected / expected.sum(-1, keepdims=True), rtol=1e-5)
    np.testing.assert_array_equal(pruning.descending_ranks(jnp.asarray(w)), np.argsort(order, axis=-1))
