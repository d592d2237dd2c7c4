"""Thirty-two float32 lanes as one numba value, for kernels of products: the arithmetic of `lanes`, and what differs."""

from __future__ import annotations

from numba import types
from numba.extending import intrinsic
from numpy.polynomial import Chebyshev, Polynomial

from entropylab.kernels.simd.exp2 import make_exp2_neg
from entropylab.kernels.simd.memory import SHORT, _broadcast
from entropylab.kernels.simd.ops import (
    add,
    div,
    fma,
    load,
    load_broadcast,
    maximum,
    minimum,
    mul,
    offset_pointer,
    reduce_max,
    select_lt,
    sqrt,
    store,
    sub,
)
from entropylab.kernels.simd.ops import reduce_add as total

__all__ = [
    "MAX_EXPONENT",
    "EXP2_COEFFICIENTS",
    "F32_LANES",
    "add",
    "offset_pointer",
    "fma",
    "maximum",
    "reduce_max",
    "sub",
    "minimum",
    "load",
    "select_lt",
    "mul",
    "div",
    "sqrt",
    "broadcast",
    "load_broadcast",
    "store",
    "exp2_neg",
    "total",
]

F32_LANES = SHORT.count
ROUNDING_SHIFT = 1.5 * 2.0**23  # adding it leaves the nearest integer in the low bits of a float32
_SERIES = Chebyshev.interpolate(lambda g: 2.0**-g, 5, domain=[-0.5, 0.5])
MAX_EXPONENT = 126.0  # 2^-126 stands for every smaller number
# 2^-g on [-1/2, 1/2], lowest power first: Chebyshev interpolation leaves 1e-7, Taylor would need two terms more
EXP2_COEFFICIENTS = tuple(float(c) for c in _SERIES.convert(kind=Polynomial).coef)
exp2_neg = make_exp2_neg(EXP2_COEFFICIENTS, ROUNDING_SHIFT, MAX_EXPONENT)  # for q above -126, relative error below 3e-7


@intrinsic
def broadcast(typing, value):
    """One number in all lanes, rounded to float32."""

    def code(context, builder, signature, values):
        return _broadcast(builder, builder.fptrunc(values[0], SHORT.vector.element), F32_LANES)

    return SHORT(types.float64), code
