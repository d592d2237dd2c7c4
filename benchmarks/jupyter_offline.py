"""A page and a single view in a real JupyterLab whose browser reaches nothing but this machine: drawn, and live.

python benchmarks/jupyter_offline.py [picture.png]
Prints seconds until each is drawn and the first number before and after a move of a slider; fails if anything was
asked of another machine. It takes half a minute on an idle machine, so it is no test.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
from app_latency import FLAGS, chromium
from playwright.sync_api import Page, sync_playwright

CELLS = (
    "import panel as pn\nfrom entropylab import device\nfrom entropylab.app.notebook import page, view\n\n"
    "device.configure()\npn.extension(inline=True)",
    'view("patterns", "bias")',
    'page("patterns")',
)
FIGURES = """
(count) => {
  const deep = (root) => [...root.querySelectorAll("*")].flatMap((n) => n.shadowRoot ? [n, ...deep(n.shadowRoot)] : [n])
  return deep(document).filter((node) => node.matches(".bk-Figure")).length >= count
}
"""


@contextlib.contextmanager
def lab(folder: str):
    """JupyterLab on a free port; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = ["--no-browser", "--allow-root", f"--port={port}", f"--ServerApp.root_dir={folder}",
            "--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None"]  # fmt: skip
    paths = {"PYTHONPATH": str(Path(__file__).parents[1])}
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *told], env=os.environ | paths, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(240):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://localhost:{port}/api", timeout=30).read()
                break
            time.sleep(0.25)
        yield f"http://localhost:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def check(tab: Page, url: str) -> None:
    """Run the cells, and turn a knob."""
    begun = time.perf_counter()
    say = lambda what: print(f"{time.perf_counter() - begun:6.1f} s  {what}", flush=True)  # noqa: E731
    tab.goto(f"{url}/doc/tree/live.ipynb")
    tab.get_by_text("| Idle").first.wait_for()
    say("the kernel is ready")
    tab.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")
    tab.wait_for_function(FIGURES, arg=1)
    say("the view is drawn")
    tab.wait_for_function(FIGURES, arg=2)
    number = tab.locator(".number .value").first
    before = number.text_content()
    say(f"the page is drawn: {before}")
    tab.get_by_role("slider", name="temperature", exact=True).press("Home")
    while number.text_content() == before:
        tab.wait_for_timeout(50)
    say(f"temperature moved: {number.text_content()}")


def main() -> None:
    """Print the times."""
    away: list[str] = []

    def guard(route):
        place = urlsplit(route.request.url)
        if place.hostname == "localhost" or place.scheme in ("data", "blob"):
            route.continue_()
        else:
            away.append(route.request.url)
            route.abort()

    with tempfile.TemporaryDirectory() as folder, lab(folder) as url, sync_playwright() as play:
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), Path(folder) / "live.ipynb")
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        tab = browser.new_page(viewport={"width": 1440, "height": 1400})
        tab.set_default_timeout(180_000)
        tab.route("**/*", guard)
        check(tab, url)
        if sys.argv[1:]:
            tab.screenshot(path=sys.argv[1])
        browser.close()
    if away:
        raise SystemExit(f"asked of other machines: {', '.join(away)}")


if __name__ == "__main__":
    main()
