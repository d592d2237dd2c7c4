"""Reader of .off meshes: the vertices of an ascii file of the Object File Format."""

from __future__ import annotations

import re

import numpy as np

from entropylab.problems.files.contents import FileContents, data_lines, quoted, words_of
from entropylab.problems.files.numbers import number_table, whole_number

__all__ = ["read_off"]

_KEYWORD = re.compile(r"\s*(ST)?(C)?(N)?(4)?(n)?OFF(?![A-Za-z])(.*)")
_BINARY = re.compile(rb"\s*(?:ST)?C?N?4?n?OFF\s+BINARY")


def read_off(contents: FileContents) -> np.ndarray:
    """The vertices (n, 3) of a mesh; the colours of COFF, the normals of NOFF and what STOFF adds are left out.

    Errors: ValueError for binary files, other dimensions (4OFF, nOFF), counts that the lines do not bear out, and
    vertices of more or fewer numbers than the keyword says.
    """
    if _BINARY.match(contents.data):
        raise contents.refusal("be an ascii mesh", "a binary one", "convert it, or save it as .ply")
    lines, numbers = data_lines(contents)
    keyword = _KEYWORD.fullmatch(lines[0]) if lines else None
    if not keyword:
        got = quoted(lines[0]) if lines else "no lines"
        raise contents.refusal("begin with OFF", got, "is it a mesh?")
    texture, colour, normal, four, other, rest = keyword.groups()
    if four or other:
        got = lines[0].split()[0]
        raise contents.refusal("be a mesh in three dimensions", got, "convert it to OFF", numbers[0])
    head = 0 if rest.strip() else 1
    counts = (rest if head == 0 else "".join(lines[1:2])).split()
    line = numbers[min(head, len(lines) - 1)]
    if len(counts) not in (2, 3):
        got = quoted(" ".join(counts)) if counts else "none"
        raise contents.refusal("count vertices, faces and edges", got, "is it cut short?", line)
    count, faces, *_ = (whole_number(contents, word, "count vertices, faces and edges", line) for word in counts)
    given = len(lines) - head - 1
    if count == 0:
        raise contents.refusal("hold points", "a count of 0 vertices", "check the file", line)
    if given != count + faces:
        fault = "is cut short" if given < count + faces else "has more than it counts"
        got = f"{given} lines below the counts"
        raise contents.refusal(f"hold {count} vertices and {faces} faces", got, f"the file {fault}")
    if faces:  # the line that may lack its end holds no point
        contents.notes.clear()
    width = 3 + 3 * bool(normal) + 2 * bool(texture)
    widths = (width + 3, width + 4) if colour else (width,)
    rows = words_of(lines[head + 1 : head + 1 + count])
    if len(rows[0]) not in widths:
        expected = f"give a vertex {' or '.join(map(str, widths))} numbers, as {keyword[0].strip()[:12]} says"
        remedy = "name colours by COFF and normals by NOFF, or mend it"
        raise contents.refusal(expected, quoted(lines[head + 1]), remedy, numbers[head + 1])
    return number_table(contents, rows, numbers[head + 1 : head + 1 + count], [0, 1, 2])
