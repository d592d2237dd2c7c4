"""Conditional information from nearest neighbours: Frenzel and Pompe's estimator and its conditional entropy."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Float
from numpy.typing import ArrayLike
from scipy.special import digamma

from entropylab.estimators.card import estimator
from entropylab.knobs import NEIGHBOURS
from entropylab.numerics.neighbours import search
from entropylab.numerics.neighbours.scaling import LOG_2, within_range
from entropylab.numerics.neighbours.search import Ranges
from entropylab.numerics.neighbours.ties import counts_on_either_side, may_tie, tied_terms
from entropylab.numerics.neighbours.warnings import (  # fmt: skip
    require_distinct_points,
    require_varying_columns,
    tell_copies,
    tell_ties,
    warn_constant_columns,
    warn_unequal_scales,
)
from entropylab.numerics.special.digamma import digamma_at_integers
from entropylab.numerics.special.unit_ball import log_unit_ball_volume
from entropylab.numerics.validation import check

__all__ = ["conditional_entropy", "conditional_ksg"]


def _local_information(
    x: Float[Array, "n ..."], y: Float[Array, "n ..."], given: Float[Array, "n ..."], *, k: int = 3
) -> Float[np.ndarray, " n"]:
    """The estimate's contribution of every triple, in nats; the mean is the conditional mutual information."""
    x, y, given = (check.as_numpy_samples(name, a) for name, a in (("x", x), ("y", y), ("given", given)))
    check.require_same_length(x=x, y=y, given=given)
    k = check.require_neighbour_count("conditional_ksg", k, len(x))
    warn_constant_columns("conditional_ksg", x=x, y=y, given=given)
    warn_unequal_scales("conditional_ksg", k, x=x, y=y, given=given)
    (x, y, given), _ = within_range(x, y, given)
    joint = np.hstack([x, y, given])
    eps = search.kth_distances(joint, k)[:, -1]
    spaces = [Ranges(np.hstack([x, given])), Ranges(np.hstack([y, given])), Ranges(given)]
    psi_x, psi_y, psi_given = (digamma_at_integers(space.counts(eps) + 1) for space in spaces)
    values = digamma(k) - psi_x - psi_y + psi_given
    if may_tie(eps, spaces):
        inner, outer = counts_on_either_side(joint, eps)
        terms, tied = tied_terms(inner, outer, eps, k, spaces, (1, 1, -1))
        tell_ties("conditional_ksg", tied, eps, k, "low")
        values = np.where(tied, terms, values)
    return values


@estimator(
    quantity="conditional mutual information",
    takes="pair given",
    formula=r"\hat I(X; Y | Z) = \psi(k) - \frac{1}{n} \sum_{i=1}^{n} \left[\psi(n_{xz}(i) + 1) + \psi(n_{yz}(i) + 1)"
    r" - \psi(n_z(i) + 1)\right]",
    reference="frenzel2007",
    bias="towards 0, more so the more columns are given and the stronger the dependence",
    cost="n log n for few dimensions, n^2 d for many",
    differentiable=False,
    kind="host",
    law="invariant",
    knobs={"k": NEIGHBOURS},
    aliases=("cmi", "frenzel_pompe", "conditional_mutual_information"),
    local=_local_information,
)
def conditional_ksg(x: ArrayLike, y: ArrayLike, given: ArrayLike, *, k: int = 3) -> float:
    """Frenzel and Pompe's nearest-neighbour mutual information of x and y given a third variable, in nats.

    Parameters
    ----------
    x, y, given : array_like, shape (n,) or (n, d)
        Samples, row by row from the joint density; the columns of each are one space. Any of them may be discrete: ties
        are counted as such.

    Returns
    -------
    float
        The estimate in nats.

    Raises
    ------
    ValueError
        For k outside 1 .. n - 1, lengths that differ, NaN or infinite entries.

    Warns
    -----
    EstimateWarning
        Of ties at the k-th neighbour, constant columns, and spreads too unequal for k neighbours.

    Notes
    -----
    eps_i is the distance from (x_i, y_i, z_i) to its k-th neighbour, the largest difference of any coordinate; n_xz,
    n_yz and n_z count the other points strictly nearer than eps_i in those columns alone. The error grows with the
    number of columns that are given.

    Examples
    --------
    x and y depend on each other through z alone, so the truth is 0:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> z, a, b = np.random.default_rng(0).normal(size=(3, 2000))
    >>> abs(lab.conditional_ksg(z + a, z + b, z)) < 0.05
    True
    """
    return float(_local_information(x, y, given, k=k).mean())


