"""One server, one Chromium; every page is opened once and shared by the tests that only turn its knobs.

A test fails on an error in the browser's console and on a request that leaves the machine; the session fails on a
traceback in the server's log.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Error, expect, sync_playwright
from visit import DESK, PATIENCE, Visit

from entropylab.studies.pages import PAGES

ROOT = Path(__file__).parents[3]
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
FAULT = re.compile(r"^.*(?:Traceback|ERROR|Exception|never awaited|never retrieved).*$", re.M)

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items):
    """All tests of this folder drive a browser; on every page but the first they are slow, unless they load it."""
    first = next(iter(PAGES))
    for item in items:
        if Path(__file__).parent not in item.path.parents:
            continue
        item.add_marker(pytest.mark.browser)
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        page = getattr(parameters.get("page"), "name", parameters.get("spec", first))
        if page != first and item.originalname != "test_every_figure_appears":
            item.add_marker(pytest.mark.slow)


class Server:
    """`panel serve app.py` on a free port; its log is a file."""

    def __init__(self, log: Path, *flags: str):
        self.log = log
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "panel", "serve", "app.py", "--port", str(port), *flags]
        with log.open("w") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.url = f"http://localhost:{port}/app"

    def wait(self) -> None:
        """Until the first request is answered."""
        for _ in range(480):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(self.url, timeout=60).read()
                return
            assert self.process.poll() is None, f"the server ended:\n{self.log.read_text()}"
            time.sleep(0.25)
        raise TimeoutError(f"no answer from {self.url}:\n{self.log.read_text()}")

    def stop(self) -> None:
        """End the server and its children, and fail on what its log holds against it."""
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()
        said = self.log.read_text()
        assert not FAULT.search(said), f"the server's log:\n{said}"


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """Starts servers: `serve(*flags)`; all are ended, and their logs read, at the end of the session."""
    servers = []

    def start(*flags: str) -> Server:
        server = Server(tmp_path_factory.mktemp("server") / "log", *flags)
        servers.append(server)
        server.wait()
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def server(serve):
    """The server that most tests share."""
    return serve()


@pytest.fixture(scope="session")
def browser():
    """The system's Chromium."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert found, "no Chromium found: install the package chromium"
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session", params=list(PAGES))
def spec(request):
    """Each page in turn."""
    return PAGES[request.param]


@pytest.fixture(scope="session")
def opened(spec, server, browser):
    """The page, opened once for all tests that share it."""
    context = browser.new_context(viewport=DESK, permissions=["clipboard-read", "clipboard-write"])
    visit = Visit(context.new_page(), server.url)
    yield visit.open(page=spec.name)
    visit.leave()


@pytest.fixture
def visit(opened, spec):
    """The shared page at its default question, without lesson or message."""
    page = opened.page
    page.set_viewport_size(DESK)
    try:
        page.keyboard.press("Escape")
        opened.go(page=spec.name).answered(spec.question())
    except (AssertionError, Error):  # an earlier test left it in ruins
        opened.open(page=spec.name).answered(spec.question())
    opened.faults.clear()
    yield opened
    assert opened.faults == []


@pytest.fixture
def fresh(server, browser):
    """Opens further tabs, each with a context of its own: `fresh(url=None, **context)`."""
    visits = []

    def new(url: str | None = None, **options) -> Visit:
        context = browser.new_context(**{"viewport": DESK, **options})
        visits.append(Visit(context.new_page(), url or server.url))
        return visits[-1]

    yield new
    for visit in visits:
        visit.leave()
    assert [fault for visit in visits for fault in visit.faults] == []
