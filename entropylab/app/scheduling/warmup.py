"""Warm-up of the process: figures and stages are compiled in a background thread while no user is active."""

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
_last_activity = float("-inf")
IDLE_S = 2.0  # seconds without a question after which users count as idle
_thread: threading.Thread | None = None


def freeze_gc() -> None:
    """Move all loaded objects to the permanent generation, so that garbage collections skip them.

    A full collection stops the server for all users. Panel requests one when a user leaves; the automatic ones, which
    fall into the building of a page, become ten times rarer.
    """
    if not gc.get_freeze_count():
        gc.freeze()
        gc.set_threshold(*gc.get_threshold()[:2], 100)


def start_warmup() -> None:
    """Start the warm-up thread; further calls do nothing."""
    global _thread
    with _lock:
        if _thread is None:
            logging.getLogger("asyncio").addFilter(_drop_closed_socket_errors)
            # Not a daemon: an interpreter that ends while compiled code runs crashes or hangs.
            _thread = threading.Thread(target=_warm, name="entropylab-warm")
            _thread.start()


def note_activity() -> None:
    """Record that a user is active; the warm-up waits until users are idle."""
    global _last_activity
    _last_activity = time.monotonic()


def is_done() -> bool:
    """Whether the default question of every page has been computed."""
    return _warmed.is_set()


def _drop_closed_socket_errors(record: logging.LogRecord) -> bool:
    """Filter out the error of a window that was closed while a message was being sent."""
    return not (record.exc_info and type(record.exc_info[1]).__name__ == "WebSocketClosedError")


def _is_server() -> bool:
    """False once the process is about to end."""
    return threading.main_thread().is_alive()


def _wait_until_idle() -> None:
    while _is_server() and time.monotonic() - _last_activity < IDLE_S:
        time.sleep(0.1)
    if not _is_server():
        sys.exit()  # of this thread


def _failed(message: str, *names: str) -> None:
    if _is_server():
        log.exception(message, *names)


def _warm_training(training: Training) -> None:
    """Compile a step and a frame."""
    question = training.question()
    try:
        training.picture(training.advance(training.start(question), question, 1), question)
    except Exception:
        _failed("warming up %s failed", training.name)


def _warm_figures(tab: TabSpec) -> None:
    """Draw the templates of the figures."""
    try:
        answer = tab.experiment.combine(tab.question(), list(default_parts(tab).values()))
        for view in tab.views:
            _wait_until_idle()
            figure_template(view, answer)
    except Exception:
        _failed("drawing the figures of %s failed", tab.name)


def _warm() -> None:
    from entropylab.studies.pages import PAGES

    for page in PAGES.values():
        for tab in page.tabs.values():
            _warm_figures(tab)
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
