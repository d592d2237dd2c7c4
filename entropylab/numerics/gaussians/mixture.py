"""Mixture: weights, centers and spreads of Gaussian or uniform components, checked once and then trusted."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np

from entropylab.numerics.validation import check
from entropylab.numerics.validation.precision import float64

FAMILIES = ("gaussian", "uniform")


@jax.tree_util.register_pytree_node_class
@dataclass(frozen=True, eq=False)
class Mixture:
    """The density sum_j c_j p_j(x) of K components in d dimensions: a JAX pytree whose family is static.

    `weights` (K,), not negative, summing to one; `centers` (K, d). `spreads` of the family "gaussian" are
    covariances (K, d, d): variances, not standard deviations; of "uniform" they are the side lengths (K, d) of
    boxes around the centers. For d = 1, centers and spreads may all be (K,). Arrays take the widest float type
    among them. Concrete values are checked here and nowhere else; what is built under jit, vmap or grad, or by
    jax.tree.map (for instance to stack mixtures for vmap), is checked in shape at most.
    Errors: ValueError for shapes that do not fit, an unknown family, NaN or infinities, weights that are
    negative or do not sum to one to their own precision, covariances that are not symmetric positive definite,
    sides not above 0, variances or sides at the ends of the float range (below 1e-292 or above 1e307 in float64).
    """

    weights: jax.Array
    centers: jax.Array
    spreads: jax.Array
    family: Literal["gaussian", "uniform"] = "gaussian"

    def __post_init__(self):
        if self.family not in FAMILIES:
            raise ValueError(f"family must be one of {', '.join(FAMILIES)}: got {self.family!r}; choose one of them.")
        given = {"weights": self.weights, "centers": self.centers, "spreads": self.spreads}
        arrays = [check.as_float(x, name) for name, x in given.items()]
        kind = max((x.dtype for x in arrays), key=lambda dtype: dtype.itemsize)
        with float64() if kind == jnp.float64 else contextlib.nullcontext():
            weights, centers, spreads = (x.astype(kind) for x in arrays)
        if centers.ndim == 1:
            centers = centers[:, None]
            if spreads.ndim == 1:
                spreads = spreads[:, None, None] if self.family == "gaussian" else spreads[:, None]
        _check_shapes(weights, centers, spreads, self.family)
        _check_weights(weights, arrays[0].dtype, spreads, self.family)
        check.require_finite("centers", centers)
        for name, value in (("weights", weights), ("centers", centers), ("spreads", spreads)):
            object.__setattr__(self, name, value)

    @property
    def components(self) -> int:
        """K, the number of components."""
        return self.centers.shape[-2]

    @property
    def dimension(self) -> int:
        """d, the number of axes."""
        return self.centers.shape[-1]

    def tree_flatten(self):
        return (self.weights, self.centers, self.spreads), self.family

    @classmethod
    def tree_unflatten(cls, family, leaves):
        # JAX rebuilds trees around tracers, stacks and placeholders, which have no values to check.
        mixture = object.__new__(cls)
        for name, value in zip(("weights", "centers", "spreads", "family"), (*leaves, family), strict=True):
            object.__setattr__(mixture, name, value)
        return mixture


def require_mixture(mixture) -> Mixture:
    """`mixture`, if it is one."""
    if not isinstance(mixture, Mixture):
        raise ValueError(
            f"mixture must be a Mixture: got {type(mixture).__name__}; build one as Mixture(weights, centers, spreads)."
        )
    return mixture


def _check_shapes(weights, centers, spreads, family):
    if weights.ndim != 1 or centers.ndim != 2 or weights.shape[0] != centers.shape[0] or 0 in centers.shape:
        raise ValueError(
            f"a mixture needs weights (K,) and centers (K, d): got {weights.shape} and {centers.shape}; "
            "give every component one weight and one center."
        )
    k, d = centers.shape
    expected, name = ((k, d, d), "covariances (K, d, d)") if family == "gaussian" else ((k, d), "side lengths (K, d)")
    if spreads.shape != expected:
        raise ValueError(
            f"a {family} mixture of {k} components in {d} dimensions needs {name} = {expected}: got "
            f"{spreads.shape}; give every component its own."
        )


def _check_weights(weights, typed, spreads, family):
    check.require_finite("weights", weights)
    check.require_finite("spreads", spreads)
    if not check.is_traced(weights):
        weights = np.asarray(weights)
        total = float(weights.sum(dtype=np.float64))
        # weights typed or computed in their own precision miss one by its rounding, not by its square root
        if (weights < 0).any() or abs(total - 1) > np.sqrt(np.finfo(typed).eps):
            raise ValueError(
                f"weights must not be negative and must sum to one: got a least of {weights.min():g} and a sum of "
                f"{total!r}; divide them by their sum."
            )
    if check.is_traced(spreads):
        return
    spreads = np.asarray(spreads)
    _in_range(spreads, family)
    if family == "uniform":
        if (spreads <= 0).any():
            k, axis = (int(i) for i in np.argwhere(spreads <= 0)[0])
            raise ValueError(
                f"side lengths must be above 0: got {spreads[k, axis]:g} for component {k} on axis {axis}; "
                "a box without volume has no density."
            )
        return
    _positive_definite(spreads)


def _in_range(spreads, family):
    """Refuse spreads whose sums leave the float range, or whose digits compiled code loses as subnormal numbers."""
    info = np.finfo(spreads.dtype)
    sizes = np.einsum("kaa->ka", spreads) if family == "gaussian" else spreads
    low, high = float(info.tiny / info.eps), float(info.max / 16)
    wrong = (sizes > 0) & ~((sizes >= low) & (sizes <= high))
    if wrong.any():
        k, axis = (int(i) for i in np.argwhere(wrong)[0])
        name = "variances" if family == "gaussian" else "side lengths"
        raise ValueError(
            f"{name} must lie between {low:.3g} and {high:.3g} in {spreads.dtype}: got {sizes[k, axis]:g} for "
            f"component {k} on axis {axis}; change the unit of the data."
        )


def _positive_definite(covariances):
    deviations = np.sqrt(np.einsum("kaa->ka", covariances).clip(0))
    size = deviations[:, :, None] * deviations[:, None, :]
    with np.errstate(over="ignore"):
        skew = np.abs(covariances - covariances.swapaxes(1, 2))
    skewed = (skew > np.sqrt(np.finfo(covariances.dtype).eps) * size).any((1, 2))
    if skewed.any():
        raise ValueError(
            f"covariances must be symmetric: got component {int(np.argmax(skewed))} with an asymmetry of "
            f"{skew.max():g}; average each with its transpose."
        )
    try:
        np.linalg.cholesky(covariances)
    except np.linalg.LinAlgError:
        least = np.linalg.eigvalsh(covariances)[:, 0]
        raise ValueError(
            f"covariances must be positive definite: got component {int(np.argmin(least))} with least eigenvalue "
            f"{least.min():g}; drop dependent axes or add a variance to the diagonal."
        ) from None
