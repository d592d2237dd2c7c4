"""Figures of the partitions experiment."""

from __future__ import annotations

import numpy as np
import xarray as xr

from entropylab.studies.rendering import thumbnail
from entropylab.studies.rendering.figure import Figure, band, curve, rgba_image
from entropylab.studies.rendering.limits import padded_range
from entropylab.studies.rendering.style import (
    GREEN,
    HARD,
    MARK,
    NEUTRAL,
    PURPLE,
    SOFT,
    dots,
    draggable_point,
    draggable_points,
    figure,
    label,
    palette,
    to_hex,
    truth,
)

TOP = dict(legend_position="top", legend_cols=2, show_legend=True)


def plane(answer: xr.Dataset) -> Figure:
    """Points in the colour of their hard cell on the mixed colours of their soft cells; the grips can be dragged."""
    x, y = answer.column.values, answer.row.values
    colors = palette(answer.sizes["cell_index"])
    step = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
    bounds = (x[0] - step[0], y[0] - step[1], x[-1] + step[0], y[-1] + step[1])
    # rounding may take the shares of a point a hair above 1 in all
    mixed = np.minimum(answer.picture.values @ colors, 1.0)
    points = answer.point.values
    grips = answer.grip.values
    return figure(
        rgba_image(mixed[::-1], bounds, opacity=0.45),
        dots(points[:, 0], points[:, 1], answer.cell.values),
        curve(*_outlines(answer.attrs["family"], grips, bounds), NEUTRAL), draggable_points(grips[:, 0], grips[:, 1]),
        xlim=(bounds[0], bounds[2]), ylim=(bounds[1], bounds[3]), xlabel=label(answer.column), ylabel=label(answer.row),
        show_legend=False,
    )  # fmt: skip


def over_hardness(answer: xr.Dataset) -> Figure:
    """The soft entropy over its softness, the hard one dashed in the band that the certificate allows."""
    x, soft, bound = (answer[name].values for name in ("hardness_stop", "soft_over_hardness", "bound_over_hardness"))
    hard, most = float(answer.hard), float(answer.ceiling)
    low, high = padded_range(soft, [hard, 0.0, most])
    # outside [0, log K] there is no entropy: the band is drawn as far as it says something
    inside = np.maximum(hard - bound, low), np.minimum(hard + bound, high)
    return figure(
        band(x, *inside, NEUTRAL, 0.3), truth(x[[0, -1]], [hard, hard], "hard"), curve(x, soft, SOFT, "soft"),
        draggable_point(_own(answer), answer.soft), logx=True, xlim=(x[0], x[-1]), ylim=(low, high),
        xlabel=label(answer.hardness_stop), ylabel=label(answer.soft_over_hardness, "entropy"), **TOP,
    )  # fmt: skip


def bounds(answer: xr.Dataset) -> Figure:
    """What separates soft from hard, the certificate above it, and theorem 3: dotted where it certifies nothing."""
    x = answer.hardness_stop.values
    gap = np.abs(answer.soft_over_hardness.values - float(answer.hard))
    theorem, worth, most = (
        answer.shihab_bound_over_hardness.values,
        answer.shihab_certifies.values,
        float(answer.ceiling),
    )
    return figure(
        curve(x[[0, -1]], [most, most], NEUTRAL, "log K", line_dash="dotted"),
        curve(x, theorem, PURPLE, line_dash="dotted"),
        curve(x, np.where(worth > 0, theorem, np.nan), PURPLE, "theorem 3"),
        curve(x, answer.bound_over_hardness.values, GREEN, "certificate"), curve(x, gap, SOFT, "|soft − hard|"),
        draggable_point(_own(answer), abs(float(answer.gap))), logx=True, xlim=(x[0], x[-1]),
        ylim=(-0.4 * most - 0.05, 1.8 * most + 0.05),
        xlabel=label(answer.hardness_stop), ylabel=label(answer.bound_over_hardness, "distance"),
        **TOP,
    )  # fmt: skip


def over_cells(answer: xr.Dataset) -> Figure:
    """Both entropies over the number of cells beside log K, the elbow marked, the groups' own entropy dashed."""
    x, soft, hard, most = (
        answer[name].values for name in ("size", "soft_over_cells", "hard_over_cells", "most_over_cells")
    )
    known = np.isfinite(x)
    ends = x[known][[0, -1]]
    at = float(answer.elbow)
    height = float(np.interp(at, x[known], soft[known])) if np.isfinite(at) else np.nan
    told = float(answer.groups_known)
    return figure(
        curve(x, most, NEUTRAL, "log K", line_dash="dotted"), truth(ends, [told, told], "groups", GREEN),
        curve(x, hard, HARD, "hard", line_dash="dashed"), curve(x, soft, SOFT, "soft"), draggable_point(at, height),
        xlim=tuple(ends), ylim=padded_range(most, soft, [0.0]), xlabel=label(answer["size"]),
        ylabel=label(answer.soft_over_cells, "entropy"), **{**TOP, "legend_cols": 4},
    )  # fmt: skip


