"""The hull, Delaunay triangles and Pareto maxima by the clock, beside how many of them are wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from entropylab.problems.points.sets import point_set
from entropylab.studies.core.attributes import attributes
from entropylab.studies.core.experiment import stage
from entropylab.studies.core.progress import report_progress
from entropylab.studies.core.timing import CONTROL, Timings, iter_timings
from entropylab.studies.hulls.candidates import MOST, count_differences, dimension, instances, timing_candidates
from entropylab.studies.hulls.stages import (
    POINTS,
)

EXACT = {"hull": "chain", "Delaunay": "sweep", "maxima 2-D": "NumPy", "maxima 3-D": "NumPy"}


def on_instance(way: Callable, instance: Callable[[int], np.ndarray]) -> Callable:
    """A candidate of the clock: `way` on a copy of the round's points."""

    def prepared(i):
        x = instance(i)
        return lambda: way(x)

    return prepared


def draw_points(knobs) -> Callable[[int], np.ndarray]:
    """The points of every round, in as many dimensions as the work has."""
    d = dimension(knobs.work)
    return instances(lambda i: point_set(knobs.data, knobs.samples, knobs.seed + i, dimension=d))


def significant_speedup(clock: Timings, slow: str, fast: str, again: str = CONTROL) -> tuple[float, float, float]:
    """A speedup and its interval; the speedup NaN where the interval meets that of `slow` and its copy `again`."""
    found, null = clock.ratio(slow, fast), clock.ratio(slow, again)
    return (found.median if found.beyond(null) else np.nan), found.low, found.high


@stage(*POINTS, "work", "clock", "rounds")
def timings(knobs):
    """Times by the clock, where it is asked for; NaN elsewhere, so that an answer without a clock is the same anywhere.

    Turns in random order over the baseline, an identical copy of it and every candidate, warm, on fresh copies. The
    copy's ratio is what no speedup may be mistaken for: one whose interval meets it is not shown.
    """
    ways = timing_candidates(knobs.work)
    peer = next(iter(ways))
    names = [f"{peer} again", *(name for name in ways if name != peer)]
    names += [""] * (MOST - len(names))
    differ = np.full(MOST, np.nan)
    clock = Timings({name: np.full(knobs.rounds, np.nan) for name in (*ways, CONTROL)})

    def work():
        nonlocal clock
        if not knobs.clock:
            return
        instance = draw_points(knobs)
        first = instance(0)
        exact = ways[EXACT[knobs.work]](first)
        for i, way in enumerate(ways.values()):
            differ[i] = count_differences(knobs.work, first, way(first.copy()), exact)
            yield 0.001
        candidates = {name: on_instance(way, instance) for name, way in ways.items()}
        for share, clock in iter_timings(candidates, rounds=knobs.rounds, seed=knobs.seed):  # noqa: B007
            yield 0.999 * share

    def picture():
        null = clock.ratio(peer, CONTROL)
        found = np.full((MOST, 3), np.nan)
        best = np.full(MOST, np.nan)
        found[0], best[0] = (np.nan, null.low, null.high), 1e3 * clock.least(peer)
        for i, name in enumerate(names):
            if name in ways:
                found[i], best[i] = significant_speedup(clock, peer, name), 1e3 * clock.least(name)
        interval = f"order statistics over {int(np.isfinite(clock.seconds[CONTROL]).sum())} rounds"
        return xr.Dataset(
            {
                "speedup": ("arm", found[:, 0], attributes("speedup over the baseline", interval=interval)),
                "speedup_low": ("arm", found[:, 1], attributes("lower end")),
                "speedup_high": ("arm", found[:, 2], attributes("upper end")),
                "null": ((), null.median, attributes("ratio of two identical runs", interval=interval)),
                "null_error": ((), (null.high - null.low) / 3.92, attributes("standard error of that ratio")),
                "milliseconds": ("arm", best, attributes("least time", "ms")),
                "differ": (
                    "arm",
                    differ.copy(),
                    attributes("corners, triangles or maxima that differ from the exact ones"),
                ),
                "first": ((), found[1, 0], attributes("speedup of the first candidate", interval=interval)),
                "first_error": ((), (found[1, 2] - found[1, 1]) / 3.92, attributes("standard error")),
            },
            coords={"arm": ("arm", names, attributes("candidate"))},
        )

    yield from report_progress(work(), picture)
