"""Nats or bits: the one place where a unit changes."""

from __future__ import annotations

import math

import xarray as xr

UNITS = ("nats", "bits")


def in_units(answer: xr.Dataset, units: str) -> xr.Dataset:
    """`answer` with every variable that is in nats expressed in `units`."""
    if units == "nats":
        return answer
    if units not in UNITS:
        raise ValueError(f"units must be nats or bits: got {units!r}.")
    changed = {
        name: (variable / math.log(2)).assign_attrs(variable.attrs, units=units)
        for name, variable in answer.data_vars.items()
        if variable.attrs.get("units") == "nats"
    }
    return answer.assign(changed)
