"""The Kozachenko-Leonenko entropy: the local density is k neighbours over the volume they fill."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Array, Float
from numpy.typing import ArrayLike
from scipy.special import digamma

from entropylab.estimators.card import estimator
from entropylab.kernels.sorted_values.log_sums import log_sums_1d
from entropylab.knobs import NEIGHBOURS, Knob
from entropylab.numerics.neighbours import search, search_jax
from entropylab.numerics.neighbours.scaling import LOG_2, within_range
from entropylab.numerics.neighbours.warnings import (  # fmt: skip
    numbers_of_neighbours,
    require_distinct_points,
    require_varying_columns,
    tell_copies,
)
from entropylab.numerics.special.unit_ball import log_unit_ball_volume
from entropylab.numerics.validation import check

__all__ = ["kozachenko_leonenko", "kozachenko_leonenko_curve"]

NORM = Knob(
    r"\lVert\cdot\rVert", "Shape of the ball that neighbours fill: a cube (max) or a round ball (euclidean).",
    "max", stops=("max", "euclidean"), name="norm",
)  # fmt: skip


def log_distances(name: str, x, k: int, norm: str, any_order: bool = False):
    """log of the distance from every sample to its k-th neighbour, with n and d: in JAX where x is traced.

    Under a trace repeated samples give -inf and no derivative; otherwise they are refused.
    """
    norm = NORM.check(norm)
    if check.is_traced(x):
        x = check.as_samples("x", x)
        k = check.require_neighbour_count(name, k, len(x))
        return search_jax.log_kth_distances(x, k, norm), *x.shape
    x = check.as_numpy_samples("x", x)
    k = check.require_neighbour_count(name, k, len(x))
    require_varying_columns(name, x=x)
    (x,), power = within_range(x)
    if any_order and x.shape[1] == 1:
        distances, copies = search.line_kth_distances(x, k)
    else:
        every = search.kth_distances(x, k, norm)
        distances, copies = every[:, -1], int((every[:, 0] == 0).sum())
    require_distinct_points(name, distances, k)
    tell_copies(name, copies, len(x), k)
    return np.log(distances) + power * LOG_2, *x.shape


def _local(x: Float[Array, "n ..."], *, k: int = 3, norm: Literal["max", "euclidean"] = "max") -> Float[Array, " n"]:
    """Minus the log density at every sample, in nats; the mean is the entropy."""
    logs, n, d = log_distances("kozachenko_leonenko", x, k, norm)
    return d * logs + _constant(n, d, k, norm)


@estimator(
    quantity="differential entropy",
    takes="samples",
    formula=r"\hat h = \psi(n) - \psi(k) + \log c_d + \frac{d}{n} \sum_{i=1}^{n} \log \varepsilon_i",
    reference="kozachenko1987",
    bias="up at edges of the support, by O((k / n)^(1 / d)); down inside, by O((k / n)^(2 / d))",
    cost="n log n for few dimensions, n^2 d for many",
    differentiable=True,
    kind="host",
    law="differential",
    knobs={"k": NEIGHBOURS, "norm": NORM},
    aliases=("kl", "knn", "nearest_neighbour"),
    local=_local,
)
def kozachenko_leonenko(
    x: ArrayLike, *, k: int = 3, norm: Literal["max", "euclidean"] = "max"
) -> float | Float[Array, ""]:
    """Kozachenko and Leonenko's nearest-neighbour entropy of samples from a density, in nats.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Samples; all columns are one space.

    Returns
    -------
    float or jax.Array
        The estimate in nats; a JAX scalar for JAX arrays.

    Raises
    ------
    ValueError
        For k outside 1 .. n - 1, NaN, a constant column, and samples that repeat more than k times.

    Warns
    -----
    EstimateWarning
        Of samples that repeat.

    Notes
    -----
    eps_i is the distance from x_i to its k-th nearest neighbour, c_d the volume of the unit ball: 2^d for norm "max",
    pi^(d/2) / Gamma(d/2 + 1) for "euclidean". The constant with psi(n) is that of Kraskov et al. (2004). Unbiased where
    the density is constant over the ball; in many dimensions the error from the edges of a bounded support dominates
    (uniform, d = 5, n = 3000: +0.42). Differentiable in JAX: the neighbours are found without a derivative, the
    distances carry it. Under jit, where values cannot be inspected, repeated samples give -inf, and NaN gives NaN.

    Examples
    --------
    A standard normal, whose entropy is 0.5 log(2 pi e) = 1.419 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x = np.random.default_rng(0).normal(size=2000)
    >>> abs(lab.kozachenko_leonenko(x) - 1.419) < 0.1
    True
    """
    logs, n, d = log_distances("kozachenko_leonenko", x, k, norm, any_order=True)
    return d * logs.mean() + _constant(n, d, k, norm)


def kozachenko_leonenko_curve(
    x: ArrayLike, ks: Sequence[int], *, norm: Literal["max", "euclidean"] = "max"
) -> Float[np.ndarray, " m"]:
    """`kozachenko_leonenko` at every k of `ks`, in nats, from one search for the largest.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        As `kozachenko_leonenko`.
    ks : sequence of int
        Numbers of neighbours.
    norm : {'max', 'euclidean'}, default 'max'
        As `kozachenko_leonenko`.

    Returns
    -------
    numpy.ndarray, shape (m,)
        The estimates in nats.

    Raises
    ------
    ValueError
        As `kozachenko_leonenko`, for the largest and the smallest k.

    Notes
    -----
    Warnings as `kozachenko_leonenko`.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> x = np.random.default_rng(0).normal(size=500)
    >>> curve = lab.kozachenko_leonenko_curve(x, [1, 4])
    >>> [round(float(value) - lab.kozachenko_leonenko(x, k=k), 12) + 0.0 for value, k in zip(curve, [1, 4])]
    [0.0, 0.0]
    """
    norm = NORM.check(norm)
    x = check.as_numpy_samples("x", x)
    ks = numbers_of_neighbours("kozachenko_leonenko_curve", ks, len(x))
    require_varying_columns("kozachenko_leonenko_curve", x=x)
    n, d = x.shape
    (x,), power = within_range(x)
    means = d * _log_sums(x, np.array(ks), norm) / n + (digamma(n) + log_unit_ball_volume(d, norm))
    return means - digamma(ks) + d * power * LOG_2


def _log_sums(x, ks, norm):
    """Sum over the samples of the log distance to the k-th neighbour, for every k of `ks`."""
    name, least, most = "kozachenko_leonenko_curve", int(ks.min()), int(ks.max())
    if x.shape[1] == 1:
        sums, copies = log_sums_1d(x[:, 0], least, most)
        if sums is not None:
            tell_copies(name, copies, len(x), least)
            return sums[ks - 1]
    every = len(ks) == most and (ks == np.arange(1, most + 1)).all()  # then no column need be copied
    sums, nearest, copies = np.zeros(len(ks)), [], 0
    with np.errstate(divide="ignore"):  # log 0 is refused below
        for distances in search.iter_kth_distances(x, most, norm):
            nearest.append(distances[:, least - 1].copy())
            copies += int((distances[:, 0] == 0).sum())
            asked = distances if every else distances[:, ks - 1]
            sums += np.log(asked, out=asked).sum(0)
    require_distinct_points(name, np.concatenate(nearest), least)
    tell_copies(name, copies, len(x), least)
    return sums


def _constant(n: int, d: int, k: int, norm: str) -> float:
    return float(digamma(n) - digamma(k) + log_unit_ball_volume(d, norm))
