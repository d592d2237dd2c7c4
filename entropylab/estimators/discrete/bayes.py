"""Entropy of counts as a posterior mean: one symmetric Dirichlet prior, or the NSB mixture of all of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.special import polygamma

from entropylab.estimators.card import estimator
from entropylab.estimators.discrete.vast_alphabets import VAST, vast_log_posterior, vast_moments
from entropylab.knobs import Knob
from entropylab.numerics.discrete.counts import Counts, CountsLike, checked_counts
from entropylab.numerics.discrete.unseen_symbols import unseen_symbols
from entropylab.numerics.special.gamma_differences import digamma_difference, log_beta, scaled_trigamma_minus_one
from entropylab.numerics.validation import check

__all__ = ["dirichlet", "nsb", "nsb_std"]

CONCENTRATION = Knob(
    r"\beta", "Pseudo-count of every symbol: 1 is Laplace's, 1/2 Jeffreys'; more pulls towards uniform.",
    1.0, 1e-3, 1e3, scale="log", name="concentration",
)  # fmt: skip


def _dirichlet_std(counts: CountsLike, *, concentration: float = 1.0, support: int | None = None) -> float:
    """Posterior standard deviation of the entropy under one symmetric Dirichlet prior, in nats."""
    return float(np.sqrt(_dirichlet_moments(counts, concentration, support)[1]))


@estimator(
    quantity="entropy",
    takes="counts",
    formula=r"\hat H = \psi(A + 1) - \sum_{i=1}^{K} \frac{a_i}{A} \psi(a_i + 1), \quad a_i = n_i + \beta,"
    r" \quad A = n + K \beta",
    reference="wolpert1995",
    bias="towards the entropy that the concentration expects a priori",
    cost="m",
    differentiable=False,
    kind="host",
    knobs={"concentration": CONCENTRATION},
    aliases=("bayes", "bayesian", "wolpert-wolf"),
    posterior=_dirichlet_std,
)
def dirichlet(counts: CountsLike, *, concentration: float = 1.0, support: int | None = None) -> float:
    """Posterior mean entropy in nats under a symmetric Dirichlet prior.

    Parameters
    ----------
    counts : array_like, shape (m,)
        Whole numbers, how often each symbol was observed; zeros are allowed.
    support : int, optional
        Size of the alphabet, up to 10^1000; len(counts), zeros included, by default.

    Returns
    -------
    float
        The posterior mean in nats.

    Raises
    ------
    ValueError
        For counts that are not (m,), not whole, negative, or all zero. Also for a support below the number of observed
        symbols, and for a concentration that is not above 0 or so large that K beta exceeds 2^1000 for K up to 2^400.

    Notes
    -----
    The prior alone expects psi(K beta + 1) - psi(beta + 1), with little spread where K is large, and pulls the estimate
    there.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> counts = np.bincount(np.random.default_rng(0).integers(6, size=2000))
    >>> bool(abs(lab.dirichlet(counts) - np.log(6)) < 0.01)
    True
    """
    return float(_dirichlet_moments(counts, concentration, support)[0])


def nsb_std(counts: CountsLike, *, support: int | None = None) -> float:
    """Posterior standard deviation of the entropy under the NSB prior, in nats.

    Parameters
    ----------
    counts : array_like, shape (m,)
        Whole numbers, how often each symbol was observed; zeros are allowed.
    support : int, optional
        As `nsb`.

    Returns
    -------
    float
        The standard deviation in nats.

    Raises
    ------
    ValueError
        As `nsb`.

    Warns
    -----
    EstimateWarning
        Without a support, where symbols seen once indicate unseen ones.

    Notes
    -----
    It covers symbols of the support only.

    References
    ----------
    Archer, Park and Pillow (2014). Bayesian entropy estimation for countable discrete distributions. Journal of Machine
    Learning Research 15.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.nsb_std([50, 50]) < lab.nsb_std([5, 5])
    True
    """
    c = checked_counts("nsb_std", counts, support)
    if support is None:
        _warn_if_unseen(c)
    return float(np.sqrt(_nsb_moments(c)[1]))


@estimator(
    quantity="entropy",
    takes="counts",
    formula=r"\hat H = \frac{\int_{0}^{\log K} \langle H \rangle_{\beta} P(n | \beta) d \xi}"
    r"{\int_{0}^{\log K} P(n | \beta) d \xi}, \quad \xi = \psi(K \beta + 1) - \psi(\beta + 1)",
    reference="nemenman2002",
    bias="small where the alphabet is known and symbols repeat; else towards the middle of 0 to log K",
    cost="m log n",
    differentiable=False,
    kind="host",
    aliases=("nemenman-shafee-bialek",),
    posterior=nsb_std,
)
def nsb(counts: CountsLike, *, support: int | None = None) -> float:
    """Nemenman-Shafee-Bialek entropy in nats: the posterior mean under a prior nearly flat in entropy.

    Parameters
    ----------
    counts : array_like, shape (m,)
        Whole numbers, how often each symbol was observed; zeros are allowed.
    support : int, optional
        Size of the alphabet or an upper bound of it, up to 10^1000; len(counts), zeros included, by default, where the
        estimate is at most log len(counts).

    Returns
    -------
    float
        The posterior mean in nats.

    Raises
    ------
    ValueError
        For counts that are not (m,), not whole, negative, or all zero. Also for a support below the number of observed
        symbols.

    Warns
    -----
    EstimateWarning
        Where no symbol repeats, so that the prior decides.

    Notes
    -----
    A mixture over beta in (0, infinity) of symmetric Dirichlet priors, weighted so that the prior mean entropy is
    uniform on [0, log K]. The integral is taken over all beta.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> counts = np.bincount(np.random.default_rng(0).integers(1000, size=2000), minlength=1000)
    >>> bool(abs(lab.nsb(counts) - np.log(1000)) < 0.05)
    True
    """
    c = checked_counts("nsb", counts, support)
    _warn_if_no_repeats(c)
    return float(_nsb_moments(c)[0])


def _dirichlet_moments(counts, concentration, support):
    c = checked_counts("dirichlet", counts, support)
    check.require_positive("concentration", concentration, "1 is Laplace's prior, 1/2 Jeffreys'.")
    beta = np.array([float(concentration)])
    if c.support > VAST:
        mean, variance = vast_moments(c, np.log(beta))
    else:
        _demand_finite(c.support, beta[0])
        mean, variance = _moments(c, beta)
    return mean[0], variance[0]


def _demand_finite(support, concentration):
    if math.log2(support) + math.log2(concentration) > 1000:
        raise ValueError(
            f"concentration times support must be below 2^1000: got {concentration:g} times {support:.3g}; a smaller "
            "concentration gives log(support) just as well."
        )


def _moments(c: Counts, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Posterior mean and variance of the entropy for every concentration in `beta`.

    With w_i = a_i / A, d_i = psi(A + 1) - psi(a_i + 1) and g(a) = (a + 1) psi'(a + 1), the variance is
    (sum_i w_i (d_i - mean)^2 + sum_i w_i g(a_i) - g(A)) / (A + 1): no term is larger than it need be.
    """
    values, many = np.unique(np.append(c.seen, 0), return_counts=True)
    many = many.astype(np.float64)
    many[0] = c.unseen
    beta = beta[:, None]
    a, total = values + beta, c.total + c.support * beta
    rest = (c.total - values) + (c.support - 1) * beta
    weights = many * a / total
    surprises = digamma_difference(a + 1, rest)
    mean = (weights * surprises).sum(1)
    spread = (weights * ((surprises - mean[:, None]) ** 2 + scaled_trigamma_minus_one(a + 1))).sum(1)
    return mean, (spread - scaled_trigamma_minus_one(total[:, 0] + 1)) / (total[:, 0] + 1)


