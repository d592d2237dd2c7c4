"""Hulls, Delaunay triangles and Pareto maxima against Qhull (scipy) and, where installed, moocore and paretoset.

    python benchmarks/hulls.py [--quick]

One thread, interleaved rounds, least process-CPU time. Results are compared before anything is timed: the same
corners (Qhull may miss some on a circle, which is told), the same triangles, the same maxima. The physical limit is
one pass over the points' memory.
"""

from __future__ import annotations

import argparse
import importlib

import timing

timing.pin()

import numpy as np  # noqa: E402
from scipy.spatial import ConvexHull, Delaunay  # noqa: E402

import entropylab as lab  # noqa: E402
from entropylab.problems import REAL_POINT_SETS, point_set  # noqa: E402


def optional(name: str):
    """The module, or None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


MOOCORE, PARETOSET = optional("moocore"), optional("paretoset")


def row(case: str, x: np.ndarray, runs: dict, rounds: int, note: str = "") -> list[list[str]]:
    """One line a peer: ours, the peer, the ratio, one pass over the memory."""
    times = timing.interleave({**runs, "pass": lambda: np.add.reduce(x.ravel())}, rounds)
    ours = times["ours"]
    return [
        [case, f"{1e3 * ours:.3f}", name, f"{1e3 * seconds:.2f}", f"{seconds / ours:.1f}", f"{1e3 * times['pass']:.3f}",
         note]
        for name, seconds in times.items()
        if name not in ("ours", "pass")
    ]  # fmt: skip


def hull(name: str, n: int, rounds: int) -> list[list[str]]:
    """The adaptive hull against Qhull."""
    x = point_set(name, n)
    ours, theirs = lab.convex_hull(x), ConvexHull(x).vertices
    assert np.array_equal(ours, lab.monotone_chain(x))
    missed, wrong = len(np.setdiff1d(ours, theirs)), len(np.setdiff1d(theirs, ours))
    runs = {"ours": lambda: lab.convex_hull(x), "scipy ConvexHull": lambda: ConvexHull(x)}
    note = f"Qhull misses {missed} corners, {wrong} of its own are none" if missed or wrong else ""
    return row(f"hull, {name}, n = {n:,}", x, runs, rounds, note)


def triangles(n: int, rounds: int) -> list[list[str]]:
    """Delaunay triangles against Qhull's, which are the same."""
    x = point_set("uniform", n)
    ours, theirs = (np.unique(np.sort(t, axis=1), axis=0) for t in (lab.delaunay(x), Delaunay(x).simplices))
    assert np.array_equal(ours, theirs)
    runs = {"ours": lambda: lab.delaunay(x), "scipy Delaunay": lambda: Delaunay(x)}
    return row(f"Delaunay, uniform, n = {n:,}", x, runs, rounds)


def pareto(case: str, x: np.ndarray, rounds: int) -> list[list[str]]:
    """Pareto maxima of 3-D points against the packages for them that are installed."""
    ours = lab.maxima(x)
    runs = {"ours": lambda: lab.maxima(x)}
    if MOOCORE:
        assert np.array_equal(np.flatnonzero(MOOCORE.is_nondominated(x, maximise=True, keep_weakly=True)), ours)
        runs["moocore"] = lambda: MOOCORE.is_nondominated(x, maximise=True, keep_weakly=True)
    if PARETOSET and len(ours) < 5000:  # it compares all pairs of a front
        sense = ["max"] * 3
        assert np.array_equal(np.flatnonzero(PARETOSET.paretoset(x, sense=sense, distinct=False)), ours)
        runs["paretoset"] = lambda: PARETOSET.paretoset(x, sense=sense, distinct=False)
    return row(f"maxima, {case}, n = {len(x):,}", x, runs, rounds, f"{len(ours):,} maxima")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the points, 3 rounds")
    quick = parser.parse_args().quick
    rounds, scale = (3, 10) if quick else (7, 1)
    rows = []
    for n in (100_000 // scale, 1_000_000 // scale):
        for name in ("uniform", "disk", "Gaussian"):
            rows += hull(name, n, rounds)
    rows += hull("circle", 1_000_000 // scale, 2)
    if "lidar" in REAL_POINT_SETS:
        rows += hull("lidar", 115_384 // scale, rounds)
    rows += triangles(100_000 // scale, 3)
    rng = np.random.default_rng(0)
    rows += pareto("cube", rng.random((1_000_000 // scale, 3)), rounds)
    sphere = np.abs(rng.normal(size=(100_000 // scale, 3)))
    rows += pareto("sphere, all are maxima", sphere / np.linalg.norm(sphere, axis=1)[:, None], rounds)
    header = ["case", "ours ms", "peer", "peer ms", "peer / ours", "one pass ms", "note"]
    print(timing.table(header, rows), "", timing.machine(("numpy", "scipy", "numba", "moocore", "paretoset")), sep="\n")


if __name__ == "__main__":
    main()
