"""The Gaussian kernel of a density estimate: its rule, its covariance, and data in its units.

Every kernel here becomes the standard normal one by a linear map of the data; `log_volume` is the
logarithm of that map's inverse determinant. `library` is NumPy for concrete data, jax.numpy under tracing.
"""

from __future__ import annotations

import numpy as np

from entropylab.numerics import check
from entropylab.numerics.kernel_likelihood import likeliest, likeliest_traced

RULES = ("scott", "silverman", "loo")


def known(name: str, bandwidth) -> None:
    """Demand a rule or a number above zero."""
    if isinstance(bandwidth, str):
        if bandwidth not in RULES:
            raise ValueError(f"{name}: bandwidth must be one of {', '.join(RULES)} or a width: got {bandwidth!r}.")
        return
    check.positive(f"{name}: bandwidth", bandwidth, "pass the kernel's width in the units of the data.")


def in_kernel_units(x, bandwidth, factor=None, library=np):
    """`x` (n, d), centred, in units of the kernel; and the log volume of that unit.

    A number is the width of an isotropic kernel. A rule gives the covariance of `x` times a squared
    factor: the rule's own, or `factor` where it is given.
    """
    if not isinstance(bandwidth, str):
        return (x - x.mean(0)) / bandwidth, x.shape[1] * library.log(bandwidth)
    z, log_volume = whitened(x, library)
    if factor is None:
        factor = chosen(z, bandwidth, library)
    return z / factor, log_volume + x.shape[1] * library.log(factor)


def chosen(z, rule: str, library=np):
    """The factor between the kernel's standard deviation and that of the data, whitened in `z`."""
    n, d = z.shape
    width = (n * (d + 2) / 4 if rule == "silverman" else n) ** (-1 / (d + 4))
    if rule != "loo":
        return width
    return likeliest(z, width) if library is np else likeliest_traced(z, width)


def root(x, bandwidth) -> np.ndarray:
    """The lower triangular matrix that maps standard normal draws to draws of the kernel, for concrete `x`."""
    if not isinstance(bandwidth, str):
        return float(bandwidth) * np.eye(x.shape[1])
    z, _ = whitened(x)
    centred = x - x.mean(0)
    spread = np.sqrt((centred**2).mean(0))
    # x - mean = z root^T and z^T z = (n - 1) 1
    matrix = np.tril((centred / spread).T @ z / (len(x) - 1))
    return chosen(z, bandwidth) * spread[:, None] * matrix


def whitened(x, library=np):
    """`x` with mean 0 and sample covariance 1, and half the log determinant of the covariance it had.

    Concrete columns should have passed `condition`.
    """
    n = len(x)
    x = x - x.mean(0)
    spread = library.sqrt((x * x).sum(0) / (n - 1))
    x = x / spread  # the correlation matrix is the same in all units
    correlation = x.T @ x / (n - 1)
    root = library.linalg.cholesky(correlation)
    return library.linalg.solve(root, x.T).T, library.log(spread).sum() + library.log(library.diagonal(root)).sum()


def condition(x) -> str:
    """What near-dependent columns do to a kernel shaped by the covariance, in words; "" if nothing.

    ValueError for a covariance that is singular: too few samples, a constant column, dependent columns.
    """
    n, d = x.shape
    if n <= d:
        raise ValueError(
            f"a kernel shaped by the covariance needs more samples than columns: got {n} samples of {d}; "
            "pass a number as bandwidth, or add samples."
        )
    constant = np.ptp(x, axis=0) == 0
    if constant.any():
        raise ValueError(
            f"column {int(np.argmax(constant))} is constant, so the covariance that shapes the kernel is singular; "
            "drop the column, or pass a number as bandwidth."
        )
    x = x - x.mean(0)
    x = x / np.sqrt((x * x).sum(0))
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
