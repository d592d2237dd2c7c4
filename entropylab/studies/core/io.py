"""Answers as files: NetCDF keeps everything, CSV is one value a row, JSON is for other languages."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import xarray as xr

SUFFIXES = (".nc", ".csv", ".json")


def write_answer(answer: xr.Dataset, file: Path) -> None:
    """Write `answer` in the format that the suffix of `file` names: .nc, .csv or .json."""
    if file.suffix == ".nc":
        write_netcdf(answer, file)
    elif file.suffix == ".csv":
        file.write_text(csv_text(answer), encoding="utf-8", newline="")
    elif file.suffix == ".json":
        file.write_text(json_text(answer), encoding="utf-8")
    else:
        raise ValueError(
            f"an answer is written as {', '.join(SUFFIXES)}: got {file.name}; choose one of these endings."
        )


def write_netcdf(answer: xr.Dataset, target) -> None:
    """Write `answer` to a path or a binary file as NetCDF; as attributes it has no truth values and no sets."""
    told = {name: _attribute(value) for name, value in answer.attrs.items()}
    answer.assign_attrs(told).to_netcdf(target, engine="h5netcdf")


def csv_text(answer: xr.Dataset) -> str:
    """One row a value: variable, units, the place on every dimension (coordinate, else index), value.

    Floats are written with the digits that give the same float back.
    """
    dims = list(answer.sizes)
    text = StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["variable", "units", *dims, "value"])
    for name, variable in answer.reset_coords().data_vars.items():
        units = variable.attrs.get("units", "")
        places = {dim: answer[dim].values for dim in variable.dims}
        for index in np.ndindex(variable.shape):
            at = {dim: places[dim][i] for dim, i in zip(variable.dims, index, strict=True)}
            table.writerow([name, units, *(at.get(dim, "") for dim in dims), variable.values[index]])
    return text.getvalue()


def json_text(answer: xr.Dataset) -> str:
    """xarray's dictionary as JSON; NaN is null and infinity a text, because JSON has neither."""
    return json.dumps(_plain(answer.to_dict()), indent=1, allow_nan=False, ensure_ascii=False)


def scalars(answer: xr.Dataset) -> Iterator[tuple[str, xr.DataArray]]:
    """The variables that are single numbers, in order."""
    return ((name, variable) for name, variable in answer.data_vars.items() if not variable.dims)


def _attribute(value):
    if isinstance(value, bool):
        return int(value)
    return ",".join(value) if isinstance(value, tuple) else value


def _plain(value):
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value
