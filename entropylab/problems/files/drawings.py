"""Reader of stroke drawings: QuickDraw's .ndjson, a drawing a line."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np

from entropylab.numerics.validation import check
from entropylab.problems.files.contents import FileContents, lines_of, load_file, quoted
from entropylab.problems.files.numbers import MAX_EXACT

__all__ = ["read_drawings"]


def read_drawings(path) -> list[list[np.ndarray]]:
    """The drawings of a QuickDraw .ndjson file, each a list of strokes (n, 2) in pixels, in the order of drawing.

    A stroke is the lists of its x and y, and in the raw files of its times, which are left out. A .gz is unpacked.
    A drawing without points is left out with an EstimateWarning.
    Errors: FileNotFoundError; ValueError naming the line that is no drawing: no JSON, no strokes, lists of different
    lengths, or entries that are no finite numbers or whole ones that float64 rounds.
    """
    contents = load_file(path)
    with np.errstate(over="ignore"):  # in squares of numbers that are looked at again
        drawings, empty = _drawings(contents)
    if not drawings:
        raise contents.refusal("hold drawings", "none with points", "check the file")
    if empty:
        _warn_of_empty(contents, empty)
    return drawings


def _drawings(contents: FileContents) -> tuple[list[list[np.ndarray]], list[int]]:
    """The drawings that have points, and the lines of those without."""
    drawings, empty = [], []
    for number, line in enumerate(lines_of(contents), 1):
        if not line.strip():
            continue
        drawing = _drawing(contents, line, number)
        if any(map(len, drawing)):
            drawings.append(drawing)
        else:
            empty.append(number)
    return drawings, empty


def _warn_of_empty(contents, lines):
    check.warn(
        f"{len(lines)} drawings of {contents.name} have no points and are left out, the first in line {lines[0]}: the "
        "others are counted without them."
    )


def _drawing(contents: FileContents, line: str, number: int) -> list[np.ndarray]:
    try:
        return _arrays(_DECODER.decode(line)["drawing"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        expected = "hold a drawing as QuickDraw writes it, of finite numbers that float64 holds"
        remedy = "use the simplified or raw .ndjson files"
        raise contents.refusal(expected, quoted(line), remedy, number) from None


def _arrays(strokes) -> list[np.ndarray]:
    """Errors: any of those that `_drawing` catches, for what are no strokes or no numbers of float64."""
    numbers, ends = [], [0]
    if type(strokes) is not list:
        raise ValueError("a drawing is a list of strokes")
    for stroke in strokes:
        if type(stroke) is not list or not 2 <= len(stroke) <= 3:
            raise ValueError("a stroke is two or three lists")
        x, y, times = stroke[0], stroke[1], stroke[-1]
        if not type(x) is type(y) is type(times) is list or not len(x) == len(y) == len(times):
            raise ValueError("the lists of a stroke are of one length")
        numbers += x
        numbers += y
        ends.append(len(numbers))
    if not set(map(type, numbers)) <= {int, float}:
        raise ValueError("true, null and words are no numbers")
    values = np.array(numbers, dtype=np.float64)
    if not values.dot(values) < MAX_EXACT**2:  # else all are finite, and whole numbers exact
        if not np.isfinite(values).all() or values.tolist() != numbers:  # Python compares an int exactly
            raise ValueError("a number is beyond float64 or rounded by it")
    return [values[first:last].reshape(2, -1).T for first, last in pairwise(ends)]


def _refuse(constant):
    raise ValueError(f"{constant} is no number of JSON")


def _without_repeats(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is there twice")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_without_repeats, parse_constant=_refuse)
