"""Compilation by Numba, with a cache on disk wherever a folder for one is writable."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numba

log = logging.getLogger(__name__)
_warned = False


def njit(*signatures, cache: bool = True, **options) -> Callable[[Callable], Callable]:
    """`numba.njit`, without a cache where Numba finds no writable folder, as in a read-only container.

    Numba takes the first of the folder in NUMBA_CACHE_DIR, `__pycache__` beside the module, and the user's cache.
    """
    return lambda function: _compile(lambda cache: numba.njit(*signatures, cache=cache, **options)(function), cache)


def cfunc(signature, cache: bool = True) -> Callable[[Callable], Callable]:
    """`numba.cfunc`, without a cache where Numba finds no writable folder."""
    return lambda function: _compile(lambda cache: numba.cfunc(signature, cache=cache)(function), cache)


def _compile(compile_with: Callable[[bool], Callable], cache: bool) -> Callable:
    global _warned
    try:
        return compile_with(cache)
    except RuntimeError as error:
        if not cache or "no locator available" not in str(error):
            raise
    if not _warned:
        _warned = True
        log.warning(
            "compiled kernels are not cached, as no folder is writable: every process compiles them again; "
            "set NUMBA_CACHE_DIR to a writable folder."
        )
    return compile_with(False)
