"""Readers of point clouds as text: .xyz by blanks, .csv by commas, semicolons or tabs."""

from __future__ import annotations

import csv
import re

import numpy as np

from entropylab.problems.files.contents import FileContents, data_lines, quoted, words_of
from entropylab.problems.files.numbers import number_fault, number_table

__all__ = ["read_csv", "read_xyz"]

_QUOTED = re.compile(r'"[^"]*"')
_GROUPS_OF_DIGITS = re.compile(r"[+-]?\d{1,3}(?:[ \t]+\d{3})+")  # a thousand may be written "1 000"
_LIKE_A_NUMBER = re.compile(r"[OolI][.,]\d")  # letters for the digits they look like
_MISSING = {"NA", "N/A", "n/a", "NULL", "null", "None", "none", "nil", "missing"}
_NAMES = "a line of names has a word in every cell, which begins with a letter; an index without a name is no column"


def read_xyz(contents: FileContents) -> np.ndarray:
    """Points (n, 3): the first three of the words in each line, of which all lines have as many."""
    lines, numbers = data_lines(contents)
    if not lines:
        raise contents.refusal("hold points", "no line of numbers", "check the file")
    rows = words_of(lines)
    if len(rows[0]) < 3:
        got = f"{quoted(lines[0])}"
        raise contents.refusal("hold the numbers x, y and z by blanks", got, "use .csv for others", numbers[0])
    return number_table(contents, rows, numbers, [0, 1, 2])


def read_csv(contents: FileContents) -> np.ndarray:
    """Numbers (n, d) of a table, float64; a first line of names is skipped.

    Cells are parted by ; or else by commas, tabs or blanks, and may stand in double quotes; where ; parts them, the
    decimal mark may be a comma.
    Errors: ValueError naming the line with an empty cell, another number of cells, or what is no number.
    """
    lines, numbers = data_lines(contents)
    if not lines:
        raise contents.refusal("hold points", "no line of numbers", "check the file")
    mark = _separator(contents, lines)
    if any('"' in line for line in lines):
        rows, numbers = _quoted_rows(contents, lines, numbers, mark)
    else:
        rows = words_of(lines) if mark is None else [line.split(mark) for line in lines]
    if _is_names(rows[0]):
        width, names = len(rows[0]), numbers[0]
        rows, numbers = rows[1:], numbers[1:]
        if not rows:
            raise contents.refusal("hold points", "nothing but a line of names", "check the file")
        if len(rows[0]) != width:
            got = f"{width} names for {len(rows[0])} cells in the next line"
            raise contents.refusal("name every column", got, "mend it or remove it", names)
    elif fault := next(filter(None, map(number_fault, _points(contents, rows[:1], numbers, mark)[0])), None):
        got = f"{quoted(lines[0])}, with a cell {fault}"
        raise contents.refusal("hold numbers or names of columns", got, f"mend it: {_NAMES}", numbers[0])
    _note_column_numbers(contents, rows, numbers)
    return number_table(contents, _points(contents, rows, numbers, mark), numbers, shown=rows)


def _separator(contents, lines):
    """What parts the cells; the names in the first line may hold anything."""
    bare = [_QUOTED.sub("", line) if '"' in line else line for line in lines]
    for text in ("\n".join(bare[1:]), bare[0]):
        for mark in ";,\t":
            if mark in text:
                return mark
    if all(map(_GROUPS_OF_DIGITS.fullmatch, (line.strip() for line in bare[1:] or bare))):
        got = f"{quoted(lines[-1])}, which may be one number or more"
        raise contents.refusal("part its cells by commas", got, "write no blanks in a number, and commas between")
    return None


def _quoted_rows(contents, lines, numbers, mark):
    reader = csv.reader((line + "\n" for line in lines), delimiter=mark or " ", skipinitialspace=True, strict=True)
    rows, ends = [], []
    try:
        for row in reader:
            rows.append(row)
            ends.append(numbers[reader.line_num - 1])
    except csv.Error as error:
        line = numbers[min(reader.line_num, len(numbers)) - 1]
        raise contents.refusal("hold whole quoted cells", str(error), "mend its double quotes", line) from None
    return rows, ends


def _is_names(row):
    return all(map(_is_name, row))


def _is_name(cell):
    """A word that is neither a damaged number nor a mark for a missing one."""
    cell = cell.strip()
    first = next((character for character in cell if character.isalnum() or character == "_"), "")
    return (
        (first.isalpha() or first == "_")
        and " ".join(cell.split("\n")).isprintable()
        and cell not in _MISSING
        and not _LIKE_A_NUMBER.search(cell)
        and number_fault(cell) == "which is no decimal number"
    )


def _points(contents, rows, numbers, mark):
    """The rows with decimal points."""
    if mark != ";" or not any("," in cell for row in rows for cell in row):
        return rows
    for row, number in zip(rows, numbers, strict=False):
        if any("." in cell for cell in row):
            got = f"{quoted(';'.join(row))}, and commas too"
            raise contents.refusal("have one decimal mark", got, "write points, and no marks of thousands", number)
    return [[cell.replace(",", ".") for cell in row] for row in rows]


def _note_column_numbers(contents, rows, numbers):
    first = [cell.strip() for cell in rows[0]]
    if len(first) > 1 and first == list(map(str, range(len(first)))) and len(rows) > 1:
        if not any(all(cell.strip().lstrip("+-").isdigit() for cell in row) for row in rows[1:]):
            contents.notes.append(
                f"line {numbers[0]} of {contents.name} reads {','.join(first)} and is taken for a point: if these are "
                "the numbers of the columns, remove the line, or the set has a point that is none."
            )
