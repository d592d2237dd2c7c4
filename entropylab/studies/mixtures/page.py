"""The page "Mixtures": bounds on the entropy of a mixture beside a Monte Carlo truth (mixentropy)."""

from __future__ import annotations

import xarray as xr

from entropylab.studies.core.page_spec import Lesson, PageSpec, Preset, Step
from entropylab.studies.core.view import View
from entropylab.studies.mixtures import figures as views
from entropylab.studies.mixtures.stages import Mixtures, mixtures
from entropylab.studies.rendering.metrics import Metric, format_number
from entropylab.studies.rendering.style import GREEN, HARD, SOFT

MONTE_CARLO = "± 1.96 standard errors of the Monte Carlo mean"


def formula(answer: xr.Dataset) -> tuple[str, ...]:
    """The pairwise estimator in general, then with the live numbers."""
    k, d, alpha = answer.attrs["components"], answer.attrs["dimension"], answer.attrs["alpha"]
    best = format_number(float(answer.best_alpha))
    lower, upper = (format_number(float(answer[name]), digits=5) for name in ("lower", "upper"))
    return (
        r"\hat H_D = H(X | C) - \sum_{i=1}^{K} c_i \ln \sum_{j=1}^{K} c_j e^{-D(p_i \| p_j)}, \quad"
        r" C_\alpha(p \| q) = -\ln \int p^\alpha q^{1 - \alpha} dx",
        rf"K = {k}, \quad d = {d}, \quad \alpha = {alpha:g}, \quad \alpha^* = {best},"
        rf" \quad {lower} \leq H(X) \leq {upper}",
    )


def idle(question: Mixtures) -> frozenset[str]:
    """Knobs that the chosen axis ignores."""
    unused = set()
    if question.varied == "dimension":
        unused.add("dimension")
    if question.varied not in ("mean spread", "cluster spread"):
        unused.add("reading")
    return frozenset(unused)


LESSON = Lesson(
    "The sandwich",
    (
        Step("Far apart, components are labels: every bound but ELK meets H(X|C) + H(C).", Mixtures(at=15)),
        Step("On top of each other they are one: KL and Chernoff meet H(X|C).", Mixtures(at=0)),
        Step("Between the two the truth runs between KL above and Chernoff below.", Mixtures(at=6)),
        Step("With unlike covariances, alpha = 1/2 is no longer the best order.", Mixtures(varied="similarity", at=2)),
    ),
)

PRESETS = (
    Preset("Gaussians, mean spread", "The interval is widest where components touch.", Mixtures()),
    Preset("Gaussians, covariance similarity", "Unlike shapes loosen KL first.", Mixtures(varied="similarity")),
    Preset("Gaussians, clusters", "Two plateaus: five clusters, then fifty points.", Mixtures(varied="cluster spread")),
    Preset("Gaussians, dimension", "In high dimension everything is far apart.", Mixtures(varied="dimension", at=8)),
    Preset("Boxes, mean spread", "KL is infinite unless boxes coincide: only H(X|C) + H(C) is left.",
           Mixtures(family="uniform")),
    Preset("Boxes, width variability", "Boxes of unlike width: Chernoff sees the overlap.",
           Mixtures(family="uniform", varied="similarity", dimension=3)),
    Preset("Boxes, clusters", "Boxes overlap inside a cluster only.",
           Mixtures(family="uniform", varied="cluster spread", dimension=3)),
    Preset("Boxes, dimension", "Overlap dies exponentially with the dimension.",
           Mixtures(family="uniform", varied="dimension", at=8)),
    Preset("Which axis is it?", "Reading the same axis as a standard deviation halves its logarithm.",
           Mixtures(reading="standard deviation")),
)  # fmt: skip

PAGE = PageSpec(
    name="mixtures",
    title="Mixtures",
    lead="The entropy of a mixture has no closed form, but it can be sandwiched: pairwise divergences bound it from "
    "above and below, differentiably. See where the sandwich is thin, and drag a component to feel the bounds move.",
    experiment=mixtures,
    views=(
        View("bounds", "Bounds over the axis", "Dashed: the truth. Grey: what the best bounds leave open.",
             views.bounds, ("bounds",), key=views.KEY),
        View("gaps", "Bound minus truth", "Above zero bounds from above; the band is the truth's error.",
             views.gaps, ("bounds",), key=views.KEY),
        View("alpha", "Chernoff bound over alpha", "The mark is the best alpha.", views.alphas, ("at_axis_point",)),
        View("plane", "Four components in the plane", "Drag the marked one.",
             views.plane, ("density_map",), drag=("x", "y")),
        View("plane-bounds", "Bounds in the plane", "Lower left of the truth, upper right.",
             views.plane_bounds, ("density_map",)),
        View("logdet", "LogDet over beta", "It meets the normal entropy at one beta only.", views.logdet, ("logdets",)),
    ),
    readings=(
        Metric("Monte Carlo truth", "truth", MONTE_CARLO, "error", HARD),
        Metric("lower bound", "lower", "the highest of the lower bounds, exact", color=GREEN),
        Metric("upper bound", "upper", "the lowest of the upper bounds, exact", color=SOFT),
        Metric("width", "width_of_interval", "upper minus lower bound"),
        Metric("best α", "best_alpha", "order at which the Chernoff bound is highest"),
        Metric("axis value", "value", "where on the axis these numbers are taken"),
        Metric("plane: truth", "plane_truth", MONTE_CARLO, "plane_error", HARD),
        Metric("LogDet's normal", "normal_entropy", "entropy of the normal that LogDet samples"),
    ),
    formula=formula,
    groups={
        "Mixture": ("family", "varied", "at", "components", "dimension", "reading"),
        "Estimate": ("alpha", "draws", "seed"),
        "Plane": ("x", "y", "width"),
    },
    sweep="at",
    sketch=views.mixture_sketch,
    presets=PRESETS,
    lessons=(LESSON,),
    idle=idle,
)  # fmt: skip
