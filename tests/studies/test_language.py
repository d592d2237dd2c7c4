"""The causal model of characters: it sees no future, its perplexity is that of its scores, and it learns."""

import jax
import numpy as np
import pytest

from entropylab.studies.attention.language_stages import Language, language
from entropylab.studies.attention.models import language as model
from entropylab.studies.attention.models.methods import METHODS
from entropylab.studies.attention.models.regularizers import encode, sequence_memberships, specialize


def test_a_later_character_changes_nothing_before_it():
    weights = model.init(jax.random.key(0), 50)
    text = np.arange(40).reshape(1, 40) % 50
    other = text.copy()
    other[0, 25] = 3
    run = jax.jit(lambda text: model.apply(weights, text, jax.nn.softmax))
    (a, maps), (b, _) = jax.device_get((run(text), run(other)))
    np.testing.assert_array_equal(a[0, :25], b[0, :25])
    assert not np.allclose(a[0, 25], b[0, 25])
    assert (np.triu(maps[0, 0, 0], 1) == 0).all()


@pytest.mark.slow
def test_a_run_learns_and_prunes():
    """Five steps, through rows of one key, beat guessing; perplexity is the exponential of nats a character."""
    train, held, characters = model.corpus()
    assert len(held) == pytest.approx(0.1 * (len(train) + len(held)), abs=1) and 60 < characters < 300
    found = language(Language(steps=5, threshold=0.1))
    assert float(found.cross) < np.log(characters)
    assert float(found.perplexity) == pytest.approx(np.exp(float(found.cross)))
    assert float(found.perplexity_error) > 0 and float(found.pruned_sparsity) > float(found.sparsity) == 0


def test_l1_has_no_slope():
    """The L1 norm of a softmax row is 1: its slope is rounding, ten thousand times below that of the text."""
    weights = model.init(jax.random.key(0), 60)
    drawn = model.Text(np.arange(model.LENGTH + 1)[None] * 7 % 60, sequence_memberships(model.LENGTH))
    made = encode(METHODS["L1"]._replace(full=0.0))
    cost = specialize(model.objective, int(made.map), int(made.penalty))  # as in training
    slope = jax.jit(jax.grad(lambda weights, gamma: cost(weights, drawn, made._replace(gamma=gamma), 1.0)[0]))
    plain, penalised = (jax.device_get(slope(weights, np.float32(gamma))) for gamma in (0, 1))
    size = max(float(abs(part).max()) for part in jax.tree.leaves(plain))
    for a, b in zip(jax.tree.leaves(plain), jax.tree.leaves(penalised), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4 * size)
