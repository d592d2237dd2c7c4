"""A knob that holds an image: drawn with the pointer and the keys, filled from files, undone, told in the address."""

import numpy as np
from playwright.sync_api import expect

from entropylab.knobs import parse_pixel_levels
from entropylab.studies.pages import PAGES

SPEC = PAGES["attention"]


def test_a_digit_is_drawn_opened_refused_and_undone(fresh, tmp_path):
    visit = fresh().open(page=SPEC.name)
    page, default = visit.page, SPEC.question()
    square = page.get_by_role("application")
    square.scroll_into_view_if_needed()
    box = square.bounding_box()

    # a bar from top to bottom through the fourth and fifth columns
    for act, y in ((page.mouse.move, 0.05), (None, None), (page.mouse.move, 0.95)):
        page.mouse.down() if act is None else act(box["x"] + box["width"] / 2, box["y"] + y * box["height"])
    page.mouse.up()
    visit.left(**default.write())
    mine = visit.question(SPEC)
    ink = np.reshape(parse_pixel_levels(mine.drawn), (8, 8))
    assert (ink[:, 3:5] > 8).all() and not ink[:, [0, 1, 6, 7]].any()
    visit.answered(mine)
    assert visit.numbers()["written"] == "you know" and visit.slider(SPEC, "image").is_disabled()

    # the keys ink a cell; the status says which
    square.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    keyed = np.reshape(parse_pixel_levels(visit.left(**mine.write()).question(SPEC).drawn), (8, 8))
    assert keyed[4, 3] == 16 and (keyed != ink).sum() <= 1
    expect(page.get_by_text("row 5, column 4: ink 16 of 16")).to_have_count(1)
    visit.button("Undo").click()
    visit.answered(mine)

    # a file is read, a broken one leaves the picture and says so
    three = np.random.default_rng(0).integers(0, 17, (8, 8))
    np.save(tmp_path / "three.npy", three)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    opener = page.locator("input[type=file][accept*=npy]")
    opener.set_input_files(tmp_path / "three.npy")
    visit.left(**mine.write())
    opened = visit.question(SPEC)
    assert parse_pixel_levels(opened.drawn) == three.ravel().tolist()
    visit.answered(opened)
    numbers = visit.numbers()
    opener.set_input_files(tmp_path / "broken.png")
    expect(visit.message).to_contain_text("broken.png is no picture that the browser can read")
    assert visit.question(SPEC) == opened and visit.numbers() == numbers
    page.get_by_role("button", name="Reset drawn to none").click()
    visit.answered(default)
