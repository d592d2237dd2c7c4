"""LogDet: a Gaussian entropy that stays finite for singular covariances, of one variable or of several jointly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float
from numpy.typing import ArrayLike

from entropylab.estimators.card import estimator
from entropylab.knobs import Knob
from entropylab.numerics.validation import check
from entropylab.numerics.validation.scales import ordinary_exponent

__all__ = ["logdet", "logdet_joint"]

BETA = Knob(
    r"\beta", "Signal over noise: the data are blurred by noise of variance 1/beta before they are measured.",
    1.0, 1e-3, 1e6, scale="log", name="beta",
)  # fmt: skip


@estimator(
    quantity="differential entropy",
    takes="samples",
    formula=r"\hat H = \frac{1}{2} \log \det \left(I + \frac{\beta}{n} X^\top X\right)",
    reference="zhouyin2021",
    bias="not h(X): the information that X blurred by noise of variance 1 / beta keeps of X, were it Gaussian",
    cost="n d min(n, d)",
    differentiable=True,
    kind="traced",
    knobs={"beta": BETA},
    aliases=("log det",),
)
def logdet(x: ArrayLike, *, beta: float = 1.0, centered: bool = False) -> float | Float[Array, ""]:
    """LogDet entropy in nats, log det(I + beta X'X / n) / 2: finite and never negative.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Samples.
    centered : bool, default False
        Whether to subtract the column means, which makes X'X / n the covariance. The code that came with the formula
        (mixentropy) does so without saying it. Otherwise a mean away from 0 counts as spread.

    Returns
    -------
    float or jax.Array
        The estimate in nats; a JAX scalar for JAX arrays.

    Raises
    ------
    ValueError
        For fewer than 2 samples, NaN, beta not above 0.

    Notes
    -----
    For Gaussian X of that covariance the value is I(X; X + Z) = h(sqrt(beta) X + noise) - h(noise), with Z of variance
    1/beta and unit noise: an entropy up to a reference that does not move with X. It grows with the scale of the data;
    h(X) is `gaussian`. Computed from the singular values s of X as the sum of log(1 + beta s^2 / n) / 2, which is both
    determinants, X'X (d, d) and XX' (n, n), without forming either: no digits are lost to squaring.

    Examples
    --------
    Two points at -1 and 1, where X'X / n = 1:

    >>> import math
    >>> import entropylab as lab
    >>> round(lab.logdet([-1.0, 1.0]) - math.log(2) / 2, 12) + 0.0
    0.0
    """
    x = check.as_samples("x", x)
    check.require_positive("beta", beta, "choose a positive value.")
    return _logdet(x, beta, check.flag("centered", centered))


@estimator(
    quantity="differential entropy",
    takes="list",
    formula=r"\hat H = \frac{1}{2} \log \det \left(I + \frac{\beta}{n} \sum_{i=1}^{k} X_i X_i^\top\right)",
    reference="zhouyin2021",
    bias="as logdet, of all columns together",
    cost="n D min(n, D), D = sum of d_i",
    differentiable=True,
    kind="traced",
    knobs={"beta": BETA},
    aliases=("joint log det",),
)
def logdet_joint(xs: Sequence[ArrayLike], *, beta: float = 1.0, centered: bool = False) -> float | Float[Array, ""]:
    """Joint LogDet entropy in nats of several variables sampled together: `logdet` of all their columns.

    Parameters
    ----------
    xs : sequence of array_like, each of shape (n,) or (n, d_i)
        The variables; row i of all of them is one joint sample.
    centered : bool, default False
        As `logdet`.

    Returns
    -------
    float or jax.Array
        The estimate in nats; a JAX scalar for JAX arrays.

    Raises
    ------
    ValueError
        As `logdet`.

    Notes
    -----
    The (n, n) determinant of the formula equals the (D, D) one, det(I + beta Z'Z / n) of Z = [X_1, ..., X_k], D = sum
    d_i; the cost is that of the smaller. At most the sum of the single values.

    Examples
    --------
    >>> import entropylab as lab
    >>> x, y = [-1.0, 1.0, 0.5], [0.2, -0.4, 1.0]
    >>> lab.logdet_joint([x, y]) <= lab.logdet(x) + lab.logdet(y)
    True
    """
    if not isinstance(xs, (list, tuple)) or not xs:
        raise ValueError(f"xs must be a list of at least one array: got {type(xs).__name__}; pass [x1, x2, ...].")
    xs = [check.as_samples(f"xs[{i}]", x) for i, x in enumerate(xs)]
    check.require_same_length(**{f"xs[{i}]": x for i, x in enumerate(xs)})
    check.require_positive("beta", beta, "choose a positive value.")
    return _logdet(jnp.concatenate(xs, axis=1), beta, check.flag("centered", centered))


@partial(jax.jit, static_argnames="centered")
def _logdet(x, beta, centered):
    ordinary = ordinary_exponent(x.dtype)
    exponent = jnp.frexp(lax.stop_gradient(jnp.abs(x).max()))[1] - 3
    exponent = jnp.where(exponent > ordinary, exponent, 0)  # of matrices whose means or squares would overflow
    x = x * jnp.ldexp(jnp.ones((), x.dtype), -exponent)
    values = jnp.linalg.svd(x - x.mean(0) if centered else x, full_matrices=False, compute_uv=False)
    ratio = jnp.asarray(beta, x.dtype) / len(x)
    # log(1 + e^u), u = log(ratio s^2), where the square itself leaves the float range
    far = (values > 0) & ((exponent > 0) | ~(values > 2.0**-ordinary) | ~jnp.isfinite(ratio * values**2))
    u = jnp.log(ratio) + 2 * (jnp.log(jnp.where(far, values, 1.0)) + math.log(2) * exponent.astype(x.dtype))
    near = jnp.log1p(ratio * jnp.where(far, 0.0, values) ** 2)
    return 0.5 * jnp.where(far, jax.nn.softplus(u), near).sum()
