"""Point sets by name, and readers of files that are written here."""

import json

import numpy as np
import pytest

import entropylab as lab
from entropylab.problems import POINT_SETS, REAL_POINT_SETS, point_set, read_drawings, read_points
from entropylab.problems.points import sets as points_sets

CUBE = np.array([[0, 0, 0], [1, 0, 2], [0.5, -1, 4]])


@pytest.mark.parametrize("name", POINT_SETS + REAL_POINT_SETS)
def test_the_same_seed_gives_the_same_points_about_the_square(name):
    points = point_set(name, 500, 3)
    assert points.shape == (500, 2) and points.dtype == np.float64 and np.isfinite(points).all()
    assert np.array_equal(points, point_set(name, 500, 3))
    assert np.abs(points).max() < 2.5  # six deviations of the normal one


def test_the_corners_are_what_the_names_say():
    assert len(lab.convex_hull(point_set("parabola", 300))) == 300
    assert len(lab.convex_hull(point_set("circle", 300))) > 295  # cos and sin are rounded
    assert len(lab.convex_hull(point_set("grid", 400))) == 4
    assert len(lab.convex_hull(point_set("uniform", 300))) < 30
    assert len(lab.convex_hull(point_set("triangle", 300))) < 20


def test_the_shapes_hold_in_three_dimensions():
    """Radii, sums and signs that the names promise; exact but for the last digits of a norm."""
    sets = {name: point_set(name, 1000, dimension=3) for name in POINT_SETS}
    length = {name: np.linalg.norm(points, axis=1) for name, points in sets.items()}
    assert np.abs(length["circle"] - 1).max() < 1e-15 and length["disk"].max() <= 1
    assert length["annulus"].min() >= 0.95 - 1e-12 and length["annulus"].max() <= 1
    # a ball's radius has the law r^3: the mean is 3 / 4, deviation 0.194 / sqrt(1000), five of them
    assert abs(length["disk"].mean() - 0.75) < 0.03
    assert (sets["triangle"] >= -1).all() and (sets["triangle"].sum(1) <= -1).all()
    assert np.array_equal(sets["parabola"][:, 2], (sets["parabola"][:, :2] ** 2).mean(1))
    assert len(np.unique(sets["grid"], axis=0)) == 1000 and len(np.unique(sets["grid"])) == 10


def test_real_points_are_moved_by_no_rounding(tmp_path, monkeypatch):
    """Frames of a street, by its seed and evenly thinned; drawings from the seed's on, the right way up."""
    for folder in ("kitti", "quickdraw"):
        (tmp_path / folder).mkdir()
    frame = np.arange(40.0).reshape(10, 4)
    for number in (0, 1):
        (tmp_path / "kitti" / f"{number}.bin").write_bytes((frame + 100 * number).astype("<f4").tobytes())
    drawings = [[[[0, 10], [20, 30]]], [[[128, 255], [0, 128]]]]
    lines = [json.dumps({"drawing": drawing}) for drawing in drawings]
    (tmp_path / "quickdraw" / "a.ndjson").write_text("\n".join(lines))
    monkeypatch.setattr(points_sets, "_FOLDER", tmp_path)
    assert np.array_equal(128 * point_set("lidar", 5), frame[::2, :2])
    assert np.array_equal(128 * point_set("lidar", 12, 1, dimension=3)[10:], frame[:2, :3] + 100)
    assert np.array_equal(point_set("strokes", 3, 1), [[0, 1], [127 / 128, 0], [-1, 27 / 32]])
    with pytest.raises(ValueError, match="has 2 coordinates"):
        point_set("strokes", 5, dimension=3)
    monkeypatch.setattr(points_sets, "_FOLDER", tmp_path / "nowhere")
    with pytest.raises(ValueError, match="set ENTROPYLAB_DATA"):
        point_set("lidar", 5)


def test_unknown_sets_are_told():
    with pytest.raises(ValueError, match="one of uniform"):
        point_set("cube", 10)
    with pytest.raises(ValueError, match="at least 1"):
        point_set("uniform", 0)
    with pytest.raises(ValueError, match="at least 2"):
        point_set("uniform", 5, dimension=1)


def write(folder):
    """The same three points in every format."""
    rows = "\n".join(" ".join(map(str, row)) for row in CUBE)
    header = "ply\nformat {}\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
    header += "element face 0\nproperty list uchar int vertex_indices\nend_header\n"
    reflected = np.hstack([CUBE, np.ones((3, 1))])
    (folder / "a.bin").write_bytes(reflected.astype("<f4").tobytes())
    (folder / "a.ply").write_text(header.format("ascii 1.0") + rows + "\n")
    (folder / "little.ply").write_bytes(
        header.format("binary_little_endian 1.0").encode() + CUBE.astype("<f4").tobytes()
    )
    (folder / "big.ply").write_bytes(header.format("binary_big_endian 1.0").encode() + CUBE.astype(">f4").tobytes())
    (folder / "a.off").write_text("OFF\n3 1 0\n" + rows + "\n3 0 1 2\n")
    (folder / "a.xyz").write_text("# three points\n" + rows + "\n")
    (folder / "a.csv").write_text("x,y,z\n" + rows.replace(" ", ",") + "\n")
    np.save(folder / "a.npy", CUBE)
    return ["a.bin", "a.ply", "little.ply", "big.ply", "a.off", "a.xyz", "a.csv", "a.npy"]


def test_every_format_is_read(tmp_path):
    for name in write(tmp_path):
        assert np.array_equal(read_points(tmp_path / name), CUBE), name


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.bin", b"123", "multiple of 16"),
        ("a.ply", b"plyfoo", "header"),
        ("a.off", b"OF", "begin with OFF"),
        ("a.off", b"OFF\n9 0 0\n0 0 0\n", "cut short"),
        ("a.xyz", b"1 2 3\n1 2 x\n", "numbers"),
        ("a.csv", b"1,2\n3\n", "same number"),
        ("a.obj", b"", "must end in"),
    ],
)
def test_what_is_no_point_cloud(tmp_path, name, content, told):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=told):
        read_points(tmp_path / name)


def test_drawings(tmp_path):
    file = tmp_path / "a.ndjson"
    file.write_text(json.dumps({"word": "cat", "drawing": [[[0, 1, 2], [5, 6, 7]], [[3, 4], [8, 9]]]}) + "\n")
    (drawing,) = read_drawings(file)
    assert [stroke.tolist() for stroke in drawing] == [[[0, 5], [1, 6], [2, 7]], [[3, 8], [4, 9]]]
    file.write_text('{"word": "cat"}\n')
    with pytest.raises(ValueError, match="line 1"):
        read_drawings(file)
