"""Point sets by name, one source for every page: shapes that know their groups, and real sets where they are."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from entropylab.problems.files.point_arrays import FLOATS_PER_POINT
from entropylab.problems.files.points import read_drawings, read_points
from entropylab.problems.points.shapes import ALONE, CLUSTERED, clustered
from entropylab.resources import PACKAGE, find_clone

__all__ = ["CLUSTERED", "POINT_SETS", "REAL_POINT_SETS", "point_set", "labelled_points"]

POINT_SETS = (*ALONE, *CLUSTERED)
NOISE_HALF_WIDTH = 1.5  # background noise is uniform in this cube around the cube [-1, 1]^d that holds the rest
UNIT = 128.0  # of real coordinates: a power of two, which rounds nothing
_FOLDER = Path(os.environ.get("ENTROPYLAB_DATA", (find_clone() or PACKAGE).parent / "shared" / "data"))
_FILES = {"lidar": "kitti/*.bin", "strokes": "quickdraw/*.ndjson"}
# What is there: a folder named by ENTROPYLAB_DATA, else shared/data beside the repository.
REAL_POINT_SETS = tuple(name for name, files in _FILES.items() if any(_FOLDER.glob(files)))


def point_set(name: str, n: int, seed: int = 0, *, dimension: int = 2) -> Float[np.ndarray, "n d"]:
    """Points (n, d) of the set called `name`, about the cube [-1, 1]^d; without unit.

    "uniform" in the cube, "disk" in the ball, "triangle" in half the square or the simplex; "Gaussian" of deviation
    0.4; "parabola" y = x^2, "noisy parabola" with normal noise of deviation 0.05 on y; "circle" the unit sphere;
    "annulus" uniform between radii 0.95 and 1; "grid" the first n points of a grid, row by row; "clusters" and the
    other sets with groups as `labelled_points` makes them with six. "lidar" is a frame of a street in units of 128 m,
    every so-manieth of its points; "strokes" are drawings over each other, point by point as they were drawn. Of
    these the seed chooses the frame, or the first drawing; both begin anew if n exceeds them.
    Errors: ValueError for an unknown name, n < 1, or real data that are not there.
    """
    return labelled_points(name, samples=n, dimension=dimension, seed=seed)[0]


def labelled_points(
    data: str, *, samples: int, dimension: int = 2, groups: int = 6, aspect: float = 1.0, noise: float = 0.0,
    seed: int = 0,
) -> tuple[Float[np.ndarray, "n d"], Int[np.ndarray, " n"]]:  # fmt: skip
    """Points (n, d) as `point_set` says, and the group of each from 0, or -1 for background; no unit.

    "clusters": normal with deviation 0.08 about centres far from each other. "nested clusters": each is three smaller
    ones. "rings" (concentric) and "spirals" lie in the first two coordinates; the others are normal with deviation
    0.02. All other sets are one group. `aspect` stretches the first axis against all others at equal volume: of every
    cluster about its centre, else of the whole set. `noise` is the share of points that are background, uniform in a
    cube half as wide again.
    Errors: ValueError for unknown data, samples < 1, dimension < 2, or real data that are not there.
    """
    if data not in POINT_SETS + tuple(_FILES):
        raise ValueError(f"data must be one of {', '.join(POINT_SETS + tuple(_FILES))}: got {data!r}.")
    if samples < 1:
        raise ValueError(f"samples must be at least 1: got {samples}; ask for points.")
    if dimension < 2:
        raise ValueError(f"dimension must be at least 2: got {dimension}; a set lies in the plane or beyond.")
    rng = np.random.default_rng([seed, samples, dimension])
    background = round(noise * samples)
    n = samples - background
    group = rng.integers(groups if data in CLUSTERED else 1, size=n)
    centre = 0.0
    if data in ALONE:
        points = ALONE[data](rng, n, dimension)
    elif data in CLUSTERED:
        centre, points = clustered(data, rng, group, n, dimension, groups)
    else:
        points = _real(data, n, seed, dimension)
    if aspect != 1:
        points = points * np.append(aspect ** (1 - 1 / dimension), np.full(dimension - 1, aspect ** (-1 / dimension)))
    if data in CLUSTERED:
        points = points + centre
    if background:
        points = np.concatenate([points, rng.uniform(-NOISE_HALF_WIDTH, NOISE_HALF_WIDTH, (background, dimension))])
        group = np.concatenate([group, np.full(background, -1)])
    return points, group


def _real(name: str, n: int, seed: int, dimension: int) -> np.ndarray:
    files = sorted(_FOLDER.glob(_FILES[name]))
    if not files:
        raise ValueError(
            f"{name} needs files {_FILES[name]}: there are none in {_FOLDER}; set ENTROPYLAB_DATA to the folder that "
            "holds kitti/ and quickdraw/."
        )
    found, starts = _read_lidar_frame(files[seed % len(files)]) if name == "lidar" else _drawings(files[0])
    if dimension > found.shape[1]:
        raise ValueError(f"{name} has {found.shape[1]} coordinates: got dimension {dimension}; choose fewer.")
    if name == "lidar" and n < len(found):
        return found[np.arange(n) * len(found) // n, :dimension]
    return np.resize(np.roll(found, -starts[seed % len(starts)], axis=0), (n, found.shape[1]))[:, :dimension].copy()


@functools.cache
def _read_lidar_frame(file: Path) -> tuple[np.ndarray, np.ndarray]:
    return read_points(file, floats_per_point=FLOATS_PER_POINT) / UNIT, np.zeros(1, int)


@functools.cache
def _drawings(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """All drawings, the right way up, and where each begins."""
    drawings = [np.concatenate(drawing) for drawing in read_drawings(file)]
    starts = np.cumsum([0, *(len(drawing) for drawing in drawings[:-1])])
    return (np.concatenate(drawings) / UNIT - 1) * [1.0, -1.0], starts
