"""Which schedule and which gradient train the cells: every one over several seeds, judged on noise not seen before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from entropylab.estimators.patterns.curves import soft_match_map
from entropylab.estimators.patterns.entropy import pattern_entropy
from entropylab.knobs import SEED, Knob, knob
from entropylab.studies.cells.measures import CURVES, NUMBERS, compute_measures
from entropylab.studies.cells.parameters import Cells
from entropylab.studies.cells.stages import EVERY, MAP_BANDWIDTHS, MAP_TEMPERATURES, MAPPED, annealed, cells, held_out
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import Experiment, stage
from entropylab.studies.core.progress import report_progress
from entropylab.studies.core.question import Question

REPORTED = 1024  # runs on fresh noise that judge a trained rule
SUCCESS = 0.95  # of U, in bits a cell
SCHEDULES = {
    "T 5 to 30": Cells(),
    "T 10 to 30": Cells(temperature=10.0, rise=3.0),
    "T 10": Cells(temperature=10.0, rise=1.0),
    "T 2": Cells(temperature=2.0, rise=1.0),
    "T 50 σ 0.1": Cells(temperature=50.0, rise=1.0, bandwidth=0.1),
    "T 5 to 30 σ 1 to 0.25": Cells(bandwidth=1.0, narrowing=4.0),
    "no diversity": Cells(diversity=0.0),
    "straight-through": Cells(gradient="straight-through"),
    "score function": Cells(gradient="score function"),
}


@dataclass(frozen=True, repr=False)
class CellSchedules(Question):
    """Which schedules, under which noise, over how many seeds."""

    schedules: tuple = knob(Knob("S", "The schedules and gradients that are compared.", tuple(SCHEDULES),
                                 stops=tuple(SCHEDULES)))  # fmt: skip
    noise: float = knob(Knob(r"\eta", "Noise of the starts and, at every step, of the dynamics.", 0.05, 0.0, 0.5))
    steps: int = knob(Knob("t", "Steps of every run.", 300, stops=(100, 200, 300, 600, 1000)))
    seeds: int = knob(Knob("m", "Runs of every schedule, each with its own first rule and noise.", 10,
                           stops=(2, 5, 10, 20)))  # fmt: skip
    seed: int = knob(SEED)


@stage("schedules", "noise", "steps", "seeds", "seed")
def schedules(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """Every schedule with every seed: curves on held-out noise, and the end judged on 1024 runs of fresh noise."""
    many, marks = len(knobs.schedules), np.arange(0, knobs.steps + 1, EVERY)
    ends = {name: np.full((many, knobs.seeds), np.nan) for name in NUMBERS}
    curves = np.full((len(CURVES), many, knobs.seeds, len(marks)), np.nan)
    bias = np.full((many, len(MAP_TEMPERATURES), len(MAP_BANDWIDTHS)), np.nan)

    def work():
        for run in range(many * knobs.seeds):
            seed, schedule = divmod(run, many)  # all schedules with the first seed come first
            question = SCHEDULES[knobs.schedules[schedule]].replace(
                noise=knobs.noise, steps=knobs.steps, seed=(knobs.seed + seed) % 10_000
            )
            state = cells.start(question)
            for state in cells.iter_states(state, question, knobs.steps):  # noqa: B020
                yield (run + state.step / knobs.steps) / (many * knobs.seeds)
            states = held_out(state.rule, question, REPORTED)
            scalars = compute_measures(states, *map(float, annealed(question, state.step)))[1]
            for name in NUMBERS:
                ends[name][schedule, seed] = scalars[name][1]
            curves[:, schedule, seed] = np.transpose(state.curves)
            if seed == 0:
                seen = states[:MAPPED]
                soft = soft_match_map(seen, temperatures=MAP_TEMPERATURES, bandwidths=MAP_BANDWIDTHS)
                bias[schedule] = soft - pattern_entropy(seen)

    def picture():
        return _answer(knobs, marks, ends, curves, bias)

    yield from report_progress(work(), picture)


def _answer(knobs, marks, ends, curves, bias):
    done = ~np.isnan(ends["utility"])
    reached = np.where(done, ends["utility"] >= SUCCESS, False).sum(1)
    low, high = wilson(reached, done.sum(1))
    runs = {"interval": f"1.96 standard errors over {REPORTED} runs on fresh noise"}
    return xr.Dataset(
        {
            **{
                f"final_{name}": (("schedule", "run"), values.copy(), {**NUMBERS[name], **runs})
                for name, values in ends.items()
            },
            **{
                f"{name}_curves": (("schedule", "run", "mark"), curves[i].copy(), attributes)
                for i, (name, attributes) in enumerate(CURVES.items())
            },
            "reached": (
                "schedule",
                reached / np.maximum(1, done.sum(1)),
                attributes(f"share of seeds with U >= {SUCCESS}"),
            ),
            "reached_low": ("schedule", low, attributes("2.5 % end of that share, Wilson")),
            "reached_high": ("schedule", high, attributes("97.5 % end of that share, Wilson")),
            "bias": (
                ("schedule", "map_temperature", "map_bandwidth"),
                bias.copy(),
                entropy_attributes("soft minus hard entropy of the first seed"),
            ),
        },
        coords={
            "schedule": ("schedule", list(knobs.schedules), attributes("schedule")),
            "mark": ("mark", marks.astype(float), attributes("step", "steps")),
            "map_temperature": ("map_temperature", MAP_TEMPERATURES, attributes("temperature")),
            "map_bandwidth": ("map_bandwidth", MAP_BANDWIDTHS, attributes("bandwidth")),
        },
    )


def wilson(successes, trials, z: float = 1.96) -> tuple[np.ndarray, np.ndarray]:
    """Ends of Wilson's 95 % interval of a share; 0 and 1 where there were no trials. Source: Wilson (1927)."""
    successes, trials = np.asarray(successes, float), np.asarray(trials, float)
    n = np.maximum(trials, 1)
    share, scale = successes / n, 1 + z**2 / n
    middle = (share + z**2 / (2 * n)) / scale
    half = z / scale * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    none = trials == 0
    return np.where(none, 0.0, middle - half), np.where(none, 1.0, middle + half)


cell_schedules = Experiment(
    "cell_schedules",
    CellSchedules,
    "Soft and hard entropy through training: schedules and gradients over seeds.",
    stages=(schedules,),
)
