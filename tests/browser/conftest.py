"""One server, one Chromium a worker; every page is opened once and shared by the tests that only turn its knobs.

A test fails on an error in the browser's console and on a request that leaves the machine; the session fails on a
traceback in the server's log.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
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

from entropylab.app.pages import PAGES

ROOT = Path(__file__).parents[2]
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
FAULT = re.compile(r"^.*(?:Traceback|ERROR|Exception|never awaited|never retrieved).*$", re.M)

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items):
    """All tests of this folder drive a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def start(log: Path) -> dict:
    """`panel serve app.py` on a free port with its log in a file: its process and address, once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "panel", "serve", "app.py", "--port", str(port)]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    url = f"http://localhost:{port}/app"
    for _ in range(480):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=60).read()
            return {"process": process.pid, "url": url}
        assert process.poll() is None, f"the server ended:\n{log.read_text()}"
        time.sleep(0.25)
    raise TimeoutError(f"no answer from {url}:\n{log.read_text()}")


@contextlib.contextmanager
def shared(place: Path):
    """What the workers of one run know together: a dictionary in a file, which one of them may change at a time."""
    with place.open("a+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.seek(0)
        known = json.loads(held.read() or "{}")
        yield known
        held.truncate(0)
        held.write(json.dumps(known))


@pytest.fixture(scope="session")
def server(tmp_path_factory, worker_id):
    """The address of the server: the first worker starts it, the last one ends it and fails on a fault in its log."""
    alone = worker_id == "master"
    place = tmp_path_factory.getbasetemp() if alone else tmp_path_factory.getbasetemp().parent
    log = place / "server.log"
    with shared(place / "server.json") as known:
        if not known.get("visitors"):
            known |= start(log) | {"visitors": 0}
        known["visitors"] += 1
    yield known["url"]
    with shared(place / "server.json") as known:
        known["visitors"] -= 1
        if not known["visitors"]:
            os.killpg(known["process"], signal.SIGTERM)
            said = log.read_text()
            assert not FAULT.search(said), f"the server's log:\n{said}"


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
    yield Visit(context.new_page(), server).open(page=spec.name)
    context.close()


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
    visits, contexts = [], []

    def new(url: str | None = None, **options) -> Visit:
        contexts.append(browser.new_context(**{"viewport": DESK, **options}))
        visits.append(Visit(contexts[-1].new_page(), url or server))
        return visits[-1]

    yield new
    for context in contexts:
        context.close()
    assert [fault for visit in visits for fault in visit.faults] == []
