"""Cases of the fuzz: a text that sets data up, the call to try, and the demand on what comes back.

Everything is text, so that a finding can be printed whole and run by itself.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import re
import warnings
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Literal

import fuzz_twins
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr
from fuzz_tensor import Tensor

import entropylab as lab
from entropylab.numerics.validation.check import EstimateWarning
from entropylab.problems.files.points import read_drawings, read_points

PRELUDE = dict(
    np=np,
    pd=pd,
    xr=xr,
    jax=jax,
    jnp=jnp,
    lab=lab,
    math=math,
    Decimal=Decimal,
    Fraction=Fraction,
    Tensor=Tensor,
    twins=fuzz_twins,
    read_points=read_points,
    read_drawings=read_drawings,
)

Demand = Literal[
    "equal",
    "equal or refused",
    "refused",
    "nan",
    "number or refused",
    "number or said",
    "equal or one error",
    "equal or said",
    "equal, refused or said",
    "refused or said",
    "anything",
    "anything or one error",
]


def room_of(function) -> str:
    """The package in which a function stands: whose code a finding is about."""
    return function.__module__.removeprefix("entropylab.").rpartition(".")[0]


@dataclass(frozen=True)
class Case:
    """One call, and what must come back: a number equal to `expected` within `tolerance`, or one clear error."""

    axis: str
    subject: str
    room: str
    setup: str
    call: str
    demand: Demand
    expected: str = ""
    tolerance: float = 1e-9
    names: tuple[str, ...] = ()  # an error must hold one of them

    @property
    def snippet(self) -> str:
        """What to run after `from fuzz_cases import PRELUDE; globals().update(PRELUDE)`."""
        return f"{self.setup}; {self.call}"


@dataclass(frozen=True)
class Outcome:
    """What a call gave: a value, or an error with the file that raised it; and the warnings that are not ours."""

    value: object = None
    error: BaseException | None = None
    own: bool = False
    warned: bool = False
    foreign: tuple[str, ...] = ()


@contextlib.contextmanager
def _whole_traces():
    """JAX leaves its own frames out of an error's trace, and with them who raised it."""
    before = jax.config.jax_traceback_filtering
    jax.config.update("jax_traceback_filtering", "off")
    try:
        yield
    finally:
        jax.config.update("jax_traceback_filtering", before)


def outcome_of(setup: str, text: str) -> Outcome:
    """Run a text after its set-up."""
    names = dict(PRELUDE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(setup, names)
    with warnings.catch_warnings(record=True) as caught, _whole_traces():
        warnings.simplefilter("always")
        value, error, own = None, None, False
        try:
            value = numbers(eval(text, names))
        except Exception as problem:  # noqa: BLE001 - every kind is looked at
            error, own = problem, _from_the_library(problem)
    foreign = tuple(
        f"{w.category.__name__}: {w.message}" for w in caught if not issubclass(w.category, EstimateWarning)
    )
    return Outcome(value, error, own, len(foreign) < len(caught), foreign)


def numbers(value) -> np.ndarray:
    """Every number in a result, one after the other, as float64; texts by their code points."""
    if isinstance(value, str):
        return np.array([float(ord(c)) for c in value])
    if isinstance(value, xr.Dataset):
        return numbers([value[name].values for name in value.data_vars if value[name].dtype.kind in "fiub"])
    if dataclasses.is_dataclass(value):
        return numbers([getattr(value, field.name) for field in dataclasses.fields(value)])
    if isinstance(value, dict):
        return numbers(list(value.values()))
    if isinstance(value, (tuple, list)):
        return np.concatenate([numbers(part) for part in value]) if len(value) else np.empty(0)
    return np.asarray(value, dtype=np.float64).ravel()


def _from_the_library(error: BaseException) -> bool:
    """The library raised it itself: one ValueError from its own line."""
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    return "/entropylab/" in trace.tb_frame.f_code.co_filename


@cache
def _reference(setup: str, text: str) -> Outcome:
    return outcome_of(setup, text)


def fault(case: Case) -> str | None:
    """What is wrong with the answer to a case; None where nothing is."""
    found = outcome_of(case.setup, case.call)
    wrong = _fault(case, found)
    if wrong is None and found.foreign:
        return f"foreign warning, {found.foreign[0]}"
    return wrong


def _fault(case: Case, found: Outcome) -> str | None:
    expected = _reference(case.setup, case.expected) if case.expected else Outcome()
    if found.error is not None:
        kinds = (ValueError, TypeError) if "one error" in case.demand else (ValueError,)
        message = " ".join(str(found.error).split())
        if "one error" in case.demand and "custom_vjp" in message:
            return None  # JAX says which way to differentiate
        if type(found.error) not in kinds or not found.own:
            return f"raw {type(found.error).__name__}: {message[:160]}"
        if (
            expected.error is None
            and case.names
            and not re.search(rf"\b({'|'.join(map(re.escape, case.names))})\b", message)
        ):
            return f"the error names none of {', '.join(case.names)}: {message[:160]}"
        if case.demand in ("equal", "equal or said", "nan") and expected.error is None:
            return f"refused: {message[:160]}"
        return None
    if case.demand == "refused or said" and found.warned:
        return None
    if case.demand.startswith("refused") or expected.error is not None:
        return f"accepted: gave {_short(found.value)}"
    if case.demand == "nan":
        return None if np.isnan(found.value).any() else f"no NaN: gave {_short(found.value)}"
    if case.demand.startswith("anything"):
        return None
    if case.demand == "number or said" and found.warned:
        return None
    if case.demand.startswith("number or"):
        return None if np.isfinite(found.value).all() else f"gave {_short(found.value)} without an error"
    if case.demand in ("equal or said", "equal, refused or said") and found.warned:
        return None
    return _difference(found.value, expected.value, case.tolerance)


def _difference(found, expected, tolerance) -> str | None:
    if found.shape != expected.shape:
        return f"gave {found.size} numbers, expected {expected.size}"
    with np.errstate(invalid="ignore"):
        off = np.where((found == expected) | (np.isnan(found) & np.isnan(expected)), 0.0, np.abs(found - expected))
    allowed = tolerance * np.maximum(1.0, np.abs(expected))
    if off.size and not (off <= allowed).all():
        return f"gave {_short(found)}, expected {_short(expected)}"
    return None


def _short(value) -> str:
    with np.printoptions(threshold=6, edgeitems=3, precision=12):
        return str(value[0] if value.size == 1 else value).replace("\n", "")
