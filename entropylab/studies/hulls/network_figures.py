"""Figures and tables of the hulls experiment's clocks: Shihab et al.'s figures beside what is measured here."""

from __future__ import annotations

import numpy as np
import xarray as xr

from entropylab.studies.core.table import Cell, Table
from entropylab.studies.hulls.network import ALGORITHMS, LEARNED
from entropylab.studies.hulls.published import LARGE, ON_OTHER_SETS, TABLES
from entropylab.studies.rendering.figure import Figure, curve, heatmap
from entropylab.studies.rendering.limits import padded_range
from entropylab.studies.rendering.metrics import format_number
from entropylab.studies.rendering.style import DIVERGING, HARD, NEUTRAL, SEQUENTIAL, SOFT, dots, figure

TOP = dict(legend_position="top", legend_cols=2, show_legend=True)
WAITING = Cell("–", np.nan)
DASH = "A dash: not clocked. The knob {} does it."
CLAIM = "claim"


def displacement(answer: xr.Dataset) -> Figure:
    """The points before (grey) and after the network, the way of each, and both hulls."""
    before, after = answer.displaced_point.values
    ways = np.stack([before, after, np.full_like(before, np.nan)], 1).reshape(-1, 2)
    old, new = answer.displaced_ring.values
    return figure(
        curve(ways[:, 0], ways[:, 1], NEUTRAL, alpha=0.4), dots(before[:, 0], before[:, 1], NEUTRAL, 3),
        dots(after[:, 0], after[:, 1], SOFT, 3), curve(old[:, 0], old[:, 1], HARD, "hull", line_dash="dashed"),
        curve(new[:, 0], new[:, 1], SOFT, "hull after"), xlim=padded_range(before[:, 0], after[:, 0], old[:, 0]),
        ylim=padded_range(before[:, 1], after[:, 1], old[:, 1]), xlabel="x", ylabel="y", **TOP,
    )  # fmt: skip


def speed_map(answer: xr.Dataset) -> Figure:
    """The speedup of Chan's algorithm over anchors and sharpness, a logarithm around 1; empty within the null."""
    value = np.log2(answer.map_speedup.values)
    limit = float(np.nanmax(np.abs(value))) if np.isfinite(value).any() else 1.0
    return _map(answer, value, DIVERGING, (-limit, limit), "log₂ of the speedup")


def error_map(answer: xr.Dataset) -> Figure:
    """The relative error of the hull's area over the same networks."""
    value = answer.map_off.values
    top = float(np.nanmax(value)) if np.isfinite(value).any() else 1.0
    return _map(answer, value, SEQUENTIAL, (0.0, max(top, 1e-9)), "relative error of the area")


def _map(answer, values, cmap, clim, name):
    x, y = np.log10(answer.alpha_stop.values), np.log2(answer.anchor_stop.values)
    dx, dy = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
    surface = heatmap(x, y, values.astype(np.float32), cmap=cmap, clim=clim, colorbar=True, clabel=name)
    return figure(
        surface, xlim=(x[0] - dx, x[-1] + dx), ylim=(y[0] - dy, y[-1] + dy),
        xticks=[(float(at), f"{10**at:.3g}") for at in x], yticks=[(float(at), f"{2**at:.0f}") for at in y],
        xlabel="sharpness α", ylabel="anchors k", show_legend=False,
    )  # fmt: skip


def no_network(answer: xr.Dataset) -> str:
    """What to do where no network moved the points, and empty where one did."""
    if np.isfinite(answer.displaced_point.values).any():
        return ""
    return "No network is trained yet. Switch on the knob network; a bar tells how far it is."


def no_landscape(answer: xr.Dataset) -> str:
    """What to do where the landscape is not measured, and empty where it is."""
    if np.isfinite(answer.map_off.values).any():
        return ""
    return "Not measured yet: a network is trained for each cell. Switch on the knob landscape."


def unmapped_speed(answer: xr.Dataset) -> str:
    """As `unmapped`, and where it is measured and no cell is beyond the null."""
    if no_landscape(answer) or np.isfinite(answer.map_speedup.values).any():
        return no_landscape(answer)
    return "No speedup of any of these networks is beyond what two identical runs differ by."


