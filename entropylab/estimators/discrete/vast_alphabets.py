"""Bayesian entropies of counts where only the logarithm of the alphabet's size K enters: K beyond 2^400.

n / K is then less than 2^-337, so that sums with it are K or 1 to every digit. Concentrations beta come as
t = log beta, and K beta as t + log K: neither need be a number that float64 holds. Up to K beta = 2^200 every
n_i + beta is n_i; beyond, every n + K beta is K beta.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import digamma, gammaln, polygamma

from entropylab.numerics.discrete.counts import Counts
from entropylab.numerics.special.gamma_differences import digamma_difference, log_beta, scaled_trigamma_minus_one

VAST = 2**400
_SPLIT = 200 * math.log(2)  # log(K beta)
_LEAST = -600.0  # log beta; for smaller beta the beta function B(v, beta) is 1 / beta to every digit


def vast_moments(c: Counts, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Posterior mean and variance of the entropy at every t = log beta: `_moments` of `count_bayes` in the limit."""
    log_total = t + math.log(c.support)
    low = log_total <= _SPLIT
    mean, variance = np.empty_like(t), np.empty_like(t)
    mean[low], variance[low] = _few_pseudo_counts(c, np.exp(log_total[low]))
    beta = np.exp(t[~low])
    mean[~low] = log_total[~low] - digamma(beta + 1)
    variance[~low] = np.exp(np.log(scaled_trigamma_minus_one(beta + 1)) - log_total[~low])
    return mean, variance


def _few_pseudo_counts(c, extra):
    """Moments where K beta = `extra` is spread over so many symbols that none gets any."""
    values, many = np.unique(c.seen, return_counts=True)
    values, extra = values.astype(np.float64), extra[:, None]
    total = c.total + extra
    weights = np.concatenate([many * values / total, extra / total], axis=1)
    a = np.append(values, 0.0)
    surprises = digamma_difference(a + 1, np.concatenate([c.total - values + extra, total], axis=1))
    mean = (weights * surprises).sum(1)
    spread = (weights * ((surprises - mean[:, None]) ** 2 + scaled_trigamma_minus_one(a + 1))).sum(1)
    return mean, (spread - scaled_trigamma_minus_one(total[:, 0] + 1)) / (total[:, 0] + 1)


def vast_log_posterior(c: Counts) -> Callable[[np.ndarray], np.ndarray]:
    """`_log_posterior` of `count_bayes` in the limit: up to a constant, as a function of t = log beta."""
    values, many = np.unique(c.seen, return_counts=True)
    values, n, log_support = values.astype(np.float64), float(c.total), math.log(c.support)

    def log_weight(t):
        t = np.atleast_1d(t)
        log_total, beta = t + log_support, np.exp(np.maximum(t, _LEAST))
        low = log_total <= _SPLIT
        total = np.exp(np.minimum(log_total, _SPLIT))
        seen = log_beta(values, beta[:, None]) @ many + c.seen.size * (np.maximum(t, _LEAST) - t)
        evidence = np.where(low, log_beta(total, n), gammaln(n) - n * log_total) - seen
        # d xi / d t = K beta psi'(K beta + 1) - beta psi'(beta + 1)
        wide = np.maximum(beta, 1.0)
        rise = np.where(beta < 1, 1 - beta * polygamma(1, beta + 1), 1 / wide - scaled_trigamma_minus_one(wide))
        return evidence + np.log(np.where(low, total * polygamma(1, total + 1), rise))

    return log_weight
