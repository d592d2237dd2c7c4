"""Distributions over symbols 0, 1, 2, ... whose entropy is an exact sum."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import entr, gammaln, xlogy

from entropylab.numerics.validation import check
from entropylab.problems.problem import Problem, sampler_from

__all__ = ["categorical", "uniform_symbols", "zipf", "dirichlet_symbols", "geometric", "poisson"]


def categorical(probabilities, *, name: str, tags: tuple[str, ...] = ()) -> Problem:
    """Symbols drawn from given probabilities: H = -sum p log p nats."""
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 1 or len(p) == 0 or not np.all(p >= 0) or abs(p.sum() - 1) > 1e-9:
        raise ValueError(f"probabilities must be (K,), not negative, and sum to 1: got {p!r}; divide by their sum.")
    p = p / p.sum()
    with np.errstate(divide="ignore"):
        surprise = -np.log(p)
    return Problem(
        name=name,
        quantity="entropy",
        sample=sampler_from(lambda rng, n: rng.choice(len(p), size=n, p=p).astype(np.int64)),
        truth=math.fsum(entr(p)),
        known_by="exact sum",
        dimensions=(0,),
        reference="cover2006",
        tags=tags,
        takes="counts",
        local=lambda x: surprise[x],
        probabilities=tuple(p.tolist()),
    )


def uniform_symbols(support: int, *, name: str | None = None) -> Problem:
    """`support` equally likely symbols: H = log(support) nats, the most there can be."""
    _alphabet(support)
    return categorical(np.full(support, 1 / support), name=name or f"symbols-uniform-{support}")


def zipf(support: int, *, exponent: float = 1.0, name: str | None = None) -> Problem:
    """Symbol k = 0, 1, ... with probability proportional to (k + 1)^-exponent: many rare symbols."""
    _alphabet(support)
    weights = np.arange(1.0, support + 1) ** -exponent
    return categorical(weights / weights.sum(), name=name or f"zipf-{support}-{exponent:g}", tags=("rare symbols",))


def dirichlet_symbols(support: int, *, concentration: float, draw: int = 0, name: str | None = None) -> Problem:
    """Probabilities drawn once from a symmetric Dirichlet, then held: the prior that NSB and Dirichlet assume.

    `draw` numbers the draw of the probabilities; `seed` and n of `sample` draw the symbols.
    """
    _alphabet(support)
    check.require_positive("concentration", concentration, "choose a positive number.")
    rng = np.random.Generator(np.random.PCG64(draw))
    # log Gamma(a) draws through Gamma(a + 1) U^(1/a): small concentrations do not underflow to 0 / 0
    logs = np.log(rng.standard_gamma(concentration + 1, support)) + np.log1p(-rng.random(support)) / concentration
    p = np.exp(logs - logs.max())
    return categorical(p / p.sum(), name=name or f"symbols-dirichlet-{support}-{concentration:g}-{draw}")


def geometric(*, success: float, name: str | None = None) -> Problem:
    """Failures before the first success, an endless alphabet: H = (-p log p - (1 - p) log(1 - p)) / p nats."""
    if not 0 < success < 1:
        raise ValueError(f"success must lie between 0 and 1: got {success!r}.")
    return Problem(
        name=name or f"geometric-{success:g}",
        quantity="entropy",
        sample=sampler_from(lambda rng, n: rng.geometric(success, n).astype(np.int64) - 1),
        truth=float(entr(success) + entr(1 - success)) / success,
        known_by="closed form",
        dimensions=(0,),
        reference="cover2006",
        tags=("endless alphabet",),
        takes="counts",
        local=lambda x: -math.log(success) - x * math.log1p(-success),
    )


def poisson(*, mean: float, name: str | None = None) -> Problem:
    """Poisson counts, an endless alphabet: H = mean (1 - log mean) + E log k! nats.

    The sum runs to mean + 40 sqrt(mean) + 60, beyond which the mass is far below 1e-16 of the sum.
    """
    check.require_positive("mean", mean, "choose a positive mean.")
    k = np.arange(int(mean + 40 * math.sqrt(mean) + 60))
    log_p = xlogy(k, mean) - mean - gammaln(k + 1)
    return Problem(
        name=name or f"poisson-{mean:g}",
        quantity="entropy",
        sample=sampler_from(lambda rng, n: rng.poisson(mean, n).astype(np.int64)),
        truth=math.fsum(-np.exp(log_p) * log_p),
        known_by="sum to rounding",
        dimensions=(0,),
        reference="cover2006",
        tags=("endless alphabet",),
        takes="counts",
        local=lambda x: mean + gammaln(np.asarray(x) + 1.0) - xlogy(x, mean),
    )


def _alphabet(support: int) -> None:
    if isinstance(support, bool) or int(support) != support or support < 1:
        raise ValueError(f"support must be a whole number of symbols, 1 or more: got {support!r}.")
