"""Readers of point clouds and stroke drawings: float64 arrays from the files that people have."""

from __future__ import annotations

from pathlib import PurePath

import numpy as np

from entropylab.numerics.validation import check
from entropylab.problems.files.contents import load_file
from entropylab.problems.files.drawings import read_drawings
from entropylab.problems.files.numbers import exact_floats
from entropylab.problems.files.off import read_off
from entropylab.problems.files.ply import read_ply
from entropylab.problems.files.point_arrays import read_bin, read_npy
from entropylab.problems.files.tables import read_csv, read_xyz

__all__ = ["read_points", "read_drawings"]

_READERS = {".bin": read_bin, ".ply": read_ply, ".off": read_off, ".xyz": read_xyz, ".csv": read_csv, ".npy": read_npy}


def read_points(path, *, floats_per_point: int | None = None) -> np.ndarray:
    """Points (n, d) of a file, in its own unit, by the ending of its name; .gz after it is unpacked.

    .bin: lidar frames of float32, `floats_per_point` to a point, of which the first three are returned; None stands
    for KITTI's x, y, z and reflectance from 0 to 1. .ply (ascii and binary) and .off: the vertices' x, y, z. .xyz: x,
    y, z and more, by blanks. .csv: numbers by commas, semicolons (then the decimal mark may be a comma), tabs or
    blanks; a first line of names is skipped. .npy: the array. Text is UTF-8; lines that begin with # are comments in
    .xyz, .csv and .off, and blank lines are skipped.
    An EstimateWarning tells if the last line of points has no line end, so that a cut cannot be seen, and if the first
    line may be the numbers of the columns.
    Errors: FileNotFoundError; ValueError naming the file, and the line of a text, for an unknown ending and for
    contents that are not what the ending says: damaged, cut short, empty cells, rows of different lengths, words that
    are no number, NaN or infinity, counts that the contents do not bear out, whole numbers that float64 would round.
    """
    contents = load_file(path)
    ending = PurePath(contents.name.lower().removesuffix(".gz")).suffix
    if ending not in _READERS:
        endings = ", ".join(_READERS)
        raise ValueError(f"{contents.name} must end in one of {endings}: got {ending!r}; convert it.")
    if floats_per_point is not None:
        floats_per_point = check.whole_number("floats_per_point", floats_per_point)
    if ending == ".bin":
        points = read_bin(contents, floats_per_point)
    elif floats_per_point is None:
        points = _READERS[ending](contents)
    else:
        raise ValueError(f"floats_per_point is for .bin files: got {contents.name}; leave it out.")
    if points.ndim != 2 or points.size == 0:
        raise contents.refusal("hold points (n, d)", f"shape {points.shape}", "check the file")
    points = exact_floats(contents, points)
    _warn(contents.notes)
    return points


def _warn(notes: list[str]) -> None:
    for note in notes:
        check.warn(note)
