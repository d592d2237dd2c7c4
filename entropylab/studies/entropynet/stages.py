"""Training of EntropyNet: its loss, and its effect on the hull (Shihab et al. 2025, 4.2 and 5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import xarray as xr

from entropylab.estimators.partitions.cells import choose_anchors, choose_halfspaces
from entropylab.geometry import chan_hull, convex_hull, hausdorff, hull_area, hull_error
from entropylab.knobs import SEED, Knob, knob
from entropylab.problems.points.sets import POINT_SETS, REAL_POINT_SETS, point_set
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.question import Question
from entropylab.studies.core.training import Training
from entropylab.studies.entropynet import model as model

DATA = tuple(name for name in POINT_SETS if name != "grid") + REAL_POINT_SETS  # parts of a grid are no grids
CUTS = ("k-means++", "random", "fixed")
HALFSPACES = 4
HELD = 8  # held-out sets behind every measurement, and its interval
EPOCH = 8  # batches in the pool: a step takes the next one
EVERY, ROWS = 5, 200  # steps between two measurements; rows of the history
RUNS_INTERVAL = f"1.96 standard errors over {HELD} held-out sets"


@dataclass(frozen=True, repr=False)
class Preprocessing(Question):
    """Which point sets, which entropy of them, and what the parts of the loss count."""

    data: str = knob(Knob("S", "Where the point sets come from.", "uniform", stops=DATA))
    points: int = knob(Knob("n", "Points of a set.", 128, stops=(64, 128, 256, 512)))
    batch: int = knob(Knob("b", "Sets of a step.", 16, stops=(8, 16, 32)))
    steps: int = knob(Knob("T", "Steps of the run; the rate follows a cosine down to 0.", 300, stops=(100, 300, 1000)))
    surrogate: str = knob(Knob("H", "The entropy in the loss.", "ball", stops=("ball", "halfspace")))
    cells: int = knob(Knob("k", "Anchors of the ball entropy.", 16, stops=(4, 8, 16, 32)))
    cut: str = knob(
        Knob("c", "How anchors begin; fixed ones are k-means++ that do not learn along.", "k-means++", stops=CUTS)
    )
    seed: int = knob(SEED)
    chamfer_weight: float = knob(Knob("w", "What the Chamfer distance counts.", 1.0, 0.0, 2.0))
    entropy_weight: float = knob(Knob(r"\lambda", "What the entropy counts.", 0.1, 0.0, 1.0))
    stability_weight: float = knob(Knob(r"\mu", "What the mean squared displacement counts.", 0.1, 0.0, 10.0))
    sharpness: float = knob(
        Knob(r"\alpha", "Sharpness of the balls; a halfspace has temperature 1 / alpha.", 10.0, 0.5, 200.0, scale="log")
    )
    rate: float = knob(Knob(r"\eta", "Rate of AdamW before its cosine.", model.RATE, 1e-4, 1e-2, scale="log"))


LIVE = ("chamfer_weight", "entropy_weight", "stability_weight", "sharpness", "rate")


@dataclass(frozen=True)
class Run:
    """Where a run stands; `history` has a row for every `EVERY` steps."""

    step: int
    net: model.EntropyNet
    cut: model.Partition
    moments: object
    history: np.ndarray


def unit(points: np.ndarray) -> np.ndarray:
    """Points around the square [-1, 1]^2, mapped to the unit square of Shihab et al.'s sets and sharpness."""
    return (points + 1) / 2


def point_sets(data: str, count: int, n: int, seed: int) -> np.ndarray:
    """(count, n, 2) float32 in the unit square: the next n points of one long `point_set` each."""
    return unit(point_set(data, count * n, seed).reshape(count, n, 2)).astype(np.float32)


@lru_cache(maxsize=8)
def _pool(data, batch, n, seed):
    """The sets to train on and those held out."""
    sets = point_sets(data, EPOCH * batch + HELD, n, seed)
    return sets[HELD:], sets[:HELD]


