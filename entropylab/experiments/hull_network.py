"""Before and after EntropyNet: what the work costs then, what the network costs, and how far the answer is off."""

from __future__ import annotations

import numpy as np
import xarray as xr

from entropylab.experiments.clock import NULL, SAYS, clocking
from entropylab.experiments.growing import growing
from entropylab.experiments.hull_clock import drawn, on, told
from entropylab.experiments.hull_timing import FRESH, arms, dimension
from entropylab.experiments.hulls import POINTS, hulls
from entropylab.experiments.labels import nats, plain
from entropylab.experiments.preparations import preparation, soft_entropy, trained
from entropylab.experiments.seed_tables import ROWS, TABLES, printed
from entropylab.geometry import chamfer, chan_hull, convex_hull, hausdorff, hull_error
from entropylab.models.learned_hull import learn_polygon
from entropylab.problems.point_sets import point_set

SHOWN = 400  # points of the picture
LEARNED = "learned polygon (exact)"  # what pays, and is not the seed's
FOR_POLYGON, MOST_LEARNED = 20, 100_000  # sets to learn it from, and their points at most
# The seed's own algorithm for each work, and another one; names of `arms`.
ALGORITHMS = {
    "hull": ("Chan", "Qhull"), "Delaunay": ("Qhull", "sweep"), "maxima 2-D": ("NumPy", "filter"),
    "maxima 3-D": ("NumPy", "filter"),
}  # fmt: skip
ANCHORS, SHARPNESSES = (4, 8, 16, 32), np.geomspace(1, 100, 5)
# A column, its baseline and the baseline's copy.
CLOCKS = (("alone", "raw", NULL), ("other", "other", "other again"), ("whole", "raw", NULL))
COLUMNS = {
    "own_ms": plain("least time of the preparation", "ms"),
    "alone": plain("speedup of the work alone; absent where the null's interval meets it", interval=SAYS),
    "alone_low": plain("lower end"),
    "alone_high": plain("upper end"),
    "other": plain("speedup of the other algorithm alone", interval=SAYS),
    "other_low": plain("lower end"),
    "other_high": plain("upper end"),
    "whole": plain("speedup with the preparation in the clock", interval=SAYS),
    "whole_low": plain("lower end"),
    "whole_high": plain("upper end"),
    "off": plain("error of the answer"),
    "away": plain("Hausdorff distance of the points before and after"),
    "apart": plain("Chamfer distance of the points before and after"),
    "before_entropy": nats("entropy before, in the cells of the trained one"),
    "after_entropy": nats("entropy after"),
}


@hulls.stage(*POINTS, "work", "table", "network")
def prepared(knobs):
    """One of the seed's tables on these points: every row trained, moved, compared and clocked, where asked for."""
    rows = TABLES[knobs.table]
    names = [*rows, *([LEARNED] if knobs.work == "hull" else [])]
    names += [""] * (ROWS + 1 - len(names))
    columns = {name: np.full(len(names), np.nan) for name in COLUMNS}
    pair, seen = np.full((2, SHOWN, 2), np.nan), np.full((2, SHOWN + 1, 2), np.nan)
    first, other = ALGORITHMS[knobs.work]
    at = max(i for i, row in enumerate(rows.values()) if row.changes is not None)
    at = next((i for i, row in enumerate(rows.values()) if row.changes == {}), at)  # the method as the seed has it

    def work():
        if not knobs.network:
            return
        ways, d, instance = arms(knobs.work), dimension(knobs.work), drawn(knobs)
        x = instance(0)
        after = {}
        for i, (name, row) in enumerate(rows.items()):
            prepare = preparation(name, knobs.data, knobs.samples, d, row.changes, knobs.seed)
            if prepare is not None:
                after[name] = prepare, prepare(x)
                _compare(columns, i, knobs.work, x, after[name][1])
                if row.changes is not None:
                    run = trained(knobs.data, knobs.samples, d, tuple(row.changes.items()), knobs.seed)
                    for key, points in (("before_entropy", x), ("after_entropy", after[name][1])):
                        columns[key][i] = soft_entropy(*run, points)
            if i == at:
                for j, points in enumerate((x, after[name][1])):
                    pair[j], seen[j] = _shown(points)
            yield 0.5 * (i + 1) / len(rows)
        candidates = {"raw": on(ways[first], instance)}
        candidates |= {name: on(ways[other], instance) for name in ("other", "other again")}
        for name, (prepare, moved) in after.items():
            ready = _ready(prepare, moved, instance)
            candidates[f"{name}: alone"] = on(ways[first], ready)
            candidates[f"{name}: other"] = on(ways[other], ready)
            candidates[f"{name}: own"] = on(prepare, instance)
            candidates[f"{name}: whole"] = on(lambda x, prepare=prepare: ways[first](prepare(x)), instance)
        if knobs.work == "hull" and knobs.samples <= MOST_LEARNED:
            learned = learn_polygon(_seen_before(knobs))
            columns["away"][len(rows)] = columns["apart"][len(rows)] = 0.0  # it moves nothing
            columns["off"][len(rows)] = _corners_apart(x, learned)
            candidates[f"{LEARNED}: whole"] = on(lambda x: learned.hull(x)[0], instance)
        for share, clock in clocking(candidates, seed=knobs.seed):
            if share > 0.4 and f"{LEARNED}: whole" in candidates:
                for key, slow, again in CLOCKS[1:]:
                    found = told(clock, slow, f"{LEARNED}: whole", again)
                    columns[key][len(rows)], columns[f"{key}_low"][len(rows)], columns[f"{key}_high"][len(rows)] = found
            for i, name in enumerate(rows):
                if name in after and share > 0.4:
                    columns["own_ms"][i] = 1e3 * clock.least(f"{name}: own")
                    for key, slow, again in CLOCKS:
                        found = told(clock, slow, f"{name}: {key}", again)
                        columns[key][i], columns[f"{key}_low"][i], columns[f"{key}_high"][i] = found
            yield 0.5 + 0.499 * share

    def picture():
        here = {f"net_{key}": ((), columns[key][at], COLUMNS[key]) for key in ("own_ms", "off", "away", "apart")}
        for key in ("alone", "whole"):
            half = (columns[f"{key}_high"][at] - columns[f"{key}_low"][at]) / 3.92
            here[f"net_{key}"] = ((), columns[key][at], COLUMNS[key])
            here[f"net_{key}_error"] = ((), half, plain("standard error"))
        claimed = np.full(len(names), np.nan)
        claimed[: len(rows)] = printed(knobs.table, knobs.data)
        return xr.Dataset(
            {
                **{key: ("row", columns[key].copy(), attributes) for key, attributes in COLUMNS.items()},
                **here,
                "printed": ("row", claimed, plain("speedup that the seed prints")),
                "moved_point": (("when", "moved_shown", "axis"), pair.copy(), plain("point")),
                "moved_ring": (("when", "moved_corner", "axis"), seen.copy(), plain("hull")),
            },
            coords={"row": ("row", names, plain("row")), "when": ("when", ["before", "after"], plain("when"))},
        )

    yield from growing(work(), picture)


