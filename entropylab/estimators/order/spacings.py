"""Entropies of one-dimensional samples from the gaps between their order statistics."""

from __future__ import annotations

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import ArrayLike
from scipy.special import digamma

from entropylab.estimators.card import estimator
from entropylab.knobs import Knob
from entropylab.numerics.special.order_statistics import has_narrow_windows, in_unit, ordered
from entropylab.numerics.special.window_sums import scaled_window_sums, window_sums
from entropylab.numerics.validation.scales import smallest_scale

__all__ = ["correa", "ebrahimi", "van_es", "vasicek"]

WINDOW = Knob(
    r"m", "Gaps span m order statistics to each side: wide windows smooth the density, narrow ones are noisy.",
    7, stops=(1, 2, 3, 5, 7, 10, 15, 20, 30, 50), name="window",
)  # fmt: skip


def _local_vasicek(x: Float[Array, "n ..."], *, window: int | None = None) -> Float[Array, " n"]:
    """log(n / 2m (x_(i+m) - x_(i-m))) in the order of the sorted sample, in nats."""
    x, m, power = ordered("vasicek", x, window)
    return in_unit(_vasicek_terms(x, m), power)


@estimator(
    quantity="differential entropy",
    takes="samples",
    formula=r"\hat h = \frac{1}{n} \sum_{i=1}^{n} \log \frac{n}{2m} \left(x_{(i+m)} - x_{(i-m)}\right)",
    reference="vasicek1976",
    bias="down, by O(m / n) at the ends and O(1 / m) inside",
    cost="n log n",
    differentiable=True,
    kind="traced",
    law="differential",
    knobs={"window": WINDOW},
    local=_local_vasicek,
)
def vasicek(x: ArrayLike, *, window: int | None = None) -> float | Float[Array, ""]:
    """Vasicek's spacing estimate of the differential entropy of a one-dimensional sample, in nats.

    Parameters
    ----------
    x : array_like, shape (n,)
        Samples of one column.
    window : int, optional
        m, with 1 <= m < n / 2; floor(sqrt(n) + 1/2) by default.

    Returns
    -------
    float or jax.Array
        The estimate in nats; a JAX scalar for JAX arrays.

    Raises
    ------
    ValueError
        For more than one column, a window out of range, ties that leave a gap of length 0, and values so unequal that
        some gaps are lost beside the largest value (a ratio beyond 1e500).

    Warns
    -----
    EstimateWarning
        Of tied values, which pull the estimate down.

    Notes
    -----
    Order statistics beyond the ends are the ends themselves. Samples of any size keep the law h(c x) = h(x) + log c;
    under jit, grad and vmap the value is NaN for samples below 4e-292 (float32: 4e-31), whose subnormal numbers
    compiled code counts as 0.

    Examples
    --------
    A standard normal, whose entropy is 0.5 log(2 pi e) = 1.419 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x = np.random.default_rng(0).normal(size=2000)
    >>> abs(lab.vasicek(x) - 1.419) < 0.1
    True
    """
    x, m, power = ordered("vasicek", x, window)
    return in_unit(_vasicek_terms(x, m).mean(), power)


@estimator(
    quantity="differential entropy",
    takes="samples",
    formula=r"\hat h = \frac{1}{n-m} \sum_{i=1}^{n-m} \log \frac{n+1}{m} \left(x_{(i+m)} - x_{(i)}\right)"
    r" + \sum_{k=m}^{n} \frac{1}{k} + \log \frac{m}{n+1}",
    reference="vanes1992",
    bias="O(m / n) from the ends, left uncorrected; the noise of a gap is corrected",
    cost="n log n",
    differentiable=True,
    kind="traced",
    law="differential",
    knobs={"window": WINDOW},
)
def van_es(x: ArrayLike, *, window: int | None = None) -> float | Float[Array, ""]:
    """van Es's spacing estimate of the differential entropy of a one-dimensional sample, in nats.

    Parameters
    ----------
    x : array_like, shape (n,)
        Samples of one column.
    window : int, optional
        m, with 1 <= m < n / 2; floor(sqrt(n) + 1/2) by default.

    Returns
    -------
    float or jax.Array
        The estimate in nats; a JAX scalar for JAX arrays.

    Raises
    ------
    ValueError
        For more than one column, a window out of range, ties that leave a gap of length 0, and values so unequal that
        some gaps are lost beside the largest value (a ratio beyond 1e500).

    Warns
    -----
    EstimateWarning
        Of tied values, which pull the estimate down.

    Notes
    -----
    One-sided gaps of m order statistics, no padding at the ends, and the bias of log gap removed. Scales as `vasicek`.

    Examples
    --------
    A standard normal, whose entropy is 0.5 log(2 pi e) = 1.419 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x = np.random.default_rng(0).normal(size=2000)
    >>> abs(lab.van_es(x) - 1.419) < 0.1
    True
    """
    x, m, power = ordered("van_es", x, window)
    n = x.shape[0]
    harmonic = float(digamma(n + 1) - digamma(m))  # sum_{k=m}^{n} 1/k
    value = jnp.log((n + 1) / m * (x[m:] - x[:-m])).mean() + (harmonic + math.log(m) - math.log(n + 1))
    return in_unit(value, power)


def _local_ebrahimi(x: Float[Array, "n ..."], *, window: int | None = None) -> Float[Array, " n"]:
    """log(n / (c_i m) (x_(i+m) - x_(i-m))) in the order of the sorted sample, in nats."""
    x, m, power = ordered("ebrahimi", x, window)
    return in_unit(_ebrahimi_terms(x, m), power)


