"""Slider to pixels: median and 95th percentile over 200 moves of one slider in a real Chromium, and model growth.

python benchmarks/app_latency.py [page] [knob] [--url URL]
Targets on an idle machine with two cores: p50 70 ms, p95 100 ms (at most 150), growth exactly 0.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
MOVES = 200

# Moves the slider through its hidden input, as a key would, and waits until every patched figure has been painted.
MEASURE = """
async ([label, moves]) => {
  const inputs = []
  const walk = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.tagName === "INPUT" && node.type === "range") { inputs.push(node) }
      if (node.shadowRoot) { walk(node.shadowRoot) }
    }
  }
  walk(document)
  const input = inputs.find((node) => node.getAttribute("aria-label") === label)
  if (!input) { throw new Error(`no slider ${label}: ${inputs.map((n) => n.getAttribute("aria-label"))}`) }
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set
  const doc = Bokeh.documents[0]
  let patched = 0
  doc.on_change(() => { patched = performance.now() })
  const frame = () => new Promise(requestAnimationFrame)
  const before = doc._all_models.size
  const times = []
  const low = Number(input.min), high = Number(input.max)
  for (let i = 0; i < moves; i++) {
    const share = 0.5 + 0.45 * Math.sin(i / 7)
    patched = 0
    const start = performance.now()
    set.call(input, low + (high - low) * share)
    input.dispatchEvent(new Event("change", {bubbles: true}))
    input.dispatchEvent(new Event("input", {bubbles: true}))
    // The slider's own event is the first change; the server's patch comes after it.
    await frame()
    patched = 0
    while (patched === 0 && performance.now() - start < 3000) { await frame() }
    let last = 0
    while (last !== patched) { last = patched; await frame() }
    await frame()
    times.push(performance.now() - start)
  }
  return {times, before, after: doc._all_models.size}
}
"""


def chromium() -> str:
    """The system's Chromium."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        raise SystemExit("no Chromium found: install the package chromium.")
    return found


@contextlib.contextmanager
def served(*flags: str):
    """The app on a free port, warm; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "panel", "serve", "app.py", "--port", str(port), *flags]
    server = subprocess.Popen(command, cwd=Path(__file__).parents[1], start_new_session=True)
    try:
        url = f"http://localhost:{port}/app"
        for _ in range(240):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(url, timeout=30).read()
                break
            time.sleep(0.25)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def measure(url: str, page: str, knob: str, moves: int = MOVES) -> dict:
    """Times in ms of `moves` slider moves, and the number of client-side models before and after."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        view = browser.new_page(viewport={"width": 1440, "height": 1000})
        view.goto(f"{url}?page={page}")
        view.wait_for_selector(".bk-Figure")
        time.sleep(8)  # the engine warms up behind the first picture
        view.evaluate(MEASURE, [knob, 20])
        found = view.evaluate(MEASURE, [knob, moves])
        browser.close()
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", nargs="?", default="patterns")
    parser.add_argument("knob", nargs="*", default=["temperature", "bandwidth"])
    parser.add_argument("--url")
    options = parser.parse_args()
    with contextlib.nullcontext(options.url) if options.url else served() as url:
        print("| page | knob | p50 ms | p95 ms | worst ms | model growth |\n|---|---|---|---|---|---|")
        for knob in options.knob:
            found = measure(url, options.page, knob)
            times = sorted(found["times"])
            p50, p95 = times[len(times) // 2], times[int(0.95 * len(times))]
            growth = found["after"] - found["before"]
            print(f"| {options.page} | {knob} | {p50:.0f} | {p95:.0f} | {times[-1]:.0f} | {growth:+d} |", flush=True)


if __name__ == "__main__":
    main()
