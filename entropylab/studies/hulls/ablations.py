"""Tables 2, 9, 10, 12 and 16 of Shihab et al. (2025), measured: cost and gain of each variant of the preprocessing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray as xr

from entropylab.geometry import chan_hull, hausdorff, hull_error
from entropylab.knobs import SEED, Knob, knob
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import Experiment, stage
from entropylab.studies.core.progress import report_progress
from entropylab.studies.core.question import Question
from entropylab.studies.core.timing import CONTROL, ROUNDS_INTERVAL, time_candidates
from entropylab.studies.entropynet import model as model
from entropylab.studies.entropynet.stages import (
    DATA,
    RUNS_INTERVAL,
    Preprocessing,
    Run,
    measured,
    sets_of,
    start,
    train_steps,
)
from entropylab.studies.hulls.preprocessors import BASELINES
from entropylab.studies.hulls.published import ROWS, TABLES, lookup


@dataclass(frozen=True, repr=False)
class Ablation(Question):
    """Which table, on which sets, after how many steps of training."""

    table: str = knob(Knob("", "Which of Shihab et al.'s tables.", "baselines (tables 2, 16)", stops=tuple(TABLES)))
    data: str = knob(Knob("S", "Where the point sets come from.", "uniform", stops=DATA))
    points: int = knob(Knob("n", "Points of a set.", 256, stops=(64, 128, 256, 512)))
    batch: int = knob(Knob("b", "Sets of a step.", 16, stops=(8, 16, 32)))
    steps: int = knob(Knob("T", "Steps of training.", 100, stops=(100, 300, 1000)))
    seed: int = knob(SEED)


@stage("table", "data", "points", "batch", "steps", "seed")
def comparison(knobs):
    """Row by row: train, move the held-out sets, measure, and take the time of Chan's algorithm by the protocol."""
    variants = TABLES[knobs.table]
    names = [*variants, *[""] * (ROWS - len(variants))]
    columns = {name: np.full(ROWS, np.nan) for name in COLUMNS}
    columns["printed"][: len(variants)] = lookup(knobs.table, knobs.data)

    def work():
        for i, (name, row) in enumerate(variants.items()):
            for key, value in _row(knobs, name, row.changes).items():
                columns[key][i] = value
            yield (i + 1) / len(variants)

    def picture():
        return xr.Dataset(
            {key: ("variant", columns[key].copy(), attributes) for key, attributes in COLUMNS.items()},
            coords={"variant": ("variant", np.array(names), attributes("variant"))},
        )

    yield from report_progress(work(), picture)


COLUMNS = {
    "entropy_before": entropy_attributes("entropy before, in the cells of the trained one"),
    "entropy_after": entropy_attributes("entropy after", interval=RUNS_INTERVAL),
    "area_error": attributes("relative error of the hull's area", interval=RUNS_INTERVAL),
    "area_error_error": attributes("standard error of that"),
    "far": attributes("Hausdorff distance", interval=RUNS_INTERVAL),
    "far_error": attributes("standard error of that"),
    "tests_saved": attributes("Chan's tests before over after", interval=RUNS_INTERVAL),
    "tests_saved_error": attributes("standard error of that"),
    "printed": attributes("published speedup"),
    "speedup": attributes(
        "speedup of Chan's algorithm alone; absent where the null's interval covers it", interval=ROUNDS_INTERVAL
    ),
    "speedup_low": attributes("lower end"),
    "speedup_high": attributes("upper end"),
    "null": attributes("the same for the same thing twice", interval=ROUNDS_INTERVAL),
    "pipeline": attributes("speedup with the preprocessing in the clock", interval=ROUNDS_INTERVAL),
    "pipeline_low": attributes("lower end"),
    "pipeline_high": attributes("upper end"),
}


def _row(knobs, name: str, changes: dict | None) -> dict[str, float]:
    question = Preprocessing(
        data=knobs.data, points=knobs.points, batch=knobs.batch, steps=knobs.steps, seed=knobs.seed, **(changes or {})
    )
    held = [np.ascontiguousarray(x, float) for x in sets_of(question)[1]]
    row = {}
    if changes is not None:
        run = train_steps(start(question), sets_of(question)[0], question, question.steps)[0]
        still = Run(0, model.init(knobs.seed, 2), run.cut, None, run.history)
        row["entropy_before"] = measured(still, question)[2].mean()
        row["entropy_after"] = measured(run, question)[2].mean()
        prepare = partial(_moved, run.net)
    else:
        prepare = BASELINES[name]
    after = [prepare(x) for x in held]
    errors = np.array([hull_error(a, b) for a, b in zip(held, after, strict=True)])
    far = np.array([hausdorff(a, b) for a, b in zip(held, after, strict=True)])
    saved = np.array([chan_hull.count(a) / chan_hull.count(b) for a, b in zip(held, after, strict=True)])
    for key, values in (("area_error", errors), ("far", far), ("tests_saved", saved)):
        row[key], row[f"{key}_error"] = values.mean(), values.std(ddof=1) / np.sqrt(len(values))
    return row | _times(held, after, prepare)


def _times(held, after, prepare: Callable) -> dict[str, float]:
    """Speedups of Chan's algorithm over all held-out sets, each round on fresh copies; no speed within the null."""

    def fresh(sets, before=lambda x: x):
        def instance(_):
            copies = [x.copy() for x in sets]
            return lambda: [chan_hull(before(x)) for x in copies]

        return instance

    found = time_candidates({"raw": fresh(held), "after": fresh(after), "pipeline": fresh(held, prepare)})
    null, alone, whole = (found.ratio("raw", other) for other in (CONTROL, "after", "pipeline"))
    row = {"null": null.median}
    for key, ratio in (("speedup", alone), ("pipeline", whole)):
        if ratio.beyond(null):
            row |= {key: ratio.median, f"{key}_low": ratio.low, f"{key}_high": ratio.high}
    return row


def _moved(net, points):
    return np.asarray(model.displace(net, points[None].astype(np.float32))[0], float)


ablations = Experiment(
    "ablations", Ablation, "Variants and rivals of EntropyNet: entropy, hull error, tests, time.", stages=(comparison,)
)
