"""Slider to pixels in a real Chromium: 200 moves of one slider, then three seconds of dragging it by the mouse.

python benchmarks/app_latency.py [page [knob ...]] [--url URL] [--state KNOB=VALUE&...] [--moves 200] [--tall]
Targets on an idle machine with two cores: the first plot within 1.5 s, first pixels p50 70 ms, p95 100 ms (at most
150, 300), settled p95 150 ms (400), 15 updates/s, 25 kB an update, growth exactly 0.

What is watched: the window is 1440 x 1000 (with --tall 1440 x 2200: every figure is in it). A move is an event on the
slider's own input. `first` ends two frames after the first numbers and figures of the new question (one frame paints
them, the next begins when they are on the screen), `settled` two frames after the last stage of the answer arrived:
a picture in the window whose stage takes longer than 50 ms comes between the two. Figures outside the window follow
when the slider rests, so they are not watched. The first plot is timed in a new browser, the server's engine at rest.
Every value is new to the server's caches. While the mouse drags, answers are counted by what the numbers say.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import time

from playwright.sync_api import sync_playwright
from serving import served

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
MOVES = 200
# The sliders that a user of the page turns first.
KNOBS = {
    "patterns": ("temperature", "bandwidth"),
    "bias": ("k", "bins"),
    "mixtures": ("at", "alpha"),
    "information": ("position", "noise"),
    "partitions": ("sharpness", "temperature"),
    "hulls": ("samples",),
    "attention": ("threshold", "x"),
}

TOOLS = """
window.received = 0
const opened = window.WebSocket
window.WebSocket = class extends opened {
  constructor(...given) {
    super(...given)
    this.addEventListener("message", ({data}) => { window.received += data.size ?? data.byteLength ?? data.length })
  }
}
window.deep = (root = document) => [...root.querySelectorAll("*")].flatMap((node) =>
  node.shadowRoot ? [node, ...deep(node.shadowRoot)] : [node])
window.knob = (label) => {
  const inputs = deep().filter((node) => node.tagName === "INPUT" && node.type === "range")
  const found = inputs.find((node) => node.getAttribute("aria-label") === label)
  if (!found) { throw new Error(`no slider ${label}: ${inputs.map((node) => node.getAttribute("aria-label"))}`) }
  return found
}
window.words = () => {
  const found = () => deep().find((node) => node.classList.contains("numbers")).parentNode
  return window.place = window.place?.isConnected ? window.place : found()
}
window.told = () => words().firstElementChild.dataset
window.whole = () => told().answers.startsWith(told().shows)
window.frame = () => new Promise(requestAnimationFrame)
"""

MEASURE = """
async ([label, moves, phase]) => {
  const input = knob(label)
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set
  const doc = Bokeh.documents[0]
  const before = doc._all_models.size
  const first = [], settled = [], bytes = []
  const low = Number(input.min), high = Number(input.max)
  for (let i = 0; i < moves; i++) {
    const was = told().shows, had = input.value, received = window.received
    set.call(input, low + (high - low) * (0.5 + 0.45 * Math.sin(i / 7 + phase)))
    if (input.value === had) { continue }  // stops lie so far apart that this is no move
    const start = performance.now()
    const past = () => performance.now() - start
    input.dispatchEvent(new Event("input", {bubbles: true}))
    while (told().shows === was && past() < 5000) { await frame() }
    const at = past()
    await frame()
    await frame()
    first.push(past())
    while (!whole() && past() < 20000) { await frame() }
    if (past() - at > 60) { await frame(); await frame() }  // else it came with the first
    settled.push(past())
    bytes.push(window.received - received)
  }
  return {first, settled, bytes, growth: doc._all_models.size - before}
}
"""

# Counts the answers that arrive, by what the numbers say.
WATCH = """
() => {
  window.seen = {first: 0, whole: 0}
  let last = "", done = ""
  window.watcher = new MutationObserver(() => {
    const {shows, answers} = told()
    if (shows !== last) { last = shows; window.seen.first += 1 }
    if (answers && answers !== done) { done = answers; window.seen.whole += 1 }
  })
  window.watcher.observe(words(), {childList: true, subtree: true, attributes: true})
}
"""


def chromium() -> str:
    """The system's Chromium."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        raise SystemExit("no Chromium found: install the package chromium.")
    return found