def clock_table(answer: xr.Dataset) -> Table:
    """Every candidate's least time, speedup and errors, and below the published claims for the same work."""
    ran = np.isfinite(float(answer.null))
    rows = []
    for i, name in enumerate(answer.arm.values):
        if name:
            rows.append((
                Cell(str(name)), Cell("measured here" if ran else ""), _number(answer.milliseconds[i], " ms"),
                _speedup(answer, "speedup", i) if i else Cell(f"null {format_number(float(answer.null))}", 1.0)
                if ran else WAITING,
                Cell(f"{float(answer.differ[i]):.0f}", float(answer.differ[i])) if np.isfinite(answer.differ[i])
                else WAITING,
            ))  # fmt: skip
    for claim in LARGE:
        if claim.work == answer.attrs["work"]:
            source = f"{CLAIM}, Shihab et al. (2025), {claim.where}"
            rows.append((Cell(claim.what), Cell(source), Cell(claim.figure), Cell(""),
                         Cell("")))  # fmt: skip
    return Table(
        ("candidate", "source", "least time", "speedup, 96 % interval", "differ from the exact result"), tuple(rows),
        about="times and errors of the candidates beside Shihab et al.'s figures",
        notes=(f"{answer.attrs['samples']:,} points of {answer.attrs['data']}; the first row is the baseline and its "
               "copy, whose ratio no speedup may be mistaken for.", *(() if ran else (DASH.format("clock"),))),
    )  # fmt: skip


def network_table(answer: xr.Dataset) -> Table:
    """One table of Shihab et al. beside the measured displacement, work and error of each of its rows."""
    table, data, work = (answer.attrs[name] for name in ("table", "data", "work"))
    first, other = ALGORITHMS[work]
    rows = []
    for i, (name, row) in enumerate(TABLES[table].items()):
        before, after = (float(answer[f"{when}_entropy"][i]) for when in ("before", "after"))
        rows.append((
            Cell(name), Cell(f"{float(answer.printed[i]):.2f} ×", float(answer.printed[i])), Cell(row.error),
            _speedup(answer, "alone", i), _speedup(answer, "whole", i), _speedup(answer, "other", i),
            _number(answer.own_ms[i], " ms"),
            _share(answer.off[i]),
            _number(answer.away[i]), _number(answer.apart[i]),
            Cell(f"{100 * (1 - after / before):.0f} %", 1 - after / before) if np.isfinite(after) else Cell("", np.nan),
        ))  # fmt: skip
    if LEARNED in answer["row"].values:
        i = len(TABLES[table])
        rows.append((
            Cell(LEARNED), Cell(""), Cell("not in the seed"), Cell(""), _speedup(answer, "whole", i),
            _speedup(answer, "other", i), Cell("included"), _share(answer.off[i]), _number(answer.away[i]),
            _number(answer.apart[i]), Cell(""),
        ))  # fmt: skip
    heads = (
        "row", "seed: speedup", "seed: error", f"{first} alone", f"{first} and preparation", f"{other} alone",
        "preparation", "error of the answer", "Hausdorff", "Chamfer", "entropy falls by",
    )  # fmt: skip
    where = data if data in ON_OTHER_SETS and "tables 2" in table else "uniform points, about a thousand"
    return Table(
        heads, tuple(rows), about="one of Shihab et al.'s tables beside what is measured here",
        notes=(f"Published columns are claims: Shihab et al. (2025), {table}, {where}. "
               f"All others: {answer.attrs['samples']:,} "
               f"points of {data}, {work}, against {first} and {other} on the raw points.",
               *(() if np.isfinite(answer.off.values).any() else (DASH.format("network"),))),
    )  # fmt: skip


def _share(value) -> Cell:
    value = float(value)
    return Cell(f"{100 * value:.3g} %", value) if np.isfinite(value) else WAITING


def _number(value, unit="") -> Cell:
    value = float(value)
    return Cell(format_number(value, digits=3) + unit, value) if np.isfinite(value) else WAITING


def _speedup(answer, name, i) -> Cell:
    """The speedup and its interval, or that the null is not excluded."""
    value, low, high = (float(answer[f"{name}{end}"][i]) for end in ("", "_low", "_high"))
    if np.isnan(low):
        return WAITING
    if np.isnan(value):
        return Cell("not beyond the null", 1.0)
    ends = " to ".join(format_number(end, digits=3) for end in (low, high))
    return Cell(f"{format_number(value, digits=3)} × ({ends})", value)
