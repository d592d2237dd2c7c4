"""The bias experiment against other ways to its numbers, its pictures by their data, and its page."""

import json
import math
import warnings

import holoviews as hv
import numpy as np
import pytest
from bokeh.document import Document

from entropylab import histogram, kde, kozachenko_leonenko, plugin
from entropylab.estimators.discrete.plugin import count_labels
from entropylab.studies.bias import figures as views
from entropylab.studies.bias.curves import over_parameter, over_samples
from entropylab.studies.bias.errors import best_of, error_statistics
from entropylab.studies.bias.experiment import bias
from entropylab.studies.bias.methods import ALL, COUNTED, METHODS, PARAMETER_GRIDS, scaled_kde
from entropylab.studies.bias.page import PAGE, PRESETS
from entropylab.studies.bias.parameters import ESTIMATOR_PARAMETERS, Bias, displayed_methods
from entropylab.studies.bias.shapes import fit, scaling
from entropylab.studies.bias.sources import FAMILIES, draw, is_discrete, replicate_seed, source, truth
from entropylab.studies.bias.stages import estimates
from entropylab.studies.bias.tables import comparison

SMALL = Bias(samples=100, dimension=2, replicates=10, estimators=("histogram", "KDE", "Kozachenko-Leonenko"))


def samples(question):
    size = question.support if is_discrete(question.family) else question.dimension
    return [
        draw(question.family, size, question.samples, replicate_seed(question.seed, r), question.scale)
        for r in range(question.replicates)
    ]


def row(answer, name, what="bias"):
    return float(answer[what][ALL.index(name)])


# The numbers -------------------------------------------------------------------------------------------------------


def test_the_point_is_what_the_estimators_say():
    """Each estimator called by hand on the same samples; statistics by NumPy."""
    answer = estimates(SMALL)
    by_hand = {"histogram": histogram, "KDE": kde, "Kozachenko-Leonenko": kozachenko_leonenko}
    target = source("Student 3", 2).truth
    assert float(answer.truth) == target
    for name, function in by_hand.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = np.array([float(function(x)) for x in samples(SMALL)])
        np.testing.assert_allclose(answer.estimate[ALL.index(name)], values, rtol=1e-11, err_msg=name)
        assert row(answer, name) == pytest.approx(values.mean() - target, rel=1e-10)
        assert row(answer, name, "deviation") == pytest.approx(values.std(ddof=1), rel=1e-9)
        rmse = row(answer, name, "rmse")
        assert rmse == pytest.approx(math.sqrt(((values - target) ** 2).mean()), rel=1e-10)
        parts = row(answer, name) ** 2 + row(answer, name, "deviation") ** 2 * 9 / 10
        assert rmse**2 == pytest.approx(parts, rel=1e-9)
        assert row(answer, name, "rmse_low") < rmse < row(answer, name, "rmse_high")
    assert np.isnan(answer["mean"][ALL.index("Gaussian")]) and not answer.is_compared[ALL.index("Gaussian")]


def test_counts_are_judged_too():
    question = Bias(family="Zipf symbols", support=32, samples=50, replicates=5, counters=COUNTED)
    answer = estimates(question)
    values = [plugin(count_labels(x)) for x in samples(question)]
    np.testing.assert_allclose(answer.estimate[ALL.index("plug-in")], values, rtol=1e-13)
    p = 1 / np.arange(1, 33)
    p /= p.sum()
    assert float(answer.truth) == pytest.approx(-(p * np.log(p)).sum(), rel=1e-13)
    assert row(answer, "plug-in") < row(answer, "Miller-Madow") < 0.1  # low, and mended in part
    assert np.isfinite(answer.rmse[[ALL.index(name) for name in COUNTED]]).all()


def test_the_best_is_found_by_a_paired_bootstrap():
    rng = np.random.default_rng(0)
    shared = rng.standard_normal(40)
    errors = np.full((4, 40), np.nan)
    errors[0], errors[1] = shared, shared * 1.05  # on every seed a little worse: pairing sees it, intervals do not
    errors[2] = 3 * shared
    low, high, best = best_of(errors)
    assert best[:3].tolist() == [1.0, 0.0, 0.0] and np.isnan(best[3])
    assert low[1] < np.sqrt((errors[0] ** 2).mean()) < high[1]


