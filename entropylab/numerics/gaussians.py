"""Gaussian components against each other: log sums over a mixture of densities, divergences and overlaps.

Every function named after a term t_ij returns log sum_j c_j exp(t_ij) for each row i, in logarithms throughout.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from entropylab.numerics import check
from entropylab.numerics.gaussian_kl_host import kl_sums_host
from entropylab.numerics.gaussian_pairs import pair_terms
from entropylab.numerics.gaussian_pairs_host import WIDEST, pair_terms_host
from entropylab.numerics.mixture import Mixture
from entropylab.numerics.rows import by_rows, log_sums

LOG_2PI = math.log(2 * math.pi)


def entropies(mixture: Mixture, log_determinants=None):
    """Differential entropy of every component, (K,): (log det S_j + d (1 + log 2 pi)) / 2."""
    if log_determinants is None:
        log_determinants = _inverses(mixture.spreads)[1]
    return 0.5 * (log_determinants + mixture.dimension * (1 + LOG_2PI))


def log_densities(mixture: Mixture, points, drawn=None):
    """log p(x_i) of `points` (n, d) under the mixture, (n,); `drawn` says how they were, if they were."""
    precisions, log_determinants = _inverses(mixture.spreads)
    columns = _columns(mixture.centers, precisions, points)
    constant = log_determinants + mixture.dimension * LOG_2PI

    def rows(arrays):
        x, draws = arrays
        draws = draws and (mixture, *draws)
        return log_sums(-0.5 * (_expected_squares(columns, x, drawn=draws) + constant), mixture.weights)

    return by_rows(rows, (points, drawn and drawn[1:]), _width(mixture))


def log_densities_of_draws(mixture: Mixture, component, normals):
    """log p at m_k + L_k z, k the `component` (n,) and L_k the Cholesky factor, of standard `normals` z (n, d).

    Digits that m_k + L_k z has no room for count too.
    """
    points = mixture.centers[component] + _steps(mixture, component, normals)
    return log_densities(mixture, points, (mixture, component, normals))


def _steps(mixture, component, normals):
    """L_k z (n, d)."""
    factors = jnp.linalg.cholesky(mixture.spreads)
    return jnp.einsum("nab,nb->na", factors[component], normals)


def kl(mixture: Mixture):
    """Terms -KL(p_i || p_j); the divergence of a component from itself is exactly 0."""
    precisions, log_determinants = _inverses(mixture.spreads)
    columns = _columns(mixture.centers, precisions, mixture.centers)

    def rows(arrays):
        x, spreads, own, index = arrays
        twice = _expected_squares(columns, x, spreads) + (log_determinants - own[:, None] - mixture.dimension)
        itself = index[:, None] == jnp.arange(mixture.components)
        return log_sums(jnp.where(itself, 0.0, -0.5 * twice), mixture.weights)

    arrays = mixture.centers, symmetric(mixture.spreads), log_determinants, jnp.arange(mixture.components)
    return by_rows(rows, arrays, _width(mixture))


def chernoff(mixture: Mixture, alpha, terms=None):
    """Terms -C(p_i || p_j), C = -log of the integral of p_i^alpha p_j^(1 - alpha).

    C = (alpha (1 - alpha) q + log det((1 - alpha) S_i + alpha S_j) - (1 - alpha) log det S_i - alpha log det S_j) / 2,
    with q = (m_i - m_j)' ((1 - alpha) S_i + alpha S_j)^-1 (m_i - m_j): Kolchinsky and Tracey (2017), section 3.2.
    `terms`, unless None, is the table of alpha (1 - alpha) q + log det of the mean covariance.
    """
    alpha = jnp.asarray(alpha, mixture.centers.dtype)
    if terms is None:
        terms = pair_terms(symmetric(mixture.spreads), mixture.centers, 1 - alpha, alpha, alpha * (1 - alpha))
    log_determinants = _inverses(mixture.spreads)[1]
    twice = terms - (1 - alpha) * log_determinants[:, None] - alpha * log_determinants
    itself = jnp.eye(mixture.components, dtype=bool)
    return log_sums(jnp.where(itself, 0.0, -0.5 * twice), mixture.weights)


def overlap(mixture: Mixture, terms=None):
    """Terms log of the integral of p_i p_j = log N(m_i; m_j, S_i + S_j); `terms` as of `chernoff`."""
    if terms is None:
        one = jnp.ones((), mixture.centers.dtype)
        terms = pair_terms(symmetric(mixture.spreads), mixture.centers, one, one, one)
    return log_sums(-0.5 * (terms + mixture.dimension * LOG_2PI), mixture.weights)


def concrete_terms(mixture: Mixture, a: float, b: float, g: float):
    """The table of `pair_terms` of concrete Gaussians where compiled code of the host is there for it, else None."""
    if not _hosted(mixture):
        return None
    return pair_terms_host(symmetric(np.asarray(mixture.spreads)), np.asarray(mixture.centers), a, b, float(g))


def concrete_kl(mixture: Mixture):
    """`kl` and log det S of concrete Gaussians where compiled code of the host is there for it, else None."""
    if not _hosted(mixture):
        return None
    return kl_sums_host(*(np.asarray(x) for x in (mixture.spreads, mixture.centers, mixture.weights)))


def _hosted(mixture):
    """True for concrete float64 Gaussians on a CPU whose small matrices stay in the first cache."""
    arrays = mixture.centers, mixture.spreads, mixture.weights
    if mixture.family != "gaussian" or check.is_traced(*arrays) or jax.default_backend() != "cpu":
        return False
    return mixture.centers.ndim == 2 and mixture.centers.dtype == "float64" and mixture.dimension <= WIDEST


def symmetric(matrices):
    """The symmetric part, so that a derivative in one entry is that of a function of all entries."""
    return 0.5 * (matrices + matrices.swapaxes(-1, -2))


@jax.custom_jvp
def _inverses(covariances):
    """S^-1 (K, d, d) and log det S (K,)."""
    factors = jnp.linalg.cholesky(covariances)
    identity = jnp.broadcast_to(jnp.eye(covariances.shape[-1], dtype=covariances.dtype), covariances.shape)
    whiteners = lax.linalg.triangular_solve(factors, identity, left_side=True, lower=True)
    log_determinants = 2 * jnp.log(jnp.diagonal(factors, axis1=-2, axis2=-1)).sum(-1)
    return jnp.einsum("kab,kac->kbc", whiteners, whiteners), log_determinants


@_inverses.defjvp
def _inverses_slope(covariances, changes):
    """d S^-1 = -S^-1 dS S^-1 and d log det S = tr(S^-1 dS): two products, where the factors' own take six solves."""
    precisions, log_determinants = _inverses(*covariances)
    change = symmetric(changes[0])
    moved = -jnp.einsum("kab,kbc,kcd->kad", precisions, change, precisions)
    return (precisions, log_determinants), (moved, (precisions * change).sum((-1, -2)))


