"""Entropy of a mixture of Gaussians or boxes: Monte Carlo, centers, expected likelihood kernel, pairwise bounds."""

from __future__ import annotations

from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from entropylab.estimators.card import estimator
from entropylab.estimators.mixtures.knobs import checked_alpha, checked_draws, checked_seed
from entropylab.kernels.gaussian_kl_numba import kl_upper_bound
from entropylab.kernels.simd.to_jax import to_jax
from entropylab.knobs import SEED, Knob
from entropylab.numerics.gaussians import gaussians, uniform_boxes
from entropylab.numerics.gaussians.mixture import Mixture, require_mixture
from entropylab.numerics.validation import check

__all__ = ["Mixture", "mixture_monte_carlo", "mixture_centers", "mixture_elk", "mixture_pairwise"]

DRAWS = Knob(
    r"n", "Random points that stand for the mixture: four times as many halve the error.",
    4096, stops=(256, 1024, 4096, 16384, 65536), name="draws",
)  # fmt: skip
ALPHA = Knob(
    r"\alpha", "Which Chernoff divergence: 1/2 is Bhattacharyya's; Gaussians at 0 and 1 are all alike to it.",
    0.5, 0.0, 1.0, name="alpha",
)  # fmt: skip
DIVERGENCE = Knob(
    "D", "Kullback-Leibler bounds the entropy from above, Chernoff from below.",
    "kl", stops=("kl", "chernoff"), name="divergence",
)  # fmt: skip
ALGEBRA = {"gaussian": gaussians, "uniform": uniform_boxes}


def _local(mixture, *, draws=4096, seed=0):
    """-log p at every draw in nats, scaled about its mean by how far whole draws miss the weights."""
    return _negative_log_densities(require_mixture(mixture), checked_draws(mixture, draws), checked_seed(seed))


@estimator(
    quantity="differential entropy",
    takes="mixture",
    formula=r"\hat H = -\sum_{k=1}^{K} \frac{c_k}{n_k} \sum_{i=1}^{n_k} \log \sum_{j=1}^{K} c_j p_j(x_{ki}),"
    r" \quad x_{ki} \sim p_k",
    reference="kolchinsky2017",
    bias="none; standard error at most the deviation of the local values over the root of the draws",
    cost="n K d^2",
    differentiable=True,
    kind="traced",
    law="differential",
    knobs={"draws": DRAWS, "seed": SEED},
    aliases=("monte carlo",),
    local=_local,
)
def mixture_monte_carlo(mixture: Mixture, *, draws: int = 4096, seed: int = 0) -> float | Float[Array, ""]:
    """Differential entropy of a mixture in nats: the mean of -log p over points drawn from it.

    Parameters
    ----------
    mixture : Mixture
        Weights, centers and spreads of Gaussians or uniform boxes.
    seed : int or numpy.random.Generator, default 0
        Seed of the draws.

    Returns
    -------
    float or jax.Array
        The estimate in nats; a JAX scalar under a trace.

    Raises
    ------
    ValueError
        For anything but a Mixture, fewer draws than components, a seed that is no whole number.

    Notes
    -----
    Draws are allocated to the components by weight, n_k to component k and at least one, and the mean of each component
    counts with its weight c_k. So the value has no bias and, for fixed draws, is smooth in weights, centers and
    covariances: reverse-mode gradients are those of the value, and unbiased ones of the entropy. For boxes the density
    jumps, and the gradient omits what moves across a border: use `mixture_elk` or `mixture_pairwise` there.
    `mixture_monte_carlo.local` gives H + w (-log p - H) at every draw, w = c_k n / n_k being 1 but for rounding; its
    standard deviation over sqrt(draws) is the standard error, on the safe side because the allocation only narrows it
    (section 2 of [1]_).

    Examples
    --------
    >>> import math
    >>> import entropylab as lab
    >>> one = lab.Mixture([1.0], [0.0], [1.0])  # a standard normal, 1.419 nats
    >>> abs(lab.mixture_monte_carlo(one, draws=20_000) - 1.419) < 0.02
    True
    """
    return _negative_log_densities(require_mixture(mixture), checked_draws(mixture, draws), checked_seed(seed)).mean()


