"""The interval that bounds leave for the entropy of a mixture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from entropylab.estimators.mixture_estimates import ALGEBRA, chernoff_bound, kl_bound, mixture_centers, mixture_elk
from entropylab.numerics.mixture import Mixture, checked
from entropylab.numerics.simplex import entropy

__all__ = ["MixtureBounds", "mixture_bounds"]

GOLDEN = (math.sqrt(5) - 1) / 2
STEPS = 24  # the golden section then holds alpha within 1e-5, and the bound, flat at its top, far closer


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class MixtureBounds:
    """What is known of the entropy H(X) of a mixture without drawing from it, in nats.

    conditional     H(X|C), lower bound: the mean entropy of the components C
    elk             lower bound: expected likelihood kernel
    bhattacharyya   lower bound: pairwise Chernoff divergence at alpha = 1/2
    chernoff        lower bound: the same at `best_alpha`, the alpha in [0, 1] where it is highest
    kl              upper bound: pairwise Kullback-Leibler divergence
    joint           upper bound: H(X|C) + H(C)
    centers         the kernel-density estimate, no bound
    """

    conditional: Float[Array, ""]
    elk: Float[Array, ""]
    bhattacharyya: Float[Array, ""]
    chernoff: Float[Array, ""]
    best_alpha: Float[Array, ""]
    kl: Float[Array, ""]
    joint: Float[Array, ""]
    centers: Float[Array, ""]

    @property
    def lower(self) -> Float[Array, ""]:
        """The highest of the lower bounds."""
        return jnp.maximum(jnp.maximum(self.conditional, self.elk), jnp.maximum(self.bhattacharyya, self.chernoff))

    @property
    def upper(self) -> Float[Array, ""]:
        """The lowest of the upper bounds."""
        return jnp.minimum(self.kl, self.joint)


def mixture_bounds(mixture: Mixture) -> MixtureBounds:
    """Every bound on the differential entropy of a mixture in nats, and the interval [lower, upper] they leave.

    Works under jit and vmap and in reverse mode. The best alpha is found by golden section: the integral of
    p_i^alpha p_j^(1 - alpha) is log-convex in alpha and so are sums of it, which makes the bound concave.
    Costs 26 Chernoff bounds. Errors: ValueError for anything but a Mixture.
    Source: Kolchinsky and Tracey (2017).
    """
    return _bounds(checked(mixture))


@jax.jit
def _bounds(mixture):
    conditional = mixture.weights @ ALGEBRA[mixture.family].entropies(mixture)
    alpha = lax.stop_gradient(_best_alpha(jax.tree.map(lax.stop_gradient, mixture)))
    return MixtureBounds(
        conditional=conditional,
        elk=mixture_elk(mixture),
        bhattacharyya=chernoff_bound(mixture, 0.5),
        # at the top the slope in alpha is zero, so the gradient at fixed alpha is the whole gradient
        chernoff=chernoff_bound(mixture, alpha),
        best_alpha=alpha,
        kl=kl_bound(mixture),
        joint=conditional + entropy(mixture.weights),
        centers=mixture_centers(mixture),
    )


def _best_alpha(mixture):
    def narrow(_, state):
        low, high, left, right, at_left, at_right = state
        up = at_right > at_left
        low, high = jnp.where(up, left, low), jnp.where(up, high, right)
        new = jnp.where(up, low + GOLDEN * (high - low), high - GOLDEN * (high - low))
        value = chernoff_bound(mixture, new)
        left, right = jnp.where(up, right, new), jnp.where(up, new, left)
        at_left, at_right = jnp.where(up, at_right, value), jnp.where(up, value, at_left)
        return low, high, left, right, at_left, at_right

    kind = mixture.centers.dtype
    low, high = jnp.zeros((), kind), jnp.ones((), kind)
    left, right = jnp.asarray(1 - GOLDEN, kind), jnp.asarray(GOLDEN, kind)
    start = low, high, left, right, chernoff_bound(mixture, left), chernoff_bound(mixture, right)
    low, high, *_ = lax.fori_loop(0, STEPS, narrow, start)
    return 0.5 * (low + high)
