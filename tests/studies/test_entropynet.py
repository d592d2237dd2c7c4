"""EntropyNet: its loss against the library's own terms, the identity, order and pace; what training does to hulls."""

from __future__ import annotations

from collections import deque

import jax
import numpy as np
import pytest

import entropylab as lab
from entropylab.studies.entropynet import model as model
from entropylab.studies.entropynet.page import PRESETS, TRAIN
from entropylab.studies.entropynet.stages import EVERY, Preprocessing, advance, displaced, entropynet, picture, start
from entropylab.studies.hulls.neural_sort import neural_sort

SMALL = Preprocessing(points=64, batch=8, steps=100, cells=8, seed=1)


@pytest.fixture(scope="module")
def trained():
    """The small run at its end."""
    return deque(entropynet.iter_states(start(SMALL), SMALL, SMALL.steps), maxlen=1)[0]


def test_terms_are_the_librarys():
    """Chamfer and both entropies of a set and a moved one, to float64's rounding."""
    rng = np.random.default_rng(0)
    a, b = rng.random((50, 2)), rng.random((50, 2))
    assert float(model.chamfer_terms(a, b)) == pytest.approx(lab.chamfer(a, b), rel=1e-12)
    anchors = lab.choose_anchors(a, 5)
    found = model.cell_entropy(b, model.Partition(anchors, np.empty(0)), 10.0, "ball")
    assert float(found) == pytest.approx(float(lab.ball_partition(b, anchors)), rel=1e-12)
    planes = lab.choose_halfspaces(a, 3)
    found = model.cell_entropy(b, model.Partition(*planes), 0.1, "halfspace")
    assert float(found) == pytest.approx(float(lab.halfspace_partition(b, *planes)), rel=1e-12)


def test_training_starts_at_the_identity():
    before, after = displaced(start(SMALL), SMALL)
    assert np.array_equal(before, after)
    first = picture(start(SMALL), SMALL)
    assert float(first.area_error) == 0 and float(first.tests_saved) == 1


def test_order_of_points_is_no_matter(trained):
    points = np.random.default_rng(0).random((64, 2)).astype(np.float32)
    turned = np.random.default_rng(1).permutation(64)
    whole, part = (np.asarray(model.apply(trained.net, x)) for x in (points, points[turned]))
    np.testing.assert_allclose(whole[turned], part, atol=1e-6)


def test_pace_does_not_change_the_run():
    """Five steps at once and one by one are the same bits."""
    at_once = advance(start(SMALL), SMALL, EVERY)
    one = start(SMALL)
    for _ in range(EVERY):
        one = advance(one, SMALL, 1)
    for a, b in zip(jax.tree.leaves(at_once.net), jax.tree.leaves(one.net), strict=True):
        assert np.array_equal(a, b)
    assert np.array_equal(at_once.history, one.history, equal_nan=True)


def test_the_entropy_falls_and_the_hull_pays(trained):
    """Held-out sets: less entropy in the same cells, and a hull that is off by far more than Shihab et al.'s 0.11 %."""
    answer = picture(trained, SMALL)
    assert float(answer.entropy_after) < float(answer.entropy_before) - 3 * float(answer.entropy_after_error)
    assert float(answer.area_error) - 3 * float(answer.area_error_error) > 0.01
    before, after = displaced(trained, SMALL)
    errors = [lab.hull_error(a, b) for a, b in zip(before, after, strict=True)]
    assert float(answer.area_error) == pytest.approx(np.mean(errors), rel=1e-12)


def test_without_entropy_nothing_moves():
    """Chamfer and stability are least where nothing moves: the gradient there is 0, and so is every step's."""
    run = advance(start(SMALL), SMALL.replace(entropy_weight=0.0), EVERY)
    before, after = displaced(run, SMALL)
    assert np.array_equal(before, after)


def test_emptied_cells_keep_a_gradient():
    """Cells that no point reaches in float32 add nothing, not NaN, while entropy alone drives the points apart."""
    alone = SMALL.replace(chamfer_weight=0.0, stability_weight=0.0, sharpness=200.0)
    run = deque(entropynet.iter_states(start(alone), alone, 50), maxlen=1)[0]
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(run.net))


def test_neural_sort_sorts_downwards():
    """Rows sum to 1; cold, it is the permutation; warm, the formula of the paper item by item."""
    scores = np.array([0.3, -1.0, 2.0, 0.5])
    cold = np.asarray(neural_sort(scores, 1e-3))
    np.testing.assert_allclose(cold @ scores, np.sort(scores)[::-1], atol=1e-12)
    warm = np.asarray(neural_sort(scores, 0.7))
    for i in range(4):
        z = [((4 + 1 - 2 * (i + 1)) * s - sum(abs(s - other) for other in scores)) / 0.7 for s in scores]
        np.testing.assert_allclose(warm[i], np.exp(z) / np.exp(z).sum(), rtol=1e-12)


def test_presets_are_runs():
    assert all(isinstance(preset.question, Preprocessing) for preset in PRESETS)
    assert TRAIN.training is entropynet
