"""Mutual information from nearest neighbours: the two estimators of Kraskov, Stoegbauer and Grassberger."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Array, Float
from numpy.typing import ArrayLike
from scipy.special import digamma

from entropylab.estimators.card import estimator
from entropylab.knobs import NEIGHBOURS, Knob
from entropylab.numerics.neighbours import search
from entropylab.numerics.neighbours.scaling import within_range
from entropylab.numerics.neighbours.search import Ranges
from entropylab.numerics.neighbours.ties import counts_on_either_side, may_tie, tied_terms
from entropylab.numerics.neighbours.warnings import (  # fmt: skip
    numbers_of_neighbours,
    tell_ties,
    warn_constant_columns,
    warn_near_ceiling,
    warn_unequal_scales,
)
from entropylab.numerics.special.digamma import digamma_at_integers
from entropylab.numerics.validation import check

__all__ = ["ksg", "ksg_curve"]

VARIANT = Knob(
    r"v", "Shape of the neighbourhood in x and y: 1 a square around the k-th neighbour, 2 the tightest rectangle.",
    1, stops=(1, 2), name="variant",
)  # fmt: skip


def _local(
    x: Float[Array, "n ..."], y: Float[Array, "n ..."], *, k: int = 3, variant: int = 1
) -> Float[np.ndarray, " n"]:
    """The estimate's contribution of every pair, in nats; the mean is the mutual information."""
    return ksg_contributions("ksg", x, y, k, variant)


@estimator(
    quantity="mutual information",
    takes="pair",
    formula=r"\hat I = \psi(k) + \psi(n) - \frac{1}{n} \sum_{i=1}^{n} \left[\psi(n_x(i) + 1) + \psi(n_y(i) + 1)\right]",
    reference="kraskov2004",
    bias="down where the variables depend strongly, as far as psi(n) - psi(k) allows; about 0 where they do not",
    cost="n log n for few dimensions, n^2 d for many",
    differentiable=False,
    kind="host",
    law="invariant",
    knobs={"k": NEIGHBOURS, "variant": VARIANT},
    aliases=("kraskov",),
    local=_local,
)
def ksg(x: ArrayLike, y: ArrayLike, *, k: int = 3, variant: int = 1) -> float:
    """Kraskov, Stoegbauer and Grassberger's nearest-neighbour mutual information of x and y, in nats.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n, d)
        Samples, row by row from the joint density; all columns of x are one space, and all of y. Either may be
        discrete: ties are counted as such.

    Returns
    -------
    float
        The estimate in nats. Slightly negative values are noise around 0.

    Raises
    ------
    ValueError
        For k outside 1 .. n - 1, lengths that differ, NaN or infinite entries.

    Warns
    -----
    EstimateWarning
        Of ties at the k-th neighbour, constant columns, spreads too unequal for k neighbours, and a value at the
        ceiling psi(n) - psi(k), which strong dependence cannot exceed.

    Notes
    -----
    eps_i is the distance from (x_i, y_i) to its k-th neighbour, the largest difference of any coordinate. Variant 1
    counts the other points with |x_j - x_i| strictly below eps_i, n_x(i), and likewise n_y(i) (equation 8 of [1]_).
    Variant 2 takes the widths eps_x(i), eps_y(i) of the k neighbours, counts points not beyond them, and is
    psi(k) - 1/k + psi(n) - <psi(n_x) + psi(n_y)> (equation 9). Where neighbours tie (repeated values, a grid), k, n_x
    and n_y take the points on the edge into account, and variant 2 falls back on the square wherever a value repeats
    or a width has not one point on its edge.

    Examples
    --------
    A correlation of 0.8, where the truth is -log(0.6) = 0.511 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=2000)
    >>> y = 0.8 * x + 0.6 * rng.normal(size=2000)
    >>> abs(lab.ksg(x, y, k=3) - 0.511) < 0.05
    True
    """
    local = ksg_contributions("ksg", x, y, k, variant)
    value = float(local.mean())
    warn_near_ceiling("ksg", value, _ceiling(len(local), k, variant))
    return value


