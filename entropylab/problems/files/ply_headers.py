"""The header of a .ply file: its encoding, its elements and their properties, each line checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from entropylab.problems.files.contents import FileContents, quoted
from entropylab.problems.files.numbers import whole_number

__all__ = ["PlyElement", "PlyHeader", "PlyProperty", "read_ply_header"]

_TYPES = {  # as struct and NumPy write them
    "char": "b", "int8": "b", "uchar": "B", "uint8": "B", "short": "h", "int16": "h", "ushort": "H", "uint16": "H",
    "int": "i", "int32": "i", "uint": "I", "uint32": "I", "float": "f", "float32": "f", "double": "d", "float64": "d",
}  # fmt: skip
_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_MARK = re.compile(rb"(?:\xef\xbb\xbf)?ply[ \t]*(\r\n|\n|\r)")


@dataclass(frozen=True)
class PlyProperty:
    """A number of an element, or a list of them whose length is of the type `counter`."""

    name: str
    kind: str
    counter: str = ""


@dataclass
class PlyElement:
    """`count` items of the same properties."""

    name: str
    count: int
    properties: list[PlyProperty] = field(default_factory=list)

    @property
    def numbers(self) -> list[str]:
        """The names of the properties that are no lists."""
        return [part.name for part in self.properties if not part.counter]

    @property
    def has_lists(self) -> bool:
        """Whether items may have different lengths."""
        return any(part.counter for part in self.properties)


@dataclass(frozen=True)
class PlyHeader:
    """`order` is "" for ascii, else < or >; the body begins at byte `start`, after line `lines`."""

    order: str
    elements: list[PlyElement]
    start: int
    lines: int


def read_ply_header(contents: FileContents) -> PlyHeader:
    """Errors: ValueError naming the line that is not as the format has it, or what the header lacks."""
    found = _MARK.match(contents.data)
    if not found:
        got = repr(bytes(contents.data[:10]))
        raise contents.refusal("begin with ply and a header", got, "is it a .ply file?")
    end = b"\r" if found[1] == b"\r" else b"\n"
    order, elements, start, number = None, [], found.end(), 1
    while True:
        stop = contents.data.find(end, start)
        if stop < 0:
            raise contents.refusal("have a header that ends with end_header", "none", "is the file cut short?")
        words = contents.data[start:stop].decode("latin-1").split()  # comments are in any encoding
        start, number = stop + 1, number + 1
        if not words or words[0] in ("comment", "obj_info"):
            continue
        if words == ["end_header"]:
            break
        if words[0] == "format":
            order = _order(contents, words, order, number)
        elif words[0] == "element":
            elements.append(_element(contents, words, elements, number))
        elif words[0] == "property" and elements:
            elements[-1].properties.append(_property(contents, words, elements[-1], number))
        else:
            got = quoted(" ".join(words))
            raise contents.refusal("be a line of a ply header", got, "check the header", number)
    if order is None:
        raise contents.refusal("have a line format in its header", "none", f"add one of {', '.join(_ORDERS)}")
    vertices = [element for element in elements if element.name == "vertex"]
    if not vertices or not {"x", "y", "z"} <= set(vertices[0].numbers):
        names = ", ".join(vertices[0].numbers if vertices else [element.name for element in elements]) or "none"
        raise contents.refusal("give vertices x, y and z", names, "check the header")
    if vertices[0].count == 0:
        raise contents.refusal("hold points", "0 vertices", "check the file")
    return PlyHeader(order, elements, start, number)


def _order(contents, words, earlier, number):
    if len(words) != 3 or words[1] not in _ORDERS or words[2] != "1.0" or earlier is not None:
        got = quoted(" ".join(words))
        raise contents.refusal(f"have one format, {', '.join(_ORDERS)}, version 1.0", got, "convert it", number)
    return _ORDERS[words[1]]


def _element(contents, words, elements, number):
    expected = "name an element of its own and count it"
    if len(words) != 3 or words[1] in [element.name for element in elements]:
        raise contents.refusal(expected, quoted(" ".join(words)), "check the header", number)
    return PlyElement(words[1], whole_number(contents, words[2], expected, number))


def _property(contents, words, element, number):
    is_list = words[1:2] == ["list"]
    kinds = words[2:4] if is_list else words[1:2]
    if (
        len(words) != (5 if is_list else 3)
        or not set(kinds) <= set(_TYPES)
        or (is_list and _TYPES[kinds[0]] in "fd")
        or words[-1] in [part.name for part in element.properties]
    ):
        expected = f"name a property of its own and its type, one of {', '.join(_TYPES)}"
        raise contents.refusal(expected, quoted(" ".join(words)), "check the header", number)
    return PlyProperty(words[-1], _TYPES[kinds[-1]], _TYPES[kinds[0]] if is_list else "")
