"""The page Attention: its numbers against independent computation, its intervals, its presets, its training."""

import json

import numpy as np
import pytest
from scipy.stats import hypergeom, ttest_1samp, ttest_rel

from entropylab import attention_rollout
from entropylab.knobs import format_levels
from entropylab.problems.images.digits import load_fold
from entropylab.studies.attention import step_times
from entropylab.studies.attention import text as attention_text
from entropylab.studies.attention.experiment import attention
from entropylab.studies.attention.models import checkpoints
from entropylab.studies.attention.models.pruning import at_sparsity
from entropylab.studies.attention.overlap import centre_prior, chance_level, masses, overlaps
from entropylab.studies.attention.page import PAGE
from entropylab.studies.attention.stages import NAMES, Attention
from entropylab.studies.attention.statistics import GRID, image_interval, model_interval
from entropylab.studies.attention.tables import languages
from entropylab.studies.attention.training_page import TRAIN
from entropylab.studies.attention.training_stages import AttentionTraining, attention_training


@pytest.fixture(scope="module")
def answer():
    return attention(Attention(query="class token", threshold=0.2))


def test_overlap_by_hand():
    maps = np.array([[0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25], [0.7, 0.1, 0.1, 0.1]])
    masks = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]], dtype=bool)
    np.testing.assert_allclose(overlaps(maps, masks), [1, 0, 1 / 3, np.nan])
    np.testing.assert_allclose(masses(maps, masks), [0.7, 0.3, 0.5, np.nan])


def test_chance_is_what_random_maps_reach():
    rng = np.random.default_rng(0)
    masks = rng.random((4000, 16)) < 0.4
    drawn = overlaps(rng.random((4000, 16)), masks)
    assert np.nanmean(drawn) == pytest.approx(chance_level(masks), abs=4 * np.nanstd(drawn) / 4000**0.5)
    one = np.arange(16)[None] < 3
    by_hand = sum(hypergeom.pmf(h, 16, 3, 3) * h / (6 - h) for h in range(4))
    assert chance_level(one) == pytest.approx(by_hand)
    assert centre_prior(16).argmax() in (5, 6, 9, 10)


def test_accuracy_at_a_sparsity_is_linear_between_thresholds():
    correct = np.array([[[1, 1]], [[1, 0]], [[0, 0]]], dtype=bool)  # thresholds, one model, two images
    sparsity = np.array([[0.1], [0.5], [0.9]])
    assert at_sparsity(sparsity, correct, 70.0).tolist() == [[50, 0]]
    assert at_sparsity(sparsity, correct, 0.0).tolist() == [[100, 100]]  # already sparser: taken as it is
    assert np.isnan(at_sparsity(sparsity, correct, 95.0)).all()


