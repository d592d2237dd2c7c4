"""Slow twins of the geometry in exact rational arithmetic, and points made to trip what rounds."""

import itertools
from fractions import Fraction

import numpy as np


def sign(number) -> int:
    return (number > 0) - (number < 0)


def exact_turn(a, b, c) -> int:
    """Side of c seen on the way from a to b."""
    (ax, ay), (bx, by), (cx, cy) = ((Fraction(x), Fraction(y)) for x, y in (a, b, c))
    return sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax))


def exact_in_circle(a, b, c, d) -> int:
    dx, dy = Fraction(d[0]), Fraction(d[1])
    rows = [(Fraction(x) - dx, Fraction(y) - dy) for x, y in (a, b, c)]
    (p, q, r), (s, t, u), (v, w, z) = [(x, y, x * x + y * y) for x, y in rows]
    return sign(p * (t * z - u * w) - q * (s * z - u * v) + r * (s * w - t * v))


def exact_hull(points) -> list[int]:
    """Gift wrapping from the lexicographically smallest point; of equal points the first."""
    points = [tuple(p) for p in np.asarray(points, float).tolist()]
    first = {}
    for i, p in enumerate(points):
        first.setdefault(p, i)
    start = p = min(first)
    ring = []
    while True:
        ring.append(first[p])
        others = [q for q in first if q != p]
        if not others:
            return ring
        best = others[0]
        for q in others[1:]:
            side = exact_turn(p, best, q)
            if side < 0 or (side == 0 and _farther(p, best, q)):
                best = q
        if best == start:
            return ring
        p = best


def _farther(p, a, b) -> bool:
    return sum(abs(Fraction(b[i]) - Fraction(p[i])) for i in (0, 1)) > sum(
        abs(Fraction(a[i]) - Fraction(p[i])) for i in (0, 1)
    )


def exact_maxima(x) -> list[int]:
    return [i for i in range(len(x)) if not ((x >= x[i]).all(1) & (x > x[i]).any(1)).any()]


def awkward(rng: np.random.Generator, n: int) -> np.ndarray:
    """(n, 2) points of a kind chosen by chance: on lines, grids and circles, repeated, far away, huge beside tiny."""
    kind = int(rng.integers(12))
    x = rng.normal(size=(n, 2))
    t = rng.random(n)
    angle = rng.integers(0, 40, n) * np.pi / 20
    made = [
        lambda: x,
        lambda: rng.integers(-2, 3, (n, 2)).astype(float),
        lambda: rng.integers(-2, 3, (n, 2)) * 0.1,
        lambda: np.stack([t, t * 0.3 + 0.1], axis=1),
        lambda: x + 1e8,
        lambda: np.stack([rng.integers(0, 3, n) * 1.0, 10.0 ** rng.integers(-8, 9, n)], axis=1),
        lambda: np.stack([np.cos(angle), np.sin(angle)], axis=1),
        lambda: x[rng.integers(0, n, n)],
        lambda: x * [0, 1],
        lambda: 0.5 + rng.integers(-4, 5, (n, 2)) * 2.0**-53,
        lambda: np.stack([np.sort(t), np.sort(t) ** 2], axis=1),
        lambda: x * 10.0 ** rng.integers(-30, 30, (n, 1)),
    ][kind]()
    return made * 2.0 ** int(rng.integers(-700, 700)) if rng.random() < 0.1 else made


def subsets(n: int, sizes) -> itertools.chain:
    return itertools.chain.from_iterable(itertools.combinations(range(n), size) for size in sizes)
