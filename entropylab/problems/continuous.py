"""Densities on the line whose entropy is known in closed form, light and heavy in the tails."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import betaln, digamma, gammaln, log_expit, xlog1py, xlogy

from entropylab.numerics.validation import check
from entropylab.problems.problem import Problem, sampler_from

__all__ = [
    "uniform", "exponential", "laplace", "logistic", "gumbel", "triangular", "beta", "gamma", "weibull",
    "lognormal", "pareto", "cauchy",
]  # fmt: skip


def uniform(*, low: float = 0.0, high: float = 1.0, name: str = "uniform") -> Problem:
    """Uniform on [low, high]: h = log(high - low) nats, below 0 where the interval is shorter than 1."""
    width = _above("high - low", high - low)

    def log_density(x):
        return np.where((x >= low) & (x <= high), -math.log(width), -np.inf)

    return _univariate(name, lambda rng, n: rng.uniform(low, high, n), log_density, math.log(width), ("bounded",))


def exponential(*, scale: float = 1.0, name: str = "exponential") -> Problem:
    """Exponential with the given mean: h = 1 + log(scale) nats."""
    _above("scale", scale)

    def log_density(x):
        return np.where(x >= 0, -x / scale - math.log(scale), -np.inf)

    return _univariate(name, lambda rng, n: rng.exponential(scale, n), log_density, 1 + math.log(scale))


def laplace(*, scale: float = 1.0, name: str = "laplace") -> Problem:
    """Laplace with density exp(-|x| / scale) / (2 scale): h = 1 + log(2 scale) nats."""
    _above("scale", scale)
    entropy = 1 + math.log(2 * scale)
    return _univariate(
        name, lambda rng, n: rng.laplace(0.0, scale, n), lambda x: -np.abs(x) / scale - math.log(2 * scale), entropy
    )


def logistic(*, scale: float = 1.0, name: str = "logistic") -> Problem:
    """Logistic with distribution function 1 / (1 + exp(-x / scale)): h = 2 + log(scale) nats."""
    _above("scale", scale)

    def log_density(x):
        return log_expit(x / scale) + log_expit(-x / scale) - math.log(scale)

    return _univariate(name, lambda rng, n: rng.logistic(0.0, scale, n), log_density, 2 + math.log(scale))


def gumbel(*, scale: float = 1.0, name: str = "gumbel") -> Problem:
    """Gumbel (largest values): h = 1 + Euler's gamma + log(scale) nats."""
    _above("scale", scale)
    entropy = 1 + np.euler_gamma + math.log(scale)
    return _univariate(
        name,
        lambda rng, n: rng.gumbel(0.0, scale, n),
        lambda x: -x / scale - np.exp(-x / scale) - math.log(scale),
        entropy,
    )


def triangular(*, low: float = 0.0, mode: float = 0.5, high: float = 1.0, name: str = "triangular") -> Problem:
    """Triangular from low to high with its peak at mode: h = 1/2 + log((high - low) / 2) nats, wherever the peak."""
    width = _above("high - low", high - low)
    if not low < mode < high:
        raise ValueError(f"a triangle needs low < mode < high: got {low}, {mode}, {high}; move the mode inside.")

    def log_density(x):
        with np.errstate(divide="ignore", invalid="ignore"):
            rise = np.log((x - low) / (mode - low))
            fall = np.log((high - x) / (high - mode))
        return np.where((x < low) | (x > high), -np.inf, np.where(x < mode, rise, fall) + math.log(2 / width))

    entropy = 0.5 + math.log(width / 2)
    return _univariate(name, lambda rng, n: rng.triangular(low, mode, high, n), log_density, entropy, ("bounded",))


def beta(*, a: float, b: float, name: str | None = None) -> Problem:
    """Beta(a, b) on (0, 1): h = log B(a, b) - (a - 1) psi(a) - (b - 1) psi(b) + (a + b - 2) psi(a + b) nats."""
    _above("a", a), _above("b", b)
    norm = betaln(a, b)
    entropy = norm - (a - 1) * digamma(a) - (b - 1) * digamma(b) + (a + b - 2) * digamma(a + b)
    return _univariate(
        name or f"beta-{a:g}-{b:g}",
        lambda rng, n: rng.beta(a, b, n),
        lambda x: xlogy(a - 1, x) + xlog1py(b - 1, -x) - norm,
        entropy,
        ("bounded",),
    )


