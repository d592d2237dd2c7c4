"""Reader of .ply point clouds and meshes: the vertices of ascii and binary files."""

from __future__ import annotations

import struct

import numpy as np

from entropylab.problems.files.contents import FileContents, filled_lines, lines_of, quoted, words_of
from entropylab.problems.files.numbers import number_table
from entropylab.problems.files.ply_headers import PlyElement, PlyHeader, read_ply_header

__all__ = ["read_ply"]


def read_ply(contents: FileContents) -> np.ndarray:
    """x, y and z (n, 3) of the vertices, wherever they stand among the elements and the properties.

    Errors: ValueError naming the line of the header or the body that is not as the format has it, and for a body of
    more or less than the header counts.
    """
    header = read_ply_header(contents)
    return _ascii(contents, header) if header.order == "" else _binary(contents, header)


def _ascii(contents, header):
    body = FileContents(contents.name, contents.array[header.start :])
    all_lines = lines_of(body)
    lines, numbers = filled_lines(all_lines, header.lines + 1)
    needed = sum(element.count for element in header.elements if element.properties)
    if len(lines) != needed:
        fault = "is cut short" if len(lines) < needed else "has more than it counts"
        got = f"{len(lines)} below the header"
        raise contents.refusal(f"hold {needed} lines of elements", got, f"the file {fault}")
    first = 0
    for element in header.elements:
        if element.name == "vertex":
            break
        first += element.count if element.properties else 0
    rows = words_of(lines[first : first + element.count])
    numbers = numbers[first : first + element.count]
    contents.note_open_end(all_lines, numbers[-1], header.lines + 1)
    if element.has_lists:
        rows = [_without_lists(contents, element, row, line) for row, line in zip(rows, numbers, strict=True)]
    names = element.numbers
    for row, line in zip(rows, numbers, strict=True) if set(map(len, rows)) != {len(names)} else ():
        if len(row) != len(names):
            expected = f"hold the {len(names)} numbers of a vertex"
            raise contents.refusal(expected, quoted(" ".join(row)), "mend it or the header", line)
    return number_table(contents, rows, numbers, [names.index(axis) for axis in "xyz"])


def _without_lists(contents, element, row, line):
    """The words of the properties that are no lists."""
    words, place = [], 0
    for part in element.properties:
        length = row[place] if place < len(row) else ""
        if not part.counter:
            words.append(length)
            place += 1
        elif length.isascii() and length.isdigit() and len(length) < 10:
            place += 1 + int(length)
        else:
            raise contents.refusal("count the list in a vertex", quoted(" ".join(row)), "mend it", line)
    if place != len(row):
        raise contents.refusal("hold the numbers of a vertex", quoted(" ".join(row)), "mend it or the header", line)
    return words


def _binary(contents, header):
    place = header.start
    for element in header.elements:
        if element.count and element.properties:
            items, place = _items(contents, header, element, place)
            if element.name == "vertex":
                points = np.stack([np.asarray(items[axis], np.float64) for axis in "xyz"], axis=1)
    if place != len(contents.data):
        got = f"{len(contents.data) - place} bytes more"
        raise contents.refusal("end with the last element that its header counts", got, "mend the counts")
    return points


def _items(contents: FileContents, header: PlyHeader, element: PlyElement, place: int):
    """The items of an element as an array with a field for each number, and the byte after them."""
    lengths = []
    if element.has_lists:
        _, _, lengths = _walk(contents, header.order, element, place, 1)
    kind = _record(header.order, element, lengths)
    end = place + element.count * kind.itemsize
    if end <= len(contents.data):
        items = np.frombuffer(contents.array, kind, element.count, place)
        if all((items[f"length of {i}"] == length).all() for i, length in enumerate(lengths)):
            return items, end
    elif not element.has_lists:
        raise _cut_short(contents, element)
    rows, end, _ = _walk(contents, header.order, element, place, element.count)
    return np.array(rows, _record(header.order, element, None)), end


def _record(order, element, lengths):
    """The type of an item whose lists have these lengths; None leaves them out."""
    fields, i = [], 0
    for part in element.properties:
        if not part.counter:
            fields.append((part.name, order + part.kind))
        elif lengths is not None:
            fields += [(f"length of {i}", order + part.counter), (f"list {i}", order + part.kind, (lengths[i],))]
            i += 1
    return np.dtype(fields)


def _walk(contents, order, element, place, count):
    """Item by item: the numbers of each, the byte after them, and the lengths of the last item's lists."""
    data, rows, lengths = contents.data, [], []
    try:
        for _ in range(count):
            row, lengths = [], []
            for part in element.properties:
                (value,) = struct.unpack_from(order + (part.counter or part.kind), data, place)
                place += struct.calcsize(order + (part.counter or part.kind))
                if not part.counter:
                    row.append(value)
                    continue
                if value < 0:
                    raise contents.refusal(f"count the lists of its {element.name}", str(value), "the file is damaged")
                lengths.append(value)
                place += value * struct.calcsize(order + part.kind)
                if place > len(data):
                    raise _cut_short(contents, element)
            rows.append(tuple(row))
    except struct.error:
        raise _cut_short(contents, element) from None
    return rows, place, lengths


def _cut_short(contents, element):
    expected = f"hold the {element.count} items {element.name} that its header counts"
    return contents.refusal(expected, "fewer bytes", "the file is cut short")
