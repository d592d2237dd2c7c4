"""Before and after EntropyNet: what the work costs then, what the network costs, and how far the answer is off."""

from __future__ import annotations

import numpy as np
import xarray as xr

from entropylab.geometry import chamfer, chan_hull, convex_hull, hausdorff, hull_error
from entropylab.problems.points.sets import point_set
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import stage
from entropylab.studies.core.progress import report_progress
from entropylab.studies.core.timing import CONTROL, ROUNDS_INTERVAL, iter_timings
from entropylab.studies.hulls.candidates import MAX_FRESH_POINTS, dimension, timing_candidates
from entropylab.studies.hulls.clock import draw_points, on_instance, significant_speedup
from entropylab.studies.hulls.polygon_model import learn_polygon
from entropylab.studies.hulls.preprocessors import get_preprocessor, soft_entropy, trained_network
from entropylab.studies.hulls.published import ROWS, TABLES, lookup
from entropylab.studies.hulls.stages import (
    POINTS,
)

SHOWN = 400  # points of the picture
LEARNED = "learned polygon (exact)"  # what pays, and is not Shihab et al.'s
FOR_POLYGON, MOST_LEARNED = 20, 100_000  # sets to learn it from, and their points at most
# Shihab et al.'s own algorithm for each work, and another one; names of `arms`.
ALGORITHMS = {
    "hull": ("Chan", "Qhull"), "Delaunay": ("Qhull", "sweep"), "maxima 2-D": ("NumPy", "filter"),
    "maxima 3-D": ("NumPy", "filter"),
}  # fmt: skip
ANCHORS, SHARPNESSES = (4, 8, 16, 32), np.geomspace(1, 100, 5)
# A column, its baseline and the baseline's copy.
CLOCKS = (("alone", "raw", CONTROL), ("other", "other", "other again"), ("whole", "raw", CONTROL))
COLUMNS = {
    "own_ms": attributes("least time of the preparation", "ms"),
    "alone": attributes(
        "speedup of the work alone; absent where the null's interval meets it", interval=ROUNDS_INTERVAL
    ),
    "alone_low": attributes("lower end"),
    "alone_high": attributes("upper end"),
    "other": attributes("speedup of the other algorithm alone", interval=ROUNDS_INTERVAL),
    "other_low": attributes("lower end"),
    "other_high": attributes("upper end"),
    "whole": attributes("speedup with the preparation in the clock", interval=ROUNDS_INTERVAL),
    "whole_low": attributes("lower end"),
    "whole_high": attributes("upper end"),
    "off": attributes("error of the answer"),
    "away": attributes("Hausdorff distance of the points before and after"),
    "apart": attributes("Chamfer distance of the points before and after"),
    "before_entropy": entropy_attributes("entropy before, in the cells of the trained one"),
    "after_entropy": entropy_attributes("entropy after"),
}


