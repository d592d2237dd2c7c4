"""What the partitions of a point set share: checked coordinates, nearest cells with their ties, counted entropy."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from entropylab.numerics.validation import check

# Squares of larger numbers, and sums of them, overflow.
LARGEST = {jnp.dtype("float32"): 1e18, jnp.dtype("float64"): 1e150}
ROUGH = 0.1  # rounding of heights, as a share of a boundary's width, that is worth a warning
MAX_BLOCK_ELEMENTS = 1 << 17  # numbers in one block of distances: 1 MB


def checked_points(points, **others) -> tuple[jax.Array, ...]:
    """`points` (n, d) and the `others` (m, d) in one type of float; half precision becomes float32.

    What is no number, or so large that its square is none, is refused.
    """
    given = {"points": points, **others}
    arrays = {name: check.as_samples(name, x, 1) for name, x in given.items()}
    kind = jnp.result_type(jnp.float32, *arrays.values())
    for name, x in arrays.items():
        _same_columns(name, x, arrays["points"])
        # by NumPy, which compiles nothing for a new number of points
        if not check.is_traced(x) and (largest := _largest(np.asarray(x))) > LARGEST[kind]:
            raise ValueError(
                f"{name} must be smaller than {LARGEST[kind]:g} in {kind}: got {largest:g}, whose square overflows; "
                "rescale all data by one factor."
            )
    return tuple(x if x.dtype == kind else x.astype(kind) for x in arrays.values())


def _largest(x):
    return max(-float(x.min()), float(x.max()))


def host_points(points, **others) -> tuple[np.ndarray, ...]:
    """`points` (n, d) and the `others` (m, d) in float64 NumPy, where no rounding to float32 moves a boundary."""
    arrays = {name: check.as_numpy_samples(name, x, 1) for name, x in {"points": points, **others}.items()}
    for name, x in arrays.items():
        _same_columns(name, x, arrays["points"])
    return tuple(arrays.values())


def _same_columns(name, x, points):
    if x.shape[1] != points.shape[1]:
        raise ValueError(
            f"{name} must have as many columns as points: got {x.shape[1]} and {points.shape[1]}; give both in the "
            "same coordinates."
        )


def entropy_of_cells(cells: np.ndarray) -> float:
    """Entropy in nats of how often each cell (an integer, or a row) occurs."""
    alone = cells.ndim == 1 or cells.shape[1] == 1  # rows of one number are sorted faster as numbers
    counts = np.unique(cells.ravel() if alone else cells, axis=None if alone else 0, return_counts=True)[1]
    return float(np.dot(counts, np.log(len(cells) / counts)) / len(cells))


def warn_ties(ties: int, n: int) -> None:
    """Say that points were given to the first of several nearest cells."""
    if ties:
        check.warn(
            f"{ties} of {n} points are equally near to several cells and count for the one of lowest index: the "
            "entropy depends on the order of the cells, and the soft one does not approach it."
        )


def warn_on_boundary(on: int, n: int) -> None:
    """Say that points on a boundary were counted as inside."""
    if on:
        check.warn(
            f"{on} of {n} points lie on a boundary and count as inside: the soft entropy, which leaves half of them on "
            "either side, does not approach this one."
        )


def warn_of_rounding(points, normals, width) -> None:
    """Say that the type of float tells heights n . x of these points apart only by a share of a boundary's width."""
    if check.is_traced(points, normals, width):
        return
    step = float(np.abs(np.asarray(normals)).sum(1).max()) * float(jnp.finfo(points.dtype).eps) / float(width)
    points = np.asarray(points)
    if 2 * step * _largest(points) <= ROUGH:
        return
    spread = float(np.abs(points - np.median(points, axis=0)).max())
    if step * spread > ROUGH:
        check.warn(
            f"{points.dtype} rounds the heights of points by up to {step * spread:.2g} of a boundary's width, and "
            "points so near to a boundary count for a random side: pass float64, or widen the boundaries."
        )


def nearest(distances) -> tuple[np.ndarray, int]:
    """Index of the least of every row of distances, the lowest of equals, and how many rows have equals."""
    least = distances.min(1)
    return distances.argmin(1), int(((distances == least[:, None]).sum(1) > 1).sum())


def map_point_blocks(function, rows: np.ndarray, width: int) -> tuple[np.ndarray, int]:
    """`function(block)` of blocks of `rows` whose tables of that width fit in a cache: the cells, and ties in all."""
    size = max(1, MAX_BLOCK_ELEMENTS // width)
    found = [function(rows[start : start + size]) for start in range(0, len(rows), size)]
    return np.concatenate([cells for cells, _ in found]), sum(ties for _, ties in found)
