"""2^-q in all lanes at once, as arithmetic alone."""

from __future__ import annotations

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.exp2_scalar import COEFFICIENTS, FAST_COEFFICIENTS, MAX_EXPONENT, ROUNDING_SHIFT
from entropylab.kernels.simd.ops import add, broadcast_like, fma, minimum, scale_by_power_of_two, sub


def make_exp2_neg(powers: tuple[float, ...], rounding: float, deepest: float | None):
    """2^-q from the polynomial `powers` of its fraction; 2^-`deepest` stands for every smaller number, if any may come.

    Adding `rounding` leaves the nearest integer in the low bits of a float.
    """
    last = len(powers) - 1

    @njit(cache=True, nogil=True)
    def to_minus(q):
        if deepest is not None:
            q = minimum(broadcast_like(q, deepest), q)  # in this order NaN stays NaN
        nearest = broadcast_like(q, rounding)
        rounded = sub(nearest, q)
        fraction = add(q, sub(rounded, nearest))
        value = broadcast_like(q, powers[last])
        for k in range(last - 1, -1, -1):
            value = fma(broadcast_like(q, powers[k]), value, fraction)
        return scale_by_power_of_two(value, rounded)

    return to_minus


# For q above -1000, never below 2^-1000: relative errors below 1e-15 and 2e-12; and the latter for q below 1000 too.
exp2_neg_v = make_exp2_neg(COEFFICIENTS, ROUNDING_SHIFT, MAX_EXPONENT)
exp2_neg_v_fast = make_exp2_neg(FAST_COEFFICIENTS, ROUNDING_SHIFT, MAX_EXPONENT)
exp2_neg_v_unclamped = make_exp2_neg(FAST_COEFFICIENTS, ROUNDING_SHIFT, None)
