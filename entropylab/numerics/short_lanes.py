"""Thirty-two float32 lanes as one numba value, for kernels of products: the arithmetic of `lanes`, and what differs."""

from __future__ import annotations

from numba import types
from numba.extending import intrinsic
from numpy.polynomial import Chebyshev, Polynomial

from entropylab.numerics.lanes import (
    add,
    beyond,
    fused,
    greater,
    highest,
    less,
    lesser,
    load,
    pick,
    product,
    quotient,
    root,
    spread,
    store,
)
from entropylab.numerics.lanes import lanes_sum as total
from entropylab.numerics.lanes_memory import SHORT, splatted
from entropylab.numerics.lanes_power import negative_power

__all__ = [
    "DEEPEST", "POWERS", "WIDTH", "add", "beyond", "fused", "greater", "highest", "less", "lesser", "load", "pick",
    "product", "quotient", "root", "splat", "spread", "store", "to_minus", "total",
]  # fmt: skip

WIDTH = SHORT.count
ROUND = 1.5 * 2.0**23  # adding it leaves the nearest integer in the low bits of a float32
_SERIES = Chebyshev.interpolate(lambda g: 2.0**-g, 5, domain=[-0.5, 0.5])
DEEPEST = 126.0  # 2^-126 stands for every smaller number
# 2^-g on [-1/2, 1/2], lowest power first: Chebyshev interpolation leaves 1e-7, Taylor would need two terms more
POWERS = tuple(float(c) for c in _SERIES.convert(kind=Polynomial).coef)
to_minus = negative_power(POWERS, ROUND, DEEPEST)  # for q above -126, relative error below 3e-7


@intrinsic
def splat(typing, value):
    """One number in all lanes, rounded to float32."""

    def code(context, builder, signature, values):
        return splatted(builder, builder.fptrunc(values[0], SHORT.vector.element), WIDTH)

    return SHORT(types.float64), code
