"""The page "Hulls": its numbers against the library, and a clock that mistakes no copy for a speedup."""

import numpy as np
import pytest

import entropylab as lab
from entropylab.app.pages.hulls import PAGE
from entropylab.experiments import Hulls, hulls
from entropylab.experiments.hull_timing import Race
from entropylab.problems import point_set
from entropylab.views.view import View

SMALL = Hulls(samples=300)


@pytest.fixture(scope="module")
def answer():
    return hulls(SMALL)


def test_the_numbers_are_those_of_the_library(answer):
    x = point_set("disk", 300, 0)
    assert int(answer.corners) == len(lab.convex_hull(x))
    assert (float(answer.hull_lower), float(answer.hull_upper)) == tuple(lab.hull_entropy_interval(x))
    assert float(answer.area) == lab.hull_area(x)
    assert float(answer.staircase) == lab.maxima_entropy(x)
    assert int(answer.qhull_missed) == 0


def test_the_structural_entropy_explains_the_work_and_the_surrogate_does_not(answer):
    assert len(answer["set"]) >= 15
    assert float(answer.explained) > 0.9 and float(answer.explained_by_surrogate) < 0.5


def test_without_a_clock_nothing_is_timed(answer):
    for name in ("speedup", "milliseconds", "null", "first"):
        assert np.isnan(answer[name]).all()
    assert hulls(SMALL.replace(rounds=31)).tests.equals(answer.tests)


@pytest.mark.parametrize("task", ["hull", "Delaunay", "maxima"])
def test_the_clock_runs_every_arm(task):
    answer = hulls(Hulls(samples=30, clock=True, task=task))
    arms = [name for name in answer.arm.values if name]
    assert np.isfinite(answer.milliseconds.values[: len(arms)]).all() and float(answer.null) > 0
    low, high = answer.speedup_low.values, answer.speedup_high.values
    told = np.isfinite(answer.speedup.values)
    assert not told[0]  # a copy is never faster than itself
    assert ((low[told] > high[0]) | (high[told] < low[0])).all()


def test_the_interval_of_a_ratio():
    """A ratio of 2 in every round but four out of fifteen: the median's 96 % interval leaves them out."""
    seconds = np.ones((3, 15))
    seconds[2] = 0.5
    seconds[2, :3] = 10.0
    assert Race(("a", "b", "c"), seconds).ratios()[1].tolist() == [2.0, 2.0, 2.0]
    seconds[2, :4] = 10.0
    assert Race(("a", "b", "c"), seconds).ratios()[1].tolist() == [2.0, 0.1, 2.0]
    assert np.isnan(Race(("a", "b"), np.full((2, 15), np.nan)).ratios()).all()


@pytest.mark.parametrize("view", PAGE.views, ids=lambda view: view.name)
def test_every_view_keeps_its_structure(view: View, answer):
    flat = hulls(Hulls(data="grid", samples=30))
    kinds = [[type(part) for part in view.draw(each)] for each in (answer, flat)]
    assert kinds[0] == kinds[1]
