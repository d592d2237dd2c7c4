"""The Gaussian kernel of a density estimate: its rule, its covariance, and data in its units.

Every kernel here becomes the standard normal one by a linear map of the data; `log_volume` is the
logarithm of that map's inverse determinant. `library` is NumPy for concrete data, jax.numpy under tracing.
"""

from __future__ import annotations

import math

import numpy as np

from entropylab.numerics.kernel_sums.likelihood import loo_bandwidth, loo_bandwidth_jax
from entropylab.numerics.kernel_sums.points import KernelPoints, TracedPoints, points_of_width, traced_points
from entropylab.numerics.kernel_sums.scaling import (
    divided,
    divided_traced,
    ends,
    extreme_exponents,
    extreme_exponents_traced,
)
from entropylab.numerics.validation import check

RULES = ("scott", "silverman", "loo")
SMALL, LARGE = 2.0**-900, 2.0**900  # of sums of squares, to either side of which some square may have left the range


def require_rule_or_positive(name: str, bandwidth) -> None:
    """Demand a rule or a number above zero."""
    if isinstance(bandwidth, str):
        if bandwidth not in RULES:
            raise ValueError(f"{name}: bandwidth must be one of {', '.join(RULES)} or a width: got {bandwidth!r}.")
        return
    check.require_positive(f"{name}: bandwidth", bandwidth, "pass the kernel's width in the units of the data.")


def standardize(x, bandwidth, factor=None, library=np) -> tuple[KernelPoints | TracedPoints, float]:
    """The points `x` (n, d) in units of the kernel; and the log volume of that unit.

    A number is the width of an isotropic kernel. A rule gives the covariance of `x` times a squared
    factor: the rule's own, or `factor` where it is given.
    """
    concrete = library is np
    if not isinstance(bandwidth, str):
        points = points_of_width(x, bandwidth) if concrete else traced_points(x, bandwidth)
        return points, x.shape[1] * library.log(bandwidth)
    z, log_volume = whiten(x, library)
    if factor is None:
        factor = select_factor(z, bandwidth, library)
    points = KernelPoints(z / factor) if concrete else TracedPoints(z / factor, 0.5)
    return points, log_volume + x.shape[1] * library.log(factor)


def select_factor(z, rule: str, library=np):
    """The factor between the kernel's standard deviation and that of the data, whitened in `z`."""
    n, d = z.shape
    width = (n * (d + 2) / 4 if rule == "silverman" else n) ** (-1 / (d + 4))
    if rule != "loo":
        return width
    return loo_bandwidth(z, width) if library is np else loo_bandwidth_jax(z, width)


def kernel_cholesky(x, bandwidth) -> np.ndarray:
    """The lower triangular matrix that maps standard normal draws to draws of the kernel, for concrete `x`."""
    if not isinstance(bandwidth, str):
        return float(bandwidth) * np.eye(x.shape[1])
    z, _ = whiten(x)
    centred, _, exponents = _safely_centred(x)
    spread = np.sqrt((centred**2).mean(0))
    # x - mean = z root^T and z^T z = (n - 1) 1
    matrix = np.tril((centred / spread).T @ z / (len(x) - 1))
    root = select_factor(z, bandwidth) * spread[:, None] * matrix
    return root if exponents is None else divided(root, -exponents[:, None])


def whiten(x, library=np):
    """`x` with mean 0 and sample covariance 1, and half the log determinant of the covariance it had.

    Concrete columns should have passed `condition`.
    """
    n = len(x)
    if library is np:
        x, norms, exponents = _safely_centred(x)
    else:
        exponents = extreme_exponents_traced(x, library)
        x = divided_traced(x, exponents, library)
        x = x - x.mean(0)
        norms = (x * x).sum(0)
    spread = library.sqrt(norms / (n - 1))
    x = x / spread  # the correlation matrix is the same in all units
    correlation = x.T @ x / (n - 1)
    root = library.linalg.cholesky(correlation)
    volume = library.log(spread).sum() + library.log(library.diagonal(root)).sum()
    if exponents is not None:
        volume = volume + exponents.sum() * math.log(2)
    return library.linalg.solve(root, x.T).T, volume


def _safely_centred(x):
    """Concrete `x` less its mean, and the sums of its squares.

    Where squares would leave the range, columns are divided by powers of two before; their exponents come third, else
    None.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        centred = x - x.mean(0)
        norms = (centred * centred).sum(0)
    sizes = norms.tolist()
    if min(sizes) > SMALL and sum(sizes) < LARGE:  # NaN is neither
        return centred, norms, None
    exponents = np.array(extreme_exponents(*ends(x)))
    x = divided(x, exponents)
    centred = x - x.mean(0)
    return centred, (centred * centred).sum(0), exponents


def conditioning_warning(x) -> str:
    """What near-dependent columns do to a kernel shaped by the covariance, in words; "" if nothing.

    ValueError for a covariance that is singular: too few samples, a constant column, dependent columns.
    """
    n, d = x.shape
    if n <= d:
        raise ValueError(
            f"a kernel shaped by the covariance needs more samples than columns: got {n} samples of {d}; "
            "pass a number as bandwidth, or add samples."
        )
    constant = [low == high for low, high in zip(*ends(x), strict=True)]
    if any(constant):
        raise ValueError(
            f"column {constant.index(True)} is constant, so the covariance that shapes the kernel is singular; "
            "drop the column, or pass a number as bandwidth."
        )
    if d == 1:
        return ""
    x, norms, _ = _safely_centred(x)
    x = x / np.sqrt(norms)
    least = float(np.linalg.eigvalsh(x.T @ x)[0])
    rounding = d * np.finfo(float).eps
    if least < 8 * rounding:
        raise ValueError(
            "the columns are linearly dependent to rounding, so the covariance that shapes the kernel is singular and "
            "the differential entropy -inf; drop a column, or pass a number as bandwidth."
        )
    if least < 1e6 * rounding:
        return (
            f"the columns are nearly linearly dependent (least eigenvalue of their correlation {least:.1g}): rounding "
            f"moves the estimate by about {rounding / least:.1g} nats."
        )
    return ""
