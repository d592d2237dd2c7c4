"""Differential entropy through the entropy of the quantised variable, as the width of the cells goes to 0."""

from __future__ import annotations

import numpy as np
from jaxtyping import Real

from entropylab.estimators.card import estimator
from entropylab.knobs import Knob
from entropylab.numerics import check
from entropylab.numerics.counting import codes, tally, warn_if_undersampled

__all__ = ["quantised_entropy"]

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
def quantised_entropy(x: Real[np.ndarray, "n ..."], *, width: float = 0.1) -> float:
    """Differential entropy in nats as H_Delta + d log Delta, H_Delta the plug-in entropy of the cells.

    `x` is (n,) or (n, d). Cells are cubes of side `width` (in the data's unit), anchored at 0: sample x lies in
    cell floor(x / width), whatever the range of the data; so the law of scaling holds only if width scales
    along, and of translation by whole widths. Errs high by order width^2 where the cells are wide, low by
    (occupied cells - 1) / (2 n) where they are narrow, and is at most log n + d log width: a warning says so
    where most samples are alone in their cell.
    Errors: ValueError for shapes other than (n,) and (n, d), fewer than 2 samples, NaN, width <= 0, a width so
    small against the data that cells cannot be told apart in float64.
    Source: seed 001; Cover and Thomas (2006), theorem 8.3.1.
    """
    x = check.host_samples("x", x)
    check.positive("width", width, "a tenth of the data's standard deviation is a start.")
    cells = np.floor(x / width)
    # From 2^53 on the whole numbers have gaps and neighbouring cells fall together.
    if not np.abs(cells).max() < 2.0**53:
        raise ValueError(
            f"width must be above {np.abs(x).max() / 2.0**53:.3g} for data as large as {np.abs(x).max():.3g}: got "
            f"{width:g}; widen the cells or centre the data."
        )
    n, d = x.shape
    counts = tally(*codes("x", cells))
    limit = np.log(n) + d * np.log(width)
    warn_if_undersampled(
        "quantised_entropy", n, counts, f"the estimate saturates at log n + d log width = {limit:.4g}; widen the cells."
    )
    return float(np.sum(counts * np.log1p((n - counts) / counts)) / n + d * np.log(width))
