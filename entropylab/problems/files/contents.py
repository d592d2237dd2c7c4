"""Contents of a user's file: its bytes, its text and lines, and the one form of message that refuses it."""

from __future__ import annotations

import codecs
import gzip
import os
import re
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

__all__ = ["FileContents", "contents_of", "load_file", "text_of", "lines_of"]
__all__ += ["data_lines", "filled_lines", "words_of", "quoted"]

_GZIP = b"\x1f\x8b"
_OTHER_MARKS = {  # byte order marks of encodings that are not read; the longer ones first
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_SPREADSHEET_ERROR = re.compile(r"#(?:N/A|GETTING_DATA|[A-Z][A-Z0-9/]*[!?])")
_BLANKS = re.compile(r"[ \t]+")
_PRINTED = bytes(range(0x20, 0x7F)) + b"\t\n"  # str.split takes some of the other characters for blanks
_MAX_QUOTED = 40  # characters of a file that a message repeats


@dataclass(frozen=True)
class FileContents:
    """The name of a file as messages give it, its bytes as an array, and the warnings that reading it gives."""

    name: str
    array: np.ndarray = field(repr=False)  # of uint8
    notes: list[str] = field(default_factory=list)

    @cached_property
    def data(self) -> bytes:
        """A copy of the bytes, as text needs them."""
        return self.array.tobytes()

    def refusal(self, expected: str, got: str, remedy: str, line: int | None = None) -> ValueError:
        """The error for a file that is not as expected, to be raised by its reader."""
        place = self.name if line is None else f"line {line} of {self.name}"
        return ValueError(f"{place} must {expected}: got {got}; {remedy}.")

    def note_open_end(self, lines: list[str], number: int, first: int = 1) -> None:
        """Warn if line `number` holds points and nothing ends it: a number cut short looks like a whole one."""
        if number == first + len(lines) - 1:
            self.notes.append(
                f"line {number}, the last of {self.name}, has no line end: if the file was cut short, its last number "
                "is another one; end the file with a line break if it is complete."
            )


def contents_of(name: str, data: bytes) -> FileContents:
    """The contents of a file that has been read already."""
    return FileContents(name, np.frombuffer(bytearray(data), np.uint8))


def load_file(path) -> FileContents:
    """The contents of the file at `path`, which are unpacked if its name ends in .gz.

    Errors: FileNotFoundError; ValueError for what is no path, for a folder or a device, and for a damaged .gz file.
    """
    if not isinstance(path, str | bytes | os.PathLike):
        raise ValueError(f"path must be the name of a file: got {type(path).__name__}; pass a string or a Path.")
    text = os.fsdecode(path)
    file = Path(text)
    if not text or "\0" in text or (file.exists() and not file.is_file()):
        kind = "a folder" if text and "\0" not in text and file.is_dir() else repr(text)
        raise ValueError(f"path must be the name of a file: got {kind}; pass the file itself.")
    if file.suffix.lower() != ".gz":
        return FileContents(file.name, np.fromfile(file, np.uint8))
    packed = file.read_bytes()
    try:
        return contents_of(file.name, gzip.decompress(packed))
    except (EOFError, OSError, zlib.error, struct.error) as error:
        raise ValueError(f"{file.name} must be a whole gzip file: got {error}; compress or copy it again.") from None


def text_of(contents: FileContents) -> str:
    r"""The text of a file in UTF-8, without its byte order mark; \n, \r\n and \r all end a line and become \n.

    Errors: ValueError for another encoding, compressed contents and bytes that are no text.
    """
    data = contents.data
    if data.startswith(_GZIP):
        raise contents.refusal("be text", "gzip-compressed bytes", "let its name end in .gz")
    for mark, name in _OTHER_MARKS.items():
        if data.startswith(mark):
            raise contents.refusal("be text in UTF-8", f"the byte order mark of {name}", "save it in UTF-8")
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = len(re.findall(rb"\r\n|\r|\n", error.object[: error.start])) + 1
        got = f"the byte 0x{error.object[error.start]:02x}"
        remedy = "save it in UTF-8; binary data need the ending of their format"
        raise contents.refusal("be text in UTF-8", got, remedy, line) from None
    if "\0" in text:
        line = len(re.findall(r"\r\n|\r|\n", text[: text.index("\0")])) + 1
        remedy = "save it as text in UTF-8; binary data need the ending of their format"
        raise contents.refusal("be text", "a zero byte", remedy, line)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def lines_of(contents: FileContents) -> list[str]:
    """The lines of a text file; the last is empty if the file ends with a line end."""
    return text_of(contents).split("\n")


def data_lines(contents: FileContents) -> tuple[list[str], Sequence[int]]:
    """The lines that are more than blanks and comments, which begin with #, and their numbers from 1.

    Notes if the last of them has no line end. Errors: ValueError for a spreadsheet's marks of an error, such as #N/A.
    """
    text = text_of(contents)
    lines = text.split("\n")
    if "#" in text:
        for number, line in enumerate(lines, 1):
            if found := _SPREADSHEET_ERROR.search(line):
                raise contents.refusal("hold numbers", found[0], "mend the cell in the spreadsheet", number)
        lines = [_without_comment(line) for line in lines]
    found, numbers = filled_lines(lines)
    if found:
        contents.note_open_end(lines, numbers[-1])
    return found, numbers


def filled_lines(lines: list[str], first: int = 1) -> tuple[list[str], Sequence[int]]:
    """The lines that are more than blanks, and their numbers, counted from `first`."""
    found = list(filter(str.strip, lines))
    if found == lines[: len(found)]:
        return found, range(first, first + len(found))
    return found, [number for number, line in enumerate(lines, first) if line.strip()]


def words_of(lines: list[str]) -> list[list[str]]:
    """The words of every line between spaces and tabs; other blanks, such as the no-break space, belong to a word."""
    if "\n".join(lines).encode().translate(None, _PRINTED):
        return [_BLANKS.split(line.strip(" \t")) for line in lines]
    return [line.split() for line in lines]


def quoted(text: str) -> str:
    """`text` as a message repeats it."""
    return repr(text[:_MAX_QUOTED]) + ("..." if len(text) > _MAX_QUOTED else "")


def _without_comment(line):
    """A # between double quotes begins no comment."""
    if '"' in line:
        return re.match(r'(?:[^"#]|"[^"]*"|"(?=[^"]*$))*', line)[0]
    return line.partition("#")[0]