def measure(view, knob: str, moves: int = MOVES, warm: int = 20) -> dict:
    """Times in ms and bytes of moves of one slider, and how many models the browser gained."""
    view.evaluate(MEASURE, [knob, warm, 0.02])
    return view.evaluate(MEASURE, [knob, moves, 0.05 + time.time() % 1 / 10])


def drag(view, knob: str, seconds: float = 3.0) -> dict:
    """Answers a second while the mouse drags a slider to and fro at 60 events a second, whole ones too."""
    left, width, y, here = view.evaluate(
        """(label) => {
          const input = knob(label), all = input.getBoundingClientRect(), thumb = 14
          const here = all.x + thumb / 2 + (all.width - thumb) * input.value / input.max
          return [all.x, all.width, all.y + all.height / 2, here]
        }""",
        knob,
    )
    view.evaluate(WATCH)
    view.mouse.move(here, y)
    view.mouse.down()
    begun, step = time.perf_counter(), 0
    while (past := time.perf_counter() - begun) < seconds:
        step += 1
        share = abs((0.31 * past + 0.1) % 1.6 - 0.8) + 0.1
        view.mouse.move(left + width * share, y)
        time.sleep(max(0.0, begun + step / 60 - time.perf_counter()))
    found = view.evaluate("window.seen")
    view.mouse.up()
    rested = time.perf_counter()
    view.wait_for_function("() => whole()")
    settled = time.perf_counter() - rested
    view.evaluate("window.watcher.disconnect()")
    return {"first": found["first"] / past, "whole": found["whole"] / past, "rest": 1e3 * settled}


def opened(play, url: str, page: str, height: int = 1000, state: str = ""):
    """The page in a new Chromium, and the milliseconds until it has a figure."""
    browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
    view = browser.new_page(viewport={"width": 1440, "height": height})
    view.add_init_script(TOOLS)
    begun = time.perf_counter()
    view.goto(f"{url}?page={page}&{state}")
    view.wait_for_selector(".bk-Figure")
    plot = 1e3 * (time.perf_counter() - begun)
    view.wait_for_function("() => deep().some((node) => node.type === 'range')")
    view.wait_for_timeout(4000)
    return view, plot


def row(view, plot: float, page: str, knob: str, moves: int) -> str:
    """One line of the table."""
    found = measure(view, knob, moves)
    dragged = drag(view, knob)
    at = lambda times, share: sorted(times)[min(len(times) - 1, int(share * len(times)))]  # noqa: E731
    first, settled = ([at(found[key], share) for share in (0.5, 0.95)] for key in ("first", "settled"))
    cells = [
        page, f"{plot:.0f}", knob, str(len(found["first"])), *(f"{value:.0f}" for value in (*first, *settled)),
        f"{at(found['bytes'], 0.5) / 1e3:.0f}", f"{found['growth']:+d}", f"{dragged['first']:.0f}",
        f"{dragged['whole']:.0f}", f"{dragged['rest']:.0f}",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", nargs="?")
    parser.add_argument("knob", nargs="*")
    parser.add_argument("--url")
    parser.add_argument("--state", default="", help="what else the page's address says")
    parser.add_argument("--moves", type=int, default=MOVES)
    parser.add_argument("--tall", action="store_true", help="a window that shows every figure")
    options = parser.parse_args()
    head = "page | first plot ms | knob | moves | first p50 ms | p95 | settled p50 ms | p95 | kB | models"
    head = f"| {head} | drag: answers/s | whole answers/s | settled ms after |"
    given = contextlib.nullcontext((None, options.url, None))
    with given if options.url else served() as (_, url, _), sync_playwright() as play:
        print(head, "|---" * (head.count("|") - 1) + "|", sep="\n")
        for page in [options.page] if options.page else KNOBS:
            view, plot = opened(play, url, page, 2200 if options.tall else 1000, options.state)
            for knob in options.knob or KNOBS[page]:
                print(row(view, plot, page, knob, options.moves), flush=True)
            view.context.browser.close()


if __name__ == "__main__":
    main()
