"""The information page: its numbers against independent computation, its truths, its nulls, and its specification."""

import json
import math

import numpy as np
import pytest
from scipy.special import digamma

from entropylab.studies.information.conditional_slice import parabola_cells
from entropylab.studies.information.estimators import ESTIMATORS
from entropylab.studies.information.experiment import information
from entropylab.studies.information.network import FEATURES, NEURONS, RANDOM, network, read_neurons
from entropylab.studies.information.page import PAGE
from entropylab.studies.information.parameters import Information
from entropylab.studies.information.sources import NAMES, draw_pair, truth
from entropylab.studies.information.stages import KS, SIZES

STAGES = {stage.name: stage for stage in information.stages}
SMALL = Information(samples=100, replicates=5, images=100)


def slow_ksg(x, y, k):
    """Kraskov's equation 8 by tables of distances."""
    dx, dy = (np.abs(z[:, None] - z[None]).max(-1) for z in (x, y))
    joint = np.maximum(dx, dy)
    np.fill_diagonal(joint, np.inf)
    eps = np.sort(joint, axis=1)[:, k - 1 : k]
    counts = [((d < eps).sum(1) - 1) + 1 for d in (dx, dy)]  # the point itself is at distance 0
    return digamma(k) + digamma(len(x)) - sum(digamma(count).mean() for count in counts)


def test_point_is_the_estimate_and_the_mean_of_its_local_values():
    answer = STAGES["estimates"](SMALL)
    x, y = draw_pair("1v1-normal-0.75", 100, 0, 0, 0.0, 0.0)
    assert float(answer.ksg) == pytest.approx(slow_ksg(x, y, 3), rel=1e-10)
    assert float(np.nanmean(answer.local)) == pytest.approx(float(answer.ksg), rel=1e-10)
    assert float(answer.truth) == pytest.approx(-0.5 * math.log(1 - 0.75**2), rel=1e-12)
    assert float(answer.ceiling) == pytest.approx(digamma(100) - digamma(3))


def test_curves_pass_through_the_point():
    """Every curve over seeds is the mean of the same draws that the twin sees."""
    draws = [slow_ksg(*draw_pair("1v1-normal-0.75", 100, 0, r, 0.0, 0.0), 3) for r in range(5)]
    found = [
        STAGES["over_k"](SMALL).mean_over_k[KS.index(3)],
        STAGES["over_samples"](SMALL).mean_over_samples[SIZES.index(100)],
        STAGES["over_noise"](SMALL).mean_over_noise[0], STAGES["over_rotation"](SMALL).mean_over_rotation[0],
        STAGES["comparison"](SMALL)["mean"][ESTIMATORS.index("KSG")],
    ]  # fmt: skip
    assert np.allclose([float(value) for value in found], np.mean(draws), rtol=1e-10)
    deviation = STAGES["over_k"](SMALL).deviation_over_k[KS.index(3)]
    assert float(deviation) == pytest.approx(np.std(draws, ddof=1), rel=1e-9)


@pytest.mark.parametrize(("rotation", "noise"), [(0.0, 0.0), (0.0, 0.7), (30.0, 0.0), (60.0, 1.3)])
def test_truth_of_turned_and_blurred_normals(rotation, noise):
    """Against the correlation of 300 000 draws; its standard error is (1 - r^2) / 550."""
    x, y = draw_pair("1v1-normal-0.75", 300_000, 3, 0, rotation, noise)
    r = np.corrcoef(x[:, 0], y[:, 0])[0, 1]
    slope = abs(r) / (1 - r**2)
    assert truth("1v1-normal-0.75", rotation, noise) == pytest.approx(
        -0.5 * math.log1p(-(r**2)), abs=4 * slope * (1 - r**2) / 547 + 1e-5
    )


def test_truth_is_absent_where_nobody_knows_it():
    assert math.isnan(truth("parabola-0.1", 0.0, 0.5)) and math.isnan(truth("student-identity-1-1-1", 10.0, 0.0))
    assert truth("swissroll_x-normal_cdf-1v1-normal-0.75", 45.0, 0.0) == pytest.approx(0.4133392865922339)


def test_turning_x_alone_keeps_its_columns_apart_from_y():
    x, y = draw_pair("xor-continuous", 50, 0, 0, 0.0, 0.0)
    turned, same = draw_pair("xor-continuous", 50, 0, 0, 40.0, 0.0)
    assert (y == same).all()
    assert np.allclose((turned**2).sum(1), (x**2).sum(1)) and not np.allclose(turned, x)


def test_null_holds_the_estimates_of_independent_pairs():
    """95 % of independent estimates fall in the middle 95 % of the shuffled ones, within binomial noise."""
    inside = []
    for seed in range(30):
        question = SMALL.replace(problem="independent-normal-1-1", seed=seed)
        null, x = STAGES["over_k"](question), STAGES["estimates"](question)
        at = KS.index(3)
        inside.append(float(null.null_low_over_k[at]) <= float(x.ksg) <= float(null.null_high_over_k[at]))
    assert np.mean(inside) >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / 30) - 0.05  # 40 shuffles know the ends to some 5 %


