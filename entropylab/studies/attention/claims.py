"""Claims of Shihab et al. (2025) about attention."""

from __future__ import annotations

from functools import partial

from entropylab.studies.attention.stages import NAMES, Attention
from entropylab.studies.attention.text import SEEDS
from entropylab.studies.core.claims import Claim

SHANNON_VS_L1 = Attention(method="Shannon", versus="L1")
CLUTTER = Attention(images="cluttered digits")


def _gap(level: int):
    """The paired difference of accuracies in points at a sparsity, for the question's model."""
    return lambda answer: answer[f"difference_at_{level}"][answer.attrs["model"]]


def _of(variable: str, name: str = "Shannon"):
    """A number of the stored runs or blocks of a method, for the run or block that the question's model counts."""
    return lambda answer: answer[variable][NAMES.index(name), answer.attrs["model"]]


def _percent_above_none(variable: str, name: str = "Shannon"):
    """By how many % a number of a method is above that of none, run by run."""
    return lambda answer: 100 * (_of(variable, name)(answer) / _of(variable, "none")(answer) - 1)


# every number here is of one of the five trained models, or of one run or block of those stored
_claim = partial(Claim, page="attention", over="model", runs=5)

CLAIMS = [
    _claim(
        text="At 80 % sparsity entropy regularisation is 6 % more accurate than L1.",
        source="Shihab et al. (2025), abstract",
        claimed="6", question=SHANNON_VS_L1, measure=_gap(80), unit="Shannon − L1 at 80 % zeros [points]",
        holds=lambda value: abs(value - 6) < 1,
        follows="The direction holds, and the gap grows with sparsity (next row). Sparsemax, entmax and top-k training "
        "gain as much on plain digits.",
    ),
    _claim(
        text="Entropy regularisation has the better trade of accuracy against sparsity.",
        source="Shihab et al. (2025), Figure 1",
        claimed="> 0", question=SHANNON_VS_L1, measure=_gap(90), unit="Shannon − L1 at 90 % zeros [points]",
        holds=lambda value: value > 0, follows="True on plain digits: nine weights in ten can go for about one point.",
    ),
    _claim(
        text="An L1 penalty on attention weights is a regulariser.", source="Shihab et al. (2025), 5.5 and Table 7",
        claimed="−2.6 at 80 % zeros", question=Attention(method="L1"), measure=_gap(80),
        unit="L1 − none at 80 % zeros [points]", holds=lambda value: abs(value + 2.6) < 1,
        follows="A row of a softmax sums to 1, so its L1 norm is 1 and the gradient 0: \"L1\" is no regulariser.",
    ),
    _claim(
        text="An L2 penalty on attention weights makes attention sparse.",
        source="Shihab et al. (2025), 5.5 and Figure 1",
        claimed="> 0", question=Attention(method="L2"), measure=_gap(80), unit="L2 − none at 80 % zeros [points]",
        holds=lambda value: value > 0, follows="The least L2 norm of a row is the uniform one's: it spreads attention.",
    ),
    _claim(
        text="Entropy regularisation beats other sparse attention where it must choose.",
        source="Shihab et al. (2025), Figure 1",
        claimed="> 0", question=CLUTTER.replace(versus="top-k"), measure=_gap(80),
        unit="Shannon − top-k at 80 % zeros, cluttered digits [points]", holds=lambda value: value > 0,
        follows="On cluttered digits top-k and entmax are better; a penalty from the first step costs accuracy.",
    ),
    _claim(
        text="Attention of entropy-regularised models overlaps objects with IoU 0.73.",
        source="Shihab et al. (2025), Table 14",
        claimed="0.73", question=CLUTTER, unit="IoU with strokes, cluttered digits, equal areas",
        measure=lambda answer: answer.iou_models[NAMES.index("Shannon"), answer.attrs["model"]],
        holds=lambda value: abs(value - 0.73) < 0.05,
        follows="Not reproduced; models differ more than methods. Chance and the image's centre belong beside it.",
    ),
    _claim(
        text="Entropy regularisation of a language model costs 1.6 % of perplexity.",
        source="Shihab et al. (2025), Table 5: 18.8 against 18.5", claimed="1.6", question=Attention(),
        measure=_percent_above_none("text_perplexity_runs"),
        unit=f"Shannon over none, perplexity of a character, {SEEDS} seeds [%]", runs=SEEDS,
        holds=lambda value: abs(value - 1.6) < 1,
        follows="About the same here, at a strength fixed beforehand; below 0.01 are then nine weights in ten, of none "
        "eight in ten. Whether top-k, with eight in ten, costs anything three seeds cannot tell.",
    ),
    _claim(
        text="Entropy regularisation trains a language model 1.8 times as fast.",
        source="Shihab et al. (2025), Table 5",
        claimed="1.8", question=Attention(), measure=_of("text_speed_runs"),
        unit="Shannon over none, tokens a processor second",
        holds=lambda value: abs(value - 1.8) < 0.1,
        follows="A penalty is computed beside all that dense attention computes, so training with it cannot be faster; "
        "Shihab et al.'s own Table 8 says 8 to 18 % slower.",
    ),
    _claim(
        text="Entropy regularisation costs 8 to 18 % of training time.",
        source="Shihab et al. (2025), Table 8", claimed="8 to 18",
        question=Attention(), measure=lambda answer: 100 * (1 / _of("image_speed_runs", "ball")(answer) - 1),
        unit="ball over none, processor time of an image step [%]", holds=lambda value: 8 <= value <= 18,
        follows="The ball entropy is one more product of the maps with constant shares: its cost is little more than "
        "what the blocks differ by. No penalty is free, and none is dear.",
    ),
    _claim(
        text="Pairwise distances take 58 % of the entropy's time.",
        source="Shihab et al. (2025), Table 15", claimed="58",
        question=Attention(), measure=lambda answer: answer.ball_shares[0, answer.attrs["model"]],
        unit="distances of 256 places to 16 anchors, for 32 maps [%]", holds=lambda value: abs(value - 58) < 5,
        follows="Places and anchors do not depend on the maps: their distances are computed once, and the time goes "
        "into the mass of every row over the balls.",
    ),
    _claim(
        text="80 % sparse attention saves 67 % of the FLOPs of ViT-Base/16.",
        source="Shihab et al. (2025), Table 7", claimed="67",
        question=Attention(), measure=lambda answer: answer.vit_b16_saved, unit="of all multiplications, at most [%]",
        holds=lambda value: abs(value - 67) < 1,
        follows="Impossible: both products of the map are 4.1 % of a ViT-B/16, and A V alone 2 %.",
    ),
]  # fmt: skip
