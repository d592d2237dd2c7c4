"""NaN in, NaN out: under a trace, where nothing can be refused, no missing number becomes an entropy."""

import math

import contract_inputs as inputs
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import entropylab as lab
from entropylab.estimators import CATALOGUE
from entropylab.models.cell_loss import binary_entropy
from entropylab.numerics import simplex

DIFFERENTIABLE = [card for card in CATALOGUE.values() if card.differentiable]
pytestmark = pytest.mark.filterwarnings("ignore::entropylab.numerics.check.EstimateWarning")


def holed(x, place=0):
    """`x` with a NaN for one number."""
    x = np.array(x)
    x.flat[place] = np.nan
    return x


@pytest.mark.parametrize("card", DIFFERENTIABLE, ids=lambda card: card.name)
def test_nan_in_any_argument_is_nan_in_value_and_gradient(card, monkeypatch):
    """In samples so large that compiled maxima and minima are those of vectors, which lose NaN."""
    monkeypatch.setattr(inputs, "N", 500)
    leaves, tree = jax.tree.flatten(inputs.sample(card.takes))
    real = [i for i, x in enumerate(leaves) if np.asarray(x).dtype.kind == "f"]

    @jax.jit
    @jax.value_and_grad
    def both(numbers):
        found = list(leaves)
        for i, x in zip(real, numbers, strict=True):
            found[i] = x
        return card.function(*jax.tree.unflatten(tree, found))

    clean = [np.asarray(leaves[i]) for i in real]
    value, slopes = both(clean)
    assert np.isfinite(value) and all(np.isfinite(slope).all() for slope in slopes)
    for i, x in enumerate(clean):
        value, slopes = both([*clean[:i], holed(x), *clean[i + 1 :]])
        assert math.isnan(value)
        assert any(np.isnan(slope).any() for slope in slopes)


def test_nan_passes_compiled_lanes():
    """float32 on a CPU, where XLA hands the work to compiled loops whose minima and bounds compare with NaN."""
    rng = np.random.default_rng(0)
    points, anchors = rng.normal(size=(70, 2)).astype("f4"), rng.normal(size=(5, 2)).astype("f4")
    both = jax.jit(jax.value_and_grad(lab.ball_partition, argnums=(0, 1)))
    for args in ((holed(points, 138), anchors), (points, holed(anchors, 9))):
        value, slopes = both(*args)
        assert math.isnan(value) and all(np.isnan(slope).any() for slope in slopes)
    queries, keys = rng.normal(size=(2, 40, 8)).astype("f4")
    rows = jax.jit(lab.attention_entropy_of, static_argnames="causal")
    assert np.isnan(rows(queries, holed(keys, 39 * 8))).all()
    assert (np.isnan(rows(holed(queries, 3 * 8), keys)) == (np.arange(40) == 3)).all()
    # a key that only the last rows see
    assert (np.isnan(rows(queries, holed(keys, 37 * 8 + 2), causal=True)) == (np.arange(40) >= 37)).all()


ROWS = np.random.default_rng(0).dirichlet(np.full(64, 0.5), size=64)
SUMMARIES = {
    "attention_entropy": lab.attention_entropy,
    "row_entropy_penalty": lab.row_entropy_penalty,
    "attention_ball_entropy": lambda w: lab.attention_ball_entropy(w, np.eye(64, 2), np.eye(2)),
    "sparsity": lab.sparsity,
    "prune": lab.prune,
    "keep_top": lambda w: lab.keep_top(w, 2),
    "rollout": lambda w: lab.rollout(w[None]),
    "sparsemax": lab.sparsemax,
    "entmax15": lab.entmax15,
}


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_nan_weight_makes_its_row_nan(name):
    function = SUMMARIES[name]
    assert np.isnan(np.asarray(jax.jit(function)(holed(ROWS, 5)))).any()
    assert np.isfinite(np.asarray(jax.jit(function)(ROWS))).all()
    if name != "sparsity":  # a count, which has no slope
        assert np.isnan(
            jax.jit(jax.grad(lambda w: function(w).ravel() @ jnp.arange(function(w).size)))(holed(ROWS, 5))
        ).any()
    with pytest.raises(ValueError, match="finite"):
        function(holed(ROWS, 5))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.integers(0, 5), st.sampled_from([math.nan, -1e-9, -0.5]))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_what_is_no_probability_has_no_entropy(weights, place, other):
    p = np.array(weights)
    expected = -sum(x * math.log(x) for x in weights if x > 0)
    assert float(simplex.entropy(jnp.asarray(p))) == pytest.approx(expected, rel=1e-14, abs=1e-15)
    p[place % len(p)] = other
    value, slope = jax.value_and_grad(lambda p: simplex.entropy(p))(jnp.asarray(p))
    assert math.isnan(value) and math.isnan(slope[place % len(p)])


@pytest.mark.parametrize("name", ["mixture_monte_carlo", "mixture_centers", "mixture_pairwise", "mixture_elk"])
def test_a_box_without_a_place_has_no_entropy(name):
    rng = np.random.default_rng(0)
    arrays = np.full(3, 1 / 3), rng.normal(size=(3, 2)), rng.uniform(1, 2, (3, 2))
    value = jax.jit(lambda *arrays: getattr(lab, name)(lab.Mixture(*arrays, family="uniform")))
    assert math.isfinite(value(*arrays))
    for i in range(3):
        assert math.isnan(value(*arrays[:i], holed(arrays[i]), *arrays[i + 1 :]))


def test_slopes_at_the_faces_are_zero():
    assert (jax.grad(lambda p: simplex.entropy(p))(jnp.array([0.0, -0.0, 1.0])) == jnp.array([0.0, 0.0, -1.0])).all()
    assert jax.grad(binary_entropy)(0.0) == 0 and jax.grad(binary_entropy)(1.0) == 0
    assert math.isnan(binary_entropy(jnp.nan)) and math.isnan(jax.grad(binary_entropy)(jnp.nan))


NO_DISTRIBUTIONS = {
    "logits": (np.array([[3.0, -2.0], [1.0, 0.5]]), "at least 0"),
    "ten times": (ROWS * 10, "sum to 1"),
    "negative": (np.array([[-0.5, 1.5]]), "at least 0"),
    "zero rows": (np.zeros((2, 3)), "sum to 1"),
    "NaN": (holed(ROWS), "finite numbers"),
    "no rows": (np.empty((0, 3)), "and some"),
}


@pytest.mark.parametrize("weights, says", NO_DISTRIBUTIONS.values(), ids=NO_DISTRIBUTIONS)
def test_the_penalty_refuses_what_the_entropy_refuses(weights, says):
    for function in (
        lab.attention_entropy,
        lab.row_entropy_penalty,
        lambda w: lab.row_entropy_penalty([ROWS, {"w": w}]),
    ):
        with pytest.raises(ValueError, match=says):
            function(weights)
