"""Files of points: what is written is read, in every dialect, and a damaged file gives an error and no other points."""

import gzip
import io
import itertools
import json
import struct
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from entropylab.numerics.validation.check import EstimateWarning
from entropylab.problems import read_drawings, read_points
from entropylab.problems.images.upload import read_picture

QUICK = settings(max_examples=30, deadline=None, derandomize=True)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
BOM = "\ufeff"
POINTS = np.array([[0.25, -1.5, 12.75], [3.125, 40.5, -0.0625], [-7.5, 80.25, 16.5], [1e-7, 2e10, 0.1]])


def clouds(columns=st.integers(1, 4), entries=FINITE):
    """Arrays of points of any finite float64."""
    shape = st.tuples(st.integers(1, 6), columns)
    return shape.flatmap(lambda it: arrays.arrays(np.float64, it, elements=entries))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for all files: hypothesis runs a test many times in one."""
    return tmp_path_factory.mktemp("files")


def written(folder, name, content):
    """The path of a file with this content."""
    file = folder / name
    data = content.encode() if isinstance(content, str) else content
    file.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
    return file


def same_points(file, points, **options):
    """Whether the file gives these points to the last bit, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_points(file, **options)
    assert found.dtype == np.float64 and found.flags.c_contiguous and found.flags.writeable
    np.testing.assert_array_equal(found, points)


def padded(draw, rows, end):
    """Lines with blank ones and comments between them, each ended."""
    extra = st.lists(st.sampled_from(["", "  ", "\t", "# 1 2 3 is no point", '# "open']), max_size=2)
    return "".join(line + end for row in rows for line in [*draw(extra), row]) + "".join(
        line + end for line in draw(extra)
    )


@QUICK
@given(st.data(), clouds(), LINE_ENDS, st.sampled_from([",", ";", "\t", " ", ", ", ";,"]))
def test_csv_dialects(folder, data, points, end, mark):
    """repr of a float64 is the shortest text that gives it back; ';,' stands for decimal commas."""
    words = [[repr(value) for value in row] for row in points.tolist()]
    if mark == ";,":  # in one column nothing tells a decimal comma from a separator
        words = [[*row, "1.5"] for row in words]
        points = np.column_stack([points, np.full(len(points), 1.5)])
        mark, words = ";", [[word.replace(".", ",") for word in row] for row in words]
    if data.draw(st.booleans()):
        words = [[f'"{word}"' for word in row] for row in words]
    if data.draw(st.booleans()):
        names = st.sampled_from(["x", "énergie", "e1", '"a, b"', '"two\nlines"', "_2", "CO2"])
        words.insert(0, [data.draw(names) for _ in range(points.shape[1])])
    text = data.draw(st.sampled_from(["", BOM])) + padded(data.draw, map(mark.join, words), end)
    same_points(written(folder, data.draw(st.sampled_from(["a.csv", "b.CSV", "c.csv.gz"])), text), points)


@QUICK
@given(st.data(), clouds(st.integers(3, 5)), LINE_ENDS, st.sampled_from([" ", "\t", "   ", " \t "]))
def test_xyz_dialects(folder, data, points, end, blank):
    rows = [blank.join(map(repr, row)) for row in points.tolist()]
    text = data.draw(st.sampled_from(["", BOM])) + padded(data.draw, rows, end)
    same_points(written(folder, data.draw(st.sampled_from(["a.xyz", "a.xyz.gz"])), text), points[:, :3])


@QUICK
@given(st.data(), clouds(st.just(3)), LINE_ENDS)
def test_off_dialects(folder, data, points, end):
    keyword, extra = data.draw(
        st.sampled_from([("OFF", 0), ("COFF", 3), ("COFF", 4), ("NOFF", 3), ("CNOFF", 7), ("STOFF", 2)])
    )
    faces = data.draw(st.integers(0, 3))
    counts = f"{len(points)} {faces}" + data.draw(st.sampled_from(["", " 0"]))
    head = data.draw(st.sampled_from([[keyword, counts], [f"{keyword} {counts}"], [keyword + counts]]))
    rows = [" ".join([*map(repr, row), *["0.5"] * extra]) for row in points.tolist()]
    text = data.draw(st.sampled_from(["", BOM])) + padded(data.draw, [*head, *rows, *["3 0 0 0"] * faces], end)
    same_points(written(folder, "a.off", text), points)


def ply_header(form, elements, end="\n"):
    """A header of elements (name, count, properties), with remarks in another encoding."""
    lines = ["ply", f"format {form} 1.0", "comment grün, and end_header too", "obj_info 1"]
    for name, count, properties in elements:
        lines += [f"element {name} {count}", *(f"property {part}" for part in properties)]
    return "".join(line + end for line in [*lines, "end_header"]).encode("latin-1")