def sets_of(question: Preprocessing) -> tuple[np.ndarray, np.ndarray]:
    """The question's sets to train on and its held-out sets."""
    return _pool(question.data, question.batch, question.points, question.seed)


def start(question: Preprocessing) -> Run:
    """The identity, and cells chosen from the first sets."""
    return begin(sets_of(question)[0], question)


def begin(sets: np.ndarray, question: Preprocessing) -> Run:
    """`start` on other sets (b, n, d)."""
    d = sets.shape[2]
    some = sets[:HELD].reshape(-1, d)
    if question.surrogate == "ball":
        method = "random" if question.cut == "random" else "k-means++"
        cut = model.Partition(choose_anchors(some, question.cells, method=method, seed=question.seed), np.empty(0))
    else:
        method = "random" if question.cut == "random" else "principal"
        cut = model.Partition(*choose_halfspaces(some, HALFSPACES, method=method, seed=question.seed))
    cut = model.Partition(*(part.astype(np.float32) for part in cut))
    net = model.init(question.seed, d)
    return Run(0, net, cut, model.optimiser().init((net, cut)), np.full((ROWS, 7), np.nan))


def advance(run: Run, question: Preprocessing, steps: int) -> Run:
    """The run `steps` further; where a row of the history ends, what the held-out sets show."""
    shown, parts = train_steps(run, sets_of(question)[0], question, steps)
    step, net, cut, moments, history = shown.step, shown.net, shown.cut, shown.moments, shown.history
    if step % EVERY == 0:
        history = history.copy()
        error, distance, entropy = measured(shown, question)
        history[step // EVERY - 1] = (
            *(float(part) for part in parts), error.mean(), _error(error), distance.mean(), entropy.mean(),
        )  # fmt: skip
    return Run(step, net, cut, moments, history)


def train_steps(run: Run, sets: np.ndarray, question: Preprocessing, steps: int) -> tuple[Run, model.Terms]:
    """The run `steps` further on `sets`, and the last step's parts of the loss; its history is not kept."""
    weights = model.Weights(question.chamfer_weight, question.entropy_weight, question.stability_weight)
    net, cut, moments, parts = model.train(
        run.net, run.cut, run.moments, sets, run.step, steps, question.steps, weights, softness(question),
        question.rate, batch=question.batch, family=question.surrogate, learn=question.cut != "fixed",
    )  # fmt: skip
    step = run.step + steps
    if not np.isfinite(float(parts.chamfer)):
        raise ValueError(f"the loss is no number at step {step}: lower the rate or the weights, and restart.")
    return Run(step, net, cut, moments, run.history), parts


def softness(question: Preprocessing) -> float:
    """Sharpness of balls or temperature of halfspaces."""
    return question.sharpness if question.surrogate == "ball" else 1 / question.sharpness


def displaced(run: Run, question: Preprocessing) -> tuple[np.ndarray, np.ndarray]:
    """The held-out sets before and after, in float64."""
    _, held = sets_of(question)
    return held.astype(float), np.asarray(model.displace(run.net, held), float)


def measured(run: Run, question: Preprocessing) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of every held-out set: relative error of the hull's area, Hausdorff distance, soft entropy in nats after."""
    pairs = list(zip(*displaced(run, question), strict=True))
    entropy = [float(model.cell_entropy(b, run.cut, softness(question), question.surrogate)) for _, b in pairs]
    errors = np.array([hull_error(a, b) for a, b in pairs])
    return errors, np.array([hausdorff(a, b) for a, b in pairs]), np.array(entropy)


