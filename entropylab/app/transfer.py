"""What leaves the app and comes back: data, figures, code and state."""

from __future__ import annotations

import json
from io import BytesIO, StringIO

import xarray as xr

from entropylab.app.spec import Sheet
from entropylab.experiments.files import csv_text, write_netcdf
from entropylab.experiments.question import Question
from entropylab.experiments.training import Training


def netcdf(answer: xr.Dataset) -> BytesIO:
    """The answer as a NetCDF file."""
    file = BytesIO()
    write_netcdf(answer, file)
    file.seek(0)
    return file


def csv(answer: xr.Dataset) -> StringIO:
    """The answer as CSV, one value a row."""
    return StringIO(csv_text(answer))


def code(page: Sheet, question: Question) -> str:
    """Python that gives the numbers on the screen, valid in a notebook."""
    name = type(question).__name__
    return (
        "from entropylab import device\n"
        f"from entropylab.experiments import {name}, {page.experiment.name}\n\n"
        "device.configure()\n"
        f"answer = {page.experiment.name}({question!r})\n"
        "answer\n"
    )


def replay(training: Training, turns: list[tuple[int, Question]], step: int) -> str:
    """Python that walks the same run, turning the same live knobs at the same steps, up to `step`."""
    name = training.question.__name__
    told = "".join(f"    ({at}, {question!r}),\n" for at, question in turns)
    return (
        "from entropylab import device\n"
        f"from entropylab.experiments import {name}, {training.name}\n\n"
        "device.configure()\n"
        f"answer = {training.name}.replay(\n{told}    until={step},\n)\n"
        "answer\n"
    )


def state(place: dict[str, str], question: Question, units: str) -> StringIO:
    """The state of the tab at `place` as JSON that `read_state` takes back."""
    return StringIO(json.dumps({**place, "units": units, **question.write()}, indent=1))


def read_state(text: bytes) -> dict[str, str]:
    """The keys of a state file; raises ValueError if it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or "page" not in found:
        raise ValueError("a state file is JSON with a page and its knobs, as this app saves it: got something else.")
    return {str(key): str(value) for key, value in found.items()}
