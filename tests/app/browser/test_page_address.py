"""The address holds the whole state of every page, and nothing that an address says can break it."""

import math

import pytest
from playwright.sync_api import expect
from visit import sliders

from entropylab.studies.pages import PAGES


def elsewhere(spec):
    """A question that differs from the default in every number that is turned freely, and how to write it."""
    knobs = spec.question.knobs()
    moved = {}
    for name in sliders(spec):
        start, end, _ = knobs[name].positions
        if not knobs[name].stops:
            moved[name] = knobs[name].at(start + 0.4 * (end - start))
    return spec.question(**moved)


def test_address_opens_the_same_picture_elsewhere(visit, spec, fresh):
    """Numbers of a preset, in bits and in the dark, in another user's browser."""
    place = min(1, len(spec.presets) - 1)
    question = spec.presets[place].question
    visit.page.locator(".cards button").nth(place).click()
    visit.page.get_by_role("combobox", name="units").click()
    visit.page.get_by_role("option", name="bits").click()
    visit.button("Toggle theme").click()
    visit.answered(question, "bits").told(theme="dark", page=spec.name)
    other = fresh()
    other.page.goto(visit.page.evaluate("location.href"))
    other.ready().answered(question, "bits")
    assert other.keys == visit.keys
    assert other.numbers() == visit.numbers()
    expect(other.page.locator(".mui-dark").first).to_be_attached()
    assert other.page.title() == f"{spec.title} · EntropyLab"
    visit.button("Toggle theme").click()
    visit.told(theme=None)


def test_nonsense_gives_one_message_each_and_drops_nothing_else(visit, spec):
    question = elsewhere(spec)
    keys = {**question.write(), "units": "bits"}
    bad = {name: "<img src=x onerror=alert(1)>" for name in list(question.changed())[:1]}
    visit.go(page=spec.name, **{**keys, **bad}, colour="red", hide="<b>all</b>", theme="blue", lesson="99", step="x")
    kept = question.replace(**{name: spec.question.knobs()[name].default for name in bad})
    visit.answered(kept, "bits")
    for name in bad:
        expect(visit.message).to_contain_text(f"{name} must be {spec.question.knobs()[name].domain}: got '<img src=x")
    for told in ("colour is not a knob", "hide knows no <b>all</b>", "theme must be light or dark: got blue",
                 "there is no lesson 99, step x"):  # fmt: skip
        expect(visit.message).to_contain_text(told)
    expect(visit.message.locator("img, b")).to_have_count(0)
    visit.told(colour=None, hide=None, lesson=None, step=None)
    visit.go(page=spec.name, units="pounds")
    expect(visit.message).to_contain_text("units must be nats or bits: got pounds")


def test_unknown_page_leads_home_and_says_so(fresh):
    visit = fresh().open(page="nowhere", units="bits")
    expect(visit.message).to_contain_text("there is no page nowhere")
    visit.told(page="home")
    visit.message.get_by_role("button", name="Close message").click()
    expect(visit.message).to_have_count(0)


def test_units_change_every_entropy_and_nothing_else(visit, spec):
    nats = visit.numbers()
    visit.page.get_by_role("combobox", name="units").click()
    visit.page.get_by_role("option", name="bits").click()
    visit.answered(spec.question(), "bits")
    bits = visit.numbers()
    entropies = 0
    for name, text in nats.items():
        if not text.endswith(" nats"):
            assert bits[name] == text
            continue
        entropies += 1
        assert bits[name].endswith(" bits")
        digit = 10.0 ** -min(len(number(each).partition(".")[2]) for each in (text, bits[name]))
        # each was rounded on its own; a quotient of rounded numbers is right to a digit of the coarser one
        assert float(number(bits[name])) == pytest.approx(float(number(text)) / math.log(2), abs=1.3 * digit)
    assert entropies > 0
    for text in visit.pictures(len(spec.views)).all_inner_texts():
        assert "nats" not in text


def number(text: str) -> str:
    """The value of a number as the screen writes it, without interval and unit."""
    return text.split()[0].replace("−", "-")