@estimator(
    quantity="differential entropy",
    takes="samples",
    formula=r"\hat h = \frac{1}{n} \sum_{i=1}^{n} \log \frac{n}{c_i m} \left(x_{(i+m)} - x_{(i-m)}\right),"
    r"\quad c_i = 1 + \min\left(1, \frac{i-1}{m}, \frac{n-i}{m}\right)",
    reference="ebrahimi1994",
    bias="down by O(1 / m); less than Vasicek's at the ends",
    cost="n log n",
    differentiable=True,
    kind="traced",
    law="differential",
    knobs={"window": WINDOW},
    local=_local_ebrahimi,
)
def ebrahimi(x: ArrayLike, *, window: int | None = None) -> float | Float[Array, ""]:
    """Ebrahimi's spacing estimate of the differential entropy of a one-dimensional sample, in nats.

    Parameters
    ----------
    x : array_like, shape (n,)
        Samples of one column.
    window : int, optional
        m, with 1 <= m < n / 2; floor(sqrt(n) + 1/2) by default.

    Returns
    -------
    float or jax.Array
        The estimate in nats; a JAX scalar for JAX arrays.

    Raises
    ------
    ValueError
        For more than one column, a window out of range, ties that leave a gap of length 0, and values so unequal that
        some gaps are lost beside the largest value (a ratio beyond 1e500).

    Warns
    -----
    EstimateWarning
        Of tied values, which pull the estimate down.

    Notes
    -----
    The gaps of `vasicek`, each divided by the number c_i m of spacings that it holds near the ends (Ebrahimi,
    Pflughoeft and Soofi, 1994). Scales as `vasicek`.

    Examples
    --------
    A standard normal, whose entropy is 0.5 log(2 pi e) = 1.419 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x = np.random.default_rng(0).normal(size=2000)
    >>> abs(lab.ebrahimi(x) - 1.419) < 0.1
    True
    """
    x, m, power = ordered("ebrahimi", x, window)
    return in_unit(_ebrahimi_terms(x, m).mean(), power)


def _local_correa(x: Float[Array, "n ..."], *, window: int | None = None) -> Float[Array, " n"]:
    """-log(n b_i), b_i the slope of rank on value around i, in the order of the sorted sample, in nats."""
    x, m, power = ordered("correa", x, window)
    return in_unit(_correa_terms(x, m, has_narrow_windows(x, m)), power)


@estimator(
    quantity="differential entropy",
    takes="samples",
    formula=r"\hat h = -\frac{1}{n} \sum_{i=1}^{n} \log \frac{\sum_{j=-m}^{m} j\, (x_{(i+j)} - \bar x_i)}"
    r"{n \sum_{j=-m}^{m} (x_{(i+j)} - \bar x_i)^2}",
    reference="correa1995",
    bias="down, by less than Vasicek's",
    cost="n m",
    differentiable=True,
    kind="traced",
    law="differential",
    knobs={"window": WINDOW},
    local=_local_correa,
)
def correa(x: ArrayLike, *, window: int | None = None) -> float | Float[Array, ""]:
    """Correa's spacing estimate of the differential entropy of a one-dimensional sample, in nats.

    Parameters
    ----------
    x : array_like, shape (n,)
        Samples of one column.
    window : int, optional
        m, with 1 <= m < n / 2; floor(sqrt(n) + 1/2) by default.

    Returns
    -------
    float or jax.Array
        The estimate in nats; a JAX scalar for JAX arrays.

    Raises
    ------
    ValueError
        For more than one column, a window out of range, ties that leave a gap of length 0, and values so unequal that
        some gaps are lost beside the largest value (a ratio beyond 1e500).

    Warns
    -----
    EstimateWarning
        Of tied values, which pull the estimate down.

    Notes
    -----
    The density at each order statistic is the regression slope of rank / n on value over its 2m + 1 neighbours; beyond
    the ends the ends repeat. Scales as `vasicek`.

    Examples
    --------
    A standard normal, whose entropy is 0.5 log(2 pi e) = 1.419 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x = np.random.default_rng(0).normal(size=2000)
    >>> abs(lab.correa(x) - 1.419) < 0.1
    True
    """
    x, m, power = ordered("correa", x, window)
    return in_unit(_correa_terms(x, m, has_narrow_windows(x, m)).mean(), power)


@partial(jax.jit, static_argnums=1)
def _vasicek_terms(x, m):
    n = x.shape[0]
    return jnp.log(n / (2 * m) * _gaps(x, m))


@partial(jax.jit, static_argnums=1)
def _ebrahimi_terms(x, m):
    n = x.shape[0]
    i = np.arange(n)
    ends = 1 + np.minimum(1, np.minimum(i, n - 1 - i) / m)
    return jnp.log(n * _gaps(x, m) / jnp.asarray(ends * m, x.dtype))


@partial(jax.jit, static_argnums=(1, 2))
def _correa_terms(x, m, uneven=False):
    # Divided by a power of two near the range, which is exact, no square leaves the range of the numbers; where some
    # windows are too narrow for that, by one near the width of each.
    if uneven:
        _, exponent = jnp.frexp(_gaps(x, m))
        cross, squares = scaled_window_sums(x, jnp.ldexp(jnp.ones_like(x), -exponent), m)
    else:
        _, exponent = jnp.frexp(x[-1] - x[0])
        cross, squares = window_sums(jnp.ldexp(x, -exponent), m)
        squares = jnp.where((squares > 0) & (squares < smallest_scale(x.dtype)), jnp.nan, squares)
    return jnp.log(x.shape[0] * squares) - jnp.log(cross) + math.log(2) * exponent.astype(x.dtype)


def _gaps(x, m):
    """x_(i+m) - x_(i-m), indices held at the ends."""
    padded = jnp.pad(x, m, mode="edge")
    return padded[2 * m :] - padded[: -2 * m]