@stage(*POINTS, "work", "table", "network")
def preprocessing(knobs):
    """One table of Shihab et al. on these points: every row trained, displaced, compared and, on request, timed."""
    rows = TABLES[knobs.table]
    names = [*rows, *([LEARNED] if knobs.work == "hull" else [])]
    names += [""] * (ROWS + 1 - len(names))
    columns = {name: np.full(len(names), np.nan) for name in COLUMNS}
    pair, seen = np.full((2, SHOWN, 2), np.nan), np.full((2, SHOWN + 1, 2), np.nan)
    first, other = ALGORITHMS[knobs.work]
    at = max(i for i, row in enumerate(rows.values()) if row.changes is not None)
    at = next((i for i, row in enumerate(rows.values()) if row.changes == {}), at)  # the published method

    def work():
        if not knobs.network:
            return
        ways, d, instance = timing_candidates(knobs.work), dimension(knobs.work), draw_points(knobs)
        x = instance(0)
        after = {}
        for i, (name, row) in enumerate(rows.items()):
            prepare = get_preprocessor(name, knobs.data, knobs.samples, d, row.changes, knobs.seed)
            if prepare is not None:
                after[name] = prepare, prepare(x)
                _compare(columns, i, knobs.work, x, after[name][1])
                if row.changes is not None:
                    run = trained_network(knobs.data, knobs.samples, d, tuple(row.changes.items()), knobs.seed)
                    for key, points in (("before_entropy", x), ("after_entropy", after[name][1])):
                        columns[key][i] = soft_entropy(*run, points)
            if i == at:
                for j, points in enumerate((x, after[name][1])):
                    pair[j], seen[j] = _shown(points)
            yield 0.5 * (i + 1) / len(rows)
        candidates = {"raw": on_instance(ways[first], instance)}
        candidates |= {name: on_instance(ways[other], instance) for name in ("other", "other again")}
        for name, (prepare, moved) in after.items():
            ready = _prepared_candidate(prepare, moved, instance)
            candidates[f"{name}: alone"] = on_instance(ways[first], ready)
            candidates[f"{name}: other"] = on_instance(ways[other], ready)
            candidates[f"{name}: own"] = on_instance(prepare, instance)
            candidates[f"{name}: whole"] = on_instance(lambda x, prepare=prepare: ways[first](prepare(x)), instance)
        if knobs.work == "hull" and knobs.samples <= MOST_LEARNED:
            learned = learn_polygon(_seen_before(knobs))
            columns["away"][len(rows)] = columns["apart"][len(rows)] = 0.0  # it moves nothing
            columns["off"][len(rows)] = _corner_disagreement(x, learned)
            candidates[f"{LEARNED}: whole"] = on_instance(lambda x: learned.hull(x)[0], instance)
        for share, clock in iter_timings(candidates, seed=knobs.seed):
            if share > 0.4 and f"{LEARNED}: whole" in candidates:
                for key, slow, again in CLOCKS[1:]:
                    found = significant_speedup(clock, slow, f"{LEARNED}: whole", again)
                    columns[key][len(rows)], columns[f"{key}_low"][len(rows)], columns[f"{key}_high"][len(rows)] = found
            for i, name in enumerate(rows):
                if name in after and share > 0.4:
                    columns["own_ms"][i] = 1e3 * clock.least(f"{name}: own")
                    for key, slow, again in CLOCKS:
                        found = significant_speedup(clock, slow, f"{name}: {key}", again)
                        columns[key][i], columns[f"{key}_low"][i], columns[f"{key}_high"][i] = found
            yield 0.5 + 0.499 * share

    def picture():
        here = {f"net_{key}": ((), columns[key][at], COLUMNS[key]) for key in ("own_ms", "off", "away", "apart")}
        for key in ("alone", "whole"):
            half = (columns[f"{key}_high"][at] - columns[f"{key}_low"][at]) / 3.92
            here[f"net_{key}"] = ((), columns[key][at], COLUMNS[key])
            here[f"net_{key}_error"] = ((), half, attributes("standard error"))
        claimed = np.full(len(names), np.nan)
        claimed[: len(rows)] = lookup(knobs.table, knobs.data)
        return xr.Dataset(
            {
                **{key: ("row", columns[key].copy(), attributes) for key, attributes in COLUMNS.items()},
                **here,
                "printed": ("row", claimed, attributes("published speedup")),
                "displaced_point": (("when", "displaced_shown", "axis"), pair.copy(), attributes("point")),
                "displaced_ring": (("when", "displaced_corner", "axis"), seen.copy(), attributes("hull")),
            },
            coords={
                "row": ("row", names, attributes("row")),
                "when": ("when", ["before", "after"], attributes("when")),
            },
        )

    yield from report_progress(work(), picture)


def _seen_before(knobs):
    """Sets that no clock meets, to learn a polygon from."""
    seeds = 20_000 + FOR_POLYGON * knobs.seed + np.arange(FOR_POLYGON)
    return np.stack([point_set(knobs.data, knobs.samples, int(seed)) for seed in seeds])


def _corner_disagreement(x, learned):
    """Share of corners that differ from the exact ones: 0, for the polygon proves itself or is not used."""
    found, exact = learned.hull(x)[0], convex_hull(x)
    return len(np.setxor1d(found, exact)) / len(exact)


