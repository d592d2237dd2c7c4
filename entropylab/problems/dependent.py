"""Pairs of numbers whose mutual information is known: normal, Student, additive noise, noisy functions."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from entropylab.numerics.validation import check
from entropylab.problems.integration import integrate, quadrature_panels
from entropylab.problems.multivariate import (
    cholesky,
    draw_student,
    equicorrelated,
    half_log_determinant,
    log_normal,
    log_student,
    student_entropy,
)
from entropylab.problems.problem import Problem, sampler_from

__all__ = [
    "bivariate_normal", "normal_pair", "student_pair", "additive_uniform", "noisy_function", "conditional_normal",
    "independent", "paired",
]  # fmt: skip


def bivariate_normal(*, correlation: float, name: str | None = None) -> Problem:
    """Two normals: I = -log(1 - correlation^2) / 2 nats."""
    if not -1 < correlation < 1:
        raise ValueError(f"a correlation must lie between -1 and 1: got {correlation!r}; at +-1 I is infinite.")
    return normal_pair(equicorrelated(2, correlation), dx=1, name=name or f"1v1-normal-{correlation}")


def normal_pair(covariance, *, dx: int, name: str | None = None) -> Problem:
    """The first `dx` against the other columns of a normal: I = log(det S_x det S_y / det S) / 2 nats."""
    joint, first, second = _split(covariance, dx)
    dy = len(second)

    def draw(rng, n):
        xy = rng.standard_normal((n, dx + dy)) @ joint.T
        return xy[:, :dx], xy[:, dx:]

    return Problem(
        name=name or f"normal-pair-{dx}-{dy}",
        quantity="mutual information",
        sample=sampler_from(draw),
        truth=_normal_information(joint, first, second),
        known_by="closed form",
        dimensions=(dx, dy),
        reference="cover2006",
        takes="pair",
        local=lambda x, y: log_normal(np.hstack([x, y]), joint) - log_normal(x, first) - log_normal(y, second),
    )


def student_pair(dispersion, *, dx: int, df: float, name: str | None = None) -> Problem:
    """The first `dx` against the other columns of a Student with `df` degrees of freedom.

    I = log(det S_x det S_y / det S) / 2 + c nats; the correction c = h(dx) + h(dy) - h(dx + dy), h the entropy
    of a Student with identity dispersion, is above 0: one scale shared by all columns makes them dependent
    even where they are not correlated. Source: Arellano-Valle et al. (2013), with the entropies of their
    equation 7; their final formula for c has a misprint, as Czyz et al. (2023) found.
    """
    check.require_positive("df", df, "choose a positive number of degrees of freedom.")
    joint, first, second = _split(dispersion, dx)
    dy = len(second)
    correction = student_entropy(df, dx) + student_entropy(df, dy) - student_entropy(df, dx + dy)

    def draw(rng, n):
        xy = draw_student(rng, n, joint, df)
        return xy[:, :dx], xy[:, dx:]

    return Problem(
        name=name or f"student-pair-{dx}-{dy}-{df:g}",
        quantity="mutual information",
        sample=sampler_from(draw),
        truth=_normal_information(joint, first, second) + correction,
        known_by="closed form",
        dimensions=(dx, dy),
        reference="arellano2013",
        tags=("heavy tails",) if df <= 3 else (),
        takes="pair",
        local=lambda x, y: (
            log_student(np.hstack([x, y]), joint, df) - log_student(x, first, df) - log_student(y, second, df)
        ),
    )


def additive_uniform(*, epsilon: float, name: str | None = None) -> Problem:
    """Y = X + N with X uniform on (0, 1) and N uniform on (-epsilon, epsilon).

    I = epsilon - log(2 epsilon) nats for epsilon <= 1/2, else 1 / (4 epsilon): h(Y) is that of the trapezoid
    on (-epsilon, 1 + epsilon), h(Y | X) = log(2 epsilon). Pointwise, p(y) = o(y) / (2 epsilon), where o(y) is
    how much of (0, 1) lies within epsilon of y, so log p(y | x) / p(y) = -log o(y).
    Small epsilon is the high-information case: 16.0 nats at 1e-7.
    """
    check.require_positive("epsilon", epsilon, "choose a positive width of the noise.")

    def draw(rng, n):
        x = rng.random((n, 1))
        return x, x + rng.uniform(-epsilon, epsilon, (n, 1))

    def local(x, y):
        # the window 2 epsilon less what of it lies outside (0, 1), exact where nothing does
        overlap = 2 * epsilon - np.maximum(0, y + epsilon - 1) - np.maximum(0, epsilon - y)
        return -np.log(overlap)[:, 0]

    return Problem(
        name=name or f"1v1-additive-{epsilon}",
        quantity="mutual information",
        sample=sampler_from(draw),
        truth=epsilon - math.log(2 * epsilon) if epsilon <= 0.5 else 0.25 / epsilon,
        known_by="closed form",
        dimensions=(1, 1),
        reference="czyz2023",
        tags=("bounded",),
        takes="pair",
        local=local,
    )


def noisy_function(function: Callable[[np.ndarray], np.ndarray], *, noise: float, name: str) -> Problem:
    """Y = function(X) + noise N with X uniform on (-1, 1) and N standard normal.

    I = h(Y) - log(2 pi e noise^2) / 2 nats; p(y) is an integral over x and h(Y) one over y, both by
    Gauss-Legendre panels a fraction of the noise wide, halved until they settle. Without noise Y is a
    function of X with a density, and I is infinite: no estimator can be right there.
    """
    check.require_positive("noise", noise, "choose a positive standard deviation; without noise I is infinite.")
    trail = function(np.linspace(-1, 1, 2001))
    # the steepest stretch of the function decides how short a step in x still sees the noise
    steepest = np.abs(np.diff(trail)).max() / 1e-3
    pieces = int(np.clip(np.ceil(4 * steepest / noise), 16, 4000))
    reach = np.linspace(trail.min() - 10 * noise, trail.max() + 10 * noise, int(np.ptp(trail) / noise) + 21)

    def log_marginal(y, split):
        x, weights = quadrature_panels(np.linspace(-1, 1, pieces + 1), split)
        centers, scale = function(x), noise * math.sqrt(2 * math.pi)
        rows = max(1, 2**20 // len(x))  # blocks of 8 MiB
        total = np.concatenate(
            [
                np.exp(-0.5 * ((y[i : i + rows, None] - centers) / noise) ** 2) @ (weights / 2)
                for i in range(0, len(y), rows)
            ]
        )
        return np.log(total) - math.log(scale)

    def surprise(y, split):
        log_p = log_marginal(y, split)
        return -np.exp(log_p) * log_p

    coarse, _ = integrate(lambda y: surprise(y, 1), reach)
    entropy, change = integrate(lambda y: surprise(y, 2), reach)

    def draw(rng, n):
        x = rng.uniform(-1, 1, (n, 1))
        return x, function(x) + noise * rng.standard_normal((n, 1))

    def local(x, y):
        residual = (y - function(x))[:, 0] / noise
        return -0.5 * residual**2 - math.log(noise * math.sqrt(2 * math.pi)) - log_marginal(y[:, 0], 1)

    return Problem(
        name=name,
        quantity="mutual information",
        sample=sampler_from(draw),
        truth=entropy - 0.5 * math.log(2 * math.pi * math.e * noise**2),
        known_by="Gauss-Legendre quadrature in x and y, halved until it settles",
        dimensions=(1, 1),
        truth_error=abs(entropy - coarse) + change,
        tags=("not monotone",),
        takes="pair",
        local=local,
    )


def conditional_normal(covariance, *, dx: int, dy: int, name: str) -> Problem:
    """I(X; Y | Z) of a normal with columns x, y, z: log(det S_xz det S_yz / (det S_z det S)) / 2 nats."""
    covariance = np.asarray(covariance, dtype=np.float64)
    joint = cholesky(covariance)
    d = len(joint)
    if not (dx >= 1 and dy >= 1 and dx + dy < d):
        raise ValueError(f"x, y and z need a column each: got dx={dx}, dy={dy} of {d} columns.")
    columns = np.arange(d)
    parts = [columns[(columns < dx) | (columns >= dx + dy)], columns[dx:], columns[dx + dy :]]
    xz, yz, z = (cholesky(covariance[np.ix_(part, part)]) for part in parts)

    def draw(rng, n):
        drawn = rng.standard_normal((n, d)) @ joint.T
        return drawn[:, :dx], drawn[:, dx : dx + dy], drawn[:, dx + dy :]

    def local(x, y, given):
        all_of_it = log_normal(np.hstack([x, y, given]), joint) + log_normal(given, z)
        return all_of_it - log_normal(np.hstack([x, given]), xz) - log_normal(np.hstack([y, given]), yz)

    log_determinants = [half_log_determinant(factor) for factor in (xz, yz, z, joint)]
    return Problem(
        name=name,
        quantity="conditional mutual information",
        sample=sampler_from(draw),
        truth=log_determinants[0] + log_determinants[1] - log_determinants[2] - log_determinants[3],
        known_by="closed form",
        dimensions=(dx, dy, d - dx - dy),
        reference="cover2006",
        takes="pair given",
        local=local,
    )


def independent(first: Problem, second: Problem, *, name: str) -> Problem:
    """X from one entropy problem, Y from another, drawn apart: I = 0, the level an estimator must come back to."""

    def sample(seed, n):
        seeds = np.random.SeedSequence(seed).generate_state(2, np.uint64)
        return first.sample(int(seeds[0]), n), second.sample(int(seeds[1]), n)

    return Problem(
        name=name,
        quantity="mutual information",
        sample=sample,
        truth=0.0,
        known_by="independent draws",
        dimensions=(*first.dimensions, *second.dimensions),
        tags=tuple(dict.fromkeys((*first.tags, *second.tags))),
        takes="pair",
        local=lambda x, y: np.zeros(len(x)),
    )


def paired(dimensions: int, correlations) -> np.ndarray:
    """Covariance of (X, Y), unit variances, X_i correlated with Y_i alone, for the first len(correlations) i."""
    covariance = np.eye(2 * dimensions)
    for i, correlation in enumerate(correlations):
        covariance[i, dimensions + i] = covariance[dimensions + i, i] = correlation
    return covariance


def _split(covariance, dx: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    covariance = np.asarray(covariance, dtype=np.float64)
    joint = cholesky(covariance)
    if not 1 <= dx < len(joint):
        raise ValueError(f"dx must leave columns to both variables: got dx={dx} of {len(joint)} columns.")
    return joint, cholesky(covariance[:dx, :dx]), cholesky(covariance[dx:, dx:])


def _normal_information(joint, first, second) -> float:
    return half_log_determinant(first) + half_log_determinant(second) - half_log_determinant(joint)