# E (y - m_j)' P_j (y - m_j) over y ~ N(x_i, S_i) is linear in the second moments of y: one matrix product over
# all pairs, of width d (d + 1) / 2 + d + 1. It cancels where centers lie far out in units of the spreads; there
# the squares are summed from differences.


def _columns(centers, precisions, points):
    """What the product needs of the components: shift, centers, precisions, features, and whether it is safe; also
    whether points drawn from them keep their digits."""
    shift = lax.stop_gradient(centers.mean(0))  # a common shift changes no difference
    moved = centers - shift
    lines = jnp.einsum("kab,kb->ka", precisions, moved)
    features = jnp.concatenate([_lower(precisions, 2.0), -2 * lines, (lines * moved).sum(-1, keepdims=True)], 1)
    far = jnp.maximum(((points - shift) ** 2).sum(-1).max(), (moved**2).sum(-1).max())
    # no eigenvalue exceeds the Frobenius norm, so `reach` bounds every term; the product loses eps * reach
    top = jnp.abs(precisions).max()
    norm = jnp.sqrt(((precisions / top) ** 2).sum((1, 2)).max())
    reach = far * top * norm
    # sums m + L z of draws then keep 36 bits of L z
    rounded = jnp.abs(centers).max() * jnp.sqrt(top) * jnp.sqrt(norm) < 2.0**16
    safe = reach < float(jnp.finfo(centers.dtype).eps) ** -0.2
    return shift, centers, precisions, features, lax.stop_gradient(safe), lax.stop_gradient(rounded)


def _expected_squares(columns, points, spreads=None, drawn=None):
    """E (y - m_j)' P_j (y - m_j) over y ~ N(x_i, S_i), or at y = x_i without spreads, (n, K)."""
    shift, centers, precisions, features, safe, rounded = columns
    x = points - shift

    def product():
        moments = x[:, :, None] * x[:, None, :]
        moments = moments if spreads is None else moments + spreads
        return jnp.concatenate([_lower(moments), x, jnp.ones_like(x[:, :1])], 1) @ features.T

    def some_squares(arrays):
        some, steps = arrays
        away = some[:, None, :] - centers  # neither is shifted: a difference is exact to its own rounding
        away = away if steps is None else away + steps[:, None, :]
        total = (jnp.einsum("nka,kab->nkb", away, precisions) * away).sum(-1)
        missing = jnp.isnan(away).any(-1) | jnp.isnan(precisions).any((1, 2))  # NaN of the caller's stays
        # terms of both signs past the float range make NaN
        return jnp.where(jnp.isfinite(total) | missing, total, jnp.inf)

    def differences():
        start, steps = points, None
        if drawn is not None:
            apart = lambda: (centers[drawn[1]], _steps(*drawn))  # noqa: E731
            start, steps = lax.cond(rounded, lambda: (points, jnp.zeros_like(points)), apart)
        squares = by_rows(some_squares, (start, steps), centers.size, room=1 << 16)
        return squares if spreads is None else squares + _lower(spreads) @ _lower(precisions, 2.0).T

    # What a branch keeps for the gradient is kept of both: recompute it. And the workspace of the call is that of
    # the larger branch, taken or not: beyond some MB, asking the system for it costs more than the product.
    return lax.cond(safe if drawn is None else safe & rounded, product, jax.checkpoint(differences))


def _lower(matrices, off_diagonal=1.0):
    """Lower triangles (n, d (d + 1) / 2), the entries below the diagonal times `off_diagonal`."""
    d = matrices.shape[-1]
    rows, columns = np.tril_indices(d)
    flat = matrices.reshape(-1, d * d)[:, rows * d + columns]
    return flat if off_diagonal == 1.0 else flat * np.where(rows == columns, 1.0, off_diagonal).astype(flat.dtype)


def _width(mixture):
    """Numbers a row of the table needs: itself and its moments."""
    return mixture.components + mixture.dimension**2
