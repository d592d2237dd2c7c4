"""Point sets of the plane by name, from a triangle to a circle, and real ones where they are at hand."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import numpy as np

from entropylab.problems.point_files import read_drawings, read_points

__all__ = ["POINT_SETS", "REAL_POINT_SETS", "point_set"]

POINT_SETS = (
    "uniform", "disk", "Gaussian", "triangle", "noisy parabola", "parabola", "circle", "clusters", "annulus", "grid",
)  # fmt: skip
_FOLDER = Path(os.environ.get("ENTROPYLAB_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
_FILES = {"lidar": _FOLDER / "kitti" / "000000.bin", "strokes": _FOLDER / "quickdraw" / "monkey.ndjson"}
# What is there: a folder named by ENTROPYLAB_DATA, else shared/data beside the repository.
REAL_POINT_SETS = tuple(name for name, file in _FILES.items() if file.exists())


def point_set(name: str, n: int, seed: int = 0) -> np.ndarray:
    """Points (n, 2) of the set called `name`; without unit, in metres for "lidar", in pixels for "strokes".

    "uniform" in the unit square; "disk" and "triangle" uniform; "Gaussian" standard; "parabola" y = x^2 for x uniform
    in [-1, 1], "noisy parabola" with normal noise of deviation 0.05 on y; "circle" the unit circle; "clusters" five
    normal ones of deviation 0.05; "annulus" uniform between radii 0.95 and 1; "grid" the first n points of a square
    grid, row by row. "lidar" is one frame seen from above and "strokes" drawings laid out over each other, both
    repeated from the start if n exceeds them.
    Errors: ValueError for an unknown name, n < 1, or real data that are not there.
    """
    if n < 1:
        raise ValueError(f"n must be at least 1: got {n}; ask for points.")
    if name in _FILES:
        return np.resize(_real(name), (n, 2))
    if name not in POINT_SETS:
        raise ValueError(f"data must be one of {', '.join(POINT_SETS + tuple(_FILES))}: got {name!r}.")
    rng = np.random.Generator(np.random.PCG64(seed))
    angle = 2 * np.pi * rng.random(n)
    around = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    if name in ("disk", "annulus"):
        inner = 0.95 if name == "annulus" else 0.0
        return around * np.sqrt(inner**2 + (1 - inner**2) * rng.random(n))[:, None]
    if name == "circle":
        return around
    if name == "Gaussian":
        return rng.normal(size=(n, 2))
    if name == "clusters":
        return rng.random((5, 2))[rng.integers(5, size=n)] + 0.05 * rng.normal(size=(n, 2))
    if name == "grid":
        side = int(np.ceil(np.sqrt(n)))
        return np.stack([np.arange(n) % side, np.arange(n) // side], axis=1).astype(float)
    points = rng.random((n, 2))
    if name == "triangle":
        return np.where((points.sum(1) > 1)[:, None], 1 - points, points)
    if "parabola" in name:
        x = 2 * points[:, 0] - 1
        noise = 0.05 * rng.normal(size=n) if name == "noisy parabola" else 0.0
        return np.stack([x, x**2 + noise], axis=1)
    return points


@functools.cache
def _real(name: str) -> np.ndarray:
    file = _FILES[name]
    if not file.exists():
        raise ValueError(
            f"{name} needs the file {file.name}: it is not in {file.parent}; set ENTROPYLAB_DATA to the folder that "
            "holds kitti/ and quickdraw/."
        )
    if name == "lidar":
        return np.ascontiguousarray(read_points(file)[:, :2])
    return np.concatenate([np.concatenate(drawing) for drawing in read_drawings(file)])
