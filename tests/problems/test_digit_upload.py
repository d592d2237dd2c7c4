"""Users' own digits: ink by hand, what does not change it, files that are read, files that are refused in words."""

import base64
from io import BytesIO

import numpy as np
import pytest

from entropylab.app.components.drawing import Drawing
from entropylab.knobs import format_levels
from entropylab.problems.images.upload import INK, as_digit, read_picture

THREE = np.array(
    [[0, 0, 7, 15, 13, 1, 0, 0], [0, 8, 13, 6, 15, 4, 0, 0], [0, 2, 1, 13, 13, 0, 0, 0], [0, 0, 2, 15, 11, 1, 0, 0],
     [0, 0, 0, 1, 12, 12, 1, 0], [0, 0, 0, 0, 1, 10, 8, 0], [0, 0, 8, 4, 5, 14, 9, 0], [0, 0, 7, 13, 13, 9, 0, 0]]
)  # fmt: skip


def bitmap(ink):
    """A bitmap of 32 x 32 whose blocks of 4 x 4 hold `ink` pixels each."""
    order = np.random.default_rng(0).permuted(np.tile(np.arange(16), (8, 8, 1)), axis=2)
    on = (order < ink[..., None]).reshape(8, 8, 4, 4)
    return on.swapaxes(1, 2).reshape(32, 32)


def test_a_bitmap_is_counted_in_blocks_as_the_data_were():
    """Ink that touches all four sides is neither moved nor scaled."""
    rng = np.random.default_rng(1)
    ink = rng.integers(0, INK + 1, (8, 8))
    ink[[0, 3, 7, 5], [2, 0, 6, 7]] = INK
    grey = np.where(np.pad(bitmap(ink), 3), 0.0, 255.0)  # dark on light, with a margin that shows the ground
    np.testing.assert_array_equal(as_digit(grey), ink)


def test_place_size_and_colours_change_nothing():
    bar = np.zeros((60, 80))
    bar[10:50, 30:50] = 1  # 40 high, 20 wide: fills the height, and the middle half of the width
    expected = np.zeros((8, 8), int)
    expected[:, 2:6] = INK
    coloured = np.repeat((200 - 120 * bar)[..., None], 4, axis=-1)
    coloured[..., 3] = 255
    larger = np.kron(bar, np.ones((3, 3)))
    for picture in (bar, 1 - bar, np.roll(bar, 7, 0), larger, bar > 0, coloured.astype(np.uint8)):
        np.testing.assert_array_equal(as_digit(picture), expected)


def test_ink_already_counted_stays():
    np.testing.assert_array_equal(as_digit(THREE), THREE)
    np.testing.assert_array_equal(as_digit(THREE.astype(float)), THREE)


def npy(array, **options):
    file = BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def test_files_are_read():
    np.testing.assert_array_equal(read_picture("a.NPY", npy(THREE)), THREE)
    for mark in ",; ":
        text = "\n".join(mark.join(map(str, row)) for row in THREE)
        np.testing.assert_array_equal(read_picture("b.csv", text.encode()), THREE)


@pytest.mark.parametrize(
    "name, data, says",
    [
        ("notes.txt", b"hello", "PNG or JPG picture, or 8 x 8 or more numbers as NPY or CSV: got notes.txt"),
        ("empty.npy", b"", "empty.npy must have from 1"),
        ("broken.npy", b"\x93NUMPY", "broken.npy is no NPY file"),
        ("short.npy", npy(THREE)[:-1], "short.npy is no NPY file"),
        ("objects.npy", npy(np.array([[{}]]), allow_pickle=True), "objects.npy is no NPY file"),
        ("words.csv", b"a,b\nc,d", "words.csv is no CSV file"),
        ("ragged.csv", b"1,2\n3", "ragged.csv is no CSV file"),
        ("bytes.csv", b"\xff\xfe\x00", "bytes.csv is no CSV file"),
    ],
)
def test_files_that_cannot_be_read_are_refused(name, data, says):
    with pytest.raises(ValueError, match=says):
        read_picture(name, data)


@pytest.mark.parametrize(
    "picture, says",
    [
        (np.ones((9, 9)), "no ink: got 9 x 9 pixels of one colour"),
        (np.eye(7), "at least 8 x 8"),
        (np.arange(64), "got 64"),
        (np.full((9, 9), np.nan), "finite numbers"),
        (np.full((9, 9), "a"), "holds numbers"),
        (np.eye(9) * 1j, "holds numbers"),
        (np.ma.masked_equal(np.eye(9), 1), "masked"),
    ],
)
def test_pictures_without_a_digit_are_refused(picture, says):
    with pytest.raises(ValueError, match=says):
        as_digit(picture)


def test_a_drawing_hears_strokes_files_and_what_is_wrong():
    drawn, failed = [], []
    square = Drawing(drawn=drawn.append, failed=failed.append)
    square._handle_msg({"levels": "none"})
    square._handle_msg({"file": "three.npy", "data": base64.b64encode(npy(THREE)).decode()})
    grey = np.uint8(255 * bitmap(np.full((8, 8), INK)))
    grey[0] = 0
    square._handle_msg({"grey": base64.b64encode(np.pad(grey, 2).tobytes()).decode(), "width": 36})
    assert drawn[:2] == ["none", format_levels(THREE.ravel())] and set(drawn[2]) > {"g"}
    square._handle_msg({"file": "a.npy", "data": base64.b64encode(b"no").decode()})
    square._handle_msg({"broken": "b.png"})
    square._handle_msg({"large": "c.csv", "size": 10**7})
    assert len(drawn) == 3 and ["a.npy" in failed[0], "b.png" in failed[1], "10,000,000" in failed[2]] == [True] * 3
    assert all(said.endswith("The last good picture stays.") for said in failed)
