"""Densities in d dimensions whose entropy is known in closed form: normal, Student, ball, Dirichlet."""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import digamma, gammaln, xlogy

from entropylab.numerics.validation import check
from entropylab.problems.problem import Problem, sampler_from

__all__ = ["normal", "student", "ball", "dirichlet", "equicorrelated", "autoregressive"]


def normal(covariance, *, mean=None, name: str | None = None) -> Problem:
    """Normal with any covariance (d, d): h = (d log(2 pi e) + log det covariance) / 2 nats."""
    factor = cholesky(covariance)
    d = len(factor)
    mean = np.zeros(d) if mean is None else np.broadcast_to(np.asarray(mean, np.float64), d)
    return Problem(
        name=name or f"normal-{d}",
        quantity="differential entropy",
        sample=sampler_from(lambda rng, n: rng.standard_normal((n, d)) @ factor.T + mean),
        truth=0.5 * d * (1 + math.log(2 * math.pi)) + half_log_determinant(factor),
        known_by="closed form",
        dimensions=(d,),
        reference="cover2006",
        local=lambda x: -log_normal(x - mean, factor),
    )


def student(*, df: float, dimensions: int = 1, dispersion=None, name: str | None = None) -> Problem:
    """Student with `df` degrees of freedom in d dimensions and dispersion S (identity unless given).

    h = log det(S) / 2 + log(Gamma(v/2) / Gamma((v+d)/2)) + (d/2) log(v pi)
        + ((v+d)/2) (psi((v+d)/2) - psi(v/2)) nats, v = df.
    The columns share one scale, so they depend on each other even for S = I. df = 1 is Cauchy; the variance
    is infinite for df <= 2. Source: Arellano-Valle et al. (2013), equation 7.
    """
    check.require_positive("df", df, "choose a positive number of degrees of freedom.")
    factor = cholesky(np.eye(dimensions) if dispersion is None else dispersion)
    if len(factor) != dimensions:
        raise ValueError(f"dispersion must be ({dimensions}, {dimensions}): got {len(factor)} rows; set dimensions.")
    return Problem(
        name=name or f"student-{df:g}" + (f"-d{dimensions}" if dimensions > 1 else ""),
        quantity="differential entropy",
        sample=sampler_from(lambda rng, n: draw_student(rng, n, factor, df)),
        truth=student_entropy(df, dimensions) + half_log_determinant(factor),
        known_by="closed form",
        dimensions=(dimensions,),
        reference="arellano2013",
        tags=("heavy tails",) if df <= 3 else (),
        local=lambda x: -log_student(x, factor, df),
    )


def ball(*, dimensions: int, radius: float = 1.0, name: str | None = None) -> Problem:
    """Uniform in a Euclidean ball: h = (d/2) log pi + d log(radius) - log Gamma(d/2 + 1) nats."""
    check.require_positive("radius", radius, "choose a positive radius.")
    volume = dimensions * (0.5 * math.log(math.pi) + math.log(radius)) - float(gammaln(dimensions / 2 + 1))

    def draw(rng, n):
        z = rng.standard_normal((n, dimensions))
        length = radius * rng.random(n) ** (1 / dimensions)
        return z * (length / np.linalg.norm(z, axis=1))[:, None]

    return Problem(
        name=name or f"ball-{dimensions}",
        quantity="differential entropy",
        sample=sampler_from(draw),
        truth=volume,
        known_by="closed form",
        dimensions=(dimensions,),
        reference="cover2006",
        tags=("bounded",),
        # a drawn point may lie outside by a rounding error
        local=lambda x: np.where(np.linalg.norm(x, axis=1) <= radius * (1 + 1e-14), volume, np.inf),
    )


