"""What leaves the app and comes back: data, figures, code and state."""

from __future__ import annotations

import json
from io import BytesIO, StringIO

import xarray as xr

from entropylab.app.spec import PageSpec
from entropylab.experiments.files import csv_text, write_netcdf
from entropylab.experiments.question import Question


def netcdf(answer: xr.Dataset) -> BytesIO:
    """The answer as a NetCDF file."""
    file = BytesIO()
    write_netcdf(answer, file)
    file.seek(0)
    return file


def csv(answer: xr.Dataset) -> StringIO:
    """The answer as CSV, one value a row."""
    return StringIO(csv_text(answer))


def code(page: PageSpec, question: Question) -> str:
    """Python that gives the numbers on the screen, valid in a notebook."""
    name = type(question).__name__
    return (
        "from entropylab import device\n"
        f"from entropylab.experiments import {name}, {page.experiment.name}\n\n"
        "device.configure()\n"
        f"answer = {page.experiment.name}({question!r})\n"
        "answer\n"
    )


def state(page: PageSpec, question: Question, units: str) -> StringIO:
    """The page's state as JSON that `read_state` takes back."""
    return StringIO(json.dumps({"page": page.name, "units": units, **question.write()}, indent=1))


def read_state(text: bytes) -> dict[str, str]:
    """The keys of a state file; raises ValueError if it is none."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or "page" not in found:
        raise ValueError("a state file is JSON with a page and its knobs, as this app saves it: got something else.")
    return {str(key): str(value) for key, value in found.items()}
