"""The page "Partitions": soft against hard entropy of a point set cut up by cells (Shihab et al. 2025)."""

from __future__ import annotations

import xarray as xr

from entropylab.problems.points.sets import CLUSTERED
from entropylab.studies.core.page_spec import Lesson, PageSpec, Preset, Step
from entropylab.studies.core.view import View
from entropylab.studies.entropynet.page import TRAIN
from entropylab.studies.partitions import figures as views
from entropylab.studies.partitions.experiment import partitions
from entropylab.studies.partitions.parameters import Partitions
from entropylab.studies.rendering.metrics import Metric, format_number
from entropylab.studies.rendering.style import GREEN, HARD, PURPLE, SOFT

POINTS = "± 1.96 standard errors over points, the cells fixed"
GENERAL = {
    "ball": r"p_{ij} = \frac{e^{-\alpha \lVert x_i - c_j \rVert^2}}{\sum_l e^{-\alpha \lVert x_i - c_l \rVert^2}}",
    "slab": r"p_{ij} = \frac{e^{-\alpha |n_j \cdot x_i - b_j|}}{\sum_l e^{-\alpha |n_l \cdot x_i - b_l|}}",
    "halfspace": r"p_{ia} = \prod_t \sigma(z_{it})^{a_t} \sigma(-z_{it})^{1 - a_t},"
    r" \quad z_{it} = \frac{n_t \cdot x_i - b_t}{\tau}",
    "box": r"p_{ia} = \prod_t \sigma(z_{it})^{a_t} \sigma(-z_{it})^{1 - a_t}, \quad"
    r" z_{it} = \frac{1}{\tau} \min_s \min(x_{is} - l_{ts}, u_{ts} - x_{is})",
}


def formula(answer: xr.Dataset) -> tuple[str, ...]:
    """The soft entropy in general, then the certificate with the live numbers."""
    soft, hard, bound = (format_number(float(answer[name])) for name in ("soft", "hard", "certificate"))
    cells, lost = int(answer.cell_count), format_number(float(answer.leakage), digits=3)
    return (
        r"H = -\sum_j q_j \ln q_j, \quad q_j = \frac{1}{n} \sum_i p_{ij}, \quad " + GENERAL[answer.attrs["family"]],
        rf"|{soft} - {hard}| \leq T \ln(K - 1) + h(T) = {bound}, \quad T = {lost}, \quad K = {cells}",
    )


def idle(question: Partitions) -> frozenset[str]:
    """Knobs that the chosen data or family ignore."""
    unused = set()
    if question.data not in CLUSTERED:
        unused.add("groups")
    if question.family != "halfspace" and question.family != "slab":
        unused.add("halfspace_choice")
    # the collapse and the gradients are of balls, whatever the family, so anchors never idle
    return frozenset(unused)


BLIND = Partitions(data="rings", groups=3, anchors=3)
SMALLER = Partitions(data="uniform", anchors=5, anchor_choice="random", scale=0.1)
LESSON = Lesson(
    "What this entropy measures",
    (
        Step("Six clusters and six anchors: the entropy is ln 6, soft and hard agree.", Partitions()),
        Step("No clusters, six anchors: ln 6 again, for k-means makes equal cells.", Partitions(data="uniform")),
        Step("Three rings, three anchors: ln 3, and the cells know nothing of the rings.", BLIND),
        Step("Unequal cells, ten times as small at the same sharpness: another number. Nothing is scale invariant.",
             SMALLER),
        Step("Let the anchors minimise it: they flee from the points until one cell has all.",
             Partitions(data="uniform", anchors=16, anchor_choice="random", frame=60)),
    ),
)  # fmt: skip

