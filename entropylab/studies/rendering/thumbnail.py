"""Sketches: an answer as a tiny picture, for presets and for the home page. No axes, no text."""

from __future__ import annotations

import numpy as np
import xarray as xr

from entropylab.studies.rendering.style import HARD, MARK, SOFT

WIDTH, HEIGHT = 96, 64


def lines(x, curves: dict[str, np.ndarray], mark: tuple[float, float] | None = None, top: float | None = None) -> str:
    """Curves over a common x as an SVG; a colour of HARD is drawn dashed, as truth is everywhere."""
    x = np.asarray(x, dtype=float)
    values = [np.broadcast_to(y, x.shape) for y in curves.values()]
    top = top or max(float(np.nanmax(y)) for y in values) or 1.0
    place = lambda px, py: (4 + (px - x[0]) / (x[-1] - x[0]) * (WIDTH - 8), HEIGHT - 4 - py / top * (HEIGHT - 8))  # noqa: E731
    drawn = ""
    for color, y in zip(curves, values, strict=True):
        points = " ".join("{:.1f},{:.1f}".format(*place(a, b)) for a, b in zip(x, y, strict=True))
        dash = ' stroke-dasharray="5 3"' if color == HARD else ""
        drawn += f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2.5"{dash}/>'
    if mark:
        drawn += '<circle cx="{:.1f}" cy="{:.1f}" r="4" fill="{}"/>'.format(*place(*mark), MARK)
    return _svg(drawn)


def dots(x, y, colors) -> str:
    """A few hundred points as an SVG, each in its colour."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    across = 4 + (x - x.min()) / (np.ptp(x) or 1.0) * (WIDTH - 8)
    down = HEIGHT - 4 - (y - y.min()) / (np.ptp(y) or 1.0) * (HEIGHT - 8)
    rows = zip(across, down, colors, strict=True)
    return _svg("".join(f'<circle cx="{a:.0f}" cy="{b:.0f}" r="2" fill="{color}"/>' for a, b, color in rows))


def entropy_thumbnail(answer: xr.Dataset) -> str:
    """Soft entropy over bandwidth against the hard one, the present point marked."""
    x = np.log(answer.bandwidth.values)
    at = float(np.log(answer.attrs["bandwidth"]))
    curves = {HARD: np.full(x.shape, float(answer.hard)), SOFT: answer.soft_over_bandwidth.values}
    return lines(x, curves, (at, float(answer.soft)), top=float(answer.ceiling))


def _svg(content: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">{content}</svg>'
