"""Jaynes' limiting density of discrete points: entropy relative to a measure given by samples of it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Float
from numpy.typing import ArrayLike
from scipy.special import digamma

from entropylab.estimators.card import estimator
from entropylab.knobs import NEIGHBOURS
from entropylab.numerics.neighbours import search, search_jax
from entropylab.numerics.neighbours.repeats import has_repeats
from entropylab.numerics.neighbours.scaling import within_range
from entropylab.numerics.neighbours.warnings import require_distinct_points, tell_copies
from entropylab.numerics.validation import check

__all__ = ["density_of_points"]


def _local(x: Float[Array, "n ..."], reference: Float[Array, "m ..."], *, k: int = 3) -> Float[Array, " n"]:
    """log m(x_i) / p(x_i) at every sample, in nats; the mean is the estimate."""
    traced = check.is_traced(x, reference)
    read = check.as_samples if traced else check.as_numpy_samples
    x, reference = read("x", x), read("reference", reference, minimum=1)
    if x.shape[1] != reference.shape[1]:
        raise ValueError(
            f"density_of_points compares samples of one space: got x with {x.shape[1]} columns and reference with "
            f"{reference.shape[1]}; pass the same columns of both."
        )
    k = check.require_neighbour_count("density_of_points", k, min(len(x), len(reference) + 1))
    if traced:
        own = search_jax.log_kth_distances(x, k)
        logs = own - search_jax.log_kth_distances(x, k, reference=reference)
    else:
        (x, reference), _ = within_range(x, reference)
        own, others = search.kth_distances(x, k), search.query(x, reference, k)
        _require_disjoint(int((others[:, 0] == 0).sum()), len(x))
        require_distinct_points("density_of_points", own[:, -1], k)
        tell_copies("density_of_points", int((own[:, 0] == 0).sum()), len(x), k)
        if all(has_repeats(column) for column in reference.T):
            copies = int((search.kth_distances(reference, 1) == 0).sum())
            tell_copies("density_of_points", copies, len(reference), k, "rows of the reference", "up")
        logs = np.log(own[:, -1]) - np.log(others[:, -1])
    return x.shape[1] * logs + float(digamma(len(x)) - digamma(len(reference) + 1))


@estimator(
    quantity="relative entropy",
    takes="samples reference",
    formula=r"\hat H = \frac{d}{n} \sum_{i=1}^{n} \log \frac{\varepsilon_i}{\nu_i} + \psi(n) - \psi(m + 1)",
    reference="jaynes1968",
    bias="towards 0: both densities are smoothed, the more so the more they differ in one ball",
    cost="(n + m) log m for few dimensions, n (n + m) d for many",
    differentiable=True,
    kind="host",
    law="invariant",
    knobs={"k": NEIGHBOURS},
    aliases=("lddp", "jaynes"),
    local=_local,
)
def density_of_points(x: ArrayLike, reference: ArrayLike, *, k: int = 3) -> float | Float[Array, ""]:
    """Jaynes' entropy of x relative to reference samples, minus the relative entropy D(p || m), in nats.

    Parameters
    ----------
    x : array_like, shape (n, d)
        Samples from p.
    reference : array_like, shape (m, d)
        Samples from the reference density m.

    Returns
    -------
    float or jax.Array
        The estimate in nats; a JAX scalar for JAX arrays. At most 0 but for noise.

    Raises
    ------
    ValueError
        For different numbers of columns, k outside 1 .. n - 1 or above m, NaN, samples that repeat more than k times or
        that are in the reference too.

    Warns
    -----
    EstimateWarning
        Of rows that repeat.

    Notes
    -----
    The limit of H_N - log N for N discrete points that thicken like the reference: it has no unit, and a change of
    variables applied to both sets leaves it unchanged. eps_i is the distance from x_i to its k-th neighbour in x, nu_i
    to the k-th point of the reference, largest difference of any coordinate (Wang, Kulkarni and Verdu, 2009). Scaling
    or shifting both sets changes the estimate by rounding only; other maps change it as far as they bend inside one
    ball. Unbiased where both densities are constant over the ball. Differentiable in JAX, in x and in the reference.
    Under jit, where values cannot be inspected, a sample of x that is in the reference gives inf.

    Examples
    --------
    Two normals of deviation 1 whose means are 1 apart, where D(p || m) = 0.5 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x, reference = np.random.default_rng(0).normal(size=(2, 4000, 1))
    >>> abs(lab.density_of_points(x + 1, reference) + 0.5) < 0.1
    True
    """
    return _local(x, reference, k=k).mean()


def _require_disjoint(shared, n):
    if shared:
        raise ValueError(
            f"density_of_points needs a reference drawn apart from x: {shared} of {n} samples of x stand in it too, "
            f"where a point is its own nearest neighbour and the reference seems denser than it is; leave those "
            f"points out of the reference."
        )
