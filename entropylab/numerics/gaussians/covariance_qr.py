"""Covariances through their triangular factors: centred, scaled, never squared."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from entropylab.numerics.validation import check
from entropylab.numerics.validation.scales import host_extreme_powers, smallest_scale


def covariance_factor(x):
    """log |R_jj| (d,) of the QR factors of centred `x` (n, d), and |R_jj| over the length of column j.

    R'R is the scatter matrix, so its log determinant is twice the sum; that of the last columns alone is their
    scatter given the first. Factoring the data keeps the digits that forming R'R would square away. The ratio is
    the share of column j that the columns before it leave unexplained: 0 where the covariance is singular. NaN for
    columns whose sum leaves the float range, or which hold subnormal numbers, that compiled code counts as 0: `raised`
    brings them back.
    """
    x = x - x.mean(0)
    x = x - x.mean(0)  # the first mean is rounded to the size of the offset; the second takes the rest
    top = jnp.abs(x).max(0)  # lengths without squares of the far ends of the float range
    unit = jnp.where(top > 0, jnp.where(top < smallest_scale(x.dtype), jnp.nan, top), 1.0)
    length = jnp.sqrt(((x / unit) ** 2).sum(0))
    scaled = x / unit / jnp.where(length > 0, length, 1.0)
    share = jnp.abs(jnp.diagonal(jnp.linalg.qr(scaled)[1]))
    return jnp.log(share) + jnp.log(unit) + jnp.log(length), share


def raised(x) -> tuple[jax.Array, int]:
    """Concrete `x` (n, d), its columns of extreme size times powers of two, and the sum of the exponents taken out."""
    x = np.asarray(x)
    powers = host_extreme_powers(x, 0)
    with np.errstate(under="ignore"):  # of entries far below the largest of their column
        return jnp.asarray(np.ldexp(x, -powers)), int(powers.sum())


def require_full_rank(name: str, share, n: int) -> None:
    """Refuse columns of which the others, before them, leave nothing but rounding."""
    if check.is_traced(share):
        return
    share = np.asarray(share)
    empty = ~(share > 4 * np.sqrt(n) * np.finfo(share.dtype).eps)  # rounding of a column's length, with room
    if empty.any():
        raise ValueError(
            f"{name} needs a covariance of full rank: got column {int(np.argmax(empty))} constant or a linear "
            f"combination of those before it ({int(empty.sum())} of {len(share)} columns are); drop such columns."
        )
