"""What all tests share: float64, array shapes checked at run time, and under CI no test may be skipped."""

import gc
import os

import pytest
from jaxtyping import install_import_hook
from jaxtyping_hook import ANNOTATED

install_import_hook(ANNOTATED, "beartype.beartype")

from entropylab import device  # noqa: E402 - its package is to be checked, so the hook comes first

device.configure("float64")  # what one test, or another Python, has compiled is read from the cache


def pytest_xdist_auto_num_workers(config):
    """What `-n auto` means: a worker per core, but each holds some gigabytes of compiled programs."""
    return min(os.cpu_count() or 1, 4)


def pytest_collection_modifyitems(items):
    """The browser comes last: what fails without it fails first, and its driver keeps an event loop for itself.

    One worker takes a whole file, which shares compiled programs, or all that the browser does with one page. What it
    does with none goes one by one, at the end: no worker is left with a lot when the others have nothing to do.
    """
    browser = {item: "browser" in item.path.parts for item in items}
    page = {item: getattr(item, "callspec", None) and item.callspec.params.get("spec") for item in items}
    items.sort(key=lambda item: (browser[item], browser[item] and page[item] is None))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(page[item] or (item.name if browser[item] else item.path.stem)))


def pytest_collection_finish():
    """What was imported stays: the garbage collector need not walk its half a million objects again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)  # nor what the tests hold: compiled programs and figures


def pytest_sessionfinish(session):
    """Under CI a skipped test fails the run: what was not tried is not known to work."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):  # a worker has none: it reports to one
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    """Name what made a green run fail."""
    for report in terminalreporter.stats.get("skipped", []) if os.environ.get("CI") else []:
        terminalreporter.write_line(f"FAILED (skipped under CI) {report.nodeid}: {report.longrepr[-1]}")
