"""The same methods in a model of text, and what a step of training costs: a stage of attention, from stored runs."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator

import numpy as np
import xarray as xr

from entropylab.studies.attention import step_times
from entropylab.studies.attention.language_stages import Language, language
from entropylab.studies.attention.models.methods import FOLDER
from entropylab.studies.attention.stages import (
    NAMES,
)
from entropylab.studies.attention.statistics import model_interval
from entropylab.studies.core.attributes import attributes
from entropylab.studies.core.experiment import stage

FILE = FOLDER / "text.json"
SEEDS = 3
SEEDS_SAY = f"95 % over {SEEDS} seeds, Student's t"
BLOCKS_SAY = f"95 % over {step_times.BLOCKS} interleaved blocks of processor time, Student's t"
KEPT = ("cross", "pruned_cross", "sparsity", "pruned_sparsity")


def runs(names=NAMES) -> Iterator[tuple[str, int, dict[str, float]]]:
    """Method, seed and what the experiment `language` answers for them, run by run."""
    for name in names:
        for seed in range(SEEDS):
            answer = language(Language(method=name, seed=seed))
            yield name, seed, {key: float(answer[key]) for key in KEPT}


def store(found: dict[str, list[dict[str, float]]]) -> None:
    """Write the runs of every method; the text differs a little from one Python to the next, so its name is kept."""
    table = {name: {key: [float(f"{one[key]:.6g}") for one in told] for key in KEPT} for name, told in found.items()}
    asked = {name: getattr(Language(), name) for name in ("steps", "gamma", "k", "threshold")}
    FILE.write_text(json.dumps({"python": platform.python_version(), **asked, **table}, indent=1) + "\n")


@stage()
def text(knobs) -> xr.Dataset:
    """Perplexity on held-out text, zeros and speed of every method, each with its runs and its interval."""
    told, times = json.loads(FILE.read_text()), step_times.stored()
    column = lambda key: np.array([told[name][key] for name in NAMES])  # noqa: E731
    over_none = lambda key: 100 * np.expm1(column(key) - np.array(told["none"]["cross"]))  # noqa: E731
    speed = lambda kind: np.array([times[kind]["none"]]) / [times[kind][name] for name in NAMES]  # noqa: E731
    columns = {
        "text_perplexity": (
            "seed",
            np.exp(column("cross")),
            attributes("perplexity of a character", interval=SEEDS_SAY),
        ),
        "text_pruned": ("seed", np.exp(column("pruned_cross")), attributes("perplexity, pruned", interval=SEEDS_SAY)),
        "text_perplexity_increase": (
            "seed",
            over_none("cross"),
            attributes("perplexity over that of none", "%", interval=SEEDS_SAY),
        ),
        "text_pruned_increase": (
            "seed",
            over_none("pruned_cross"),
            attributes("pruned, over none as trained", "%", interval=SEEDS_SAY),
        ),
        "text_zeros": ("seed", column("pruned_sparsity"), attributes("zeros after pruning", "%", interval=SEEDS_SAY)),
        "text_own_zeros": ("seed", column("sparsity"), attributes("zeros before pruning", "%", interval=SEEDS_SAY)),
        "text_speed": ("block", speed("text"), attributes("tokens a second over those of none", interval=BLOCKS_SAY)),
        "image_speed": ("block", speed("image"), attributes("images a second over those of none", interval=BLOCKS_SAY)),
    }
    found = {}
    for name, (over, values, attrs) in columns.items():
        mean, error = model_interval(values)
        found |= {
            name: ("method", mean, attrs),
            f"{name}_half": ("method", 1.96 * error, attributes("half-width of the interval")),
            f"{name}_runs": (("method", over), values, attrs),
        }
    spent = np.array([times["ball"][part] for part in step_times.PARTS])
    rate = step_times.TOKENS / np.array(times["text"]["none"]) * 1e3
    return xr.Dataset(
        {
            **found,
            "ball_shares": (
                ("part", "block"),
                100 * spent / spent.sum(0),
                attributes("share of the ball entropy", "%"),
            ),
            "text_rate": ("block", rate, attributes("tokens a second of none", "1/s")),
        },
        coords={"part": ("part", list(step_times.PARTS), attributes("part of the ball entropy"))},
        attrs={
            "text_machine": times["machine"],
            **{f"text_{name}": told[name] for name in ("python", "steps", "gamma", "k", "threshold")},
        },
    )
