"""The page "Hulls": the structure of points, the cost of their hull, and measured speedups."""

from __future__ import annotations

import xarray as xr

from entropylab.studies.core.page_spec import Lesson, PageSpec, Preset, Step
from entropylab.studies.core.view import View
from entropylab.studies.hulls import figures as views
from entropylab.studies.hulls import network_figures as network
from entropylab.studies.hulls.experiment import hulls
from entropylab.studies.hulls.stages import Hulls
from entropylab.studies.rendering.metrics import Metric, format_number
from entropylab.studies.rendering.style import HARD, SOFT


def formula(answer: xr.Dataset) -> tuple[str, ...]:
    """The structural entropy in general, then the interval that is known of it."""
    low, high = (format_number(float(answer[name]), digits=3) for name in ("hull_lower", "hull_upper"))
    return (
        r"H = \min_{\text{classes in triangles inside the hull}} \sum_c \frac{n_c}{n} \ln \frac{n}{n_c}",
        rf"{low} \leq H \leq {high}",
    )


def idle(question: Hulls) -> frozenset[str]:
    """Knobs without effect: those of timing while it is off, the random seed of a grid."""
    unused = set() if question.clock else {"rounds"}
    unused |= set() if question.network else {"table"}
    unused |= {"seed"} if question.data == "grid" else set()
    return frozenset(unused)


LESSON = Lesson(
    "What a hull costs",
    (
        Step("A triangle full of points: one class, entropy near 0, about five tests a point.", Hulls(data="triangle")),
        Step("A disk: more corners, a higher entropy, more tests.", Hulls()),
        Step("A circle: every point is a corner. The entropy is ln(n / 3), the most there is.", Hulls(data="circle")),
        Step("Points on a parabola, Shihab et al.'s easy case, are as hard as a circle.", Hulls(data="parabola")),
        Step("Let the clock run: the copy of the baseline is the control.", Hulls(samples=1000, clock=True)),
    ),
)

PRESETS = (
    Preset("Disk", "Something of everything: a filter that pays, a few dozen corners.", Hulls()),
    Preset("Square", "Two triangles cover it: the entropy tends to ln 2. The seed calls this high.",
           Hulls(data="uniform")),
    Preset("Circle", "No point can be dropped; Qhull is slowest here and misses corners at a million.",
           Hulls(data="circle", samples=3000)),
    Preset("Parabola", "The seed calls it low entropy; it is the maximum.", Hulls(data="parabola", samples=3000)),
    Preset("Annulus", "Many corners and many points inside: between the two.", Hulls(data="annulus")),
    Preset("By the clock", "Fifteen rounds in random order against Qhull and against its own copy.",
           Hulls(samples=1000, clock=True)),
    Preset("3-D maxima", "The pass that drops what twelve points beat, against a plain sweep.",
           Hulls(samples=3000, clock=True, work="maxima 3-D")),
    Preset("Delaunay", "The same triangles as Qhull's; sorting first (Shihab et al.) gains a few per cent.",
           Hulls(samples=1000, clock=True, work="Delaunay")),
    Preset("After EntropyNet", "Trained on such sets: what it saves, what it costs, and whose hull that is.",
           Hulls(data="uniform", samples=1000, network=True, table="range families (table 12)")),
)  # fmt: skip

