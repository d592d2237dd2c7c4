"""The vector arithmetic that compiled kernels are written in, on sixteen float64 or thirty-two float32 lanes at once.

Comparisons with NaN are false: `lesser`, `greater` and `pick` then give their second choice. So `lesser(bound, x)`
keeps a NaN in x, and `lesser(x, bound)` hides it.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from entropylab.kernels.simd.memory import (
    F64_LANES,
    aligned_empty,
    bitcast_to_int,
    broadcast,
    broadcast_like,
    call_intrinsic,
    data_pointer,
    gather,
    load,
    load_as_f64,
    load_broadcast,
    offset_pointer,
    store,
    store_as_f32,
)

__all__ = [
    "F64_LANES",
    "add",
    "add_squared_diff",
    "data_pointer",
    "aligned_empty",
    "any_lt",
    "abs_diff",
    "offset_pointer",
    "count_lt",
    "exponent",
    "gather",
    "fma",
    "maximum",
    "reduce_max",
    "reduce_add",
    "sub",
    "fnma",
    "minimum",
    "load",
    "load_as_f64",
    "mantissa",
    "mul_add_unfused",
    "select_lt",
    "mul",
    "div",
    "scale_by_power_of_two",
    "sqrt",
    "broadcast",
    "broadcast_like",
    "load_broadcast",
    "store",
    "store_as_f32",
]


def _unary(code):
    @intrinsic
    def operation(typing, a):
        return a(a), lambda context, builder, signature, values: code(builder, *values)

    return operation


def _binary(code):
    @intrinsic
    def operation(typing, a, b):
        return a(a, b), lambda context, builder, signature, values: code(builder, *values)

    return operation


def _ternary(code):
    @intrinsic
    def operation(typing, a, b, c):
        return a(a, b, c), lambda context, builder, signature, values: code(builder, *values)

    return operation


def _fmuladd(builder, total, a, b):
    return call_intrinsic(builder, "fmuladd", a.type, [a, b, total])


def _select(builder, relation, a, b, then, otherwise):
    return builder.select(builder.fcmp_ordered(relation, a, b), then, otherwise)


def _fabs(builder, a):
    return call_intrinsic(builder, "fabs", a.type, [a])


def _constant(vector, value):
    return ir.Constant(vector, [value] * vector.count)


# a + b, a - b, a * b and a / b in every lane
add = _binary(lambda builder, a, b: builder.fadd(a, b))
sub = _binary(lambda builder, a, b: builder.fsub(a, b))
mul = _binary(lambda builder, a, b: builder.fmul(a, b))
div = _binary(lambda builder, a, b: builder.fdiv(a, b))
# |a - b|, the smaller and the greater of both, the square root
abs_diff = _binary(lambda builder, a, b: _fabs(builder, builder.fsub(a, b)))
minimum = _binary(lambda builder, a, b: _select(builder, "<", a, b, a, b))
maximum = _binary(lambda builder, a, b: _select(builder, ">", a, b, a, b))
sqrt = _unary(lambda builder, a: call_intrinsic(builder, "sqrt", a.type, [a]))
# total + a * b, rounded twice; total + a * b and total - a * b, rounded once where the processor can
mul_add_unfused = _ternary(lambda builder, total, a, b: builder.fadd(total, builder.fmul(a, b)))
fma = _ternary(_fmuladd)
fnma = _ternary(lambda builder, total, a, b: _fmuladd(builder, total, builder.fneg(a), b))


@_ternary
def add_squared_diff(builder, total, a, b):
    """total + (a - b)**2 in every lane."""
    gap = builder.fsub(a, b)
    return builder.fadd(total, builder.fmul(gap, gap))


@_ternary
def count_lt(builder, tally, a, b):
    """tally + 1 where a < b: a count held in floats, exact to 2**53."""
    return _select(builder, "<", a, b, builder.fadd(tally, _constant(tally.type, 1.0)), tally)


@intrinsic
def select_lt(typing, a, b, if_less, if_not):
    """`if_less` where a < b, `if_not` elsewhere."""
    return a(a, a, a, a), lambda context, builder, signature, values: _select(builder, "<", *values)


@intrinsic
def any_lt(typing, a, b):
    """True if a < b in at least one lane."""

    def code(context, builder, signature, values):
        bits = builder.bitcast(builder.fcmp_ordered("<", *values), ir.IntType(a.count))
        return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    return types.boolean(a, b), code


@intrinsic
def reduce_max(typing, a):
    """The greatest of all lanes, none of them NaN."""

    def code(context, builder, signature, values):
        return call_intrinsic(builder, "vector.reduce.fmax", a.vector.element, values, fastmath=["nnan"])

    return a.item(a), code


@intrinsic
def reduce_add(typing, a):
    """The sum of all lanes, in whatever order is fastest."""

    def code(context, builder, signature, values):
        item = a.vector.element
        return call_intrinsic(
            builder, "vector.reduce.fadd", item, [ir.Constant(item, -0.0), *values], fastmath=["reassoc"]
        )

    return a.item(a), code


@_binary
def scale_by_power_of_two(builder, a, rounded):
    """a times 2 to the whole number in the low bits of `rounded`."""
    whole, fraction = bitcast_to_int(a.type)
    power = builder.shl(builder.bitcast(rounded, whole), _constant(whole, fraction))
    return builder.bitcast(builder.add(builder.bitcast(a, whole), power), a.type)


@_unary
def mantissa(builder, a):
    """The number in [1, 2) that a is a power of two times, for normal a above 0."""
    whole, fraction = bitcast_to_int(a.type)
    kept = builder.and_(builder.bitcast(a, whole), _constant(whole, (1 << fraction) - 1))
    one = builder.bitcast(_constant(a.type, 1.0), whole)
    return builder.bitcast(builder.or_(kept, one), a.type)


@_unary
def exponent(builder, a):
    """The exponent of that power, for normal a above 0."""
    whole, fraction = bitcast_to_int(a.type)
    power = builder.lshr(builder.bitcast(a, whole), _constant(whole, fraction))
    bias = (1 << (whole.element.width - fraction - 2)) - 1
    return builder.sitofp(builder.sub(power, _constant(whole, bias)), a.type)
