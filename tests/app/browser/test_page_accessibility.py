"""No page, home, sheet or message breaks a serious or critical rule of axe-core, in light and in dark."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from entropylab.studies.pages import PAGES

AXE = Axe()
# Colours that still fade would be measured half way: ten frames must pass without a change.
RESTED = """
async () => {
  let before = "", still = 0
  while (still < 10) {
    await new Promise(requestAnimationFrame)
    const now = deep().map((node) => getComputedStyle(node).color).join()
    const fading = document.getAnimations().some((one) => one instanceof CSSTransition)
    still = now === before && !fading ? still + 1 : 0
    before = now
  }
}
"""


def offences(visit, *rules: str) -> list[str]:
    """What axe-core finds serious or critical (by all its rules, or some): the rule, the place, what would mend it."""
    visit.page.evaluate(RESTED)
    options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
    found = AXE.run(visit.page, options=options).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]}: {node['failureSummary']}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def in_the_dark(visit):
    """Switch to the dark theme, without loading anything anew; only colours differ there.

    Widget after widget follows, on a slow machine with long pauses between them.
    """
    visit.button("Toggle theme").click()
    expect(visit.page.locator(".mui-dark").first).to_be_attached()
    expect(visit.page.locator(".mui-light")).to_have_count(0)
    return visit


def test_page_in_both_themes(visit, spec):
    """Every picture has a text in its place."""
    figures = visit.pictures(len(spec.views)).all()
    assert offences(visit) == []
    for figure, view in zip(figures, spec.views, strict=True):
        expect(figure).to_have_role("figure")
        assert figure.get_attribute("aria-label").startswith(f"{view.title}: {view.about}")
    try:
        assert offences(in_the_dark(visit), "color-contrast") == []
    finally:
        visit.button("Toggle theme").click()


def test_home_lesson_message_and_sheet_in_both_themes(fresh):
    visit = fresh().open(page="home")
    assert offences(visit) == []
    assert offences(in_the_dark(visit), "color-contrast") == []
    page = next(page for page in PAGES.values() if page.lessons)
    visit.go(page=page.name, lesson="1", step="1", colour="red")
    visit.answered(page.lessons[0].steps[0].question).ready()  # what is still computed is veiled, and so paler
    expect(visit.message).to_be_visible()
    assert offences(visit) == []
    visit.button("Help").click()
    expect(visit.page.get_by_role("dialog")).to_be_visible()
    assert offences(visit) == []


@pytest.mark.parametrize("page", [page for page in PAGES.values() if page.train], ids=lambda page: page.name)
def test_tab_train(page, fresh):
    assert offences(fresh().open(page=page.name, tab="train")) == []


CONTROLS = """
() => {
  window.controls = deep().filter((node) => node.tabIndex >= 0 && !node.disabled && node.offsetParent
    && node.checkVisibility({visibilityProperty: true}) && node.getAttribute("aria-disabled") !== "true")
  return controls.map((node) => node.getAttribute("aria-label") || node.innerText || node.outerHTML.slice(0, 200))
}
"""
FOCUSED = """
() => {
  let node = document.activeElement
  while (node.shadowRoot?.activeElement) { node = node.shadowRoot.activeElement }
  const rung = (each) => getComputedStyle(each).outlineStyle !== "none"
  const dressed = node.closest(".Mui-focused, .Mui-focusVisible")  // what has the focus may itself be out of sight
  return [controls.indexOf(node), rung(node) || Boolean(dressed && (dressed.matches(".Mui-focused") || rung(dressed)))]
}
"""


def test_tab_reaches_every_control_in_order_and_shows_where(fresh):
    """With reduced motion, which leaves nothing that moves."""
    visit = fresh(reduced_motion="reduce").open(page=next(iter(PAGES)))
    controls = visit.page.evaluate(CONTROLS)
    assert len(controls) > 40
    way, unseen = [], []
    for _ in controls:
        visit.page.keyboard.press("Tab")
        place, shown = visit.page.evaluate(FOCUSED)
        way.append(place)
        unseen += [] if shown else [controls[place]]
    assert [controls[place] for place in set(range(len(controls))) - set(way)] == []
    assert way == sorted(way) and unseen == []
    visit.page.keyboard.press("?")
    expect(visit.page.get_by_role("dialog")).to_be_visible()
    assert visit.page.evaluate("document.getAnimations().length") == 0
