"""Differential entropy through the entropy of the quantised variable, as the width of the cells goes to 0."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from entropylab.estimators.card import estimator
from entropylab.knobs import Knob
from entropylab.numerics.discrete.counts import count_symbols, encode_labels, warn_if_undersampled
from entropylab.numerics.validation import check

__all__ = ["quantised_entropy"]

SHARE = 0.05  # of samples on edges, above which they do not lie there by chance
ROUNDING = 2 * np.finfo(float).eps  # of x, of the width and of the division
PROBES = 256  # samples, none of which would lie on an edge with probability 2e-6 where that share does

WIDTH = Knob(
    r"\Delta", "Width of the cells on every axis, in the data's unit: wide smears, narrow leaves one sample a cell.",
    0.1, 1e-6, 1e6, scale="log", name="width",
)  # fmt: skip


@estimator(
    quantity="differential entropy",
    takes="samples",
    formula=r"\hat h = -\sum_{i} \frac{n_i}{n} \log \frac{n_i}{n} + d \log \Delta",
    reference="cover2006",
    bias="negative, about (occupied cells - 1) / (2 n); positive, of order width^2, where cells are wide",
    cost="n d log n",
    differentiable=False,
    kind="host",
    knobs={"width": WIDTH},
    aliases=("quantization", "quantisation", "quantized entropy"),
)
def quantised_entropy(x: ArrayLike, *, width: float = 0.1) -> float:
    """Differential entropy in nats as H_Delta + d log Delta, with H_Delta the plug-in entropy of the cells.

    Parameters
    ----------
    x : array_like, shape (n,) or (n, d)
        Samples.

    Returns
    -------
    float
        The estimate in nats, at most log n + d log width.

    Raises
    ------
    ValueError
        For shapes other than (n,) and (n, d), fewer than 2 samples, NaN, a width that is not above 0 or so small
        against the data that cells are equal in float64.

    Warns
    -----
    EstimateWarning
        Where most samples are alone in their cell, and where decimal data on a step that divides the width, or that it
        divides, lie on the edges of cells, which binary rounding assigns to either side.

    Notes
    -----
    Cells are cubes of side `width` (in the unit of the data), anchored at 0: sample x lies in cell floor(x / width),
    whatever the range of the data. The law of scaling holds only if the width scales along, and that of translation for
    whole widths (Cover and Thomas, theorem 8.3.1; Couthures, 2024).

    Examples
    --------
    A standard normal, whose entropy is 1.419 nats:

    >>> import numpy as np
    >>> import entropylab as lab
    >>> x = np.random.default_rng(0).normal(size=5000)
    >>> abs(lab.quantised_entropy(x, width=0.2) - 1.419) < 0.05
    True
    """
    x = check.as_numpy_samples("x", x)
    check.require_positive("width", width, "a tenth of the data's standard deviation is a start.")
    width = float(width)  # a narrow type would compute the logarithm below
    largest = max(float(x.max()), -float(x.min()))
    # From 2^53 on the whole numbers have gaps and neighbouring cells fall together.
    if not largest / width < 2.0**53:
        raise ValueError(
            f"width must be above {largest / 2.0**53:.3g} for data as large as {largest:.3g}: got {width:g}; widen the "
            "cells or centre the data."
        )
    cells = np.floor(x / width)
    n, d = x.shape
    counts = count_symbols(*encode_labels("x", cells))
    limit = np.log(n) + d * np.log(width)
    warn_if_undersampled(
        "quantised_entropy", n, counts, f"the estimate saturates at log n + d log width = {limit:.4g}; widen the cells."
    )
    value = float(_entropy(counts, n) + d * np.log(width))
    if caution := _edge_caution(x, cells, width, value):
        check.warn(caution)
    return value


def _entropy(counts, n):
    return np.sum(counts * np.log1p((n - counts) / counts)) / n


def _edge_caution(x, cells, width, value):
    """What rounding does to samples on the edges of cells, in words; "" unless a good share of a column lies there."""
    if not _on_edges(x[:: -(-len(x) // PROBES)] / width).any():
        return ""
    places = x / width
    on_edges = _on_edges(places)
    if not (on_edges.mean(0) > SHARE).any():
        return ""
    nearest = np.where(on_edges, np.rint(places), cells)
    below = int((nearest > cells).any(1).sum())
    if not below:
        return ""
    n, d = places.shape
    other = _entropy(count_symbols(*encode_labels("x", nearest)), n) + d * np.log(width)
    return (
        f"quantised_entropy: samples lie on edges of cells, to rounding, and {below} of {n} fall into the cell below: "
        f"{value:.4g}, but {other:.4g} with each edge in the cell that begins there; shift the data by half of the "
        "width or of their own step, whichever is less."
    )


def _on_edges(places):
    """Which x / width are whole numbers to rounding."""
    return np.abs(places - np.rint(places)) <= ROUNDING * np.abs(places)
