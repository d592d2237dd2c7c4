"""The interval that bounds leave for the entropy of a mixture."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from entropylab.estimators.mixtures.estimates import ALGEBRA, chernoff_bound, kl_bound, mixture_centers, mixture_elk
from entropylab.numerics.discrete.simplex import entropy
from entropylab.numerics.gaussians.mixture import Mixture, require_mixture

__all__ = ["MixtureBounds", "mixture_bounds"]

STEPS = 10  # of the search for alpha: the bound, flat at its top, is then within 1e-8 of the highest


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class MixtureBounds:
    """What is known of the entropy H(X) of a mixture without drawing from it, in nats.

    conditional     H(X|C), lower bound: the mean entropy of the components C
    elk             lower bound: expected likelihood kernel
    bhattacharyya   lower bound: pairwise Chernoff divergence at alpha = 1/2
    chernoff        lower bound: the same at `best_alpha`, the alpha in [0, 1] where it is highest; 1/2 if none is
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

    Parameters
    ----------
    mixture : Mixture
        Weights, centers and spreads of Gaussians or uniform boxes.

    Returns
    -------
    MixtureBounds
        The bounds by name, with `lower`, `upper`, `best_alpha` and `chernoff` at the best alpha.

    Raises
    ------
    ValueError
        For anything but a Mixture.

    Notes
    -----
    Works under jit and vmap and in reverse mode. The integral of p_i^alpha p_j^(1 - alpha) is log-convex in alpha and
    so are sums of it, which makes the Chernoff bound concave: parabolas and bisection find its maximum. Costs 15
    Chernoff bounds.

    References
    ----------
    Kolchinsky and Tracey (2017). Estimating mixture entropy with pairwise distances. Entropy 19, 361.

    Examples
    --------
    >>> import entropylab as lab
    >>> two = lab.Mixture([0.5, 0.5], [0.0, 2.0], [1.0, 1.0])
    >>> bounds = lab.mixture_bounds(two)
    >>> bool(bounds.lower < lab.mixture_monte_carlo(two, draws=20_000) < bounds.upper)
    True
    """
    return _bounds(require_mixture(mixture))


def _bounds(mixture):
    # Not one program: its parts are compiled already where they are asked for one by one, each once.
    conditional = mixture.weights @ ALGEBRA[mixture.family].entropies(mixture)
    alpha = lax.stop_gradient(_best_alpha(jax.tree.map(lax.stop_gradient, mixture)))
    return MixtureBounds(
        conditional=conditional,
        elk=mixture_elk(mixture),
        bhattacharyya=chernoff_bound(mixture, jnp.asarray(0.5, alpha.dtype)),
        # at the top the slope in alpha is zero, so the gradient at fixed alpha is the whole gradient
        chernoff=chernoff_bound(mixture, alpha),
        best_alpha=alpha,
        kl=kl_bound(mixture),
        joint=conditional + entropy(mixture.weights),
        centers=mixture_centers(mixture),
    )


@jax.jit
def _best_alpha(mixture):
    """Where the concave Chernoff bound is highest, from three points with the highest in the middle."""
    kind = mixture.centers.dtype
    start = jnp.array([0.0, 0.5, 1.0], kind)
    values = lax.map(lambda alpha: chernoff_bound(mixture, alpha), start)
    x, y = _newton_bracket(mixture, start, values)
    best = jnp.argmax(y)  # an end, where boxes put the top there
    gained = y[best] - values[1] > 8 * jnp.finfo(kind).eps * jnp.abs(values[1])
    return jnp.where(gained, x[best], 0.5).astype(kind)


def _newton_bracket(mixture, x, y):
    def narrow(step, state):
        x, y = state
        new = jnp.where(step % 3 < 2, _parabola_vertex(x, y), _bisect(x))
        x, y = jnp.append(x, new), jnp.append(y, chernoff_bound(mixture, new))
        order = jnp.argsort(x)
        x, y = x[order], y[order]
        first = jnp.clip(jnp.argmax(y), 1, 2) - 1
        return lax.dynamic_slice_in_dim(x, first, 3), lax.dynamic_slice_in_dim(y, first, 3)

    return lax.fori_loop(0, STEPS, narrow, (x, y))


def _parabola_vertex(x, y):
    """Top of the parabola through three points; a step into the longer part where that is no news, or no top."""
    slopes = jnp.diff(y) / jnp.diff(x)
    bend = (slopes[1] - slopes[0]) / (x[2] - x[0])
    top = 0.5 * (x[0] + x[1]) - 0.5 * slopes[0] / jnp.where(bend < 0, bend, -1.0)
    inside = (bend < 0) & (top > x[0]) & (top < x[2])
    beside = x[1] + jnp.where(x[1] - x[0] > x[2] - x[1], -1e-2, 1e-2) * (x[2] - x[0])
    near = jnp.abs(top - x[1]) <= 1e-3 * (x[2] - x[0])
    return jnp.where(inside, jnp.where(near, beside, top), _bisect(x))


def _bisect(x):
    """The middle of the longer part."""
    return jnp.where(x[1] - x[0] > x[2] - x[1], 0.5 * (x[0] + x[1]), 0.5 * (x[1] + x[2]))
