"""The catalogue as a table, on a terminal and in the README."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from entropylab.cli.tables import markdown as table
from entropylab.estimators.card import CATALOGUE, Card, Takes
from entropylab.resources import require_clone
from entropylab.studies.registry import EXPERIMENTS

BEGIN, END = "<!-- catalogue -->", "<!-- end of catalogue -->"


def cards() -> list[Card]:
    """All cards, those that take the same data together."""
    order = get_args(Takes)
    return sorted(CATALOGUE.values(), key=lambda card: order.index(card.takes))


def estimator_rows() -> list[tuple[str, ...]]:
    """The catalogue with its header; the longest column last."""
    rows = [("name", "quantity", "takes", "differentiable", "reference", "bias")]
    for card in cards():
        rows.append((card.name, card.quantity, card.takes, _yes(card.differentiable), card.reference, card.bias))
    return rows


def experiment_rows() -> list[tuple[str, ...]]:
    """The experiments with their knobs."""
    rows = [("experiment", "about", "knobs")]
    for name, experiment in EXPERIMENTS.items():
        rows.append((name, experiment.about, " ".join(experiment.question.knobs())))
    return rows


def markdown() -> str:
    """The catalogue as the README shows it."""
    rows = [("estimator", "quantity", "takes", "differentiable", "bias", "cost", "reference")]
    for card in cards():
        rows.append(
            (
                f"`{card.name}`", card.quantity, card.takes, _yes(card.differentiable), card.bias, f"`{card.cost}`",
                f"[{card.reference}](entropylab/data/references.bib)",
            )
        )  # fmt: skip
    return table(rows)


def write_readme(file: Path | None = None) -> Path:
    """Write the catalogue between its markers in `file`, by default the README of the clone."""
    file = file or require_clone("catalogue --readme") / "README.md"
    text = file.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise SystemExit(f"{file} must hold {BEGIN} and {END} once each: the catalogue goes between them.")
    before, rest = text.split(BEGIN)
    file.write_text(f"{before}{BEGIN}\n\n{markdown()}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")
    return file


def _yes(true: bool) -> str:
    return "yes" if true else "no"