PRESETS = (
    Preset("Clusters", "The case it is made for: H = ln 6, and the cells are the clusters.", Partitions()),
    Preset("Aspect ratio 100", "Long clusters: the same H, but balls cut across; half of the groups is lost.",
           Partitions(aspect=100.0)),
    Preset("High dimension", "At fixed sharpness assignments do not blur in 20 dimensions: they harden.",
           Partitions(data="uniform", dimension=20, anchors=16)),
    Preset("Mismatched k", "Three anchors for eight clusters: H is ln 3 and says nothing of eight.",
           Partitions(groups=8, anchors=3)),
    Preset("Too many anchors", "Sixteen for four clusters: soft and hard part, the certificate is useless.",
           Partitions(groups=4, anchors=16)),
    Preset("Noise", "Two points in five are background: H stays near ln 6, a third of the groups is lost.",
           Partitions(noise=0.4)),
    Preset("Multimodal clusters", "Twelve small clusters in four: k decides which level H sees.",
           Partitions(data="nested clusters", groups=4, anchors=12)),
    Preset("Manifold", "Three spirals: H = ln 3 as for three clusters, and the cells tell 2 % of them.",
           Partitions(data="spirals", groups=3, anchors=3)),
    Preset("Another unit", "A tenth of the size at the same sharpness: H rises to ln 5. Slide the scale.", SMALLER),
    Preset("Collapse", "Anchors that minimise H: 2.7 nats go to 0 and no point moves.",
           Partitions(data="uniform", anchors=16, anchor_choice="random", frame=60)),
    Preset("Halfspaces", "Drag a line. The certificate bounds the gap; theorem 3 is dotted: it certifies nothing.",
           Partitions(data="uniform", family="halfspace", halfspaces=4, temperature=0.02)),
    Preset("Slabs of B.2", "The absolute value makes slabs: mirror points share a cell.",
           Partitions(data="uniform", family="slab", halfspaces=3)),
    Preset("Boxes", "Axis-aligned boxes share out the points; drag a corner.",
           Partitions(family="box", halfspaces=4, temperature=0.02)),
)  # fmt: skip

PAGE = PageSpec(
    name="partitions",
    title="Partitions",
    lead="Cut a point set into cells and take the entropy of their shares: a soft version to differentiate, a hard one "
    "to mean something. See how far apart they are, what certifies it, and how little either says of the structure.",
    experiment=partitions,
    views=(
        View("plane", "Points and cells", "Drag an anchor, the ends of a line or the corners of a box.", views.plane,
             ("assignments",), drag=("moved",)),
        View("over-hardness", "Soft entropy over softness", "Grey: where the certificate allows it.",
             views.over_hardness, ("assignments", "over_hardness")),
        View("bounds", "Bounds on soft − hard", "Theorem 3 is dotted where it is vacuous or void.", views.bounds,
             ("assignments", "over_hardness")),
        View("over-cells", "Entropy over the number of cells", "It follows log K; the mark is its elbow.",
             views.over_cells, ("over_cells",)),
        View("over-scale", "Entropy over the scale", "Points and cells grow together; invariance would be flat.",
             views.over_scale, ("assignments", "over_scale")),
        View("decided", "How decided the points are", "Shares of points in their own cell; the line is the mean.",
             views.hard_assignment, ("assignments",)),
        View("collapse", "Anchors that minimise H", "No point moves; the mark is the step shown.", views.collapse,
             ("collapse", "trajectory")),
        View("film", "The film of the collapse", "Play the knob frame: anchors flee until one has all points.",
             views.trajectory, ("collapse", "trajectory")),
        View("gradients", "Two formulas for the gradient",
             "Cosine with automatic differentiation; none where a sum is only rounding.", views.gradients,
             ("gradients",)),
    ),
    readings=(
        Metric("soft entropy", "soft", POINTS, "soft_error", SOFT),
        Metric("hard entropy", "hard", POINTS, "hard_error", HARD),
        Metric("soft − hard", "gap", POINTS, "gap_error"),
        Metric("certificate", "certificate", "bound on the distance of soft and hard, exact for these points",
                color=GREEN),
        Metric("theorem 3", "shihab_bound", "Shihab et al.'s bound, where it certifies anything", color=PURPLE,
                absent="vacuous or void"),
        Metric("softest certified τ", "certified", "temperature at which the certificate is 0.1 nats",
                absent="does not apply"),
        Metric("groups explained", "explained", f"mutual information of cells and groups over H(groups); {POINTS}",
                "explained_error", absent="no groups"),
        Metric("elbow", "elbow", "number of anchors or halfspaces at which these points' soft entropy bends most"),
        Metric("elbow of log K", "elbow_of_log", "where log K alone bends most, whatever the points",
                absent="log K is straight"),
        Metric("after collapse", "final_soft",
                "these points' soft entropy after 100 steps of Adam on the anchors, exact"),
    ),
    formula=formula,
    groups={
        "Points": ("data", "samples", "groups", "dimension", "aspect", "noise", "scale", "seed"),
        "Cells": ("family", "anchors", "anchor_choice", "halfspaces", "halfspace_choice"),
        "Softness": ("sharpness", "temperature"),
        "Film": ("frame",),
        "Moved by hand": ("moved",),
    },
    sweep="frame",
    sketch=views.partition_sketch,
    presets=PRESETS,
    lessons=(LESSON,),
    idle=idle,
    train=TRAIN,
)  # fmt: skip