def over_scale(answer: xr.Dataset) -> Figure:
    """The soft entropy as points and cells grow together: only softness in the data's own unit makes it flat."""
    x, soft, free = (answer[name].values for name in ("scale_stop", "soft_over_scale", "soft_free"))
    hard, at = float(answer.hard), answer.attrs["scale"]
    return figure(
        truth(x[[0, -1]], [hard, hard], "hard"), curve(x, free, GREEN, "in the data's unit"),
        curve(x, soft, SOFT, "fixed"), draggable_point(at, answer.soft), logx=True, xlim=(x[0], x[-1]),
        ylim=padded_range(soft, free, [hard, 0.0, float(answer.ceiling)]), xlabel=label(answer.scale_stop),
        ylabel=label(answer.soft_over_scale, "entropy"), **{**TOP, "legend_cols": 3},
    )  # fmt: skip


def hard_assignment(answer: xr.Dataset) -> Figure:
    """How large a share of itself a point leaves in its own hard cell."""
    x, share = answer.bin.values, answer.decided.values
    width = x[1] - x[0]
    edges = np.repeat(np.append(x - width / 2, x[-1] + width / 2), 2)[1:-1]
    steps = np.repeat(share, 2)
    middle = 1 - float(answer.leakage)
    return figure(
        band(edges, 0 * steps, steps, SOFT, 0.5), curve([middle, middle], [0, 1.05], MARK, "mean"), xlim=(0, 1),
        ylim=(0, 1.05), xlabel=label(answer.bin), ylabel=label(answer.decided), show_legend=False,
    )  # fmt: skip


def collapse(answer: xr.Dataset) -> Figure:
    """The entropy while anchors go down its gradient."""
    x, value = answer.step.values, answer.soft_over_steps.values
    at = int(answer.trajectory_step)
    known = value[np.isfinite(value)]
    start = float(known[0]) if known.size else np.nan
    return figure(
        truth(x[[0, -1]], [start, start], "k-means anchors"),
        curve(x, value, SOFT, "while minimised"),
        draggable_point(at, value[at]),
        xlim=(x[0], x[-1]),
        ylim=padded_range(known, [0.0]),
        xlabel=label(answer.step),
        ylabel=label(answer.soft_over_steps),
        **TOP,
    )


def trajectory(answer: xr.Dataset) -> Figure:
    """The same points at every step; the anchors on their way at the chosen one."""
    points, path, at = answer.fixed_points.values, answer.path.values, int(answer.trajectory_step)
    tracks = np.concatenate([path[: at + 1], np.full((1, *path.shape[1:]), np.nan)]).transpose(1, 0, 2).reshape(-1, 2)
    both = np.concatenate([points, path[np.isfinite(path).all((1, 2))].reshape(-1, 2)])
    (left, right), (low, high) = (padded_range(both[:, axis]) for axis in (0, 1))
    return figure(
        dots(points[:, 0], points[:, 1], NEUTRAL, 3), curve(tracks[:, 0], tracks[:, 1], SOFT),
        draggable_points(path[at, :, 0], path[at, :, 1]), xlim=(left, right), ylim=(low, high), xlabel="x / scale",
        ylabel="y / scale", show_legend=False,
    )  # fmt: skip


def gradients(answer: xr.Dataset) -> Figure:
    """Cosine with automatic differentiation: the corrected gradient lies on it, the printed one does not."""
    x = answer.sharpness_stop.values
    return figure(
        curve(x[[0, -1]], [0, 0], NEUTRAL, line_dash="dotted"),
        curve(x, answer.right_cosine.values, GREEN, "corrected"),
        curve(x, answer.printed_cosine.values, MARK, "as printed (B.1)"), logx=True, xlim=(x[0], x[-1]),
        ylim=(-1.1, 1.1), xlabel=label(answer.sharpness_stop), ylabel="cosine with the gradient", **TOP,
    )  # fmt: skip


def partition_sketch(answer: xr.Dataset) -> str:
    """The points in the colours of their cells."""
    few = np.linspace(0, len(answer.cell) - 1, min(len(answer.cell), 70)).round().astype(int)
    points = answer.point.values[few]
    colors = np.array(to_hex(palette(answer.sizes["cell_index"])))[answer.cell.values[few].astype(int)]
    return thumbnail.dots(points[:, 0], points[:, 1], colors)


def _own(answer) -> float:
    """The present softness as its slider names it."""
    return answer.attrs["sharpness" if answer.attrs["family"] in ("ball", "slab") else "temperature"]


def _outlines(family, grips, bounds):
    """Lines through both grips of a plane, boxes through two corners, parted by NaN; nothing for balls."""
    gone = [[np.nan, np.nan]]
    if family == "ball":
        return np.array(gone * 2).T
    pairs = grips.reshape(-1, 2, 2)
    if family == "box":
        parts = [[[ax, ay], [bx, ay], [bx, by], [ax, by], [ax, ay], *gone] for (ax, ay), (bx, by) in pairs]
        return np.concatenate(parts).T
    reach = np.hypot(bounds[2] - bounds[0], bounds[3] - bounds[1])
    along = pairs[:, 1] - pairs[:, 0]
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    middle = pairs.mean(1)
    lines = np.stack([middle - reach * along, middle + reach * along, np.full_like(middle, np.nan)], 1)
    return lines.reshape(-1, 2).T
