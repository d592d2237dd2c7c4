"""Mutual information of a continuous variable with labels, from nearest neighbours."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Float
from numpy.typing import ArrayLike
from scipy.special import digamma

from entropylab.estimators.card import estimator
from entropylab.knobs import NEIGHBOURS
from entropylab.numerics.discrete.counts import Labels, encode_labels
from entropylab.numerics.neighbours import search
from entropylab.numerics.neighbours.scaling import within_range
from entropylab.numerics.neighbours.search import Ranges
from entropylab.numerics.neighbours.ties import counts_on_either_side, may_tie, tied_terms
from entropylab.numerics.neighbours.warnings import tell_ties, warn_constant_columns
from entropylab.numerics.special.digamma import digamma_at_integers
from entropylab.numerics.validation import check

__all__ = ["ross"]


def _local(x: Float[Array, "n ..."], labels: Labels, *, k: int = 3) -> Float[np.ndarray, " n"]:
    """The estimate's contribution of every sample, in nats; the mean is the mutual information."""
    x = check.as_numpy_samples("x", x)
    symbols, m = encode_labels("labels", labels)
    check.require_same_length(x=x, labels=symbols)
    k = check.require_neighbour_count("ross", k, len(x))
    if (x == x[0]).all():
        raise ValueError("ross needs an x that varies: got one value for all samples, whose information is 0.")
    warn_constant_columns("ross", x=x)
    members = np.bincount(symbols, minlength=m)
    _warn_small_classes(members, k)
    (x,), _ = within_range(x)
    ranks = np.minimum(k, members - 1)
    eps = np.empty(len(x))
    for symbol in range(m):
        mine = symbols == symbol
        eps[mine] = search.kth_distances(x[mine], ranks[symbol])[:, -1]
    space = Ranges(x)
    own = digamma_at_integers(ranks) - digamma_at_integers(members)
    values = digamma(len(x)) + own[symbols] - digamma_at_integers(space.counts(eps) + 1)
    if may_tie(eps, [space]):
        inner, outer = np.empty((2, len(x)), np.int64)
        for symbol in range(m):
            mine = symbols == symbol
            inner[mine], outer[mine] = counts_on_either_side(x[mine], eps[mine])
        terms, tied = tied_terms(inner, outer, eps, ranks[symbols], [space], (1,), alone=True)
        tell_ties("ross", tied, eps, k)
        values = np.where(tied, digamma(len(x)) - digamma(members)[symbols] + terms, values)
    return values


@estimator(
    quantity="mutual information",
    takes="sample labels",
    formula=r"\hat I = \psi(n) + \frac{1}{n} \sum_{i=1}^{n} \left[\psi(k_i) - \psi(N_{y_i}) - \psi(m_i)\right]",
    reference="ross2014",
    bias="about 0 for many members to a label; towards 0 where labels are rare",
    cost="n log n for few dimensions, n^2 d for many",
    differentiable=False,
    kind="host",
    law="invariant",
    knobs={"k": NEIGHBOURS},
    aliases=("ross2014",),
    local=_local,
)
def ross(x: ArrayLike, labels: Labels, *, k: int = 3) -> float:
    """Ross's nearest-neighbour mutual information of a continuous x and discrete labels, in nats.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Samples; all columns are one space, with the largest difference of any coordinate as distance.
    labels : array_like, shape (n,)
        The label of each sample.

    Returns
    -------
    float
        The estimate in nats.

    Raises
    ------
    ValueError
        For a label with a single member, an x of one value only, k outside 1 .. n - 1, lengths that differ, NaN.

    Warns
    -----
    EstimateWarning
        Of labels with 2 to k members, which use all of them (k_i = N_y - 1), of ties at the k-th neighbour, and of
        constant columns.

    Notes
    -----
    eps_i is the distance from x_i to its k-th neighbour among the N_y samples of its own label; m_i is one more than
    the number of other samples, of any label, strictly nearer. Where values of x repeat or lie on a grid, the points on
    the edge are taken into account.

    Examples
    --------
    Two labels that x separates without overlap, where the truth is log 2 = 0.693 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> rng = np.random.default_rng(0)
    >>> labels = np.repeat([0, 1], 500)
    >>> abs(lab.ross(10 * labels + rng.normal(size=1000), labels) - 0.693) < 0.01
    True
    """
    return float(_local(x, labels, k=k).mean())


def _warn_small_classes(members, k):
    alone = int((members == 1).sum())
    if alone:
        raise ValueError(
            f"ross needs at least two members to a label: {alone} of {len(members)} labels occur once, and nothing "
            f"tells how densely they lie; merge them with others or leave them out."
        )
    small = members <= k
    if small.any():
        check.warn(
            f"ross: {int(small.sum())} of {len(members)} labels have no more than k={k} members. For their "
            f"{int(members[small].sum())} samples all others of the label count as neighbours, fewer than k, which "
            f"makes the estimate noisier; lower k or merge labels."
        )
