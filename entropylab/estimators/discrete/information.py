"""Information between discrete labels, from the table of joint counts."""

from __future__ import annotations

import numpy as np

from entropylab.estimators.card import estimator
from entropylab.numerics.discrete.counts import Labels, count_symbols, encode_labels, warn_if_undersampled
from entropylab.numerics.validation import check

__all__ = [
    "discrete_mutual_information",
    "discrete_conditional_entropy",
    "discrete_conditional_mutual_information",
    "proficiency",
]

UNDERSAMPLED = (
    "what is seen once predicts everything by construction, so the dependence is overestimated: use fewer or "
    "coarser labels, or judge against a permutation null."
)


@estimator(
    quantity="mutual information",
    takes="labels",
    formula=r"\hat I = \sum_{x, y} \frac{n_{x y}}{n} \log \frac{n \, n_{x y}}{n_x n_y}",
    reference="shannon1948",
    bias="positive, about (m_x - 1) (m_y - 1) / (2 n)",
    cost="n log n",
    differentiable=False,
    kind="host",
    aliases=("plugin", "plug-in", "ml", "discrete"),
)
def discrete_mutual_information(x: Labels, y: Labels) -> float:
    """Plug-in mutual information of two labels, in nats.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n, d)
        Labels of anything hashable, or rows of d columns taken as joint symbols.

    Returns
    -------
    float
        The estimate in nats: 0 exactly where the table of counts factorises, and never below 0.

    Raises
    ------
    ValueError
        For lengths that differ, no labels, NaN.

    Warns
    -----
    EstimateWarning
        Where most samples have a symbol that occurs once.

    Notes
    -----
    High for independent labels of m_x and m_y symbols (Miller, 1955).

    Examples
    --------
    >>> import math
    >>> import entropylab as lab
    >>> lab.discrete_mutual_information([0, 0, 1, 1], ["a", "a", "b", "b"]) == math.log(2)
    True
    """
    x, y = _encode(x=x, y=y)
    return _information(x, y, (np.zeros(len(x[0]), dtype=np.int64), 1))


@estimator(
    quantity="conditional entropy",
    takes="labels",
    formula=r"\hat H(Y | Z) = \sum_{y, z} \frac{n_{y z}}{n} \log \frac{n_z}{n_{y z}}",
    reference="shannon1948",
    bias="negative, about (occupied cells - m_z) / (2 n)",
    cost="n log n",
    differentiable=False,
    kind="host",
    aliases=("plugin", "plug-in", "ml", "discrete"),
)
def discrete_conditional_entropy(y: Labels, given: Labels) -> float:
    """Plug-in entropy of the label y once `given` is known, in nats.

    Parameters
    ----------
    y, given : array_like, shape (n,) or (n, d)
        Labels of anything hashable, or rows of d columns taken as joint symbols.

    Returns
    -------
    float
        The estimate in nats.

    Raises
    ------
    ValueError
        As `discrete_mutual_information`.

    Warns
    -----
    EstimateWarning
        As `discrete_mutual_information`.

    Notes
    -----
    Low, as y looks certain within a symbol of `given` that is seen once.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.discrete_conditional_entropy([0, 0, 1, 1], [7, 7, 8, 8])
    0.0
    """
    y, given = _encode(y=y, given=given)
    return _conditional_entropy(y, given)


@estimator(
    quantity="conditional mutual information",
    takes="labels given",
    formula=r"\hat I(X; Y | Z) = \sum_{x, y, z} \frac{n_{x y z}}{n} \log \frac{n_z n_{x y z}}{n_{x z} n_{y z}}",
    reference="cover2006",
    bias="positive, about m_z (m_x - 1) (m_y - 1) / (2 n)",
    cost="n log n",
    differentiable=False,
    kind="host",
    aliases=("plugin", "plug-in", "ml", "discrete"),
)
def discrete_conditional_mutual_information(x: Labels, y: Labels, given: Labels) -> float:
    """Plug-in information between the labels x and y once `given` is known, in nats.

    Parameters
    ----------
    x, y, given : array_like, shape (n,) or (n, d)
        Labels of anything hashable, or rows of d columns taken as joint symbols.

    Returns
    -------
    float
        The estimate in nats.

    Raises
    ------
    ValueError
        As `discrete_mutual_information`.

    Warns
    -----
    EstimateWarning
        As `discrete_mutual_information`.

    Notes
    -----
    High for conditionally independent labels; low, towards 0, where most symbols of `given` occur once (section 2.5 of
    [1]_).

    Examples
    --------
    y is the exclusive or of x and z: nothing without z, one bit with it.

    >>> import math
    >>> import entropylab as lab
    >>> x, z = [0, 0, 1, 1], [0, 1, 0, 1]
    >>> round(lab.discrete_conditional_mutual_information(x, [0, 1, 1, 0], z) - math.log(2), 12) + 0.0
    0.0
    """
    return _information(*_encode(x=x, y=y, given=given))


