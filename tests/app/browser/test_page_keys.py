"""The keyboard and the sweep: every key on the help sheet does what it says."""

from playwright.sync_api import expect
from visit import sliders

from entropylab.app.browser import KEYS


def test_sweep_plays_pauses_and_is_one_step_of_undo(visit, spec):
    visit.button("Play").click()
    expect(visit.button("Pause")).to_be_visible()
    knob = spec.question.knobs()[spec.sweep]
    box = visit.box(spec, spec.sweep)
    expect(box).not_to_have_value(knob.write(knob.default))
    first = box.input_value()
    expect(box).not_to_have_value(first)
    visit.button("Pause").click()
    expect(visit.button("Play")).to_be_visible()
    follows = "([box, key]) => new URLSearchParams(location.search).get(key) === box.value"
    visit.page.wait_for_function(follows, arg=[box.element_handle(), spec.sweep])
    if box.input_value() == knob.write(knob.default):  # few stops: it has played once around
        visit.button("Step").click()
    visit.left(**spec.question().write())
    visit.answered(visit.question(spec))
    expect(box).to_have_value(knob.write(getattr(visit.question(spec), spec.sweep)))
    visit.button("Undo").click()
    visit.answered(spec.question())


def test_keys_do_what_the_sheet_says(visit, spec):
    page = visit.page
    page.get_by_role("heading", level=1).click()  # no control has the focus
    knob = spec.question.knobs()[spec.sweep]
    page.keyboard.press("ArrowRight")
    visit.left(**spec.question().write())
    up = visit.question(spec)
    assert (
        knob.position(getattr(up, spec.sweep)) > knob.position(knob.default)
        or knob.at(knob.positions[1]) == knob.default
    )
    page.keyboard.press("z")
    visit.told(**spec.question().write())
    page.keyboard.press("Shift+Z")
    visit.told(**up.write())
    page.keyboard.press("ArrowLeft")
    visit.left(**up.write())
    assert knob.position(getattr(visit.question(spec), spec.sweep)) < knob.position(getattr(up, spec.sweep))
    page.keyboard.press("Space")
    expect(visit.button("Pause")).to_be_visible()
    page.keyboard.press("Space")
    expect(visit.button("Play")).to_be_visible()
    page.keyboard.press("r")
    visit.answered(spec.question())
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog")
    for key in KEYS:
        expect(sheet.get_by_role("rowheader", name=key, exact=True)).to_be_visible()
    for declared in spec.question.knobs().values():
        expect(sheet).to_contain_text(declared.meaning)
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    page.get_by_role("button", name="Help").click()
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


def test_keys_written_into_a_box_are_only_text(visit, spec):
    box = visit.box(spec, sliders(spec)[0])
    box.fill("")
    box.press_sequentially("rz? 1")
    expect(box).to_have_value("rz? 1")
    expect(visit.page.get_by_role("dialog")).to_have_count(0)
    box.fill(spec.question.knobs()[sliders(spec)[0]].write(spec.question.knobs()[sliders(spec)[0]].default))
    box.press("Enter")
    visit.answered(spec.question())


def test_escape_closes_a_message(visit, spec):
    visit.go(page=spec.name, colour="red")
    expect(visit.message).to_have_count(1)
    visit.page.keyboard.press("Escape")
    expect(visit.message).to_have_count(0)
