"""The small vision transformer, its penalties and pruning: by hand, by a slow twin, by finite differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from entropylab import attention_ball_entropy, attention_entropy, row_entropy_penalty, threshold_rows
from entropylab.numerics import fit
from entropylab.problems.images.digits import FOLDS, load_fold
from entropylab.studies.attention.models import checkpoints, image_training, pruning, vision_transformer
from entropylab.studies.attention.models.multiplications import VIT_B16, flops
from entropylab.studies.attention.models.regularizers import (
    MAPS,
    PENALTIES,
    Method,
    annealed_weight,
    encode,
    patch_memberships,
    penalty,
    row_map,
    specialize,
)
from entropylab.studies.attention.models.transformer import Size


def slow(weights, patches, threshold):
    """The forward pass of one image with loops over heads and queries, in float64."""
    w = jax.tree.map(lambda a: np.asarray(a, np.float64), weights)
    norm = lambda x, g, b: (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * g + b  # noqa: E731
    gelu = lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))  # noqa: E731
    x = np.concatenate([w["class"][None], patches @ w["patch"] + w["patch_shift"]]) + w["place"]
    maps = []
    for layer in range(2):
        b = {key: value[layer] for key, value in w["blocks"].items()}
        q, k, v = np.split(norm(x, b["norm1_scale"], b["norm1_shift"]) @ b["qkv"] + b["qkv_shift"], 3, axis=-1)
        mixed, held = np.zeros_like(x), np.zeros((4, len(x), len(x)))
        for head in range(4):
            own = slice(8 * head, 8 * head + 8)
            for i in range(len(x)):
                row = np.exp([q[i, own] @ k[j, own] / np.sqrt(8) for j in range(len(x))])
                row /= row.sum()
                row = np.where((row >= threshold) | (row == row.max()), row, 0)
                held[head, i] = row / row.sum()
                mixed[i, own] = held[head, i] @ v[:, own]
        x = x + mixed @ b["mix"] + b["mix_shift"]
        inner = gelu(norm(x, b["norm2_scale"], b["norm2_shift"]) @ b["inner"] + b["inner_shift"])
        x = x + inner @ b["outer"] + b["outer_shift"]
        maps.append(held)
    return norm(x[0], w["norm_scale"], w["norm_shift"]) @ w["head"] + w["head_shift"], np.array(maps)


@pytest.mark.parametrize("threshold", [0.0, 0.05])
def test_forward_pass_meets_the_loops(threshold):
    weights = jax.tree.map(lambda w: np.asarray(w)[1], checkpoints.load("digits", "none").weights)
    patches = vision_transformer.patches(load_fold("digits", 1).test_images[:1])
    scores, attention = pruning.pruned_attention(weights, patches, 0, 3, jnp.float32(threshold), 37)
    expected, maps = slow(weights, patches[0], threshold)
    np.testing.assert_allclose(attention[:, 0], maps, atol=2e-5)  # float32 against float64
    np.testing.assert_allclose(scores[0], expected, atol=1e-3)


def test_patches_go_row_by_row():
    image = np.arange(64.0).reshape(1, 8, 8)
    assert vision_transformer.patches(image)[0, 1].tolist() == [2, 3, 10, 11]
    assert vision_transformer.patches(image)[0, 4].tolist() == [16, 17, 24, 25]


def test_penalties_are_those_of_the_library():
    weights = jax.nn.softmax(3 * jax.random.normal(jax.random.key(0), (2, 3, 4, 17, 17), jnp.float32), -1)
    shares = patch_memberships(17)
    paid = {name: float(penalty(i, weights, shares)) for i, name in enumerate(PENALTIES)}
    assert paid["none"] == 0 and paid["L1"] == pytest.approx(1, abs=1e-6)
    assert paid["L2"] == pytest.approx(float((weights**2).sum(-1).mean()), rel=1e-5)
    assert paid["Shannon"] == pytest.approx(float(row_entropy_penalty(weights, gamma=1.0)), rel=1e-5)
    places = np.array([[9.0, 9.0]] + [[r, c] for r in range(4) for c in range(4)])
    anchors = np.array([[9.0, 9.0]] + [[r, c] for r in (0.5, 2.5) for c in (0.5, 2.5)])
    ball = attention_ball_entropy(weights, places, anchors, sharpness=4.0).mean() / np.log(5)
    assert paid["ball"] == pytest.approx(float(ball), rel=1e-4)


def test_l1_pulls_nowhere_and_l2_spreads():
    """Scores of distinct size: down the slope of L1 nothing moves, down that of L2 the entropy rises."""
    scores = jnp.array([[0.0, 1.0, 2.0, 4.0]])
    paid = lambda z, kind: penalty(kind, jax.nn.softmax(z), np.eye(4, dtype=np.float32))  # noqa: E731
    slopes = jax.jit(jax.grad(paid))
    slope = lambda kind: slopes(scores, PENALTIES.index(kind))  # noqa: E731
    assert float(jnp.abs(slope("L1")).max()) < 1e-6
    before = float(attention_entropy(jax.nn.softmax(scores))[0])
    after = {kind: float(attention_entropy(jax.nn.softmax(scores - slope(kind)))[0]) for kind in ("L2", "Shannon")}
    assert after["L2"] > before + 0.01 > before - 0.01 > after["Shannon"]


def test_every_map_through_one_program():
    scores = 2 * jax.random.normal(jax.random.key(1), (5, 9), jnp.float32)
    run = jax.jit(lambda kind, k: row_map(kind, k)(scores))
    found = [run(kind, 3) for kind in range(len(MAPS))]
    assert run._cache_size() == 1
    for weights in found:
        np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-6)
    assert [int((weights[0] > 0).sum()) for weights in found][::3] == [9, 3]


@pytest.mark.parametrize(("begin", "full", "expected"), [(0, 0, [1, 1, 1]), (0, 0.2, [0, 1, 1]), (0.5, 0.8, [0, 0, 1])])
def test_schedules(begin, full, expected):
    made = encode(Method(gamma=2.0, begin=begin, full=full))
    assert [float(annealed_weight(made, share)) for share in (0.0, 0.5, 0.9)] == [2 * one for one in expected]


def test_multiplications_of_vit_b16():
    """17.6 thousand million multiplications, as published for ViT-B/16 at 224 pixels; the map's share n / (n + 6 d)."""
    found = flops(VIT_B16)
    assert found.total == pytest.approx(17.56e9, rel=5e-3)
    blocks = found.total - found.ends
    assert (found.scores + found.mixing) / blocks == pytest.approx(197 / (197 + 6 * 768), rel=1e-12)
    assert found.saved(0.8, scores_too=True) < 0.034 and found.saved(1.0) == pytest.approx(found.map_share / 2)


