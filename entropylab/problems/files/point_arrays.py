"""Readers of point clouds as arrays: NumPy's .npy, and lidar frames of float32."""

from __future__ import annotations

from io import BytesIO
from math import prod

import numpy as np

from entropylab.problems.files.contents import FileContents

__all__ = ["read_npy", "read_bin", "FLOATS_PER_POINT"]

FLOATS_PER_POINT = 4  # of a KITTI frame: x, y, z and reflectance
_MAGIC = b"\x93NUMPY"
_MAX_HEADER = 1 << 17  # bytes; NumPy itself refuses headers of more than 10,000
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read_npy(contents: FileContents, kinds: str = "fiu") -> np.ndarray:
    """The array of an .npy file, of its own shape and type.

    The header is read first: nothing is allocated for what it declares and the file does not hold.
    Errors: ValueError for what is no .npy file, a header that is damaged, another size than the declared one, and
    types of other kinds than `kinds`.
    """
    head = contents.array[:_MAX_HEADER].tobytes()
    if not head.startswith(_MAGIC):
        known = {b"PK": "a zip archive, as .npz is", b"\x80": "a pickle", b"\x1f\x8b": "gzip-compressed bytes"}
        got = next((name for mark, name in known.items() if head.startswith(mark)), repr(head[:10]))
        raise contents.refusal("begin with the mark of .npy", got, "save one array with numpy.save")
    file = BytesIO(head)
    try:
        shape, by_columns, kind = _HEADERS[np.lib.format.read_magic(file)](file)
    except Exception as error:  # NumPy evaluates the header: damage ends in errors of every type
        got = str(error).split("\n")[0][:80] or type(error).__name__
        raise contents.refusal("have the header of an .npy file", got, "the file is damaged, save it again") from None
    if kind.kind not in kinds:
        raise contents.refusal("hold numbers", f"the type {kind}", "save an array of floats")
    body = contents.array[file.tell() :]
    size = kind.itemsize * prod(shape)
    if size != len(body) or min(shape, default=0) < 0:
        expected = f"hold {size} bytes of an array of shape {shape}, as its header says"
        raise contents.refusal(expected, f"{len(body)} bytes", "the file is damaged, save it again")
    values = np.frombuffer(body, kind) if size else np.zeros(0, kind)
    return values.reshape(shape, order="F" if by_columns else "C")


def read_bin(contents: FileContents, floats: int | None) -> np.ndarray:
    """Points (n, 3) of a frame of float32; `floats` of them are a point, of which the first three are returned.

    None stands for KITTI's four, and then the fourth must be a reflectance from 0 to 1: other frames of as many bytes
    differ in nothing else. Float64.
    Errors: ValueError for a size that is no whole number of points, and for a fourth number that is no reflectance.
    """
    data, width = contents.array, floats or FLOATS_PER_POINT
    if len(data) == 0 or len(data) % (4 * width):
        got = f"{len(data)} bytes, no multiple of {4 * width} above 0"
        remedy = "is it a KITTI frame?" if floats is None else "check floats_per_point"
        raise contents.refusal(f"hold {width} float32 a point", got, f"{remedy} Others need floats_per_point")
    frame = np.frombuffer(data, "<f4").reshape(-1, width)
    reflectances = np.zeros(1) if floats else frame[:, 3].copy()  # side by side they are compared faster
    if not (reflectances.min() >= 0 and reflectances.max() <= 1):
        odd = reflectances[~((reflectances >= 0) & (reflectances <= 1))][0]
        remedy = "pass floats_per_point=4 if they are points of four numbers, or how many they are"
        raise contents.refusal("hold KITTI's reflectances from 0 to 1 as every fourth float32", str(odd), remedy)
    points = np.empty((len(frame), min(width, 3)))
    for axis in range(points.shape[1]):  # column by column, a third of the time of all at once
        points[:, axis] = frame[:, axis]
    return points
