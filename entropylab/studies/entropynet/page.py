"""The tab "Train" of Partitions: EntropyNet, its loss and what that does to the hull (Shihab et al. 2025)."""

from __future__ import annotations

import xarray as xr

from entropylab.studies.core.page_spec import Preset, TrainingSpec
from entropylab.studies.core.view import View, training_not_started
from entropylab.studies.entropynet import figures as views
from entropylab.studies.entropynet.stages import RUNS_INTERVAL, Preprocessing, entropynet
from entropylab.studies.rendering.metrics import Metric, format_number
from entropylab.studies.rendering.style import HARD, MARK, PURPLE, SOFT

HELD = "± " + RUNS_INTERVAL


def formula(answer: xr.Dataset) -> tuple[str, ...]:
    """The loss in general, then what it has done so far."""
    before, after, error = (
        format_number(float(answer[n]), float(answer[f"{n}_error"]))
        for n in ("entropy_before", "entropy_after", "area_error")
    )
    return (
        r"L = w \, \mathrm{Chamfer}(S, S') + \lambda H(S') + \frac{\mu}{n} \sum_i \lVert x'_i - x_i \rVert^2",
        rf"H:\ {before} \to {after}, \quad |A' - A| / A = {error}",
    )


def idle(question: Preprocessing) -> frozenset[str]:
    """Halfspaces are always four."""
    return frozenset({"cells"} if question.surrogate == "halfspace" else set())


PRESETS = (
    Preset("The paper's loss", "The entropy falls by two thirds, and nearly half of the hull's area goes with it.",
           Preprocessing()),
    Preset("No entropy (λ = 0)", "The identity is already the best answer: nothing moves.",
           Preprocessing(entropy_weight=0.0)),
    Preset("Entropy alone", "Table 10: nothing holds the points, and they leave.",
           Preprocessing(chamfer_weight=0.0, stability_weight=0.0)),
    Preset("No stability", "Table 10: Chamfer and entropy alone.", Preprocessing(stability_weight=0.0)),
    Preset("Stability 10", "Enough to keep the hull to 3 %: then the entropy hardly falls.",
           Preprocessing(stability_weight=10.0)),
    Preset("Fixed anchors", "Table 9: only points can move. The entropy falls less, and less hull is lost.",
           Preprocessing(cut="fixed")),
    Preset("Random anchors", "Table 9: another start, the same end.", Preprocessing(cut="random")),
    Preset("α = 1", "Table 9: blurred cells.", Preprocessing(sharpness=1.0)),
    Preset("α = 100", "Table 9: hard cells.", Preprocessing(sharpness=100.0)),
    Preset("k = 4", "Table 9: few anchors.", Preprocessing(cells=4)),
    Preset("k = 32", "Table 9: many anchors.", Preprocessing(cells=32)),
    Preset("Halfspaces", "Table 12: the halfspace entropy squeezes the set across its lines.",
           Preprocessing(surrogate="halfspace")),
    Preset("Parabola", "Table 2's second set: half of the hull's area.", Preprocessing(data="noisy parabola")),
)  # fmt: skip

TRAIN = TrainingSpec(
    name="entropynet",
    title="EntropyNet",
    lead="Train Shihab et al.'s network to move points so that the entropy of their cells falls, and see the hull: "
    "what "
    "it would speed up is no longer the hull of the data. Turn the weights while it runs.",
    training=entropynet,
    views=(
        View(
            "sets",
            "A held-out set before and after",
            "Grey: before. Lines: where points went. Diamonds: anchors.",
            views.point_sets,
            ("run",),
        ),
        View(
            "parts",
            "The parts of the loss",
            "As they count, on the training sets.",
            views.loss_terms,
            ("run",),
            absent=training_not_started,
        ),
        View(
            "entropy",
            "Entropy of held-out sets",
            "Dashed: the unmoved sets in the same cells.",
            views.entropy,
            ("run",),
        ),
        View(
            "error",
            "Error of the hull's area",
            "The band is the 95 % interval over held-out sets.",
            views.error,
            ("run",),
        ),
        View(
            "displacement",
            "Hausdorff distance",
            "How far a point of either set is from the other, at most.",
            views.displacement,
            ("run",),
        ),
        View("trade", "What the entropy costs", "Hull error against entropy along the run.", views.tradeoff, ("run",)),
    ),
    readings=(
        Metric("hull area error", "area_error", HELD, "area_error_error", MARK),
        Metric("Hausdorff", "displacement", HELD, "displacement_error", PURPLE),
        Metric("entropy before", "entropy_before", "unmoved sets, same cells; " + HELD, "entropy_before_error", HARD),
        Metric("entropy after", "entropy_after", HELD, "entropy_after_error", SOFT),
        Metric(
            "Chan's tests, before",
            "tests_before",
            "orientation tests a point: no clock, no load; " + HELD,
            "tests_before_error",
        ),
        Metric(
            "Chan's tests saved ×",
            "tests_saved",
            "tests before over tests after, without the network; " + HELD,
            "tests_saved_error",
        ),
    ),
    formula=formula,
    groups={
        "Loss": ("chamfer_weight", "entropy_weight", "stability_weight", "sharpness", "rate"),
        "Sets": ("data", "points", "batch", "steps", "seed"),
        "Cells": ("surrogate", "cells", "cut"),
    },
    presets=PRESETS,
    sketch=views.entropynet_sketch,
    idle=idle,
)
