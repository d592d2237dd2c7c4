"""Points spread over the nodes of a regular grid in two or three dimensions, and sums read off the nodes at the points.

Both go through the same window, fourteen nodes wide in every dimension: a polynomial of the point's place for each
node, evaluated for all of them at once in vector registers.
"""

from __future__ import annotations

import functools

import numpy as np
from jaxtyping import Float
from numpy.polynomial import Chebyshev, Polynomial

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd.ops import (
    F64_LANES,
    add,
    aligned_empty,
    broadcast,
    data_pointer,
    fma,
    load,
    load_broadcast,
    mul,
    reduce_add,
    store,
)

NODES = 14  # of the window; WIDTH is loaded, and the window is 0 at the rest
SHARPNESS = 2.4 * NODES  # of the window, exp(SHARPNESS (sqrt(1 - t^2) - 1)) at |t| <= 1
DEGREE = 13  # of its polynomials: they miss 5e-15


def exp_semicircle_window(t: np.ndarray) -> np.ndarray:
    """What a node receives at `t` steps from a point."""
    inside = np.clip(1 - (2 * t / NODES) ** 2, 0, None)
    return np.where(inside > 0, np.exp(SHARPNESS * (np.sqrt(inside) - 1)), 0.0)


@functools.cache
def polynomials() -> Float[np.ndarray, "powers width"]:
    """The window at node k as powers of a place in [-1/2, 1/2]: node 0 lies (NODES - 1) / 2 steps behind its middle."""
    table = np.zeros((DEGREE + 1, F64_LANES))
    for k in range(NODES):
        behind = (NODES - 1) / 2 - k
        series = Chebyshev.interpolate(
            lambda place, behind=behind: exp_semicircle_window(place + behind), DEGREE, domain=[-0.5, 0.5]
        )
        table[:, k] = series.convert(kind=Polynomial).coef
    return table


@functools.cache
def transform(frequencies: int) -> Float[np.ndarray, " k"]:
    """The Fourier transform of the window at `frequencies` + 1 steps from 0 to pi, nodes being 1 apart."""
    places, weights = np.polynomial.legendre.leggauss(100)
    half = NODES / 2
    return np.cos(np.outer(np.linspace(0, np.pi, frequencies + 1), half * places)) @ (
        half * weights * exp_semicircle_window(half * places)
    )


def point_windows(places: Float[np.ndarray, "d n"], shape) -> tuple[np.ndarray, np.ndarray]:
    """Where the windows of points begin in a grid of `shape`, and what they are along each dimension of the points."""
    first, windows = np.empty(places.shape[1], np.int64), aligned_empty(places.size * F64_LANES)
    _weigh(places, polynomials(), shape, first, windows)
    return first, windows


@njit(cache=True, nogil=True)
def _weigh(places, table, shape, first, windows):
    powers, out, d = data_pointer(table), data_pointer(windows), len(places)
    for i in range(len(first)):
        at = 0
        for k in range(d):
            start = int(np.ceil(places[k, i] - 0.5 * NODES))
            middle = broadcast(places[k, i] - start - 0.5 * (NODES - 1))
            value = load(powers, DEGREE * F64_LANES)
            for degree in range(DEGREE - 1, -1, -1):
                value = fma(load(powers, degree * F64_LANES), value, middle)
            store(out, (d * i + k) * F64_LANES, value)
            at = at * shape[3 - d + k] + start
        first[i] = at


@njit(cache=True, nogil=True)
def spread_points(first, windows, shape, grid):
    """Add the window of every point to a grid, which in the plane has one node in its first dimension."""
    weights, nodes, point = data_pointer(windows), data_pointer(grid), len(windows) // len(first)
    planes = 1 if shape[0] == 1 else NODES
    for i in range(len(first)):
        last = (i + 1) * point - F64_LANES
        for a in range(planes):
            plane = load(weights, last)
            if planes > 1:
                plane = mul(plane, load_broadcast(weights, i * point + a))
            at = first[i] + a * shape[1] * shape[2]
            for b in range(last - F64_LANES, last - F64_LANES + NODES):
                store(nodes, at, fma(load(nodes, at), load_broadcast(weights, b), plane))
                at += shape[2]


@njit(cache=True, nogil=True)
def interpolate_at_points(first, windows, shape, grid, out):
    """Write to `out` what the grid comes to under the window of every point."""
    weights, nodes, point = data_pointer(windows), data_pointer(grid), len(windows) // len(first)
    planes = 1 if shape[0] == 1 else NODES
    for i in range(len(first)):
        last = (i + 1) * point - F64_LANES
        total = broadcast(0.0)
        for a in range(planes):
            at = first[i] + a * shape[1] * shape[2]
            even = odd = broadcast(0.0)
            for b in range(last - F64_LANES, last - F64_LANES + NODES, 2):
                even = fma(even, load_broadcast(weights, b), load(nodes, at))
                odd = fma(odd, load_broadcast(weights, b + 1), load(nodes, at + shape[2]))
                at += 2 * shape[2]
            even = add(even, odd)
            total = even if planes == 1 else fma(total, load_broadcast(weights, i * point + a), even)
        out[i] = reduce_add(mul(total, load(weights, last)))
