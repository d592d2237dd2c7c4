"""Limits of axes that hold what is known of some values."""

from __future__ import annotations

import numpy as np


def padded_range(*values, room: float = 0.0) -> tuple[float, float]:
    """All known values with a margin, `room` more on both sides; (0, 1) and the margin where none is known.

    Values that differ in their fourth digit or later count as one: ticks between them would be all digits.
    """
    shown = np.concatenate([np.asarray(value, float).ravel() for value in values])
    shown = shown[np.isfinite(shown)]
    low, high = (shown.min(), shown.max()) if shown.size else (0.0, 1.0)
    least = 1e-3 * max(abs(low), abs(high))
    flat = high - low <= max(least, 1e-12)
    margin = room or max(0.1, least) if flat else 0.06 * (high - low) + room
    return float(low - margin), float(high + margin)


def central_quantile_range(values) -> tuple[float, float]:
    """The middle 98 % of the known values with a margin: one far sample would squeeze all others."""
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    low, high = np.quantile(known, (0.01, 0.99))
    margin = 0.15 * (high - low) or 0.1
    return float(low - margin), float(high + margin)
