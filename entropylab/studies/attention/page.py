"""The page "Attention": what entropy regularisation does to attention maps (Shihab et al. 2025)."""

from __future__ import annotations

import xarray as xr

from entropylab.studies.attention import figures as views
from entropylab.studies.attention.experiment import attention
from entropylab.studies.attention.stages import Attention
from entropylab.studies.attention.tables import languages
from entropylab.studies.attention.training_page import TRAIN
from entropylab.studies.core.page_spec import Lesson, PageSpec, Preset, Step
from entropylab.studies.core.view import View
from entropylab.studies.rendering.metrics import Metric, format_number
from entropylab.studies.rendering.style import HARD, SOFT

MODELS = "95 % interval over five trained models (Student's t)"
CLASS = Attention(query="class token")
CLUTTER = CLASS.replace(images="cluttered digits", image=4)


def formula(answer: xr.Dataset) -> tuple[str, ...]:
    """The penalised loss and pruning, then the live numbers of the chosen row."""
    entropy, units = float(answer.row_entropy), answer.row_entropy.attrs["units"]
    return (
        r"L = L_{\mathrm{task}} + \gamma \left\langle \frac{H(A_i)}{\log N} \right\rangle, \quad"
        r" H(A_i) = -\sum_{j=1}^{N} A_{ij} \log A_{ij}, \quad"
        r" A_{ij} \to \frac{A_{ij} [A_{ij} \geq \tau]}{\sum_l A_{il} [A_{il} \geq \tau]}",
        rf"\tau = {answer.attrs['threshold']:g}, \quad k = {answer.attrs['keep']}, \quad"
        rf" H(A_i) = {format_number(entropy)}\ \mathrm{{{units}}}, \quad"
        rf" \sum_j A_{{ij}} = 1 \ \mathrm{{(so\ an\ L1\ penalty\ is\ constant)}}",
    )


def idle(question: Attention) -> frozenset[str]:
    """The class token has no place in the image, and a drawn digit stands in for the test image."""
    unused = {"x", "y"} if question.query == "class token" else set()
    return frozenset(unused | ({"image"} if question.drawn != "none" else set()))


LESSONS = (
    Lesson(
        "What the penalty buys, and what it does not",
        (
            Step("Five small transformers for every method read digits that they have not seen. Drag the mark: orange "
                 "is where that patch looks, with the entropy penalty (A) and without (B).", Attention()),
            Step("Drop weights below 0.2. A hardly notices, B loses many answers: the penalty made attention prunable. "
                 "The difference is paired, image by image.", CLASS.replace(threshold=0.2)),
            Step("Shihab et al.'s L1 baseline: every row sums to 1, so its L1 norm is 1 whatever the weights. The two "
                 "curves are one.", CLASS.replace(method="L1", threshold=0.2)),
            Step("An L2 penalty is smallest for uniform rows. It spreads attention, and pruning hurts sooner.",
                 CLASS.replace(method="L2", threshold=0.2)),
            Step("Entmax has exact zeros and needs no threshold. Nothing is special about Shannon's entropy here.",
                 CLASS.replace(method="entmax", versus="Shannon", threshold=0.2)),
            Step("Now attention must choose: digits on photographs. A penalty from the first step freezes attention "
                 "before it has found the digit.", CLUTTER.replace(threshold=0.1)),
        ),
    ),
)  # fmt: skip

PRESETS = (
    Preset("Entropy against none", "Drag the mark: one patch's row of attention.", Attention()),
    Preset("Prune at 0.2", "Where the penalty pays: most weights gone, most answers kept.",
           CLASS.replace(threshold=0.2)),
    Preset("L1 does nothing", "A row sums to 1: the penalty is constant and its gradient 0.",
           CLASS.replace(method="L1", threshold=0.2)),
    Preset("L2 spreads", "Its minimum is the uniform row.", CLASS.replace(method="L2", threshold=0.1)),
    Preset("Ball entropy", "Mass over 2 x 2 patches: neighbours may share it.", CLASS.replace(method="ball")),
    Preset("Entmax, no threshold", "Exact zeros from the map itself.",
           CLASS.replace(method="entmax", versus="Shannon", threshold=1e-4)),
    Preset("Sparsemax", "The sparsest of the maps.", CLASS.replace(method="sparsemax", versus="entmax")),
    Preset("Top-k in training", "Two keys a row; B is cut down to as many.", CLASS.replace(method="top-k", keep=2)),
    Preset("One key a row", "All but the largest weight dropped: who still reads?", CLASS.replace(keep=1)),
    Preset("Cluttered digits", "Attention must choose: look at the overlap with strokes.", CLUTTER),
    Preset("Clutter, late penalty", "The penalty waits until half of training.",
           CLUTTER.replace(method="Shannon, late", versus="Shannon")),
    Preset("Clutter, top-k", "Few keys a row from the first step.", CLUTTER.replace(method="top-k", threshold=0.05)),
)  # fmt: skip

