"""Published tasks of Czyz et al. by their names: the 40 of "Beyond Normal" (2023), and mixtures after it.

Parameters are those of the package benchmark-mi (cbg-ethz/bmi, version 0.1.3, `BENCHMARK_TASKS`). Draws differ:
the generator is another one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from entropylab.problems.bijections import TRANSFORMS, affine, spiral, transform, transformed, waves
from entropylab.problems.dependent import (
    additive_uniform,
    bivariate_normal,
    equicorrelated,
    normal_pair,
    paired,
    student_pair,
)
from entropylab.problems.mixtures import gaussian_mixture_pair
from entropylab.problems.problem import Problem

__all__ = ["BMI_TASKS", "PROFILE_TASKS"]


def _sparse(d: int) -> Problem:
    # X_i = E_i + 2 Z_i and Y_i = F_i + 2 Z_i for i < 2: correlation 4 / 5, all other columns independent
    return normal_pair(paired(d, [0.8, 0.8]), dx=d, name=f"multinormal-sparse-{d}-{d}-2-2.0")


def _dense(d: int) -> Problem:
    return normal_pair(equicorrelated(2 * d, 0.5), dx=d, name=f"multinormal-dense-{d}-{d}-0.5")


def _student(d: int, df: int) -> Problem:
    return student_pair(np.eye(2 * d), dx=d, df=df, name=f"student-identity-{d}-{d}-{df}")


def _normal() -> Problem:
    return bivariate_normal(correlation=0.75)


def _bimodal() -> Problem:
    return transform(_normal(), *TRANSFORMS["bimodal"](1, 1), name="1v1-bimodal-0.75")


def _tasks() -> dict[str, Callable[[], Problem]]:
    """Name -> how to build the problem, in the order of the published list."""
    tasks = {
        "1v1-normal-0.75": _normal,
        "normal_cdf-1v1-normal-0.75": lambda: transformed(_normal(), "normal_cdf"),
        "1v1-additive-0.1": lambda: additive_uniform(epsilon=0.1),
        "1v1-additive-0.75": lambda: additive_uniform(epsilon=0.75),
        "1v1-bimodal-0.75": _bimodal,
        "wiggly-1v1-normal-0.75": lambda: transformed(_normal(), "wiggly"),
        "half_cube-1v1-normal-0.75": lambda: transformed(_normal(), "half_cube"),
        "student-identity-1-1-1": lambda: _student(1, 1),
        "asinh-student-identity-1-1-1": lambda: transformed(_student(1, 1), "asinh"),
        "swissroll_x-normal_cdf-1v1-normal-0.75": lambda: transformed(
            transformed(_normal(), "normal_cdf"), "swissroll_x"
        ),
    }
    for d in (2, 3, 5, 25, 50):
        tasks[f"multinormal-dense-{d}-{d}-0.5"] = lambda d=d: _dense(d)
    for d in (2, 3, 5, 25):
        tasks[f"multinormal-sparse-{d}-{d}-2-2.0"] = lambda d=d: _sparse(d)
    for d, df in ((2, 1), (2, 2), (3, 2), (3, 3), (5, 2), (5, 3)):
        tasks[f"student-identity-{d}-{d}-{df}"] = lambda d=d, df=df: _student(d, df)
    for maps in (("normal_cdf",), ("half_cube",), ("spiral",), ("spiral", "normal_cdf")):
        for d in (3, 5, 25):
            tasks["-".join([*maps, f"multinormal-sparse-{d}-{d}-2-2.0"])] = lambda d=d, maps=maps: _through(
                _sparse(d), maps
            )
    for d, df in ((2, 1), (3, 2), (5, 2)):
        tasks[f"asinh-student-identity-{d}-{d}-{df}"] = lambda d=d, df=df: transformed(_student(d, df), "asinh")
    return tasks


def _through(problem: Problem, maps: tuple[str, ...]) -> Problem:
    """The maps from right to left, as the name reads."""
    for name in reversed(maps):
        problem = transformed(problem, name)
    return problem


def _ai() -> Problem:
    slant = 0.95 * np.sqrt(0.04 * 0.2)
    stroke = [[0.04, slant], [slant, 0.2]]
    return gaussian_mixture_pair(
        [1 / 6] * 6,
        [[1, 0], [1, 1], [1, -1], [-0.8, -0.2], [-1.2, 0], [-0.4, 0]],
        [
            np.diag([0.01, 0.2]), np.diag([0.05, 0.001]), np.diag([0.05, 0.001]), np.diag([0.03, 0.001]),
            stroke, stroke * np.array([[1, -1], [-1, 1]]),
        ],
        dx=1,
        name="1v1-AI",
    )  # fmt: skip


def _galaxy() -> Problem:
    two_balls = gaussian_mixture_pair([0.5, 0.5], 1.5 * np.array([[-1] * 3, [1] * 3]), [np.eye(3)] * 2, dx=2)
    return transform(two_balls, spiral(speed=0.5), name="2v1-galaxy-0.5-3.0")


def _waves() -> Problem:
    means = [[1.5 * i, 0.0, 1.5 * (i % 4)] for i in range(12)]
    stripes = gaussian_mixture_pair([1 / 12] * 12, means, [np.diag([0.1, 1.0, 0.1])] * 12, dx=2)
    shaped = waves(amplitude=5.0, frequency=3.0).then(affine(np.diag([0.1, 0.5]), [-0.8, 0.0]))
    return transform(stripes, shaped, name="2v1-waves-12-5.0-3.0")


def _inliers() -> Problem:
    covariance = paired(5, [0.8, 0.8])
    name = "mult-sparse-w-inliers-5-5-2-2.0-0.2"
    return gaussian_mixture_pair([0.8, 0.2], np.zeros((2, 10)), [covariance, np.eye(10)], dx=5, name=name)


def _concentric() -> Problem:
    covariances = [np.diag([i**2] * 3 + [1e-4]) for i in (1, 2, 3)]
    means = [[0.0, 0.0, 0.0, i] for i in (1, 2, 3)]
    return gaussian_mixture_pair([1 / 3] * 3, means, covariances, dx=3, name="3v1-concentric_gaussians-3")


def _x() -> Problem:
    strokes = [equicorrelated(2, -0.9), equicorrelated(2, 0.9)]
    return gaussian_mixture_pair([0.5, 0.5], np.zeros((2, 2)), strokes, dx=1, name="1v1-X-0.9")


BMI_TASKS = _tasks()
# mixtures of Czyz et al., "On the properties and estimation of pointwise mutual information profiles"
PROFILE_TASKS = {
    "1v1-X-0.9": _x,
    "1v1-AI": _ai,
    "2v1-galaxy-0.5-3.0": _galaxy,
    "2v1-waves-12-5.0-3.0": _waves,
    "3v1-concentric_gaussians-3": _concentric,
    "mult-sparse-w-inliers-5-5-2-2.0-0.2": _inliers,
}
