"""Bounds on the entropy of a mixture beside a Monte Carlo truth, over what makes them tight or loose (mixentropy)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from entropylab.estimators.mixtures.estimates import mixture_monte_carlo, mixture_pairwise
from entropylab.estimators.mixtures.interval import mixture_bounds
from entropylab.estimators.parametric.logdet import logdet
from entropylab.knobs import SEED, Knob, knob
from entropylab.numerics.gaussians.mixture import Mixture
from entropylab.problems.mixture_families import SWEPT_PARAMETERS, mixture_family
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import Experiment, Stage, stage
from entropylab.studies.core.question import Question

GRIDS = {
    "mean spread": np.geomspace(1e-2, 1e3, 16),
    "similarity": np.geomspace(1e-1, 1e3, 16),
    "cluster spread": np.geomspace(1e-2, 1e3, 16),
    "dimension": np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20, 25, 30]),
}
POINTS = 16  # of every grid, so that pictures keep their shape
ALPHAS = np.linspace(0.02, 0.98, 33)
BETAS = np.geomspace(1e-2, 1e4, 25)
LOGDET_SAMPLES, LOGDET_DIMENSION = 2000, 5
BOUNDS = {
    "joint": "H(X|C) + H(C), upper bound",
    "kl": "pairwise KL, upper bound",
    "chernoff": "pairwise Chernoff at alpha, lower bound",
    "bhattacharyya": "Bhattacharyya, lower bound",
    "elk": "expected likelihood kernel, lower bound",
    "conditional": "H(X|C), lower bound",
    "centers": "kernel density at the centers, no bound",
}
PLANE = ((-1.5, -1.0), (1.5, -1.0), (0.0, 1.6))  # components that stay; the fourth is dragged
SIDE, CELLS = 4.0, 64
MONTE_CARLO = "1.96 standard errors of the Monte Carlo mean"


@dataclass(frozen=True, repr=False)
class Mixtures(Question):
    """Which family of mixtures, what is varied in it, and how the bounds are set."""

    family: str = knob(
        Knob("p", "Gaussian components, or boxes with independent sides.", "gaussian", stops=("gaussian", "uniform"))
    )
    varied: str = knob(Knob("v", "What the horizontal axis varies.", "mean spread", stops=SWEPT_PARAMETERS))
    reading: str = knob(
        Knob(
            "r",
            "Whether the axis is read as a variance or as a standard deviation: the source's plots mix them up.",
            "variance",
            stops=("variance", "standard deviation"),
        )
    )
    components: int = knob(Knob("K", "Components, all of equal weight.", 50, stops=(5, 10, 20, 50, 100, 200)))
    dimension: int = knob(
        Knob("d", "Dimensions, where the dimension is not what varies.", 10, stops=(1, 2, 3, 5, 10, 20))
    )
    alpha: float = knob(Knob(r"\alpha", "Order of the Chernoff divergence: 1/2 is Bhattacharyya's.", 0.5, 0.02, 0.98))
    draws: int = knob(
        Knob(
            "S",
            "Monte Carlo draws behind the truth: its band narrows with their root.",
            4096,
            stops=(256, 1024, 4096, 16384),
        )
    )
    at: int = knob(Knob("i", "Which point of the axis the numbers and the alpha curve are for.", 8, 0, POINTS - 1))
    x: float = knob(Knob("x", "Place of the movable component.", 0.0, -SIDE, SIDE))
    y: float = knob(Knob("y", "Height of the movable component.", 0.0, -SIDE, SIDE))
    width: float = knob(
        Knob("s", "Standard deviation, or side, of the four components in the plane.", 0.8, 0.1, 3.0, scale="log")
    )
    seed: int = knob(SEED)


FAMILY = ("family", "varied", "reading", "components", "dimension", "seed")


@stage("family", "width", "x", "y", "alpha", "draws", "seed")
def density_map(knobs) -> xr.Dataset:
    """Four components in the plane, one of them movable: the density and every bound."""
    centers = np.array([*PLANE, (knobs.x, knobs.y)])
    spread = knobs.width**2 * np.eye(2) if knobs.family == "gaussian" else np.full(2, knobs.width * np.sqrt(12))
    mixture = Mixture(np.full(4, 0.25), centers, np.broadcast_to(spread, (4, *spread.shape)), family=knobs.family)
    values, (truth, error) = _values(mixture, _chernoff(mixture, knobs)), _truth(mixture, knobs)
    axis = (np.arange(CELLS) + 0.5) / CELLS * 2 * SIDE - SIDE
    return xr.Dataset(
        {
            "plane_bounds": ("bound", values, entropy_attributes("bound")),
            "plane_truth": ((), truth, entropy_attributes("Monte Carlo truth", interval=MONTE_CARLO)),
            "plane_error": ((), error, entropy_attributes("standard error of the Monte Carlo truth")),
            "density": (("row", "column"), _density(knobs, centers, axis), attributes("density")),
        },
        coords={"bound": ("bound", list(BOUNDS), attributes("bound"))},
    )


@stage(*FAMILY, "at", "draws")
def at_axis_point(knobs) -> xr.Dataset:
    """Truth and bounds at one point of the axis, and the Chernoff bound over alpha there."""
    value = GRIDS[knobs.varied][knobs.at]
    mixture = _mixture(knobs, value)
    bounds = mixture_bounds(mixture)
    truth, error = _truth(mixture, knobs)
    curve = [float(mixture_pairwise(mixture, divergence="chernoff", alpha=float(alpha))) for alpha in ALPHAS]
    return xr.Dataset(
        {
            "value": ((), value, attributes(knobs.varied)),
            "truth": ((), truth, entropy_attributes("Monte Carlo truth", interval=MONTE_CARLO)),
            "error": ((), error, entropy_attributes("standard error of the Monte Carlo truth")),
            "lower": ((), float(bounds.lower), entropy_attributes("best lower bound")),
            "upper": ((), float(bounds.upper), entropy_attributes("best upper bound")),
            "width_of_interval": (
                (),
                float(bounds.upper - bounds.lower),
                entropy_attributes("upper minus lower bound"),
            ),
            "best_alpha": ((), float(bounds.best_alpha), attributes("best alpha")),
            "best_chernoff": ((), float(bounds.chernoff), entropy_attributes("Chernoff bound at the best alpha")),
            "chernoff_over_alpha": ("alphas", curve, entropy_attributes("Chernoff bound")),
        },
        coords={"alphas": ("alphas", ALPHAS, attributes("alpha"))},
    )


@stage("seed")
def logdets(knobs) -> xr.Dataset:
    """LogDet over beta on normal samples, beside the entropy of the normal they come from."""
    rng = np.random.default_rng(knobs.seed)
    factor = np.linalg.cholesky(0.5 * np.eye(LOGDET_DIMENSION) + 0.5)
    x = rng.standard_normal((LOGDET_SAMPLES, LOGDET_DIMENSION)) @ factor.T
    truth = LOGDET_DIMENSION / 2 * np.log(2 * np.pi * np.e) + np.log(np.diagonal(factor)).sum()
    return xr.Dataset(
        {
            "logdet": ("beta", [float(logdet(x, beta=float(beta))) for beta in BETAS], entropy_attributes("LogDet")),
            "normal_entropy": ((), truth, entropy_attributes("entropy of the normal")),
        },
        coords={"beta": ("beta", BETAS, attributes("beta"))},
    )


@stage(*FAMILY, "draws", "alpha")
def bounds(knobs):
    """Truth and bounds along the axis, point by point."""
    grid, chernoff = GRIDS[knobs.varied], np.full(POINTS, np.nan)
    for share, still in ALPHA_INDEPENDENT.steps(knobs):
        for i in np.flatnonzero(np.isfinite(still.monte_carlo.values) & np.isnan(chernoff)):
            chernoff[i] = _chernoff(_mixture(knobs, grid[i]), knobs)
        values = np.where((still.bound == "chernoff").values[:, None], chernoff, still.bounds.values)
        yield share, still.assign(bounds=still.bounds.copy(data=values))


def _alpha_independent_bounds(knobs):
    """What of `bounds` no alpha moves; the Chernoff bound at alpha is left open."""
    grid = GRIDS[knobs.varied]
    values = np.full((len(BOUNDS), POINTS), np.nan)
    truth, error = np.full(POINTS, np.nan), np.full(POINTS, np.nan)
    for i, value in enumerate(grid):
        mixture = _mixture(knobs, value)
        values[:, i] = _values(mixture)
        truth[i], error[i] = _truth(mixture, knobs)
        yield (
            (i + 1) / POINTS,
            xr.Dataset(
                {
                    "bounds": (("bound", "point"), values.copy(), entropy_attributes("bound")),
                    "monte_carlo": (
                        "point",
                        truth.copy(),
                        entropy_attributes("Monte Carlo truth", interval=MONTE_CARLO),
                    ),
                    "monte_carlo_error": (
                        "point",
                        error.copy(),
                        entropy_attributes("standard error of the Monte Carlo truth"),
                    ),
                    "axis": ("point", grid, attributes(knobs.varied)),
                },
                coords={"bound": ("bound", list(BOUNDS), attributes("bound"))},
            ),
        )


ALPHA_INDEPENDENT = Stage(_alpha_independent_bounds, (*FAMILY, "draws"))


def _mixture(knobs, value) -> Mixture:
    spread = knobs.varied in ("mean spread", "cluster spread")
    squared = value**2 if spread and knobs.reading == "standard deviation" else value
    weights, centers, spreads = mixture_family(
        knobs.family, knobs.varied, squared, components=knobs.components, dimension=knobs.dimension, seed=knobs.seed
    )
    return Mixture(weights, centers, spreads, family=knobs.family)


def _values(mixture, chernoff=np.nan):
    """Every bound, in the order of `BOUNDS`."""
    found = mixture_bounds(mixture)
    return [chernoff if name == "chernoff" else float(getattr(found, name)) for name in BOUNDS]


def _chernoff(mixture, knobs):
    return float(mixture_pairwise(mixture, divergence="chernoff", alpha=knobs.alpha))


def _truth(mixture, knobs):
    surprises = np.asarray(mixture_monte_carlo.local(mixture, draws=knobs.draws, seed=knobs.seed))
    return surprises.mean(), surprises.std(ddof=1) / np.sqrt(len(surprises))


def _density(knobs, centers, axis):
    """The mixture's density on a square, rows from below."""
    away = np.abs(axis[:, None] - centers.T[:, None, :])  # (2, cells, 4)
    if knobs.family == "gaussian":
        sides = np.exp(-0.5 * (away / knobs.width) ** 2) / (knobs.width * np.sqrt(2 * np.pi))
    else:
        side = knobs.width * np.sqrt(12)
        sides = (away <= side / 2) / side
    return np.einsum("ck,rk->rc", sides[0], sides[1]) / 4


mixtures = Experiment(
    "mixtures",
    Mixtures,
    "Bounds on the entropy of a mixture beside its Monte Carlo truth.",
    stages=(
        density_map,
        at_axis_point,
        logdets,
        bounds,
    ),
)
