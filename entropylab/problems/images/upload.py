"""Users' own pictures of a digit as ink in 8 x 8 cells, made as scikit-learn's digits were."""

from __future__ import annotations

import numpy as np

from entropylab.numerics.validation.containers import as_numpy
from entropylab.problems.files.contents import contents_of
from entropylab.problems.files.point_arrays import read_npy
from entropylab.problems.files.tables import read_csv

__all__ = ["SIDE", "INK", "as_digit", "read_picture"]

SIDE, INK = 8, 16  # cells along a side, and the most ink of a cell
MAX_SIZE = 4_000_000  # bytes of a file, and pixels of a picture
ACCEPTED_FORMATS = "a digit is a PNG or JPG picture, or 8 x 8 or more numbers as NPY or CSV"


def as_digit(picture, side: int = SIDE, most: int = INK) -> np.ndarray:
    """Ink (side, side) from 0 to `most` of a grey or coloured picture of one digit, in whole numbers.

    Whole numbers (side, side) from 0 to `most` are ink already and stay as they are. Of any other picture the ground
    is what its border mostly shows; ink is what differs from it by more than half as much as anything does. The ink's
    box is scaled until its longer side fills the square, centred, and every cell counts the share of its area that is
    ink, in sixteenths: the data's own makers counted the pixels that are on in blocks of 4 x 4 of a bitmap of 32 x 32.
    Demands (rows, columns) or (rows, columns, 3 or 4), of which colours are averaged.
    Errors: ValueError for other shapes, fewer than 8 x 8, values that are masked or no finite numbers, a picture of one
    colour.
    """
    grey = _grey(picture if type(picture) is np.ndarray else as_numpy("picture", picture))
    if grey.shape == (side, side) and (grey == np.round(grey)).all() and grey.min() >= 0 and 1 < grey.max() <= most:
        return grey.astype(int)
    far = np.abs(grey - np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))
    if not far.max() > 0:
        raise ValueError(f"there is no ink: got {_size(grey)} pixels of one colour; draw a digit on a plain ground.")
    ink = far > far.max() / 2
    rows, columns = (np.flatnonzero(ink.any(axis)) for axis in (1, 0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(float)
    longer = max(ink.shape)
    down, across = (_overlap(side, length, longer) for length in ink.shape)
    return np.round(most * (down @ ink @ across.T)).astype(int)


def read_picture(name: str, data: bytes) -> np.ndarray:
    """The numbers in an NPY or CSV file, as `as_digit` takes them; a CSV file is read as `read_points` reads it.

    Errors: ValueError for another ending, a file that is empty, broken or too large, saying what is wrong with it.
    """
    ending = name.rpartition(".")[2].lower()
    if ending not in ("npy", "csv"):
        raise ValueError(f"{ACCEPTED_FORMATS}: got {name}; save it in one of these formats.")
    if not 0 < len(data) <= MAX_SIZE:
        raise ValueError(f"{name} must have from 1 to {MAX_SIZE:,} bytes: got {len(data):,}; crop it to the digit.")
    contents = contents_of(name, data)
    try:
        return read_npy(contents, "biuf") if ending == "npy" else read_csv(contents)
    except ValueError as error:
        raise ValueError(
            f"{name} is no {ending.upper()} file that can be read ({error}) {ACCEPTED_FORMATS}; save it again."
        ) from None


def _grey(picture):
    if picture.dtype.kind not in "biuf":
        raise ValueError(f"a picture holds numbers: got {picture.dtype}; convert it first.")
    if picture.ndim == 3 and picture.shape[2] in (3, 4):
        picture = picture[..., :3].mean(-1)
    if picture.ndim != 2 or min(picture.shape) < SIDE or picture.size > MAX_SIZE:
        raise ValueError(
            f"a picture has shape (rows, columns), at least {SIDE} x {SIDE} and at most {MAX_SIZE:,} pixels: got "
            f"{_size(picture)}; crop or scale it."
        )
    picture = picture.astype(float)
    if not np.isfinite(picture).all():
        raise ValueError("a picture holds finite numbers: got NaN or infinity; fill the gaps first.")
    return picture


def _size(picture):
    return " x ".join(map(str, picture.shape)) or "a single number"


def _overlap(side, length, longer):
    """Share (side, length) of every cell's width that each pixel covers; `longer` of them fill the square."""
    cells = np.linspace(0, longer, side + 1)[:, None]
    pixels = (longer - length) / 2 + np.arange(length)
    shared = np.minimum(cells[1:], pixels + 1) - np.maximum(cells[:-1], pixels)
    return np.maximum(shared, 0) * side / longer
