"""Numbers from the words of a file: exactly what is written there, or an error that names the line."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import chain

import numpy as np

from entropylab.problems.files.contents import FileContents, quoted

__all__ = ["number_table", "number_fault", "whole_number", "exact_floats"]

MAX_EXACT = 2**53  # up to here float64 holds every whole number
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[+-]?[0-9]+(?:\.0*)?")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_OF_NUMBERS = b"0123456789eE+-. \t\n"  # of these alone, float() takes nothing but decimal numbers


def number_table(
    contents: FileContents,
    rows: list[list[str]],
    lines: Sequence[int],
    columns: list[int] | None = None,
    shown: list[list[str]] | None = None,
) -> np.ndarray:
    """Numbers (n, d) of words in rows of equal length, float64; `columns` says which are wanted, None all.

    `lines` are the rows' line numbers, and `shown` the words as the file has them, for messages.
    Errors: ValueError naming the first line that has more or fewer words than the first, or a word that is no finite
    decimal number, or one that float64 cannot hold: beyond its range, or a whole number it would round.
    """
    width = len(rows[0])
    for row, line in zip(rows, lines, strict=True) if set(map(len, rows)) != {width} else ():
        if len(row) != width:
            remedy = f"mend it: line {lines[0]} has {width}"
            raise contents.refusal("hold the same number of cells as the others", str(len(row)), remedy, line)
    everything = list(range(width))
    if columns is None or columns == everything:
        columns = everything
        words = list(chain.from_iterable(rows))
    else:
        words = [row[column] for row in rows for column in columns]
    try:
        values = np.array(list(map(float, words)))
        plain = not "\n".join(words).encode().translate(None, _OF_NUMBERS) and _is_exact(values, words)
    except ValueError:
        plain = False
    if not plain:
        for row, line, written in zip(rows, lines, shown or rows, strict=True):
            for column in columns:
                if fault := number_fault(row[column]):
                    got = f"{quoted(written[column])} in place {column + 1}, {fault}"
                    raise contents.refusal("hold numbers", got, "mend it or remove the line", line)
    return values.reshape(len(rows), len(columns))


def number_fault(word: str) -> str | None:
    """Why `word` is no number that float64 holds; None if it is one."""
    word = word.strip()
    if not word:
        return "which is empty"
    if _NOT_FINITE.fullmatch(word):
        return "which is not finite"
    if not _NUMBER.fullmatch(word):
        return "which is no decimal number"
    value = float(word)
    if math.isinf(value):
        return "which is beyond float64"
    if abs(value) >= MAX_EXACT and _WHOLE.fullmatch(word) and Decimal(word) != Decimal(value):
        return "a whole number that float64 rounds"
    if value == 0 and re.search("[1-9]", re.split("[eE]", word)[0]):
        return "which float64 rounds to 0"
    return None


def whole_number(contents: FileContents, word: str, expected: str, line: int) -> int:
    """The count that `word` is. Errors: ValueError for what is no whole number from 0 to 10^18."""
    if not re.fullmatch(r"[0-9]{1,18}", word):
        raise contents.refusal(expected, quoted(word), "write a whole number", line)
    return int(word)


def exact_floats(contents: FileContents, values: np.ndarray) -> np.ndarray:
    """Whole or floating numbers as float64, C-contiguous.

    Errors: ValueError naming the first entry that is not finite, or that float64 rounds to another whole number or 0.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        found = np.ascontiguousarray(values, dtype=np.float64)
        finite = bool(np.isfinite(found.sum()) or np.isfinite(found).all())  # the sum is one pass and no array
    rounded = np.zeros(0, bool)
    if values.dtype.kind in "iu" and values.dtype.itemsize == 8:
        size = np.abs(values).astype(np.uint64)  # the least int64 is its own absolute value, and right as uint64
        lowest = size & (~size + np.uint64(1))
        rounded = size // np.maximum(lowest, 1) >= MAX_EXACT
    elif values.dtype.itemsize > 8:
        rounded = (found != values) & ((np.abs(values) >= MAX_EXACT) | (found == 0))
    if finite and not rounded.any():
        return found
    where = tuple(int(i) for i in np.argwhere(~np.isfinite(found) if not finite else rounded)[0])
    got = f"{values[where]} at {where}, counted from 0"
    if finite:
        raise contents.refusal("hold numbers that float64 holds", got, "subtract an offset before it is saved")
    raise contents.refusal("hold finite numbers", got, "remove or repair those points")


def _is_exact(values, words):
    """Whether all values are finite and none is another number than its word says, up to a decimal's rounding."""
    if not (np.isfinite(values.min()) and np.isfinite(values.max())):
        return False
    doubtful = np.flatnonzero(np.abs(values) >= MAX_EXACT).tolist()
    zeros = np.flatnonzero(values == 0).tolist()
    return not any(number_fault(words[i]) for i in doubtful) and not any(
        number_fault(words[i]) for i in zeros if len(words[i]) > 3
    )