def test_the_interval_of_the_bias_covers():
    """The corrected Gaussian has no bias on normal data: 1.96 standard errors over 20 seeds cover 0 in 92 of 100."""
    question = Bias(family="normal", dimension=1, samples=50, estimators=("Gaussian corrected",),
                    focus="Gaussian corrected")  # fmt: skip
    inside = 0
    for seed in range(100):
        answer = estimates(question.replace(seed=seed))
        inside += abs(float(answer.focus_bias)) < 1.96 * float(answer.focus_bias_error)
    assert inside >= 84  # Student's t with 19 degrees: 0.935 expected; 84 lies 4 deviations below


def test_the_error_of_the_spread_is_the_spreads_own_spread():
    """Normal data: a deviation of n scatters by sigma / sqrt(2 n); flat ones by sqrt((9/5 - 1) / 4 n)."""
    rng, n = np.random.default_rng(0), 2000
    for values, expected in ((rng.normal(size=n), (1 / 2) ** 0.5), (rng.uniform(-(3**0.5), 3**0.5, n), 0.2**0.5)):
        found = error_statistics(values[None], 0.0)
        # the fourth moment that it is made of is uncertain by some per cent
        assert float(found["error_of_deviation"][0]) == pytest.approx(expected / n**0.5, rel=0.1)


def test_every_family_has_its_truth():
    """The mean surprise of fresh samples is the truth, within five standard errors."""
    for family in FAMILIES:
        problem = source(family, 2 if not is_discrete(family) else 16)
        surprise = problem.local(problem.sample(7, 20_000))
        error = max(surprise.std() / math.sqrt(20_000), 1e-12)
        assert abs(surprise.mean() - problem.truth) < 5 * error, family
    assert truth("uniform to 1/2", 1) == pytest.approx(-math.log(2), rel=1e-15)
    assert truth("normal", 3, 2.0) - truth("normal", 3) == pytest.approx(3 * math.log(2), rel=1e-14)


def test_width_one_is_scotts_rule():
    x = samples(SMALL)[0]
    assert scaled_kde(x, width=1.0) == pytest.approx(float(kde(x, bandwidth="scott")), rel=1e-12)


# The pictures' stages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("focus, knob", [("histogram", "bins"), ("KDE", "width"), ("Kozachenko-Leonenko", "k")])
def test_the_own_knob_passes_through_the_point(focus, knob):
    """A value on the grid of the picture, asked as the question's own, gives the same mean and spread."""
    answer = over_parameter(SMALL.replace(focus=focus))
    place = [
        j for j, v in enumerate(PARAMETER_GRIDS[knob]) if v in (Bias.knobs()[knob].stops or PARAMETER_GRIDS["width"])
    ][3]
    asked = estimates(SMALL.replace(focus=focus, **{knob: PARAMETER_GRIDS[knob][place]}))
    assert float(answer.mean_over_parameter[place]) == pytest.approx(float(asked.focus_mean), rel=1e-10)
    assert float(answer.deviation_over_parameter[place]) == pytest.approx(float(asked.focus_deviation), rel=1e-8)


def test_the_curve_over_n_passes_through_the_point():
    answer, curves = estimates(SMALL), over_samples(SMALL)
    at = list(curves["size"].values).index(100)
    np.testing.assert_array_equal(curves.mean_over_samples[:, at], answer["mean"])
    np.testing.assert_array_equal(curves.rmse_over_samples[:, at], answer.rmse)


def test_a_saturated_histogram_reads_its_ceiling():
    question = SMALL.replace(family="normal", dimension=8, focus="histogram", replicates=5)
    answer = estimates(question)
    assert float(answer.estimate[ALL.index("histogram"), 0]) == pytest.approx(float(answer.ceiling), abs=0.03)
    assert "histogram is short of points" in json.loads(answer.estimate.attrs["notes"])["histogram"]


def test_ties_are_refused_in_words_and_nothing_is_printed():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = estimates(SMALL.replace(dimension=1, rounding=0.5, focus="Vasicek"))
    notes = json.loads(answer.estimate.attrs["notes"])
    assert {"Vasicek", "Kozachenko-Leonenko"} <= set(notes) and "10 of 10" in notes["Vasicek"]
    assert np.isnan(row(answer, "Vasicek", "rmse")) and np.isnan(row(answer, "Vasicek", "best"))
    assert float(answer.refused[ALL.index("Vasicek")]) == 10


