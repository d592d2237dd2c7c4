"""Anchors that minimise the entropy: they collapse; and the gradient that they follow beside Shihab et al.'s."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import numpy as np
import xarray as xr
from scipy.spatial.distance import cdist
from scipy.special import xlogy

from entropylab.estimators.partitions.ball import ball_partition
from entropylab.estimators.partitions.cells import choose_anchors
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import stage
from entropylab.studies.core.progress import report_progress
from entropylab.studies.partitions.memberships import Partition
from entropylab.studies.partitions.parameters import POINTS
from entropylab.studies.partitions.stages import SHOWN, points_of

STEPS = 100
RATE, FIRST, SECOND, TINY = 0.03, 0.9, 0.999, 1e-8  # Adam's; the rate is of the data's unit
SHARPNESSES = np.geomspace(0.3, 300, 7)


def gradient(points: np.ndarray, anchors: np.ndarray, sharpness: float) -> tuple[np.ndarray, float]:
    """(dH/dc (k, d), H) of the soft entropy in anchors, in nats.

    dH/dc_j = (2 alpha / n) sum_i p_ij (sum_l p_il ln q_l - ln q_j) (x_i - c_j).
    """
    shares, mass = _shares(points, anchors, sharpness)
    log = np.log(np.where(mass > 0, mass, 1.0))
    push = shares * ((shares @ log)[:, None] - log)
    pull = push.T @ points - push.sum(0)[:, None] * anchors
    return 2 * sharpness / len(points) * pull, float(-xlogy(mass, mass).sum())


def published_gradient(points: np.ndarray, anchors: np.ndarray, sharpness: float) -> np.ndarray:
    """The gradient printed in appendix B.1: alpha sum_i p_ij (p_ij - q_j)(x_i - c_j). It is another vector."""
    shares, mass = _shares(points, anchors, sharpness)
    push = shares * (shares - mass)
    return sharpness * (push.T @ points - push.sum(0)[:, None] * anchors)


def descent(points: np.ndarray, anchors: np.ndarray, sharpness: float) -> Iterator[tuple[np.ndarray, float]]:
    """Anchors and entropy in nats before every step of Adam down the entropy, `STEPS` + 1 times."""
    first, second = np.zeros_like(anchors), np.zeros_like(anchors)
    for step in range(1, STEPS + 2):
        slope, value = gradient(points, anchors, sharpness)
        yield anchors, value
        first, second = FIRST * first + (1 - FIRST) * slope, SECOND * second + (1 - SECOND) * slope**2
        unbiased = first / (1 - FIRST**step), second / (1 - SECOND**step)
        anchors = anchors - RATE * unbiased[0] / (np.sqrt(unbiased[1]) + TINY)


@stage(*POINTS, "anchors", "anchor_choice", "scale", "sharpness")
def collapse(knobs) -> Iterator[tuple[float, xr.Dataset]]:
    """Anchors going down their own entropy, step by step; no point moves."""
    points, _ = points_of(knobs)
    alpha = knobs.sharpness * knobs.scale**2
    start = choose_anchors(points, knobs.anchors, method=knobs.anchor_choice, seed=knobs.seed)
    path = np.full((STEPS + 1, knobs.anchors, 2), np.nan)
    value = np.full(STEPS + 1, np.nan)
    shown = np.linspace(0, len(points) - 1, min(len(points), SHOWN)).round().astype(int)

    def work():
        for step, (anchors, entropy) in enumerate(descent(points, start, alpha)):
            path[step], value[step] = anchors[:, :2], entropy
            yield (step + 1) / (STEPS + 1)

    def picture():
        return xr.Dataset(
            {
                "soft_over_steps": ("step", value.copy(), entropy_attributes("soft entropy")),
                "final_soft": ((), value[-1], entropy_attributes("soft entropy after the last step")),
                "path": (("step", "anchor", "axis"), path.copy(), attributes("anchor")),
                "fixed_points": (("fixed_point", "axis"), points[shown, :2], attributes("point")),
            },
            coords={"step": ("step", np.arange(STEPS + 1.0), attributes("step of Adam"))},
        )

    yield from report_progress(work(), picture)


@stage("frame")
def trajectory(knobs) -> xr.Dataset:
    """The step that is shown."""
    return xr.Dataset({"trajectory_step": ((), knobs.frame, attributes("step"))})


@stage(*POINTS, "anchors", "anchor_choice", "scale")
def gradients(knobs) -> xr.Dataset:
    """Cosine of two formulas for dH/dc with automatic differentiation, over the sharpness.

    Cells that harden around their means leave the printed formula with nothing but rounding: NaN there.
    """
    points, _ = points_of(knobs)
    start = choose_anchors(points, knobs.anchors, method=knobs.anchor_choice, seed=knobs.seed)
    slope = jax.grad(lambda anchors, sharpness: ball_partition(points, anchors, sharpness=sharpness))
    right, printed = np.full((2, len(SHARPNESSES)), np.nan)
    for i, sharpness in enumerate(SHARPNESSES * knobs.scale**2):
        true = np.asarray(slope(start, float(sharpness)))
        right[i] = _cosine(gradient(points, start, sharpness)[0], true)
        other = published_gradient(points, start, sharpness)
        if np.linalg.norm(other) > _rounding(points, start, sharpness):
            printed[i] = _cosine(other, true)
    return xr.Dataset(
        {
            "right_cosine": ("sharpness_stop", right, attributes("corrected formula")),
            "printed_cosine": ("sharpness_stop", printed, attributes("formula printed in B.1")),
        },
        coords={"sharpness_stop": ("sharpness_stop", SHARPNESSES, attributes("sharpness α"))},
    )


def _rounding(points, anchors, sharpness) -> float:
    """What `printed_gradient` may be off: a sum of n terms is exact to n eps times the sum of their sizes."""
    shares, mass = _shares(points, anchors, sharpness)
    push, away = np.abs(shares * (shares - mass)), cdist(points, anchors)
    return sharpness * len(points) * np.finfo(float).eps * np.linalg.norm((push * away).sum(0))


def _shares(points, anchors, sharpness):
    found = Partition("ball", anchors, np.empty(0), anchors[:, :2])
    shares = found.shares(found.scores(points), sharpness)
    return shares, shares.mean(0)


def _cosine(a, b) -> float:
    """NaN where one of them vanishes, as all do for a single anchor."""
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return float((a * b).sum() / lengths) if lengths > 0 else np.nan