def test_intervals():
    """Over models: that of a paired t-test. Over images: that of a bootstrap, within the noise of its 2000 draws."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 5))
    mean, error = model_interval(a - b)
    interval = ttest_rel(a, b).confidence_interval(0.95)
    assert (mean - 1.96 * error, mean + 1.96 * error) == pytest.approx((interval.low, interval.high))
    paired = rng.choice([-100.0, 0.0, 100.0], size=(5, 359), p=[0.05, 0.85, 0.1])
    drawn = np.mean([row[rng.integers(0, 359, (2000, 359))].mean(1) for row in paired], axis=0)
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert image_interval(paired) == pytest.approx((high - low) / 2, rel=0.08)


def test_paired_difference_is_that_of_the_pruned_models(answer):
    """Straight from the right answers of both methods at the threshold."""
    right = [100.0 * np.asarray(checkpoints.pruned("digits", name, 0.2, 37).correct) for name in ("Shannon", "none")]
    gaps = right[0].mean(1) - right[1].mean(1)
    assert float(answer.difference) == pytest.approx(gaps.mean(), abs=1e-6)
    assert 1.96 * float(answer.difference_error) == pytest.approx(2.776 * gaps.std(ddof=1) / 5**0.5, rel=1e-3)
    assert float(answer.accuracy) - float(answer.other_accuracy) == pytest.approx(float(answer.difference), abs=1e-6)
    assert float(answer.difference) > 5  # the point of the page: at 0.2 the penalty pays


def test_maps_are_rows_and_rolled_out(answer):
    matrix = answer.matrix.values
    np.testing.assert_allclose(matrix.sum(1), 1, atol=1e-12)
    np.testing.assert_allclose(answer["map"].values.ravel(), matrix[0, 1:])
    np.testing.assert_allclose(answer["map"].sum() + answer.on_class, 1, atol=1e-12)
    np.testing.assert_allclose(answer.heads.values[1].mean(0), answer["map"].values, atol=1e-12)
    row = matrix[0][matrix[0] > 0]
    assert float(answer.row_entropy) == pytest.approx(-(row * np.log(row)).sum())
    assert attention_rollout is not None and 0 < float(answer.rollout.sum()) < 1


def test_the_mark_points_at_its_patch():
    """x to the right, y upwards: the upper right corner is patch 4 of the first row, token 4."""
    corner = attention.stages[0](Attention(x=0.99, y=0.99))
    np.testing.assert_allclose(corner["map"].values.ravel(), corner.matrix.values[4, 1:])
    assert corner.place.values.tolist() == [0.875, 0.875]


def test_what_the_seed_claims_and_what_is_so(answer):
    """The stored models, with room for another processor: L1 is none, L2 worse, entropy pays at 90 %."""
    at = {level: int(np.argmin(np.abs(GRID - level))) for level in (0, 80, 90)}
    mean = {name: answer.accuracy_over_sparsity.values[i] for i, name in enumerate(NAMES)}
    assert abs(mean["L1"][at[80]] - mean["none"][at[80]]) < 0.5
    assert mean["L2"][at[80]] < mean["none"][at[80]] - 1
    assert mean["Shannon"][at[90]] > mean["none"][at[90]] + 8
    assert float(answer.vit_b16_saved) < 3.4
    assert float(answer.iou.max()) < 0.73
    assert float(answer.chance_level) == pytest.approx(float(answer.random_map), abs=0.02)


def test_a_drawn_digit_stands_in_for_the_test_image(answer):
    """A test image written as a drawing gives the same maps; on larger images it stands in the middle."""
    ink = np.round(16 * load_fold("digits", 0).test_images[0]).astype(int)
    mine = Attention(query="class token", threshold=0.2, drawn=format_levels(ink.ravel()), image=7)
    found = attention.stages[0](mine)
    np.testing.assert_array_equal(found["map"], answer["map"])
    assert float(found.reads) == float(answer.reads) and np.isnan(float(found.written))
    assert PAGE.idle(mine) == {"image", "x", "y"}
    wide = attention.stages[0](mine.replace(images="cluttered digits"))
    np.testing.assert_array_equal(wide.picture[2:10, 2:10], ink / 16)
    assert float(wide.picture.sum()) == ink.sum() / 16


def test_text_and_times_are_the_stored_runs(answer):
    """Perplexity is the exponential of nats a character; speeds are ratios within a block; intervals are Student's."""
    told, times = json.loads(attention_text.FILE.read_text()), step_times.stored()
    i = NAMES.index("Shannon")
    runs = np.exp(told["Shannon"]["cross"])
    assert len(runs) == attention_text.SEEDS
    assert float(answer.text_perplexity[i]) == pytest.approx(runs.mean())
    interval = ttest_1samp(runs, 0).confidence_interval(0.95)
    assert float(answer.text_perplexity_half[i]) == pytest.approx((interval.high - interval.low) / 2)
    ratios = np.array(times["text"]["none"]) / times["text"]["Shannon"]
    np.testing.assert_allclose(answer.text_speed_runs[i], ratios)
    np.testing.assert_allclose(answer.text_speed_runs[NAMES.index("none")], 1)
    np.testing.assert_allclose(answer.ball_shares.sum("part"), 100)
    table = languages(answer)
    assert [row[0].text for row in table.rows] == list(NAMES) and table.marked == {NAMES.index("none"), i}


def test_what_the_seed_says_of_text_and_cost(answer):
    """Stored: no penalty is faster than dense, by as much as the clock can tell; L1 is dense to the last character."""
    speed = answer.text_speed.values
    penalties = [NAMES.index(name) for name in ("L1", "L2", "Shannon", "ball")]
    assert (speed[penalties] - answer.text_speed_half.values[penalties] < 1.1).all()
    l1, none = (answer.text_perplexity.values[NAMES.index(name)] for name in ("L1", "none"))
    assert l1 == pytest.approx(none, rel=5e-3)
    assert float(answer.text_zeros[NAMES.index("Shannon")]) > float(answer.text_zeros[NAMES.index("none")])


@pytest.mark.parametrize("preset", PAGE.presets, ids=lambda preset: preset.name)
@pytest.mark.slow
def test_presets_are_answered(preset):
    found = attention.combine(preset.question, [stage(preset.question) for stage in attention.stages[:3]])
    assert np.isfinite(float(found.accuracy)) and len(PAGE.formula(found)) == 2
    assert PAGE.idle(preset.question) <= set(PAGE.question.knobs())


@pytest.mark.slow
def test_a_run_is_the_same_by_any_pace():
    question = AttentionTraining(steps=50)
    whole = attention_training(question)
    state = attention_training.start(question)
    for count in (3, 7, 10, 20, 10):
        for reached in attention_training.iter_states(state, question, count):
            state = reached
    again = attention_training.picture(state, question)
    for name in again:
        np.testing.assert_array_equal(whole[name], again[name], err_msg=name)
    assert float(whole.accuracy) > 30 and float(whole.step) == 50
    assert whole.accuracy_over_steps.shape == (6,) and len(TRAIN.formula(whole)) == 2


@pytest.mark.slow
def test_l1_trains_as_none_does():
    """The penalty's gradient is rounding: after 50 steps the answers are nearly the same."""
    runs = [attention_training(AttentionTraining(steps=50, penalty=penalty)) for penalty in ("none", "L1")]
    assert abs(float(runs[0].accuracy) - float(runs[1].accuracy)) < 1
    assert float(runs[0].row_entropy) == pytest.approx(float(runs[1].row_entropy), abs=1e-3)