@estimator(
    quantity="differential entropy",
    takes="mixture",
    formula=r"\hat H = -\sum_{i=1}^{K} c_i \log \sum_{j=1}^{K} c_j p_j(\mu_i)",
    reference="joe1989",
    bias="low as a rule: by d / 2 for equal Gaussians that coincide or lie apart, by more where spreads differ",
    cost="K^2 d^2",
    differentiable=True,
    kind="traced",
    law="differential",
    aliases=("centers", "mixture kde"),
)
def mixture_centers(mixture: Mixture) -> float | Float[Array, ""]:
    """Entropy of a mixture in nats, from its density at the centers only: the kernel density estimator.

    Parameters
    ----------
    mixture : Mixture
        Weights, centers and spreads of Gaussians or uniform boxes.

    Returns
    -------
    float or jax.Array
        The estimate in nats; a JAX scalar under a trace.

    Raises
    ------
    ValueError
        For anything but a Mixture.

    Notes
    -----
    No bound, but low as a rule, a center being where its component is densest. For Gaussians of one covariance it is
    the pairwise KL bound less d/2: low by d/2 where components coincide or lie far apart, by less between. Where
    spreads differ it can fall lower: a narrow component on the center of a wide one counts for all of it. Exact for
    boxes that do not meet; the density of boxes is flat, and the gradient in their centers zero (section 4.1 of
    Kolchinsky and Tracey, 2017).

    Examples
    --------
    >>> import math
    >>> import entropylab as lab
    >>> one = lab.Mixture([1.0], [0.0], [1.0])  # a standard normal, 1.419 nats
    >>> round(lab.mixture_centers(one) - (1.4189385 - 0.5), 6) + 0.0
    0.0
    """
    return _centers(require_mixture(mixture))


@estimator(
    quantity="differential entropy",
    takes="mixture",
    formula=r"\hat H = -\sum_{i=1}^{K} c_i \log \sum_{j=1}^{K} c_j \int p_i(x) p_j(x) \, dx",
    reference="kolchinsky2017",
    bias="a lower bound; low by (d / 2) (1 - log 2) for separate Gaussians, exact for separate boxes",
    cost="K^2 d^3",
    differentiable=True,
    kind="traced",
    law="differential",
    aliases=("elk", "expected likelihood kernel"),
)
def mixture_elk(mixture: Mixture) -> float | Float[Array, ""]:
    """Lower bound on the entropy of a mixture in nats: the expected likelihood kernel.

    Parameters
    ----------
    mixture : Mixture
        Weights, centers and spreads of Gaussians or uniform boxes.

    Returns
    -------
    float or jax.Array
        The bound in nats; a JAX scalar under a trace.

    Raises
    ------
    ValueError
        For anything but a Mixture.

    Notes
    -----
    Jensen's inequality, component by component. For Gaussians the kernel is N(m_i; m_j, S_i + S_j), for boxes V_ij /
    (V_i V_j) with V_ij the common volume (Jebara, Kondor and Howard, 2004). One Gaussian, or many far apart, is low by
    (d/2)(1 - log 2) = 0.153 d; boxes that do not meet are exact. Computed in logarithms: finite at d = 500.
    Reverse-mode gradients only. Memory 8 K^2 bytes a few times.

    Examples
    --------
    >>> import math
    >>> import entropylab as lab
    >>> one = lab.Mixture([1.0], [0.0], [1.0])  # a standard normal, 1.419 nats
    >>> round(1.4189385 - lab.mixture_elk(one), 4)
    0.1534
    """
    mixture = require_mixture(mixture)
    return _elk(mixture, gaussians.terms_numpy(mixture, 1.0, 1.0, 1.0))


