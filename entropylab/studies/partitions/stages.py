"""Soft against hard entropy of a point set cut up by balls, halfspaces, slabs or boxes (Shihab et al. 2025)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import xarray as xr
from scipy.special import xlogy

from entropylab.estimators.discrete.information import discrete_conditional_entropy
from entropylab.estimators.partitions.bounds import (
    certified_temperature,
    continuity_bound,
    shihab_bound,
    shihab_bound_status,
)
from entropylab.knobs import parse_points
from entropylab.problems.points.sets import labelled_points
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import stage
from entropylab.studies.partitions.memberships import (
    BY_ANCHORS,
    Partition,
    curve,
    hard_surprises,
    make_partition,
    soft_and_own,
)
from entropylab.studies.partitions.parameters import CHOICE, POINTS, SOFTNESS

SHOWN = 600  # points of the picture
SIDE = 64  # pixels of a side of the picture
HARDNESSES = {"ball": np.geomspace(0.1, 1000, 33), "halfspace": np.geomspace(1e-3, 10, 33)}
SCALES = np.geomspace(0.01, 100, 33)
BINS = np.linspace(0, 1, 21)
STANDARD_ERROR_INTERVAL = "1.96 standard errors over points, the cells fixed"


@stage(*POINTS, *CHOICE, *SOFTNESS)
def assignments(knobs) -> xr.Dataset:
    """Both entropies and their bounds, the points, their cells and the grips that move them."""
    points, group = points_of(knobs)
    found, scores = _cells(knobs)
    hardness = _hardness(knobs)
    own = found.own(scores)
    soft, kept = soft_and_own(found, scores, hardness)
    hard = hard_surprises(own)
    lost = float((1 - kept).mean())
    told, told_error = _share_explained(group, own) if len(np.unique(group)) > 1 else (np.nan, np.nan)
    n = len(points)
    shown = np.linspace(0, n - 1, min(n, SHOWN)).round().astype(int)
    x, y, picture = _picture(found, points, hardness)
    theorem, certified = _of_halfspaces(knobs, points, found)
    return xr.Dataset(
        {
            "soft": ((), soft.mean(), entropy_attributes("soft entropy", interval=STANDARD_ERROR_INTERVAL)),
            "soft_error": ((), _error(soft), entropy_attributes("standard error of the soft entropy")),
            "hard": ((), hard.mean(), entropy_attributes("hard entropy", interval=STANDARD_ERROR_INTERVAL)),
            "hard_error": ((), _error(hard), entropy_attributes("standard error of the hard entropy")),
            "gap": (
                (),
                soft.mean() - hard.mean(),
                entropy_attributes("soft minus hard entropy", interval=STANDARD_ERROR_INTERVAL),
            ),
            "gap_error": ((), _error(soft - hard), entropy_attributes("standard error of the gap")),
            "certificate": ((), continuity_bound(lost, found.count), entropy_attributes("certificate")),
            "shihab_bound": ((), theorem, entropy_attributes("theorem 3, where it certifies")),
            "certified": ((), certified, attributes("softest temperature certified to 0.1 nats")),
            "ceiling": ((), np.log(found.count), entropy_attributes("log K")),
            "cell_count": ((), found.count, attributes("cells K")),
            "occupied_cells": ((), len(np.unique(own)), attributes("cells that hold points")),
            "group_entropy": (
                (),
                label_entropy(group) if np.ptp(group) else np.nan,
                entropy_attributes("entropy of the groups"),
            ),
            "explained": ((), told, attributes("share of the groups' entropy told", interval=STANDARD_ERROR_INTERVAL)),
            "explained_error": ((), told_error, attributes("standard error of that share")),
            "hardness": ((), hardness, attributes("sharpness" if knobs.family in BY_ANCHORS else "temperature")),
            "leakage": ((), lost, attributes("mean share outside the own cell")),
            "point": (("shown", "axis"), points[shown, :2], attributes("point")),
            "cell": ("shown", own[shown].astype(float), attributes("hard cell")),
            "picture": (("row", "column", "cell_index"), picture, attributes("share of a cell")),
            "grip": (("grip_index", "axis"), found.grips, attributes("grip")),
            "decided": ("bin", np.histogram(kept, BINS)[0] / n, attributes("share of the points")),
        },
        coords={
            "column": ("column", x, attributes("x / scale")),
            "row": ("row", y, attributes("y / scale")),
            "bin": ("bin", (BINS[1:] + BINS[:-1]) / 2, attributes("share of a point in its own cell")),
        },
    )


@stage(*POINTS, *CHOICE, "scale")
def over_hardness(knobs) -> xr.Dataset:
    """Soft entropy, the certificate about the hard one, and theorem 3, over sharpness or temperature."""
    points, _ = points_of(knobs)
    found, scores = _cells(knobs)
    grid = HARDNESSES["ball" if knobs.family in BY_ANCHORS else "halfspace"]
    soft, bound = curve(found, scores, np.array([found.scaled(hardness, knobs.scale) for hardness in grid]))
    theorem, worth = np.full((2, len(grid)), np.nan)
    if knobs.family == "halfspace":
        scaled = knobs.scale * points, found.first, knobs.scale * found.second
        theorem = np.array([shihab_bound(*scaled, temperature=tau) for tau in grid])
        worth = np.array([shihab_bound_status(*scaled, temperature=tau) == "certifies" for tau in grid], float)
    return xr.Dataset(
        {
            "soft_over_hardness": ("hardness_stop", soft, entropy_attributes("soft entropy")),
            "bound_over_hardness": ("hardness_stop", bound, entropy_attributes("certificate")),
            "shihab_bound_over_hardness": ("hardness_stop", theorem, entropy_attributes("theorem 3")),
            "shihab_certifies": ("hardness_stop", worth, attributes("1 where theorem 3 certifies anything")),
        },
        coords={"hardness_stop": ("hardness_stop", grid, attributes(_softness_name(knobs.family)))},
    )


@stage(*POINTS, *CHOICE, "sharpness", "temperature")
def over_scale(knobs) -> xr.Dataset:
    """Soft entropy as points and cells grow together, at fixed softness, and with the softness in the data's unit."""
    points, _ = points_of(knobs)
    found, scores = _cells(knobs)
    hardness = softness(knobs)
    soft, _ = curve(found, scores, np.array([found.scaled(hardness, scale) for scale in SCALES]))
    # a scale of the data: the root of the mean squared distance from their mean
    unit = float(np.sqrt(((points - points.mean(0)) ** 2).sum(1).mean()))
    free, _ = curve(found, scores, np.array([found.scaled(hardness, 1 / unit)]))
    return xr.Dataset(
        {
            "soft_over_scale": ("scale_stop", soft, entropy_attributes("softness fixed")),
            "soft_free": (
                "scale_stop",
                np.full(len(SCALES), free[0]),
                entropy_attributes("softness in units of the data"),
            ),
            "data_unit": ((), unit, attributes("root mean squared distance from the mean")),
        },
        coords={"scale_stop": ("scale_stop", SCALES, attributes("scale s"))},
    )


