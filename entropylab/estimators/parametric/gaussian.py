"""Entropy and mutual information of the Gaussian fitted to samples."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import digamma
from jaxtyping import Array, Float
from numpy.typing import ArrayLike
from scipy.special import ndtri

from entropylab.estimators.card import estimator
from entropylab.numerics.gaussians.covariance_qr import covariance_factor, raised, require_full_rank
from entropylab.numerics.validation import check

__all__ = ["gaussian", "gaussian_corrected", "gaussian_mutual_information", "gaussian_copula_mutual_information"]


def _local_gaussian(x: Float[Array, "n ..."]) -> Float[Array, " n"]:
    """-log of the fitted density at every sample, in nats."""
    value = gaussian(x)
    x = _of_ordinary_size(check.as_samples("x", x))
    return value + 0.5 * (_mahalanobis(x) - x.shape[1])


@estimator(
    quantity="differential entropy",
    takes="samples",
    formula=r"\hat h = \frac{1}{2} \log \det \hat\Sigma + \frac{d}{2} \left(1 + \log 2 \pi\right)",
    reference="cover2006",
    bias="down by d (d + 3) / (4 n) for Gaussian data; up by the divergence from the Gaussian for any other",
    cost="n d^2",
    differentiable=True,
    kind="traced",
    law="differential",
    aliases=("normal", "parametric"),
    local=_local_gaussian,
)
def gaussian(x: ArrayLike) -> float | Float[Array, ""]:
    """Differential entropy in nats of the Gaussian fitted to `x` by maximum likelihood.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Samples.

    Returns
    -------
    float or jax.Array
        The estimate in nats; a JAX scalar for JAX arrays.

    Raises
    ------
    ValueError
        For fewer than d + 1 samples, NaN, and a singular covariance (constant or linearly dependent columns), whose
        entropy is minus infinity.

    Notes
    -----
    The covariance divides by n: the plug-in estimate, whose exact bias for Gaussian data `gaussian_corrected` removes.
    For other data it tends to an upper bound, as no density of that covariance has more entropy (theorems 8.4.1 and
    8.6.5 of [1]_). Columns of any size that float64 or float32 holds keep the law h(c x) = h(x) + log c; under jit,
    grad and vmap the value is NaN for a column whose deviations are below 4e-292 (4e-31 in float32), as compiled code
    counts subnormal numbers as 0, or whose sum overflows.

    Examples
    --------
    A standard normal, whose entropy is 0.5 log(2 pi e) = 1.419 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x = np.random.default_rng(0).normal(size=2000)
    >>> abs(lab.gaussian(x) - 1.419) < 0.05
    True
    """
    return _fitted("gaussian", _samples("gaussian", x))


@estimator(
    quantity="differential entropy",
    takes="samples",
    formula=r"\hat h = \frac{1}{2} \log \det S - \frac{1}{2} \sum_{i=1}^{d} \psi\left(\frac{n - i}{2}\right)"
    r" + \frac{d}{2} \log \pi e, \quad S = \sum_{i=1}^{n} (x_i - \bar x)(x_i - \bar x)^\top",
    reference="ahmed1989",
    bias="none for Gaussian data; up by the divergence from the Gaussian for any other",
    cost="n d^2",
    differentiable=True,
    kind="traced",
    law="differential",
    aliases=("wishart",),
)
def gaussian_corrected(x: ArrayLike) -> float | Float[Array, ""]:
    """Differential entropy in nats of the Gaussian behind `x`, without bias when `x` is Gaussian.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Samples.

    Returns
    -------
    float or jax.Array
        The estimate in nats; a JAX scalar for JAX arrays.

    Raises
    ------
    ValueError
        As `gaussian`.

    Notes
    -----
    The scatter S is then a Wishart matrix of n - 1 degrees of freedom, and the mean of log det S is log det Sigma + d
    log 2 + sum_i psi((n - i) / 2), exactly. For other data the same correction is applied to `gaussian`, and the limit
    is the same upper bound.

    Examples
    --------
    A standard normal, whose entropy is 0.5 log(2 pi e) = 1.419 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x = np.random.default_rng(0).normal(size=2000)
    >>> abs(lab.gaussian_corrected(x) - 1.419) < 0.05
    True
    """
    x = _samples("gaussian_corrected", x)
    value = _fitted("gaussian_corrected", x)
    return value - _bias(*x.shape, value.dtype)


def _local_information(x: Float[Array, "n ..."], y: Float[Array, "n ..."]) -> Float[Array, " n"]:
    """log p(x, y) / (p(x) p(y)) of the fitted Gaussians at every sample, in nats."""
    value = gaussian_mutual_information(x, y)
    x, y = map(_of_ordinary_size, _pair("gaussian_mutual_information", x, y))
    apart = _mahalanobis(x) + _mahalanobis(y) - _mahalanobis(jnp.concatenate([x, y], axis=1))
    return value + 0.5 * apart


@estimator(
    quantity="mutual information",
    takes="pair",
    formula=r"\hat I = \frac{1}{2} \log \frac{\det \hat\Sigma_x \det \hat\Sigma_y}{\det \hat\Sigma_{xy}}",
    reference="cover2006",
    bias="up by d_x d_y / (2 n) for Gaussian data; of either sign for any other",
    cost="n (d_x + d_y)^2",
    differentiable=True,
    kind="traced",
    law="invariant",
    aliases=("gaussian", "linear"),
    local=_local_information,
)
def gaussian_mutual_information(x: ArrayLike, y: ArrayLike) -> float | Float[Array, ""]:
    """Mutual information in nats of the Gaussian fitted to x and y: -log(1 - r^2) / 2 for two columns.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n, d)
        Samples, row by row from the joint density.

    Returns
    -------
    float or jax.Array
        The estimate in nats; a JAX scalar for JAX arrays. Not below 0 but for rounding.

    Raises
    ------
    ValueError
        For unequal lengths, n <= dx + dy, NaN, and a singular joint covariance: the information is then infinite, or a
        column of x or y is redundant.

    Notes
    -----
    It measures linear dependence only, and is no bound when margins are not Gaussian. For Gaussian data it is high
    exactly by (b(dx + dy) - b(dx) - b(dy)) / 2 with -b(d) = sum_i psi((n - i) / 2). Unchanged by invertible linear maps
    of x and of y, of columns of any size (under jit as `gaussian`). Near-copies keep their digits: Y = X + 1e-7 noise
    has I = 16 to 9 digits, because the residual is factored, not subtracted (section 8.5 of [1]_).

    Examples
    --------
    A correlation of 0.8, where the truth is -log(0.6) = 0.511 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 2000))
    >>> abs(lab.gaussian_mutual_information(x, 0.8 * x + 0.6 * noise) - 0.511) < 0.05
    True
    """
    x, y = _pair("gaussian_mutual_information", x, y)
    value, share = _information(x, y)
    if _is_lost(share):
        value, share = _information(raised(x)[0], raised(y)[0])
    require_full_rank("gaussian_mutual_information of (x, y)", share, len(x))
    return value


@estimator(
    quantity="mutual information",
    takes="pair",
    formula=r"\hat I = \frac{1}{2} \log \frac{\det \hat C_x \det \hat C_y}{\det \hat C_{xy}}, \quad"
    r" u_{ij} = \Phi^{-1}\left(\frac{\mathrm{rank}_i(x_{\cdot j})}{n + 1}\right)",
    reference="ince2017",
    bias="a lower bound for two columns but for d_x d_y / (2 n) upwards; blind to what is not monotone",
    cost="n log n",
    differentiable=False,
    kind="host",
    law="invariant",
    aliases=("copula", "gcmi"),
)
def gaussian_copula_mutual_information(x: ArrayLike, y: ArrayLike) -> float:
    """Mutual information in nats of the Gaussian copula of x and y: of their normal scores, column by column.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n, d)
        Samples, row by row from the joint density.

    Returns
    -------
    float
        The estimate in nats.

    Raises
    ------
    ValueError
        As `gaussian_mutual_information`.

    Warns
    -----
    EstimateWarning
        Of ties, which share their mean rank: the margins are then not Gaussian, nor is the value a bound.

    Notes
    -----
    Every column is replaced by Phi^-1(rank / (n + 1)); `gaussian_mutual_information` follows. Unchanged by increasing
    maps of single columns. In the limit of many samples and for one column each it is a lower bound on I(X; Y): with
    Gaussian margins given, h(X) and h(Y) are fixed and no joint density of that correlation has more entropy than the
    Gaussian. With several columns that holds only where X and Y each have a Gaussian copula;
    `gaussian_mutual_information` of raw data is no bound at all. Finite samples add dx dy / (2 n). X and Y = X^2 give
    0.

    Examples
    --------
    A correlation of 0.8, where the truth is -log(0.6) = 0.511 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 2000))
    >>> abs(lab.gaussian_copula_mutual_information(x, 0.8 * x + 0.6 * noise) - 0.511) < 0.05
    True
    """
    name = "gaussian_copula_mutual_information"
    x, y = check.as_numpy_samples("x", x), check.as_numpy_samples("y", y)
    check.require_same_length(x=x, y=y)
    _require_samples(name, len(x), x.shape[1] + y.shape[1])
    columns = np.concatenate([x, y], axis=1)
    tied = [len(np.unique(column)) < len(column) for column in columns.T]
    if any(tied):
        check.warn(
            f"{name}: {sum(tied)} of {len(tied)} columns hold ties, which get their mean rank; the normal scores "
            "are then not normal and the result is no lower bound."
        )
    from scipy.stats import rankdata  # scipy.stats takes half a second to import

    scores = ndtri(rankdata(columns, axis=0) / (len(columns) + 1))
    logs, share = _numpy_factor(scores)
    require_full_rank(name, share, len(x))
    return float(_numpy_factor(scores[:, x.shape[1] :])[0].sum() - logs[x.shape[1] :].sum())


def _samples(name, x):
    x = check.as_samples("x", x)
    _require_samples(name, *x.shape)
    return x


def _pair(name, x, y):
    x, y = check.as_samples("x", x), check.as_samples("y", y)
    check.require_same_length(x=x, y=y)
    kind = jnp.result_type(x, y)
    _require_samples(name, len(x), x.shape[1] + y.shape[1])
    return x.astype(kind), y.astype(kind)


def _require_samples(name, n, d):
    if n <= d:
        raise ValueError(f"{name} needs more samples than columns: got {n} samples of {d} columns; add samples.")


def _fitted(name, x):
    value, share = _entropy(x)
    if _is_lost(share):
        x, power = raised(x)
        value, share = _entropy(x)
        value = value + math.log(2) * power
    require_full_rank(name, share, len(x))
    return value


def _of_ordinary_size(x):
    return x if check.is_traced(x) else raised(x)[0]


def _is_lost(share):
    """True where concrete columns may be too small or too large for compiled code."""
    return not check.is_traced(share) and not (np.asarray(share) > 0).all()


@jax.jit
def _entropy(x):
    logs, share = covariance_factor(x)
    n, d = x.shape
    return logs.sum() + 0.5 * d * (1 + math.log(2 * math.pi) - math.log(n)), share


@jax.jit
def _information(x, y):
    """log |R_y| - log |R_(y given x)|: the factors of y alone, and those after x."""
    joint, share = covariance_factor(jnp.concatenate([x, y], axis=1))
    return covariance_factor(y)[0].sum() - joint[x.shape[1] :].sum(), share


@jax.jit
def _mahalanobis(x):
    """(x_i - m)' S^-1 (x_i - m) with the covariance that divides by n, from the rows of Q."""
    x = x - x.mean(0)
    return len(x) * (jnp.linalg.qr(x / jnp.abs(x).max(0))[0] ** 2).sum(1)


def _bias(n, d, kind):
    """Mean of (log det of the covariance over n - log det Sigma) / 2 for Gaussian data."""
    i = jnp.arange(1, d + 1)
    return 0.5 * (digamma((n - i) / 2) + math.log(2 / n)).sum().astype(kind)


def _numpy_factor(x):
    x = x - x.mean(0)
    lengths = np.linalg.norm(x, axis=0)
    share = np.abs(np.diag(np.linalg.qr(x / np.where(lengths > 0, lengths, 1.0), mode="r")))
    with np.errstate(divide="ignore"):
        return np.log(share) + np.log(lengths), share
