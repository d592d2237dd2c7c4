"""Renyi and Tsallis entropies of any order from nearest neighbours."""

from __future__ import annotations

import math
from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
import scipy.special
from jaxtyping import Array, Float
from numpy.typing import ArrayLike

from entropylab.estimators.card import estimator
from entropylab.estimators.knn.kozachenko_leonenko import NORM, log_distances
from entropylab.knobs import NEIGHBOURS, Knob
from entropylab.numerics.special.unit_ball import log_unit_ball_volume
from entropylab.numerics.validation import check

__all__ = ["renyi", "tsallis"]

ORDER = Knob(
    r"q", "Weight of dense regions: above 1 peaks count more, below 1 tails do; 1 is Shannon's entropy.",
    2.0, 0.1, 3.9, name="order",
)  # fmt: skip
# log Gamma(1 + a) = -gamma a + sum_j zeta(j) (-a)^j / j; ten terms are exact to rounding for |a| <= _NEAR.
_NEAR = 0.02
_FAR = 0.9  # of the largest exponent: up to there the sum of the powers of any sample fits
_SERIES = [(-1) ** j * float(scipy.special.zeta(j)) / j for j in range(2, 11)]


@estimator(
    quantity="Renyi entropy",
    takes="samples",
    formula=r"\hat h_q = \frac{1}{1 - q} \log \frac{1}{n} \sum_{i=1}^{n} \frac{\Gamma(k)}{\Gamma(k + 1 - q)}"
    r" \left[(n - 1) c_d \varepsilon_i^d\right]^{1 - q}",
    reference="leonenko2008",
    bias="up at edges of the support; down inside, more so for q below 1 and heavy tails",
    cost="n log n for few dimensions, n^2 d for many",
    differentiable=True,
    kind="host",
    law="differential",
    knobs={"order": ORDER, "k": NEIGHBOURS, "norm": NORM},
    aliases=("renyi_knn",),
)
def renyi(
    x: ArrayLike, *, order: float = 2.0, k: int = 3, norm: Literal["max", "euclidean"] = "max"
) -> float | Float[Array, ""]:
    """Leonenko, Pronzato and Savani's nearest-neighbour Renyi entropy of order q, in nats.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Samples; all columns are one space.

    Returns
    -------
    float or jax.Array
        The estimate in nats; a JAX scalar for JAX arrays.

    Raises
    ------
    ValueError
        For an order from k + 1 up or not above 0; otherwise as `kozachenko_leonenko`.

    Warns
    -----
    EstimateWarning
        As `kozachenko_leonenko`.

    Notes
    -----
    eps_i is the distance from x_i to its k-th neighbour, c_d the volume of the unit ball of the norm. The estimate of
    the integral of p^q is unbiased as n grows for q < k + 1, and its terms have a finite variance for q < (k + 2) / 2
    (with the correction in Annals of Statistics 38 (2010), 3837). Order 1 is the limit, `kozachenko_leonenko` with
    log(n - 1) in place of psi(n). Differentiable in JAX, in `order` too.

    Examples
    --------
    A standard normal, whose entropy of order 2 is log(2 sqrt(pi)) = 1.266 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x = np.random.default_rng(0).normal(size=4000)
    >>> abs(lab.renyi(x, order=2.0) - 1.266) < 0.1
    True
    """
    return _renyi_and_tsallis("renyi", x, order, k, norm)[0]


