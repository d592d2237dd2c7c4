"""What all tests share: float64, array shapes checked at run time, and under CI no test may be skipped."""

import os

import jax
import pytest
from annotated import ANNOTATED
from jaxtyping import install_import_hook

jax.config.update("jax_enable_x64", True)

install_import_hook(ANNOTATED, "beartype.beartype")


def pytest_sessionfinish(session):
    """Under CI a skipped test fails the run: what was not tried is not known to work."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    """Name what made a green run fail."""
    for report in terminalreporter.stats.get("skipped", []) if os.environ.get("CI") else []:
        terminalreporter.write_line(f"FAILED (skipped under CI) {report.nodeid}: {report.longrepr[-1]}")
