"""Sums of products to the last digits of their result, where plain ones lose those that cancel."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

# Bits of the lower half of a mantissa: the products of halves are exact, so that no fused product changes them.
HALF = {jnp.dtype("float32"): (jnp.uint32, 12), jnp.dtype("float64"): (jnp.uint64, 27)}


@jax.custom_jvp
def differences_from_products(
    numbers: Float[Array, " m"], rows: Float[Array, "m d"], point: Float[Array, " d"]
) -> Float[Array, " m"]:
    """numbers_t - rows_t . point, as if computed in twice the digits and rounded once."""
    low_high = [(high, x - high) for x in (rows, point) for high in (_high(x),)]
    terms = jnp.stack([-a * b for a in low_high[0] for b in low_high[1]])  # (4, m, d)
    terms = jnp.moveaxis(terms, -1, 0).reshape(-1, len(numbers))

    def add(carry, term):
        total, lost = carry
        sum = total + term
        taken = sum - total
        return (sum, lost + ((total - (sum - taken)) + (term - taken))), None

    (total, lost), _ = lax.scan(add, (numbers, jnp.zeros_like(numbers)), terms)
    return total + lost


@differences_from_products.defjvp
def _slope(at, along):
    numbers, rows, point = at
    of_numbers, of_rows, of_point = along
    exact = lambda a, b: jnp.matmul(a, b, precision=lax.Precision.HIGHEST)  # noqa: E731
    return differences_from_products(*at), of_numbers - exact(of_rows, point) - exact(rows, of_point)


def _high(x):
    """`x` without the lower half of its digits."""
    whole, bits = HALF[x.dtype]
    shift = jnp.asarray(bits, whole)
    return lax.bitcast_convert_type((lax.bitcast_convert_type(x, whole) >> shift) << shift, x.dtype)
