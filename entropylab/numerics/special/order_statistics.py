"""The order statistics that estimators from spacings take: checked, and of a size whose differences are exact."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from entropylab.numerics.validation import check
from entropylab.numerics.validation.scales import ordinary_exponent, smallest_scale

LOG_2 = math.log(2)


def ordered(name: str, x, window: int | None):
    """The sorted sample (n,) over a power of two, the window m, and the exponent: None where nothing was taken out."""
    x = check.as_samples("x", x, minimum=3)
    n, d = x.shape
    if d != 1:
        raise ValueError(
            f"{name} takes one-dimensional samples: got {d} columns; use kozachenko_leonenko or kde, or one column."
        )
    m = _window(name, window, n)
    if check.is_traced(x):
        x, power = _compiled_unit(jnp.sort(x[:, 0]))
        return x, m, power
    x = np.sort(np.asarray(x)[:, 0])  # NumPy's sort is tens of times faster than XLA's on a CPU
    _check_ties(name, x, m)
    x, power = _host_unit(name, x, m)
    return jnp.asarray(x), m, power


def in_unit(value, power):
    """`value`, a logarithm of lengths over 2^power, in the unit of the data."""
    return value if power is None else value + LOG_2 * power


def _window(name, window, n) -> int:
    m = math.floor(math.sqrt(n) + 0.5) if window is None else window
    remedy = f"{name} takes 1 <= window < n / 2, here n = {n}: pass a smaller window, or add samples."
    m = check.whole_number("window", m, 1, remedy)
    if 2 * m >= n:
        raise ValueError(f"window must be below half the number of samples: got {m} for n={n}; {remedy}")
    return m


def _host_unit(name, x, m):
    """Sorted `x` over a power of two where a multiple of a spacing could leave the normal numbers of its type."""
    kind = x.dtype.type
    small, large = _limits(x.dtype)
    size = max(-x[0], x[-1])
    first, last = (0, 0) if x[0] >= small or x[-1] <= -small else x.searchsorted(np.array([-small, small], kind))
    if size <= large and not x[first:last].any():
        return x, None
    power = int(np.frexp(size)[1]) - int(np.frexp(large)[1])
    with np.errstate(under="ignore"):
        x = np.ldexp(x, -power)
    info = np.finfo(kind)
    if _shortest(name, x, m) < (info.tiny / info.eps if power > 0 else info.tiny):  # raised numbers keep all digits
        raise ValueError(
            f"{name} needs spacings that {x.dtype} holds beside the largest value: got values near {size:.3g} and some "
            "so small that their spacings would be 0; remove either."
        )
    return x, power


def has_narrow_windows(x, m) -> bool:
    """True where squares of the shortest spacings of concrete sorted `x`, over its range, leave the float range."""
    if check.is_traced(x):
        return False
    x = np.asarray(x)
    return bool(_shortest("correa", x, m) < 2.0 ** -ordinary_exponent(x.dtype) * (x[-1] - x[0]))


@jax.jit
def _compiled_unit(x):
    """Sorted `x` over a power of two where it is large; NaN where subnormal numbers, here 0, would be missed."""
    _, large = _limits(x.dtype)
    size = lax.stop_gradient(jnp.maximum(-x[0], x[-1]))
    power = jnp.where(size > large, jnp.frexp(size)[1] - int(np.frexp(large)[1]), 0)
    unit = jnp.ldexp(jnp.ones((), x.dtype), -power)
    return x * jnp.where(size < smallest_scale(x.dtype), jnp.nan, unit), power.astype(x.dtype)


def _limits(kind) -> tuple[float, float]:
    """Numbers above the first differ by normal numbers; sums and multiples of those below the second are finite."""
    info = np.finfo(kind)
    return float(info.tiny / info.eps**2), 2.0 ** (3 * info.maxexp // 4)


def _shortest(name, x, m):
    """The shortest spacing used: m apart for van_es and at the ends of the others, 2 m apart inside."""
    ends = (x[m:] - x[:-m]).min() if name == "van_es" else min(x[m] - x[0], x[-1] - x[-1 - m])
    return min(ends, (x[2 * m :] - x[: -2 * m]).min())


def _check_ties(name, x, m):
    tied = x[1:] == x[:-1]
    if not tied.any():
        return
    pairs = len(x) ** 2 * float(np.finfo(x.dtype).smallest_subnormal)
    if 0 < x[-1] - x[0] < pairs:  # more pairs than there are numbers between
        raise ValueError(
            f"{name} needs values that differ: got {int(tied.sum())} of {len(x)} equal to another, because they lie "
            f"near the smallest numbers of {x.dtype}, which have few digits; rescale the data before they are rounded."
        )
    if _shortest(name, x, m) == 0:
        raise ValueError(
            f"{name} met a gap of length 0: some values repeat so often that a window m={m} spans only copies of one; "
            "the estimate would be -inf. Widen the window, or treat the data as discrete (plugin of count_labels)."
        )
    check.warn(
        f"{name}: {int(tied.sum())} of {len(x)} values repeat another; samples of a density never tie, and every tie "
        "pulls the estimate down (for rounded data without bound as n grows)."
    )