def test_parabola_on_a_grid_leaves_nothing_and_bins_do():
    grid, bins = (STAGES["density_slice"](Information(abscissa=kind, position=0.5)) for kind in ("grid", "any number"))
    assert (grid.entropy_at.values == 0).all() and float(grid.conditional_entropy) == 0
    x_cell, y_cell, _ = parabola_cells(500, 0.0, 20, 0, "any number")
    pairs = np.unique(np.column_stack([x_cell, y_cell]), axis=0, return_counts=True)[1] / 500
    alone = np.unique(x_cell, return_counts=True)[1] / 500
    expected = (alone * np.log(alone)).sum() - (pairs * np.log(pairs)).sum()  # H(X, Y) - H(X)
    assert float(bins.conditional_entropy) == pytest.approx(expected, rel=1e-10) and expected > 0.3
    weights = np.bincount(x_cell, minlength=20) / 500
    assert float((weights * bins.entropy_at).sum()) == pytest.approx(expected, rel=1e-10)
    assert float(bins.conditional_at.sum()) == pytest.approx(1)


def test_conventions_are_off_by_what_they_say():
    answer = STAGES["conventions"](SMALL)
    names = [name for name, *_ in json.loads(answer.attrs["conventions"])]
    off = dict(zip(names, answer.convention_off.values, strict=True))
    assert off["strictly nearer"] == 0 and off["boundary counted"] < 0 and off["round balls in the joint space"] < 0
    assert abs(off["clamped at 0"]) < 1e-12  # dependent pairs: nothing to clamp


def test_network_reads_digits_and_no_noise():
    """Random features read 0 within their null, the class far above it."""
    assert network()[0].shape == (800, NEURONS) and network()[3] > 0.9
    answer = STAGES["layer"](SMALL)
    value = dict(zip(FEATURES, answer.layer_proficiency.values, strict=True))
    error = dict(zip(FEATURES, answer.layer_error.values, strict=True))
    assert all(abs(value[name]) < 4 * error[name] for name in RANDOM)
    assert value["class"] > float(answer.layer_null_high[0]) + 0.3


def test_proficiency_of_neurons_and_layer_by_tables_of_distances():
    """Ross's estimator from all distances, over the entropy of the shares."""
    latent, labels = read_neurons(100, 0, 8, "equal counts", 1.0)
    label, found = labels[0], STAGES["neurons"](SMALL).proficiency[0].values
    shares = np.bincount(label) / 100
    entropy = -(shares * np.log(shares)).sum()
    for column, columns in [(0, [0]), (7, [7]), (NEURONS, range(NEURONS))]:
        distance = np.abs(latent[:, None, columns] - latent[None, :, columns]).max(-1)
        np.fill_diagonal(distance, np.inf)
        own = np.sort(np.where(label[:, None] == label, distance, np.inf), axis=1)
        k = np.minimum(3, np.bincount(label)[label] - 1)
        nearer = (distance < own[np.arange(100), k - 1][:, None]).sum(1)
        value = digamma(100) + (digamma(k) - digamma(np.bincount(label)[label]) - digamma(nearer + 1)).mean()
        assert found[column] == pytest.approx(value / entropy, rel=1e-10)


def test_every_number_of_the_layer_has_an_interval():
    """Rare labels too: subsamples join them as the sample does. Fresh noise for each seed tells what it should be."""
    stages = {stage.name: stage for stage in information.stages}
    told = stages["layer"](Information())
    assert np.isfinite(told.layer_error.values).all() and float(told.random_error) > 0
    values = [float(stages["neurons"](Information(seed=seed)).random_proficiency) for seed in range(8)]
    # a deviation of eight is uncertain by a part in four, and subsets of 800 images overlap
    assert 0.4 < np.std(values, ddof=1) / float(told.random_error) < 2.0


def test_equal_counts_ignore_a_change_of_variable():
    same = [read_neurons(100, 0, 4, "equal counts", power)[1][FEATURES.index("ink")] for power in (1.0, 4.0)]
    other = [read_neurons(100, 0, 4, "equal widths", power)[1][FEATURES.index("ink")] for power in (1.0, 4.0)]
    assert (same[0] == same[1]).all() and (other[0] != other[1]).any()


@pytest.mark.parametrize("name", NAMES)
def test_every_pair_has_a_point(name):
    answer = STAGES["estimates"](SMALL.replace(problem=name))
    assert np.isfinite(float(answer.truth)) and (np.isfinite(float(answer.ksg)) or answer.ksg.attrs["note"])


def test_views_keep_their_shape():
    """Live figures are patched: the same elements in the same order, whatever is known of the pair."""
    shapes = {}
    for name in ("1v1-normal-0.75", "zero-inflated-poisson-0.15"):
        answer = information(SMALL.replace(problem=name, noise=0.5, samples=50))
        for view in PAGE.views:
            shape = [layer.kind for layer in view.draw(answer).layers]
            assert shapes.setdefault(view.name, shape) == shape, view.name
        assert PAGE.sketch(answer).startswith("<svg") and len(PAGE.formula(answer)) == 2


@pytest.mark.parametrize("preset", PAGE.presets, ids=lambda preset: preset.name)
def test_presets_have_an_estimate(preset):
    small = preset.question.replace(samples=100, replicates=5)
    assert np.isfinite(float(STAGES["estimates"](small).ksg)) and PAGE.idle(small) <= set(Information.knobs())


def test_specification_covers_every_knob():
    grouped = [name for names in PAGE.groups.values() for name in names]
    assert sorted(grouped) == sorted(Information.knobs()) and len(PAGE.views) % 3 == 0
    assert PAGE.sweep in grouped
    needed = {need for view in PAGE.views for need in view.needs}
    assert needed <= set(STAGES)