def test_multiplications_of_a_tiny_block_by_hand():
    """3 tokens, width 2, hidden 5, one layer: 3*3*2 twice, 4*3*2*2, 2*3*2*5; 2 patches of 4 into 2, 2 into 7."""
    assert flops(Size(3, 4, 7, width=2, layers=1, hidden=5)) == (18, 18, 48, 60, 16 + 14)


def test_folds_share_no_digit():
    seen = [load_fold("digits", fold) for fold in range(FOLDS)]
    tests = np.concatenate([fold.test_images for fold in seen]).reshape(-1, 64)
    assert len(tests) == 1795
    for fold in seen:
        here = {row.tobytes() for row in fold.images.reshape(-1, 64)}
        assert len(fold.images) == 1077 and not any(row.tobytes() in here for row in fold.test_images.reshape(-1, 64))
        assert np.bincount(fold.test_labels).min() >= 34  # every class, in equal parts


def test_cluttered_strokes_are_in_the_image():
    fold = load_fold("cluttered digits", 0)
    assert fold.side == 12 and (fold.test_images >= fold.strokes - 1e-6).all()
    assert fold.test_images.min() >= 0 and fold.test_images.max() <= 1
    assert 0.1 < fold.object_patches().mean() < 0.3


@pytest.mark.slow
def test_a_slow_and_a_fast_chunk_are_one_training():
    """Ten steps in one chunk or in two, and again: the same weights, bit for bit; the loss falls."""
    fold = load_fold("digits", 0)
    data = image_training.images(vision_transformer.patches(fold.images), fold.labels.astype(np.int32))
    method = Method(penalty="Shannon", gamma=0.3)
    go = lambda progress, count: image_training.train_steps(progress, data, method, 40, count)  # noqa: E731
    start = image_training.init_training(0, 17)
    whole, first = go(start, 10)
    half, _ = go(go(start, 5)[0], 5)
    for a, b in zip(jax.tree.leaves(whole.weights), jax.tree.leaves(half.weights), strict=True):
        assert a.dtype == jnp.float32 and np.array_equal(a, b)
    compiled = fit.train_steps._cache_size()
    last, told = image_training.train_steps(whole, data, method._replace(gamma=3.0, map="entmax"), 50, 30)
    assert fit.train_steps._cache_size() == compiled  # methods, strengths and lengths compile nothing
    assert float(told["cross"]) < float(first["cross"]) and int(last.step) == 40
    assert told["entropy"].shape == (2, 4)


