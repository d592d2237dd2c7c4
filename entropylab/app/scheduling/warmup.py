"""The engine room of the process: what the pages need is drawn and compiled in the background."""

from __future__ import annotations

import gc
import logging
import sys
import threading
import time

from entropylab.app.defaults import default_parts
from entropylab.app.figures.template import figure_template
from entropylab.studies.core.page_spec import TabSpec
from entropylab.studies.core.training import Training

log = logging.getLogger(__name__)
_warmed = threading.Event()
_lock = threading.Lock()
_asked_at = float("-inf")
IDLE_S = 2.0  # seconds without a question after which nobody is taken to be turning knobs
_thread: threading.Thread | None = None


def freeze_gc() -> None:
    """Before a user's page is built: what is loaded stays, so the garbage collector need not look through it again.

    A full search stops the server for all users. Panel asks for one when a user has left; the collector's own, which
    come while a page is built, are made ten times rarer.
    """
    if not gc.get_freeze_count():
        gc.freeze()
        gc.set_threshold(*gc.get_threshold()[:2], 100)


def start_warmup() -> None:
    """Begin to draw and compile what the pages need, beside whatever runs; further calls do nothing."""
    global _thread
    with _lock:
        if _thread is None:
            logging.getLogger("asyncio").addFilter(_drop_closed_socket_errors)
            # No daemon: an interpreter that goes away under compiled code crashes, or hangs.
            _thread = threading.Thread(target=_warm, name="entropylab-warm")
            _thread.start()


def note_activity() -> None:
    """A user asks something: warming up waits until nobody has for a while."""
    global _asked_at
    _asked_at = time.monotonic()


def is_done() -> bool:
    """True once every page's default question has been answered by live code."""
    return _warmed.is_set()


def _drop_closed_socket_errors(record: logging.LogRecord) -> bool:
    """A reader who closes the window while a picture is under way to it is no fault of the server."""
    return not (record.exc_info and type(record.exc_info[1]).__name__ == "WebSocketClosedError")


def _is_server() -> bool:
    """False once the process is about to end; it waits for the step under way."""
    return threading.main_thread().is_alive()


def _wait_until_idle() -> None:
    while _is_server() and time.monotonic() - _asked_at < IDLE_S:
        time.sleep(0.1)
    if not _is_server():
        sys.exit()  # of this thread


def _failed(what: str, *names: str) -> None:
    if _is_server():
        log.exception(what, *names)


def _warm_training(training: Training) -> None:
    """Compile a step and a picture."""
    question = training.question()
    try:
        training.picture(training.advance(training.start(question), question, 1), question)
    except Exception:
        _failed("warming up %s failed", training.name)


def _warm_figures(sheet: TabSpec) -> None:
    """Draw the prototypes of the figures."""
    try:
        answer = sheet.experiment.combine(sheet.question(), list(default_parts(sheet).values()))
        for view in sheet.views:
            _wait_until_idle()
            figure_template(view, answer)
    except Exception:
        _failed("drawing the figures of %s failed", sheet.name)


def _warm() -> None:
    from entropylab.studies.pages import PAGES

    for page in PAGES.values():
        for sheet in page.tabs.values():
            _warm_figures(sheet)
    for page in PAGES.values():
        for stage in page.experiment.stages:
            _wait_until_idle()
            try:
                for _ in stage.steps(page.question()):
                    _wait_until_idle()
            except Exception:
                _failed("warming up %s of %s failed", stage.name, page.name)
        if page.train:
            _wait_until_idle()
            _warm_training(page.train.training)
    _warmed.set()
