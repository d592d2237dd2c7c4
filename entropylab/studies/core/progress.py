"""Answers that grow: what a long stage shows while it works."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import xarray as xr

REPORT_INTERVAL_S = 0.25  # seconds between two pictures


def report_progress(work: Iterator[float], picture: Callable[[], xr.Dataset]) -> Iterator[tuple[float, xr.Dataset]]:
    """The answer so far whenever `SHOW` has passed, and the whole one at the end; `work` yields the share done."""
    told = time.perf_counter()
    for share in work:
        if share < 1 and time.perf_counter() - told > REPORT_INTERVAL_S:
            yield share, picture()
            told = time.perf_counter()
    yield 1.0, picture()