def test_shipped_weights_are_small_and_their_curves_are_theirs():
    for images in checkpoints.STEPS:
        assert {file.stat().st_size < 200_000 for file in checkpoints.FOLDER.glob("*.npz")} == {True}
        sparsity, correct = checkpoints.stored_curves(images)["entmax"]
        found = checkpoints.pruned(images, "entmax", float(checkpoints.THRESHOLDS[20]), 37)
        np.testing.assert_allclose(found.sparsity, sparsity[20], atol=1e-4)
        # a weight at the threshold may fall on either side on another machine: few answers move with it
        assert (np.asarray(found.correct) != correct[20]).mean() < 0.01


def test_pruning_is_the_librarys():
    weights = jax.tree.map(lambda w: np.asarray(w)[0], checkpoints.load("digits", "none").weights)
    patches = vision_transformer.patches(load_fold("digits", 0).test_images[:3])
    whole = pruning.pruned_attention(weights, patches, 0, 3, jnp.float32(0), 37)[1][
        0
    ]  # the first layer, before anything is cut
    cut = pruning.pruned_attention(weights, patches, 0, 3, jnp.float32(0.08), 37)[1][0]
    np.testing.assert_allclose(cut, threshold_rows(whole, threshold=0.08), atol=1e-6)
    assert (cut > 0).any(-1).all()


@pytest.mark.parametrize("name", ["none", "top-k", "sparsemax", "entmax"])
@pytest.mark.parametrize("threshold, keep", [(1e-4, 37), (0.05, 37), (0.03, 6), (0.9, 1)])
@pytest.mark.slow
def test_answers_from_where_pruning_begins_are_those_of_whole_maps(name, threshold, keep):
    """Another order of sums only: an answer that two digits share may turn, one of 1795."""
    found = checkpoints.pruned("cluttered digits", name, threshold, keep)
    weights, made, (patches, labels) = (
        checkpoints.load("cluttered digits", name).weights, checkpoints.choice_for("cluttered digits", name),
        checkpoints.test_set("cluttered digits"),
    )  # fmt: skip
    for m in (0, 3):
        own = jax.tree.map(lambda w, m=m: np.asarray(w)[m], weights)
        shown, cut = np.asarray(patches)[m], (jnp.float32(threshold), jnp.int32(keep))
        scores, attention = pruning.pruned_attention(own, shown, made.map, made.k[m], *cut)
        assert (np.asarray(scores.argmax(-1) == labels[m]) != np.asarray(found.correct[m])).sum() <= 1
        assert float(found.sparsity[m]) == pytest.approx((np.asarray(attention) == 0).mean(), abs=3e-6)


@pytest.mark.slow
def test_a_settled_method_trains_as_a_traced_one():
    """Map and penalty compiled in: the same steps to rounding; one program for each pair, whatever else it is given."""
    fold = load_fold("digits", 0)
    data = image_training.images(vision_transformer.patches(fold.images), fold.labels.astype(np.int32))
    method = Method(map="sparsemax", penalty="Shannon", gamma=0.3, full=0.0)
    made, start = encode(method), image_training.init_training(0, 17)
    traced, told = image_training.train_steps(start, data, method, 40, 5)
    fixed = specialize(image_training.objective, int(made.map), int(made.penalty))
    assert fixed is specialize(image_training.objective, MAPS.index("sparsemax"), PENALTIES.index("Shannon"))
    found, again = fit.train_steps(start, data, made, jnp.float32(40), 5, fixed, image_training.batch)
    assert float(again["penalty"]) == pytest.approx(float(told["penalty"]), rel=1e-4)
    for a, b in zip(jax.tree.leaves(found.weights), jax.tree.leaves(traced.weights), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3)  # Adam's first steps are signs: rounding turns the smallest slopes
