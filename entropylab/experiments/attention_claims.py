"""Claims of seed 002 about attention."""

from __future__ import annotations

from functools import partial

from entropylab.experiments.attention import NAMES, Attention
from entropylab.experiments.claims import CLAIMS, Claim

OURS = Attention(method="Shannon", versus="L1")
CLUTTER = Attention(images="cluttered digits")


def _gap(level: int):
    """The paired difference of accuracies in points at a sparsity, for the question's model."""
    return lambda answer: answer[f"difference_at_{level}"][answer.attrs["model"]]


# every number here is of one of the five trained models
_claim = partial(Claim, page="attention", over="model", runs=5)

CLAIMS += [
    _claim(
        text="At 80 % sparsity entropy regularisation is 6 % more accurate than L1.", source="seed 002, abstract",
        claimed="6", question=OURS, measure=_gap(80), unit="Shannon − L1 at 80 % zeros [points]",
        holds=lambda value: abs(value - 6) < 1,
        follows="The direction holds, and the gap grows with sparsity (next row). Sparsemax, entmax and top-k training "
        "gain as much on plain digits.",
    ),
    _claim(
        text="Entropy regularisation has the better trade of accuracy against sparsity.", source="seed 002, Figure 1",
        claimed="> 0", question=OURS, measure=_gap(90), unit="Shannon − L1 at 90 % zeros [points]",
        holds=lambda value: value > 0, follows="True on plain digits: nine weights in ten can go for about two points.",
    ),
    _claim(
        text="An L1 penalty on attention weights is a regulariser.", source="seed 002, 5.5 and Table 7",
        claimed="−2.6 at 80 % zeros", question=Attention(method="L1"), measure=_gap(80),
        unit="L1 − none at 80 % zeros [points]", holds=lambda value: abs(value + 2.6) < 1,
        follows="A row of a softmax sums to 1, so its L1 norm is 1 and the gradient 0: \"L1\" is no regulariser.",
    ),
    _claim(
        text="An L2 penalty on attention weights makes attention sparse.", source="seed 002, 5.5 and Figure 1",
        claimed="> 0", question=Attention(method="L2"), measure=_gap(80), unit="L2 − none at 80 % zeros [points]",
        holds=lambda value: value > 0, follows="The least L2 norm of a row is the uniform one's: it spreads attention.",
    ),
    _claim(
        text="Entropy regularisation beats other sparse attention where it must choose.", source="seed 002, Figure 1",
        claimed="> 0", question=CLUTTER.replace(versus="top-k"), measure=_gap(80),
        unit="Shannon − top-k at 80 % zeros, cluttered digits [points]", holds=lambda value: value > 0,
        follows="On cluttered digits top-k and entmax are better; a penalty from the first step costs accuracy.",
    ),
    _claim(
        text="Attention of entropy-regularised models overlaps objects with IoU 0.73.", source="seed 002, Table 14",
        claimed="0.73", question=CLUTTER, unit="IoU with strokes, cluttered digits, equal areas",
        measure=lambda answer: answer.iou_models[NAMES.index("Shannon"), answer.attrs["model"]],
        holds=lambda value: abs(value - 0.73) < 0.05,
        follows="Not reproduced; models differ more than methods. Chance and the image's centre belong beside it.",
    ),
    _claim(
        text="80 % sparse attention saves 67 % of the FLOPs of ViT-Base/16.", source="seed 002, Table 7", claimed="67",
        question=Attention(), measure=lambda answer: answer.vit_b16_saved, unit="of all multiplications, at most [%]",
        holds=lambda value: abs(value - 67) < 1,
        follows="Impossible: both products of the map are 4.1 % of a ViT-B/16, and A V alone 2 %.",
    ),
]  # fmt: skip
