"""2^-q in compiled loops, as arithmetic alone, so that it runs in vector registers.

Reassociation would undo the rounding by a large constant; these functions forbid it, whatever their callers allow.
"""

from __future__ import annotations

import math

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.polynomial import Chebyshev, Polynomial

from entropylab.kernels.compilation import njit

ROUNDING_SHIFT = 1.5 * 2.0**52  # adding it leaves the nearest integer in the low bits of a float64
MAX_EXPONENT = 1000.0  # 2^-1000 stands for every smaller number: float64 ends at 2^-1022


def _chebyshev_coefficients(degree: int) -> tuple[float, ...]:
    """2^-g on [-1/2, 1/2] as a polynomial in g, lowest power first."""
    series = Chebyshev.interpolate(lambda g: 2.0**-g, degree, domain=[-0.5, 0.5])
    return tuple(float(c) for c in series.convert(kind=Polynomial).coef)


FAST_COEFFICIENTS = _chebyshev_coefficients(8)
COEFFICIENTS = tuple((-math.log(2)) ** k / math.factorial(k) for k in range(13))  # Taylor leaves 2e-16


@intrinsic
def _bitcast_to_int(typing, value):
    """The bits of a float64 as an int64."""

    def code(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), code


@intrinsic
def _bitcast_to_float(typing, value):
    """The float64 with these bits."""

    def code(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), code


@njit(cache=True, nogil=True, fastmath={"contract", "nnan", "nsz"})
def exp2_neg_fast(q):
    """2^-q for q >= 0, relative error below 2e-12; never below 2^-1000."""
    q = min(q, MAX_EXPONENT)
    rounded = ROUNDING_SHIFT - q
    g = q + (rounded - ROUNDING_SHIFT)
    value = FAST_COEFFICIENTS[8]
    for k in range(7, -1, -1):
        value = value * g + FAST_COEFFICIENTS[k]
    return _bitcast_to_float(_bitcast_to_int(value) + (_bitcast_to_int(rounded) << 52))


@njit(cache=True, nogil=True, fastmath={"contract", "nnan", "nsz"})
def exp2_neg(q):
    """2^-q for q >= 0, relative error below 1e-15; never below 2^-1000."""
    q = min(q, MAX_EXPONENT)
    rounded = ROUNDING_SHIFT - q
    g = q + (rounded - ROUNDING_SHIFT)
    value = COEFFICIENTS[12]
    for k in range(11, -1, -1):
        value = value * g + COEFFICIENTS[k]
    return _bitcast_to_float(_bitcast_to_int(value) + (_bitcast_to_int(rounded) << 52))
