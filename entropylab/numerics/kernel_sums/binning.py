"""Equal bins: how many may be asked for, their edges, and which bin a value lies in."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from entropylab.numerics.validation import check

MAX_BYTES = 1 << 32  # of the arrays that bins or draws ask for


def whole(bins, columns: int) -> int:
    """`bins` as an int, the edges of which in so many columns memory holds."""
    remedy = "20 is usual; a rule or given edges are not taken, but numpy.histogram_bin_edges(x, rule).size - 1 is."
    bins = check.whole_number("bins", bins, 1, remedy)
    require_memory("bins", bins, 8 * columns + 24, "use fewer.")
    return bins


def require_memory(name: str, count: int, each: int, remedy: str) -> None:
    """Demand that arrays of `each` bytes for every one of `count` take no more than MAX_BYTES, before they are made."""
    if count * each > MAX_BYTES:
        raise ValueError(
            f"{name} must be at most {MAX_BYTES // each} here, where arrays take {MAX_BYTES >> 30} GiB: got {count}; "
            f"{remedy}"
        )


def bin_edges(j: int, low: float, high: float, bins: int) -> Float[np.ndarray, " b"]:
    """The edges of equal bins, or an error where floating point cannot tell them apart."""
    edges = np.linspace(low, high, bins + 1)
    if low == high:
        raise ValueError(
            f"column {j} is constant, so its bins have no width and the differential entropy is -inf; drop the column."
        )
    if not (edges[1:] > edges[:-1]).all():
        raise ValueError(
            f"column {j} varies by {(high - low) / max(abs(low), abs(high)):.2g} of its size, too little for {bins} "
            "distinct bin edges; subtract the column's mean first."
        )
    return edges


def bin_numbers(column: Float[np.ndarray, " n"], edges: Float[np.ndarray, " b"]) -> np.ndarray:
    """Which [edge, next edge) each value lies in, for equal bins; the last bin is closed; outside is clipped."""
    last = len(edges) - 2
    guess = np.clip((column - edges[0]) / ((edges[-1] - edges[0]) / (last + 1)), 0, last).astype(np.int64)
    # The division rounds: next to an edge the comparison with the edge itself decides.
    guess -= (column < edges[guess]) & (guess > 0)
    guess += (column >= edges[guess + 1]) & (guess < last)
    return guess
