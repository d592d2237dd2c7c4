"""The vector arithmetic that compiled kernels are written in, on sixteen float64 or thirty-two float32 lanes at once.

Comparisons with NaN are false: `lesser`, `greater` and `pick` then give their second choice. So `lesser(bound, x)`
keeps a NaN in x, and `lesser(x, bound)` hides it.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from entropylab.numerics.lanes_memory import (
    WIDTH,
    address,
    aligned,
    beyond,
    call,
    fetch,
    load,
    load_wide,
    splat,
    splat_like,
    spread,
    store,
    store_wide,
    whole_bits,
)

__all__ = [
    "WIDTH", "add", "add_square", "address", "aligned", "any_less", "apart", "beyond", "count_less", "exponent",
    "fetch", "fused", "greater", "highest", "lanes_sum", "less", "less_product", "lesser", "load", "load_wide",
    "mantissa", "multiply_add", "pick", "product", "quotient", "raised", "root", "splat", "splat_like", "spread",
    "store", "store_wide",
]  # fmt: skip


def _one(code):
    @intrinsic
    def operation(typing, a):
        return a(a), lambda context, builder, signature, values: code(builder, *values)

    return operation


def _two(code):
    @intrinsic
    def operation(typing, a, b):
        return a(a, b), lambda context, builder, signature, values: code(builder, *values)

    return operation


def _three(code):
    @intrinsic
    def operation(typing, a, b, c):
        return a(a, b, c), lambda context, builder, signature, values: code(builder, *values)

    return operation


def _rounded_once(builder, total, a, b):
    return call(builder, "fmuladd", a.type, [a, b, total])


def _chosen(builder, relation, a, b, then, otherwise):
    return builder.select(builder.fcmp_ordered(relation, a, b), then, otherwise)


def _magnitude(builder, a):
    return call(builder, "fabs", a.type, [a])


def _all(vector, value):
    return ir.Constant(vector, [value] * vector.count)


# a + b, a - b, a * b and a / b in every lane
add = _two(lambda builder, a, b: builder.fadd(a, b))
less = _two(lambda builder, a, b: builder.fsub(a, b))
product = _two(lambda builder, a, b: builder.fmul(a, b))
quotient = _two(lambda builder, a, b: builder.fdiv(a, b))
# |a - b|, the smaller and the greater of both, the square root
apart = _two(lambda builder, a, b: _magnitude(builder, builder.fsub(a, b)))
lesser = _two(lambda builder, a, b: _chosen(builder, "<", a, b, a, b))
greater = _two(lambda builder, a, b: _chosen(builder, ">", a, b, a, b))
root = _one(lambda builder, a: call(builder, "sqrt", a.type, [a]))
# total + a * b, rounded twice; total + a * b and total - a * b, rounded once where the processor can
multiply_add = _three(lambda builder, total, a, b: builder.fadd(total, builder.fmul(a, b)))
fused = _three(_rounded_once)
less_product = _three(lambda builder, total, a, b: _rounded_once(builder, total, builder.fneg(a), b))


@_three
def add_square(builder, total, a, b):
    """total + (a - b)**2 in every lane."""
    gap = builder.fsub(a, b)
    return builder.fadd(total, builder.fmul(gap, gap))


@_three
def count_less(builder, tally, a, b):
    """tally + 1 where a < b: a count held in floats, exact to 2**53."""
    return _chosen(builder, "<", a, b, builder.fadd(tally, _all(tally.type, 1.0)), tally)


@intrinsic
def pick(typing, a, b, if_less, if_not):
    """`if_less` where a < b, `if_not` elsewhere."""
    return a(a, a, a, a), lambda context, builder, signature, values: _chosen(builder, "<", *values)


@intrinsic
def any_less(typing, a, b):
    """True if a < b in at least one lane."""

    def code(context, builder, signature, values):
        bits = builder.bitcast(builder.fcmp_ordered("<", *values), ir.IntType(a.count))
        return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    return types.boolean(a, b), code


@intrinsic
def highest(typing, a):
    """The greatest of all lanes, none of them NaN."""

    def code(context, builder, signature, values):
        return call(builder, "vector.reduce.fmax", a.vector.element, values, fastmath=["nnan"])

    return a.item(a), code


@intrinsic
def lanes_sum(typing, a):
    """The sum of all lanes, in whatever order is fastest."""

    def code(context, builder, signature, values):
        item = a.vector.element
        return call(builder, "vector.reduce.fadd", item, [ir.Constant(item, -0.0), *values], fastmath=["reassoc"])

    return a.item(a), code


@_two
def raised(builder, a, rounded):
    """a times 2 to the whole number in the low bits of `rounded`."""
    whole, fraction = whole_bits(a.type)
    power = builder.shl(builder.bitcast(rounded, whole), _all(whole, fraction))
    return builder.bitcast(builder.add(builder.bitcast(a, whole), power), a.type)


@_one
def mantissa(builder, a):
    """The number in [1, 2) that a is a power of two times, for normal a above 0."""
    whole, fraction = whole_bits(a.type)
    kept = builder.and_(builder.bitcast(a, whole), _all(whole, (1 << fraction) - 1))
    one = builder.bitcast(_all(a.type, 1.0), whole)
    return builder.bitcast(builder.or_(kept, one), a.type)


@_one
def exponent(builder, a):
    """The exponent of that power, for normal a above 0."""
    whole, fraction = whole_bits(a.type)
    power = builder.lshr(builder.bitcast(a, whole), _all(whole, fraction))
    bias = (1 << (whole.element.width - fraction - 2)) - 1
    return builder.sitofp(builder.sub(power, _all(whole, bias)), a.type)
