"""Nearest neighbours and estimates from them against scipy, scikit-learn and, where installed, NPEET, infomeasure.

    python benchmarks/neighbours.py [--quick]

One thread, interleaved rounds, median process-CPU time. Every peer's value is compared with ours first. Where NPEET is
not installed, its fork npeet-plus stands for it: the same k-d tree and the same digammas.
"""

from __future__ import annotations

import argparse
import importlib
import math
import warnings

import timing

timing.pin()

import numpy as np  # noqa: E402
from scipy.spatial import cKDTree  # noqa: E402
from sklearn.feature_selection import mutual_info_regression  # noqa: E402
from sklearn.neighbors import NearestNeighbors  # noqa: E402

import entropylab as lab  # noqa: E402
from entropylab.numerics.neighbours import search  # noqa: E402

K = 3
KS = range(1, 33)


def optional(name: str):
    """The module, or None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


NPEET = optional("npeet.entropy_estimators") or optional("npeet_plus")
INFOMEASURE = optional("infomeasure")


def line(n: int) -> list[list[str]]:
    """Neighbours on a line: the k-th distances that an entropy averages, and all k in the order of the data."""
    x = np.random.default_rng(0).normal(size=(n, 1))
    reference = cKDTree(x).query(x, K + 1)[0][:, 1:]
    assert np.array_equal(search.kth_distances(x, K), reference)
    times = timing.interleave(
        {
            "mean": lambda: search.line_kth_distances(x, K),
            "all": lambda: search.kth_distances(x, K),
            "cKDTree": lambda: cKDTree(x).query(x, K + 1),
        },
        15,
    )
    return [
        told(f"1-D k-th distances, N = {n:,}", times["mean"], "scipy cKDTree", times["cKDTree"]),
        told(f"1-D all {K}, original order, N = {n:,}", times["all"], "scipy cKDTree", times["cKDTree"]),
    ]


def cloud(n: int, d: int, norm: str) -> list[list[str]]:
    """Neighbours in d dimensions."""
    x = np.random.default_rng(1).normal(size=(n, d))
    p, metric = (np.inf, "chebyshev") if norm == "max" else (2, "euclidean")
    reference = cKDTree(x).query(x, K + 1, p=p)[0][:, 1:]
    np.testing.assert_allclose(search.kth_distances(x, K, norm), reference, rtol=1e-12)
    peers = {
        "scipy cKDTree": lambda: cKDTree(x).query(x, K + 1, p=p),
        "scikit-learn": lambda: NearestNeighbors(n_neighbors=K, metric=metric).fit(x).kneighbors(),
    }
    return rows(f"{d}-D {norm}, N = {n:,}", lambda: search.kth_distances(x, K, norm), peers, 3)


def information(n: int, d: int) -> list[list[str]]:
    """Kraskov's estimator of two d-dimensional variables; scikit-learn knows one dimension only."""
    random = np.random.default_rng(2)
    x = random.normal(size=(n, d))
    y = 0.6 * x + 0.8 * random.normal(size=(n, d))
    ours = lab.ksg(x, y, k=K)
    peers = {}
    if d == 1:
        peers["scikit-learn"] = lambda: mutual_info_regression(x, y[:, 0], n_neighbors=K)[0]
    peers["NPEET"] = NPEET and (lambda: NPEET.mi(x, y, k=K, base=math.e))
    peers["infomeasure"] = INFOMEASURE and (lambda: infomeasure_information(x, y) if n <= 10_000 else None)
    for name, run in peers.items():
        if run and (value := run()) is not None:
            # Noise of 1e-10 reorders a few neighbours among so many.
            assert abs(value - ours) < 2e-3, f"{name}: {value}, ours: {ours}"
    return rows(f"KSG {d}+{d}, N = {n:,}", lambda: lab.ksg(x, y, k=K), peers, 3)


def infomeasure_information(x, y):
    """Infomeasure's KSG-1 in nats, without noise."""
    return INFOMEASURE.mutual_information(x, y, approach="ksg", k=K, noise_level=0, base="e")


def curves(n: int) -> list[list[str]]:
    """All k from 1 to 32 against one k."""
    random = np.random.default_rng(3)
    x, y, z = random.normal(size=(n, 3)), random.normal(size=(n, 3)), random.normal(size=(n, 1))
    pairs = {
        "KL 1-D": (lambda: lab.kozachenko_leonenko(z), lambda: lab.kozachenko_leonenko_curve(z, KS)),
        "KL 3-D": (lambda: lab.kozachenko_leonenko(x), lambda: lab.kozachenko_leonenko_curve(x, KS)),
        "KSG 1+1": (lambda: lab.ksg(x[:, :1], z), lambda: lab.ksg_curve(x[:, :1], z, KS)),
        "KSG 3+3": (lambda: lab.ksg(x, y), lambda: lab.ksg_curve(x, y, KS)),
    }
    table = []
    for name, (one, all_k) in pairs.items():
        times = timing.interleave({"one": one, "all": all_k}, 3)
        table.append(told(f"{name}: {len(KS)} k, N = {n:,}", times["all"], "ours, one k", times["one"], cost=True))
    return table


def headline(rounds: int) -> list[timing.Row]:
    """The rows of the table of targets."""
    warnings.simplefilter("ignore")
    found = []
    for n, d, goals in (
        (100_000, 1, {"scikit-learn": 6, "NPEET": 6}),
        (10_000, 3, {"NPEET": 3}),
        (10_000, 5, {"infomeasure": None}),
    ):
        for case, ours, peer, theirs, _ in information(n, d):
            if peer in goals:
                found.append(headline_row(case, ours, peer, theirs, goals[peer]))
    case, ours, peer, theirs, _ = line(100_000)[0]
    found.append(headline_row(case, ours, peer, theirs, 70))
    for case, ours, peer, theirs, _ in curves(10_000):
        found.append(headline_row(case, ours, peer, theirs, 4, cost=True))
    return found


def headline_row(case, ours, peer, theirs, goal, cost=False):
    seconds = None if theirs == "not installed" else float(theirs) / 1e3
    return timing.Row(case, peer, float(ours or "nan") / 1e3, seconds, goal, cost=cost)


def rows(case, ours, peers, rounds):
    """One row for each peer."""
    present = {name: run for name, run in peers.items() if run and run() is not None}
    times = timing.interleave({"ours": ours, **present}, rounds)
    table = [told(case, times["ours"], name, times[name]) for name in present]
    return table + [[case, "", name, "not installed", ""] for name, run in peers.items() if not run]


def told(case, ours, peer, theirs, cost=False):
    """A row of the table: milliseconds, and how many times as long the peer takes (or, `cost`, we)."""
    ratio = ours / theirs if cost else theirs / ours
    return [case, f"{1e3 * ours:.3f}", peer, f"{1e3 * theirs:.2f}", f"{ratio:.1f}"]


def main() -> None:
    """Print the table and the machine it was measured on."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--quick", action="store_true", help="only sizes up to 10,000")
    quick = arguments.parse_args().quick
    warnings.simplefilter("ignore")
    large = 10_000 if quick else 100_000
    table = line(10_000) + ([] if quick else line(large))
    for d in (2, 3, 6, 10):
        table += cloud(10_000, d, "max")
    table += cloud(large, 2, "max") + cloud(large, 3, "euclidean")
    table += information(10_000, 1) + ([] if quick else information(large, 1)) + information(10_000, 3)
    table += curves(10_000)
    print(timing.table(["case", "ours (ms)", "peer", "peer (ms)", "ratio"], table))
    print(timing.machine())


if __name__ == "__main__":
    main()
