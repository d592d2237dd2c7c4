"""Checks of single numbers: real, finite, and of a size that the data's type of float holds."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from entropylab.numerics.validation import check
from entropylab.numerics.validation.containers import as_numpy

# How far from the ends of the type: small multiples of a number, and its square over a power of two, stay in range too.
LEAST, MOST = 2.0**32, 2.0**-3


def positive(name: str, value, kind, remedy: str) -> None:
    """Demand a number above 0 that a float of this `kind` holds without rounding it to 0 or to infinity."""
    check.require_positive(name, value, remedy)
    if not check.is_traced(value):
        _held(name, np.asarray(value, np.float64), kind, value)


def positives(name: str, values, kind, remedy: str) -> np.ndarray:
    """`values` as an array (m,) of such numbers."""
    try:
        array = as_numpy(name, values).astype(np.float64)
    except ValueError:
        array = np.empty(0)
    if array.ndim != 1 or not array.size or not np.isfinite(array).all() or not (array > 0).all():
        raise ValueError(f"{name} must be a list of numbers above 0: got {values!r}; {remedy}")
    _held(name, array, kind, values)
    return array.astype(kind)


def real(name: str, value, remedy: str, domain: str = "be a finite number", holds=np.isfinite) -> None:
    """Demand one finite real number of a `domain`, where `holds(value)`; what is traced has no value to look at."""
    if check.is_traced(value):
        return
    array = np.asarray(value)
    if array.ndim or array.dtype.kind not in "fiu" or not np.isfinite(array) or not holds(array):
        raise ValueError(f"{name} must {domain}: got {value!r}; {remedy}")


def _held(name, array, kind, value):
    limits = jnp.finfo(kind)
    low, high = LEAST * float(limits.tiny), MOST * float(limits.max)
    if not ((array >= low) & (array <= high)).all():
        wider = "" if limits.bits == 64 else ", or pass them in float64"
        raise ValueError(
            f"{name} must lie between {low:.0e} and {high:.0e} for data in {limits.dtype}: got {value!r}, which rounds "
            f"to 0 or overflows there; rescale the data{wider}."
        )
