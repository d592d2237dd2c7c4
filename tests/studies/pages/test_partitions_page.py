"""The data behind the Partitions page: tables against the library, bounds, grips, elbows, the collapse, the scale."""

from __future__ import annotations

import math

import jax
import numpy as np
import optax
import pytest

import entropylab as lab
from entropylab.knobs import parse_points
from entropylab.problems.points.sets import CLUSTERED, POINT_SETS, labelled_points
from entropylab.studies.partitions.collapse import STEPS, descent, gradient
from entropylab.studies.partitions.experiment import partitions
from entropylab.studies.partitions.memberships import FAMILIES, hard_surprises, make_partition, soft_and_own
from entropylab.studies.partitions.page import PAGE
from entropylab.studies.partitions.parameters import CHOICE, POINTS, Partitions

STAGES = {stage.name: stage for stage in partitions.stages}
SMALL = Partitions(samples=300)
RULES = dict(anchors=4, anchor_choice="k-means", halfspaces=3, halfspace_choice="principal", moved={}, seed=0)


def library(found, x, hardness):
    """Soft and hard entropy by the estimators themselves."""
    if found.family == "ball":
        return lab.ball_partition(x, found.first, sharpness=hardness), lab.hard_ball_partition(x, found.first)
    planes = found.first, found.second
    soft = {"slab": lab.slab_partition, "halfspace": lab.halfspace_partition, "box": lab.box_partition}[found.family]
    hard = {"slab": lab.hard_slab_partition, "halfspace": lab.hard_halfspace_partition, "box": lab.hard_box_partition}
    knob = "sharpness" if found.family == "slab" else "temperature"
    return soft(x, *planes, **{knob: hardness}), hard[found.family](x, *planes)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("d", [2, 5])
