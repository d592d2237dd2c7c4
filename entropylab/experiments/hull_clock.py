"""The hull, Delaunay triangles and Pareto maxima by the clock, beside how many of them are wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from entropylab.experiments.clock import NULL, Clocked, clocking
from entropylab.experiments.growing import growing
from entropylab.experiments.hull_timing import MOST, arms, differing, dimension, instances
from entropylab.experiments.hulls import POINTS, hulls
from entropylab.experiments.labels import plain
from entropylab.problems.point_sets import point_set

EXACT = {"hull": "chain", "Delaunay": "sweep", "maxima 2-D": "NumPy", "maxima 3-D": "NumPy"}


def on(way: Callable, instance: Callable[[int], np.ndarray]) -> Callable:
    """A candidate of the clock: `way` on a copy of the round's points."""

    def prepared(i):
        x = instance(i)
        return lambda: way(x)

    return prepared


def drawn(knobs) -> Callable[[int], np.ndarray]:
    """The points of every round, in as many dimensions as the work has."""
    d = dimension(knobs.work)
    return instances(lambda i: point_set(knobs.data, knobs.samples, knobs.seed + i, dimension=d))


def told(clock: Clocked, slow: str, fast: str, again: str = NULL) -> tuple[float, float, float]:
    """A speedup and its interval; the speedup NaN where the interval meets that of `slow` and its copy `again`."""
    found, null = clock.ratio(slow, fast), clock.ratio(slow, again)
    return (found.median if found.beyond(null) else np.nan), found.low, found.high


@hulls.stage(*POINTS, "work", "clock", "rounds")
def measured(knobs):
    """Times by the clock, where it is asked for; NaN elsewhere, so that an answer without a clock is the same anywhere.

    Turns in random order over the baseline, an identical copy of it and every candidate, warm, on fresh copies. The
    copy's ratio is what no speedup may be mistaken for: one whose interval meets it is not shown.
    """
    ways = arms(knobs.work)
    peer = next(iter(ways))
    names = [f"{peer} again", *(name for name in ways if name != peer)]
    names += [""] * (MOST - len(names))
    differ = np.full(MOST, np.nan)
    clock = Clocked({name: np.full(knobs.rounds, np.nan) for name in (*ways, NULL)})

    def work():
        nonlocal clock
        if not knobs.clock:
            return
        instance = drawn(knobs)
        first = instance(0)
        exact = ways[EXACT[knobs.work]](first)
        for i, way in enumerate(ways.values()):
            differ[i] = differing(knobs.work, first, way(first.copy()), exact)
            yield 0.001
        candidates = {name: on(way, instance) for name, way in ways.items()}
        for share, clock in clocking(candidates, rounds=knobs.rounds, seed=knobs.seed):  # noqa: B007
            yield 0.999 * share

    def picture():
        null = clock.ratio(peer, NULL)
        found = np.full((MOST, 3), np.nan)
        best = np.full(MOST, np.nan)
        found[0], best[0] = (np.nan, null.low, null.high), 1e3 * clock.least(peer)
        for i, name in enumerate(names):
            if name in ways:
                found[i], best[i] = told(clock, peer, name), 1e3 * clock.least(name)
        interval = f"order statistics over {int(np.isfinite(clock.seconds[NULL]).sum())} rounds"
        return xr.Dataset(
            {
                "speedup": ("arm", found[:, 0], plain("speedup over the baseline", interval=interval)),
                "speedup_low": ("arm", found[:, 1], plain("lower end")),
                "speedup_high": ("arm", found[:, 2], plain("upper end")),
                "null": ((), null.median, plain("ratio of two identical runs", interval=interval)),
                "null_error": ((), (null.high - null.low) / 3.92, plain("standard error of that ratio")),
                "milliseconds": ("arm", best, plain("least time", "ms")),
                "differ": ("arm", differ.copy(), plain("corners, triangles or maxima that differ from the exact ones")),
                "first": ((), found[1, 0], plain("speedup of the first candidate", interval=interval)),
                "first_error": ((), (found[1, 2] - found[1, 1]) / 3.92, plain("standard error")),
            },
            coords={"arm": ("arm", names, plain("candidate"))},
        )

    yield from growing(work(), picture)