@estimator(
    quantity="proficiency",
    takes="labels",
    formula=r"\hat P = \frac{\hat H(F) - \hat H(F | A_1, \ldots, A_d)}{\hat H(F)}",
    reference="theil1970",
    bias="positive, about (m_f - 1) (m_a - 1) / (2 n H(F)); 1 where every joint symbol is seen once",
    cost="n log n",
    differentiable=False,
    kind="host",
    aliases=("uncertainty coefficient", "information coverage", "theil's u"),
)
def proficiency(feature: Labels, given: Labels) -> float:
    """Share of the feature's entropy that `given` explains, I(F; A) / H(F), from 0 to 1, without unit.

    Parameters
    ----------
    feature : array_like, shape (n,)
        Labels of the feature.
    given : array_like, shape (n,) or (n, d)
        Labels, or d neurons taken as one joint variable.

    Returns
    -------
    float
        The share.

    Raises
    ------
    ValueError
        As `discrete_mutual_information`, and for a constant feature, whose share is 0/0.

    Warns
    -----
    EstimateWarning
        As `discrete_mutual_information`.

    Notes
    -----
    A joint symbol seen once explains its sample by construction, so many neurons and few samples give 1. It is Theil's
    uncertainty coefficient, called proficiency by White, Steingold and Fournelle (2004) and by Couthures (2024).

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.proficiency([0, 0, 1, 1], [3, 3, 5, 5])
    1.0
    """
    feature, given = _encode(feature=feature, given=given)
    if feature[1] == 1:
        raise ValueError(
            "proficiency must be given a feature that varies: got the same label in every sample, so that "
            "I(F; A) / H(F) is 0/0; choose another feature."
        )
    nothing = np.zeros(len(feature[0]), dtype=np.int64), 1
    return _information(feature, given, nothing) / _conditional_entropy(feature, nothing)


def _encode(**labels):
    """Every array of labels as (symbols, how many), after checking that they are paired and seen more than once."""
    coded = {name: encode_labels(name, array) for name, array in labels.items()}
    check.require_same_length(**{name: symbols for name, (symbols, _) in coded.items()})
    for name, (symbols, m) in coded.items():
        warn_if_undersampled(name, len(symbols), count_symbols(symbols, m), UNDERSAMPLED)
    return list(coded.values())


def _joint(left, right):
    """The pairs that occur, as (index of each pair's left symbol, of its right symbol, its count)."""
    pairs, counts = np.unique(left[0] * right[1] + right[0], return_counts=True)
    return pairs // right[1], pairs % right[1], counts


def _paired(left, right):
    """The labels of the pair (left, right), renumbered."""
    values, symbols = np.unique(left[0] * right[1] + right[0], return_inverse=True)
    return symbols.reshape(-1), len(values)


def _conditional_entropy(y, given) -> float:
    _, z, cells = _joint(y, given)
    totals = count_symbols(*given)[z]
    return float(np.sum(cells * np.log1p((totals - cells) / cells)) / len(y[0]))


def _information(x, y, given) -> float:
    """I(X; Y | Z) = sum over cells of q f(p / q - 1), f(d) = (1 + d) log(1 + d) - d >= 0, plus q of the empty cells.

    q = n_xz n_yz / (n n_z) is the cell's share under independence. Since p and q both sum to 1 this is the usual
    sum of p log(p / q), with terms of one sign: independent labels give 0, not rounding of either sign.
    """
    n = len(x[0])
    xz, yz = _paired(x, given), _paired(y, given)
    total = count_symbols(*given)
    z_of = np.zeros(xz[1], dtype=np.int64)
    z_of[xz[0]] = given[0]
    left, right, cells = _joint(xz, yz)
    # All pairs (xz, yz) that occur share their z. Products of counts stay below 2^63 for n < 3e9.
    z = z_of[left]
    expected = count_symbols(*xz)[left] * count_symbols(*yz)[right]
    excess = (cells * total[z] - expected) / expected
    empty = total**2
    np.subtract.at(empty, z, expected)
    return float(np.sum(expected / total[z] * _stable_entropy_term(excess)) + np.sum(empty / total)) / n


def _stable_entropy_term(d):
    """(1 + d) log(1 + d) - d for d > -1, by its series where the two parts cancel."""
    near = np.abs(d) < 0.05
    small = np.where(near, d, 0.0)
    # sum_j (-d)^j / (j (j - 1)) from j = 2; at |d| = 0.05 the first term left out, j = 14, is 1e-17 of the sum's.
    series = sum((-small) ** j / (j * (j - 1)) for j in range(2, 14))
    return np.where(near, series, (1 + d) * np.log1p(d) - d)