def gamma(*, shape: float, scale: float = 1.0, name: str | None = None) -> Problem:
    """Gamma: h = k + log(scale) + log Gamma(k) + (1 - k) psi(k) nats, k the shape."""
    _above("shape", shape), _above("scale", scale)
    entropy = shape + math.log(scale) + gammaln(shape) + (1 - shape) * digamma(shape)
    return _univariate(
        name or f"gamma-{shape:g}",
        lambda rng, n: rng.gamma(shape, scale, n),
        lambda x: xlogy(shape - 1, x / scale) - x / scale - gammaln(shape) - math.log(scale),
        entropy,
    )


def weibull(*, shape: float, scale: float = 1.0, name: str | None = None) -> Problem:
    """Weibull: h = gamma (1 - 1/k) + log(scale / k) + 1 nats, k the shape; heavy in the tail for k < 1."""
    _above("shape", shape), _above("scale", scale)
    entropy = np.euler_gamma * (1 - 1 / shape) + math.log(scale / shape) + 1

    def log_density(x):
        return math.log(shape / scale) + xlogy(shape - 1, x / scale) - (x / scale) ** shape

    tags = ("heavy tails",) if shape < 1 else ()
    return _univariate(
        name or f"weibull-{shape:g}", lambda rng, n: scale * rng.weibull(shape, n), log_density, entropy, tags
    )


def lognormal(*, sigma: float = 1.0, mu: float = 0.0, name: str | None = None) -> Problem:
    """exp(N(mu, sigma^2)): h = mu + log(2 pi e sigma^2) / 2 nats."""
    _above("sigma", sigma)
    norm = 0.5 * math.log(2 * math.pi * sigma**2)

    def log_density(x):
        return -(((np.log(x) - mu) / sigma) ** 2) / 2 - np.log(x) - norm

    return _univariate(
        name or f"lognormal-{sigma:g}",
        lambda rng, n: rng.lognormal(mu, sigma, n),
        log_density,
        mu + norm + 0.5,
        ("heavy tails",),
    )


def pareto(*, tail: float, scale: float = 1.0, name: str | None = None) -> Problem:
    """Pareto with P(X > x) = (scale / x)^tail: h = log(scale / tail) + 1 + 1 / tail nats; no mean for tail <= 1."""
    _above("tail", tail), _above("scale", scale)
    entropy = math.log(scale / tail) + 1 + 1 / tail

    def log_density(x):
        return np.where(x >= scale, math.log(tail / scale) - (tail + 1) * np.log(np.maximum(x / scale, 1)), -np.inf)

    return _univariate(
        name or f"pareto-{tail:g}",
        lambda rng, n: scale * (1 + rng.pareto(tail, n)),
        log_density,
        entropy,
        ("heavy tails",),
    )


def cauchy(*, scale: float = 1.0, name: str = "cauchy") -> Problem:
    """Cauchy: h = log(4 pi scale) nats, finite although there is neither mean nor variance."""
    _above("scale", scale)

    def log_density(x):
        # log(1 + t^2) = 2 log hypot(1, t), which holds where t^2 overflows
        return -math.log(math.pi * scale) - 2 * np.log(np.hypot(1.0, x / scale))

    return _univariate(
        name,
        lambda rng, n: scale * rng.standard_cauchy(n),
        log_density,
        math.log(4 * math.pi * scale),
        ("heavy tails",),
    )


def _above(name: str, value: float) -> float:
    check.require_positive(name, value, "choose a positive number.")
    return value


def _univariate(
    name: str, draw: Callable, log_density: Callable, entropy: float, tags: tuple[str, ...] = ()
) -> Problem:
    return Problem(
        name=name,
        quantity="differential entropy",
        sample=sampler_from(lambda rng, n: draw(rng, n)[:, None]),
        truth=float(entropy),
        known_by="closed form",
        dimensions=(1,),
        reference="cover2006",
        tags=tags,
        local=lambda x: -log_density(np.asarray(x).reshape(-1)),
    )
