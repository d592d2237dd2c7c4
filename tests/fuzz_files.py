"""Files of points and drawings as programs write them, and spoilt ones: the points they hold, or one error."""

from __future__ import annotations

from collections.abc import Iterator

from fuzz_cases import Case

POINTS = "[[1.5, -2., 3.], [4., 5e-3, 6.], [-7., 8., 9.25]]"
ROWS = ["1.5,-2,3", "4,5e-3,6", "-7,8,9.25"]
_CSV = "\n".join(ROWS)
_XYZ = _CSV.replace(",", " ")
_HEAD = "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty double y\nproperty float z\nend_header\n"
_OFF = f"OFF\n3 1 0\n{_XYZ}\n3 0 1 2\n"
_BYTES = "np.array([[1.5, -2., 3.], [4., 5e-3, 6.], [-7., 8., 9.25]], '{2}').tobytes()"
_BIN_HEAD = (
    "'ply\\nformat {0} 1.0\\nelement vertex {1}\\n"
    "property double x\\nproperty double y\\nproperty double z\\nend_header\\n'"
)
_HOLD = f"({_BIN_HEAD}.encode() + {_BYTES})"

# The points themselves: name of the file and text of its content.
GOOD = [
    *[
        ("p.csv", repr(text))
        for text in (
            _CSV,
            _CSV + "\n",
            _CSV.replace("\n", "\r\n"),
            _CSV.replace(",", ", "),
            "x,y,z\n" + _CSV,
            "\n\n" + _CSV + "\n\n",
            "# points\n" + _CSV,
            _CSV.replace("-2", "-2.0E0"),
            _CSV.replace("1.5", "+1.5"),
            _CSV.replace("1.5", " 1.5 "),
        )
    ],
    *[
        ("p.xyz", repr(text))
        for text in (
            _XYZ,
            _XYZ.replace(" ", "\t"),
            _XYZ.replace("\n", " 1 2 3\n") + " 1 2 3",
            _XYZ.replace("\n", "\r\n"),
            "# points\n" + _XYZ,
            _XYZ + "\n\n",
        )
    ],
    *[
        ("p.off", repr(text))
        for text in (
            _OFF,
            _OFF.replace("OFF\n", "OFF "),
            _OFF.replace("OFF\n", "OFF # mesh\n\n"),
            _OFF.replace("\n", "\r\n"),
        )
    ],
    *[
        ("p.ply", repr(text))
        for text in (
            _HEAD + _XYZ + "\n",
            _HEAD.replace("end_header", "element face 1\nproperty list uchar int i\nend_header") + _XYZ + "\n3 0 1 2\n",
            _HEAD.replace("end_header", "property uchar red\nend_header") + _XYZ.replace("\n", " 7\n") + " 7\n",
            _HEAD.replace("element", "comment from a scanner\nelement", 1) + _XYZ,
            (_HEAD + _XYZ).replace("\n", "\r\n"),
        )
    ],
    (
        "p.ply",
        _HOLD.format("binary_little_endian", 3, "<f8"),
    ),
]
# As good, but a program may refuse them: the points or one error.
FAIR = [
    *[
        ("p.csv", repr(text))
        for text in (
            "\ufeff" + _CSV,
            "\ufeffx,y,z\n" + _CSV,
            _CSV.replace(",", ";"),
            _CSV.replace(",", "\t"),
            _CSV.replace("\n", "\r"),
            "\n".join(",".join(f'"{cell}"' for cell in row.split(",")) for row in ROWS),
            _CSV.replace("\n", "\n\n"),
            "\n".join(row.replace(".", ",").replace(",", ";", 0) for row in ["1.5;-2;3", "4;5e-3;6", "-7;8;9.25"]),
            "x;y;z\n1,5;-2;3\n4;0,005;6\n-7;8;9,25",
            _CSV + ",",
            _CSV.replace("\n", ",\n") + ",",
            _CSV.replace("\n", "\u2028"),
            _CSV.replace("\n", "\x85"),
        )
    ],
    ("p.csv", f"{_CSV!r}.encode('utf-16')"),
    ("p.csv", f"__import__('gzip').compress({_CSV!r}.encode())"),
    *[
        ("p.xyz", repr(text))
        for text in ("3\ncomment\n" + "\n".join("C " + row for row in _XYZ.split("\n")), "\ufeff" + _XYZ, "3\n" + _XYZ)
    ],
    *[
        ("p.off", repr(text))
        for text in (
            "\ufeff" + _OFF,
            _OFF.replace("OFF", "COFF"),
            _OFF.replace("3 1 0", "3.0 1 0"),
            _OFF.replace("3 1 0", "3"),
            _OFF.lower(),
            _OFF.replace("\n", "\r"),
        )
    ],
    *[
        ("p.ply", repr(text))
        for text in (
            "\ufeff" + _HEAD + _XYZ,
            _HEAD + "\n" + _XYZ,
            (_HEAD + _XYZ).replace("\n", "\r"),
            _HEAD.replace("element vertex", "element face 0\nproperty list uchar int i\nelement vertex") + _XYZ,
            _HEAD.replace("ply\n", "ply\ncomment end_header is near\n") + _XYZ,
            _HEAD.replace("ply\n", "ply\ncomment \u00e9\n") + _XYZ,
        )
    ],
    ("p.ply", _HOLD.format("binary_big_endian", 3, ">f8")),
]
BAD = [
    *[
        ("p.csv", repr(text))
        for text in (
            "",
            "\n",
            "x,y,z\n",
            "1,,3\n4,5,6\n",
            "1,2,3\n4,5,\n",
            ",8,9\n1,2,3\n",
            "1,2,3\n4,5\n",
            "1.O,2\n3,4\n5,6\n",
            "1,2\n3,a\n",
            "1 000,2\n3 000,4\n",
            "1,2,3\n4,nan,6\n",
            "1,2,3\n4,inf,6\n",
            "1,2,3\n4,1e400,6\n",
            "1,2\n\0,3\n",
            "x,y\nu,v\n1,2\n",
            "1,2,3\n4,,6\n",
            "1,2\n#,4\n5,6,7\n",
            "1,NA\n2,3\n",
            "0x10,2\n3,4\n",
            "1_000,2\n3,4\n",
            "1,2,3\n4,5,6,7\n",
        )
    ],
    ("p.csv", "b'\\xff\\xfe\\x00\\x81'"),
    ("p.csv", "b'PK\\x03\\x04rest'"),
    ("p.csv", "b'1,2\\n\\xff,4'"),
    *[("p.xyz", repr(text)) for text in ("", "1 2 3\n4 5\n", "1 2 3\nnan 5 6\n", "1 2 3\n4 five 6\n")],
    ("p.xyz", "b'\\x80\\x81'"),
    *[
        ("p.off", repr(text))
        for text in (
            "",
            "OFF",
            "OFF\n",
            "OFF\n\n",
            "OFF\n-1 0 0\n",
            "OFF\n4 1 0\n" + _XYZ + "\n3 0 1 2\n",
            "OFF\n3 0 0\n1 2\n3 4\n5 6\n",
            "OFF\n3 0 0\n1 2 3\n",
            "OFF\nthree 0 0\n",
            "OFF\n0 0 0\n",
            "OFF BINARY\n",
            "OFF\n3 0 0\n1 2 3\n4 nan 6\n7 8 9\n",
            "OFF\n2.5 0 0\n1 2 3\n4 5 6\n",
            "OFF\n1e400 0 0\n1 2 3\n",
        )
    ],
    *[
        ("p.ply", repr(text))
        for text in (
            "",
            "ply",
            "ply\nend_header\n",
            _HEAD,
            _HEAD + "1 2 3\n",
            _HEAD.replace("vertex 3", "vertex -1") + _XYZ,
            _HEAD.replace("vertex 3", "vertex 0"),
            _HEAD.replace("vertex 3", "vertex") + _XYZ,
            _HEAD.replace("vertex 3", "vertex x") + _XYZ,
            _HEAD.replace("format ascii 1.0\n", "") + _XYZ,
            _HEAD.replace("ascii", "zlib") + _XYZ,
            _HEAD.replace("format ascii 1.0", "format") + _XYZ,
            _HEAD.replace("property float x", "property float128 x").replace("ascii", "binary_little_endian")
            + "a" * 80,
            _HEAD.replace("property float x\n", "") + _XYZ,
            _HEAD + _XYZ.replace("4 ", "nan "),
            _HEAD + _XYZ.replace("4 ", ""),
            _HEAD.replace("ascii", "binary"),
            _HEAD.replace("property float x", "property float") + _XYZ,
            _HEAD.replace("property float x", "property list uchar float x") + _XYZ,
            _HEAD.replace("property double y", "property float x") + _XYZ,
        )
    ],
    ("p.ply", _HOLD.format("binary_little_endian", 4, "<f8")),
    ("p.ply", _HOLD.format("binary", 3, "<f8")),
    ("p.bin", "b''"),
    ("p.bin", "b'abc'"),
    ("p.bin", "np.zeros(20, 'f4').tobytes()[:-3]"),
    ("p.bin", "np.array([[1, 2, np.nan, 4]], 'f4').tobytes()"),
    ("p.bin", "np.array([[1, 2, np.inf, 4]], 'f4').tobytes()"),
    ("p.npy", "b''"),
    ("p.npy", "b'\\x93NUMPY'"),
    ("p.npy", "b'\\x93NUMPY\\x01\\x00v\\x00{'"),
    ("p.npy", "b'PK\\x03\\x04'"),
    *[
        ("p.npy", f"(lambda f: (np.save(f, {array}, allow_pickle=True), f.getvalue())[1])(__import__('io').BytesIO())")
        for array in (
            "np.array([[1., np.nan]])",
            "np.array([[1., np.inf]])",
            "np.array([[1, 'a']], object)",
            "np.array(3.)",
            "np.zeros((0, 2))",
            "np.zeros((2, 0))",
            "np.zeros((2, 2, 2))",
            "np.array([['1', '2']])",
            "np.array([[1 + 1j, 2]])",
            "np.array([[2**60 + 1, 2]])",
            "np.array([['2020-01-01', '2020-01-02']], 'M8[D]')",
        )
    ],
    ("p.npy", "(lambda f: (np.save(f, np.ones((9, 2))), f.getvalue()[:-40])[1])(__import__('io').BytesIO())"),
    ("p.txt", "'1 2 3'"),
    ("p", "'1 2 3'"),
]
DRAWINGS_GOOD = [
    repr(text)
    for text in (
        '{"drawing": [[[0, 1], [2, 3]]]}',
        '{"word": "cat", "drawing": [[[0, 1], [2, 3]]]}\n\n',
        '{"drawing": [[[0, 1], [2, 3], [9, 9]]]}',
        '{"word": "a\u2028b", "drawing": [[[0, 1], [2, 3]]]}',
        '{"drawing": [[[0, 1], [2, 3]]]}\r\n',
    )
]
DRAWINGS_BAD = [
    repr(text)
    for text in (
        "",
        "\n",
        "[]",
        "3",
        "{}",
        '{"drawing": 3}',
        '{"drawing": null}',
        '{"drawing": [[[0, null], [1, 2]]]}',
        '{"drawing": [[[0, NaN], [1, 2]]]}',
        '{"drawing": [[[0, 1], [2]]]}',
        '{"drawing": [[[0, 1]]]}',
        '{"drawing": [[["a"], ["b"]]]}',
        "[" * 100000,
        '{"drawing": [[[0, Infinity], [1, 2]]]}',
        '{"drawing": [[[' + "9" * 400 + "], [1]]]}",
        '{"drawing": "abc"}',
        '{"drawing": [[[true], [false]]]}',
        '{"drawing": [[["1"], ["2"]]]}',
    )
] + ["b'\\xff\\xfe'", "b'\\x1f\\x8b'"]


