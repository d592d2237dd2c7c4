"""Every public estimator with data, types, knobs and transforms made to trip it, against formulas in plain NumPy.

    python benchmarks/fuzz_estimators.py [--seconds 120] [--seed 0] [--axes containers,knobs] [--subjects ksg,kde]

Each finding is a line with the text that shows it; a table by axis follows, and the exit status is 1 where there are
any. Cases run in a process of their own, which is ended and started again where one takes longer than it may.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import multiprocessing
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

AXES = (
    "containers",
    "scales",
    "shifts",
    "orders",
    "knobs",
    "scalars",
    "traces",
    "untraceable",
    "slopes",
    "ties",
    "files",
    "resamples",
)
PATIENCE = 20.0  # seconds for one case, the compiling of its programs included
MEMORY = 12 * 2**30  # bytes that a case may map


def cases(seed: int, axes, subjects):
    """The cases of a seed in a shuffled order, the same in every process."""
    import fuzz_axes

    found = [case for axis in axes for case in fuzz_axes.AXES[axis](seed)]
    found = [case for case in found if not subjects or case.subject in subjects]
    random.Random(seed).shuffle(found)
    return found


def work(pipe, seed, axes, subjects, done):
    """Run cases one after the other from number `done` on, and send what is wrong with each."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    from entropylab import device

    device.configure("float64")
    from fuzz_cases import fault

    pipe.send("ready")
    for number, case in enumerate(itertools.islice(cases(seed, axes, subjects), done, None), done):
        pipe.send((number, case, None))
        try:
            wrong = fault(case)
        except Exception as problem:  # noqa: BLE001 - the fuzz itself is at fault, and says so
            wrong = f"the fuzz failed, {type(problem).__name__}: {problem}"
        pipe.send((number, case, " ".join((wrong or "").split())))
    pipe.send(None)


def run(seed: int, axes, subjects, end: float):
    """Pairs of a case and what is wrong with it, until the cases or the time is over."""
    done = 0
    context = multiprocessing.get_context("spawn")
    while time.monotonic() < end:
        here, there = context.Pipe()
        worker = context.Process(target=work, args=(there, seed, axes, subjects, done), daemon=True)
        worker.start()
        there.close()
        case = None
        try:
            if not here.poll(10 * PATIENCE) or here.recv() != "ready":
                raise SystemExit("the process of the cases did not start")
            while time.monotonic() < end:
                if not here.poll(PATIENCE):
                    yield case, f"no answer in {PATIENCE:g} s"
                    break
                message = here.recv()
                if message is None:
                    return
                number, case, wrong = message
                done = number + 1
                if wrong is not None:
                    yield case, wrong
        except EOFError:
            yield case, "the process died"
        finally:
            worker.kill()
            worker.join()


def main() -> int:
    """Print findings and a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--axes", default=",".join(AXES), help="some of " + ", ".join(AXES))
    parser.add_argument("--subjects", default="", help="names of functions; all where none is given")
    options = parser.parse_args()
    axes, subjects = options.axes.split(","), set(filter(None, options.subjects.split(",")))
    end = time.monotonic() + options.seconds
    tried, failed = collections.Counter(), collections.Counter()
    for seed in itertools.count(options.seed):
        for case, wrong in run(seed, axes, subjects, end):
            if case is None:
                break
            tried[case.axis] += 1
            if wrong:
                failed[case.axis] += 1
                print(f"[{case.room}] {case.axis}: {case.snippet}  # {wrong}", flush=True)
        if time.monotonic() >= end:
            break
    print("| axis | cases | findings |\n|---|---:|---:|")
    for axis in sorted(tried):
        print(f"| {axis} | {tried[axis]} | {failed[axis]} |")
    return 1 if sum(failed.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
