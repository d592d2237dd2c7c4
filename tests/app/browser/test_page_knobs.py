"""Every knob of every page: turned to both ends, picked, typed, reset, undone and done again."""

import random

import pytest
from playwright.sync_api import expect
from visit import DESK, PHONE, pickers, sliders

from entropylab.studies.pages import PAGES


def test_every_figure_appears(visit, spec):
    expect(visit.pictures(len(spec.views))).to_have_count(len(spec.views))
    assert list(visit.numbers()) == [reading.name for reading in spec.readings]
    expect(visit.page.locator(".formula math")).not_to_have_count(0)


def test_pictures_come_when_they_come_near(fresh):
    """Those far below the window are neither made nor sent, and saving makes them."""
    page = max(PAGES.values(), key=lambda page: len(page.views))
    visit = fresh().open(page=page.name)
    visit.answered(page.question())
    assert visit.page.locator(".bk-Figure").count() < len(page.views) - 2
    with visit.page.expect_download(lambda file: file.suggested_filename.endswith(f"{page.views[-1].name}.svg")):
        visit.button("Figures SVG").click()
    expect(visit.page.locator(".bk-Figure")).to_have_count(len(page.views))


TOUCH = {"viewport": PHONE, "has_touch": True, "is_mobile": True}


@pytest.mark.parametrize("options", [{}, TOUCH], ids=["wheel", "finger"])
def test_a_figure_lets_the_page_scroll(options, fresh):
    """A figure would otherwise take wheel and finger for its zoom, and on a phone it is as wide as the page."""
    visit = fresh(**options).open(page=next(iter(PAGES)))
    figure = visit.page.locator(".bk-Figure").first
    visit.frames()
    figure.scroll_into_view_if_needed()
    before = figure.bounding_box()["y"]
    for _ in range(3):  # a layout under way may move the figure from under the pointer
        box = figure.bounding_box()
        scroll(visit, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, touch=bool(options))
        visit.page.wait_for_timeout(500)
        if figure.bounding_box()["y"] < before - 100:
            return
    raise AssertionError("the page did not scroll")


def scroll(visit, x, y, touch):
    """Scroll by 200 pixels with the wheel or a finger at (x, y)."""
    if not touch:
        visit.page.mouse.move(x, y)
        visit.page.mouse.wheel(0, 200)
        return
    session = visit.page.context.new_cdp_session(visit.page)
    moves = [("touchMove", 20 * step) for step in range(1, 11)]
    for kind, up in (("touchStart", 0), *moves):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y - up}]})
        visit.frames(1)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_nothing_lies_on_the_pictures(visit):
    """What follows the pictures stands below them, however low or narrow the window is."""
    for window in (PHONE, DESK):
        visit.page.set_viewport_size(window)
        visit.frames()
        status, foot = visit.page.evaluate(
            """() => {
              const named = (name) => deep().filter((node) => node.classList?.contains(name) && node.offsetParent)
              const edges = named("card").map((node) => node.getBoundingClientRect().bottom)
              return [named("status").at(-1).getBoundingClientRect().top, Math.max(...edges)]
            }"""
        )
        assert status >= foot


@pytest.mark.slow
def test_sliders_reach_both_ends_and_reset(visit, spec):
    """By keyboard; the button beside a slider puts it back, and nothing else."""
    default = spec.question()
    for name in sliders(spec):
        knob = spec.question.knobs()[name]
        slider = visit.slider(spec, name)
        if slider.is_disabled():
            continue
        for key, position in (("Home", knob.positions[0]), ("End", knob.positions[1])):
            value = knob.at(position)
            slider.press(key)
            visit.shown(default.replace(**{name: value}))
            expect(visit.box(spec, name)).to_have_value(knob.write(value))
            expect(visit.message).to_have_count(0)
        if value != knob.default:
            visit.page.get_by_role("button", name=f"Reset {knob.label} to {knob.write(knob.default)}").click()
            visit.shown(default)


def test_pickers_offer_every_option(visit, spec):
    for name in pickers(spec):
        knob, picker = spec.question.knobs()[name], visit.picker(spec, name)
        if picker.is_disabled():
            continue
        expect(picker.locator("option")).to_have_text(list(knob.stops))
        for option in [knob.stops[-1], knob.stops[0], knob.default]:
            picker.select_option(option)
            visit.shown(spec.question().replace(**{name: option}))
            expect(visit.message).to_have_count(0)


def test_bad_entry_keeps_text_and_numbers(visit, spec):
    """The message names knob, domain and what came; the next good entry takes it away."""
    for name in sliders(spec):
        box = visit.box(spec, name)
        if box.is_disabled():
            continue
        knob, before = spec.question.knobs()[name], visit.numbers()
        for text, read in (("much", "'much'"), ("1e999", "inf")):
            box.fill(text)
            box.press("Enter")
            expect(visit.message).to_contain_text(f"{name} must be {knob.domain}: got {read}")
            expect(box).to_have_value(text)
            assert visit.numbers() == before and visit.question(spec) == spec.question()
        box.fill(knob.write(knob.default))
        box.press("Enter")
        expect(visit.message).to_have_count(0)


def test_undo_walks_back_and_redo_forward(visit, spec):
    draw = random.Random(spec.name)
    knobs = spec.question.knobs()
    # sizes stay as they are: what is computed on the way is not the matter here
    names = [name for name in sliders(spec) if not knobs[name].stops and visit.slider(spec, name).is_enabled()]
    path = [spec.question()]
    steps = 20 if spec is next(iter(PAGES.values())) else 5  # every page has the same history: one walks it to its end
    while len(path) <= steps:
        name = draw.choice(names)
        knob, here = knobs[name], getattr(path[-1], name)
        visit.slider(spec, name).press("ArrowLeft" if here == knob.at(knob.positions[1]) else "ArrowRight")
        visit.left(**path[-1].write())
        path.append(visit.question(spec))
        assert [name] == [other for other, value in path[-1].write().items() if value != path[-2].write()[other]]
    for question in path[-2::-1]:
        visit.button("Undo").click()
        visit.told(**question.write())
    visit.answered(path[0])
    for question in path[1:]:
        visit.button("Redo").click()
        visit.told(**question.write())
    visit.answered(path[-1])
    visit.button("Reset").click()
    visit.answered(spec.question())


@pytest.mark.slow
def test_presets_ask_their_question(visit, spec):
    cards = visit.page.locator(".cards button")
    expect(cards).to_have_count(len(spec.presets))
    for card, preset in zip(cards.all(), spec.presets, strict=True):
        expect(card).to_contain_text(preset.name)
        expect(card).to_contain_text(preset.why)
        card.click()
        visit.shown(preset.question)
        expect(visit.message).to_have_count(0)


def test_sixty_moves_leave_no_model_behind(visit, spec):
    """A figure drawn anew for every move would leave its predecessor's models in the browser."""
    size = "Bokeh.documents[0]._all_models.size"
    slider = visit.slider(spec, spec.sweep)
    knob = spec.question.knobs()[spec.sweep]
    slider.press("Home")
    visit.shown(spec.question().replace(**{spec.sweep: knob.at(knob.positions[0])}))
    before = visit.page.evaluate(size)
    for key in ["ArrowRight"] * 30 + ["ArrowLeft"] * 30:
        slider.press(key)
        visit.frames()
    slider.press("End")
    visit.shown(spec.question().replace(**{spec.sweep: knob.at(knob.positions[1])}))
    assert visit.page.evaluate(size) == before
