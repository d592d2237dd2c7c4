"""What public functions do where JAX traces them, and where its default type is narrower than the data."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import jax
import numpy as np

from entropylab import device
from entropylab.numerics.validation import check
from entropylab.numerics.validation.precision import float64

P = ParamSpec("P")
R = TypeVar("R")
_FLOAT32_TRACE = (
    "JAX traces in float32 here, its default type: float64 data were rounded to seven digits before any function saw "
    "them, which spoils data with an offset that is large against their spread and makes distinct values equal. Call "
    'entropylab.device.configure("float64") before the first computation, or configure("float32") if this is meant.'
)
_has_warned = False


def keep_float64(function: Callable[P, R]) -> Callable[P, R]:
    """`function`, computed in float64 for float64 data also where the default type of JAX is float32.

    Data under a trace already have JAX's type: the first such call of a process brings an EstimateWarning, unless
    `device.configure` was called.
    """

    @functools.wraps(function)
    def call(*arguments, **knobs):
        if jax.config.jax_enable_x64:
            return _differentiated_in_reverse(function, arguments, knobs)
        leaves = [*arguments, *knobs.values()]
        if _holds_tracer(leaves):
            _warn_of_float32_trace()
        elif any(map(_is_float64, leaves)):
            with float64():
                return function(*arguments, **knobs)
        return _differentiated_in_reverse(function, arguments, knobs)

    return call


def _differentiated_in_reverse(function, arguments, knobs):
    """The call, with an error of its own where JAX asks a function with a gradient in reverse mode for another one."""
    try:
        return function(*arguments, **knobs)
    except TypeError as error:
        if "custom_vjp" not in str(error):
            raise
        name = function.__name__
        raise ValueError(
            f"{name} must be differentiated in reverse mode: got forward mode (jvp or jacfwd); use jax.grad, and "
            f"for a Hessian times a vector jax.jvp of jax.grad of {name}."
        ) from error


def refuse_tracers(function: Callable[P, R]) -> Callable[P, R]:
    """`function`, which NumPy computes, with one error for data under jit, grad or vmap."""

    @functools.wraps(function)
    def call(*arguments, **knobs):
        if _holds_tracer([*arguments, *knobs.values()]):
            name = function.__name__
            raise ValueError(
                f"{name} must be given numbers: got a JAX tracer, and {name} is computed by NumPy, so it has no jit, "
                "vmap or gradient; call it outside of them, or choose an estimator whose card says kind traced."
            )
        return function(*arguments, **knobs)

    return call


def return_float(function: Callable[P, R]) -> Callable[P, R]:
    """`function`, whose scalar is a Python float for data that are no JAX arrays, so that json and pandas take it."""

    @functools.wraps(function)
    def call(*arguments, **knobs):
        result = function(*arguments, **knobs)
        if not isinstance(result, (jax.Array, np.floating)) or result.ndim or isinstance(result, jax.core.Tracer):
            return result
        given = [*arguments, *knobs.values()]
        given += [x for value in given if type(value) in (list, tuple) for x in value[:100]]
        is_of_jax = isinstance(result, jax.Array) and any(isinstance(x, jax.Array) for x in given)
        return result if is_of_jax else float(result)

    return call


def _holds_tracer(values) -> bool:
    return any(isinstance(x, jax.core.Tracer) for value in values for x in _arrays_of(value))


def _arrays_of(value) -> list:
    """A value itself, the first entries of a sequence, or the arrays of a mixture."""
    if isinstance(value, (list, tuple)):
        return list(value[:100])
    return jax.tree.leaves(value) if hasattr(value, "spreads") else [value]


def _is_float64(value) -> bool:
    """True for data in a type wider than float32; a knob, which is a scalar or a word, says nothing."""
    if value is None or callable(value) or isinstance(value, (str, bool, int, float, np.generic)):
        return False
    return any(_width(x) == 64 for x in _arrays_of(value))


def _width(x) -> int:
    """Bits of a float that holds `x`: what is no array of narrow floats is taken as float64 by NumPy."""
    kind = str(getattr(x, "dtype", "float64")).removeprefix("torch.")
    narrow = kind in ("float32", "float16", "bfloat16") or (isinstance(x, jax.Array) and kind != "float64")
    return 32 if narrow else 64


def _warn_of_float32_trace():
    global _has_warned
    if not _has_warned and not device.is_configured():
        _has_warned = True
        check.warn(_FLOAT32_TRACE)
