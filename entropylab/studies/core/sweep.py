"""Sweep: the answers to one question at several values of a knob, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from entropylab.studies.core.experiment import Experiment
from entropylab.studies.core.question import Question


def run_sweep(experiment: Experiment, question: Question, knob: str, values: Sequence) -> xr.Dataset:
    """The answers to `question` with `knob` at each of `values`, along the dimension `swept_<knob>`.

    (An answer may itself have a dimension called like the knob.) Where a dimension is not equally long in all
    answers, what the shorter lack is NaN.
    """
    name = f"swept_{knob}"
    declared = question.knobs()[knob]
    questions = [question.replace(**{knob: value}) for value in values]
    if len(set(questions)) < len(questions):
        raise ValueError(f"a sweep needs values that differ: got {knob} = {', '.join(map(str, values))}.")
    answers = [experiment(one) for one in questions]
    uneven = {dim for answer in answers for dim, n in answer.sizes.items() if n != answers[0].sizes.get(dim)}
    # Places are numbered where lengths differ, so that equal numbers meet.
    answers = [
        answer.assign_coords(
            {dim: np.arange(answer.sizes[dim]) for dim in uneven & set(answer.dims) - set(answer.coords)}
        )
        for answer in answers
    ]
    along = xr.DataArray(
        [_label(getattr(one, knob)) for one in questions], dims=name, name=name,
        attrs={"long_name": declared.label, "units": declared.unit or "1"},
    )  # fmt: skip
    found = xr.concat(
        answers,
        along,
        data_vars="all",
        coords="minimal",
        compat="override",
        join="outer",
        combine_attrs="drop_conflicts",
    )
    found.attrs.pop(knob, None)
    return found.assign_attrs(question=f"{question!r} at {knob} = {', '.join(map(str, values))}")


def _label(value):
    return ",".join(value) if isinstance(value, tuple) else value
