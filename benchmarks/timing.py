"""Fair timing for the benchmark scripts: interleaved rounds, median process-CPU time, memory, and the machine in words.

Implementations take turns, so that a busy minute of the machine hits all of them alike, and the median over the
rounds is kept. A short call is repeated within its turn, so that it is timed as it runs in a loop and not with the
caches that the call before it left. Process-CPU time adds up over threads: pin libraries to one thread (`pin()` before
they are imported) and a ratio compares work, not cores.
"""

from __future__ import annotations

import ctypes
import gc
import importlib.metadata
import math
import os
import platform
import re
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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


TURN = 0.2  # seconds that a turn lasts at least: the first 15 ms after another candidate find every cache cold
LONG = 5.0  # seconds of a first call, compiling included, from which on no more are spent on finding out


@dataclass(frozen=True)
class Row:
    """A headline: seconds of ours and of the peer. `goal`: least peer / ours, or, of a `cost`, most ours / peer."""

    work: str
    peer: str
    ours: float
    theirs: float | None  # None where the peer is not installed
    goal: float | None
    cost: bool = False
    limit: float | None = None  # seconds of the arithmetic alone at this machine's rates
    memory: tuple[int, int | None] | None = None  # megabytes that a call adds, ours and the peer's


def interleave(callables: Mapping[str, Callable[[], object]], rounds: int = 5) -> dict[str, float]:
    """Median process-CPU seconds of each callable over `rounds` rounds in turn, after one untimed call each."""
    calls = {}
    for name, run in callables.items():
        first = _seconds(run, 1)
        calls[name] = 1 if first > LONG else math.ceil(min(1000, TURN / max(_seconds(run, 1), 1e-6)))
    times = {name: [] for name in callables}
    for _ in range(rounds):
        for name, run in callables.items():
            times[name].append(_seconds(run, calls[name]))
    return {name: statistics.median(found) for name, found in times.items()}


def _seconds(run, calls):
    start = time.process_time()
    for _ in range(calls):
        run()
    return (time.process_time() - start) / calls


def added_memory(run: Callable[[], object]) -> int:
    """Megabytes that a second call adds to this process: its workspace, without compiling. Linux only."""
    run()
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # sets the mark of the highest resident size back
    before = _high_water()
    run()
    return round((_high_water() - before) / 1024)


def _high_water() -> int:
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])


def roofline(rounds: int) -> dict[str, float]:
    """What one thread of this machine does: Gflop/s of a matrix product, 1e9 exponentials/s, GB/s read and written."""
    import jax
    import jax.numpy as jnp
    import numpy as np
    from powers import exponentials

    jax.config.update("jax_enable_x64", True)
    side = 1024
    product = jax.jit(lambda a: a @ a)
    source, target = np.ones(1 << 24), np.ones(1 << 24)
    runs = {"copy": lambda: np.copyto(target, source)}
    for kind in ("32", "64"):
        a = jnp.ones((side, side), f"float{kind}")
        runs[f"product{kind}"] = lambda a=a: product(a).block_until_ready()
    work = {"copy": 2 * source.nbytes, "product": 2 * side**3}
    seconds = interleave(runs, 3 * rounds)
    found = {name: 1e-9 * work[name.rstrip("3246")] / seconds[name] for name in sorted(runs)}
    return found | {f"exp{kind}": 1e-9 * exponentials(3 * rounds, f"float{kind}") for kind in ("32", "64")}


def place() -> str:
    """The kind of machine, without a name."""
    cpuinfo = Path("/proc/cpuinfo")
    wide = cpuinfo.exists() and "avx512f" in cpuinfo.read_text()
    cores = os.cpu_count()
    return f"a shared {platform.machine()} server of {cores} cores{' with AVX-512' if wide else ''}"


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
