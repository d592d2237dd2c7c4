"""2^-q in sixteen lanes at once, as arithmetic alone, and the fused multiply-add it is made of."""

from __future__ import annotations

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from entropylab.numerics.compiled_exp import DEEPEST, LONG_POWERS, ROUND, SHORT_POWERS
from entropylab.numerics.lanes import LANES, WIDTH, add, lesser, splat

_VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)
_WHOLE = ir.VectorType(ir.IntType(64), WIDTH)


@intrinsic
def fused(typing, total, a, b):
    """total + a * b in every lane, rounded once where the processor can."""

    def code(context, builder, signature, values):
        kind = ir.FunctionType(_VECTOR, (_VECTOR,) * 3)
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fmuladd.v{WIDTH}f64")
        return builder.call(function, [values[1], values[2], values[0]])

    return LANES(LANES, LANES, LANES), code


@intrinsic
def less(typing, a, b):
    """a - b in every lane."""

    def code(context, builder, signature, values):
        return builder.fsub(*values)

    return LANES(LANES, LANES), code


@intrinsic
def raised(typing, a, rounded):
    """a times 2 to the whole number in the low bits of `rounded`."""

    def code(context, builder, signature, values):
        bits, power = (builder.bitcast(value, _WHOLE) for value in values)
        power = builder.shl(power, ir.Constant(_WHOLE, [52] * WIDTH))
        return builder.bitcast(builder.add(bits, power), _VECTOR)

    return LANES(LANES, LANES), code


@intrinsic
def lanes_sum(typing, a):
    """The sum of the sixteen values, in whatever order is fastest."""

    def code(context, builder, signature, values):
        kind = ir.FunctionType(ir.DoubleType(), (ir.DoubleType(), _VECTOR))
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.vector.reduce.fadd.v{WIDTH}f64")
        return builder.call(function, [ir.Constant(ir.DoubleType(), -0.0), values[0]], fastmath=["reassoc"])

    return types.float64(LANES), code


@njit(cache=True, nogil=True)
def lanes_to_minus(q):
    """2^-q for q above -1000, relative error below 1e-15; never below 2^-1000."""
    q = lesser(q, splat(DEEPEST))
    rounded = less(splat(ROUND), q)
    g = add(q, less(rounded, splat(ROUND)))
    value = splat(LONG_POWERS[12])
    for k in range(11, -1, -1):
        value = fused(splat(LONG_POWERS[k]), value, g)
    return raised(value, rounded)


@njit(cache=True, nogil=True)
def lanes_to_minus_nearly(q):
    """The same, relative error below 2e-12."""
    q = lesser(q, splat(DEEPEST))
    rounded = less(splat(ROUND), q)
    g = add(q, less(rounded, splat(ROUND)))
    value = splat(SHORT_POWERS[8])
    for k in range(7, -1, -1):
        value = fused(splat(SHORT_POWERS[k]), value, g)
    return raised(value, rounded)
