"""Where the samples of the bias experiment come from: families in any dimension, alphabets of any size, with truth."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from entropylab.problems.continuous import exponential, gamma, laplace, lognormal, uniform
from entropylab.problems.discrete import dirichlet_symbols, geometric, uniform_symbols, zipf
from entropylab.problems.mixtures import gaussian_mixture
from entropylab.problems.multivariate import equicorrelated, normal, student
from entropylab.problems.problem import Problem, product


def _columns(build: Callable[[], Problem]) -> Callable[[int], Problem]:
    """Independent columns of one kind."""
    return lambda d: product([build()] * d, name=f"{d} columns")


DENSITIES: dict[str, Callable[[int], Problem]] = {
    "normal": lambda d: normal(np.eye(d)),
    "correlated normal": lambda d: normal(equicorrelated(d, 0.5)),  # the slides' I/2 + 11^T/2
    "uniform": _columns(uniform),
    "uniform to 1/2": _columns(lambda: uniform(high=0.5)),
    "exponential": _columns(exponential),
    "Laplace": _columns(laplace),
    "gamma 1/2": _columns(lambda: gamma(shape=0.5)),
    "log-normal": _columns(lognormal),
    "two peaks": _columns(lambda: gaussian_mixture([0.5, 0.5], [-2.0, 2.0], [0.25, 0.25])),
    "Student 3": lambda d: student(df=3, dimensions=d),
    "Cauchy": lambda d: student(df=1, dimensions=d),
}
ALPHABETS: dict[str, Callable[[int], Problem]] = {
    "equal symbols": lambda size: uniform_symbols(size),
    "Zipf symbols": lambda size: zipf(size),
    "rare symbols": lambda size: dirichlet_symbols(size, concentration=0.1),
    "geometric counts": lambda size: geometric(success=1 / size),
}
FAMILIES = (*DENSITIES, *ALPHABETS)


def is_discrete(family: str) -> bool:
    """True for symbols, whose entropy is Shannon's."""
    return family in ALPHABETS


@lru_cache(maxsize=512)
def source(family: str, size: int) -> Problem:
    """The problem of a family with `size` dimensions, or symbols."""
    return (ALPHABETS if is_discrete(family) else DENSITIES)[family](size)


@lru_cache(maxsize=4096)
def replicate_seed(seed: int, replicate: int) -> int:
    """The seed of one replicate: no two replicates of any two seeds share a stream."""
    return int(np.random.SeedSequence((seed, replicate)).generate_state(1, np.uint64)[0])


def draw(family: str, size: int, n: int, seed: int, scale: float = 1.0, rounding: float = 0.0) -> np.ndarray:
    """`n` samples; numbers are rounded to multiples of `rounding` (0: not at all), then multiplied by `scale`."""
    x = source(family, size).sample(seed, n)
    if is_discrete(family):
        return x
    if rounding:
        x = np.round(x / rounding) * rounding
    return x * scale


def truth(family: str, size: int, scale: float = 1.0) -> float:
    """The entropy in nats of the density, or of the symbols; h moves by log scale per dimension."""
    found = source(family, size).truth
    return found if is_discrete(family) else found + size * float(np.log(scale))


def alphabet(family: str, size: int) -> int | None:
    """Symbols there are, None where there is no end of them."""
    return size if source(family, size).probabilities is not None else None
