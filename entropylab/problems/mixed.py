"""Pairs with labels, counts or atoms in them: tables, classes, XOR, and the mixtures of Gao et al. (2017)."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import digamma, entr, gammaln, xlogy

from entropylab.problems.mixtures import Normals
from entropylab.problems.multivariate import log_normal
from entropylab.problems.problem import Problem, sampler_from

__all__ = [
    "table", "exclusive_or", "parabola_grid", "exclusive_or_quadrants", "exclusive_or_continuous", "normal_classes",
    "categorical_uniform", "zero_inflated_poisson", "atoms_and_normal",
]  # fmt: skip


def table(probabilities, *, name: str) -> Problem:
    """Labels x, y drawn from a table p(x, y) of shape (a, b): I = H(X) + H(Y) - H(X, Y) nats, an exact sum."""
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 2 or not np.all(p >= 0) or abs(p.sum() - 1) > 1e-9:
        raise ValueError(f"a table must be (a, b), not negative, and sum to 1: got shape {p.shape}, sum {p.sum():g}.")
    p = p / p.sum()
    px, py = p.sum(axis=1), p.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        pointwise = np.log(p) - np.log(px[:, None]) - np.log(py)

    def draw(rng, n):
        cell = rng.choice(p.size, size=n, p=p.ravel())
        return cell // len(py), cell % len(py)

    return Problem(
        name=name,
        quantity="mutual information",
        sample=sampler_from(draw),
        truth=math.fsum([*entr(px), *entr(py), *(-entr(p.ravel()))]),
        known_by="exact sum",
        dimensions=(0, 0),
        reference="cover2006",
        takes="labels",
        local=lambda x, y: pointwise[x, y],
    )


def exclusive_or(*, flip: float = 0.0, name: str = "xor") -> Problem:
    """X = (A, B), two fair bits as one label 2 A + B, and Y = A xor B, flipped with probability `flip`.

    I = log 2 - H(flip) nats, although A alone and B alone tell nothing about Y.
    """
    if not 0 <= flip <= 1:
        raise ValueError(f"flip must be a probability: got {flip!r}.")
    exact = np.array([[1, 0], [0, 1], [0, 1], [1, 0]])
    return table((exact * (1 - flip) + (1 - exact) * flip) / 4, name=name)


def parabola_grid(half: int, *, name: str | None = None) -> Problem:
    """Y = X^2 for X uniform on the grid -half, ..., half, as labels: I = H(Y) nats, and H(Y | X) = 0.

    Correlation sees nothing here; knowing X leaves no doubt about Y.
    """
    p = np.zeros((2 * half + 1, half + 1))
    p[np.arange(2 * half + 1), np.abs(np.arange(-half, half + 1))] = 1 / (2 * half + 1)
    return table(p, name=name or f"parabola-grid-{2 * half + 1}")


def exclusive_or_quadrants(*, name: str = "xor-quadrants") -> Problem:
    """X uniform on (-1, 1)^2 and the label whether its two signs agree: I = log 2 nats, 0 for a single column."""

    def draw(rng, n):
        x = rng.uniform(-1, 1, (n, 2))
        return x, (x.prod(axis=1) > 0).astype(np.int64)

    def local(x, labels):
        return np.where((x.prod(axis=1) > 0) == labels, math.log(2), -np.inf)

    return _closed(name, draw, math.log(2), (2, 0), "sample labels", local)


def exclusive_or_continuous(*, name: str = "xor-continuous") -> Problem:
    """X uniform on (-1, 1)^2 and Y = sign(X_1 X_2) E, E exponential: I = log 2 nats, 0 for a single column of X."""

    def draw(rng, n):
        x = rng.uniform(-1, 1, (n, 2))
        return x, np.sign(x.prod(axis=1, keepdims=True)) * rng.exponential(1.0, (n, 1))

    def local(x, y):
        return np.where(x.prod(axis=1) * y[:, 0] > 0, math.log(2), -np.inf)

    return _closed(name, draw, math.log(2), (2, 1), "pair", local)


def normal_classes(weights, means, covariances, *, name: str) -> Problem:
    """X normal within every class and the class as label: I = h(mixture) - sum_k w_k h(class k) nats.

    Shapes and the way h(mixture) is known are those of `gaussian_mixture`.
    """
    mixture = Normals(weights, means, covariances)
    entropy, error, known_by = mixture.entropy()
    k, d = mixture.means.shape
    log_determinants = np.log(np.diagonal(mixture.factors, axis1=1, axis2=2)).sum(axis=1)
    inside = float(mixture.weights @ log_determinants) + 0.5 * d * (1 + math.log(2 * math.pi))

    def draw(rng, n):
        labels = rng.choice(k, size=n, p=mixture.weights).astype(np.int64)
        z = rng.standard_normal((n, d))
        return mixture.means[labels] + np.einsum("nij,nj->ni", mixture.factors[labels], z), labels

    def local(x, labels):
        own = np.empty(len(labels))
        for label, (mean, factor) in enumerate(zip(mixture.means, mixture.factors, strict=True)):
            own[labels == label] = log_normal(x[labels == label] - mean, factor)
        return own - mixture.log_density(x)

    return Problem(
        name=name,
        quantity="mutual information",
        sample=sampler_from(draw),
        truth=entropy - inside,
        known_by=known_by,
        dimensions=(d, 0),
        truth_error=error,
        reference="ross2014",
        tags=("mixture",),
        takes="sample labels",
        local=local,
    )


def categorical_uniform(classes: int, *, name: str | None = None) -> Problem:
    """Label L uniform on 0, ..., m - 1 and X uniform on (L, L + 2): I = log m - ((m - 1) / m) log 2 nats.

    Neighbouring classes overlap by half. Source: Gao et al. (2017), experiment II.
    """
    m = classes
    if m < 1:
        raise ValueError(f"categorical_uniform needs one class or more: got {m!r}.")

    def draw(rng, n):
        labels = rng.integers(m, size=n)
        return labels[:, None] + rng.uniform(0, 2, (n, 1)), labels

    def local(x, labels):
        # classes that reach x: floor(x) and floor(x) - 1, where they exist
        cell = np.floor(x[:, 0])
        return math.log(m) - np.log((cell <= m - 1).astype(float) + (cell >= 1))

    truth = math.log(m) - (m - 1) / m * math.log(2)
    return _closed(name or f"categorical-uniform-{m}", draw, truth, (1, 0), "sample labels", local, "gao2017")


def zero_inflated_poisson(*, inflation: float = 0.15, name: str | None = None) -> Problem:
    """X exponential with mean 1; Y = 0 with probability p, else Poisson(X); p = `inflation`.

    P(Y = 0 | x) = p + q e^-x with q = 1 - p, and P(Y = k | x) = q e^-x x^k / k! for k >= 1. Integrated over
    e^-x these give P(0) = p + q/2 and P(k) = q 2^-(k+1). In I = E log P(Y | X) / P(Y):
      k = 0, with v = p + q e^-x: the integral of v log v dv / q from p to 1, less P(0) log P(0),
             = (-1/4 + p^2/4 - (p^2/2) log p) / q - P(0) log P(0);
      k >= 1: q cancels in the logarithm, and given k, X is Gamma(k + 1) with rate 2, so that E X = (k + 1)/2
             and E log X = psi(k + 1) - log 2: the term is
             q 2^-(k+1) (k psi(k + 1) - (k + 1)/2 + log 2 - log k!).
    The bracket lies below k, so what 120 terms leave is below 122 / 2^121, far below rounding.

    I = 0.2298 nats at p = 0.15. Gao et al. (2017), and Czyz et al. after them, print
    (1 - p) 0.3012 = 0.2561, which is I(X; Y | was it inflated?): a zero does not tell whether it was.
    At p = 0 the two agree, at 2 log 2 - gamma - sum_k 2^-k log k = 0.3012.
    """
    p = inflation
    if not 0 <= p < 1:
        raise ValueError(f"inflation must be a probability below 1: got {p!r}.")
    q, p0 = 1 - p, p + (1 - p) / 2
    at_zero = (-0.25 + p**2 / 4 - 0.5 * p * float(xlogy(p, p))) / q - p0 * math.log(p0)
    k = np.arange(1.0, 121.0)
    beyond = q * 0.5 ** (k + 1) * (k * digamma(k + 1) - (k + 1) / 2 + math.log(2) - gammaln(k + 1))

    def draw(rng, n):
        x = rng.exponential(1.0, n)
        counts = rng.poisson(x)
        return x[:, None], np.where(rng.random(n) < p, 0, counts).astype(np.int64)

    def local(x, counts):
        x = x[:, 0]
        poisson = xlogy(counts, x) - x - gammaln(counts + 1.0) + (counts + 1) * math.log(2)
        return np.where(counts == 0, np.log(p + q * np.exp(-x)) - math.log(p0), poisson)

    truth = math.fsum([at_zero, *beyond])
    known_by = "closed form for zero, a series for the other counts"
    return _closed(
        name or f"zero-inflated-poisson-{p:g}",
        draw,
        truth,
        (1, 0),
        "sample labels",
        local,
        "gao2017",
        known_by,
        ("counts",),
    )


def atoms_and_normal(*, correlation: float = 0.9, agreement: float = 0.9, name: str = "atoms-and-normal") -> Problem:
    """Half the pairs bivariate normal, half on the four atoms (+-1, +-1), which agree with probability a.

    X alone shows which half a pair is from, so that log 2 nats come on top of the average:
    I = log 2 + (-log(1 - correlation^2) / 2) / 2 + (log 2 - H(a)) / 2. Ties by design: a method that needs a
    density must say so. Source: Gao et al. (2017), experiment I.
    """
    if not -1 < correlation < 1 or not 0 < agreement < 1:
        raise ValueError(f"need -1 < correlation < 1 and 0 < agreement < 1: got {correlation!r}, {agreement!r}.")
    rest = math.sqrt((1 - correlation) * (1 + correlation))
    doubt = float(entr(agreement) + entr(1 - agreement))
    truth = math.log(2) - 0.5 * math.log(rest) + 0.5 * (math.log(2) - doubt)

    def draw(rng, n):
        z = rng.standard_normal((n, 2))
        x = z[:, 0]
        normal = np.column_stack([x, correlation * x + rest * z[:, 1]])
        sign = np.where(rng.random(n) < 0.5, -1.0, 1.0)
        atoms = np.column_stack([sign, np.where(rng.random(n) < agreement, sign, -sign)])
        xy = np.where(rng.random((n, 1)) < 0.5, normal, atoms)
        return xy[:, :1], xy[:, 1:]

    def local(x, y):
        x, y = x[:, 0], y[:, 0]
        on_atom = (np.abs(x) == 1) & (np.abs(y) == 1)
        smooth = -math.log(rest) - 0.5 * ((y - correlation * x) / rest) ** 2 + 0.5 * y**2
        atom = np.where(x == y, math.log(2 * agreement), math.log(2 * (1 - agreement)))
        return math.log(2) + np.where(on_atom, atom, smooth)

    return _closed(name, draw, truth, (1, 1), "pair", local, "gao2017", tags=("ties",))


def _closed(name, draw, truth, dimensions, takes, local, reference="", known_by="closed form", tags=()) -> Problem:
    return Problem(
        name=name,
        quantity="mutual information",
        sample=sampler_from(draw),
        truth=truth,
        known_by=known_by,
        dimensions=dimensions,
        reference=reference,
        tags=tags,
        takes=takes,
        local=local,
    )