def _seen_before(knobs):
    """Sets that no clock meets, to learn a polygon from."""
    seeds = 20_000 + FOR_POLYGON * knobs.seed + np.arange(FOR_POLYGON)
    return np.stack([point_set(knobs.data, knobs.samples, int(seed)) for seed in seeds])


def _corners_apart(x, learned):
    """Share of corners that differ from the exact ones: 0, for the polygon proves itself or is not used."""
    found, exact = learned.hull(x)[0], convex_hull(x)
    return len(np.setxor1d(found, exact)) / len(exact)


def _ready(prepare, moved, instance):
    """Points that are prepared before the clock runs."""

    def made(i):
        x = instance(i)
        return moved.copy() if len(x) > FRESH else prepare(x)

    return made


def _compare(columns, i, work, x, after):
    """How far the points, and the answer of the work on them, are from what they were."""
    columns["away"][i], columns["apart"][i] = hausdorff(x, after), chamfer(x, after)
    columns["off"][i] = hull_error(x, after) if work == "hull" else _changed(work, x, after)


def _changed(work, x, after):
    """Share of the triangles or maxima of before and after that are not in both: of points by number, or by place.

    A network keeps the numbers, an order the places; of the two the one counts that finds more again.
    """
    exact = arms(work)["sweep" if work == "Delaunay" else "filter"]
    shares = []
    for row in (lambda points, found: np.sort(found.reshape(len(found), -1), axis=1), _places):
        one, other = (np.unique(row(points, exact(points)), axis=0) for points in (x, after))
        both = np.unique(np.concatenate([one, other]), axis=0)
        shares.append((2 * len(both) - len(one) - len(other)) / (len(one) + len(other)))
    return min(shares)


def _places(points, found):
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


@hulls.stage(*POINTS, "landscape")
def landscape(knobs):
    """Chan's algorithm on points moved by networks of many anchors and sharpnesses (the seed's figure 7), clocked."""
    shape = len(ANCHORS), len(SHARPNESSES)
    speed, low, high, tests, off = np.full((5, *shape), np.nan)

    def work():
        if not knobs.landscape:
            return
        x = point_set(knobs.data, knobs.samples, knobs.seed)
        count = chan_hull.count(x)
        candidates = {"raw": on(chan_hull, lambda i: x.copy())}
        for done, (i, j) in enumerate(np.ndindex(shape), 1):
            changes = {"cells": ANCHORS[i], "sharpness": float(SHARPNESSES[j])}
            after = preparation("", knobs.data, knobs.samples, 2, changes, knobs.seed)(x)
            tests[i, j], off[i, j] = count / chan_hull.count(after), hull_error(x, after)
            candidates[f"{i} {j}"] = on(chan_hull, lambda i, after=after: after.copy())
            yield 0.8 * done / tests.size
        for share, clock in clocking(candidates, seed=knobs.seed):
            if share > 0.4:
                for i, j in np.ndindex(shape):
                    speed[i, j], low[i, j], high[i, j] = told(clock, "raw", f"{i} {j}")
            yield 0.8 + 0.199 * share

    def picture():
        over = ("anchor_stop", "alpha_stop")
        return xr.Dataset(
            {
                "map_speedup": (over, speed.copy(), COLUMNS["alone"]),
                "map_low": (over, low.copy(), plain("lower end")),
                "map_high": (over, high.copy(), plain("upper end")),
                "map_tests": (over, tests.copy(), plain("Chan's tests before over after")),
                "map_off": (over, off.copy(), plain("relative error of the hull's area")),
            },
            coords={
                "anchor_stop": ("anchor_stop", np.array(ANCHORS, float), plain("anchors k")),
                "alpha_stop": ("alpha_stop", SHARPNESSES, plain("sharpness α")),
            },
        )

    yield from growing(work(), picture)
