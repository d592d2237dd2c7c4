"""Share the leaves of a compiled search between the cores.

The kernels release the interpreter lock, so plain threads do; numba's own parallel loops may be entered by
one Python thread at a time only, which an application with several users cannot promise.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from numba import config


def parallel_for(kernel: Callable, parts: int, smallest: int, *arguments) -> None:
    """Call kernel(first, last, *arguments) over all of range(parts), each core taking at least `smallest` parts.

    The number of cores is NUMBA_NUM_THREADS, by default the cores this process may run on.
    """
    workers = min(config.NUMBA_NUM_THREADS, parts // smallest)
    if workers < 2:
        kernel(0, parts, *arguments)
        return
    pieces = 4 * workers  # more pieces than cores: leaves in a sparse region take longer
    edges = [parts * i // pieces for i in range(pieces + 1)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda first, last: kernel(first, last, *arguments), edges[:-1], edges[1:]))
