"""Bijections of x alone or y alone: they change every picture of a pair and none of its mutual information."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr, ndtri

from entropylab.problems.integration import invert_increasing
from entropylab.problems.mixtures import checked_weights
from entropylab.problems.problem import Problem

__all__ = [
    "Bijection", "IDENTITY", "HALF_CUBE", "CUBE", "ASINH", "NORMAL_CDF", "WIGGLY_X", "WIGGLY_Y", "SWISS_ROLL",
    "spiral", "affine", "rotation", "waves", "normal_to_mixture", "TRANSFORMS", "transform", "transformed",
]  # fmt: skip

Map = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Bijection:
    """A map of the rows of (n, d) with its inverse; `adds` columns come out on top of those that went in."""

    name: str
    forward: Map = field(repr=False)
    inverse: Map = field(repr=False)
    adds: int = 0

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self.forward(x)

    def then(self, following: Bijection) -> Bijection:
        """This map, and `following` after it."""
        return Bijection(
            f"{following.name}-{self.name}",
            lambda x: following.forward(self.forward(x)),
            lambda y: self.inverse(following.inverse(y)),
            self.adds + following.adds,
        )


def _normal_cdf(x):
    if np.abs(x).max(initial=0.0) > 8.2:
        raise ValueError(
            f"normal_cdf needs |x| <= 8.2: got {np.abs(x).max():.3g}, where the distribution function rounds to 1 and "
            "distinct points become one; use asinh for heavy tails."
        )
    return ndtr(x)


def _sines(*waves: tuple[float, float, float]) -> tuple[Map, Map, float]:
    """x + sum a sin(b x + c), its slope, and how far it can stray from x."""
    steepest = sum(abs(a * b) for a, b, _ in waves)
    if steepest >= 1:
        raise ValueError(
            f"the waves must have slopes a b that add to less than 1: got {steepest:g}; lower an amplitude."
        )
    return (
        lambda x: x + sum(a * np.sin(b * x + c) for a, b, c in waves),
        lambda x: 1 + sum(a * b * np.cos(b * x + c) for a, b, c in waves),
        sum(abs(a) for a, _, _ in waves),
    )


def _wiggly(name: str, *waves: tuple[float, float, float]) -> Bijection:
    curve, slope, strays = _sines(*waves)
    return Bijection(name, curve, lambda y: invert_increasing(curve, slope, y, y - strays, y + strays))


def _swiss_roll(x):
    if x.shape[1] != 1 or x.min() < 0 or x.max() > 1:
        raise ValueError(
            f"swiss_roll needs one column in [0, 1]: got shape {x.shape} from {x.min():.3g} to {x.max():.3g}; apply "
            "normal_cdf first."
        )
    turn = 1.5 * np.pi * (1 + 2 * x)
    return np.hstack([turn * np.cos(turn), turn * np.sin(turn)]) / 21


def _unroll(y):
    # the radius of the roll is the angle over 21: it alone gives x back
    return (21 * np.hypot(y[:, :1], y[:, 1:]) / (1.5 * np.pi) - 1) / 2


IDENTITY = Bijection("identity", lambda x: x, lambda y: y)
HALF_CUBE = Bijection("half_cube", lambda x: x * np.sqrt(np.abs(x)), lambda y: np.sign(y) * np.cbrt(y) ** 2)
CUBE = Bijection("cube", lambda x: x**3, np.cbrt)
ASINH = Bijection("asinh", np.arcsinh, np.sinh)
NORMAL_CDF = Bijection("normal_cdf", _normal_cdf, ndtri)
WIGGLY_X = _wiggly("wiggly_x", (0.4, 1.0, 0.0), (0.2, 1.7, 1.0), (0.03, 3.3, -2.5))
WIGGLY_Y = _wiggly("wiggly_y", (-0.4, 0.4, 0.0), (0.17, 1.3, 3.5), (0.02, 4.3, -2.5))
SWISS_ROLL = Bijection("swiss_roll", _swiss_roll, _unroll, adds=1)


def spiral(*, plane: tuple[int, int] = (0, 1), speed: float = 1.0) -> Bijection:
    """Turns every row in the plane of two columns by the angle speed |x|^2; lengths stay, so it can be undone."""
    i, j = plane

    def turned(x, sign):
        if max(plane) >= x.shape[1]:
            raise ValueError(f"spiral turns columns {i} and {j}: got {x.shape[1]} columns; choose a plane among them.")
        angle = sign * speed * (x**2).sum(axis=1)
        out = np.array(x, dtype=np.float64)
        out[:, i] = np.cos(angle) * x[:, i] - np.sin(angle) * x[:, j]
        out[:, j] = np.sin(angle) * x[:, i] + np.cos(angle) * x[:, j]
        return out

    return Bijection("spiral", lambda x: turned(x, 1.0), lambda y: turned(y, -1.0))


def affine(matrix, offset=0.0, *, name: str = "affine") -> Bijection:
    """Rows times the transpose of an invertible matrix (d, d), plus an offset."""
    matrix, offset = np.asarray(matrix, dtype=np.float64), np.asarray(offset, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or np.linalg.matrix_rank(matrix) < len(matrix):
        raise ValueError(f"affine needs an invertible square matrix: got shape {matrix.shape}, or a rank too low.")
    return Bijection(name, lambda x: x @ matrix.T + offset, lambda y: np.linalg.solve(matrix, (y - offset).T).T)


def rotation(dimensions: int, *, seed: int = 0) -> Bijection:
    """A rotation drawn uniformly: all columns mixed, all distances kept."""
    normal = np.random.Generator(np.random.PCG64(seed)).standard_normal((dimensions, dimensions))
    q, r = np.linalg.qr(normal)
    q = q * np.sign(np.diag(r))  # without the signs QR favours some rotations
    q[:, 0] *= np.sign(np.linalg.det(q))
    return Bijection("rotation", lambda x: x @ q.T, lambda y: y @ q)


def waves(*, amplitude: float = 5.0, frequency: float = 3.0) -> Bijection:
    """Adds amplitude sin(frequency x_2) to the first column: a shear with ripples."""

    def sheared(x, sign):
        out = np.array(x, dtype=np.float64)
        out[:, 0] += sign * amplitude * np.sin(frequency * x[:, 1])
        return out

    return Bijection("waves", lambda x: sheared(x, 1.0), lambda y: sheared(y, -1.0))


def normal_to_mixture(weights, means) -> Bijection:
    """Standard normal columns turned into a mixture of unit normals: y with F(y) = Phi(x).

    The upper half is matched by upper tails, so that no digits are lost near F = 1.
    """
    weights, means = checked_weights(weights), np.asarray(means, dtype=np.float64)

    def tail(y):
        return (weights * ndtr(y[..., None] - means)).sum(-1)

    def mirrored(y):  # P(Y > -y), increasing in y
        return (weights * ndtr(y[..., None] + means)).sum(-1)

    def slope(y, centers):
        return (weights * np.exp(-0.5 * (y[..., None] - centers) ** 2)).sum(-1) / np.sqrt(2 * np.pi)

    def forward(x):
        x = np.asarray(x, dtype=np.float64)
        upper = x > 0
        out = np.empty_like(x)
        for half, function, centers in ((~upper, tail, means), (upper, mirrored, -means)):
            z = -np.abs(x[half])
            found = invert_increasing(
                function, lambda y, c=centers: slope(y, c), ndtr(z), z + centers.min(), z + centers.max()
            )
            out[half] = found if function is tail else -found
        return out

    def inverse(y):
        below = tail(y)
        return np.where(below < 0.5, ndtri(below), -ndtri(mirrored(-y)))

    return Bijection("bimodal", forward, inverse)


# name -> the maps of x and y, given their numbers of columns; spiral, wiggly and bimodal as Czyz et al. (2023) set them
TRANSFORMS: dict[str, Callable[[int, int], tuple[Bijection, Bijection]]] = {
    "half_cube": lambda dx, dy: (HALF_CUBE, HALF_CUBE),
    "cube": lambda dx, dy: (CUBE, CUBE),
    "asinh": lambda dx, dy: (ASINH, ASINH),
    "normal_cdf": lambda dx, dy: (NORMAL_CDF, NORMAL_CDF),
    "wiggly": lambda dx, dy: (WIGGLY_X, WIGGLY_Y),
    "swissroll_x": lambda dx, dy: (SWISS_ROLL, IDENTITY),
    "spiral": lambda dx, dy: (spiral(plane=(0, 1), speed=1 / dx), spiral(plane=(1, 2), speed=1 / dy)),
    "rotation": lambda dx, dy: (rotation(dx, seed=1), rotation(dy, seed=2)),
    "bimodal": lambda dx, dy: (normal_to_mixture([0.3, 0.7], [0.0, 5.0]), normal_to_mixture([0.5, 0.5], [-1.0, 3.0])),
}


def transformed(problem: Problem, name: str) -> Problem:
    """`problem` under one of TRANSFORMS, called name-problem; its mutual information in nats is the same."""
    if name not in TRANSFORMS:
        raise ValueError(f"there is no transform {name!r}; choose one of {', '.join(TRANSFORMS)}.")
    _require_pair(problem)
    maps = TRANSFORMS[name](*problem.dimensions)
    return transform(problem, *maps, name=f"{name}-{problem.name}")


def transform(problem: Problem, of_x: Bijection, of_y: Bijection = IDENTITY, *, name: str) -> Problem:
    """`problem` with x and y each sent through a bijection; its mutual information in nats is the same.

    Errors: ValueError for a problem that is not a mutual information of two arrays of numbers: an entropy
    changes by the mean log Jacobian, and labels are not moved.
    """
    _require_pair(problem)

    def sample(seed, n):
        x, y = problem.sample(seed, n)
        return of_x(x), of_y(y)

    def local(x, y):
        return problem.local(of_x.inverse(x), of_y.inverse(y))

    dx, dy = problem.dimensions
    again = "transformed" in problem.tags
    return dataclasses.replace(
        problem,
        name=name,
        sample=sample,
        known_by=problem.known_by if again else f"{problem.known_by}, kept by bijections of x and y",
        dimensions=(dx + of_x.adds, dy + of_y.adds),
        tags=problem.tags if again else (*problem.tags, "transformed"),
        local=None if problem.local is None else local,
    )


def _require_pair(problem: Problem) -> None:
    if problem.quantity != "mutual information" or problem.takes != "pair":
        raise ValueError(
            f"a transform needs a mutual information of two arrays of numbers: got {problem.name}, a "
            f"{problem.quantity} that takes {problem.takes!r}."
        )
