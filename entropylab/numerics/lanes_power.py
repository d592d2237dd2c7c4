"""2^-q in all lanes at once, as arithmetic alone."""

from __future__ import annotations

from numba import njit

from entropylab.numerics.compiled_exp import DEEPEST, LONG_POWERS, ROUND, SHORT_POWERS
from entropylab.numerics.lanes import add, fused, less, lesser, raised, splat_like


def negative_power(powers: tuple[float, ...], rounding: float, deepest: float | None):
    """2^-q from the polynomial `powers` of its fraction; 2^-`deepest` stands for every smaller number, if any may come.

    Adding `rounding` leaves the nearest integer in the low bits of a float.
    """
    last = len(powers) - 1

    @njit(cache=True, nogil=True)
    def to_minus(q):
        if deepest is not None:
            q = lesser(splat_like(q, deepest), q)  # in this order NaN stays NaN
        nearest = splat_like(q, rounding)
        rounded = less(nearest, q)
        fraction = add(q, less(rounded, nearest))
        value = splat_like(q, powers[last])
        for k in range(last - 1, -1, -1):
            value = fused(splat_like(q, powers[k]), value, fraction)
        return raised(value, rounded)

    return to_minus


# For q above -1000, never below 2^-1000: relative errors below 1e-15 and 2e-12; and the latter for q below 1000 too.
lanes_to_minus = negative_power(LONG_POWERS, ROUND, DEEPEST)
lanes_to_minus_nearly = negative_power(SHORT_POWERS, ROUND, DEEPEST)
lanes_to_minus_bounded = negative_power(SHORT_POWERS, ROUND, None)
