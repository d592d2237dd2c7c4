"""What models are given was chosen on folds of their own: disjoint folds, best scores, a value for each model."""

import jax
import numpy as np
import pytest

from entropylab.problems.images.digits import FOLDS, IMAGE_SETS, load_fold
from entropylab.studies.attention.models import checkpoints, selection
from entropylab.studies.attention.models.methods import METHODS, best, grid, selected_setting, stored_scores


def test_no_digit_is_in_two_of_the_three_parts():
    for number in range(FOLDS):
        fold = load_fold("digits", number)
        parts = [fold.images, fold.choice_images, fold.test_images]
        seen = [{row.tobytes() for row in part.reshape(-1, 64)} for part in parts]
        assert not seen[0] & seen[1] and not seen[0] & seen[2] and not seen[1] & seen[2]
        assert len(fold.choice_labels) == 359 and np.bincount(fold.choice_labels).min() >= 34
    cluttered = load_fold("cluttered digits", 0)
    assert cluttered.choice_images.shape == (359, 12, 12)
    np.testing.assert_array_equal(cluttered.choice_labels, load_fold("digits", 0).choice_labels)


@pytest.mark.parametrize("images", IMAGE_SETS)
def test_every_model_has_the_best_of_what_was_tried(images):
    scores = stored_scores(images)
    for name in selection.SELECTED_METHODS:
        assert set(scores[name]) == {f"{value:g}" for value in grid(images, name)}
        for model, value in enumerate(best(images, name, scores)):
            assert scores[name][f"{value:g}"][model] == max(column[model] for column in scores[name].values())
    for name in METHODS:
        gamma = checkpoints.choice_for(images, name).gamma
        assert gamma.shape == (FOLDS,) and (gamma > 0).all() == (METHODS[name].penalty != "none")
    assert (selected_setting(images, "L2").gamma == selected_setting(images, "Shannon").gamma.max()).all()


def test_ties_go_to_the_mildest():
    scores = {"Shannon": {"0.1": [90.0, 80.0], "0.3": [90.0, 85.0], "1": [80.0, 85.0]}}
    assert best("digits", "Shannon", scores).tolist() == [0.1, 0.3]


def test_stored_scores_are_those_of_the_stored_models():
    """The score again from the models themselves: they are the ones that won, to the answers that rounding turns."""
    setting = selected_setting("digits", "ball")
    found = selection.score("digits", "ball", checkpoints.load("digits", "ball"), setting)
    expected = [stored_scores("digits")["ball"][f"{g:g}"][i] for i, g in enumerate(setting.gamma)]
    np.testing.assert_allclose(found, expected, atol=0.6)  # two of 359 answers


def test_what_has_scores_takes_part_without_being_trained_again(monkeypatch):
    """One value of "ball" is new: it alone is trained, and each model is the stored one or the new by its scores."""
    scores = {name: dict(told) for name, told in stored_scores("digits").items()}
    new = scores["ball"].pop("0.1")
    winner = int(np.argmax(new))
    better = [score + (100 if model == winner else -100) for model, score in enumerate(new)]
    asked, kept = [], {}
    monkeypatch.setattr(selection, "stored_scores", lambda images: scores)
    monkeypatch.setattr(selection, "store_scores", lambda images, found: kept.update(scores=found))
    monkeypatch.setattr(selection, "score", lambda *told: better)
    monkeypatch.setattr(checkpoints, "train", lambda *told: asked.append(told[1:3]) or checkpoints.load("digits", "L2"))
    monkeypatch.setattr(checkpoints, "store", lambda images, name, made: kept.update({name: made}))
    monkeypatch.setattr(checkpoints, "store_curves", lambda images: None)
    assert [told[:2] for told in selection.select("digits")] == [("ball", 0.1)]
    assert [name for name, _ in asked] == ["ball"] and (asked[0][1].gamma == 0.1).all()
    assert kept["scores"]["ball"] == scores["ball"] | {"0.1": better} and set(kept) == {"scores", "ball"}
    for model in range(FOLDS):
        expected = checkpoints.load("digits", "L2" if model == winner else "ball").weights["head"][model]
        np.testing.assert_array_equal(kept["ball"].weights["head"][model], expected)


def test_assembled_models_are_the_chosen_runs():
    runs = [checkpoints.load("digits", name) for name in ("none", "L2", "ball")]
    made = selection.assemble(runs, [0, 2, 1, 1, 0])
    for model, run in enumerate([0, 2, 1, 1, 0]):
        jax.tree.map(lambda a, b, m=model: np.testing.assert_array_equal(a[m], b[m]), made.weights, runs[run].weights)
        np.testing.assert_array_equal(made.entropy[:, model], runs[run].entropy[:, model])
        np.testing.assert_array_equal(made.cross[:, model], runs[run].cross[:, model])
