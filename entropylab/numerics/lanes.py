"""Sixteen float64 lanes as one numba value: the vector arithmetic that the neighbour kernels are written in.

LLVM unrolls loops of sixteen before it tries to vectorise them, and gives up on what is left. A value that
is a vector to begin with keeps its shape; LLVM splits it into whatever registers the processor has. The
neighbour kernels hold sixteen query points in the lanes of one value, which makes a pair of points about
eight times cheaper than in scalar code.

Comparisons with NaN are false: `lesser`, `greater` and `pick` then give their second choice.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

WIDTH = 16
_FLOATS = types.CPointer(types.float64)
_VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)
_WHOLE = ir.VectorType(ir.IntType(64), WIDTH)
_SUFFIX = f"v{WIDTH}f64"


class Lanes(types.Type):
    """The numba type of sixteen float64 values."""

    def __init__(self):
        super().__init__(name=f"Lanes{WIDTH}")


LANES = Lanes()


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, _VECTOR)


def aligned(count: int) -> np.ndarray:
    """Room for `count` float64 values from the start of a cache line on, so that no vector straddles two lines."""
    line = 64
    room = np.empty(count + line // 8)
    skipped = (-room.ctypes.data % line) // 8
    return room[skipped : skipped + count]


def _place(builder, pointer, offset):
    return builder.bitcast(builder.gep(pointer, [offset]), _VECTOR.as_pointer())


def _function(builder, name, result, *arguments):
    return cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, arguments), name)


@intrinsic
def address(typing, array):
    """Where the first element of a contiguous array lies.

    An array argument is counted in and out by every function that takes it, two locked instructions each;
    an address is not. The array must outlive its use.
    """

    def code(context, builder, signature, values):
        return context.make_array(signature.args[0])(context, builder, values[0]).data

    return types.CPointer(array.dtype)(array), code


@intrinsic
def load(typing, start, offset):
    """The sixteen float64 values from `offset` on."""

    def code(context, builder, signature, values):
        return builder.load(_place(builder, *values), align=8)  # rows need not start at a cache line

    return LANES(_FLOATS, types.intp), code


@intrinsic
def store(typing, start, offset, lanes):
    """Write sixteen float64 values from `offset` on."""

    def code(context, builder, signature, values):
        builder.store(values[2], _place(builder, values[0], values[1]), align=8)
        return context.get_dummy_value()

    return types.void(_FLOATS, types.intp, LANES), code


def _splat(builder, value):
    nothing = ir.Constant(ir.VectorType(value.type, WIDTH), ir.Undefined)
    index = ir.IntType(32)
    first = builder.insert_element(nothing, value, ir.Constant(index, 0))
    return builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(index, WIDTH), [0] * WIDTH))


@intrinsic
def splat(typing, value):
    """One number in all lanes."""

    def code(context, builder, signature, values):
        return _splat(builder, values[0])

    return LANES(types.float64), code


@intrinsic
def spread(typing, start, offset):
    """The one float64 value at `offset` in all lanes."""

    def code(context, builder, signature, values):
        return _splat(builder, builder.load(builder.gep(values[0], [values[1]])))

    return LANES(_FLOATS, types.intp), code


@intrinsic
def fetch(typing, start, offsets):
    """The float64 values at sixteen offsets, themselves float64 whole numbers."""

    def code(context, builder, signature, values):
        steps = builder.mul(builder.fptosi(values[1], _WHOLE), ir.Constant(_WHOLE, [8] * WIDTH))
        first = _splat(builder, builder.ptrtoint(values[0], ir.IntType(64)))
        places = builder.inttoptr(builder.add(first, steps), ir.VectorType(values[0].type, WIDTH))
        every = ir.Constant(ir.VectorType(ir.IntType(1), WIDTH), [1] * WIDTH)
        align = ir.Constant(ir.IntType(32), 8)
        nothing = ir.Constant(_VECTOR, ir.Undefined)
        name = f"llvm.masked.gather.{_SUFFIX}.v{WIDTH}p0"
        gather = _function(builder, name, _VECTOR, places.type, align.type, every.type, _VECTOR)
        return builder.call(gather, [places, align, every, nothing])

    return LANES(_FLOATS, LANES), code


@intrinsic
def add(typing, a, b):
    """a + b in every lane."""

    def code(context, builder, signature, values):
        return builder.fadd(*values)

    return LANES(LANES, LANES), code


@intrinsic
def multiply_add(typing, total, a, b):
    """total + a * b in every lane."""

    def code(context, builder, signature, values):
        return builder.fadd(values[0], builder.fmul(values[1], values[2]))

    return LANES(LANES, LANES, LANES), code


@intrinsic
def less_product(typing, total, a, b):
    """total - a * b in every lane, rounded once where the processor can."""

    def code(context, builder, signature, values):
        fused = _function(builder, f"llvm.fmuladd.{_SUFFIX}", _VECTOR, _VECTOR, _VECTOR, _VECTOR)
        return builder.call(fused, [builder.fneg(values[1]), values[2], values[0]])

    return LANES(LANES, LANES, LANES), code


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


_FRACTION_BITS, _BIAS = 52, 1023  # of a float64


@intrinsic
def mantissa(typing, a):
    """The number in [1, 2) that a is a power of two times, for normal a above 0."""

    def code(context, builder, signature, values):
        bits = builder.bitcast(values[0], _WHOLE)
        fraction = builder.and_(bits, ir.Constant(_WHOLE, [(1 << _FRACTION_BITS) - 1] * WIDTH))
        whole = builder.or_(fraction, ir.Constant(_WHOLE, [_BIAS << _FRACTION_BITS] * WIDTH))
        return builder.bitcast(whole, _VECTOR)

    return LANES(LANES), code


@intrinsic
def exponent(typing, a):
    """The exponent of that power, for normal a above 0."""

    def code(context, builder, signature, values):
        bits = builder.bitcast(values[0], _WHOLE)
        raised = builder.lshr(bits, ir.Constant(_WHOLE, [_FRACTION_BITS] * WIDTH))
        return builder.sitofp(builder.sub(raised, ir.Constant(_WHOLE, [_BIAS] * WIDTH)), _VECTOR)

    return LANES(LANES), code


@intrinsic
def apart(typing, a, b):
    """|a - b| in every lane."""

    def code(context, builder, signature, values):
        magnitude = _function(builder, f"llvm.fabs.{_SUFFIX}", _VECTOR, _VECTOR)
        return builder.call(magnitude, [builder.fsub(values[0], values[1])])

    return LANES(LANES, LANES), code


@intrinsic
def add_square(typing, total, a, b):
    """total + (a - b)**2 in every lane."""

    def code(context, builder, signature, values):
        gap = builder.fsub(values[1], values[2])
        return builder.fadd(values[0], builder.fmul(gap, gap))

    return LANES(LANES, LANES, LANES), code


@intrinsic
def lesser(typing, a, b):
    """The smaller of a and b in every lane."""

    def code(context, builder, signature, values):
        return builder.select(builder.fcmp_ordered("<", *values), *values)

    return LANES(LANES, LANES), code


@intrinsic
def greater(typing, a, b):
    """The greater of a and b in every lane."""

    def code(context, builder, signature, values):
        return builder.select(builder.fcmp_ordered(">", *values), *values)

    return LANES(LANES, LANES), code


@intrinsic
def pick(typing, a, b, if_less, if_not):
    """`if_less` where a < b, `if_not` elsewhere."""

    def code(context, builder, signature, values):
        return builder.select(builder.fcmp_ordered("<", values[0], values[1]), values[2], values[3])

    return LANES(LANES, LANES, LANES, LANES), code


@intrinsic
def count_less(typing, tally, a, b):
    """tally + 1 where a < b: a count held in floats, exact to 2**53."""

    def code(context, builder, signature, values):
        more = builder.fadd(values[0], ir.Constant(_VECTOR, [1.0] * WIDTH))
        return builder.select(builder.fcmp_ordered("<", values[1], values[2]), more, values[0])

    return LANES(LANES, LANES, LANES), code


@intrinsic
def any_less(typing, a, b):
    """True if a < b in at least one lane."""

    def code(context, builder, signature, values):
        bits = builder.bitcast(builder.fcmp_ordered("<", *values), ir.IntType(WIDTH))
        return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    return types.boolean(LANES, LANES), code


@intrinsic
def highest(typing, a):
    """The greatest of the sixteen values, none of them NaN."""

    def code(context, builder, signature, values):
        reduce = _function(builder, f"llvm.vector.reduce.fmax.{_SUFFIX}", ir.DoubleType(), _VECTOR)
        return builder.call(reduce, values, fastmath=["nnan"])

    return types.float64(LANES), code
