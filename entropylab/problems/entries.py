"""What the catalogue holds: a name and how to build it, for every problem."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from entropylab.problems import continuous as line
from entropylab.problems import mixed
from entropylab.problems.bijections import transformed
from entropylab.problems.bmi_tasks import BMI_TASKS, PROFILE_TASKS
from entropylab.problems.dependent import (
    additive_uniform,
    bivariate_normal,
    conditional_normal,
    independent,
    noisy_function,
    normal_pair,
    student_pair,
)
from entropylab.problems.discrete import categorical, dirichlet_symbols, geometric, poisson, uniform_symbols, zipf
from entropylab.problems.mixtures import gaussian_mixture, uniform_mixture
from entropylab.problems.multivariate import autoregressive, ball, dirichlet, equicorrelated, normal, student
from entropylab.problems.problem import Problem, product
from entropylab.problems.real_data import DATA_SETS, real

__all__ = ["ENTRIES"]

Builder = Callable[[str], Problem]


def _entropies() -> dict[str, Builder]:
    entries: dict[str, Builder] = {
        "normal-1": lambda name: normal(np.eye(1), name=name),
        "normal-5": lambda name: normal(np.eye(5), name=name),
        "normal-20": lambda name: normal(np.eye(20), name=name),
        "normal-2-0.9": lambda name: normal(equicorrelated(2, 0.9), name=name),
        "normal-ar1-10-0.9": lambda name: normal(autoregressive(10, 0.9), name=name),
        # an offset far above the spread, a spread far below 1: centring and scaling must not lose digits
        "normal-1-offset": lambda name: normal([[1.0]], mean=1e6, name=name),
        "normal-1-tiny": lambda name: normal([[1e-12]], name=name),
        "uniform": lambda name: line.uniform(name=name),
        "uniform-0.1": lambda name: line.uniform(high=0.1, name=name),
        "uniform-x5": lambda name: product([line.uniform()] * 5, name=name),
        "exponential": lambda name: line.exponential(name=name),
        "laplace": lambda name: line.laplace(name=name),
        "logistic": lambda name: line.logistic(name=name),
        "gumbel": lambda name: line.gumbel(name=name),
        "triangular": lambda name: line.triangular(mode=0.3, name=name),
        "beta-0.5-0.5": lambda name: line.beta(a=0.5, b=0.5, name=name),
        "beta-2-5": lambda name: line.beta(a=2, b=5, name=name),
        "gamma-0.5": lambda name: line.gamma(shape=0.5, name=name),
        "gamma-3": lambda name: line.gamma(shape=3, name=name),
        "weibull-0.5": lambda name: line.weibull(shape=0.5, name=name),
        "weibull-2": lambda name: line.weibull(shape=2, name=name),
        "lognormal-1": lambda name: line.lognormal(name=name),
        "lognormal-2": lambda name: line.lognormal(sigma=2, name=name),
        "pareto-0.5": lambda name: line.pareto(tail=0.5, name=name),
        "pareto-1": lambda name: line.pareto(tail=1, name=name),
        "pareto-3": lambda name: line.pareto(tail=3, name=name),
        "cauchy": lambda name: line.cauchy(name=name),
        "ball-3": lambda name: ball(dimensions=3, name=name),
        "dirichlet-4": lambda name: dirichlet([0.5, 1, 2, 3], name=name),
        # several columns with heavy tails: independent ones (x5), or one scale for all of them (d5)
        "laplace-x5": lambda name: product([line.laplace()] * 5, name=name),
        "cauchy-x5": lambda name: product([line.cauchy()] * 5, name=name),
        "student-3-x5": lambda name: product([student(df=3)] * 5, name=name),
        "lognormal-1-x5": lambda name: product([line.lognormal()] * 5, name=name),
        "pareto-1-x5": lambda name: product([line.pareto(tail=1)] * 5, name=name),
    }
    for d, correlation in ((3, 0.5), (4, 0.5), (5, 0.5), (6, 0.5), (13, 0.0)):
        entries[f"slides-{d}"] = lambda name, d=d, c=correlation: normal(equicorrelated(d, c), name=name)
    for df in (1, 2, 3, 10):
        entries[f"student-{df}"] = lambda name, df=df: student(df=df, name=name)
    for df, d in ((1, 2), (1, 5), (2, 5), (3, 5), (3, 10)):
        entries[f"student-{df}-d{d}"] = lambda name, df=df, d=d: student(df=df, dimensions=d, name=name)
    return entries


def _mixtures() -> dict[str, Builder]:
    corners = np.array([[-2.0, -2.0], [-2.0, 2.0], [2.0, -2.0], [2.0, 2.0]])
    angles = np.arange(8) * np.pi / 4
    ring = 3 * np.column_stack([np.cos(angles), np.sin(angles)])
    return {
        "skewed": lambda name: _marron_wand(
            name, [0.2, 0.2, 0.6], [0.0, 0.5, 13 / 12], [1.0, (2 / 3) ** 2, (5 / 9) ** 2]
        ),
        "kurtotic": lambda name: _marron_wand(name, [2 / 3, 1 / 3], [0.0, 0.0], [1.0, 0.01]),
        "outlier": lambda name: _marron_wand(name, [0.1, 0.9], [0.0, 0.0], [1.0, 0.01]),
        "separated": lambda name: _marron_wand(name, [0.5, 0.5], [-1.5, 1.5], [0.25, 0.25]),
        "claw": lambda name: _marron_wand(
            name, [0.5] + [0.1] * 5, [0.0, -1.0, -0.5, 0.0, 0.5, 1.0], [1.0] + [0.01] * 5
        ),
        "far-apart": lambda name: gaussian_mixture([0.5, 0.5], [-1e4, 1e4], [1.0, 1.0], name=name),
        "corners-2": lambda name: gaussian_mixture([0.25] * 4, corners, [np.eye(2)] * 4, name=name),
        "ring-2": lambda name: gaussian_mixture([0.125] * 8, ring, [0.25 * np.eye(2)] * 8, name=name),
        "clusters-5": lambda name: gaussian_mixture(
            [0.5, 0.3, 0.2],
            [np.zeros(5), np.full(5, 1.5), np.full(5, -1.5)],
            [np.eye(5), equicorrelated(5, 0.8), 0.25 * np.eye(5)],
            name=name,
        ),
        "boxes-1": lambda name: uniform_mixture([0.5, 0.3, 0.2], [0.0, 0.5, 3.0], [1.0, 1.0, 0.1], name=name),
        "boxes-2": lambda name: uniform_mixture(
            [0.4, 0.4, 0.2], [[0, 0], [0.5, 0.5], [3, 3]], [[1, 1], [1, 2], [0.2, 0.2]], name=name
        ),
    }


def _marron_wand(name: str, weights, means, variances) -> Problem:
    """Densities 2, 4, 5, 7 and 10 of Marron and Wand (1992), on which kernel estimates are tried."""
    return gaussian_mixture(weights, means, variances, name=name, reference="marron1992")


def _symbols() -> dict[str, Builder]:
    entries: dict[str, Builder] = {
        "symbols-0.5-0.3-0.2": lambda name: categorical([0.5, 0.3, 0.2], name=name),
        "coin-0.01": lambda name: categorical([0.99, 0.01], name=name, tags=("rare symbols",)),
        "zipf-1000-1": lambda name: zipf(1000, name=name),
        "zipf-100-2": lambda name: zipf(100, exponent=2.0, name=name),
        "geometric-0.1": lambda name: geometric(success=0.1, name=name),
        "geometric-0.5": lambda name: geometric(success=0.5, name=name),
        "poisson-1": lambda name: poisson(mean=1.0, name=name),
        "poisson-30": lambda name: poisson(mean=30.0, name=name),
    }
    for support in (2, 10, 100, 1000):
        entries[f"symbols-uniform-{support}"] = lambda name, k=support: uniform_symbols(k, name=name)
    for support, concentration in ((10, 1.0), (100, 0.02), (100, 1.0), (1000, 0.1)):
        entries[f"symbols-dirichlet-{support}-{concentration:g}"] = lambda name, k=support, a=concentration: (
            dirichlet_symbols(k, concentration=a, name=name)
        )
    return entries


def _pairs() -> dict[str, Builder]:
    published = BMI_TASKS | PROFILE_TASKS
    entries: dict[str, Builder] = {name: lambda _, build=build: build() for name, build in published.items()}
    return entries | {
        "independent-normal-1-1": lambda name: normal_pair(np.eye(2), dx=1, name=name),
        "independent-normal-5-5": lambda name: normal_pair(np.eye(10), dx=5, name=name),
        "independent-cauchy-1-1": lambda name: independent(line.cauchy(), line.cauchy(), name=name),
        "1v1-normal-0.3": lambda name: bivariate_normal(correlation=0.3, name=name),
        "1v1-normal-0.9": lambda name: bivariate_normal(correlation=0.9, name=name),
        "1v1-normal-0.999": lambda name: bivariate_normal(correlation=0.999, name=name),
        "1v1-additive-1e-07": lambda name: additive_uniform(epsilon=1e-7, name=name),
        "student-dense-2-2-3-0.5": lambda name: student_pair(equicorrelated(4, 0.5), dx=2, df=3, name=name),
        "rotation-multinormal-sparse-5-5-2-2.0": lambda name: transformed(
            BMI_TASKS["multinormal-sparse-5-5-2-2.0"](), "rotation"
        ),
        "cube-1v1-normal-0.75": lambda name: transformed(bivariate_normal(correlation=0.75), "cube"),
        "parabola-0.1": lambda name: noisy_function(np.square, noise=0.1, name=name),
        "sine-0.1": lambda name: noisy_function(lambda x: np.sin(2 * np.pi * x), noise=0.1, name=name),
        "xor-continuous": lambda name: mixed.exclusive_or_continuous(name=name),
        "atoms-and-normal": lambda name: mixed.atoms_and_normal(name=name),
        "xor-quadrants": lambda name: mixed.exclusive_or_quadrants(name=name),
        "two-classes": lambda name: mixed.normal_classes([0.5, 0.5], [-1.0, 1.0], [1.0, 1.0], name=name),
        "rare-class": lambda name: mixed.normal_classes([0.95, 0.05], [0.0, 2.0], [1.0, 0.25], name=name),
        "three-classes-2": lambda name: mixed.normal_classes(
            [0.5, 0.3, 0.2], [[0, 0], [2, 0], [0, 2]], [np.eye(2), equicorrelated(2, 0.8), 0.25 * np.eye(2)], name=name
        ),
        "categorical-uniform-5": lambda name: mixed.categorical_uniform(5, name=name),
        "zero-inflated-poisson-0": lambda name: mixed.zero_inflated_poisson(inflation=0.0, name=name),
        "zero-inflated-poisson-0.15": lambda name: mixed.zero_inflated_poisson(inflation=0.15, name=name),
        "xor": lambda name: mixed.exclusive_or(name=name),
        "xor-noisy": lambda name: mixed.exclusive_or(flip=0.1, name=name),
        "parabola-grid-9": lambda name: mixed.parabola_grid(4, name=name),
        "independent-labels-5-5": lambda name: mixed.table(np.full((5, 5), 1 / 25), name=name),
    }


def _conditional() -> dict[str, Builder]:
    return {
        # X -> Z -> Y: correlation of X and Y is all through Z; and X -> Z <- Y: independent until Z is known
        "chain-normal": lambda name: conditional_normal(
            [[1, 0.49, 0.7], [0.49, 1, 0.7], [0.7, 0.7, 1]], dx=1, dy=1, name=name
        ),
        "collider-normal": lambda name: conditional_normal([[1, 0, 1], [0, 1, 1], [1, 1, 3]], dx=1, dy=1, name=name),
    }


# quantity -> name -> how to build it
ENTRIES: dict[str, dict[str, Builder]] = {
    "differential entropy": _entropies() | _mixtures(),
    "entropy": _symbols(),
    "mutual information": _pairs() | {name: real for name in DATA_SETS},
    "conditional mutual information": _conditional(),
}
