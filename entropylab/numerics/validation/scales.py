"""Powers of two taken out of arrays of extreme size, where squares, sums or differences would leave the float range.

A power of two changes no digit, so that scale laws hold to the last one. Arrays of ordinary size have the power 0.
"""

from __future__ import annotations

import numpy as np


def host_extreme_powers(x: np.ndarray, axis: int | None = None) -> np.ndarray:
    """Exponents p with |x| < 2^p of the largest entries along `axis`; 0 for ordinary ones, whose squares add up."""
    powers = np.frexp(np.abs(x).max(axis))[1]
    return np.where(np.abs(powers) > ordinary_exponent(x.dtype), powers, 0)


def ordinary_exponent(kind) -> int:
    """Numbers between 2^-p and 2^p have squares, and sums of squares, well inside the float range."""
    return 2 * np.finfo(kind).maxexp // 5


def smallest_scale(kind) -> float:
    """The deviation below which numbers that compiled code counts as 0, the subnormal ones, cost more than rounding."""
    return float(4 * np.finfo(kind).tiny / np.finfo(kind).eps)