def dirichlet(concentrations, *, name: str | None = None) -> Problem:
    """The first K - 1 coordinates of a Dirichlet over K cells, uniform on the simplex when all are 1.

    h = log B(a) + (a_0 - K) psi(a_0) - sum_j (a_j - 1) psi(a_j) nats, a_0 = sum_j a_j.
    """
    a = np.asarray(concentrations, dtype=np.float64)
    if a.ndim != 1 or len(a) < 2 or not np.all(a > 0):
        raise ValueError(f"concentrations must be two or more numbers above 0: got {concentrations!r}.")
    total, norm = a.sum(), gammaln(a).sum() - gammaln(a.sum())

    def local(x):
        full = np.column_stack([x, 1 - x.sum(axis=1)])
        return norm - xlogy(a - 1, full).sum(axis=1)

    return Problem(
        name=name or f"dirichlet-{len(a)}",
        quantity="differential entropy",
        sample=sampler_from(lambda rng, n: rng.dirichlet(a, n)[:, :-1]),
        truth=float(norm + (total - len(a)) * digamma(total) - ((a - 1) * digamma(a)).sum()),
        known_by="closed form",
        dimensions=(len(a) - 1,),
        tags=("bounded",),
        local=local,
    )


def equicorrelated(dimensions: int, correlation: float) -> np.ndarray:
    """Unit variances and one correlation for every pair; the slides' I/2 + 11^T/2 has correlation 1/2."""
    return np.eye(dimensions) * (1 - correlation) + correlation


def autoregressive(dimensions: int, correlation: float) -> np.ndarray:
    """Covariance correlation^|i - j| of neighbouring columns, unit variances."""
    index = np.arange(dimensions)
    return float(correlation) ** np.abs(index[:, None] - index)


def cholesky(covariance) -> np.ndarray:
    """The lower Cholesky factor; raises ValueError unless the matrix is symmetric and positive definite."""
    covariance = np.asarray(covariance, dtype=np.float64)
    if covariance.ndim != 2 or covariance.shape[0] != covariance.shape[1]:
        raise ValueError(f"a covariance must be a square matrix (d, d): got shape {covariance.shape}.")
    if not np.allclose(covariance, covariance.T, rtol=1e-12, atol=0):
        raise ValueError("a covariance must be symmetric: got a matrix that differs from its transpose.")
    try:
        return np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        lowest = np.linalg.eigvalsh(covariance)[0]
        raise ValueError(
            f"a covariance must be positive definite: its lowest eigenvalue is {lowest:.3g}, the entropy has no "
            "finite value; drop the columns that depend on the others."
        ) from None


def half_log_determinant(factor: np.ndarray) -> float:
    """log det(covariance) / 2 from its Cholesky factor."""
    return float(np.log(np.diag(factor)).sum())


def squared_lengths(x: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """x^T covariance^-1 x of every row."""
    return (solve_triangular(factor, np.asarray(x).T, lower=True) ** 2).sum(axis=0)


def log_normal(x: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Log density of a centred normal at every row."""
    return -0.5 * squared_lengths(x, factor) - half_log_determinant(factor) - 0.5 * len(factor) * math.log(2 * math.pi)


def log_student(x: np.ndarray, factor: np.ndarray, df: float) -> np.ndarray:
    """Log density of a centred Student at every row."""
    d = len(factor)
    norm = gammaln((df + d) / 2) - gammaln(df / 2) - 0.5 * d * math.log(df * math.pi) - half_log_determinant(factor)
    return norm - 0.5 * (df + d) * np.log1p(squared_lengths(x, factor) / df)


def draw_student(rng: np.random.Generator, n: int, factor: np.ndarray, df: float) -> np.ndarray:
    """Rows of a centred Student: normal rows, each divided by a chi of its own."""
    z = rng.standard_normal((n, len(factor))) @ factor.T
    return z / np.sqrt(rng.chisquare(df, n) / df)[:, None]


def student_entropy(df: float, dimensions: int) -> float:
    """Entropy in nats of a Student with identity dispersion."""
    top = (df + dimensions) / 2
    return float(
        gammaln(df / 2)
        - gammaln(top)
        + 0.5 * dimensions * math.log(df * math.pi)
        + top * (digamma(top) - digamma(df / 2))
    )
