"""Hulls, Delaunay triangles and Pareto maxima against rational arithmetic on points made to trip what rounds.

    python benchmarks/fuzz_geometry.py [--seconds 60] [--seed 0]

Prints how many instances of each were equal; the first that is not ends the run and is printed whole.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from rational import awkward, exact_hull, exact_in_circle, exact_maxima  # noqa: E402

import entropylab as lab  # noqa: E402

HULLS = (lab.convex_hull, lab.monotone_chain, lab.quickhull, lab.chan_hull, lab.entropy_bounded_hull)


def hulls(points) -> bool:
    """Every algorithm finds the corners of gift wrapping."""
    expected = exact_hull(points)
    return all(hull(points).tolist() == expected for hull in HULLS)


def triangles(points) -> bool:
    """No point lies inside the circle through a triangle's corners."""
    return not any(
        exact_in_circle(*points[list(corners)], point) > 0 for corners in lab.delaunay(points) for point in points
    )


def maxima(points) -> bool:
    """The same maxima as from comparing every pair."""
    return sorted(lab.maxima(points).tolist()) == exact_maxima(points)


def main() -> None:
    """Try until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    equal = {hulls: 0, triangles: 0, maxima: 0}
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        points = awkward(rng, int(rng.choice([2, 3, 5, 8, 20, 40])))
        for check in equal:
            if not check(points):
                raise SystemExit(f"{check.__name__} differ on {points.tolist()}")
            equal[check] += 1
    print(", ".join(f"{check.__name__}: {count} equal" for check, count in equal.items()))


if __name__ == "__main__":
    main()
