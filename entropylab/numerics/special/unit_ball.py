"""Volumes of the unit ball in the norms that neighbours are sought in."""

from __future__ import annotations

import math


def log_unit_ball_volume(d: int, norm: str) -> float:
    """log volume of the points within distance 1 of the origin of R^d: a cube of side 2, or a round ball."""
    if norm == "max":
        return d * math.log(2.0)
    return d / 2 * math.log(math.pi) - math.lgamma(d / 2 + 1)