def picture(run: Run, question: Preprocessing) -> xr.Dataset:
    """One held-out set before and after, its hulls and the cells; the numbers of all held-out sets; the history."""
    before, after = displaced(run, question)
    errors, distances, entropies = measured(run, question)
    starts = np.array([float(model.cell_entropy(a, run.cut, softness(question), question.surrogate)) for a in before])
    signed = np.array([hull_area(b) / hull_area(a) - 1 for a, b in zip(before, after, strict=True)])
    tests = np.array([[chan_hull.count(x) / len(x) for x in sets] for sets in (before, after)])
    row = run.history
    x = np.where(np.isfinite(row[:, 0]), EVERY * (np.arange(ROWS) + 1.0), np.nan)
    parts = ("chamfer", "entropy", "stability")
    weights = (question.chamfer_weight, question.entropy_weight, question.stability_weight)
    count = {f"{part}_history": ("row", weight * row[:, i], attributes(f"{part}, as it counts", "1"))
             for i, (part, weight) in enumerate(zip(parts, weights, strict=True))}  # fmt: skip
    anchors = run.cut.first if question.surrogate == "ball" else np.full((HALFSPACES, 2), np.nan)
    return xr.Dataset(
        {
            "step": ((), run.step, attributes("step")),
            "length": ((), question.steps, attributes("steps")),
            "before": (("point", "axis"), before[0], attributes("point before")),
            "after": (("point", "axis"), after[0], attributes("point after")),
            "hull_before": (("corner", "axis"), _ring(before[0]), attributes("hull before")),
            "hull_after": (("corner", "axis"), _ring(after[0]), attributes("hull after")),
            "anchor": (("anchors", "axis"), np.asarray(anchors, float), attributes("anchor")),
            "area_error": ((), errors.mean(), attributes("relative error of the hull's area", interval=RUNS_INTERVAL)),
            "area_error_error": ((), _error(errors), attributes("standard error of that")),
            "area_change": (
                (),
                signed.mean(),
                attributes("relative change of the hull's area", interval=RUNS_INTERVAL),
            ),
            "area_change_error": ((), _error(signed), attributes("standard error of that")),
            "displacement": ((), distances.mean(), attributes("Hausdorff distance", interval=RUNS_INTERVAL)),
            "displacement_error": ((), _error(distances), attributes("standard error of that")),
            "entropy_before": (
                (),
                starts.mean(),
                entropy_attributes("entropy before, by the same cells", interval=RUNS_INTERVAL),
            ),
            "entropy_before_error": ((), _error(starts), entropy_attributes("standard error of the entropy before")),
            "entropy_after": ((), entropies.mean(), entropy_attributes("entropy after", interval=RUNS_INTERVAL)),
            "entropy_after_error": ((), _error(entropies), entropy_attributes("standard error of the entropy after")),
            "tests_before": ((), tests[0].mean(), attributes("Chan's tests a point, before", interval=RUNS_INTERVAL)),
            "tests_before_error": ((), _error(tests[0]), attributes("standard error of the tests before")),
            "tests_after": ((), tests[1].mean(), attributes("Chan's tests a point, after")),
            "tests_saved": (
                (),
                (tests[0] / tests[1]).mean(),
                attributes("tests before over after", interval=RUNS_INTERVAL),
            ),
            "tests_saved_error": ((), _error(tests[0] / tests[1]), attributes("standard error of that")),
            **count,
            "error_history": ("row", row[:, 3].copy(), attributes("relative error of the hull's area")),
            "error_spread": ("row", row[:, 4].copy(), attributes("standard error of that")),
            "displacement_history": ("row", row[:, 5].copy(), attributes("Hausdorff distance")),
            "held_out_history": ("row", row[:, 6].copy(), entropy_attributes("entropy of held-out sets")),
        },
        coords={"row": ("row", x, attributes("step"))},
    )


entropynet = Training(
    "entropynet",
    Preprocessing,
    "EntropyNet learns to move points so that their partition's entropy falls.",
    start=start,
    advance=advance,
    picture=picture,
    length=lambda question: question.steps,
    live=LIVE,
    every=EVERY,
)


def _ring(points) -> np.ndarray:
    """The closed hull, filled up with NaN to one length."""
    hull = points[convex_hull(points)]
    ring = np.full((len(points) + 1, 2), np.nan)
    ring[: len(hull) + 1] = np.concatenate([hull, hull[:1]])
    return ring


def _error(values) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values)))
