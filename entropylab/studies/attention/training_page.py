"""The tab "Train" of Attention: one transformer, its penalty turned while it learns (Shihab et al. 2025)."""

from __future__ import annotations

import xarray as xr

from entropylab.studies.attention import training_figures as views
from entropylab.studies.attention.training_stages import IMAGES_SAY, AttentionTraining, attention_training
from entropylab.studies.core.page_spec import Preset, TrainingSpec
from entropylab.studies.core.view import View
from entropylab.studies.rendering.metrics import Metric, format_number
from entropylab.studies.rendering.style import GREEN, HARD, SOFT


def formula(answer: xr.Dataset) -> tuple[str, ...]:
    """The loss in general, then where the run stands."""
    entropy, units = format_number(float(answer.row_entropy)), answer.row_entropy.attrs["units"]
    return (
        r"L = L_{\mathrm{task}} + \gamma(t) \, P(A), \quad P_{L1} = \sum_j A_{ij} = 1, \quad"
        r" P_{L2} = \sum_j A_{ij}^2, \quad P_H = \frac{H(A_i)}{\log N}",
        rf"\gamma = {answer.attrs['gamma']:g}, \quad \tau = {answer.attrs['threshold']:g}, \quad"
        rf" \langle H(A_i) \rangle = {entropy}\ \mathrm{{{units}}}",
    )


def idle(question: AttentionTraining) -> frozenset[str]:
    """No penalty has no strength, and only top-k counts keys."""
    unused = {"gamma", "schedule"} if question.penalty == "none" else set()
    return frozenset(unused | ({"k"} if question.map != "top-k" else set()))


PRESETS = (
    Preset("Entropy", "The penalty makes attention prunable within a few hundred steps.", AttentionTraining()),
    Preset("None", "The same run without a penalty: pruning costs answers.", AttentionTraining(penalty="none")),
    Preset("L1 does nothing", "A row sums to 1: the run is that of no penalty.", AttentionTraining(penalty="L1")),
    Preset("L2 spreads", "Rows go to uniform.", AttentionTraining(penalty="L2", gamma=3.0)),
    Preset("Collapse", "Too strong from the start: one key a row before anything is learned.",
           AttentionTraining(gamma=10.0, schedule="constant")),
    Preset("Late", "The same strength once attention has found its place.",
           AttentionTraining(gamma=3.0, schedule="late")),
    Preset("Ball entropy", "Mass over 2 x 2 patches.", AttentionTraining(penalty="ball")),
    Preset("Entmax", "Exact zeros without any penalty.", AttentionTraining(map="entmax", penalty="none")),
    Preset("Top-k", "Three keys a row.", AttentionTraining(map="top-k", penalty="none")),
)  # fmt: skip

TRAIN = TrainingSpec(
    name="attention_training",
    title="Attention",
    lead="Train one small vision transformer and turn the penalty, its strength or the map while it learns. Whoever "
    "presses attention together too early or too hard sees it collapse.",
    training=attention_training,
    views=(
        View("accuracies", "Accuracy", "On 359 test images; pruned at the threshold.", views.accuracies, ("run",)),
        View(
            "entropies",
            "Entropy of every head",
            "Dashed: layer 2. Dotted: uniform. Red: collapsed.",
            views.entropies,
            ("run",),
        ),
        View("zeros", "Zeros", "What the threshold and the map drop.", views.zeros, ("run",)),
        View("losses", "Cross-entropy", "Of the test images; dotted: guessing.", views.losses, ("run",)),
        View(
            "map",
            "Where the class token looks",
            "One test image, last layer, mean over heads.",
            views.class_token_attention,
            ("run",),
        ),
        View("heads", "All heads", "The class token's row in every head.", views.every_head, ("run",)),
    ),
    readings=(
        Metric("accuracy", "accuracy", IMAGES_SAY, "accuracy_error", SOFT),
        Metric("accuracy, pruned", "pruned_accuracy", IMAGES_SAY, "pruned_accuracy_error", HARD),
        Metric("zeros", "sparsity", "share of all attention weights on the test images", color=GREEN),
        Metric("row entropy", "row_entropy", "mean over images, layers, heads and rows"),
    ),
    formula=formula,
    groups={
        "Attention": ("map", "penalty", "gamma", "schedule", "k", "threshold"),
        "Run": ("images", "steps", "seed"),
    },
    presets=PRESETS,
    sketch=views.training_sketch,
    idle=idle,
)
