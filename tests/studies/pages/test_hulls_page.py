"""The page "Hulls": its numbers against the library, and a clock that mistakes no copy for a speedup."""

import numpy as np
import pytest
from exact_hull import exact_maxima

import entropylab as lab
from entropylab.problems import point_set
from entropylab.studies.core.timing import Ratio, Timings
from entropylab.studies.core.view import View
from entropylab.studies.entropynet import model as model
from entropylab.studies.entropynet.stages import unit
from entropylab.studies.hulls import Hulls
from entropylab.studies.hulls import experiment as hulls
from entropylab.studies.hulls import network as hulls_network
from entropylab.studies.hulls.candidates import TASKS, count_differences, dimension, reference_maxima
from entropylab.studies.hulls.network import LEARNED, _changed
from entropylab.studies.hulls.network_figures import no_network
from entropylab.studies.hulls.page import PAGE
from entropylab.studies.hulls.preprocessors import get_preprocessor, trained_network
from entropylab.studies.hulls.published import BASELINES

SMALL = Hulls(samples=300)
STAGES = {stage.name: stage for stage in hulls.stages}


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
    assert float(answer.explained_by_triangles) > 0.7  # differentiable, and cannot collapse


def test_the_maximas_entropy_is_of_the_works_dimension(answer):
    x = point_set("disk", 300, 0, dimension=3)
    assert float(STAGES["staircase"](SMALL.replace(work="maxima 3-D")).staircase) == lab.maxima_entropy(x)
    assert np.isnan(float(STAGES["staircase"](Hulls(samples=30_000)).staircase))


def test_without_a_clock_nothing_is_timed(answer):
    for name in ("speedup", "milliseconds", "null", "first"):
        assert np.isnan(answer[name]).all()
    assert hulls(SMALL.replace(rounds=31)).tests.equals(answer.tests)


@pytest.mark.parametrize("work", TASKS)
def test_the_clock_runs_every_arm(work):
    answer = hulls(Hulls(samples=30, clock=True, work=work))
    arms = [name for name in answer.arm.values if name]
    assert np.isfinite(answer.milliseconds.values[: len(arms)]).all() and float(answer.null) > 0
    low, high = answer.speedup_low.values, answer.speedup_high.values
    told = np.isfinite(answer.speedup.values)
    assert not told[0]  # a copy is never faster than itself
    assert ((low[told] > high[0]) | (high[told] < low[0])).all()


def test_the_interval_of_a_ratio():
    """A ratio of 2 in every round but four out of fifteen: the median's 96 % interval leaves them out."""
    seconds = {"a": np.ones(15), "b": np.full(15, 0.5)}
    seconds["b"][:3] = 10.0
    assert Timings(seconds).ratio("a", "b") == Ratio(2.0, 2.0, 2.0)
    seconds["b"][:4] = 10.0
    assert Timings(seconds).ratio("a", "b") == Ratio(2.0, 0.1, 2.0)
    seconds["b"][:] = np.nan
    assert np.isnan(Timings(seconds).ratio("a", "b").median) and np.isnan(Timings(seconds).least("b"))


def test_the_plain_twin_finds_the_same_maxima():
    """Copies, ties in one coordinate and in all, two dimensions and three."""
    rng = np.random.default_rng(0)
    for trial in range(60):
        n, d = int(rng.integers(1, 60)), 2 + trial % 2
        x = rng.normal(size=(n, d)) if trial % 3 else rng.integers(0, 4, (n, d)).astype(float)
        assert reference_maxima(x).tolist() == exact_maxima(x)


def test_what_differs_is_counted():
    """A corner that is missing, one that is none, a triangle cut the other way; the same in another order is none."""
    x = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.5, 0.5]])
    exact = np.array([0, 1, 2, 3])
    assert count_differences("hull", x, exact[::-1], exact) == 0
    assert count_differences("hull", x, np.array([0, 1, 2, 4]), exact) == 2
    one, other = np.array([[0, 1, 2], [0, 2, 3]]), np.array([[3, 1, 2], [0, 1, 3]])
    assert (
        count_differences("Delaunay", x, one[::-1, ::-1], one) == 0
        and count_differences("Delaunay", x, other, one) == 4
    )


@pytest.fixture(scope="module")
def networked():
    """Shihab et al.'s rivals on the smallest sets, by the training that the ablations' test has compiled."""
    return STAGES["preprocessing"](Hulls(samples=64, network=True))