PAGE = PageSpec(
    name="attention",
    title="Attention",
    lead="Does an entropy penalty make attention sparse, prunable, meaningful? Small vision transformers, "
    "five a method, each shown digits that it has not seen, or one that you draw. Choose two methods, drop small "
    "weights, and read what it costs. Strengths and numbers of keys were chosen on digits kept for that.",
    experiment=attention,
    views=(
        View("first", "Attention of A", "Orange: where the marked patch looks. Drag the mark to ask for another.",
             views.first_map, ("attention_maps",), drag=("x", "y")),
        View("second", "Attention of B", "The same row, the same image, the other method.",
             views.second_map, ("attention_maps",), drag=("x", "y")),
        View("heads", "All heads of A", "The same row in every head of both layers.",
             views.heads, ("attention_maps",)),
        View("accuracy", "Accuracy over sparsity", "Bands: 95 % over trained models. Faint: all methods. Diamond: now.",
             views.accuracy, ("tradeoff", "pruned_test")),
        View("difference", "A − B on the same images",
             "Wide band: over trained models. Narrow: over test images. Diamond: both at this threshold.",
             views.difference, ("tradeoff", "pruned_test")),
        View("rollout", "Rollout of A and of B", "What reaches the class token through all layers; A left, B right.",
             views.rollout, ("attention_maps",)),
        View("matrix", "All rows of the chosen head", "Method A after pruning. Token 0 is the class token.",
             views.matrix, ("attention_maps",)),
        View("entropies", "Entropy through training", "Method A, dashed: layer 2. Red: attention has collapsed.",
             views.entropies, ("history",)),
        View("strokes", "Overlap with strokes", "Class token, equal areas. Compare with the two maps that see nothing.",
             views.strokes, ("overlap",)),
    ),
    tables_below=True,
    tables=(
        View("text", "The same methods on text, and what a step costs",
             "A small causal model of characters. A speed of 1 is that of dense attention.", languages, ("text",)),
    ),
    readings=(
        Metric("accuracy A", "accuracy", f"after pruning, on 1795 images, {MODELS}", "accuracy_error", SOFT),
        Metric("accuracy B", "other_accuracy", f"after pruning, on 1795 images, {MODELS}",
                "other_accuracy_error", HARD),
        Metric("zeros A", "sparsity", f"share of attention weights that are 0, {MODELS}", "sparsity_error", SOFT),
        Metric("zeros B", "other_sparsity", f"share of attention weights that are 0, {MODELS}",
                "other_sparsity_error", HARD),
        Metric("A − B over models", "difference", f"paired, {MODELS}", "difference_error"),
        Metric("A − B over images", "image_difference", "paired, 95 % over test images, these five models",
                "image_difference_error"),
        Metric("A reads", "reads", "the digit that A reads in this image after pruning", color=SOFT),
        Metric("B reads", "other_reads", "the digit that B reads in this image after pruning", color=HARD),
        Metric("written", "written", "the digit that was written", absent="you know"),
        Metric("row entropy", "row_entropy", "of the chosen row of A after pruning"),
        Metric("work spared at most", "flops_saved", "share of all multiplications that these zeros could spare, if "
                "their places were known before"),
    ),
    formula=formula,
    groups={
        "Compared": ("images", "method", "versus"),
        "Pruning": ("threshold", "keep"),
        "Looked at": ("image", "drawn", "layer", "head", "query", "x", "y", "model"),
    },
    sweep="threshold",
    sketch=views.attention_sketch,
    presets=PRESETS,
    lessons=LESSONS,
    idle=idle,
    train=TRAIN,
)  # fmt: skip