def points_of(knobs) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, d) and the group (n,) of each."""
    return _made(*(getattr(knobs, name) for name in POINTS))


@lru_cache(maxsize=32)
def _made(*values):
    return labelled_points(**dict(zip(POINTS, values, strict=True)))


def _cells(knobs) -> tuple[Partition, np.ndarray]:
    return _cached_partition(*(getattr(knobs, name) for name in (*POINTS, *CHOICE)))


@lru_cache(maxsize=32)
def _cached_partition(*values):
    points, _ = _made(*values[: len(POINTS)])
    chosen = dict(zip(CHOICE, values[len(POINTS) :], strict=True))
    found = make_partition(
        points, **{**chosen, "moved": parse_points(chosen["moved"])}, seed=values[POINTS.index("seed")]
    )
    return found, found.scores(points)


def softness(knobs) -> float:
    """Sharpness or temperature, whichever the family has."""
    return knobs.sharpness if knobs.family in BY_ANCHORS else knobs.temperature


def _hardness(knobs) -> float:
    """What the present softness does at scale 1."""
    found, _ = _cells(knobs)
    return found.scaled(softness(knobs), knobs.scale)


def _softness_name(family: str) -> str:
    return "sharpness α" if family in BY_ANCHORS else "temperature τ"


def _of_halfspaces(knobs, points, found) -> tuple[float, float]:
    """Theorem 3 where it certifies anything, and the softest temperature that is certified to 0.1 nats; else NaN."""
    if knobs.family != "halfspace":
        return np.nan, np.nan
    scaled = knobs.scale * points, found.first, knobs.scale * found.second
    worth = shihab_bound_status(*scaled, temperature=knobs.temperature) == "certifies"
    theorem = shihab_bound(*scaled, temperature=knobs.temperature) if worth else np.nan
    try:
        return theorem, certified_temperature(*scaled, tolerance=0.1)
    except ValueError:  # points on a boundary cost more than that at any temperature
        return theorem, np.nan


def _picture(found: Partition, points, hardness):
    """Shares of the cells over the plane of the first two coordinates, the others at their mean."""
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    margin = 0.08 * (high - low)
    low, high = low - margin, high + margin
    middle = (np.arange(SIDE) + 0.5) / SIDE
    x, y = low[0] + middle * (high[0] - low[0]), low[1] + middle * (high[1] - low[1])
    grid = np.broadcast_to(points.mean(0), (SIDE * SIDE, points.shape[1])).copy()
    grid[:, 0], grid[:, 1] = np.tile(x, SIDE), np.repeat(y, SIDE)
    return x, y, found.shares(found.scores(grid), hardness).reshape(SIDE, SIDE, -1).astype(np.float32)


def _error(surprises) -> float:
    return float(surprises.std(ddof=1) / np.sqrt(len(surprises)))


def label_entropy(group) -> float:
    """Entropy in nats of the shares of the labels."""
    share = np.unique(group, return_counts=True)[1] / len(group)
    return float(-xlogy(share, share).sum())


def _share_explained(group, own) -> tuple[float, float]:
    """Of the entropy of the groups, the share that the hard cells tell, and its standard error (delta method)."""
    entropy = label_entropy(group)
    told = (entropy - float(discrete_conditional_entropy(group, own))) / entropy
    (_, group), (_, own) = (np.unique(labels, return_inverse=True) for labels in (group, own))
    count = np.zeros((group.max() + 1, own.max() + 1))
    np.add.at(count, (group, own), 1.0)
    unsaid = -np.log(count.sum(1)[group] / len(group))
    left = -np.log(count[group, own] / count.sum(0)[own])
    return told, _error((left - (1 - told) * unsaid) / entropy)
