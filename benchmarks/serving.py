"""The app on a free port, for the benchmarks that visit it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

LISTENS = 120.0  # seconds that a server may take until it listens
WARM = 900.0  # seconds after which it is measured even if it still compiles
IDLE = 0.05  # share of a core below which a server is at rest


@contextlib.contextmanager
def served(*flags: str, rest: bool = True) -> Iterator[tuple[int, str, float]]:
    """Process, address, and the seconds that the first request took; with `rest` everything is compiled."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "panel", "serve", "app.py", "--port", str(port), *flags]
    server = subprocess.Popen(command, cwd=Path(__file__).parents[1], start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + LISTENS
        while time.monotonic() < until and server.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("localhost", port), timeout=1):
                break
            time.sleep(0.05)
        url = f"http://localhost:{port}/app"
        begun = time.perf_counter()
        urllib.request.urlopen(url, timeout=60).read()
        first = time.perf_counter() - begun
        if rest:
            _let_rest(server.pid)
        yield server.pid, url, first
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def _let_rest(pid: int) -> None:
    """Wait until the server has hardly worked for 5 seconds: it compiles what its pages need when it begins."""
    until, before = time.monotonic() + WARM, _worked(pid)
    while time.monotonic() < until:
        time.sleep(5)
        now = _worked(pid)
        if now - before < 5 * IDLE:
            return
        before = now


def _worked(pid: int) -> float:
    """Seconds of processor time of a process. Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
