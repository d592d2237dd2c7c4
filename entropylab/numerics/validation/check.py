"""Input checks: one clear error (expected, got, remedy) before any computing.

Checks of shape always run. Checks of values run on concrete arrays only: under jit, vmap and grad the
values are not there to be looked at.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import inspect
import math
import numbers
import sys
import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import ParamSpec, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from entropylab.numerics.validation.containers import as_numpy, as_real_array
from entropylab.numerics.validation.precision import float64

P = ParamSpec("P")
R = TypeVar("R")


class EstimateWarning(UserWarning):
    """The estimate was computed, and the message says what the data do to it."""


_QUIET = contextvars.ContextVar("quiet", default=False)
_HEARD: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("heard", default=None)


@contextlib.contextmanager
def suppress_warnings() -> Iterator[None]:
    """Without estimate warnings: for resampled or shuffled data, which say nothing about the caller's own.

    Holds for this thread only, as `warnings.catch_warnings` does not.
    """
    token = _QUIET.set(True)
    try:
        yield
    finally:
        _QUIET.reset(token)


@contextlib.contextmanager
def record_warnings() -> Iterator[list[str]]:
    """Collects estimate warnings in a list instead of issuing them: for whoever shows them beside the number.

    Holds for this thread only, as `warnings.catch_warnings` does not.
    """
    heard: list[str] = []
    token = _HEARD.set(heard)
    try:
        yield heard
    finally:
        _HEARD.reset(token)


def warn(message: str) -> None:
    """Tell the caller, at the caller's own line, what the data do to the number."""
    heard = _HEARD.get()
    if heard is not None:
        heard.append(message)
        return
    if _QUIET.get():
        return
    warnings.warn(message, EstimateWarning, stacklevel=_frames_to_caller())


def _frames_to_caller() -> int:
    """The `stacklevel`, seen from `warn`, of the first frame outside this package."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("entropylab."):
        frame, level = frame.f_back, level + 1
    return level


def is_traced(*values) -> bool:
    """True if any value is a JAX tracer, so that its numbers cannot be inspected."""
    return any(isinstance(value, jax.core.Tracer) for value in values)


def require_positive(name: str, value, remedy: str) -> None:
    """Demand a finite number above zero."""
    if is_traced(value):
        return
    array = np.asarray(value)
    if array.ndim or array.dtype.kind not in "fiu" or not np.isfinite(array) or not array > 0:
        raise ValueError(f"{name} must be a number above 0: got {value!r}; {remedy}")


def whole_number(name: str, value, minimum: int = 1, remedy: str = "pass an integer.") -> int:
    """`value` as an int of at least `minimum`: an integer, or a float without a fraction."""
    number = (
        value.item() if isinstance(value, np.generic) or type(value) is not int and _is_scalar_array(value) else value
    )
    real = isinstance(number, (int, float, Fraction, Decimal)) and not isinstance(number, bool)
    whole = real and (isinstance(number, int) or math.isfinite(number))
    if not whole or number != int(number) or number < minimum:
        demand = "a whole number" if minimum == -sys.maxsize else f"a whole number from {minimum} up"
        raise ValueError(f"{name} must be {demand}: got {value!r}; {remedy}")
    return int(number)


def number(name: str, value):
    """`value`, which must be one real number: a tracer, NaN and infinity too, but no text, bool or list of one."""
    array = type(value) is np.ndarray or isinstance(value, jax.Array)
    real = array and value.ndim == 0 and (value.dtype.kind in "iuf" or jnp.issubdtype(value.dtype, jnp.floating))
    if not real and (isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real)):
        raise ValueError(f"{name} must be a number: got {value!r}; pass a float.")
    if isinstance(value, int) and abs(value) > sys.float_info.max:
        raise ValueError(
            f"{name} must be a number that a float can hold: got an integer of {value.bit_length()} bits; pass less."
        )
    return value if array else float(value) if not isinstance(value, (int, float)) else value


def flag(name: str, value) -> bool:
    """`value` as a bool: True or False, and nothing that merely counts as one of them."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False: got {value!r}; pass one of them.")
    return bool(value)


