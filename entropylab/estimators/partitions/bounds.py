"""Bounds on the distance of soft and hard entropy of halfspaces: a certificate, and theorem 3 of Shihab et al."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_expit

from entropylab.estimators.partitions.halfspace import checked_planes
from entropylab.numerics.validation import check, ranges

__all__ = [
    "partition_certificate",
    "continuity_bound",
    "certified_temperature",
    "shihab_bound",
    "shihab_bound_status",
    "shihab_temperature",
]


@check.check_knob_types
def partition_certificate(
    points: ArrayLike, normals: ArrayLike, offsets: ArrayLike, *, temperature: float = 0.1
) -> float:
    """Bound in nats on |hard_halfspace_partition - halfspace_partition| at this temperature, for these points.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points, in the unit of the data.
    normals : array_like, shape (m, d)
        Normals of the planes n_t . x = b_t; of any length above 0.
    offsets : array_like, shape (m,)
        Offsets b_t of the planes.
    temperature : float, default 0.1
        tau, in units of n . x.

    Returns
    -------
    float
        The bound in nats.

    Raises
    ------
    ValueError
        For wrong shapes, NaN, a normal of length 0, a temperature that is not above 0.

    Notes
    -----
    A point keeps the share g_i = prod_t sigma(s_it / tau) in its own hard cell, s_it = |n_t . x_i - b_t|, so that T =
    mean(1 - g_i) bounds the total variation between hard and soft masses; for K = 2^m cells |H_hard - H_soft| <= T
    log(K - 1) + h(T) if T <= 1 - 1/K (h: entropy of a coin), and log K, which bounds nothing, beyond. s_it is in units
    of n . x as in `halfspace_partition`, whatever the length of the normals. Nothing is random or asymptotic; no margin
    is assumed; any m. Computed in float64. A point on a boundary counts as inside in both, and costs 1/2 in its factor.

    References
    ----------
    Audenaert (2007). A sharp continuity estimate for the von Neumann entropy. Journal of Physics A 40.

    Examples
    --------
    >>> import entropylab as lab
    >>> planes = [[1.0, 0.0]], [0.0]
    >>> points = [[-1.0, 0.0], [1.0, 0.0]]
    >>> gap = abs(lab.hard_halfspace_partition(points, *planes) - lab.halfspace_partition(points, *planes))
    >>> gap <= lab.partition_certificate(points, *planes) < 0.001
    True
    """
    _positive(temperature)
    points, normals, offsets = checked_planes(True, points, normals, offsets)
    m = len(normals)
    with np.errstate(over="ignore"):  # so far from a boundary nothing is lost
        margins = np.abs(points @ normals.T - offsets) / temperature
    lost = float(-np.expm1(log_expit(margins).sum(1)).mean())
    if lost > 1 - 2.0**-m:
        return m * math.log(2)
    others = m * math.log(2) + math.log1p(-(2.0**-m)) if m > 1 else 0.0  # log(2^m - 1)
    return lost * others + _binary_entropy(lost)


def continuity_bound(variation: float, cells: int) -> float:
    """Bound in nats on the difference of two entropies over K cells whose total variation is at most T.

    Parameters
    ----------
    variation : float
        T, from 0 to 1.
    cells : int
        K, at least 1.

    Returns
    -------
    float
        The bound in nats.

    Raises
    ------
    ValueError
        For a variation outside [0, 1] or no cell.

    Notes
    -----
    T log(K - 1) + h(T) for T <= 1 - 1/K, and log K, which bounds nothing, beyond: attained, so no better one exists.
    For any soft partition T = mean_i (1 - p_i(own cell)) bounds the variation between its masses and the hard ones.

    References
    ----------
    Audenaert (2007). A sharp continuity estimate for the von Neumann entropy. Journal of Physics A 40.

    Examples
    --------
    >>> import math
    >>> import entropylab as lab
    >>> lab.continuity_bound(0.5, 2) == math.log(2)
    True
    """
    check.number("variation", variation)
    if not 0 <= variation <= 1:
        raise ValueError(f"variation must lie in [0, 1]: got {variation!r}; it is half the sum of |p - q|.")
    cells = check.whole_number("cells", cells, 1, "it is the number of cells.")
    if variation > 1 - 1 / cells:
        return math.log(cells)
    return variation * math.log(max(cells - 1, 1)) + _binary_entropy(variation)


@check.check_knob_types
def certified_temperature(
    points: ArrayLike, normals: ArrayLike, offsets: ArrayLike, *, tolerance: float = 0.1
) -> float:
    """The softest temperature, in units of n . x, at which `partition_certificate` is at most a tolerance.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points, in the unit of the data.
    normals : array_like, shape (m, d)
        Normals of the planes n_t . x = b_t; of any length above 0.
    offsets : array_like, shape (m,)
        Offsets b_t of the planes.
    tolerance : float, default 0.1
        Largest distance between soft and hard entropy, in nats.

    Returns
    -------
    float
        The temperature, to 1e-6 of itself.

    Raises
    ------
    ValueError
        As `partition_certificate`; for a tolerance that is not above 0, at or above the m log 2 that needs no
        certificate, or out of reach.

    Notes
    -----
    The certificate grows with the temperature, so bisection finds it. Where points lie on a boundary the certificate
    has a floor; if that is above the tolerance there is no such temperature.

    References
    ----------
    Audenaert (2007). A sharp continuity estimate for the von Neumann entropy. Journal of Physics A 40.

    Examples
    --------
    >>> import entropylab as lab
    >>> data = [[-1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0]], [0.0]
    >>> tau = lab.certified_temperature(*data, tolerance=0.1)
    >>> round(lab.partition_certificate(*data, temperature=tau), 4)
    0.1
    """
    check.require_positive("tolerance", tolerance, "0.1 nats is the default.")
    points, normals, offsets = checked_planes(True, points, normals, offsets)
    if tolerance >= len(normals) * math.log(2):
        raise ValueError(
            f"tolerance must be below {len(normals)} log 2 nats, within which any two entropies of these cells lie: "
            f"got {tolerance:g}; lower it."
        )
    margins = np.abs(points @ normals.T - offsets)
    low, high = 1e-9 * (margins.max() or 1.0), 1e3 * (margins.max() or 1.0)
    known = dict(points=points, normals=normals, offsets=offsets)
    if (floor := partition_certificate(**known, temperature=low)) > tolerance:
        raise ValueError(
            f"tolerance must be above {floor:.3g} nats, which points on a boundary cost at any temperature: got "
            f"{tolerance:g}; raise it or move the halfspaces."
        )
    while high > low * (1 + 1e-6):
        middle = math.sqrt(low * high)
        if partition_certificate(**known, temperature=middle) <= tolerance:
            low = middle
        else:
            high = middle
    return low


@check.check_knob_types
def shihab_bound(
    points: ArrayLike, normals: ArrayLike, offsets: ArrayLike, *, temperature: float = 0.1, failure: float = 0.05
) -> float:
    """Theorem 3 of Shihab et al. (2025), E log(K / E) in nats, for comparison with `partition_certificate`.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points, in the unit of the data.
    normals : array_like, shape (m, d)
        Normals of the planes n_t . x = b_t; of any length above 0.
    offsets : array_like, shape (m,)
        Offsets b_t of the planes.
    temperature : float, default 0.1
        tau, in units of n . x.
    failure : float, default 0.05
        delta, from 0 to 1, exclusive.

    Returns
    -------
    float
        The printed bound in nats; it may be negative.

    Raises
    ------
    ValueError
        For wrong shapes, NaN, a normal of length 0, a temperature that is not above 0, a failure outside (0, 1).

    Notes
    -----
    E = exp(-gamma / (4 tau)) + 2 / (4 tau) sqrt(d log m / n) + sqrt(log(2 / delta) / (2 n)), with gamma the least
    distance |n_t . x_i - b_t| / |n_t|, K = sum_{i <= d} binomial(m, i), and the unnamed constant C of the paper as 1
    (appendix F.3). It is above log K at any realistic n, since gamma falls as 1/n; it is negative once E > K, at small
    tau; and the inequality behind it needs E <= 1/2. It certifies nothing: use `partition_certificate`.

    References
    ----------
    Shihab, Akter and Sharma (2025). Differentiable entropy regularization for geometry and neural networks.

    Examples
    --------
    >>> import entropylab as lab
    >>> data = [[-1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0]], [0.0]
    >>> lab.shihab_bound_status(*data) != "certifies"
    True
    """
    _positive(temperature)
    margin, slope, rest, cells = _theorem3(points, normals, offsets, failure)
    error = math.exp(-margin / (4 * temperature)) + slope / temperature + rest
    return error * math.log(cells / error)


@check.check_knob_types
def shihab_bound_status(
    points: ArrayLike, normals: ArrayLike, offsets: ArrayLike, *, temperature: float = 0.1, failure: float = 0.05
) -> str:
    """Whether `shihab_bound` certifies anything here: "certifies", "vacuous" or "void"; without unit.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points, in the unit of the data.
    normals : array_like, shape (m, d)
        Normals of the planes n_t . x = b_t; of any length above 0.
    offsets : array_like, shape (m,)
        Offsets b_t of the planes.
    temperature : float, default 0.1
        tau, in units of n . x.
    failure : float, default 0.05
        As `shihab_bound`.

    Returns
    -------
    str
        "vacuous": log K or more, which any two entropies over K cells obey. "void": below log K, but with E > 1/2,
        where the continuity inequality behind it does not hold; negative numbers are of this kind.

    Raises
    ------
    ValueError
        As `shihab_bound`.

    Notes
    -----
    `partition_certificate` is never vacuous for a temperature small enough, if no point lies on a boundary.

    References
    ----------
    Shihab, Akter and Sharma (2025). Differentiable entropy regularization for geometry and neural networks.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.shihab_bound_status([[-1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0]], [0.0]) in ("vacuous", "void")
    True
    """
    _positive(temperature)
    margin, slope, rest, cells = _theorem3(points, normals, offsets, failure)
    error = math.exp(-margin / (4 * temperature)) + slope / temperature + rest
    if error * math.log(cells / error) >= math.log(cells):
        return "vacuous"
    return "void" if error > 0.5 else "certifies"


@check.check_knob_types
def shihab_temperature(points: ArrayLike, normals: ArrayLike, offsets: ArrayLike, *, failure: float = 0.05) -> float:
    """The temperature, in units of n . x, that minimises E of `shihab_bound`; infinite where E has no minimum.

    Parameters
    ----------
    points : array_like, shape (n, d) or (n,)
        Points, in the unit of the data.
    normals : array_like, shape (m, d)
        Normals of the planes n_t . x = b_t; of any length above 0.
    offsets : array_like, shape (m,)
        Offsets b_t of the planes.
    failure : float, default 0.05
        As `shihab_bound`.

    Returns
    -------
    float
        The temperature.

    Raises
    ------
    ValueError
        As `shihab_bound`.

    Notes
    -----
    dE/d(1/tau) = 0 at tau = gamma / (4 log(gamma / (4 c))), with E = exp(-gamma / (4 tau)) + c / tau + rest, if gamma >
    4 c; else E falls to 1 + rest as tau grows, and the rule (appendix F.5, step (ii)) chooses no boundary at all.
    For a single halfspace E grows with tau, and the temperature is 0.

    References
    ----------
    Shihab, Akter and Sharma (2025). Differentiable entropy regularization for geometry and neural networks.

    Examples
    --------
    >>> import entropylab as lab
    >>> lab.shihab_temperature([[-1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0]], [0.0])
    0.0
    """
    margin, slope, _, _ = _theorem3(points, normals, offsets, failure)
    if slope == 0:
        return 0.0  # a single halfspace: its complexity counts nothing, and the hardest boundary is best
    return margin / (4 * math.log(margin / (4 * slope))) if margin > 4 * slope else math.inf


def _theorem3(points, normals, offsets, failure):
    """Margin, the factor of 1 / tau, the term without tau, and the number of cells of theorem 3 of Shihab et al.."""
    if not 0 < failure < 1:
        raise ValueError(f"failure must be a probability in (0, 1): got {failure!r}; 0.05 is the default.")
    points, normals, offsets = checked_planes(True, points, normals, offsets)
    (n, d), m = points.shape, len(normals)
    margin = (np.abs(points @ normals.T - offsets) / np.linalg.norm(normals, axis=1)).min()
    cells = sum(math.comb(m, i) for i in range(d + 1))
    return margin, math.sqrt(d * math.log(m) / n) / 2, math.sqrt(math.log(2 / failure) / (2 * n)), cells


def _positive(temperature):
    remedy = "0.1 is the default; the smaller, the harder the boundaries."
    ranges.positive("temperature", temperature, np.float64, remedy)


def _binary_entropy(chance: float) -> float:
    """Entropy in nats of a coin: -T log T - (1 - T) log(1 - T), exact for small T."""
    if chance in (0.0, 1.0):
        return 0.0
    return -chance * math.log(chance) - (1 - chance) * math.log1p(-chance)
