"""The page "Patterns": soft against hard reproducibility entropy (the note on reproducibility entropy)."""

from __future__ import annotations

import xarray as xr

from entropylab.problems.patterns import pattern_width
from entropylab.studies.cells.page import TRAIN
from entropylab.studies.core.page_spec import Lesson, PageSpec, Preset, Step
from entropylab.studies.core.view import View
from entropylab.studies.patterns import figures as views
from entropylab.studies.patterns.stages import Patterns, patterns
from entropylab.studies.rendering.metrics import Metric, format_number
from entropylab.studies.rendering.style import HARD, SOFT
from entropylab.studies.rendering.thumbnail import entropy_thumbnail

JACKKNIFE = "± 1.96 standard errors over samples (infinitesimal jackknife)"


def formula(answer: xr.Dataset) -> tuple[str, ...]:
    """The soft entropy in general, then with the live numbers of sample 1."""
    n, d = answer.attrs["samples"], answer.pattern.shape[1]
    temperature, bandwidth = answer.attrs["temperature"], answer.attrs["bandwidth"]
    units = answer.soft.attrs["units"]
    return (
        r"\hat H = -\frac{1}{n} \sum_{i=1}^{n} \log \frac{C_i}{n}, \quad"
        r" C_i = \sum_{j=1}^{n} \exp\left(-\frac{\lVert x_i - x_j \rVert^2}{2 \sigma^2}\right), \quad"
        r" x = \frac{1}{1 + e^{-T (s - 1/2)}}",
        rf"n = {n}, \quad d = {d}, \quad T = {temperature:g}, \quad \sigma = {bandwidth:g}, \quad"
        rf" \kappa = e^{{-\tanh(T/4)^2 / 2\sigma^2}} = {format_number(float(answer.leakage))}, \quad"
        rf" \hat H = {format_number(float(answer.soft), float(answer.soft_error))}\ \mathrm{{{units}}}",
    )


def idle(question: Patterns) -> frozenset[str]:
    """Knobs that the chosen data set ignores."""
    unused = set()
    if question.data != "cells":
        unused.add("prototypes")
    if pattern_width(question.data, 0):
        unused.add("cells")
    return frozenset(unused)


LESSON = Lesson(
    "From counting to a loss",
    (
        Step("Eight patterns repeat without noise. Soft and hard counts agree; the blocks are the patterns.",
             Patterns(noise=0.0, spread=0.0, bandwidth=0.2)),
        Step("At the note's bandwidth 1/2 every cell that differs still counts 0.14: the soft entropy is low.",
             Patterns(noise=0.0, spread=0.0)),
        Step("Cells stray from 0 and 1. A steep sigmoid forgives it, a narrow kernel does not.",
             Patterns(spread=0.6, bandwidth=0.2)),
        Step("Steeper still: the soft value meets the hard one, and the gradient has vanished.",
             Patterns(spread=0.6, bandwidth=0.2, temperature=80.0)),
    ),
)  # fmt: skip

PRESETS = (
    Preset("Default", "T = 10 and σ = 1/2 lose a fifth of every fair bit.", Patterns()),
    Preset("Meeting the hard value", "T = 30, σ = 0.25: leakage and jitter nearly cancel.",
           Patterns(temperature=30.0, bandwidth=0.25)),
    Preset("Vanished gradient", "T = 100 is exact and cannot be trained: look at the gradient.",
           Patterns(temperature=100.0, bandwidth=0.1)),
    Preset("Undecided cells", "All cells near 1/2: soft says order, hard says noise.",
           Patterns(temperature=2.0, spread=1.0, prototypes=64, noise=0.3)),
    Preset("Batch ceiling", "Every image differs: the estimate is log n, whatever the truth.",
           Patterns(data="digits", spread=0.0, samples=256)),
    Preset("Ink in 3 x 3 patches", "Real patterns: few are common, many are rare.",
           Patterns(data="patches 3x3", samples=1024, noise=0.0, spread=0.1)),
    Preset("Rule 110 with noise", "Equal starts, noisy steps: order decays into the ceiling.",
           Patterns(data="automaton", cells=32, noise=0.001)),
)  # fmt: skip

PAGE = PageSpec(
    name="patterns",
    title="Patterns",
    lead="How many different patterns does a batch show? Counting is exact and has no gradient; the soft count has "
    "one, and a bias. Turn temperature and bandwidth and watch the soft entropy leave and meet the hard one.",
    experiment=patterns,
    views=(
        View("temperature", "Entropy over temperature", "Steeper sigmoids approach the hard value, dashed.",
             views.entropy_over_temperature, ("entropies", "over_temperature")),
        View("bandwidth", "Entropy over bandwidth", "Narrow kernels split jitter, wide ones merge patterns.",
             views.entropy_over_bandwidth, ("entropies", "over_bandwidth")),
        View("bias", "Bias over temperature and bandwidth", "Soft minus hard; dashed: no bias. Drag the point.",
             views.bias_map, ("entropies", "bias_map"), drag=("temperature", "bandwidth")),
        View("soft", "Soft patterns", "One row a sample, equal hard patterns side by side.",
             views.soft_patterns, ("entropies",)),
        View("kernel", "Kernel between samples", "Blocks are repeats; colour off the blocks is leakage.",
             views.kernel, ("entropies",)),
        View("counts", "Soft against hard count", "Above the line: neighbours leak in. Below: jitter splits.",
             views.counts, ("entropies",)),
        View("distance", "Kernel over Hamming distance", "Grey: where the pairs lie. Their kernel is the leakage.",
             views.kernel_over_distance, ("entropies",)),
        View("ranked", "Counts by rank", "Soft counts scatter around the stairs of the hard ones.",
             views.ranked_counts, ("entropies",)),
        View("gradient", "Gradient over temperature", "In the shaded zone training stands still.",
             views.gradient, ("steepness",)),
    ),
    readings=(
        Metric("soft entropy", "soft", JACKKNIFE, "soft_error", SOFT),
        Metric("hard entropy", "hard", JACKKNIFE, "hard_error", HARD),
        Metric("soft − hard", "gap", "± 1.96 standard errors: both move together", "gap_error"),
        Metric("log n", "ceiling", "no estimate from n samples can exceed it"),
        Metric("leakage formula", "leaked", "soft entropy by closed form from the observed patterns",
                absent="only for spread 0"),
        Metric("leakage κ", "leakage", "what a pattern one cell away still counts"),
        Metric("distinct", "distinct", "different hard patterns in the batch, counted"),
        Metric("margin", "margin", "mean distance of a state from 1/2: below 0.2 cells are undecided; ± 1.96 standard "
                "errors over samples", "margin_error"),
    ),
    formula=formula,
    groups={
        "Softness": ("temperature", "bandwidth"),
        "Data": ("data", "samples", "cells", "prototypes", "noise", "spread", "seed"),
    },
    sweep="temperature",
    sketch=entropy_thumbnail,
    presets=PRESETS,
    lessons=(LESSON,),
    idle=idle,
    train=TRAIN,
)  # fmt: skip
