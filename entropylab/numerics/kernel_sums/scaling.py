"""Exact powers of two that bring data to where their squares stay in the floating-point range.

Only data near its ends are touched: everything else keeps its last digit. `library` is NumPy for concrete data,
jax.numpy under tracing.
"""

from __future__ import annotations

import math

import numpy as np
from jax import lax

LEAST, GREATEST = 2.0**-256, 2.0**256  # sizes of float64 data whose spreads, and the squares of these, are safe

OFFSET = 2.0**20  # size over range, from which on draws from a kernel could be rounded to the grid of the data


def ends(x) -> tuple[list[float], list[float]]:
    """The least and the greatest entry of each column of `x`; a column at a time is faster than along an axis."""
    return [float(np.minimum.reduce(column)) for column in x.T], [float(np.maximum.reduce(column)) for column in x.T]


def extreme_exponent(low: float, high: float) -> int:
    """The exponent of the larger end of data, or 0 where no square can over- or underflow.

    The larger end bounds the spread: what varies at all varies by its last digit or more.
    """
    size = max(-low, high)
    return 0 if LEAST <= size <= GREATEST else math.frexp(size)[1]


def extreme_exponents(lows, highs) -> list[int]:
    """`extreme_exponent` of each column."""
    return [extreme_exponent(low, high) for low, high in zip(lows, highs, strict=True)]


def extreme_exponents_traced(x, library):
    """`extreme_exponents` under tracing, in the type of `x`."""
    exponents = library.frexp(library.abs(lax.stop_gradient(x)).max(0))[1]
    return library.where(library.abs(exponents) > library.finfo(x.dtype).maxexp // 4, exponents, 0)


def without_offset(x):
    """`x` less the least entry of each column whose size is above OFFSET of its range, where that is exact."""
    lows, highs = ends(x)
    shifts = [low if max(-low, high) / OFFSET > high - low else 0.0 for low, high in zip(lows, highs, strict=True)]
    return x - np.array(shifts) if any(shifts) else x


def divided(x, exponents):
    """Concrete `x` over 2^exponents, exactly but for what then leaves the range."""
    with np.errstate(over="ignore"):
        return np.ldexp(x, -np.asarray(exponents))


def divided_traced(x, exponents, library):
    """`divided` under tracing; 2^-exponent itself may lie outside the range, its halves do not."""
    half = exponents // 2
    one = library.ones_like(exponents, dtype=x.dtype)
    return x * library.ldexp(one, -half) * library.ldexp(one, half - exponents)