def test_before_and_after_the_network(networked):
    """Orders change no hull; the network does, and costs more than it saves: a pass of it takes ten hulls."""
    at = {name: i for i, name in enumerate(networked.row.values)}
    for name in ("raw", "random permutation", "sorted by x", "no entropy (λ = 0)"):
        assert float(networked.off[at[name]]) == 0 and float(networked.away[at[name]]) == 0, name
    net = at["EntropyNet"]
    x, after = point_set("disk", 64), get_preprocessor("", "disk", 64, 2, {}, 0)(point_set("disk", 64))
    assert float(networked.off[net]) == lab.hull_error(x, after) > 0.01
    assert float(networked.away[net]) == lab.hausdorff(x, after) and float(networked.apart[net]) == lab.chamfer(
        x, after
    )
    assert float(networked.net_whole) == float(networked.whole[net]) and float(networked.whole_high[net]) < 1
    assert float(networked.net_own_ms) > 0 and np.isnan(networked.own_ms[len(BASELINES) :]).all()
    assert networked.row.values[len(BASELINES)] == LEARNED and float(networked.off[len(BASELINES)]) == 0


def test_blocks_move_as_the_whole(networked):
    """A large set in blocks, its last one filled up, by the network's own formula; float32 to a part in 10^5."""
    run, _ = trained_network("disk", 64, 2, (), 0)
    points = unit(point_set("disk", model.BLOCK + 100))
    whole = np.asarray(model.apply(run.net, points.astype(np.float32)))
    np.testing.assert_allclose(points + model.displacements(run.net, points), whole, atol=1e-5)


def test_triangles_and_maxima_are_found_again_by_number_or_by_place():
    for work in ("Delaunay", "maxima 3-D"):
        x = point_set("disk", 50, dimension=dimension(work))
        order = np.random.default_rng(0).permutation(50)
        assert _changed(work, x, x[order]) == 0 and _changed(work, x, 2 * x) == 0
        assert _changed(work, x, -(x**3)) > 0.3


def test_the_landscape_is_measured(monkeypatch):
    """Two networks of one size: tests and errors are the library's, and of the clock what the null leaves."""
    monkeypatch.setattr(hulls_network, "ANCHORS", (16,))
    monkeypatch.setattr(hulls_network, "SHARPNESSES", np.array([10.0, 30.0]))
    answer = STAGES["landscape"](Hulls(samples=64, landscape=True))
    x = point_set("disk", 64)
    after = get_preprocessor("", "disk", 64, 2, {"cells": 16, "sharpness": 10.0}, 0)(x)
    assert float(answer.map_off[0, 0]) == lab.hull_error(x, after)
    assert float(answer.map_tests[0, 0]) == lab.chan_hull.count(x) / lab.chan_hull.count(after)
    assert (answer.map_low < answer.map_high).all()


def test_tables_mark_what_is_claimed(answer, networked):
    """Published figures carry their source; without a clock nothing else is a figure."""
    clock, network = (view.draw(answer) for view in PAGE.tables)
    assert sum("claim, Shihab et al. (2025), table 3" in row[1].text for row in clock.rows) == 2
    assert all(row[2].text == "–" for row in clock.rows if not row[1].text) and "not clocked" in clock.notes[1]
    assert [row[1].value for row in network.rows] == [1.0, 0.96, 1.67, 1.81, 1.02, 4.14, None]
    assert {row[7].text for row in network.rows} == {"–"} and "not clocked" in network.notes[1]
    assert "Published columns are claims: Shihab et al. (2025)" in network.notes[0]
    told = hulls.combine(Hulls(samples=64, network=True), [networked])
    shown = PAGE.tables[1].draw(told).rows[5]
    assert shown[7].value == float(networked.net_off) and shown[4].value < 1
    strokes = STAGES["preprocessing"](Hulls(data="noisy parabola")).printed.values
    assert strokes[:6].tolist() == [1.0, 0.62, 1.08, 1.81, 1.02, 2.33]


def test_pictures_of_what_was_not_asked_for_say_how_to_ask(answer, networked):
    """A knob's name stands in each, and nothing once its stage has an answer."""
    said = {view.name: view.absent(answer) for view in PAGE.views if view.absent(answer)}
    assert said.keys() == {"speedups", "moved", "speed-map", "error-map"}
    for name, knob in zip(said, ("clock", "network", "landscape", "landscape"), strict=True):
        assert f"Switch on the knob {knob}" in said[name]
    few = hulls(Hulls(samples=30))
    assert {view.name for view in PAGE.views if "begin at 100 points" in view.absent(few)} == {"tests", "entropy"}
    assert no_network(hulls.combine(Hulls(samples=64, network=True), [networked])) == ""


@pytest.mark.parametrize("view", PAGE.views, ids=lambda view: view.name)
def test_every_view_keeps_its_structure(view: View, answer):
    flat = hulls(Hulls(data="grid", samples=30))
    kinds = [[layer.kind for layer in view.draw(each).layers] for each in (answer, flat)]
    assert kinds[0] == kinds[1]