def _prepared_candidate(prepare, moved, instance):
    """Points that are prepared before the clock runs."""

    def made(i):
        x = instance(i)
        return moved.copy() if len(x) > MAX_FRESH_POINTS else prepare(x)

    return made


def _compare(columns, i, work, x, after):
    """How far the points, and the answer of the work on them, are from what they were."""
    columns["away"][i], columns["apart"][i] = hausdorff(x, after), chamfer(x, after)
    columns["off"][i] = hull_error(x, after) if work == "hull" else _changed(work, x, after)


def _changed(work, x, after):
    """Share of the triangles or maxima of before and after that are not in both: of points by number, or by place.

    A network keeps the numbers, an order the places; of the two the one counts that finds more again.
    """
    exact = timing_candidates(work)["sweep" if work == "Delaunay" else "filter"]
    shares = []
    for row in (lambda points, found: np.sort(found.reshape(len(found), -1), axis=1), _coordinates_of):
        one, other = (np.unique(row(points, exact(points)), axis=0) for points in (x, after))
        both = np.unique(np.concatenate([one, other]), axis=0)
        shares.append((2 * len(both) - len(one) - len(other)) / (len(one) + len(other)))
    return min(shares)


def _coordinates_of(points, found):
    """The coordinates of every maximum, or of the corners of every triangle, these in order."""
    if found.ndim == 1:
        return points[found]
    return np.sort(points[found].view(complex)[..., 0], axis=1).view(float)


def _shown(points):
    """Some of the points, and the closed hull of all, filled up with NaN."""
    some = np.full((SHOWN, 2), np.nan)
    few = points[np.linspace(0, len(points) - 1, min(len(points), SHOWN)).round().astype(int), :2]
    some[: len(few)] = few
    flat = np.ascontiguousarray(points[:, :2])
    hull = convex_hull(flat)
    hull = hull[np.linspace(0, len(hull) - 1, min(len(hull), SHOWN)).round().astype(int)]
    ring = np.full((SHOWN + 1, 2), np.nan)
    ring[: len(hull) + 1] = flat[np.append(hull, hull[0])]
    return some, ring


@stage(*POINTS, "landscape")
def landscape(knobs):
    """Timings of Chan's algorithm after networks of many anchors and sharpnesses (Shihab et al. 2025, Figure 7)."""
    shape = len(ANCHORS), len(SHARPNESSES)
    speed, low, high, tests, off = np.full((5, *shape), np.nan)

    def work():
        if not knobs.landscape:
            return
        x = point_set(knobs.data, knobs.samples, knobs.seed)
        count = chan_hull.count(x)
        candidates = {"raw": on_instance(chan_hull, lambda i: x.copy())}
        for done, (i, j) in enumerate(np.ndindex(shape), 1):
            changes = {"cells": ANCHORS[i], "sharpness": float(SHARPNESSES[j])}
            after = get_preprocessor("", knobs.data, knobs.samples, 2, changes, knobs.seed)(x)
            tests[i, j], off[i, j] = count / chan_hull.count(after), hull_error(x, after)
            candidates[f"{i} {j}"] = on_instance(chan_hull, lambda i, after=after: after.copy())
            yield 0.8 * done / tests.size
        for share, clock in iter_timings(candidates, seed=knobs.seed):
            if share > 0.4:
                for i, j in np.ndindex(shape):
                    speed[i, j], low[i, j], high[i, j] = significant_speedup(clock, "raw", f"{i} {j}")
            yield 0.8 + 0.199 * share

    def picture():
        over = ("anchor_stop", "alpha_stop")
        return xr.Dataset(
            {
                "map_speedup": (over, speed.copy(), COLUMNS["alone"]),
                "map_low": (over, low.copy(), attributes("lower end")),
                "map_high": (over, high.copy(), attributes("upper end")),
                "map_tests": (over, tests.copy(), attributes("Chan's tests before over after")),
                "map_off": (over, off.copy(), attributes("relative error of the hull's area")),
            },
            coords={
                "anchor_stop": ("anchor_stop", np.array(ANCHORS, float), attributes("anchors k")),
                "alpha_stop": ("alpha_stop", SHARPNESSES, attributes("sharpness α")),
            },
        )

    yield from report_progress(work(), picture)
