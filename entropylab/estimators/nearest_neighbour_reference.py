"""Jaynes' limiting density of discrete points: entropy relative to a measure given by samples of it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Float
from scipy.special import digamma

from entropylab.estimators.card import estimator
from entropylab.knobs import NEIGHBOURS
from entropylab.numerics import check, neighbours, neighbours_jax
from entropylab.numerics.neighbour_warnings import refuse_repeats

__all__ = ["density_of_points"]


def _local(x: Float[Array, "n ..."], reference: Float[Array, "m ..."], *, k: int = 3) -> Float[Array, " n"]:
    """log m(x_i) / p(x_i) at every sample, in nats; the mean is the estimate."""
    traced = check.is_traced(x, reference)
    read = check.samples if traced else check.host_samples
    x, reference = read("x", x), read("reference", reference, minimum=1)
    if x.shape[1] != reference.shape[1]:
        raise ValueError(
            f"density_of_points compares samples of one space: got x with {x.shape[1]} columns and reference with "
            f"{reference.shape[1]}; pass the same columns of both."
        )
    k = check.neighbours("density_of_points", k, min(len(x), len(reference) + 1))
    if traced:
        own = neighbours_jax.log_kth_distances(x, k)
        logs = own - neighbours_jax.log_kth_distances(x, k, reference=reference)
    else:
        own = neighbours.kth_distances(x, k)[:, -1]
        others = neighbours.query(x, reference, k)[:, -1]
        refuse_repeats("density_of_points", own, k)
        _refuse_shared(others, k)
        logs = np.log(own) - np.log(others)
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
def density_of_points(x: Float[Array, "n ..."], reference: Float[Array, "m ..."], *, k: int = 3) -> Float[Array, ""]:
    """Jaynes' entropy of x relative to reference samples, minus the relative entropy D(p || m), in nats.

    The limit of H_N - log N for N discrete points that thicken like the reference: it has no unit, is at most 0, and
    a change of variables done to both leaves it. eps_i is the distance from x_i to its k-th neighbour in x,
    nu_i to the k-th point of the reference, largest difference of any coordinate. Scaling both sets by one
    number, or shifting them, changes the estimate by rounding only; other maps change it as far as they
    bend inside one ball. Unbiased where both densities are constant over the ball; errs towards 0 otherwise.
    Noise can make it positive. Differentiable in JAX, in x and in the reference.
    Errors: ValueError for different columns, k outside 1 .. n - 1 or above m, NaN, samples that repeat more than
    k times, or that stand in the reference too. Source: Jaynes (1968); Wang, Kulkarni and Verdu (2009).
    """
    return _local(x, reference, k=k).mean()


def _refuse_shared(distances, k):
    shared = int((distances == 0).sum())
    if shared:
        raise ValueError(
            f"density_of_points needs a reference drawn apart from x: {shared} samples of x coincide with {k} or more "
            f"points of it, where the reference density would be infinite; leave those points out."
        )
