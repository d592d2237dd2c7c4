"""The tab "Train": play, pause, step and turn, with the same models from the first step to the last."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from entropylab.studies.pages import PAGES

RUN = "() => deep().find((node) => node.matches('[data-run]')).dataset"
MODELS = "() => Bokeh.documents.reduce((sum, one) => sum + one._all_models.size, 0)"


@pytest.mark.parametrize("page", [PAGES["patterns"]], ids=lambda page: page.name)
def test_a_run_plays_pauses_steps_and_turns(page, fresh):
    spec = page.train
    visit = fresh().open(page=page.name)
    visit.page.get_by_role("tab", name="train").click()
    visit.ready().told(page=page.name, tab="train", **spec.question().write())
    expect(visit.pictures(len(spec.views))).to_have_count(len(spec.views))
    run = visit.page.locator("[data-run]")
    expect(run).to_have_attribute("data-run", "paused")

    def step():
        return int(run.get_attribute("data-step"))

    def stands(after=-1):
        """The step at rest, once it is beyond `after`."""
        visit.page.wait_for_function(
            f"(after) => {{ const run = ({RUN})(); return run.run !== 'playing' && +run.step > after }}", arg=after
        )
        return step()

    visit.button("Step").click()
    assert stands(0) == 1
    before = visit.page.evaluate(MODELS)
    visit.button("Play").click()
    visit.page.wait_for_function(f"() => +({RUN})().step > 20")

    # a live knob turns the run that goes on
    live = spec.training.live[0]
    knob = spec.question.knobs()[live]
    moved = knob.at(knob.positions[1])
    visit.slider(spec, live).press("End")
    visit.told(**{live: knob.write(moved)})
    assert step() > 20

    # heard before it has gone as far again as in the half second before, and then nothing moves any more
    before_pause, after_pause = visit.page.evaluate(
        """async () => {
          const place = deep().find((node) => node.matches("[data-run]")).parentNode
          const run = () => place.querySelector("[data-run]").dataset
          const wait = (time) => new Promise((done) => setTimeout(done, time))
          const button = deep().find((node) => node.tagName === "BUTTON" && /Pause$/.test(node.innerText.trim()))
          const start = +run().step
          await wait(500)
          const here = +run().step
          button.click()
          while (run().run === "playing") { await wait(5) }
          return [here - start, +run().step - here]
        }"""
    )
    assert 0 < before_pause and after_pause <= before_pause
    rested = step()
    visit.page.wait_for_timeout(400)
    assert step() == rested
    assert visit.page.evaluate(MODELS) == before

    visit.button("Step × 100").click()
    assert stands(rested) == min(rested + 100, spec.training.length(spec.question()))
    visit.button("Copy as code").click()
    code = visit.page.locator("pre")
    expect(code).to_contain_text(f'EXPERIMENTS["{spec.training.name}"].replay(')
    expect(code).to_contain_text(re.compile(rf"\(\d+, {spec.question.__name__}\({live}={re.escape(repr(moved))}\)\)"))
    visit.page.keyboard.press("Escape")

    # a knob that is not live begins anew; the address opens the same tab elsewhere
    visit.slider(spec, "seed").press("ArrowRight")
    visit.told(seed="1")
    expect(run).to_have_attribute("data-step", "0")
    keys = {"page": page.name, "tab": "train", "units": "nats", **spec.question(**{live: moved, "seed": 1}).write()}
    assert visit.keys == keys
    other = fresh()
    other.page.goto(f"{other.url}?{urlencode(keys)}")
    other.ready().told(**keys)
    assert other.numbers().keys() == visit.numbers().keys()
    visit.page.get_by_role("tab", name="explore").click()
    visit.ready().told(page=page.name, tab=None)
