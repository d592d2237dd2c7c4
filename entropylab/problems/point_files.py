"""Readers of point clouds and stroke drawings: float64 arrays from the files that people have."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

__all__ = ["read_points", "read_drawings"]

_PLY = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip


def read_points(path) -> np.ndarray:
    """Points (n, d) of a file, in its own unit, by the ending of its name.

    .bin: KITTI's lidar frames, x, y, z and reflectance as float32 (the first three are returned). .ply (ascii and
    binary) and .off: the vertices' x, y, z. .xyz: x, y, z and more, by blanks. .csv: numbers by commas, a first line
    of names is skipped. .npy: the array.
    Errors: FileNotFoundError; ValueError for an unknown ending or contents that are not what the ending says.
    """
    path = Path(path)
    readers = {".bin": _bin, ".ply": _ply, ".off": _off, ".xyz": _xyz, ".csv": _csv, ".npy": _npy}
    if path.suffix.lower() not in readers:
        raise ValueError(f"{path.name} must end in one of {', '.join(readers)}: got {path.suffix!r}; convert it.")
    points = readers[path.suffix.lower()](path)
    if points.ndim != 2 or points.shape[1] == 0 or len(points) == 0:
        raise ValueError(f"{path.name} must hold points (n, d): got shape {points.shape}; check the file.")
    return np.ascontiguousarray(points, dtype=np.float64)


def read_drawings(path) -> list[list[np.ndarray]]:
    """The drawings of a QuickDraw .ndjson file, each a list of strokes (n, 2) in pixels, in the order of drawing.

    Errors: FileNotFoundError; ValueError naming the line that is no drawing.
    """
    drawings = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            strokes = json.loads(line)["drawing"]
            drawings.append([np.array(stroke[:2], dtype=np.float64).T for stroke in strokes])
            good = all(stroke.ndim == 2 and stroke.shape[1] == 2 for stroke in drawings[-1])
        except (ValueError, KeyError, TypeError):
            good = False
        if not good:
            raise ValueError(
                f"line {number} of {Path(path).name} must hold a drawing as QuickDraw writes it: got {line[:40]!r}; "
                "use the simplified or raw .ndjson files."
            )
    if not drawings:
        raise ValueError(f"{Path(path).name} must hold drawings: got none; check the file.")
    return drawings


def _bin(path):
    raw = path.read_bytes()
    if len(raw) == 0 or len(raw) % 16:
        raise ValueError(
            f"{path.name} must hold four float32 a point: got {len(raw)} bytes, no multiple of 16; is it a KITTI frame?"
        )
    return np.frombuffer(raw, "<f4").reshape(-1, 4)[:, :3]


def _numbers(path, lines, columns=None):
    try:
        rows = [[float(word) for word in line.split()[:columns]] for line in lines]
        return np.array(rows)
    except ValueError:
        raise ValueError(
            f"{path.name} must hold the same number of numbers on every line: got others; check the file."
        ) from None


def _plain_lines(path):
    lines = (line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def _xyz(path):
    return _numbers(path, _plain_lines(path), 3)


def _csv(path):
    lines = [line.replace(",", " ").replace(";", " ") for line in _plain_lines(path)]
    try:
        [float(word) for word in lines[0].split()] if lines else None
    except ValueError:
        lines = lines[1:]
    return _numbers(path, lines)


def _off(path):
    lines = _plain_lines(path)
    if not lines or not lines[0].startswith("OFF"):
        raise ValueError(f"{path.name} must begin with OFF: got {(lines or [''])[0][:20]!r}; is it a mesh?")
    head = lines[0][3:].split() or lines[1].split()
    first = 1 if lines[0][3:].split() else 2
    count = int(head[0])
    if len(lines) < first + count:
        raise ValueError(f"{path.name} needs {count} vertices: got {len(lines) - first} lines; the file is cut short.")
    return _numbers(path, lines[first : first + count], 3)


def _npy(path):
    points = np.load(path, allow_pickle=False)
    if points.dtype.kind not in "fiu":
        raise ValueError(f"{path.name} must hold numbers: got {points.dtype}; save an array of floats.")
    return points


def _ply(path):
    raw = path.read_bytes()
    end = raw.find(b"end_header")
    if not raw.startswith(b"ply") or end < 0:
        raise ValueError(f"{path.name} must begin with ply and a header: got {raw[:10]!r}; is it a .ply file?")
    start = raw.index(b"\n", end) + 1
    words = [line.split() for line in raw[:end].decode("ascii").splitlines()]
    kind = next(line[1] for line in words if line[:1] == ["format"])
    elements = [i for i, line in enumerate(words) if line[:1] == ["element"]]
    if not elements or words[elements[0]][1] != "vertex":
        raise ValueError(f"{path.name} needs its vertices first: got {words[elements[0]][1:2]}; reorder the elements.")
    count = int(words[elements[0]][2])
    last = elements[1] if len(elements) > 1 else len(words)
    properties = [line[1:] for line in words[elements[0] + 1 : last] if line[:1] == ["property"]]
    names = [words_[-1] for words_ in properties]
    if not {"x", "y", "z"} <= set(names) or any(words_[0] == "list" for words_ in properties):
        raise ValueError(f"{path.name} must give vertices x, y and z: got {', '.join(names)}; check the header.")
    if kind == "ascii":
        rows = _numbers(path, raw[start:].decode("ascii").splitlines()[:count], len(names))
        return rows[:, [names.index(axis) for axis in "xyz"]]
    order = "<" if "little" in kind else ">"
    record = np.dtype([(name, order + _PLY[words_[0]]) for name, words_ in zip(names, properties, strict=True)])
    if len(raw) - start < count * record.itemsize:
        raise ValueError(f"{path.name} needs {count} vertices: got fewer bytes; the file is cut short.")
    found = np.frombuffer(raw, record, count, start)
    return np.stack([found[axis] for axis in "xyz"], axis=1)
