"""The page "Information": mutual information, conditional entropy and proficiency (Couthures 2024)."""

from __future__ import annotations

import xarray as xr

from entropylab.studies.core.page_spec import Lesson, PageSpec, Preset, Step
from entropylab.studies.core.view import View
from entropylab.studies.information import figures as views
from entropylab.studies.information import network_figures as network_views
from entropylab.studies.information.experiment import information
from entropylab.studies.information.parameters import Information
from entropylab.studies.information.sources import LABELLED
from entropylab.studies.rendering.metrics import Metric, format_number
from entropylab.studies.rendering.style import GREEN, HARD


def formula(answer: xr.Dataset) -> tuple[str, ...]:
    """Kraskov's estimator and proficiency, then the live numbers."""
    units = answer.ksg.attrs["units"]
    return (
        r"\hat I(X; Y) = \psi(k) + \psi(n) - \left\langle \psi(n_x + 1) + \psi(n_y + 1) \right\rangle, \quad"
        r" \mathrm{proficiency} = \frac{H(F) - H(F | A)}{H(F)}",
        rf"n = {answer.attrs['samples']}, \quad k = {answer.attrs['k']}, \quad"
        rf" \hat I = {format_number(float(answer.ksg), float(answer.ksg_error))}\ \mathrm{{{units}}}, \quad"
        rf" \hat I \leq \psi(n) - \psi(k) = {format_number(float(answer.ceiling))}",
    )


def idle(question: Information) -> frozenset[str]:
    """Labels are neither blurred nor turned into numbers; equal counts ignore a change of variable."""
    unused = set()
    if question.problem in LABELLED and question.problem != "xor-quadrants":
        unused.add("rotation")
    if question.cut == "equal counts":
        unused.add("power")
    return frozenset(unused)


WIDTHS = Information(cut="equal widths")

LESSONS = (
    Lesson(
        "From y = x² to proficiency",
        (
            Step("x on a grid, y = x²: once x is known nothing is left of y. H(Y | x) = 0 at every x, so H(Y | X) "
                 "is 0. Play the knob position.", Information(problem="parabola-0.1")),
            Step("Let x be any number and put it into bins: a bin of x holds many y, most where the parabola is steep. "
                 "H(Y | X) is the bins' now.", Information(problem="parabola-0.1", abscissa="any number")),
            Step("Neighbours need no bins. KSG sees the parabola's information where a Gaussian fit sees none.",
                 Information(problem="parabola-0.1", k=5)),
            Step("Proficiency is information over H(F). The twelve neurons together know the class; random features "
                 "read about 0, with their null beside them.", Information(images=800)),
            Step("Fifty images instead of 800: the intervals and the nulls widen until they touch. Not enough data.",
                 Information(images=50)),
        ),
    ),
)  # fmt: skip

PRESETS = (
    Preset("Normal pair", "The one case where the Gaussian fit is right; KSG nearly as good.", Information()),
    Preset("Parabola", "No correlation at all, a nat of information: Gaussian fits are blind.",
           Information(problem="parabola-0.1")),
    Preset("Independent", "The truth is 0: estimates scatter on both sides, and clamping would bias them.",
           Information(problem="independent-normal-1-1")),
    Preset("Too strong for KSG", "Correlation 0.999 and 100 samples: low at every k, LNC less so.",
           Information(problem="1v1-normal-0.999", samples=100)),
    Preset("Student, one degree of freedom", "No variance, no correlation, still information.",
           Information(problem="student-identity-1-1-1")),
    Preset("Spiral", "The same information, wound up: neighbours no longer see it.",
           Information(problem="spiral-multinormal-sparse-3-3-2-2.0")),
    Preset("Swiss roll", "x lies on a curve in the plane: one nat less would be a guess.",
           Information(problem="swissroll_x-normal_cdf-1v1-normal-0.75")),
    Preset("Exclusive or", "Neither column of x tells anything; both together tell all.",
           Information(problem="xor-continuous")),
    Preset("Zero-inflated Poisson", "A number against counts: Ross takes labels as labels.",
           Information(problem="zero-inflated-poisson-0.15")),
    Preset("Ten columns", "Dense normal, five against five: KSG falls low, the fit does not.",
           Information(problem="multinormal-dense-5-5-0.5", samples=1000)),
    Preset("Change of variable", "Equal widths: raising a feature to a power changes its proficiency.",
           WIDTHS.replace(power=4.0)),
    Preset("Not enough data", "Fifty images: what random features read is as wide as what real ones do.",
           Information(images=50, levels=4)),
)  # fmt: skip