KINDS = {"char": "b", "uint8": "B", "short": "h", "uint16": "H", "int": "i", "uint32": "I", "float": "f", "double": "d"}


@QUICK
@given(st.data(), LINE_ENDS, st.sampled_from(["ascii", "binary_little_endian", "binary_big_endian"]))
def test_ply_dialects(folder, data, end, form):
    """Elements in any order, properties of every type in any order, lists among them, of one length or of several."""
    kind = data.draw(st.sampled_from(list(KINDS)))
    size = struct.calcsize("<" + KINDS[kind])
    if KINDS[kind] in "fd":
        entries = st.floats(allow_nan=False, allow_infinity=False, width=8 * size)
    else:
        low = 0 if KINDS[kind].isupper() else -(2 ** (8 * size - 1))
        entries = st.integers(low, low + 2 ** (8 * size) - 1)
    points = data.draw(clouds(st.just(3), entries))
    order = ">" if "big" in form else "<"
    lengths = data.draw(st.sampled_from([[3], [3, 4, 0]]))

    def line(parts):
        if form == "ascii":
            return (" ".join(repr(value) for _, value in parts) + end).encode()
        return b"".join(struct.pack(order + code, value) for code, value in parts)

    def indices(i):
        length = lengths[i % len(lengths)]
        return [("B", length), *[("i", 7)] * length]

    columns = data.draw(st.permutations(["x", "y", "z", "quality", *["ring"] * data.draw(st.booleans())]))
    listed = "ring" in columns
    properties = ["list uchar int ring" if c == "ring" else f"{kind} {c}" for c in columns]
    rows = []
    for i, point in enumerate(points.tolist()):
        values = dict(zip("xyz", point, strict=True)) | {"quality": 1}
        plain = {name: value if KINDS[kind] in "fd" else int(value) for name, value in values.items()}
        rows.append(line(sum((indices(i) if name == "ring" else [(KINDS[kind], plain[name])] for name in columns), [])))
    faces = [line(indices(i)) for i in range(4)]
    elements = data.draw(
        st.permutations(
            [
                (("vertex", len(points), properties), rows),
                (("face", 4, ["list uchar int vertex_indices"]), faces),
                (("camera", 2, ["double view", "ushort id"]), [line([("d", 0.5), ("H", 3)])] * 2),
                (("none", 5, []), []),
            ]
        )
    )
    blank = [end.encode()] if form == "ascii" and data.draw(st.booleans()) else []
    body = b"".join(itertools.chain.from_iterable(blank + part for _, part in elements))
    content = ply_header(form, [element for element, _ in elements], end) + body
    assert listed == ("ring" in columns)
    same_points(written(folder, data.draw(st.sampled_from(["a.ply", "a.ply.gz"])), content), points)


@QUICK
@given(st.data(), st.sampled_from(["<f2", "<f4", ">f8", "|u1", ">i4", "<u8", "<i8", "<f8"]), st.sampled_from("CF"))
def test_npy_types(folder, data, kind, order):
    kind = np.dtype(kind)
    if kind.kind == "f":
        entries = st.floats(allow_nan=False, allow_infinity=False, width=8 * kind.itemsize)
    else:  # whole numbers that float64 holds, up to both ends of the type
        least, most = np.iinfo(kind).min, np.iinfo(kind).max
        entries = st.integers(max(least, -(2**53)), min(most, 2**53)) | st.sampled_from(
            [least, 2 ** (most.bit_length() - 1)]
        )
    shape = data.draw(st.tuples(st.integers(1, 5), st.integers(1, 4)))
    points = np.asarray(data.draw(arrays.arrays(kind, shape, elements=entries)), order=order)
    np.save(folder / "a.npy", points)
    same_points(folder / "a.npy", points.astype(np.float64))
    assert read_points(folder / "a.npy").tolist() == points.tolist()  # Python compares whole numbers exactly


@QUICK
@given(st.data(), st.integers(2, 7))
def test_frames_of_any_width(folder, data, width):
    entries = st.floats(allow_nan=False, allow_infinity=False, width=32)
    points = data.draw(clouds(st.just(width), entries)).astype("<f4")
    file = written(folder, "a.bin", points.tobytes())
    same_points(file, points[:, :3], floats_per_point=width)
    frame = np.hstack([np.resize(points, (len(points), 3)), np.linspace(0, 1, len(points))[:, None]]).astype("<f4")
    same_points(written(folder, "b.bin", frame.tobytes()), frame[:, :3])


