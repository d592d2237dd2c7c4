"""Fair timing for the benchmark scripts: interleaved rounds, least process-CPU time, and the machine in words.

Implementations take turns, so that a busy minute of the machine hits all of them alike; the least
process-CPU time over the rounds is kept, because everything a shared machine does to a timing makes it
longer. Process-CPU time adds up over threads: pin libraries to one thread (`pin()` before they are
imported) and a ratio compares work, not cores.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def pin(threads: int = 1) -> None:
    """Let every library of this process use `threads` threads; call it before importing any of them."""
    for name in THREAD_VARIABLES:
        os.environ[name] = str(threads)
    if threads == 1:
        flags = os.environ.get("XLA_FLAGS", "")
        os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1".strip()
        if hasattr(os, "sched_setaffinity"):  # XLA sizes its pool from the cores it may run on
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def interleave(callables: Mapping[str, Callable[[], object]], rounds: int = 5) -> dict[str, float]:
    """Least process-CPU seconds of each callable over `rounds` rounds in turn, after one untimed call each."""
    for run in callables.values():
        run()
    least = dict.fromkeys(callables, float("inf"))
    for _ in range(rounds):
        for name, run in callables.items():
            start = time.process_time()
            run()
            least[name] = min(least[name], time.process_time() - start)
    return least


def machine(packages: Sequence[str] = ("numpy", "scipy", "numba", "jax", "scikit-learn")) -> str:
    """Processor, cores in use, Python and the versions of `packages`, in one line for under a table."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    told = [f"{name} {version(name)}" for name in packages]
    return f"{model}, {cores} core(s); Python {platform.python_version()}; {', '.join(told)}"


def version(package: str) -> str:
    """The installed version of `package`, or "not installed"."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under a header in aligned columns, as Markdown."""
    cells = [list(header), *[list(row) for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