@np.errstate(under="ignore")  # weights far from the peak are 0
def _nsb_moments(c: Counts) -> tuple[float, float]:
    """Posterior mean and variance of the entropy, to about 1e-13, by the trapezoidal rule in log beta.

    The integrand is analytic in log beta and falls exponentially on both sides: halving the step squares the
    error of the rule, so two values that agree to 1e-9 leave an error near 1e-18 in the second.
    """
    if c.support == 1:
        return 0.0, 0.0
    low, high, peak = _range(_posterior_of(c), math.log(c.support), math.log(c.total))
    previous, nodes = None, 128
    while nodes <= 2**16:
        t = np.linspace(low, high, nodes + 1)
        weights, means, variances = _evaluate(c, t, peak)
        weights = weights / weights.sum()
        mean = weights @ means
        now = mean, weights @ variances + weights @ (means - mean) ** 2
        if previous is not None and _has_converged(now, previous):
            return now
        previous, nodes = now, 2 * nodes
    raise ArithmeticError("the NSB integral did not converge; this is a defect, please report the counts.")


def _has_converged(now, previous):
    """The mean to 1e-12 of itself; the variance to 1e-9 of itself, or where tiny to (1e-10 mean)^2."""
    (mean, variance), (old_mean, old_variance) = now, previous
    bound = max(1e-9 * variance, 1e-20 * mean**2)
    return abs(mean - old_mean) <= 1e-12 * mean and abs(variance - old_variance) <= bound


