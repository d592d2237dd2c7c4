"""Open every page of the installed dashboard in Chromium: `python tests/installed_pages.py`, from any folder.

Continuous integration runs it on the wheel, outside the clone. Each page must draw its figures without an error in the
browser's console or in the server's log.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

import entropylab
from entropylab.studies.pages import PAGES

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def main() -> None:
    print(f"entropylab {entropylab.__version__} in {Path(entropylab.__file__).parent}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = Path("server.log")
    command = [sys.executable, "-m", "entropylab", "serve", "--port", str(port)]
    with log.open("w") as out:
        server = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        address = f"http://localhost:{port}/app"
        wait(address, server)
        with sync_playwright() as play:
            chromium = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            for name in PAGES:
                errors = []
                page = chromium.new_page(viewport={"width": 1440, "height": 2000})
                page.on(
                    "console", lambda message, e=errors: e.append(message.text) if message.type == "error" else None
                )
                page.on("pageerror", lambda error, e=errors: e.append(str(error)))
                page.goto(f"{address}?page={name}")
                expect(page.locator(".bk-Figure canvas").first).to_be_attached(timeout=60_000)
                page.wait_for_timeout(1000)
                assert errors == [], (name, errors)
                print(f"{name}: {page.locator('.bk-Figure').count()} figures")
                page.close()
            chromium.close()
    finally:
        server.terminate()
        server.wait(60)
    faults = re.findall(r"^.*(?:Traceback|ERROR|Exception).*$", log.read_text(), re.M)
    assert faults == [], faults


def wait(address: str, server: subprocess.Popen) -> None:
    for _ in range(240):
        assert server.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(address, timeout=60).read()
            return
        except OSError:
            time.sleep(0.25)
    raise TimeoutError(address)


if __name__ == "__main__":
    main()