def test_lesson_steps_ask_their_questions(visit, spec):
    for index, lesson in enumerate(spec.lessons):
        visit.go(page=spec.name, lesson=str(index + 1), step="1")
        for place, step in enumerate(lesson.steps):
            visit.shown(step.question).told(lesson=str(index + 1), step=str(place + 1))
            expect(visit.page.get_by_text(step.text)).to_be_visible()
            expect(visit.page.get_by_role("button", name="Next")).to_be_enabled(enabled=step is not lesson.steps[-1])
            if step is not lesson.steps[-1]:
                visit.page.get_by_role("button", name="Next").click()
        visit.page.get_by_role("button", name="Back", exact=True).click()
        visit.shown(lesson.steps[-2].question).told(step=str(len(lesson.steps) - 1))
        visit.button("End lesson").click()
        visit.told(lesson=None, step=None)
        expect(visit.page.get_by_text(lesson.steps[-2].text)).to_be_hidden()


def test_address_of_a_lesson_keeps_what_was_turned(visit, spec):
    if spec.lessons:
        knob = spec.question.knobs()[spec.sweep]
        turned = {spec.sweep: knob.at(knob.positions[0])}
        asked = spec.lessons[0].steps[0].question.replace(**turned)
        told = {spec.sweep: asked.write()[spec.sweep]}
        visit.go(page=spec.name, lesson="1", step="1", **told)
        visit.answered(asked).told(lesson="1", step="1", **told)


def test_hide_takes_parts_knobs_and_pictures_away(visit, spec):
    knob, view = spec.sweep, spec.views[-1]
    visit.go(page=spec.name, hide=f"presets,files,{knob},figure.{view.name}")
    expect(visit.page.locator(".cards")).to_have_count(0)
    expect(visit.button("Data CSV")).to_have_count(0)
    expect(visit.slider(spec, knob)).to_have_count(0)
    expect(visit.page.get_by_role("heading", name=view.title, exact=True)).to_have_count(0)
    expect(visit.pictures(len(spec.views) - 1)).to_have_count(len(spec.views) - 1)
    visit.told(hide=",".join(sorted(("presets", "files", knob, f"figure.{view.name}"))))
    visit.go(page=spec.name)
    expect(visit.page.locator(".cards")).to_have_count(1)
    visit.told(hide=None)


def test_back_button_walks_between_pages(fresh):
    """Each page keeps its knobs and units while others show."""
    visit = fresh().open(page="home")
    spec = next(iter(PAGES.values()))
    visit.page.locator(".cards button").first.click()
    visit.ready().answered(spec.question()).told(page=spec.name)
    visit.slider(spec, spec.sweep).press("End")
    knob = spec.question.knobs()[spec.sweep]
    moved = spec.question().replace(**{spec.sweep: knob.at(knob.positions[1])})
    visit.answered(moved)
    visit.page.evaluate("history.back()")
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("EntropyLab")
    visit.told(page="home")
    visit.page.evaluate("history.forward()")
    expect(visit.page.get_by_role("heading", level=1)).to_have_text(spec.title)
    visit.answered(moved)
    for other in list(PAGES.values())[1:]:
        visit.page.get_by_role("banner").get_by_role("button", name=other.title, exact=True).click()
        expect(visit.page.get_by_role("heading", level=1)).to_have_text(other.title)
        visit.told(page=other.name)
    visit.page.get_by_role("banner").get_by_role("button", name=spec.title, exact=True).click()
    visit.answered(moved)


@pytest.mark.slow
def test_what_is_left_is_let_go(fresh):
    """Pages shown again, and pages built anew for another `hide`, leave nothing behind that grows.

    The engine of the browser may hold the one view that it compiled its code for, and with it a page; three turns
    that leave all behind leave four times what the bound allows.
    """
    first, second = list(PAGES)[:2]
    visit = fresh().open(page=first)
    talk = visit.page.context.new_cdp_session(visit.page)
    talk.send("Performance.enable")

    def turn():
        for keys in ({"page": second}, {"page": first}, {"page": first, "hide": "presets"}):
            visit.go(**keys).told(hide=keys.get("hide"), page=keys["page"])
            expect(visit.page.get_by_role("heading", level=1)).to_have_text(PAGES[keys["page"]].title)
            expect(visit.page.locator(".cards")).to_have_count(0 if "hide" in keys else 1)
            visit.pictures(len(PAGES[keys["page"]].views))

    def elements():
        visit.page.evaluate("Bokeh.documents[0]._recompute_all_models()")  # which it does twice a minute by itself
        visit.page.wait_for_timeout(500)
        for _ in range(3):
            talk.send("HeapProfiler.collectGarbage")
        return {one["name"]: one["value"] for one in talk.send("Performance.getMetrics")["metrics"]}["Nodes"]

    one_page = elements()
    turn()
    before = elements()
    for _ in range(3):
        turn()
    assert elements() < before + one_page
