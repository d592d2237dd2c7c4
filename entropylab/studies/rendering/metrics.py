"""Numbers as a screen shows them: as many digits as the error allows, with the interval and its origin."""

from __future__ import annotations

import math
from dataclasses import dataclass

import xarray as xr


@dataclass(frozen=True)
class Metric:
    """One number of an answer: its variable, the variable of its standard error, and what it says.

    `absent` is shown instead where the value does not apply (NaN).
    """

    name: str
    variable: str
    about: str
    error: str | None = None
    color: str | None = None
    absent: str = "does not apply"


def format_number(value: float, error: float | None = None, digits: int = 4) -> str:
    """`value` rounded to two digits of its 95 % half-width, or to `digits` significant ones; never "-0" or "nan"."""
    if math.isnan(value):
        return "–"
    if error is not None and math.isfinite(error) and error > 0:
        half = 1.96 * error
        if half < 1e-6 * abs(value):  # all digits shown are certain
            return f"{format_number(value, digits=digits)} ± {half:.0e}"
        if half < 5e-7:
            return f"{value:.1e} ± {half:.0e}" if value else f"0 ± {half:.0e}"
        places = max(0, 1 - math.floor(math.log10(half)))
        return f"{_plain(round(value, places)):.{places}f} ± {half:.{places}f}"
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{_plain(float(f'{value:.{digits}g}')):g}"
    return f"{value:.{digits}g}"


def format_metric(reading: Metric, answer: xr.Dataset) -> str:
    """The reading's text: value, 95 % interval where it has one or that it is unknown, and unit."""
    value = float(answer[reading.variable])
    if math.isnan(value):
        return reading.absent
    error = float(answer[reading.error]) if reading.error else None
    units = answer[reading.variable].attrs.get("units", "1")
    unknown = error is not None and math.isnan(error)
    text = typeset(format_number(value, error, digits=2 if unknown else 4)) + ("" if units == "1" else f" {units}")
    return f"{text}, interval unknown" if unknown else text


def typeset(number: str) -> str:
    """A written number with a minus sign for a hyphen: screen readers leave hyphens out."""
    return number.replace("-", "−")


def _plain(value: float) -> float:
    return value + 0.0 if value else 0.0
