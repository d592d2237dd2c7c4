"""Points spread over the nodes of a regular grid in two or three dimensions, and sums read off the nodes at the points.

Both go through the same window, fourteen nodes wide in every dimension: a polynomial of the point's place for each
node, evaluated for all of them at once in vector registers.
"""

from __future__ import annotations

import functools

import numpy as np
from jaxtyping import Float
from numba import njit
from numpy.polynomial import Chebyshev, Polynomial

from entropylab.numerics.lanes import (
    WIDTH,
    add,
    address,
    aligned,
    fused,
    lanes_sum,
    load,
    product,
    splat,
    spread,
    store,
)

NODES = 14  # of the window; WIDTH is loaded, and the window is 0 at the rest
SHARPNESS = 2.4 * NODES  # of the window, exp(SHARPNESS (sqrt(1 - t^2) - 1)) at |t| <= 1
DEGREE = 13  # of its polynomials: they miss 5e-15


def window(t: np.ndarray) -> np.ndarray:
    """What a node receives at `t` steps from a point."""
    inside = np.clip(1 - (2 * t / NODES) ** 2, 0, None)
    return np.where(inside > 0, np.exp(SHARPNESS * (np.sqrt(inside) - 1)), 0.0)


@functools.cache
def polynomials() -> Float[np.ndarray, "powers width"]:
    """The window at node k as powers of a place in [-1/2, 1/2]: node 0 lies (NODES - 1) / 2 steps behind its middle."""
    table = np.zeros((DEGREE + 1, WIDTH))
    for k in range(NODES):
        behind = (NODES - 1) / 2 - k
        series = Chebyshev.interpolate(lambda place, behind=behind: window(place + behind), DEGREE, domain=[-0.5, 0.5])
        table[:, k] = series.convert(kind=Polynomial).coef
    return table


@functools.cache
def transform(frequencies: int) -> Float[np.ndarray, " k"]:
    """The Fourier transform of the window at `frequencies` + 1 steps from 0 to pi, nodes being 1 apart."""
    places, weights = np.polynomial.legendre.leggauss(100)
    half = NODES / 2
    return np.cos(np.outer(np.linspace(0, np.pi, frequencies + 1), half * places)) @ (
        half * weights * window(half * places)
    )


def weighed(places: Float[np.ndarray, "d n"], shape) -> tuple[np.ndarray, np.ndarray]:
    """Where the windows of points begin in a grid of `shape`, and what they are along each dimension of the points."""
    first, windows = np.empty(places.shape[1], np.int64), aligned(places.size * WIDTH)
    _weigh(places, polynomials(), shape, first, windows)
    return first, windows


@njit(cache=True, nogil=True)
def _weigh(places, table, shape, first, windows):
    powers, out, d = address(table), address(windows), len(places)
    for i in range(len(first)):
        at = 0
        for k in range(d):
            start = int(np.ceil(places[k, i] - 0.5 * NODES))
            middle = splat(places[k, i] - start - 0.5 * (NODES - 1))
            value = load(powers, DEGREE * WIDTH)
            for degree in range(DEGREE - 1, -1, -1):
                value = fused(load(powers, degree * WIDTH), value, middle)
            store(out, (d * i + k) * WIDTH, value)
            at = at * shape[3 - d + k] + start
        first[i] = at


@njit(cache=True, nogil=True)
def points_spread(first, windows, shape, grid):
    """Add the window of every point to a grid, which in the plane has one node in its first dimension."""
    weights, nodes, point = address(windows), address(grid), len(windows) // len(first)
    planes = 1 if shape[0] == 1 else NODES
    for i in range(len(first)):
        last = (i + 1) * point - WIDTH
        for a in range(planes):
            plane = load(weights, last)
            if planes > 1:
                plane = product(plane, spread(weights, i * point + a))
            at = first[i] + a * shape[1] * shape[2]
            for b in range(last - WIDTH, last - WIDTH + NODES):
                store(nodes, at, fused(load(nodes, at), spread(weights, b), plane))
                at += shape[2]


@njit(cache=True, nogil=True)
def points_read(first, windows, shape, grid, out):
    """Write to `out` what the grid comes to under the window of every point."""
    weights, nodes, point = address(windows), address(grid), len(windows) // len(first)
    planes = 1 if shape[0] == 1 else NODES
    for i in range(len(first)):
        last = (i + 1) * point - WIDTH
        total = splat(0.0)
        for a in range(planes):
            at = first[i] + a * shape[1] * shape[2]
            even = odd = splat(0.0)
            for b in range(last - WIDTH, last - WIDTH + NODES, 2):
                even = fused(even, spread(weights, b), load(nodes, at))
                odd = fused(odd, spread(weights, b + 1), load(nodes, at + shape[2]))
                at += 2 * shape[2]
            even = add(even, odd)
            total = even if planes == 1 else fused(total, spread(weights, i * point + a), even)
        out[i] = lanes_sum(product(total, load(weights, last)))
