"""Multiplications of a transformer's forward pass, the attention map's two products apart from all others."""

from __future__ import annotations

from typing import NamedTuple

from entropylab.studies.attention.models.transformer import Size

VIT_B16 = Size(tokens=197, inputs=768, classes=1000, width=768, layers=12, heads=12, hidden=3072)


class Flops(NamedTuple):
    """Multiplications with an addition, for one input: scores Q K^T and mixing A V, projections, MLP, ends."""

    scores: int
    mixing: int
    projections: int
    mlp: int
    ends: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self)

    @property
    def map_share(self) -> float:
        """Share of the two products that hold the attention map, from 0 to 1."""
        return (self.scores + self.mixing) / self.total

    def saved(self, sparsity: float, scores_too: bool = False) -> float:
        """Largest share of all multiplications that zeros in the map can spare, from 0 to 1.

        Weights that are known to be 0 spare their part of A V. Their scores are spared only where the place of the
        zeros is known before they are computed, which pruning by size does not.
        """
        return sparsity * (self.mixing + (self.scores if scores_too else 0)) / self.total


def flops(size: Size) -> Flops:
    """Multiplications of a transformer of this size for one input; norms, softmax and additions are not counted.

    The two products of the map are a share n / (n + 2 d + h) of a block, d its width and h its hidden units: n / (n +
    6 d) for h = 4 d, where the map costs as much as all else only from n = 6 d tokens up.
    """
    n, d = size.tokens, size.width
    return Flops(
        scores=size.layers * n * n * d, mixing=size.layers * n * n * d, projections=size.layers * 4 * n * d * d,
        mlp=size.layers * 2 * n * d * size.hidden, ends=(n - 1) * size.inputs * d + d * size.classes,
    )  # fmt: skip
