"""The engine room of the process: what the pages need is drawn and compiled in the background."""

from __future__ import annotations

import gc
import logging
import sys
import threading
import time

from entropylab.app.defaults import default_parts
from entropylab.app.figures import prototype
from entropylab.app.spec import Sheet
from entropylab.experiments.training import Training

log = logging.getLogger(__name__)
_warmed = threading.Event()
_lock = threading.Lock()
_asked_at = float("-inf")
REST = 2.0  # seconds without a question after which nobody is taken to be turning knobs
_thread: threading.Thread | None = None


def settle() -> None:
    """Before a user's page is built: what is loaded stays, so the garbage collector need not look through it again.

    A full search stops the server for all users. Panel asks for one when a user has left; the collector's own, which
    come while a page is built, are made ten times rarer.
    """
    if not gc.get_freeze_count():
        gc.freeze()
        gc.set_threshold(*gc.get_threshold()[:2], 100)


def warm() -> None:
    """Begin to draw and compile what the pages need, beside whatever runs; further calls do nothing."""
    global _thread
    with _lock:
        if _thread is None:
            logging.getLogger("asyncio").addFilter(_worth_telling)
            # No daemon: an interpreter that goes away under compiled code crashes, or hangs.
            _thread = threading.Thread(target=_warm, name="entropylab-warm")
            _thread.start()


def asked() -> None:
    """A user asks something: warming up waits until nobody has for a while."""
    global _asked_at
    _asked_at = time.monotonic()


def warmed() -> bool:
    """True once every page's default question has been answered by live code."""
    return _warmed.is_set()


def _worth_telling(record: logging.LogRecord) -> bool:
    """A reader who closes the window while a picture is under way to it is no fault of the server."""
    return not (record.exc_info and type(record.exc_info[1]).__name__ == "WebSocketClosedError")


def _serving() -> bool:
    """False once the process is about to end; it waits for the step under way."""
    return threading.main_thread().is_alive()


def _give_way() -> None:
    while _serving() and time.monotonic() - _asked_at < REST:
        time.sleep(0.1)
    if not _serving():
        sys.exit()  # of this thread


def _failed(what: str, *names: str) -> None:
    if _serving():
        log.exception(what, *names)


def _try_out(training: Training) -> None:
    """Compile a step and a picture."""
    question = training.question()
    try:
        training.picture(training.advance(training.start(question), question, 1), question)
    except Exception:
        _failed("warming up %s failed", training.name)


def _draw(sheet: Sheet) -> None:
    """Draw the prototypes of the figures."""
    try:
        answer = sheet.experiment.combine(sheet.question(), list(default_parts(sheet).values()))
        for view in sheet.views:
            _give_way()
            prototype(view, answer)
    except Exception:
        _failed("drawing the figures of %s failed", sheet.name)


def _warm() -> None:
    from entropylab.app.pages import PAGES

    for page in PAGES.values():
        for sheet in page.tabs.values():
            _draw(sheet)
    for page in PAGES.values():
        for stage in page.experiment.stages:
            _give_way()
            try:
                for _ in stage.steps(page.question()):
                    _give_way()
            except Exception:
                _failed("warming up %s of %s failed", stage.name, page.name)
        if page.train:
            _give_way()
            _try_out(page.train.training)
    _warmed.set()