@estimator(
    quantity="Tsallis entropy",
    takes="samples",
    formula=r"\hat S_q = \frac{1}{q - 1} \left(1 - \frac{1}{n} \sum_{i=1}^{n} \frac{\Gamma(k)}{\Gamma(k + 1 - q)}"
    r" \left[(n - 1) c_d \varepsilon_i^d\right]^{1 - q}\right)",
    reference="leonenko2008",
    bias="as renyi: up at edges of the support, down inside",
    cost="n log n for few dimensions, n^2 d for many",
    differentiable=True,
    kind="host",
    law="none",
    knobs={"order": ORDER, "k": NEIGHBOURS, "norm": NORM},
    aliases=("tsallis_knn",),
)
def tsallis(
    x: ArrayLike, *, order: float = 2.0, k: int = 3, norm: Literal["max", "euclidean"] = "max"
) -> float | Float[Array, ""]:
    """Leonenko, Pronzato and Savani's nearest-neighbour Tsallis entropy; its unit is a volume to the power 1 - q.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Samples; all columns are one space.

    Returns
    -------
    float or jax.Array
        (1 - integral of p^q) / (q - 1) for order q, in nats at order 1; a JAX scalar for JAX arrays.

    Raises
    ------
    ValueError
        As `renyi`, and for a value beyond float64, which under jit is infinite.

    Warns
    -----
    EstimateWarning
        As `kozachenko_leonenko`.

    Notes
    -----
    Renyi's entropy h and this one are one estimate, S = (exp((1 - q) h) - 1) / (1 - q). It does not shift when the data
    are scaled.

    Examples
    --------
    A standard normal, whose Tsallis entropy of order 2 is 1 - 1 / (2 sqrt(pi)) = 0.718:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x = np.random.default_rng(0).normal(size=4000)
    >>> abs(lab.tsallis(x, order=2.0) - 0.718) < 0.03
    True
    """
    value = _renyi_and_tsallis("tsallis", x, order, k, norm)[1]
    if not check.is_traced(value) and np.isinf(value):
        raise ValueError(
            f"tsallis needs an entropy that float64 can hold: its unit is a volume to the power {1 - order:.3g}, and "
            f"got one beyond 1e308; rescale x, or use renyi, which is a logarithm."
        )
    return value


def _renyi_and_tsallis(name, x, order, k, norm):
    """Renyi and Tsallis entropy."""
    if not check.is_traced(order) and not 0 < order < k + 1:
        raise ValueError(
            f"{name} needs an order above 0 and below k + 1 = {k + 1}: got {order!r}; raise k or lower it."
        )
    traced = check.is_traced(x, order)
    logs, n, d = log_distances(name, x, k, norm, any_order=True)
    volumes = d * logs + (log_unit_ball_volume(d, norm) + math.log(n - 1))
    if traced:
        return _traced_orders(volumes, 1.0 - order, k)
    with np.errstate(over="ignore"):  # of Tsallis' entropy, which `tsallis` refuses
        return _orders(volumes, 1.0 - order, k)


def _orders(volumes, a, k, xp=np):
    """log(integral of p^q) / a and (integral of p^q - 1) / a, both smooth through a = 1 - q = 0."""
    a = xp.asarray(a)
    at_one = a == 0  # there, the first two terms in a: the second is the derivative
    b = xp.where(at_one, 1.0, a)
    centre = volumes.mean()
    around = _log_mean_exp(a * (volumes - centre), xp) / b
    around = xp.where(at_one, a * volumes.var() / 2, around)
    renyi = centre + around - _log_gamma_derivative(a, b, k, xp)
    tsallis = xp.where(at_one, renyi + a * renyi**2 / 2, xp.expm1(a * renyi) / b)
    return renyi[()], tsallis[()]


def _log_mean_exp(powers, xp):
    """log of the mean of exp(powers), whose mean is 0; where one would overflow, in units of the largest."""
    largest = powers.max()
    far = largest > _FAR * np.log(np.finfo(powers.dtype).max)
    if xp is np:
        return largest + np.log(np.exp(powers - largest).mean()) if far else np.log1p(np.expm1(powers).mean())
    scaled = largest + jnp.log(jnp.exp(powers - largest).mean())
    return jnp.where(far, scaled, jnp.log1p(jnp.expm1(jnp.where(far, 0.0, powers)).mean()))


_traced_orders = jax.jit(partial(_orders, xp=jnp), static_argnames="k")


def _log_gamma_derivative(a, b, k, xp):
    """(log Gamma(k + a) - log Gamma(k)) / a, psi(k) at a = 0, without subtracting nearly equal logarithms."""
    gammaln = (jax.scipy.special if xp is jnp else scipy.special).gammaln
    near = xp.abs(a) < _NEAR
    small = xp.where(near, a, 0.0)
    apart = small != 0
    series = -np.euler_gamma + sum(c * small ** (j - 1) for j, c in enumerate(_SERIES, start=2))
    j = np.arange(1, k)
    climb = xp.where(apart, xp.log1p(small / j) / xp.where(apart, small, 1.0), 1 / j - small / (2 * j**2)).sum()
    return xp.where(near, series + climb, (gammaln(k + a) - gammaln(k)) / b)