@check.check_knob_types
def ksg_curve(x: ArrayLike, y: ArrayLike, ks: Sequence[int], *, variant: int = 1) -> Float[np.ndarray, " m"]:
    """`ksg` at every k of `ks`, in nats, from one search for the largest.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n, d)
        As `ksg`.
    ks : sequence of int
        Numbers of neighbours.
    variant : int, default 1
        As `ksg`.

    Returns
    -------
    numpy.ndarray, shape (m,)
        The estimates in nats.

    Raises
    ------
    ValueError
        As `ksg`, for any of `ks`.

    Notes
    -----
    All k up to 32 cost about 3.6 times one. Warnings as `ksg`.

    Examples
    --------
    >>> import numpy as np
    >>> import entropylab as lab
    >>> x, y = np.random.default_rng(0).normal(size=(2, 500))
    >>> curve = lab.ksg_curve(x, y, [3, 5])
    >>> [round(float(value) - lab.ksg(x, y, k=k), 12) + 0.0 for value, k in zip(curve, [3, 5])]
    [0.0, 0.0]
    """
    x, y, ks, variant = _checked("ksg_curve", x, y, ks, variant)
    if x.shape[1] == 1:  # in the order of x, its radii are read one after the other; a mean knows no order
        order = np.argsort(x[:, 0])
        x, y = x[order], y[order]
    spaces, (constants, radii, eps) = [Ranges(x), Ranges(y)], _neighbourhoods(x, y, ks, variant)
    strict = variant == 1
    means = constants - sum(space.mean_digammas(r, strict) for space, r in zip(spaces, radii, strict=True))
    if may_tie(eps[:, int(np.argmin(ks))], spaces):
        for j, k in enumerate(ks):
            own = [np.ascontiguousarray(r[:, j]) for r in radii]
            values = _untied(constants[j], spaces, own, variant)
            means[j] = _with_ties("ksg_curve", values, x, y, spaces, own, eps[:, j], k, variant).mean()
    ceilings = np.array([_ceiling(len(x), k, variant) for k in ks])
    nearest = int(np.argmax(means / np.where(ceilings > 0, ceilings, np.inf)))
    warn_near_ceiling("ksg_curve", float(means[nearest]), float(ceilings[nearest]))
    return means


def _ceiling(n, k, variant):
    """The value if no point but the neighbours is counted."""
    return float(digamma(n) - digamma(k) - (variant == 2) / k)


def ksg_contributions(name: str, x, y, k: int, variant: int) -> Float[np.ndarray, " n"]:
    """The contribution of every pair to the estimator `name`, in nats, after its checks."""
    x, y, (k,), variant = _checked(name, x, y, [k], variant)
    spaces, (constants, radii, eps) = [Ranges(x), Ranges(y)], _neighbourhoods(x, y, [k], variant)
    radii, eps = [r[:, 0] for r in radii], eps[:, 0]
    values = _untied(constants[0], spaces, radii, variant)
    if may_tie(eps, spaces):
        return _with_ties(name, values, x, y, spaces, radii, eps, k, variant)
    return values


def _untied(constant, spaces, radii, variant):
    """Equations 8 and 9, which hold where no two distances are equal."""
    strict = variant == 1
    counts = [space.counts(r, strict) for space, r in zip(spaces, radii, strict=True)]
    return constant - sum(digamma_at_integers(one + strict) for one in counts)


def _with_ties(name, values, x, y, spaces, radii, eps, k, variant):
    """The contributions where those of points with ties are replaced.

    A rectangle has a neighbour of its own on the edge of either width, or equation 9 does not hold: where a width is 0,
    the value repeats, or several points stand on an edge, a square takes its place.
    """
    inner, outer = counts_on_either_side(np.hstack([x, y]), eps)
    terms, tied = tied_terms(inner, outer, eps, k, spaces, (1, 1))
    squares = tied if variant == 1 else tied | _without_edges(spaces, radii)
    values = np.where(squares, terms + digamma(len(eps)), values)
    tell_ties(name, tied, eps, k)
    return values


def _without_edges(spaces, widths):
    """Where a value repeats, or a width has not exactly one point on its edge."""
    missing = np.zeros(len(widths[0]), bool)
    for space, width in zip(spaces, widths, strict=True):
        missing |= space.counts(np.zeros(len(width)), strict=False) > 0
        missing |= space.counts(width, strict=False) - space.counts(width) != 1
    return missing


def _neighbourhoods(x, y, ks, variant):
    """For the m values of k the constants (m,), the radii (n, m) in which x and y are counted, the distances (n, m)."""
    n = len(x)
    joint = np.hstack([x, y])
    if variant == 1:
        eps = _columns(search.kth_distances(joint, max(ks)), ks)
        return digamma(ks) + digamma(n), [eps, eps], eps
    nearest = search.neighbour_indices(joint, max(ks))
    widths = [_columns(_marginal_radii(space, nearest), ks) for space in (x, y)]
    return digamma(ks) - 1 / np.array(ks) + digamma(n), widths, np.maximum(*widths)


def _columns(distances, ks):
    """The distances of the neighbours `ks`: the array itself where it is all of them in order."""
    if list(ks) == list(range(1, distances.shape[1] + 1)):
        return distances
    return distances[:, np.array(ks) - 1]


def _marginal_radii(space, nearest):
    """How far the 1, 2, ... k nearest points of the joint space reach in this one: (n, k)."""
    widths = np.empty(nearest.shape)
    for j in range(nearest.shape[1]):
        widths[:, j] = np.abs(space[nearest[:, j]] - space).max(1)
    return np.maximum.accumulate(widths, axis=1)


def _checked(name, x, y, ks, variant):
    variant = VARIANT.check(variant)
    x, y = check.as_numpy_samples("x", x), check.as_numpy_samples("y", y)
    check.require_same_length(x=x, y=y)
    ks = numbers_of_neighbours(name, ks, len(x))
    warn_constant_columns(name, x=x, y=y)
    warn_unequal_scales(name, max(ks), x=x, y=y)
    (x, y), _ = within_range(x, y)
    return x, y, ks, variant