def test_scaling_moves_h_and_not_jaynes():
    answer = scaling(SMALL)
    assert float(answer.entropy_shift) == pytest.approx(2 * math.log(1e4), rel=1e-9)
    assert abs(float(answer.jaynes_shift)) < 1e-9
    off = answer.jaynes_over_scale - answer.true_jaynes_over_scale
    assert float(abs(off).max()) < 0.5  # 100 samples: one estimate scatters by about 0.1


def test_the_fit_has_the_moments_of_its_law():
    """A Gaussian KDE has the covariance of the data times 1 + h^2, and on normal data almost their entropy."""
    question = Bias(family="correlated normal", dimension=2, samples=2000)
    answer = fit(question)
    assert abs(float(answer.fit_entropy) - truth("correlated normal", 2)) < 0.15
    spread = (answer.fitted_quantile[-10] - answer.fitted_quantile[9]) / (
        answer.data_quantile[-10] - answer.data_quantile[9]
    )
    assert float(spread) == pytest.approx(math.sqrt(1 + 2000 ** (-1 / 3)), abs=0.12)


def test_same_question_same_bits():
    estimates._answers.clear()
    first = estimates(SMALL).copy(deep=True)
    estimates._answers.clear()
    assert estimates(SMALL).identical(first)


# Pictures and page -------------------------------------------------------------------------------------------------


def structure(figure):
    return [(layer.kind, layer.label) for layer in figure.layers]


def test_pictures_hold_the_same_elements_for_every_question_and_draw():
    questions = (SMALL, SMALL.replace(dimension=1, rounding=0.5, focus="Vasicek"),
                 Bias(family="equal symbols", support=4, samples=50, replicates=5, focus="Gaussian"))  # fmt: skip
    answers = [bias(question) for question in questions]
    for view in PAGE.views:
        drawn = [view.draw(answer) for answer in answers]
        assert structure(drawn[0]) == structure(drawn[1]) == structure(drawn[2]), view.name
        for figure in drawn:
            hv.renderer("bokeh").get_plot(figure.to_holoviews(), doc=Document())
            assert {"xlim", "ylim", "xlabel", "ylabel"} <= figure.options.keys()
            assert np.isfinite([*figure.options["xlim"], *figure.options["ylim"]]).all()
    for answer in answers:
        assert PAGE.formula(answer) and PAGE.sketch(answer).startswith("<svg")


def test_truth_is_dashed_at_the_truth():
    answer = bias(SMALL)
    for draw_it in (views.estimate_over_samples, views.estimate_over_knob):
        (line,) = [layer for layer in draw_it(answer).layers if layer.label == "truth"]
        assert set(line.data["y"]) == {float(answer.truth)}
        assert line.options["line_dash"] == "dashed"


def test_the_table_is_sorted_and_marks_the_best():
    table = comparison(bias(SMALL))
    errors = [line[3].value for line in table.rows]
    assert errors == sorted(errors) and 0 in table.marked and table.rows[0][0].text.startswith("★")
    assert len(table.rows) == len(displayed_methods(SMALL)) and all(
        len(line) == len(table.heads) for line in table.rows
    )
    assert "<td" in table._repr_html_() and table.plain()[0]["marked"]


def test_the_preset_for_heavy_tails_names_an_estimator():
    """n = 200, d = 5, heavy tails: the first preset asks exactly this, and its table has one winner."""
    question = PRESETS[0].question
    assert (question.samples, question.dimension, question.family) == (200, 5, "Student 3")
    table = comparison(estimates(question.replace(replicates=10)))
    assert table.rows[0][0].text == "★ Kozachenko-Leonenko" and table.marked == {0}


@pytest.mark.slow
def test_presets_and_lessons_are_answered():
    """At few samples and seeds every preset has a table with a finite best error."""
    asked = [preset.question for preset in PRESETS] + [step.question for one in PAGE.lessons for step in one.steps]
    for question in asked:
        small = question.replace(replicates=5, samples=min(question.samples, 50))
        assert np.isfinite(estimates(small).best_rmse), question


def test_idle_knobs_do_nothing_and_others_do():
    for question in (Bias(), Bias(family="Zipf symbols")):
        unused = PAGE.idle(question)
        assert {"support", "counters"} <= unused or {"dimension", "estimators", "scale"} <= unused
        for name in unused & set(ESTIMATOR_PARAMETERS) - {"k", "width"}:
            assert all(name not in METHODS[one].reads for one in displayed_methods(question))
