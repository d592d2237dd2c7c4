"""Scores of features for scikit-learn's selectors: one estimate for each column."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from entropylab.facade import mutual_information


def feature_scores(
    method: str = "ksg", *, base: float | str | None = None, **knobs
) -> Callable[[ArrayLike, ArrayLike], Float[np.ndarray, " d"]]:
    """A scorer for `sklearn.feature_selection`: the mutual information of each column with the target, in nats.

    Parameters
    ----------
    method : str, default 'ksg'
        A method of `mutual_information`: "ksg" for a continuous target, "ross" for labels, "plugin" for columns of
        labels and labels.
    base : float or str, optional
        As `mutual_information`.
    **knobs
        Parameters of the estimator.

    Returns
    -------
    callable
        A function of X (n, d) and y (n,) that returns the scores, shape (d,).

    Raises
    ------
    ValueError
        From the scorer, as `mutual_information`.

    Notes
    -----
    `ksg(X, y)` is the information of all columns together; a selector needs one number a column. Unlike scikit-learn's
    `mutual_info_regression`, scores are not clamped at 0, no noise is added, and columns are not scaled.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.feature_selection import SelectKBest
    >>> import entropylab as lab
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> y = X[:, 2] + 0.1 * X[:, 0]
    >>> SelectKBest(lab.feature_scores("ksg", k=5), k=1).fit(X, y).get_support().tolist()
    [False, False, True, False]
    """

    def scores(X: ArrayLike, y: ArrayLike) -> Float[np.ndarray, " d"]:
        X = np.asarray(X)
        if X.ndim != 2:
            raise ValueError(f"X must hold one row a sample and one column a feature: got shape {X.shape}.")
        return np.array([mutual_information(column, y, method, base, **knobs) for column in X.T])

    return scores
