"""Mutual information from nearest neighbours: the two estimators of Kraskov, Stoegbauer and Grassberger."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Array, Float
from scipy.special import digamma

from entropylab.estimators.card import estimator
from entropylab.knobs import NEIGHBOURS, Knob
from entropylab.numerics import check, neighbours
from entropylab.numerics.digamma import digamma_of
from entropylab.numerics.neighbour_warnings import tell_ceiling, tell_constant_columns, tell_repeats, tell_spreads

__all__ = ["ksg", "ksg_curve"]

VARIANT = Knob(
    r"v", "Shape of the neighbourhood in x and y: 1 a square around the k-th neighbour, 2 the tightest rectangle.",
    1, stops=(1, 2), name="variant",
)  # fmt: skip


def _local(
    x: Float[Array, "n ..."], y: Float[Array, "n ..."], *, k: int = 3, variant: int = 1
) -> Float[np.ndarray, " n"]:
    """The estimate's contribution of every pair, in nats; the mean is the mutual information."""
    x, y, (k,) = _checked("ksg", x, y, [k], variant)
    return _contributions(x, y, k, variant)


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
def ksg(x: Float[Array, "n ..."], y: Float[Array, "n ..."], *, k: int = 3, variant: int = 1) -> float:
    """Kraskov, Stoegbauer and Grassberger's nearest-neighbour mutual information of x and y, in nats.

    eps_i is the distance from (x_i, y_i) to its k-th neighbour, the largest difference of any coordinate.
    Variant 1 counts the other points with |x_j - x_i| strictly below eps_i, n_x(i), and likewise n_y(i).
    Variant 2 takes the k neighbours' own widths eps_x(i), eps_y(i), counts points not beyond them, and is
    psi(k) - 1/k + psi(n) - <psi(n_x) + psi(n_y)>. All columns of x are one space, and of y.
    Errs low for strong dependence: it cannot exceed psi(n) - psi(k). Slightly negative values are noise around 0.
    Warns of repeated rows, constant columns, spreads too unequal for k neighbours, and a value at the ceiling.
    Errors: ValueError for k outside 1 .. n - 1, lengths that differ, NaN.
    Source: Phys. Rev. E 69, 066138 (2004), equations 8 and 9.
    """
    x, y, (k,) = _checked("ksg", x, y, [k], variant)
    value = float(_contributions(x, y, k, variant).mean())
    tell_ceiling("ksg", value, _largest(len(x), k, variant))
    return value


@check.check_knob_types
def ksg_curve(
    x: Float[Array, "n ..."], y: Float[Array, "n ..."], ks: Sequence[int], *, variant: int = 1
) -> Float[np.ndarray, " m"]:
    """`ksg` at every k of `ks`, in nats, from one search for the largest; warnings and errors as there."""
    x, y, ks = _checked("ksg_curve", x, y, ks, variant)
    if x.shape[1] == 1:  # in the order of x, its radii are read one after the other; a mean knows no order
        order = np.argsort(x[:, 0])
        x, y = x[order], y[order]
    constants, radii = _neighbourhoods(x, y, ks, variant)
    return constants - sum(
        neighbours.mean_digammas(space, r, strict=variant == 1) for space, r in zip((x, y), radii, strict=True)
    )


def _contributions(x, y, k, variant):
    constants, radii = _neighbourhoods(x, y, [k], variant)
    strict = variant == 1
    counts = [neighbours.range_counts(space, r[:, 0], strict=strict) for space, r in zip((x, y), radii, strict=True)]
    return constants[0] - sum(digamma_of(one + strict) for one in counts)


def _neighbourhoods(x, y, ks, variant):
    """The constants (m,) of the m values of k, and in x and in y the radii (n, m) in which points are counted."""
    n = len(x)
    joint = np.hstack([x, y])
    least = int(np.argmin(ks))
    if variant == 1:
        eps = _columns(neighbours.kth_distances(joint, max(ks)), ks)
        tell_repeats("ksg", eps[:, least], ks[least], _largest(n, ks[least], variant, nothing_nearer=True))
        return digamma(ks) + digamma(n), [eps, eps]
    nearest = neighbours.neighbour_indices(joint, max(ks))
    widths = [_columns(_widths(space, nearest), ks) for space in (x, y)]
    tell_repeats("ksg", np.maximum(*widths)[:, least], ks[least], _largest(n, ks[least], variant))
    return digamma(ks) - 1 / np.array(ks) + digamma(n), widths


def _columns(distances, ks):
    """The distances of the neighbours `ks`: the array itself where it is all of them in order."""
    if list(ks) == list(range(1, distances.shape[1] + 1)):
        return distances
    return distances[:, np.array(ks) - 1]


def _widths(space, nearest):
    """How far the 1, 2, ... k nearest points of the joint space reach in this one: (n, k)."""
    widths = np.empty(nearest.shape)
    for j in range(nearest.shape[1]):
        widths[:, j] = np.abs(space[nearest[:, j]] - space).max(1)
    return np.maximum.accumulate(widths, axis=1)


def _largest(n, k, variant, nothing_nearer=False):
    """The value if no point but the neighbours is counted; with `nothing_nearer` if not even they are."""
    if variant == 1:
        return float(digamma(n) + digamma(k) - 2 * digamma(1 if nothing_nearer else k))
    return float(digamma(n) - digamma(k) - 1 / k)


def _checked(name, x, y, ks, variant):
    VARIANT.check(variant)
    x, y = check.host_samples("x", x), check.host_samples("y", y)
    check.same_length(x=x, y=y)
    ks = [check.neighbours(name, k, len(x)) for k in ks]
    tell_constant_columns(name, x=x, y=y)
    tell_spreads(name, max(ks), x=x, y=y)
    return x, y, ks
