"""The page "Bias": which entropy estimators lie, by how much and which way (Couthures 2024)."""

from __future__ import annotations

import xarray as xr

from entropylab.estimators.card import CATALOGUE
from entropylab.studies.bias import figures as views
from entropylab.studies.bias.experiment import bias
from entropylab.studies.bias.methods import COUNTED, METHODS
from entropylab.studies.bias.parameters import Bias, displayed_methods
from entropylab.studies.bias.sources import is_discrete
from entropylab.studies.bias.tables import comparison
from entropylab.studies.core.page_spec import Lesson, PageSpec, Preset, Step
from entropylab.studies.core.view import View
from entropylab.studies.rendering.metrics import Metric, format_number
from entropylab.studies.rendering.style import GREEN, HARD, SOFT

LINE = ("Vasicek", "van Es", "Ebrahimi", "Correa")
SLIDES = Bias(family="correlated normal", samples=10_000, replicates=5, focus="histogram",
              estimators=("histogram", "KDE + histogram", "KDE", "Kozachenko-Leonenko"))  # fmt: skip
THIRTEEN = SLIDES.replace(family="normal", dimension=13)
SMALL = Bias(family="Zipf symbols", support=256, samples=100, counters=COUNTED)


def formula(answer: xr.Dataset) -> tuple[str, ...]:
    """What is measured, the formula of the estimator looked at closely, and the live numbers."""
    name, units = views.focus(answer), answer.bias.attrs["units"]
    place = rf"n = {answer.attrs['samples']}, \quad R = {answer.attrs['replicates']}"
    return (
        r"\mathrm{bias} = E[\hat h] - h, \quad \mathrm{RMSE}^2 = \mathrm{bias}^2 + \mathrm{variance}",
        rf"\text{{{name}: }} \quad {CATALOGUE[METHODS[name].card].formula}",
        rf"{place}, \quad h = {format_number(float(answer.truth))}, \quad"
        rf" \mathrm{{bias}} = {format_number(float(answer.focus_bias), float(answer.focus_bias_error))}"
        rf"\ \mathrm{{{units}}}",
    )


def idle(question: Bias) -> frozenset[str]:
    """Knobs of the other kind of problem, and those that none of the estimators compared reads."""
    if is_discrete(question.family):
        unused = {"dimension", "rounding", "scale", "estimators", "focus", "k", "width"}
    else:
        unused = {"support", "counters", "count_focus"}
    read = {knob for name in displayed_methods(question) for knob in METHODS[name].reads}
    unused |= {"bins", "draws", "window", "beta", "concentration"} - read
    return frozenset(unused | ({"alphabet_known"} - ({"alphabet_known"} if "support" in read else set())))


LESSONS = (
    Lesson(
        "The slides' table",
        (
            Step("Three dimensions, 10 000 points, 20 bins. Theory 3.91. The histogram already reads 0.09 low.",
                 SLIDES.replace(dimension=3)),
            Step("Four dimensions, theory 5.09: 0.66 low. 160 000 bins for 10 000 points.",
                 SLIDES.replace(dimension=4)),
            Step("Five dimensions, theory 6.26: 1.96 low, nearer and nearer to one point a bin.",
                 SLIDES.replace(dimension=5)),
            Step("Six dimensions, theory 7.41: 3.73 low. The reading \"one sample to a bin\" is now the estimate.",
                 SLIDES.replace(dimension=6)),
            Step("Thirteen, theory 18.45, width 1.16: KDE + histogram is right for the wrong reason. The KDE's own "
                 "entropy is far too high; the histogram's loss of counts takes as much away.",
                 THIRTEEN.replace(width=1.16)),
        ),
    ),
    Lesson(
        "Choosing an estimator",
        (
            Step("Heavy tails in five columns, 200 samples. Read the table: least error first, marked rows are not "
                 "ruled out by the seeds.", Bias(dimension=5, samples=200)),
            Step("Its own knob: fewer neighbours, less bias and more spread. Which wins at this n?",
                 Bias(dimension=5, samples=200, k=1)),
            Step("The same question for a normal. The Gaussian fit knew the answer's shape, and wins.",
                 Bias(family="normal", dimension=5, samples=200)),
        ),
    ),
)  # fmt: skip