def _evaluate(c, t, peak):
    """Weights relative to the peak, means and variances at every t = log beta, in slices of bounded memory."""
    log_weight = _posterior_of(c)
    slices = np.array_split(t, 1 + len(t) * len(np.unique(c.seen)) // 2**20)
    moments = partial(vast_moments, c) if c.support > VAST else lambda s: _moments(c, np.exp(s))
    parts = [(np.exp(log_weight(s) - peak), *moments(s)) for s in slices]
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _posterior_of(c):
    return vast_log_posterior(c) if c.support > VAST else _log_posterior(c)


def _log_posterior(c: Counts) -> Callable[[np.ndarray], np.ndarray]:
    """Logarithm of P(n | beta) d xi / d log beta, up to a constant, as a function of t = log beta."""
    values, many = np.unique(c.seen, return_counts=True)
    k = float(c.support)

    def log_weight(t):
        beta = np.exp(np.atleast_1d(t))
        # P(n | beta) up to a constant: beta functions of (n_i, beta), whose logarithms stay small where gammas' do not.
        evidence = log_beta(k * beta, float(c.total)) - log_beta(values.astype(np.float64), beta[:, None]) @ many
        near = np.minimum(beta, 1.0)
        far = np.maximum(beta, 1.0)
        # d xi / d beta = K psi'(K beta + 1) - psi'(beta + 1); the second form keeps its digits where both are 1/beta.
        close = k * polygamma(1, k * near + 1) - polygamma(1, near + 1)
        distant = (scaled_trigamma_minus_one(k * far) - scaled_trigamma_minus_one(far)) / far + (1 - 1 / k) / far**2
        return evidence + np.log(np.where(beta < 1, close, distant)) + t

    return log_weight


def _range(log_weight, log_support, log_total) -> tuple[float, float, float]:
    """The interval of t outside which the weight is below e^-50 of its peak, and the peak's logarithm.

    The weight rises at least like e^t far left of -log K and falls like e^-t far right of 2 log n.
    """
    from scipy.optimize import minimize_scalar

    grid = np.arange(-log_support - 110, 2 * log_total + 110, 0.5)
    heights = np.concatenate([log_weight(part) for part in np.array_split(grid, 16)])
    top = int(np.argmax(heights))
    best = minimize_scalar(
        lambda t: -float(log_weight(t)[0]), bounds=(grid[top] - 0.5, grid[top] + 0.5), method="bounded"
    )
    peak = max(-float(best.fun), float(heights[top]))
    above = grid[heights > peak - 50]

    def edge(side):
        """Where a walk out from the peak, in steps that double, is below for good."""
        step = 1e-4
        while log_weight(best.x + side * step)[0] > peak - 50:
            step *= 2
        return best.x + side * step

    low = min(edge(-1), above[0] - 0.5 if len(above) else np.inf)
    high = max(edge(+1), above[-1] + 0.5 if len(above) else -np.inf)
    return low, high, peak


def _warn_if_unseen(c: Counts) -> None:
    missing = len(c.seen) + unseen_symbols(c) - c.support
    if missing >= 1:
        check.warn(
            f"nsb_std: {int((c.seen == 1).sum())} of {len(c.seen)} symbols were seen once, so about {missing:.0f} or "
            f"more are neither seen nor listed (Chao's estimate). The posterior is that of the {c.support} listed "
            'and too narrow; pass support, or take uncertainty("nsb", counts).'
        )


def _warn_if_no_repeats(c: Counts) -> None:
    if c.support > 1 and c.seen.max() == 1:
        check.warn(
            f"nsb saw no symbol twice in {c.total} observations: the data only say that the entropy is not small, "
            f"and the prior on 0 to {math.log(c.support):.4g} nats, the logarithm of the support, decides the rest."
        )
