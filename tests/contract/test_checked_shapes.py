"""The run-time check of array shapes is really on during the tests."""

import jax.numpy as jnp
import pytest
from jaxtyping import TypeCheckError
from jaxtyping_hook import ANNOTATED

from entropylab.numerics.discrete.simplex import entropy


def test_an_array_of_the_wrong_type_is_refused():
    assert "entropylab.numerics.discrete.simplex" in ANNOTATED
    with pytest.raises(TypeCheckError, match="entropylab.numerics.discrete.simplex.entropy"):
        entropy(jnp.ones(2, int))
    assert float(entropy(jnp.array([0.5, 0.5]))) == pytest.approx(0.6931471805599453, rel=1e-15)
