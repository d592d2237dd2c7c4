"""Total correlation of several variables from nearest neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from scipy.special import digamma

from entropylab.estimators.card import estimator
from entropylab.knobs import NEIGHBOURS
from entropylab.numerics.neighbours import search
from entropylab.numerics.neighbours.scaling import within_range
from entropylab.numerics.neighbours.search import Ranges
from entropylab.numerics.neighbours.ties import counts_on_either_side, may_tie, tied_terms
from entropylab.numerics.neighbours.warnings import (
    tell_ties,
    warn_constant_columns,
    warn_near_ceiling,
    warn_unequal_scales,
)
from entropylab.numerics.special.digamma import digamma_at_integers
from entropylab.numerics.validation import check

__all__ = ["total_correlation"]


def _local(xs: Sequence[ArrayLike], *, k: int = 3) -> Float[np.ndarray, " n"]:
    """The estimate's contribution of every sample, in nats; the mean is the total correlation."""
    return _contributions(xs, k)[0]


@estimator(
    quantity="total correlation",
    takes="list",
    formula=r"\hat T = \psi(k) + (m - 1) \psi(n) - \frac{1}{n} \sum_{i=1}^{n} \sum_{j=1}^{m} \psi(n_j(i) + 1)",
    reference="kraskov2004",
    bias="down where the variables depend strongly, and the more variables there are",
    cost="m n log n for few dimensions, n^2 d for many",
    differentiable=False,
    kind="host",
    law="invariant",
    knobs={"k": NEIGHBOURS},
    aliases=("multi_information", "multiinformation"),
    local=_local,
)
def total_correlation(xs: Sequence[ArrayLike], *, k: int = 3) -> float:
    """Nearest-neighbour total correlation of m variables, the sum of h(X_j) less h(X_1, ..., X_m), in nats.

    Parameters
    ----------
    xs : sequence of array_like, each of shape (n,) or (n, d_j)
        Samples of the variables, row by row from the joint density.

    Returns
    -------
    float
        The estimate in nats.

    Raises
    ------
    ValueError
        For fewer than two variables, an array in place of a list, as many variables as samples, k outside 1 .. n - 1,
        lengths that differ, NaN.

    Warns
    -----
    EstimateWarning
        Of ties at the k-th neighbour, constant columns, spreads too unequal, and a value at the ceiling.

    Notes
    -----
    eps_i is the distance of the k-th neighbour in all columns together, the largest difference of any coordinate;
    n_j(i) counts the other points strictly nearer in variable j (equation 23 of [1]_). For two variables it is `ksg`,
    with ties too.

    Examples
    --------
    Three variables of pairwise correlation 0.5, where the truth is -0.5 log(0.5) = 0.347 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> common, *own = np.random.default_rng(0).normal(size=(4, 3000))
    >>> abs(lab.total_correlation([common + e for e in own]) - 0.347) < 0.05
    True
    """
    local, ceiling = _contributions(xs, k)
    value = float(local.mean())
    warn_near_ceiling("total_correlation", value, ceiling)
    return value


def _contributions(xs, k):
    variables = _variables(xs)
    names = [f"xs[{j}]" for j in range(len(variables))]
    spaces = {name: check.as_numpy_samples(name, x) for name, x in zip(names, variables, strict=True)}
    check.require_same_length(**spaces)
    n, m = len(spaces[names[0]]), len(variables)
    if m >= n:
        raise ValueError(
            f"total_correlation needs more samples than variables: got {m} variables of {n} samples each; where those "
            f"are {m} samples of {n} columns, pass the columns, list(x.T)."
        )
    k = check.require_neighbour_count("total_correlation", k, n)
    warn_constant_columns("total_correlation", **spaces)
    warn_unequal_scales("total_correlation", k, **spaces)
    columns, _ = within_range(*spaces.values())
    joint = np.hstack(columns)
    eps = search.kth_distances(joint, k)[:, -1]
    top = float(digamma(k) + (m - 1) * digamma(n))
    ranges = [Ranges(x) for x in columns]
    values = top - sum(digamma_at_integers(space.counts(eps) + 1) for space in ranges)
    if may_tie(eps, ranges):
        inner, outer = counts_on_either_side(joint, eps)
        terms, tied = tied_terms(inner, outer, eps, k, ranges, (1,) * m)
        tell_ties("total_correlation", tied, eps, k)
        values = np.where(tied, terms + (m - 1) * digamma(n), values)
    return values, top - m * float(digamma(k))


def _variables(xs):
    """The variables of a list; an array of samples, whatever its kind, is none."""
    if not isinstance(xs, (list, tuple)) or len(xs) < 2:
        size = getattr(xs, "shape", None) or (f"length {len(xs)}" if hasattr(xs, "__len__") else "no length")
        raise ValueError(
            f"total_correlation needs a list of at least two variables, each (n,) or (n, d): got {type(xs).__name__} "
            f"of {f'shape {tuple(size)}' if isinstance(size, tuple) else size}; pass list(x.T) for the columns of x."
        )
    return xs
