"""The experiment attention: its question and its stages, in the order in which they are computed."""

from __future__ import annotations

from entropylab.studies.attention.curves import history, tradeoff
from entropylab.studies.attention.objects import overlap
from entropylab.studies.attention.stages import Attention, attention_maps, pruned_test
from entropylab.studies.attention.text import text
from entropylab.studies.core.experiment import Experiment

attention = Experiment(
    "attention",
    Attention,
    "Attention maps of small vision transformers, pruned and compared.",
    stages=(attention_maps, pruned_test, text, tradeoff, history, overlap),
)
