"""Kernel density entropy against scikit-learn and, where installed, KDEpy: time, and the error of the entropy.

    python benchmarks/kde.py [--quick]

One thread, interleaved rounds, median process-CPU time. Errors are against the sum over all pairs in float64,
for a million points against our own value at the same width; a peer further off than its own tolerance, or
we than ours, stops the script.
"""

from __future__ import annotations

import argparse
import importlib
import math

import timing

timing.pin()

import jax  # noqa: E402

jax.config.update("jax_enable_x64", True)

import numpy as np  # noqa: E402
from sklearn.neighbors import KernelDensity  # noqa: E402

import entropylab as lab  # noqa: E402

WIDTHS = 64


def kdepy_entropy(x, h):
    """Linear binning, one FFT, linear interpolation: None where KDEpy is not installed."""
    try:
        fft = importlib.import_module("KDEpy").FFTKDE
    except ImportError:
        return None
    grid, density = fft(bw=h).fit(x[:, 0]).evaluate()
    return -np.log(np.interp(x[:, 0], grid, density)).mean()


def pairs(x, h):
    """-log density at every point, by the sum over all pairs."""
    n, d = x.shape
    out = np.empty(n)
    for i in range(0, n, 200):
        squares = sum((x[i : i + 200, None, k] - x[None, :, k]) ** 2 for k in range(d))
        out[i : i + 200] = -np.log(np.exp(-squares / (2 * h * h)).sum(1))
    return out + math.log(n) + d * math.log(h * math.sqrt(2 * math.pi))


def density(n: int, d: int, rounds: int, exact: bool = True) -> list[list[str]]:
    """One entropy of a normal sample at Scott's width."""
    x = np.random.default_rng(d).normal(size=(n, d))
    h = n ** (-1 / (d + 4))
    ours = lambda: float(lab.kde(x, bandwidth=h))  # noqa: E731
    peers = {}
    if exact:
        peers["scikit-learn, rtol 0"] = (lambda: -KernelDensity(bandwidth=h, rtol=0).fit(x).score(x) / n, 1e-10)
        peers["scikit-learn, rtol 1e-4"] = (lambda: -KernelDensity(bandwidth=h, rtol=1e-4).fit(x).score(x) / n, 1e-4)
    if d == 1 and kdepy_entropy(x[:100], h) is not None:
        peers["KDEpy FFTKDE"] = (lambda: kdepy_entropy(x, h), 1e-3)
    rows = pairs(x, h) if exact else np.asarray(lab.kde.local(x, bandwidth=h))
    error = np.abs(np.asarray(lab.kde.local(x, bandwidth=h)) - rows).max()
    assert error < (1e-12 if d == 1 else 1e-10), error
    times = timing.interleave({"ours": ours, **{name: run for name, (run, _) in peers.items()}}, rounds)
    table = []
    for name, (run, allowed) in peers.items():
        theirs = abs(run() - rows.mean())
        assert theirs < allowed, (name, theirs)
        table.append(
            [f"d = {d}, N = {n:,}", milliseconds(times["ours"]), f"{error:.0e}" if exact else "",
             name, milliseconds(times[name]), f"{theirs:.0e}", f"{times[name] / times['ours']:.1f}"]
        )  # fmt: skip
    return table


def curve(n: int, d: int, rounds: int) -> list[str]:
    """64 widths from a fifth of Scott's to 4.5 times it, fourteen an octave, against one at Scott's."""
    x = np.random.default_rng(d).normal(size=(n, d))
    scott = n ** (-1 / (d + 4))
    widths = 0.2 * scott * 2 ** (np.arange(WIDTHS) / 14)
    one = [float(lab.kde(x, bandwidth=h)) for h in widths[::21]]
    np.testing.assert_allclose(lab.kde_curve(x, widths)[::21], one, rtol=1e-10)
    times = timing.interleave(
        {"one": lambda: float(lab.kde(x, bandwidth=scott)), "all": lambda: lab.kde_curve(x, widths)}, rounds
    )
    return [
        f"d = {d}, N = {n:,}",
        milliseconds(times["all"]),
        milliseconds(times["one"]),
        f"{times['all'] / times['one']:.1f}",
    ]


def headline(rounds: int) -> list[timing.Row]:
    """The rows of the table of targets; every error is checked on the way, as in the tables."""
    goals = {"scikit-learn, rtol 0": {1: 500}, "scikit-learn, rtol 1e-4": {2: 50, 3: 50}, "KDEpy FFTKDE": {1: 1}}
    rows = []
    for n, d, exact in ((10_000, 1, True), (10_000, 2, True), (10_000, 3, True), (1_000_000, 1, False)):
        for case, ours, _, name, theirs, error, _ in density(n, d, rounds, exact):
            if d in goals[name] and not (name == "KDEpy FFTKDE" and exact):
                peer = f"{name} (error {error})"
                rows.append(timing.Row(f"kde {case}", peer, float(ours) / 1e3, float(theirs) / 1e3, goals[name][d]))
    for n, d in ((10_000, 1), (10_000, 2), (10_000, 3), (2_000, 10)):
        case, every, one, _ = curve(n, d, rounds)
        rows.append(
            timing.Row(
                f"64 bandwidths, {case}, compiled", "one of ours", float(every) / 1e3, float(one) / 1e3, 8, cost=True
            )
        )
    return rows


def milliseconds(seconds: float) -> str:
    return f"{1e3 * seconds:.3f}"


def main() -> None:
    """Print the tables and the machine they were measured on."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--quick", action="store_true", help="only up to 3,000 points")
    quick = arguments.parse_args().quick
    n = 3000 if quick else 10_000
    table = density(n, 1, 5) + density(n, 2, 3) + density(n, 3, 3) + density(n, 10, 3)
    if not quick:
        table += density(1_000_000, 1, 5, exact=False)
    print(timing.table(["entropy", "ours (ms)", "worst row", "peer", "peer (ms)", "error of its H", "ratio"], table))
    sizes = [(n, 1), (n, 2), (n, 3), (2000, 10)] + ([] if quick else [(1_000_000, 1)])
    curves = [curve(size, d, 2) for size, d in sizes]
    print()
    print(timing.table([f"{WIDTHS} widths", "all (ms)", "one (ms)", "cost in ones"], curves))
    print(timing.machine(("numpy", "scipy", "numba", "jax", "scikit-learn", "KDEpy")))


if __name__ == "__main__":
    main()