PRESETS = (
    Preset("n = 200, d = 5, heavy tails", "Which one to use? The table: least error first, best marked.",
           Bias(dimension=5, samples=200, replicates=50, estimators=(
               "histogram", "KDE", "KDE leave-one-out", "Kozachenko-Leonenko", "Gaussian", "Gaussian corrected"))),
    Preset("Slides, N = 3", "The histogram's first error: 0.09 nats low.", SLIDES.replace(dimension=3)),
    Preset("Slides, N = 6", "3.7 nats low: nearly every point has its own bin.", SLIDES.replace(dimension=6)),
    Preset("Slides, N = 13", "Right for the wrong reason: two errors of the KDE + histogram cancel.",
           THIRTEEN.replace(width=1.16, focus="KDE + histogram")),
    Preset("Negative entropy", "U(0, 1/2): h = −ln 2, and every estimator must go below 0.",
           Bias(family="uniform to 1/2", dimension=1, estimators=("histogram", "KDE", "Kozachenko-Leonenko", *LINE))),
    Preset("Change of variables", "h moves by log |a|; Jaynes' limiting density stays.",
           Bias(family="normal", dimension=1, scale=2.0)),
    Preset("Histogram saturation", "With one point to a bin it reads log n + log volume, whatever the density.",
           Bias(family="normal", dimension=4, samples=1000, focus="histogram")),
    Preset("Ties", "Two decimals too few: neighbours at distance 0, refused instead of −inf.",
           Bias(family="normal", dimension=1, samples=1000, rounding=0.05, focus="Vasicek",
                estimators=("histogram", "KDE", "KDE leave-one-out", "Kozachenko-Leonenko", *LINE))),
    Preset("Plug-in in a small sample", "100 draws of 256 symbols: the plug-in is low, who repairs it?", SMALL),
    Preset("Alphabet unknown", "NSB and Dirichlet without the number of symbols.",
           SMALL.replace(alphabet_known=False, count_focus="NSB")),
    Preset("Does the KDE fit?", "Scott's width washes two peaks out: compare draws of the fit with the data.",
           Bias(family="two peaks", dimension=2, focus="KDE")),
    Preset("No variance", "Cauchy: the Gaussian fit never settles, neighbours do not care.",
           Bias(family="Cauchy", dimension=2, focus="Gaussian")),
)  # fmt: skip

PAGE = PageSpec(
    name="bias",
    title="Bias",
    lead="Which estimators lie for your n and d, by how much, and which way? Choose a distribution whose entropy is "
    "known, your sample size and any estimators. The table names the best one; the pictures say why.",
    experiment=bias,
    tables=(
        View("comparison", "Which one to use", "Least error first. Marked rows are best in at least 5 % of resampled "
             "seeds: not ruled out. Click a head to sort.", comparison, ("estimates",)),
    ),
    views=(
        View("samples", "Estimate over n", "Colours as in the table; bands: one standard deviation; dashed: truth.",
             views.estimate_over_samples, ("estimates", "over_samples")),
        View("knob", "Estimate over its own knob", "The estimator looked at closely; the diamond is the knob's place.",
             views.estimate_over_knob, ("estimates", "over_parameter")),
        View("seeds", "Errors over seeds", "One dot a seed, the best row on top; bars: 95 % interval of the bias.",
             views.errors_over_seeds, ("estimates",)),
        View("error", "RMSE over n", "Flat: a bias that more samples do not mend. Dotted: n^(−1/2).",
             views.error_over_samples, ("estimates", "over_samples")),
        View("split", "Bias against spread", "Of the estimator looked at closely: which of the two to fight.",
             views.split_over_samples, ("estimates", "over_samples")),
        View("map", "Bias over n and dimension", "Purple reads low, orange high; point at a cell for its interval.",
             views.bias_over_size_and_dimension, ("estimates", "bias_map")),
        View("fit", "Draws of the KDE beside the data", "A fit that wanders off the data has another entropy.",
             views.fit_beside_data, ("fit",)),
        View("quantiles", "Quantiles of the KDE", "Off the dashed line the fit is wider or narrower than the data.",
             views.fit_against_data, ("fit",)),
        View("units", "Change of variables", "x → a x moves h by d log a; Jaynes' entropy does not move.",
             views.change_of_unit, ("scaling",)),
    ),
    readings=(
        Metric("truth", "truth", "known in closed form or by quadrature", color=HARD),
        Metric("least RMSE", "best_rmse", "of the estimator on top of the table, ± half its 95 % interval (bootstrap "
                "over seeds); the table has its two ends", "best_rmse_error", GREEN, "all refused the data"),
        Metric("bias looked at", "focus_bias", "± 1.96 standard errors over seeds", "focus_bias_error",
                absent="refused the data"),
        Metric("spread looked at", "focus_deviation", "standard deviation of one estimate over seeds, ± 1.96 standard "
                "errors", "focus_deviation_error", absent="refused the data"),
        Metric("one sample to a bin", "ceiling", "log n + log volume of a bin: a saturated histogram reads this, to "
                "the digit for the first seed", absent="densities only"),
        Metric("entropy of the KDE", "fit_entropy", "of the fitted density, by Monte Carlo over its draws, ± 1.96 "
                "standard errors", "fit_entropy_error", SOFT, "densities only"),
        Metric("Jaynes moved by", "jaynes_shift", "limiting density of discrete points under x → 10⁴ x",
                absent="densities only"),
        Metric("warned", "warned", "estimates with a warning or refused; the table says why"),
    ),
    formula=formula,
    groups={
        "Samples": ("family", "dimension", "support", "samples"),
        "Compared": ("estimators", "counters"),
        "Looked at closely": ("focus", "count_focus"),
        "Knobs of the estimators": ("k", "bins", "width", "draws", "window", "beta", "concentration", "alphabet_known"),
        "Draws": ("replicates", "seed", "rounding", "scale"),
    },
    sweep="k",
    sketch=views.bias_sketch,
    presets=PRESETS,
    lessons=LESSONS,
    idle=idle,
)  # fmt: skip
