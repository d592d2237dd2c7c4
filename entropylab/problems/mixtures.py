"""Mixtures of normals and of boxes: entropies by quadrature, by exact cells, or with a standard error."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from entropylab.problems.integration import integrate, normal_mean
from entropylab.problems.multivariate import cholesky
from entropylab.problems.problem import Problem, sampler_from

__all__ = ["gaussian_mixture", "gaussian_mixture_pair", "uniform_mixture"]

# where a panel of quadrature begins, in standard deviations; a normal has 2e-23 of its mass beyond 10
REACH = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.5, 6.0, 8.0, 10.0])
REACH = np.concatenate([-REACH[:0:-1], REACH])


class Normals:
    """Weights (K,), means (K, d) and Cholesky factors (K, d, d) of a mixture of normals, checked."""

    def __init__(self, weights, means, covariances):
        self.weights = checked_weights(weights)
        means = np.asarray(means, dtype=np.float64)
        covariances = np.asarray(covariances, dtype=np.float64)
        self.means = means[:, None] if means.ndim == 1 else means
        if covariances.ndim == 1:
            covariances = covariances[:, None, None]
        k, d = self.means.shape
        if len(self.weights) != k or covariances.shape != (k, d, d):
            raise ValueError(
                f"a mixture needs weights (K,), means (K, d), covariances (K, d, d): got {self.weights.shape}, "
                f"{means.shape}, {covariances.shape}."
            )
        self.factors = np.stack([cholesky(covariance) for covariance in covariances])
        self.whiteners = np.linalg.inv(self.factors)
        half_log_determinants = np.log(np.diagonal(self.factors, axis1=1, axis2=2)).sum(axis=1)
        self.offsets = np.log(self.weights) - half_log_determinants - 0.5 * d * math.log(2 * math.pi)

    def draw(self, rng: np.random.Generator, n: int) -> np.ndarray:
        component = rng.choice(len(self.weights), size=n, p=self.weights)
        z = rng.standard_normal((n, self.means.shape[1]))
        return self.means[component] + np.einsum("nij,nj->ni", self.factors[component], z)

    def log_density(self, x: np.ndarray) -> np.ndarray:
        x = np.asarray(x, dtype=np.float64)
        parts = np.empty((len(self.weights), len(x)))
        for k, mean in enumerate(self.means):
            z = (x - mean) @ self.whiteners[k].T
            parts[k] = self.offsets[k] - 0.5 * np.einsum("nd,nd->n", z, z)
        highest = parts.max(axis=0)
        return highest + np.log(np.exp(parts - highest).sum(axis=0))

    def marginal(self, columns: slice) -> Normals:
        covariances = self.factors @ np.swapaxes(self.factors, 1, 2)
        return Normals(self.weights, self.means[:, columns], covariances[:, columns, columns])

    def mean(self, function: Callable[[np.ndarray], np.ndarray]) -> tuple[float, float]:
        """The expectation of function(x) and its standard error, every component integrated by itself."""
        value = variance = 0.0
        for k, (weight, mean, factor) in enumerate(zip(self.weights, self.means, self.factors, strict=True)):
            part, error = normal_mean(
                lambda z, mean=mean, factor=factor: function(mean + z @ factor.T),
                len(mean),
                tolerance=TOLERANCE / math.sqrt(weight),  # so that sum (weight error)^2 <= TOLERANCE^2
                seed=k,
            )
            value, variance = value + weight * part, variance + (weight * error) ** 2
        return value, math.sqrt(variance)

    def breaks(self) -> np.ndarray:
        """Where the panels of a quadrature along one dimension begin and end."""
        return (self.means + self.factors[:, 0] * REACH).ravel()

    def entropy(self) -> tuple[float, float, str]:
        """Entropy in nats, its error, and how it was had."""
        if self.means.shape[1] > 1:
            return *self.mean(lambda x: -self.log_density(x)), SOBOL

        def surprise(x):
            log_p = self.log_density(x[:, None])
            return -np.exp(log_p) * log_p

        return *integrate(surprise, self.breaks()), QUADRATURE


TOLERANCE = 2e-4
SOBOL = "mean over 16 scrambled Sobol sets in every component, with its standard error"
QUADRATURE = "Gauss-Legendre quadrature, halved until it settles"


def gaussian_mixture(
    weights, means, covariances, *, name: str | None = None, reference: str = "kolchinsky2017"
) -> Problem:
    """Mixture of normals, weights (K,), means (K, d), covariances (K, d, d); (K,) means and variances for d = 1.

    The entropy has no closed form: on the line it is a quadrature, in more dimensions a randomised
    quasi-Monte Carlo mean of -log p, whose standard error is `truth_error`.
    """
    mixture = Normals(weights, means, covariances)
    k, d = mixture.means.shape
    truth, error, known_by = mixture.entropy()
    return Problem(
        name=name or f"gaussian-mixture-{k}-d{d}",
        quantity="differential entropy",
        sample=sampler_from(mixture.draw),
        truth=truth,
        known_by=known_by,
        dimensions=(d,),
        truth_error=error,
        reference=reference,
        tags=("mixture",),
        local=lambda x: -mixture.log_density(x),
    )


def gaussian_mixture_pair(weights, means, covariances, *, dx: int, name: str | None = None) -> Problem:
    """Mutual information of the first `dx` and the other columns of a mixture of normals.

    A randomised quasi-Monte Carlo mean of the pointwise log p(x, y) / (p(x) p(y)), all three of them
    mixtures of normals, with its standard error. Source: Czyz et al. (2023), "On the properties and
    estimation of pointwise mutual information profiles".
    """
    joint = Normals(weights, means, covariances)
    k, d = joint.means.shape
    if not 1 <= dx < d:
        raise ValueError(f"dx must leave columns to both variables: got dx={dx} of {d}.")
    first, second = joint.marginal(slice(0, dx)), joint.marginal(slice(dx, d))

    def pointwise(x, y):
        return joint.log_density(np.hstack([x, y])) - first.log_density(x) - second.log_density(y)

    def draw(rng, n):
        xy = joint.draw(rng, n)
        return xy[:, :dx], xy[:, dx:]

    truth, error = joint.mean(lambda xy: pointwise(xy[:, :dx], xy[:, dx:]))
    return Problem(
        name=name or f"gaussian-mixture-pair-{k}-{dx}-{d - dx}",
        quantity="mutual information",
        sample=sampler_from(draw),
        truth=truth,
        known_by=SOBOL,
        dimensions=(dx, d - dx),
        truth_error=error,
        reference="czyz2023pointwise",
        tags=("mixture",),
        takes="pair",
        local=pointwise,
    )


def uniform_mixture(weights, centers, sides, *, name: str | None = None) -> Problem:
    """Mixture of uniform boxes, weights (K,), centers (K, d), side lengths (K, d); (K,) both for d = 1.

    The faces of all boxes cut space into at most (2K - 1)^d cells on which the density is constant, so
    the entropy is an exact sum over cells. Errors: ValueError above a million cells.
    """
    weights = checked_weights(weights)
    centers, sides = (np.asarray(part, dtype=np.float64) for part in (centers, sides))
    centers, sides = (part[:, None] if part.ndim == 1 else part for part in (centers, sides))
    if centers.shape != sides.shape or len(centers) != len(weights) or not np.all(sides > 0):
        raise ValueError(
            f"boxes need weights (K,), centers (K, d) and sides (K, d) above 0: got shapes {weights.shape}, "
            f"{centers.shape}, {sides.shape} and a lowest side of {sides.min():g}."
        )
    k, d = centers.shape
    low, high = centers - sides / 2, centers + sides / 2
    heights = weights / sides.prod(axis=1)

    def density(x):
        # one box at a time: n K d comparisons without an array of that size
        return sum(h * np.all((x >= a) & (x <= b), axis=1) for h, a, b in zip(heights, low, high, strict=True))

    edges = [np.unique(np.concatenate([low[:, j], high[:, j]])) for j in range(d)]
    cells = math.prod(len(edge) - 1 for edge in edges)
    if cells > 10**6:
        raise ValueError(f"{k} boxes in {d} dimensions make {cells} cells, above 1000000; use fewer boxes.")
    middles = np.stack([m.ravel() for m in np.meshgrid(*[(e[1:] + e[:-1]) / 2 for e in edges], indexing="ij")], -1)
    volumes = np.stack([v.ravel() for v in np.meshgrid(*[np.diff(e) for e in edges], indexing="ij")], -1).prod(-1)
    p = density(middles)
    inside = p > 0

    def draw(rng, n):
        component = rng.choice(k, size=n, p=weights)
        return low[component] + sides[component] * rng.random((n, d))

    def local(x):
        with np.errstate(divide="ignore"):
            return -np.log(density(x))

    return Problem(
        name=name or f"uniform-mixture-{k}-d{d}",
        quantity="differential entropy",
        sample=sampler_from(draw),
        truth=float(-(volumes[inside] * p[inside]) @ np.log(p[inside])),
        known_by=f"exact sum over the {int(inside.sum())} cells of constant density",
        dimensions=(d,),
        reference="kolchinsky2017",
        tags=("mixture", "bounded"),
        local=local,
    )


def checked_weights(weights) -> np.ndarray:
    """Weights (K,) as float64; raises ValueError unless they are above 0 and sum to one."""
    weights = np.asarray(weights, dtype=np.float64)
    if weights.ndim != 1 or not np.all(weights > 0) or abs(weights.sum() - 1) > 1e-9:
        raise ValueError(f"weights must be (K,), above 0 and sum to 1: got {weights!r}; divide them by their sum.")
    return weights / weights.sum()