@estimator(
    quantity="differential entropy",
    takes="mixture",
    formula=r"\hat H = \sum_{i=1}^{K} c_i H(p_i) - \sum_{i=1}^{K} c_i \log \sum_{j=1}^{K} c_j e^{-D(p_i \| p_j)}",
    reference="kolchinsky2017",
    bias="an upper bound with kl, a lower bound with chernoff; exact where the components coincide or lie far apart",
    cost="K^2 d^2 for kl, K^2 d^3 for chernoff",
    differentiable=True,
    kind="traced",
    law="differential",
    knobs={"divergence": DIVERGENCE, "alpha": ALPHA},
    aliases=("pairwise", "kolchinsky tracey"),
)
def mixture_pairwise(
    mixture: Mixture, *, divergence: Literal["kl", "chernoff"] = "kl", alpha: float = 0.5
) -> float | Float[Array, ""]:
    """Bound on the entropy of a mixture in nats, from the divergences between its components.

    Parameters
    ----------
    mixture : Mixture
        Weights, centers and spreads of Gaussians or uniform boxes.

    Returns
    -------
    float or jax.Array
        The bound in nats; a JAX scalar under a trace.

    Raises
    ------
    ValueError
        For anything but a Mixture, another divergence, alpha outside [0, 1].

    Notes
    -----
    divergence="kl" is the upper bound with D = KL(p_i || p_j). divergence="chernoff" is the lower bound with D = -log
    of the integral of p_i^alpha p_j^(1 - alpha), for Gaussians [alpha (1 - alpha) q + log det S - (1 - alpha) log det
    S_i - alpha log det S_j] / 2, S = (1 - alpha) S_i + alpha S_j, q = (m_i - m_j)' S^-1 (m_i - m_j); alpha = 1/2 is
    Bhattacharyya's distance, and the best alpha where all spreads are equal. `alpha` has no effect with "kl". Both are
    exact where the components coincide or lie far apart, and both lie between H(X|C) and H(X|C) + H(C), C the
    component. Of boxes, KL(p_i || p_j) is infinite unless box j contains box i, so "kl" is H(X|C) + H(C) unless boxes
    are nested. Spreads are covariances: where the axis of a paper is ln of the standard deviation, the covariance is
    its square. Reverse-mode gradients only for "chernoff". Concrete Gaussians on a CPU in float64 take a compiled path,
    ten times as fast and the same to rounding (sections 3 and 4 of [1]_).

    Examples
    --------
    >>> import math
    >>> import entropylab as lab
    >>> one = lab.Mixture([1.0], [0.0], [1.0])  # a standard normal, 1.419 nats
    >>> round(lab.mixture_pairwise(one) - 1.4189385, 6) + 0.0
    0.0
    """
    mixture = require_mixture(mixture)
    if divergence not in DIVERGENCE.stops:
        raise ValueError(f'divergence must be "kl" or "chernoff": got {divergence!r}; choose one of them.')
    checked_alpha(alpha)
    if divergence == "kl":
        known = gaussians.kl_numpy(mixture)
        return kl_bound(mixture) if known is None else _concrete_kl_bound(mixture, *known)
    terms = None
    if not check.is_traced(alpha):
        terms = gaussians.terms_numpy(mixture, 1 - float(alpha), float(alpha), alpha * (1 - alpha))
    return chernoff_bound(mixture, alpha, terms)


@partial(jax.jit, static_argnames="draws")
def _negative_log_densities(mixture, draws, seed):
    algebra = ALGEBRA[mixture.family]
    shape = draws, mixture.dimension
    component, share = _shares(mixture.weights, draws)
    key = jax.random.key(seed)
    # drawn in the widest type, so that float32 and float64 see the same points
    law = jax.random.normal if mixture.family == "gaussian" else jax.random.uniform
    noise = law(key, shape, jnp.result_type(float)).astype(mixture.centers.dtype)
    logs = algebra.log_densities_of_draws(mixture, component, noise)
    value = -(share * logs).mean()
    return value + share * (-logs - value)


def _shares(weights, draws):
    """The component of each draw, and c_k n / n_k there: n_k by largest remainders of n c_k, at least one each."""
    k = weights.shape[0]
    fixed = lax.stop_gradient(weights)
    exact = (draws - k) * fixed / fixed.sum()
    whole = jnp.floor(exact).astype(int)
    rest = draws - k - whole.sum()
    rank = jnp.argsort(jnp.argsort(whole - exact, stable=True), stable=True)
    number = 1 + whole + (rank < rest)
    component = jnp.repeat(jnp.arange(k), number, total_repeat_length=draws)
    return component, (weights * draws / number)[component]


@jax.jit
def _centers(mixture):
    return -mixture.weights @ ALGEBRA[mixture.family].log_densities(mixture, mixture.centers)


@jax.jit
def _elk(mixture, terms):
    return -mixture.weights @ ALGEBRA[mixture.family].overlap(mixture, terms)


@jax.jit
def kl_bound(mixture):
    """Upper bound of `mixture_pairwise`, unchecked."""
    algebra = ALGEBRA[mixture.family]
    return mixture.weights @ (algebra.entropies(mixture) - algebra.kl(mixture))


def _concrete_kl_bound(mixture, sums, log_determinants):
    weights = np.asarray(mixture.weights)
    return to_jax(np.float64(kl_upper_bound(weights, sums, log_determinants, mixture.dimension)))


@jax.jit
def chernoff_bound(mixture, alpha, terms=None):
    """Lower bound of `mixture_pairwise`, unchecked; `terms` as `concrete_terms` found them."""
    algebra = ALGEBRA[mixture.family]
    return mixture.weights @ (algebra.entropies(mixture) - algebra.chernoff(mixture, alpha, terms))
