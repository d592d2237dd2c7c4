"""Export of data, code and state, and reading of a saved state."""

from __future__ import annotations

import json
from io import BytesIO, StringIO

import xarray as xr

from entropylab.studies.core.io import csv_text, write_netcdf
from entropylab.studies.core.page_spec import TabSpec
from entropylab.studies.core.question import Question
from entropylab.studies.core.training import Training


def netcdf(answer: xr.Dataset) -> BytesIO:
    """The answer as a NetCDF file."""
    file = BytesIO()
    write_netcdf(answer, file)
    file.seek(0)
    return file


def csv(answer: xr.Dataset) -> StringIO:
    """The answer as CSV, one value a row."""
    return StringIO(csv_text(answer))


def python_code(page: TabSpec, question: Question) -> str:
    """Python code that reproduces the numbers on the screen in a notebook."""
    return (
        "from entropylab import device\n"
        f"{_imports(type(question))}"
        "device.configure()\n"
        f'answer = EXPERIMENTS["{page.experiment.name}"]({question!r})\n'
        "answer\n"
    )


def _imports(question: type[Question]) -> str:
    first = f"from {question.__module__} import {question.__name__}\n"
    return first + "from entropylab.studies.registry import EXPERIMENTS\n\n"


def replay(training: Training, turns: list[tuple[int, Question]], step: int) -> str:
    """Python code of the same run up to `step`, with the same changes of live knobs."""
    changes = "".join(f"    ({at}, {question!r}),\n" for at, question in turns)
    return (
        "from entropylab import device\n"
        f"{_imports(training.question)}"
        "device.configure()\n"
        f'answer = EXPERIMENTS["{training.name}"].replay(\n{changes}    until={step},\n)\n'
        "answer\n"
    )


def state_json(parameters: dict[str, str], question: Question, units: str) -> StringIO:
    """State of a tab as JSON for `parse_state`; `parameters` identify the tab."""
    return StringIO(json.dumps({**parameters, "units": units, **question.write()}, indent=1))


def parse_state(text: bytes) -> dict[str, str]:
    """The keys of a state file. Raises ValueError if it is not a state file."""
    try:
        state = json.loads(text)
    except (ValueError, RecursionError):
        state = None
    if not isinstance(state, dict) or "page" not in state:
        raise ValueError("a state file is JSON with a page and its knobs, as this app saves it: got something else.")
    return {str(key): str(value) for key, value in state.items()}
