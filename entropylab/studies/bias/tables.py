"""The table of the bias experiment."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

from entropylab.studies.bias.methods import ALL
from entropylab.studies.core.table import Cell, Table
from entropylab.studies.rendering.metrics import format_number, typeset
from entropylab.studies.rendering.style import SERIES

HEADS = ("estimator", "bias", "standard deviation", "RMSE, 95 % interval", "best in", "mean estimate", "warned")
CLOSE = 0.05  # an estimator that is best in this share of the resampled seeds is not ruled out


def comparison(answer: xr.Dataset) -> Table:
    """Bias, spread and error of every estimator compared, the least error first; those not ruled out are marked."""
    names = [ALL[i] for i in np.flatnonzero(answer.is_compared.values)]
    names.sort(key=lambda name: _at(answer.rmse, name, np.inf))
    notes = json.loads(answer.estimate.attrs.get("notes", "{}"))
    rows = tuple(_row(answer, name, notes.get(name, "")) for name in names)
    marked = frozenset(i for i, name in enumerate(names) if _at(answer.best, name, 0.0) >= CLOSE)
    units = answer.rmse.attrs["units"]
    heads = tuple(f"{h} [{units}]" if i in (1, 2, 3, 5) else h for i, h in enumerate(HEADS))
    said = tuple(f"{name}, {notes[name]}" for name in names if name in notes)
    return Table(heads, rows, marked, "bias, spread and error of the estimators compared", said)


def _row(answer, name, note):
    told = ("mean", "bias", "error_of_bias", "deviation", "error_of_deviation", "rmse", "best")
    at = {key: _at(answer[key], name) for key in told}
    interval = f"{format_number(_at(answer.rmse_low, name), digits=2)} to "
    interval += format_number(_at(answer.rmse_high, name), digits=2)
    missing = np.isnan(at["rmse"])
    star = "★ " if at["best"] >= 0.5 else ""
    return (
        Cell(star + name, None, SERIES[name]),
        Cell("–" if missing else typeset(format_number(at["bias"], at["error_of_bias"])), at["bias"]),
        Cell("–" if missing else format_number(at["deviation"], at["error_of_deviation"]), at["deviation"]),
        Cell("–" if missing else f"{format_number(at['rmse'], digits=3)} ({interval})", at["rmse"]),
        Cell("–" if np.isnan(at["best"]) else f"{100 * at['best']:.0f} % of seeds", at["best"]),
        Cell("–" if missing else typeset(format_number(at["mean"], at["error_of_bias"])), at["mean"]),
        Cell(note.split(":")[0] if note else "–"),
    )


def _at(variable, name, absent=np.nan):
    value = float(variable.values[ALL.index(name)])
    return absent if np.isnan(value) else value