@QUICK
@given(st.data(), LINE_ENDS)
def test_drawings_in_every_dialect(folder, data, end):
    """JSON text may hold U+2028 and U+0085 in its strings: neither ends a line."""
    entries = FINITE | st.integers(-(2**53), 2**53)
    strokes = st.integers(0, 4).flatmap(
        lambda n: st.lists(st.lists(entries, min_size=n, max_size=n), min_size=2, max_size=3)
    )
    drawings = data.draw(st.lists(st.lists(strokes, min_size=1, max_size=3), min_size=1, max_size=3))
    word = data.draw(st.sampled_from(["cat", "\u2028", "\x85", "line\u2029 end"]))
    lines = [json.dumps({"word": word, "drawing": drawing}, ensure_ascii=False) for drawing in drawings]
    text = data.draw(st.sampled_from(["", BOM])) + "".join(
        line + end + data.draw(st.sampled_from(["", end])) for line in lines
    )
    file = written(folder, data.draw(st.sampled_from(["a.ndjson", "a.ndjson.gz"])), text)
    full = [drawing for drawing in drawings if any(stroke[0] for stroke in drawing)]
    if not full:
        with pytest.raises(ValueError, match="none with points"):
            read_drawings(file)
        return
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = read_drawings(file)
    assert [f"{len(drawings) - len(full)} drawings" in str(it.message) for it in caught] == [True] * (full != drawings)
    assert [[stroke.T.tolist() for stroke in drawing] for drawing in found] == [
        [stroke[:2] for stroke in drawing] for drawing in full
    ]
    assert all(stroke.dtype == np.float64 and stroke.shape[1] == 2 for drawing in found for stroke in drawing)


def small_files():
    """A small file of every format with `POINTS`, and whether it counts them."""
    words = [list(map(repr, row)) for row in POINTS.tolist()]
    spaced = "".join(" ".join(row) + "\n" for row in words)
    tables = {
        "a.csv": spaced.replace(" ", ","),
        "b.csv": BOM + "x,y,z\r\n" + spaced.replace(" ", ",").replace("\n", "\r\n"),
        "c.csv": spaced.replace(" ", ";").replace(".", ","),
        "d.csv": "".join(",".join(f'"{word}"' for word in row) + "\n" for row in words),
        "a.xyz": spaced,
        "a.bin": np.hstack([POINTS, np.full((4, 1), 0.5)]).astype("<f4").tobytes(),
    }
    doubles = [f"double {axis}" for axis in "xyz"]
    vertex, face = ("vertex", 4, doubles), ("face", 1, ["list uchar int vertex_indices"])
    cloud = {f"{order}.ply": POINTS.astype(kind).tobytes() for order, kind in (("little", "<f8"), ("big", ">f8"))}
    counted = {
        "a.off": f"OFF\n4 1 0\n{spaced}3 0 1 2\n",
        "b.off": f"COFF 4 0 0\n{spaced}".replace("\n", " 0.5 0.5 0.5 1\n").replace("0 0 0.5 0.5 0.5 1\n", "0 0\n"),
        "a.ply": ply_header("ascii", [vertex, face]) + spaced.encode() + b"3 0 1 2\n",
        "b.ply": ply_header("ascii", [face, vertex]) + b"3 0 1 2\n" + spaced.encode(),
        "little.ply": ply_header("binary_little_endian", [vertex, face])
        + cloud["little.ply"]
        + struct.pack("<B3i", 3, 0, 1, 2),
        "big.ply": ply_header("binary_big_endian", [face, vertex]) + struct.pack(">B3i", 3, 0, 1, 2) + cloud["big.ply"],
        "a.npy": npy(POINTS),
    }
    counted["a.csv.gz"] = gzip.compress(tables["a.csv"].encode(), mtime=0)
    files = {name: (content, False) for name, content in tables.items()} | {
        name: (content, True) for name, content in counted.items()
    }
    return {
        name: (content.encode() if isinstance(content, str) else content, counts)
        for name, (content, counts) in files.items()
    }


def npy(array, **options):
    """An array as the bytes of an .npy file."""
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


SMALL = small_files()


