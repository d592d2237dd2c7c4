"""Thirty-two float32 lanes as one numba value, for kernels of products: see `lanes` for why."""

from __future__ import annotations

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model
from numpy.polynomial import Chebyshev, Polynomial

WIDTH = 32
ROUND = 1.5 * 2.0**23  # adding it leaves the nearest integer in the low bits of a float32
_SERIES = Chebyshev.interpolate(lambda g: 2.0**-g, 5, domain=[-0.5, 0.5])
DEEPEST = 126.0  # 2^-126 stands for every smaller number
# 2^-g on [-1/2, 1/2], lowest power first: Chebyshev interpolation leaves 1e-7, Taylor would need two terms more
POWERS = tuple(float(c) for c in _SERIES.convert(kind=Polynomial).coef)
_FLOATS = types.CPointer(types.float32)
_VECTOR = ir.VectorType(ir.FloatType(), WIDTH)
_WHOLE = ir.VectorType(ir.IntType(32), WIDTH)
_SUFFIX = f"v{WIDTH}f32"


class ShortLanes(types.Type):
    """The numba type of thirty-two float32 values."""

    def __init__(self):
        super().__init__(name=f"ShortLanes{WIDTH}")


LANES = ShortLanes()


@register_model(ShortLanes)
class _ShortLanesModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, _VECTOR)


def _place(builder, pointer, offset):
    return builder.bitcast(builder.gep(pointer, [offset]), _VECTOR.as_pointer())


def _call(builder, name, result, arguments, **flags):
    kind = ir.FunctionType(result, [argument.type for argument in arguments])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), arguments, **flags)


@intrinsic
def load(typing, start, offset):
    """The values from `offset` on."""

    def code(context, builder, signature, values):
        return builder.load(_place(builder, *values), align=4)

    return LANES(_FLOATS, types.intp), code


@intrinsic
def store(typing, start, offset, lanes):
    """Write the values from `offset` on."""

    def code(context, builder, signature, values):
        builder.store(values[2], _place(builder, values[0], values[1]), align=4)
        return context.get_dummy_value()

    return types.void(_FLOATS, types.intp, LANES), code


@intrinsic
def beyond(typing, start, offset):
    """The address `offset` values after `start`."""

    def code(context, builder, signature, values):
        return builder.gep(values[0], [values[1]])

    return _FLOATS(_FLOATS, types.intp), code


def _splat(builder, value):
    nothing = ir.Constant(_VECTOR, ir.Undefined)
    index = ir.IntType(32)
    first = builder.insert_element(nothing, value, ir.Constant(index, 0))
    return builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(index, WIDTH), [0] * WIDTH))


@intrinsic
def splat(typing, value):
    """One number in all lanes, rounded to float32."""

    def code(context, builder, signature, values):
        return _splat(builder, builder.fptrunc(values[0], ir.FloatType()))

    return LANES(types.float64), code


@intrinsic
def spread(typing, start, offset):
    """The one value at `offset` in all lanes."""

    def code(context, builder, signature, values):
        return _splat(builder, builder.load(builder.gep(values[0], [values[1]])))

    return LANES(_FLOATS, types.intp), code


@intrinsic
def add(typing, a, b):
    """a + b in every lane."""

    def code(context, builder, signature, values):
        return builder.fadd(*values)

    return LANES(LANES, LANES), code


@intrinsic
def less(typing, a, b):
    """a - b in every lane."""

    def code(context, builder, signature, values):
        return builder.fsub(*values)

    return LANES(LANES, LANES), code


@intrinsic
def product(typing, a, b):
    """a * b in every lane."""

    def code(context, builder, signature, values):
        return builder.fmul(*values)

    return LANES(LANES, LANES), code


@intrinsic
def quotient(typing, a, b):
    """a / b in every lane."""

    def code(context, builder, signature, values):
        return builder.fdiv(*values)

    return LANES(LANES, LANES), code


@intrinsic
def fused(typing, total, a, b):
    """total + a * b in every lane, rounded once where the processor can."""

    def code(context, builder, signature, values):
        return _call(builder, f"llvm.fmuladd.{_SUFFIX}", _VECTOR, [values[1], values[2], values[0]])

    return LANES(LANES, LANES, LANES), code


@intrinsic
def lesser(typing, a, b):
    """The smaller of a and b in every lane; b where one is NaN."""

    def code(context, builder, signature, values):
        return builder.select(builder.fcmp_ordered("<", *values), *values)

    return LANES(LANES, LANES), code


@intrinsic
def greater(typing, a, b):
    """The greater of a and b in every lane; b where one is NaN."""

    def code(context, builder, signature, values):
        return builder.select(builder.fcmp_ordered(">", *values), *values)

    return LANES(LANES, LANES), code


@intrinsic
def pick(typing, a, b, then, otherwise):
    """`then` in the lanes where a > b, else `otherwise`."""

    def code(context, builder, signature, values):
        return builder.select(builder.fcmp_ordered(">", *values[:2]), *values[2:])

    return LANES(LANES, LANES, LANES, LANES), code


@intrinsic
def root(typing, a):
    """The square root in every lane."""

    def code(context, builder, signature, values):
        return _call(builder, f"llvm.sqrt.{_SUFFIX}", _VECTOR, [values[0]])

    return LANES(LANES), code


@intrinsic
def total(typing, a):
    """The sum of all lanes."""

    def code(context, builder, signature, values):
        start = ir.Constant(ir.FloatType(), -0.0)
        name = f"llvm.vector.reduce.fadd.{_SUFFIX}"
        return _call(builder, name, ir.FloatType(), [start, values[0]], fastmath=["reassoc"])

    return types.float32(LANES), code


@intrinsic
def highest(typing, a):
    """The greatest of the values, none of them NaN."""

    def code(context, builder, signature, values):
        name = f"llvm.vector.reduce.fmax.{_SUFFIX}"
        return _call(builder, name, ir.FloatType(), [values[0]], fastmath=["nnan"])

    return types.float32(LANES), code


@intrinsic
def _raised(typing, a, rounded):
    """a times 2 to the whole number in the low bits of `rounded`."""

    def code(context, builder, signature, values):
        bits, power = (builder.bitcast(value, _WHOLE) for value in values)
        power = builder.shl(power, ir.Constant(_WHOLE, [23] * WIDTH))
        return builder.bitcast(builder.add(bits, power), _VECTOR)

    return LANES(LANES, LANES), code


@njit(cache=True, nogil=True)
def to_minus(q):
    """2^-q for q above -126, relative error below 3e-7; never below 2^-126."""
    q = lesser(q, splat(DEEPEST))
    rounded = less(splat(ROUND), q)
    g = add(q, less(rounded, splat(ROUND)))
    value = splat(POWERS[5])
    for k in range(4, -1, -1):
        value = fused(splat(POWERS[k]), value, g)
    return _raised(value, rounded)
