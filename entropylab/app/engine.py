"""The engine room of the process: what the pages need is compiled in the background."""

from __future__ import annotations

import logging
import threading
import time

from entropylab.experiments.training import Training

log = logging.getLogger(__name__)
_warmed = threading.Event()
_lock = threading.Lock()
_asked_at = float("-inf")
REST = 2.0  # seconds without a question after which nobody is taken to be turning knobs
_thread: threading.Thread | None = None


def warm() -> None:
    """Begin to compile what the pages need, beside whatever runs; further calls do nothing."""
    global _thread
    with _lock:
        if _thread is None:
            logging.getLogger("asyncio").addFilter(_worth_telling)
            _thread = threading.Thread(target=_warm, name="entropylab-warm", daemon=True)
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


def _give_way() -> None:
    while time.monotonic() - _asked_at < REST:
        time.sleep(0.1)


def _try_out(training: Training) -> None:
    """Compile a step and a picture."""
    question = training.question()
    try:
        training.picture(training.advance(training.start(question), question, 1), question)
    except Exception:
        log.exception("warming up %s failed", training.name)


def _warm() -> None:
    from entropylab.app.pages import PAGES

    for page in PAGES.values():
        for stage in page.experiment.stages:
            try:
                for _ in stage.steps(page.question()):
                    _give_way()
            except Exception:
                log.exception("warming up %s of %s failed", stage.name, page.name)
        if page.train:
            _give_way()
            _try_out(page.train.training)
    _warmed.set()