def outcome(file, read=read_points, warned="error"):
    """What is read, or None for an error or a warning that names the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(warned)
            return read(file)
    except (ValueError, EstimateWarning) as error:
        assert file.name in str(error), error
        return None


@pytest.mark.parametrize("name", SMALL)
def test_a_file_cut_anywhere_gives_no_other_points(tmp_path, name):
    """A count shows every cut; without one a cut between two points leaves a file of the first ones."""
    content, counts = SMALL[name]
    file = tmp_path / name
    points = POINTS.astype(np.float32).astype(float) if name == "a.bin" else POINTS
    file.write_bytes(content)
    same_points(file, points)
    for length in range(len(content)):
        file.write_bytes(content[:length])
        found = outcome(file)
        if found is not None:
            assert len(found) == 4 or not counts
            np.testing.assert_array_equal(found, points[: len(found)])


@pytest.mark.parametrize("name", SMALL)
def test_a_damaged_byte_gives_points_or_one_error(tmp_path, name):
    """Another digit is another point; nothing else may pass but finite points, and no error but a ValueError."""
    content, _ = SMALL[name]
    file = tmp_path / name
    for place in range(len(content)):
        byte = b'\xff\n",-'[place % 5]
        file.write_bytes(content[:place] + bytes([byte]) + content[place + 1 :])
        found = outcome(file, warned="ignore")  # NumPy warns of a header that is no Python
        assert found is None or (found.ndim == 2 and found.size and np.isfinite(found).all())


PLY = ply_header("ascii", [("vertex", 2, ["float x", "float y", "float z"])]).decode("latin-1")
ROWS = "0 0 0\n1 1 1\n"
BINARY = ply_header("binary_little_endian", [("vertex", 2, ["float x", "float y", "float z"])])
LISTED = ply_header(
    "binary_little_endian", [("a", 1, ["list char int i"]), ("vertex", 1, ["float x", "float y", "float z"])]
)
DEEP = "[" * 100_000 + "]" * 100_000


def npy_header(header):
    """The bytes of an .npy file with this header and 16 bytes of data."""
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + bytes(16)


def descr(shape, kind="<f8"):
    """A header of an .npy file."""
    return npy_header(f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}, }}")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        # tables
        ("empty.csv", "", "no line of numbers"),
        ("blank.csv", "\n\n# 1,2\n", "no line of numbers"),
        ("names.csv", "x,y\n", "nothing but a line of names"),
        ("cell.csv", "x,y,z\n1,,3\n4,5,\n", "line 2 of cell.csv .*'' in place 2, which is empty"),
        ("last.csv", "1,2,3\n4,5,\n", "line 2 of last.csv .* in place 3, which is empty"),
        ("first.csv", ",2\n3,4\n", "line 1 .*which is empty"),
        ("index.csv", ",x,y\n0,1,2\n1,3,4\n", "line 1 .*an index without a name"),
        ("ragged.csv", "1,2\n3,4\n5,6,7\n", "line 3 of ragged.csv .* same number of cells.*got 3.*line 1 has 2"),
        ("short.csv", "x,y,z\n1,2\n3,4\n", "line 1 .*3 names for 2 cells"),
        ("typo.csv", "1.O,2\n3,4\n5,6\n", "line 1 .*no decimal number; .*names"),
        ("lone.csv", "1.O\n3\n", "line 1 .*no decimal number"),
        ("letter.csv", "O.5\n3\n", "line 1 .*no decimal number"),
        ("number.csv", "12a\n3\n", "line 1 .*no decimal number"),
        ("minus.csv", "\u22121\n3\n", "line 1 .*no decimal number"),
        ("twice.csv", f"{BOM}{BOM}1\n3\n", "line 1 .*no decimal number"),
        ("missing.csv", "NA\n3\n", "line 1 .*no decimal number"),
        ("dash.csv", "-,-\n3,4\n", "line 1 .*no decimal number"),
        ("units.csv", "x,y\nm,m\n1,2\n", "line 2 .*'m' in place 1, which is no decimal number"),
        ("later.csv", "1,2\n3,x\n", "line 2 .*'x' in place 2"),
        ("nan.csv", "1,2\n3,NaN\n", "line 2 .*which is not finite"),
        ("inf.csv", "inf,2\n3,4\n", "line 1 .*which is not finite"),
        ("huge.csv", "1,2\n3,1e400\n", "line 2 .*beyond float64"),
        ("digits.csv", "1,2\n3," + "9" * 400 + "\n", "line 2 .*beyond float64"),
        ("tiny.csv", "1,2\n3,1e-400\n", "line 2 .*rounds to 0"),
        ("whole.csv", "1,2\n3,9007199254740993\n", "line 2 .*'9007199254740993' in place 2, a whole number"),
        ("fixed.csv", "1,2\n-9007199254740993.0,1\n", "line 2 .*a whole number that float64"),
        ("python.csv", "1,2\n3,1_000\n", "line 2 .*'1_000'"),
        ("hex.csv", "1,2\n3,0x10\n", "line 2 .*'0x10'"),
        ("arabic.csv", "1,2\n3,\u0664\n", "line 2 .*no decimal number"),
        ("marks.csv", "1,2\n3;4\n5,6\n", "line 2 .*cells"),
        ("both.csv", "1.5;2,5\n3;4\n", "line 1 .*one decimal mark"),
        ("thousands.csv", "1.000,5;2\n3;4\n", "line 1 .*one decimal mark"),
        ("commas.csv", "1,000,000;2\n3;4\n", "line 1 .*no decimal number"),
        ("quoted.csv", '"1,000","2"\n"3","4"\n', "line 1 .*no decimal number"),
        ("blanks.csv", "1 000,2\n3 000,4\n", "line 1 .*no decimal number"),
        ("groups.csv", "1 000\n3 000\n", "may be one number or more"),
        ("nobreak.csv", "x\n1\u00a0000\n", "line 2 .*no decimal number"),
        ("open.csv", '"1,2\n3,4\n', "quote"),
        ("after.csv", '"1"5,2\n3,4\n', "line 1 .*quote"),
        ("error.csv", "1,2\n#DIV/0!,3\n", "line 2 .*#DIV/0!"),
        ("absent.csv", "1\n#N/A\n3\n", "line 2 .*#N/A"),
        ("zero.csv", b"1,2\n3,\x00\n", "line 2 .*zero byte"),
        ("latin.csv", "größe\n1\n".encode("latin-1"), "line 1 .*UTF-8: got the byte 0xf6"),
        ("wide.csv", "1,2\n".encode("utf-16"), "mark of UTF-16"),
        ("wider.csv", "1,2\n".encode("utf-32"), "mark of UTF-32"),
        ("packed.csv", gzip.compress(b"1,2\n", mtime=0), "end in .gz"),
        ("two.xyz", "1 2\n3 4\n", "line 1 .*x, y and z"),
        ("comma.xyz", "1,5 2,5 3,5\n", "line 1 .*'1,5'"),
        ("word.xyz", "1 2 3\n1 2 x\n", "line 2 .*'x' in place 3"),
        ("ragged.xyz", "1 2 3\n1 2 3 4\n", "line 2 .*got 4"),
        ("atoms.xyz", "2\nwater\nH 0 0 0\nO 0 0 1\n", "line 1 .*x, y and z"),
        ("zip.xyz", b"PK\x03\x04\x00\x00\xff", "line 1 .*UTF-8"),
        # meshes
        ("empty.off", "", "begin with OFF"),
        ("alone.off", "OFF\n", "count vertices, faces and edges: got none"),
        ("one.off", "OFF\n3\n", "count vertices, faces and edges"),
        ("float.off", "OFF\n2.0 0 0\n" + ROWS, "line 2 .*whole number"),
        ("minus.off", "OFF\n-1 0 0\n" + ROWS, "line 2 .*whole number"),
        ("none.off", "OFF\n0 0 0\n", "0 vertices"),
        ("cut.off", "OFF\n9 0 0\n" + ROWS, "hold 9 vertices .*cut short"),
        ("face.off", "OFF\n3 1 0\n" + ROWS + "3 0 1 2\n", "cut short"),
        ("lost.off", "OFF\n4 2 0\n" + ROWS + "2 2 2\n3 0 1 2\n3 1 2 0\n3 0 1 2\n", "line 6 .*got 4"),
        ("more.off", "OFF\n1 0 0\n" + ROWS, "more than it counts"),
        ("flat.off", "OFF\n2 0 0\n0 0\n1 1\n", "3 numbers"),
        ("colour.off", "OFF\n1 0 0\n0 0 0 1 1 1\n", "name colours by COFF"),
        ("plain.off", "COFF\n2 0 0\n" + ROWS, "6 or 7 numbers"),
        ("four.off", "4OFF\n1 0 0\n0 0 0 1\n", "three dimensions: got 4OFF"),
        ("space.off", "nOFF\n2\n1 0 0\n0 0\n", "three dimensions: got nOFF"),
        ("binary.off", b"OFF BINARY\n" + struct.pack(">3i", 1, 0, 0), "a binary one"),
        ("bytes.off", b"OFF\n\xff\xfe\x00", "line 2 .*UTF-8"),
        ("huge.off", "OFF\n1000000000000 0 0\n" + ROWS, "cut short"),
        ("many.off", "OFF\n" + "9" * 5000 + " 0 0\n" + ROWS, "whole number"),
        ("nan.off", "OFF\n2 0 0\n0 0 0\n1 nan 1\n", "line 4 .*not finite"),
        # ply
        ("no.ply", "plyfoo", "begin with ply and a header"),
        ("open.ply", "ply\nformat ascii 1.0\ncomment end_header\n", "ends with end_header"),
        ("format.ply", PLY.replace("format ascii 1.0\n", "") + ROWS, "line format"),
        ("binary.ply", PLY.replace("ascii", "binary") + ROWS, "line 2 .*one format"),
        ("zlib.ply", PLY.replace("ascii", "zlib") + ROWS, "line 2 .*'format zlib 1.0'"),
        ("formats.ply", PLY.replace("ascii 1.0", "ascii 1.0\nformat binary_big_endian 1.0") + ROWS, "one format"),
        ("type.ply", PLY.replace("float y", "half y") + ROWS, "line 7 .*its type"),
        ("names.ply", PLY.replace("float y", "float x") + ROWS, "line 7 .*of its own"),
        ("keyword.ply", PLY.replace("obj_info 1", "nonsense") + ROWS, "line 4 .*'nonsense'"),
        ("early.ply", "ply\nproperty float x\nend_header\n", "line 2 .*'property float x'"),
        ("nothing.ply", "ply\nformat ascii 1.0\nend_header\n", "vertices x, y and z: got none"),
        ("uncounted.ply", PLY.replace("vertex 2", "vertex") + ROWS, "line 5 .*count"),
        ("zero.ply", PLY.replace("vertex 2", "vertex 0"), "0 vertices"),
        ("minus.ply", PLY.replace("vertex 2", "vertex -1") + ROWS, "line 5 .*whole number"),
        ("twice.ply", PLY.replace("\nend_header", "\nelement vertex 1\nend_header") + ROWS, "line 9 .*of its own"),
        ("cut.ply", PLY.replace("vertex 2", "vertex 4") + ROWS, "cut short"),
        ("more.ply", PLY + ROWS + ROWS, "more than it counts"),
        ("wide.ply", PLY + "0 0 0\n1 1 1 1\n", "line 11 .*'1 1 1 1'"),
        ("word.ply", PLY + "0 0 0\n\n1 x 1\n", "line 12 .*'x' in place 2"),
        ("nan.ply", PLY + "0 0 0\n1 nan 1\n", "line 11 .*not finite"),
        ("short.ply", BINARY + bytes(23), "fewer bytes"),
        ("long.ply", BINARY + bytes(25), "1 bytes more"),
        ("huge.ply", BINARY.replace(b"vertex 2", b"vertex 1000000000000") + bytes(24), "fewer bytes"),
        ("infinite.ply", BINARY + struct.pack("<6f", 0, 0, 0, 1, np.inf, 1), r"inf at \(1, 1\)"),
        ("list.ply", LISTED + struct.pack("<b3f", -1, 0, 0, 0), "count the lists of its a: got -1"),
        ("lists.ply", LISTED + struct.pack("<b3f", 9, 0, 0, 0), "fewer bytes"),
        ("counter.ply", LISTED.replace(b"list char", b"list float") + bytes(20), "its type"),
        # arrays
        ("cut.bin", b"123", "multiple of 16"),
        ("empty.bin", b"", "multiple of 16"),
        ("five.bin", np.arange(20.0, dtype="<f4").tobytes(), "reflectances.*got 3.0; pass floats_per_point"),
        ("three.bin", np.arange(12.0, dtype="<f4").tobytes(), "reflectances.*floats_per_point"),
        ("nan.bin", np.array([0, 0, np.nan, 0.5], "<f4").tobytes(), r"nan at \(0, 2\)"),
        ("dark.bin", np.array([0, 0, 0, np.nan], "<f4").tobytes(), "reflectances"),
        ("empty.npy", b"", "mark of .npy"),
        ("pickle.npy", b"\x80\x04K\x01.", "a pickle"),
        ("zip.npy", b"PK\x03\x04", "a zip archive"),
        ("objects.npy", npy(np.array([[{}]]), allow_pickle=True), "the type object"),
        ("truth.npy", npy(np.eye(2) > 0), "the type bool"),
        ("text.npy", npy(np.array([["1"]])), "the type <U1"),
        ("complex.npy", npy(np.eye(2) * 1j), "the type complex128"),
        ("fields.npy", npy(np.zeros(2, [("x", "f8"), ("é", "f8")])), "header|the type"),
        ("cut.npy", npy(POINTS)[:-1], "95 bytes"),
        ("two.npy", npy(POINTS) + npy(POINTS), "as its header says"),
        ("huge.npy", descr("(1000000000000, 3)"), "hold 24000000000000 bytes"),
        ("minus.npy", descr("(-1, -2)"), "as its header says"),
        ("open.npy", descr("(2, "), "header of an .npy"),
        ("words.npy", npy_header("{'descr': nonsense}"), "header of an .npy"),
        ("deep.npy", npy_header("(" * 5000), "header of an .npy"),
        ("version.npy", b"\x93NUMPY\x09\x00" + bytes(20), "header of an .npy"),
        ("flat.npy", npy(np.arange(3.0)), r"points \(n, d\): got shape \(3,\)"),
        ("none.npy", npy(np.zeros((0, 3))), r"got shape \(0, 3\)"),
        ("scalar.npy", npy(np.float64(1)), r"got shape \(\)"),
        ("nan.npy", npy(np.array([[0, 1], [2, np.nan]])), r"nan at \(1, 1\)"),
        ("whole.npy", npy(np.array([[1], [2**53 + 1]])), r"9007199254740993 at \(1, 0\)"),
        ("least.npy", npy(np.array([[-(2**63) + 1]])), "-9223372036854775807"),
        ("most.npy", npy(np.array([[2**64 - 1]], np.uint64)), "18446744073709551615"),
        # endings
        ("a.obj", b"", "must end in one of .bin.*got '.obj'"),
        ("csv", b"1,2\n", "got ''"),
        (".gz", gzip.compress(b"1,2\n", mtime=0), "must end in one of"),
    ],
)  # fmt: skip
def test_what_is_damaged_or_ambiguous_is_refused(tmp_path, name, content, says):
    file = tmp_path / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ValueError, match=says) as error:
        read_points(file)
    assert name in str(error.value) and "; " in str(error.value)


@pytest.mark.parametrize(
    "line",
    [
        '{"word": "cat"}', "[1, 2]", "7", "null", '{"drawing": [[[1, 2], [3, 4]]]', '{"drawing": null}',
        '{"drawing": {"a": [[1], [2]]}}', '{"drawing": [[[1, 2], [3]]]}', '{"drawing": [[[1, null], [3, 4]]]}',
        '{"drawing": [[[1, NaN], [3, 4]]]}', '{"drawing": [[[1, -Infinity], [3, 4]]]}',
        '{"drawing": [[[1, true], [3, 4]]]}',
        '{"drawing": [[[1, "2"], [3, 4]]]}', '{"drawing": [["12", "34"]]}', '{"drawing": [[[1, 2]]]}',
        '{"drawing": [[[1], [2], [3], [4]]]}', '{"drawing": [[[1, 2], [3, 4], [5]]]}', '{"drawing": [[1, 2]]}',
        '{"drawing": [[[[1]], [[2]]]]}', '{"drawing": [[[1e400], [1]]]}', '{"drawing": [[[1], [9007199254740993]]]}',
        '{"drawing": [[[0.5, 9007199254740993], [1, 2]]]}', f'{{"drawing": [[[{"9" * 400}], [1]]]}}',
        f'{{"drawing": [[[{"9" * 5000}], [1]]]}}', f'{{"drawing": {DEEP}}}', DEEP,
        '{"drawing": [[[1], [2]]], "drawing": [[[3], [4]]]}', "\u00a01", "cat",
    ],
)  # fmt: skip
def test_a_line_that_is_no_drawing_is_refused(tmp_path, line):
    file = tmp_path / "a.ndjson"
    file.write_text('{"drawing": [[[1, 2], [3, 4]]]}\n\n' + line + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 3 of a.ndjson must hold a drawing as QuickDraw writes it"):
        read_drawings(file)


def test_drawings_cut_anywhere(tmp_path):
    """Only at the end of a line is the rest a file of the first drawings."""
    lines = [json.dumps({"drawing": [[[0.5 + i, 12], [5, 61]]], "word": "é"}, ensure_ascii=False) for i in range(2)]
    content = "\n".join(lines).encode()
    file = tmp_path / "a.ndjson"
    ends = [len(content) - len(lines[1].encode()) + i for i in (-1, 0)]
    for length in range(len(content)):
        file.write_bytes(content[:length])
        found = outcome(file, read_drawings)
        assert (found is not None) == (length in ends)
        assert found is None or found[0][0].tolist() == [[0.5, 5], [12, 61]]


def test_compressed_drawings_cut_or_damaged(tmp_path):
    file = tmp_path / "a.ndjson.gz"
    content = gzip.compress(b'{"drawing": [[[1, 2], [3, 4]]]}\n', mtime=0)
    for length in range(len(content)):
        file.write_bytes(content[:length])
        assert outcome(file, read_drawings) is None
    file.write_bytes(content)
    assert len(read_drawings(file)) == 1
    file.write_bytes(content + b"tail")
    with pytest.raises(ValueError, match="whole gzip file"):
        read_drawings(file)


def test_drawings_without_points_are_left_out_and_counted(tmp_path):
    file = tmp_path / "a.ndjson"
    lines = ["[[[1, 2], [3, 4]]]", "[]", "[[[], []]]", "[[[5], [6]]]"]
    file.write_text("".join(f'{{"drawing": {line}}}\n' for line in lines))
    with pytest.warns(EstimateWarning, match="2 drawings of a.ndjson .* first in line 2") as caught:
        found = read_drawings(file)
    assert [len(drawing) for drawing in found] == [1, 1] and found[1][0].tolist() == [[5, 6]]
    assert caught[0].filename == __file__
    file.write_text('{"drawing": []}\n')
    with pytest.raises(ValueError, match="none with points"):
        read_drawings(file)


@pytest.mark.parametrize("read", [read_points, read_drawings])
@pytest.mark.parametrize("path", [None, 3, ["a.csv"], "", "a\0.csv"])
def test_what_is_no_path_is_refused(read, path):
    with pytest.raises(ValueError, match="path must be the name of a file"):
        read(path)


@pytest.mark.parametrize("read", [read_points, read_drawings])
def test_folders_are_refused_and_missing_files_named(tmp_path, read):
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(ValueError, match="got a folder"):
        read(tmp_path / "a.csv")
    for name in ("b.csv", "b.csv.gz", b"c.npy"):
        with pytest.raises(FileNotFoundError):
            read(name)


@pytest.mark.parametrize("floats", [0, -4, 2.5, "4", True])
def test_floats_per_point_is_a_count(tmp_path, floats):
    file = written(tmp_path, "a.bin", bytes(16))
    with pytest.raises(ValueError, match="floats_per_point"):
        read_points(file, floats_per_point=floats)


def test_floats_per_point_is_for_frames(tmp_path):
    frame = np.arange(20, dtype="<f4").reshape(4, 5)
    file = written(tmp_path, "a.bin", frame.tobytes())
    same_points(file, frame[:, :3], floats_per_point=np.int64(5))
    with pytest.raises(ValueError, match="80 bytes, no multiple of 24.*check floats_per_point"):
        read_points(file, floats_per_point=6)
    with pytest.raises(ValueError, match="for .bin files: got a.csv"):
        read_points(written(tmp_path, "a.csv", "1,2\n"), floats_per_point=4)


@pytest.mark.parametrize("name", ["a.csv", "a.xyz", "a.off", "a.ply"])
def test_a_last_line_that_nothing_ends_is_read_with_a_warning(tmp_path, name):
    head = {"a.off": "OFF\n2 0 0\n", "a.ply": PLY}.get(name, "")
    text = head + (ROWS.replace(" ", ",") if name == "a.csv" else ROWS)
    with pytest.warns(EstimateWarning, match=f"the last of {name}, has no line end") as caught:
        found = read_points(written(tmp_path, name, text[:-1]))
    assert found.tolist() == [[0, 0, 0], [1, 1, 1]] and caught[0].filename == __file__
    same_points(written(tmp_path, name, text[:-1] + "\n# end" if name != "a.ply" else text), found)


def test_numbers_of_columns_in_the_first_line_give_a_warning(tmp_path):
    """pandas writes 0,1 over the columns of a frame without names; whole numbers below may be points as well."""
    with pytest.warns(EstimateWarning, match="line 1 of a.csv reads 0,1 and is taken for a point"):
        assert len(read_points(written(tmp_path, "a.csv", "0,1\n0.5,1.5\n2,2.5\n"))) == 3
    same_points(written(tmp_path, "a.csv", "0,1\n0.5,1.5\n2,2\n"), [[0, 1], [0.5, 1.5], [2, 2]])


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("1,5;2,5\n3,5;4,5\n", [[1.5, 2.5], [3.5, 4.5]]),
        (BOM + "1,2\n3,4\n5,6\n", [[1, 2], [3, 4], [5, 6]]),
        ("+1,-.5\n2.,1E3\n", [[1, -0.5], [2, 1000]]),
        ("18014398509481984,9007199254740992\n1e23,-0\n", [[2.0**54, 2.0**53], [1e23, -0.0]]),
        ("O2,CO2\n1,2\n", [[1, 2]]),
        ('"a;b",c\n1,2\n', [[1, 2]]),
        ("a;b\n1;2\n", [[1, 2]]),
        ('"x # 1",y # names\n1,2 # first\n', [[1, 2]]),
        ("1.5 000\n", [[1.5, 0]]),
    ],
)
def test_tables_by_hand(tmp_path, text, points):
    same_points(written(tmp_path, "a.csv", text), points)


def test_extended_floats_are_exact_or_refused(tmp_path):
    """long double holds 2^60 + 1 where it is wider than float64; its 0.1 is another than float64's, by rounding."""
    wide = np.finfo(np.longdouble).nmant > 60
    np.save(tmp_path / "a.npy", np.array([[1, 2**60], [3, 4]], np.longdouble) / 8)
    same_points(tmp_path / "a.npy", [[0.125, 2.0**57], [0.375, 0.5]])
    np.save(tmp_path / "a.npy", np.array([[np.longdouble(2) ** 60 + 1]]))
    if wide:
        with pytest.raises(ValueError, match="float64 holds"):
            read_points(tmp_path / "a.npy")
    else:
        same_points(tmp_path / "a.npy", [[2.0**60]])


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("cell.csv", b"1,2\n3,\n", "cell.csv is no CSV file .*line 2 .*empty"),
        ("nan.csv", b"1,2\n3,nan\n", "line 2 .*not finite"),
        ("deep.npy", npy_header("(" * 5000), "deep.npy is no NPY file"),
        ("wide.csv", "1,2\n".encode("utf-16"), "UTF-16"),
        ("none.csv", b"# 1\n", "no line of numbers"),
    ],
)
def test_pictures_are_read_alike(name, data, says):
    """One reader of tables and arrays: a picture in a damaged file is refused for the same reasons."""
    with pytest.raises(ValueError, match=says):
        read_picture(name, data)
    assert read_picture("a.csv", f"{BOM}1,5;2\r3;4\r".encode()).tolist() == [[1.5, 2], [3, 4]]


assert sys.getrecursionlimit() < 100_000  # what DEEP is to exceed