PAGE = PageSpec(
    name="hulls",
    title="Hulls",
    lead="How much structure points have decides what their convex hull costs. See the entropy that bounds it, beside "
    "Shihab et al.'s surrogate that does not; tests counted, and speedups measured against a control.",
    experiment=hulls,
    views=(
        View("plane", "Points, filter and hull", "Blue: what one pass leaves.", views.plane, ("shape",)),
        View("tests", "Tests per point", "Counted, not timed: no load disturbs them.", views.tests_over_size,
             ("operations",), absent=views.insufficient_points),
        View("entropy", "Structural entropy", "What is known of it: an interval, never one number.",
             views.entropy_over_size, ("operations",), absent=views.insufficient_points),
        View("against-entropy", "Work against structural entropy", "Eighteen sets; the entropy-bounded hull's tests.",
             views.against_entropy, ("shape", "entropies")),
        View("against-surrogate", "Work against H_diff", "Shihab et al.'s entropy is the same for all of them.",
             views.against_surrogate, ("entropies",)),
        View("speedups", "Speedups by the clock", "Dotted: two identical runs. No dot where that is not excluded.",
             views.speedups, ("timings",), absent=views.not_timed),
        View("moved", "Before and after EntropyNet", "Trained on such sets. Dashed: the hull of the data.",
             network.displacement, ("preprocessing",), absent=network.no_network),
        View("speed-map", "Chan's speedup over k and α", "Shihab et al.'s figure 7. Empty: within the null.",
             network.speed_map, ("landscape",), absent=network.unmapped_speed),
        View("error-map", "Hull error over k and α", "What those networks did to the hull's area.", network.error_map,
             ("landscape",), absent=network.no_landscape),
    ),
    tables=(
        View("clock-table", "By the clock", "Error beside speed; below, the published claims.",
             network.clock_table, ("timings",)),
        View("network-table", "Shihab et al.'s tables, measured",
             "Its figures are claims; the others are this machine's, "
             "on the chosen points. An interval that meets the null's shows no speedup.", network.network_table,
             ("preprocessing",)),
    ),
    tables_below=True,
    readings=(
        Metric("entropy, at least", "hull_lower", "no triangle inside the hull holds more", color=HARD),
        Metric("entropy, at most", "hull_upper", "of a triangulation that was found", color=HARD),
        Metric("corners", "corners", "of the strictly convex hull, exact"),
        Metric("left by the filter", "left_share", "share of the points that one pass cannot drop", color=SOFT),
        Metric("Qhull misses", "qhull_missed", "corners of the exact hull that it does not return",
                absent="refuses these points"),
        Metric("maxima's entropy", "staircase", "of the Pareto maxima, larger is better; exact in the plane where "
                "at most 1024 hang together, else greedy: at most 1 nat above", absent="not for so many points"),
        Metric("entropy of the runs", "runs", "of the first coordinate, in the order of the data"),
        Metric("R² of the entropy", "explained", "of the tests per point over eighteen sets, exact for these sets"),
        Metric("R² of H_tri", "explained_by_triangles", "the same tests; 16 even directions, τ = 0.01"),
        Metric("R² of H_diff", "explained_by_surrogate", "the same tests; 16 anchors by k-means, α = 10"),
        Metric("speedup", "first", "of the first candidate, 96 % by order statistics", "first_error",
                absent="no clock, or not beyond the null"),
        Metric("null ratio", "null", "of two identical runs, 96 % by order statistics", "null_error",
                absent="no clock"),
        Metric("EntropyNet's own time", "net_own_ms", "least, of one pass over these points", absent="not trained"),
        Metric("after EntropyNet ×", "net_alone", "work before over after, the network not counted; 95 % interval",
                "net_alone_error", absent="not trained, or not beyond the null"),
        Metric("with EntropyNet ×", "net_whole", "the network in the clock; 95 % interval", "net_whole_error",
                absent="not trained, or not beyond the null"),
        Metric("error after", "net_off", "of the hull's area; of triangles or maxima the share that differs",
                absent="not trained"),
        Metric("Hausdorff after", "net_away", "between the points before and after; a side of the square is 2",
                absent="not trained"),
        Metric("Chamfer after", "net_apart", "between the points before and after", absent="not trained"),
    ),
    formula=formula,
    groups={"Points": ("data", "samples", "seed"), "Clock": ("work", "clock", "rounds"),
            "EntropyNet": ("network", "table", "landscape")},
    sweep="samples",
    sketch=views.hull_sketch,
    presets=PRESETS,
    lessons=(LESSON,),
    idle=idle,
)  # fmt: skip