PAGE = PageSpec(
    name="information",
    title="Information",
    lead="How much does X tell about Y? Every estimator beside the truth and beside what shuffled pairs read; the "
    "conditional slice; and what the neurons of a small network know of the digits they read.",
    experiment=information,
    views=(
        View("scatter", "Who carries the information", "Each pair in the colour of its local mutual information.",
             views.scatter, ("estimates",)),
        View("k", "KSG over k", "Band: one standard deviation over seeds. Grey: middle 95 % of shuffled pairs.",
             views.over_k, ("estimates", "over_k")),
        View("samples", "KSG over n", "Band: one standard deviation over seeds. Dotted: the most that n allows.",
             views.over_samples, ("estimates", "over_samples")),
        View("estimators", "Every estimator", "Bars: 95 % interval of the mean over seeds. Grey: null. No dot: refuses "
             "these data.", views.estimators, ("estimates", "comparison")),
        View("noise", "KSG over noise", "Noise on y only takes information away. Band: deviation over seeds.",
             views.over_noise, ("over_noise",)),
        View("rotation", "KSG over rotation", "Turning x alone changes nothing; turning x into y does.",
             views.over_rotation, ("over_rotation",)),
        View("conventions", "Conventions of public packages", "Green: sound; vermilion: wrong. Bars: 95 % over seeds.",
             views.conventions, ("conventions",)),
        View("cut", "y = x², cut at x", "Vermilion: P(y | x) at the cut. Play the knob position.",
             views.sliced, ("density_slice",)),
        View("conditional", "H(Y | x) and H(Y | X)", "Band: 1.96 standard errors of the mean surprise.",
             views.conditional, ("density_slice",)),
        View("neurons", "Neurons and features", "Proficiency of every neuron alone; last column: all as one space.",
             network_views.neurons, ("neurons",)),
        View("layer", "The layer against chance", "Bars: 95 % by subsampling. Grey below: shuffled features.",
             network_views.layer, ("layer",)),
        View("data", "Enough data?", "Bands: deviation over random subsets. Grey: 95 % of shuffled classes.",
             network_views.layer_over_images, ("over_images",)),
    ),
    readings=(
        Metric("truth", "truth", "known in closed form or by quadrature", color=HARD,
                absent="not known after turning or blurring"),
        Metric("KSG", "ksg", "± 1.96 standard errors by subsampling", "ksg_error", GREEN, "refused the data"),
        Metric("KSG − truth", "gap", "± 1.96 standard errors by subsampling", "ksg_error", absent="truth not known"),
        Metric("null, 97.5 %", "ksg_null_high", "what KSG reads for shuffled pairs, upper end; ± 1.96 standard errors "
                "over shuffles", "ksg_null_high_error"),
        Metric("largest KSG", "ceiling", "ψ(n) − ψ(k): stronger dependence cannot be seen"),
        Metric("H(Y | x) at the cut", "slice_entropy", "plug-in; ± 1.96 standard errors", "slice_error",
                absent="no sample there"),
        Metric("H(Y | X)", "conditional_entropy", "average over x; ± 1.96 standard errors",
                "conditional_entropy_error"),
        Metric("layer knows the class", "class_proficiency", "proficiency of 12 neurons; ± 1.96 standard errors",
                "class_error"),
        Metric("layer knows noise", "random_proficiency", "three random features: about 0; ± 1.96 standard errors",
                "random_error"),
        Metric("rightly classified", "accuracy", "share of the 800 held-out images; ± 1.96 standard errors",
                "accuracy_error"),
    ),
    formula=formula,
    groups={
        "Pair": ("problem", "samples", "noise", "rotation"),
        "Estimators": ("k", "bins"),
        "Slice": ("position", "abscissa"),
        "Neurons": ("images", "levels", "cut", "power"),
        "Draws": ("replicates", "seed"),
    },
    sweep="position",
    sketch=views.information_sketch,
    presets=PRESETS,
    lessons=LESSONS,
    idle=idle,
)  # fmt: skip