def _local_entropy(y: Float[Array, "n ..."], given: Float[Array, "n ..."], *, k: int = 3) -> Float[np.ndarray, " n"]:
    """Minus the log of the conditional density at every sample, in nats; the mean is the conditional entropy."""
    y, given = check.as_numpy_samples("y", y), check.as_numpy_samples("given", given)
    check.require_same_length(y=y, given=given)
    k = check.require_neighbour_count("conditional_entropy", k, len(y))
    require_varying_columns("conditional_entropy", y=y)
    warn_constant_columns("conditional_entropy", given=given)
    warn_unequal_scales("conditional_entropy", k, y=y, given=given)
    (y, given), power = within_range(y, given)
    joint = np.hstack([y, given])
    distances = search.kth_distances(joint, k)
    eps = distances[:, -1]
    require_distinct_points("conditional_entropy", eps, k)
    tell_copies("conditional_entropy", int((distances[:, 0] == 0).sum()), len(y), k)
    space, d = Ranges(given), y.shape[1]
    values = digamma_at_integers(space.counts(eps) + 1) - digamma(k)
    if may_tie(eps, [space]):
        inner, outer = counts_on_either_side(joint, eps)
        terms, tied = tied_terms(inner, outer, eps, k, [space], (1,))
        tell_ties("conditional_entropy", tied, eps, k, "low")
        values = np.where(tied, -terms, values)
    return values + log_unit_ball_volume(d, "max") + d * np.log(eps) + d * power * LOG_2


@estimator(
    quantity="conditional entropy",
    takes="pair",
    formula=r"\hat h(Y | X) = \frac{1}{n} \sum_{i=1}^{n} \psi(n_x(i) + 1) - \psi(k) + d_y \log 2"
    r" + \frac{d_y}{n} \sum_{i=1}^{n} \log \varepsilon_i",
    reference="kraskov2004",
    bias="up where y depends strongly on what is given: it sees no finer than k neighbours",
    cost="n log n for few dimensions, n^2 d for many",
    differentiable=False,
    kind="host",
    law="differential",
    knobs={"k": NEIGHBOURS},
    aliases=("conditional_kl",),
    local=_local_entropy,
)
def conditional_entropy(y: ArrayLike, given: ArrayLike, *, k: int = 3) -> float:
    """Nearest-neighbour differential entropy of y given another variable, h(Y, X) - h(X), in nats.

    Parameters
    ----------
    y : array_like, shape (n,) or (n, d)
        Samples of the variable whose entropy is estimated.
    given : array_like, shape (n,) or (n, d)
        Samples of the variable that is given, X.

    Returns
    -------
    float
        The estimate in nats.

    Raises
    ------
    ValueError
        For k outside 1 .. n - 1, lengths that differ, NaN, a constant column of y, and rows that repeat more than k
        times.

    Warns
    -----
    EstimateWarning
        Where the spread of one variable hides the other, of rows that repeat, and of ties at the k-th neighbour.

    Notes
    -----
    Both terms are Kozachenko and Leonenko's with one distance eps_i, that of the k-th neighbour in (y, x), so that most
    of their errors cancel; n_x(i) counts the other points strictly nearer than eps_i in x (section II of [1]_). The
    estimate measures the spread of y around its prediction from x, in the unit of y: where y is a function of x the
    truth is -inf and the estimate falls like -log n. (For labels see `discrete_conditional_entropy`, which is 0 there.)
    The distances in y and x are compared, so their spreads matter.

    Examples
    --------
    y = x + noise of deviation 1, where the truth is 0.5 log(2 pi e) = 1.419 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 2000))
    >>> abs(lab.conditional_entropy(x + noise, x) - 1.419) < 0.1
    True
    """
    return float(_local_entropy(y, given, k=k).mean())