def files(seed: int) -> Iterator[Case]:
    """Every file, whatever the seed."""

    def case(reader, place, content, demand, expected="", names=()):
        setup = f"path = twins.file({content}, {place!r})"
        return Case("files", reader, "problems.files", setup, f"{reader}(path)", demand, expected, 1e-6, names)

    for place, content in GOOD:
        yield case("read_points", place, content, "equal", f"np.array({POINTS})")
    for place, content in FAIR:
        yield case("read_points", place, content, "equal or refused", f"np.array({POINTS})", (place,))
    comma = repr("1,5;2,5\n3,5;4,5\n")
    yield case("read_points", "p.csv", comma, "equal or refused", "np.array([[1.5, 2.5], [3.5, 4.5]])", ("p.csv",))
    for place, content in BAD:
        yield case("read_points", place, content, "refused", names=(place,))
    for content in DRAWINGS_GOOD:
        yield case("read_drawings", "d.ndjson", content, "equal", "np.array([0, 2, 1, 3])")
    for content in DRAWINGS_BAD:
        yield case("read_drawings", "d.ndjson", content, "refused", names=("d.ndjson",))
    for bad in ("None", "3", "'.'", "np.zeros(3)", "['p.csv']"):
        for reader in ("read_points", "read_drawings"):
            yield Case("files", reader, "problems.files", "", f"{reader}({bad})", "refused")
