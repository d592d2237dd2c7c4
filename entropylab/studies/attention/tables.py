"""The table of the attention page: text, zeros and speed of every method, in the shape of Shihab et al.'s table 5."""

from __future__ import annotations

import xarray as xr

from entropylab.studies.attention.figures import FIRST, NAMES, SECOND
from entropylab.studies.attention.models.language import LENGTH
from entropylab.studies.core.table import Cell, Table
from entropylab.studies.rendering.metrics import format_number

COLUMNS = {
    "text_perplexity": "perplexity",
    "text_perplexity_increase": "over none [%]",
    "text_pruned_increase": "pruned, over none [%]",
    "text_own_zeros": "zeros before [%]",
    "text_zeros": "zeros after [%]",
    "text_speed": "speed on text",
    "image_speed": "speed on images",
}


def languages(answer: xr.Dataset) -> Table:
    """A row a method: held-out perplexity, zeros, and speeds over that of none, each with its 95 % interval."""
    colors = {answer.attrs["versus"]: SECOND, answer.attrs["method"]: FIRST}
    rows = tuple(
        (Cell(name, None, colors.get(name, "")), *(_cell(answer, column, i) for column in COLUMNS))
        for i, name in enumerate(NAMES)
    )
    marked = frozenset(i for i, name in enumerate(NAMES) if name in colors)
    return Table(
        ("method", *COLUMNS.values()), rows, marked, "text models and speed of every method",
        (
            f"Perplexity of a character and zeros: {answer.text_perplexity.attrs['interval']}; over none: paired seed "
            f"by seed. Pruned at {answer.text_threshold:g}, over none as it was trained. {answer.text_steps} steps of "
            f"{LENGTH} characters of Python {answer.text_python}'s help topics, a tenth held out; "
            f"γ = {answer.text_gamma:g}, top-k keeps {answer.text_k} keys. "
            "One run: entropylab run language --method Shannon.",
            f"Speeds are over those of none: {answer.text_speed.attrs['interval']}; {answer.text_machine}. Dense text: "
            f"{float(answer.text_rate.mean()):,.0f} tokens/s. Again: entropylab weights times.",
        ),
    )  # fmt: skip


def _cell(answer, column, i):
    value, half = float(answer[column][i]), float(answer[f"{column}_half"][i])
    times = "×" if column.endswith("speed") else ""
    return Cell(format_number(value, half / 1.96) + times, value)
