"""Sixteen float64 lanes, or thirty-two of float32, as one numba value, and how it comes from memory and goes there.

LLVM unrolls loops of sixteen before it tries to vectorise them, and gives up on what is left. A value that
is a vector to begin with keeps its shape; LLVM splits it into whatever registers the processor has. The
neighbour kernels hold sixteen query points in the lanes of one value, which makes a pair of points about
eight times cheaper than in scalar code.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

F64_LANES = 16  # of float64; twice as many of float32
_INDEX, _WORD = ir.IntType(32), ir.IntType(64)


class SimdVector(types.Type):
    """The numba type of 128 bytes of float64 or float32 values, `item`."""

    def __init__(self, item):
        self.item = item
        self.count = F64_LANES * types.float64.bitwidth // item.bitwidth
        super().__init__(name=f"Lanes{self.count}x{item}")

    @property
    def vector(self):
        """The same for LLVM."""
        return ir.VectorType(ir.DoubleType() if self.item == types.float64 else ir.FloatType(), self.count)


LONG, SHORT = SimdVector(types.float64), SimdVector(types.float32)


@register_model(SimdVector)
class _SimdVectorModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, kind.vector)


def aligned_empty(count: int) -> np.ndarray:
    """Room for `count` float64 values from the start of a cache line on, so that no vector straddles two lines."""
    line = 64
    room = np.empty(count + line // 8)
    skipped = (-room.__array_interface__["data"][0] % line) // 8
    return room[skipped : skipped + count]


def _broadcast(builder, value, count):
    """LLVM's vector of `count` times the same value."""
    nothing = ir.Constant(ir.VectorType(value.type, count), ir.Undefined)
    first = builder.insert_element(nothing, value, ir.Constant(_INDEX, 0))
    return builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(_INDEX, count), [0] * count))


def bitcast_to_int(vector):
    """LLVM's vector of integers as wide as the floats of another, and the bits of such a float's fraction."""
    bits, fraction = (64, 52) if vector.element == ir.DoubleType() else (32, 23)
    return ir.VectorType(ir.IntType(bits), vector.count), fraction


def call_intrinsic(builder, name, result, arguments, suffix="", **flags):
    """LLVM's own function `name`, which has the kind of its last argument in it."""
    vector = arguments[-1].type
    name = f"llvm.{name}.v{vector.count}f{64 if vector.element == ir.DoubleType() else 32}{suffix}"
    kind = ir.FunctionType(result, [argument.type for argument in arguments])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), arguments, **flags)


def _element_pointer(builder, pointer, offset, vector):
    return builder.bitcast(builder.gep(pointer, [offset]), vector.as_pointer())


@intrinsic
def data_pointer(typing, array):
    """Where the first element of a contiguous array lies.

    An array argument is counted in and out by every function that takes it, two locked instructions each;
    an address is not. The array must outlive its use.
    """

    def code(context, builder, signature, values):
        return context.make_array(signature.args[0])(context, builder, values[0]).data

    return types.CPointer(array.dtype)(array), code


@intrinsic
def offset_pointer(typing, start, offset):
    """The address `offset` values after `start`."""

    def code(context, builder, signature, values):
        return builder.gep(values[0], [values[1]])

    return start(start, types.intp), code


@intrinsic
def load(typing, start, offset):
    """The values from `offset` on."""
    kind = SimdVector(start.dtype)

    def code(context, builder, signature, values):  # rows need not start at a cache line
        return builder.load(_element_pointer(builder, *values, kind.vector), align=kind.item.bitwidth // 8)

    return kind(start, types.intp), code


@intrinsic
def store(typing, start, offset, lanes):
    """Write lanes from `offset` on."""

    def code(context, builder, signature, values):
        place = _element_pointer(builder, *values[:2], lanes.vector)
        builder.store(values[2], place, align=lanes.item.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(start, types.intp, lanes), code


@intrinsic
def load_as_f64(typing, start, offset):
    """The sixteen values from `offset` on as float64, whichever float they are."""
    short = start.dtype == types.float32

    def code(context, builder, signature, values):
        kind = ir.VectorType(ir.FloatType() if short else ir.DoubleType(), F64_LANES)
        found = builder.load(_element_pointer(builder, *values, kind), align=4 if short else 8)
        return builder.fpext(found, LONG.vector) if short else found

    return LONG(start, types.intp), code


@intrinsic
def store_as_f32(typing, start, offset, lanes):
    """Write sixteen float64 values from `offset` on, rounded where floats are shorter there."""
    short = start.dtype == types.float32

    def code(context, builder, signature, values):
        kind = ir.VectorType(ir.FloatType() if short else ir.DoubleType(), F64_LANES)
        rounded = builder.fptrunc(values[2], kind) if short else values[2]
        builder.store(rounded, _element_pointer(builder, *values[:2], kind), align=4 if short else 8)
        return context.get_dummy_value()

    return types.void(start, types.intp, LONG), code


@intrinsic
def broadcast(typing, value):
    """One number in all lanes of float64."""

    def code(context, builder, signature, values):
        return _broadcast(builder, values[0], F64_LANES)

    return LONG(types.float64), code


@intrinsic
def broadcast_like(typing, lanes, value):
    """One number in as many lanes as another value has."""

    def code(context, builder, signature, values):
        item = lanes.vector.element
        number = values[1] if item == ir.DoubleType() else builder.fptrunc(values[1], item)
        return _broadcast(builder, number, lanes.count)

    return lanes(lanes, types.float64), code


@intrinsic
def load_broadcast(typing, start, offset):
    """The one value at `offset` in all lanes."""
    kind = SimdVector(start.dtype)

    def code(context, builder, signature, values):
        return _broadcast(builder, builder.load(builder.gep(values[0], [values[1]])), kind.count)

    return kind(start, types.intp), code


@intrinsic
def gather(typing, start, offsets):
    """The float64 values at sixteen offsets, themselves float64 whole numbers."""

    def code(context, builder, signature, values):
        whole = ir.VectorType(_WORD, F64_LANES)
        steps = builder.mul(builder.fptosi(values[1], whole), ir.Constant(whole, [8] * F64_LANES))
        first = _broadcast(builder, builder.ptrtoint(values[0], _WORD), F64_LANES)
        places = builder.inttoptr(builder.add(first, steps), ir.VectorType(values[0].type, F64_LANES))
        every = ir.Constant(ir.VectorType(ir.IntType(1), F64_LANES), [1] * F64_LANES)
        nothing = ir.Constant(LONG.vector, ir.Undefined)
        arguments = [places, ir.Constant(_INDEX, 8), every, nothing]
        return call_intrinsic(builder, "masked.gather", LONG.vector, arguments, suffix=f".v{F64_LANES}p0")

    return LONG(types.CPointer(types.float64), LONG), code
