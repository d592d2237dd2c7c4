"""The tab "Train" of the page "Patterns": cells that learn to repeat themselves."""

from __future__ import annotations

import xarray as xr

from entropylab.studies.cells import figures as views
from entropylab.studies.cells.parameters import Cells
from entropylab.studies.cells.stages import cells
from entropylab.studies.core.page_spec import Preset, TrainingSpec
from entropylab.studies.core.view import View, training_not_started
from entropylab.studies.rendering.metrics import Metric, format_number
from entropylab.studies.rendering.style import HARD, SOFT

HELD = "± 1.96 standard errors over held-out runs"


def formula(answer: xr.Dataset) -> tuple[str, ...]:
    """The loss in general, then with the live numbers."""
    knobs = answer.attrs
    return (
        r"\mathrm{loss} = \frac{\hat H_{\mathrm{soft}}}{d} - \lambda\, h(\bar x) + \beta\, \overline{h(x)}, \quad"
        r" h(x) = -x \log x - (1 - x) \log (1 - x), \quad U = h(\bar x) - \frac{H}{d}",
        rf"t = {int(answer.step)}, \quad T = {format_number(float(answer.temperature_now), digits=3)}, \quad"
        rf" \sigma = {format_number(float(answer.bandwidth_now), digits=3)}, \quad \lambda = {knobs['diversity']:g},"
        rf" \quad \beta = {knobs['binariser']:g}, \quad "
        rf" U = {format_number(float(answer.utility), float(answer.utility_error))}",
    )


PRESETS = (
    Preset("Annealing succeeds", "T rises from 5 to 30: soft falls first, hard follows.", Cells()),
    Preset("Collapse to zero", "Without diversity all cells agree: entropy 0, utility 0.", Cells(diversity=0.0)),
    Preset("Soft falls, hard does not", "T = 2 is too low: undecided cells look alike to the soft count.",
           Cells(temperature=2.0, rise=1.0, seed=1)),
    Preset("Noise too strong", "At noise 0.3 patterns break again and again: U stays below 0.9.", Cells(noise=0.3)),
    Preset("Straight through", "Hard forward, soft backward: the gradient of another loss.",
           Cells(gradient="straight-through")),
    Preset("Score function", "Unbiased for the hard loss, and noisy: no kernel, no bandwidth.",
           Cells(gradient="score function")),
    Preset("Blind to left and right", "Only palindromes can be sure: watch the mirror.",
           Cells(sensing="mean of both")),
    Preset("Ring", "All cells are alike and stay undecided: U stays near 0.", Cells(geometry="ring")),
)  # fmt: skip

TRAIN = TrainingSpec(
    name="cells",
    title="Patterns: train",
    lead="Cells on a line start from noise and end in a pattern. One small network, shared by all, learns to make "
    "that pattern the same every time by descending the soft entropy, while the pooled fates are kept apart. All "
    "numbers come from held-out noise. Turn T, σ, the noise or the diversity while it runs.",
    training=cells,
    views=(
        View("entropies", "Entropy through training", "Where soft leaves hard, cells are undecided.",
             views.entropies, ("run",)),
        View("utility", "Utility through training", "Diverse cells in repeated patterns; dotted: the bound.",
             views.utility, ("run",)),
        View("histogram", "Pattern histogram", "The most frequent of the hard patterns.", views.histogram, ("run",)),
        View("space_time", "Cells through time", "One held-out run from its noisy start.",
             views.space_time, ("run",)),
        View("patterns", "Final patterns", "One row a held-out run, frequent patterns first.",
             views.final_patterns, ("run",)),
        View("states", "Final states", "Piled up at 0 and 1: decided. Near 1/2: noise decides.",
             views.states, ("run",)),
        View("schedule", "Way through T and σ", "Colour: bias of the present patterns there.",
             views.schedule, ("run",)),
        View("gradient", "Gradient through training", "In the shaded zone training stands still.",
             views.gradient, ("run",), absent=training_not_started),
        View("loss", "Training loss", "Of every batch; dashed: no rule can go below.", views.loss, ("run",),
             absent=training_not_started),
    ),
    readings=(
        Metric("soft entropy", "soft", HELD, "soft_error", SOFT),
        Metric("hard entropy", "hard", f"Miller and Madow's, {HELD}", "hard_error", HARD),
        Metric("soft − hard", "gap", f"{HELD}: both move together", "gap_error"),
        Metric("utility U [bits a cell]", "utility", HELD, "utility_error"),
        Metric("patterning [bits a cell]", "patterning", f"entropy of the pooled fates, {HELD}", "patterning_error"),
        Metric("distinct", "distinct", "different hard patterns among the held-out runs"),
        Metric("margin", "margin", f"mean distance of a state from 1/2, {HELD}", "margin_error"),
        Metric("vanished gradients", "vanished", f"share of states whose n dH/ds is below 1e-6, {HELD}",
                "vanished_error"),
    ),
    formula=formula,
    groups={
        "Softness": ("temperature", "rise", "bandwidth", "narrowing"),
        "Aim": ("diversity", "binariser", "noise", "rate"),
        "Cells": ("geometry", "sensing", "cells", "cue"),
        "Training": ("gradient", "batch", "steps", "seed"),
    },
    sketch=views.sketch,
    presets=PRESETS,
)  # fmt: skip