def test_tables_are_the_estimators(family, d):
    x, _ = labelled_points("clusters", samples=300, dimension=d)
    found = make_partition(x, family, **RULES)
    scores = found.scores(x)
    soft, hard = library(found, x, 0.7)
    assert soft_and_own(found, scores, 0.7)[0].mean() == pytest.approx(float(soft), rel=1e-12)
    assert hard_surprises(found.own(scores)).mean() == pytest.approx(hard, rel=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_gap_stays_within_the_certificate(family):
    """At every softness of the picture, for blurred and for clear data."""
    for data in ("uniform", "clusters"):
        question = SMALL.replace(data=data, family=family)
        answer = partitions.combine(question, [STAGES[name](question) for name in ("assignments", "over_hardness")])
        gap = np.abs(answer.soft_over_hardness.values - float(answer.hard))
        assert (gap <= answer.bound_over_hardness.values + 1e-12).all()
        assert abs(float(answer.gap)) <= float(answer.certificate) + 1e-12
        assert answer.bound_over_hardness.values.min() < 0.9 * float(answer.ceiling)


def test_the_certificate_is_the_estimators_for_halfspaces():
    question = SMALL.replace(family="halfspace", temperature=0.05, scale=2.0)
    answer = STAGES["assignments"](question)
    x, _ = labelled_points("clusters", samples=300)
    found = make_partition(2 * x, "halfspace", **RULES)
    bound = lab.partition_certificate(2 * x, found.first, found.second, temperature=0.05)
    assert float(answer.certificate) == pytest.approx(bound, rel=1e-10)
    certified = float(answer.certified)
    assert lab.partition_certificate(2 * x, found.first, found.second, temperature=certified) <= 0.1


@pytest.mark.parametrize("family", FAMILIES)
def test_scale_is_a_change_of_softness(family):
    """Points and cells ten times as large: the estimators on them give the curve's value at s = 10; no flat line."""
    x, _ = labelled_points("clusters", samples=300)
    answer = STAGES["over_scale"](SMALL.replace(family=family, anchors=4, sharpness=1.0))
    at = int(np.abs(np.log(answer.scale_stop.values / 10)).argmin())
    hardness = 1.0 if family in ("ball", "slab") else 0.1
    soft, _ = library(make_partition(10 * x, family, **RULES), 10 * x, hardness)
    assert answer.scale_stop.values[at] == pytest.approx(10)
    assert float(answer.soft_over_scale[at]) == pytest.approx(float(soft), rel=1e-9)
    assert np.ptp(answer.soft_over_scale.values) > 0.05 and np.ptp(answer.soft_free.values) == 0


def test_softness_in_the_datas_unit_is_invariant():
    free = float(STAGES["over_scale"](SMALL.replace(data="uniform")).soft_free[0])
    x, _ = labelled_points("uniform", samples=300)
    for scale in (0.1, 10.0):
        anchors = lab.choose_anchors(scale * x, 6)
        unit = np.sqrt(((scale * x - scale * x.mean(0)) ** 2).sum(1).mean())
        found = float(lab.ball_partition(scale * x, anchors, sharpness=10.0 / unit**2))
        assert found == pytest.approx(free, rel=1e-9)


def test_dragging_an_anchor_puts_it_there():
    answer = STAGES["assignments"](SMALL.replace(moved="2:0.5:-0.25"))
    assert answer.grip.values[2].tolist() == [0.5, -0.25]
    assert float(answer.soft) != float(STAGES["assignments"](SMALL).soft)


@pytest.mark.parametrize("family", ["halfspace", "slab"])
def test_a_dragged_line_runs_through_its_grips(family):
    x, _ = labelled_points("uniform", samples=300)
    found = make_partition(x, family, **{**RULES, "moved": parse_points("2:0.5:0.5 3:-0.5:0.25")})
    np.testing.assert_allclose(found.grips[2:4] @ found.first[1], found.second[1], atol=1e-12)
    assert np.linalg.norm(found.first[1]) == pytest.approx(1)
    # grips put where they are already change nothing, not even which side is inside
    still = make_partition(x, family, **RULES)
    kept = make_partition(x, family, **{**RULES, "moved": {i: tuple(still.grips[i]) for i in range(6)}})
    np.testing.assert_allclose(kept.first, still.first, atol=1e-9)
    np.testing.assert_allclose(kept.second, still.second, atol=1e-9)


def test_grips_on_top_of_each_other_are_an_error():
    for family in ("halfspace", "box"):
        with pytest.raises(ValueError, match="drag one of them away"):
            STAGES["assignments"](SMALL.replace(family=family, moved="0:0.5:0.5 1:0.5:0.5"))


def test_entropy_follows_log_k_and_so_does_its_elbow():
    """On a set without groups H is within 0.12 of log k for k-means anchors: its elbow is that of log k."""
    answer = STAGES["over_cells"](Partitions(data="uniform"))
    short = answer.most_over_cells.values - answer.hard_over_cells.values
    assert 0 <= short.min() and short.max() < 0.12
    assert abs(float(answer.elbow) - float(answer.elbow_of_log)) <= 1


def test_the_collapse_follows_autodiff_and_ends_in_one_cell():
    """Steps by the closed form against optax.adam on jax.grad; no point moves and 2.7 nats go."""
    x, _ = labelled_points("uniform", samples=1000)
    start = lab.choose_anchors(x, 16, method="random")
    found = list(descent(x, start, 10.0))
    optimiser = optax.adam(0.03)
    slope = jax.jit(jax.grad(lambda c: lab.ball_partition(x, c, sharpness=10.0)))
    anchors, state = start, optimiser.init(start)
    for step in range(20):
        np.testing.assert_allclose(found[step][0], anchors, atol=1e-9)
        update, state = optimiser.update(slope(anchors), state)
        anchors = optax.apply_updates(anchors, update)
    assert len(found) == STEPS + 1
    assert found[0][1] > 2.5 and found[-1][1] < 0.01
    np.testing.assert_allclose(gradient(x, start, 10.0)[0], slope(start), atol=1e-14)


def test_the_printed_gradient_is_another_vector():
    answer = STAGES["gradients"](SMALL)
    np.testing.assert_allclose(answer.right_cosine.values, 1, atol=1e-9)
    assert np.nanmin(np.abs(answer.printed_cosine.values)) < 0.9


def test_a_gradient_of_nothing_but_rounding_has_no_cosine():
    """k-means cells harden around their means: the printed sum is 2e-10 then, and its direction the processor's."""
    answer = STAGES["gradients"](Partitions())
    np.testing.assert_array_equal(np.isnan(answer.printed_cosine.values), answer.sharpness_stop.values > 200)
    assert not np.isnan(answer.right_cosine.values).any()


@pytest.mark.parametrize("data", POINT_SETS)
def test_points_know_their_groups(data):
    x, group = labelled_points(data, samples=500, dimension=3, groups=4, noise=0.1, aspect=9.0)
    assert x.shape == (500, 3) and (group == -1).sum() == 50
    assert set(group) == ({-1, 0, 1, 2, 3} if data in CLUSTERED else {-1, 0})
    again, _ = labelled_points(data, samples=500, dimension=3, groups=4, noise=0.1, aspect=9.0)
    assert np.array_equal(x, again)


def test_aspect_stretches_at_equal_volume():
    """Covariances of one cluster: longest over shortest axis 100, determinant 0.08^4, to 4 standard errors."""
    x, group = labelled_points("clusters", samples=10_000, groups=1, aspect=100.0)
    spread = np.cov(x.T)
    assert math.sqrt(spread[0, 0] / spread[1, 1]) == pytest.approx(100, rel=0.04)
    assert np.linalg.det(spread) == pytest.approx(0.08**4, rel=0.08)


def test_rings_are_invisible_to_anchors():
    """Three rings, three anchors: H is log 3 to a hundredth, and the cells tell less than one percent of the rings."""
    answer = STAGES["assignments"](Partitions(data="rings", groups=3, anchors=3))
    assert float(answer.hard) == pytest.approx(math.log(3), abs=0.01)
    assert float(answer.explained) < 0.01


def test_the_share_told_has_the_bootstraps_error():
    """The delta method against 400 resamples, whose deviation is uncertain by a part in 28: within four of them."""
    question = Partitions(noise=0.3, aspect=20.0)
    answer = partitions(question)
    points, group = labelled_points(**{name: getattr(question, name) for name in POINTS})
    found = make_partition(
        points, **{name: getattr(question, name) for name in CHOICE[:-1]}, moved={}, seed=question.seed
    )
    interval = lab.uncertainty("proficiency", group, found.own(found.scores(points)), resamples=400)
    assert float(answer.explained) == pytest.approx(interval.estimate, abs=1e-12)
    assert float(answer.explained_error) == pytest.approx(interval.standard_error, rel=0.15)


def test_every_preset_and_step_is_a_question_of_the_page():
    steps = [step.question for lesson in PAGE.lessons for step in lesson.steps]
    for question in [*steps, *(preset.question for preset in PAGE.presets)]:
        assert isinstance(question, Partitions)
        assert np.isfinite(float(STAGES["assignments"](question).soft))
