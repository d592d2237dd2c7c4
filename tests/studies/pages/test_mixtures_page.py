"""The data behind the Mixtures page: the sandwich holds, the plane's density is a density, presets are questions."""

from __future__ import annotations

import numpy as np
import pytest

from entropylab.problems.mixture_families import SWEPT_PARAMETERS, mixture_family
from entropylab.studies.mixtures.page import PAGE
from entropylab.studies.mixtures.stages import GRIDS, POINTS, Mixtures, mixtures

STAGES = {stage.name: stage for stage in mixtures.stages}
SMALL = Mixtures(components=5, dimension=2, draws=1024)


@pytest.mark.parametrize("family", ["gaussian", "uniform"])
def test_the_truth_runs_inside_the_sandwich(family):
    """Lower bounds <= truth <= upper bounds within 4 standard errors of the truth, all along the axis."""
    answer = STAGES["bounds"](SMALL.replace(family=family))
    slack = 4 * answer.monte_carlo_error.values + 1e-12  # where no component overlaps the error is rounding
    for name in ("kl", "joint"):
        assert (answer.bounds.sel(bound=name).values >= answer.monte_carlo.values - slack).all(), name
    for name in ("chernoff", "bhattacharyya", "elk", "conditional"):
        assert (answer.bounds.sel(bound=name).values <= answer.monte_carlo.values + slack).all(), name


def test_components_on_top_of_each_other_are_one():
    """At the smallest spread the mixture is one normal: h = (d / 2) ln(2 pi e), to the spread itself."""
    answer = STAGES["bounds"](SMALL)
    assert float(answer.bounds.sel(bound="kl")[0]) == pytest.approx(np.log(2 * np.pi * np.e), abs=0.02)


def test_components_far_apart_are_labels():
    """At the largest spread the entropy is H(X|C) + ln K."""
    answer = STAGES["bounds"](SMALL)
    expected = np.log(2 * np.pi * np.e) + np.log(5)
    assert float(answer.bounds.sel(bound="chernoff")[-1]) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("family", ["gaussian", "uniform"])
def test_the_plane_shows_a_density(family):
    """The picture sums to one over the square, to the width of its cells."""
    answer = STAGES["density_map"](SMALL.replace(family=family))
    assert float(answer.density.sum()) * (8 / answer.density.shape[0]) ** 2 == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("varied", SWEPT_PARAMETERS)
def test_one_seed_draws_one_family(varied):
    """The same seed gives the same mixture, and covariances are symmetric and positive."""
    one, two = (mixture_family("gaussian", varied, 3.0, components=4, dimension=3, seed=5) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert np.linalg.eigvalsh(one[2]).min() > 0
    assert np.allclose(one[2], np.swapaxes(one[2], 1, 2))


def test_wishart_covariances_have_mean_identity():
    """E S = I; a mean of 4000 with d + 10 = 12 degrees of freedom is within 4 sqrt(2 / 12 / 4000) of it."""
    _, _, spreads = mixture_family("gaussian", "similarity", 10.0, components=4000, dimension=2, seed=0)
    assert np.abs(spreads.mean(0) - np.eye(2)).max() < 4 * np.sqrt(2 / 12 / 4000)


def test_every_axis_has_the_same_number_of_points():
    """A point picked on one axis is a point of every other."""
    assert {len(grid) for grid in GRIDS.values()} == {POINTS}


def test_every_preset_and_step_is_a_question_of_the_page():
    steps = [step.question for lesson in PAGE.lessons for step in lesson.steps]
    assert all(isinstance(question, Mixtures) for question in [*steps, *(p.question for p in PAGE.presets)])