def check_knob_types(function: Callable[P, R]) -> Callable[P, R]:
    """`function`, whose keyword arguments must have the type of their defaults: whole number, number, True or False.

    A `seed` may be a NumPy Generator too: a whole number is drawn from it.
    """
    converters = {bool: flag, int: _integer, float: number}
    defaults = {name: p.default for name, p in inspect.signature(function).parameters.items()}
    known = {name: converters[type(default)] for name, default in defaults.items() if type(default) in converters}

    @functools.wraps(function)
    def call(*arguments, **knobs):
        for name, value in knobs.items():
            if name == "seed":
                value = knobs[name] = draw_seed(value)
            if name in known and type(value) is not type(defaults[name]):
                knobs[name] = known[name](f"{name} of {function.__name__}", value)
        return function(*arguments, **knobs)

    return call


def draw_seed(seed):
    """A whole number from a NumPy Generator; any other seed as it is."""
    return int(seed.integers(2**31)) if isinstance(seed, np.random.Generator) else seed


def _integer(name, value):
    return value if is_traced(value) else whole_number(name, value, -sys.maxsize)


def _is_scalar_array(value) -> bool:
    return (type(value) is np.ndarray or isinstance(value, jax.Array)) and value.ndim == 0 and not is_traced(value)


def as_float(x, name: str = "the array") -> jax.Array:
    """`x` as a JAX array of floats of at least 32 bits, from any container of numbers.

    Floats keep their type, float64 also where JAX's default is float32; other numbers become float64, JAX's own
    integers the float of JAX's default.
    """
    x = as_real_array(name, x)
    if isinstance(x, jax.Array):
        return x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(jnp.result_type(float))
    # jnp.asarray would compile a copy for every new shape; device_put may share memory, so it gets a copy of its own
    if x.dtype == np.float32:
        return jax.device_put(x.copy())
    with float64():
        return jax.device_put(np.array(x, np.float64))


def require_finite(name: str, x) -> None:
    """Demand that every entry is a finite number."""
    if is_traced(x):
        return
    x = np.asarray(x)
    if x.size and x.dtype.kind == "f" and np.isfinite(x.min()) and np.isfinite(x.max()):
        return  # a minimum tells of NaN too, and takes a third of the time of looking at every entry
    bad = ~np.isfinite(x)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(
            f"{name} must hold finite numbers: got {int(bad.sum())} NaN or infinite entries, the first at "
            f"{where}; remove or repair those rows."
        )


def _shaped(name: str, x, minimum: int):
    if x.ndim == 1:
        x = x[:, None]
    if x.ndim != 2:
        raise ValueError(
            f"{name} must have shape (n,) or (n, d), samples first: got shape {x.shape}; reshape it to (n, d)."
        )
    if x.shape[0] < minimum:
        raise ValueError(f"{name} needs at least {minimum} samples: got {x.shape[0]}; add samples.")
    if x.shape[1] == 0:
        raise ValueError(f"{name} needs at least one column: got shape {x.shape}.")
    require_finite(name, x)
    return x


def as_samples(name: str, x, minimum: int = 2) -> jax.Array:
    """`x` as a float JAX array of shape (n, d); `(n,)` becomes `(n, 1)`."""
    return as_float(_shaped(name, as_real_array(name, x), minimum), name)  # checked before somebody's jit traces it


def as_numpy_samples(name: str, x, minimum: int = 2) -> np.ndarray:
    """`x` as a float64 NumPy array of shape (n, d), C-contiguous; `(n,)` becomes `(n, 1)`."""
    # not ascontiguousarray, which makes a sample of one number
    return _shaped(name, np.asarray(as_numpy(name, x), dtype=np.float64, order="C"), minimum)


def require_same_length(**arrays) -> None:
    """Demand that the named arrays have as many samples each."""
    lengths = {name: len(x) for name, x in arrays.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise ValueError(f"samples must be paired: {told}; pass arrays of one length.")


def require_neighbour_count(name: str, k: int, n: int) -> int:
    """`k` as an int with 1 <= k < n."""
    k = whole_number(f"k, the number of neighbours of {name},", k, 1, "3 is usual.")
    if k >= n:
        raise ValueError(f"{name} needs more samples than neighbours: got {n} samples and k={k}; lower k.")
    return k
