"""Soft partitions: ours against torch (balls) and against Shihab et al.'s formulas compiled by JAX (balls, halfspaces).

python benchmarks/partitions.py [--rounds 15]

Single core, float32, interleaved, median process-CPU time of the rounds. torch takes part where it can be imported,
for balls in both layouts of its table (points in rows, points in columns); the faster counts. Every way must meet
the entropy in float64 first.
"""

from __future__ import annotations

import argparse

from timing import Row, interleave, machine, pin, table

pin()

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from powers import exponentials as exponential_rate  # noqa: E402

from entropylab import ball_partition, halfspace_partition  # noqa: E402

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

POINTS, ANCHORS, SHARPNESS = 100_000, 16, 10.0
CUT_POINTS, HALFSPACES, TEMPERATURE = 20_000, 8, 0.1
ALLOWED = 2e-5  # float32 sums over as many points


def entropy(q, log):
    return -(q * log(q)).sum()


# The same entropies, several times --------------------------------------------------------------------------------


def with_jax(function, *args):
    """Calls of `function(*args)` compiled by JAX: its value, and its gradient in every argument."""
    args = [jnp.asarray(x) for x in args]
    value, gradient = jax.jit(function), jax.jit(jax.value_and_grad(function, tuple(range(len(args)))))
    return lambda: jax.block_until_ready(value(*args)), lambda: jax.block_until_ready(gradient(*args))


def with_torch(function, *args):
    """The same calls with torch."""
    args = [torch.tensor(x) for x in args]

    def value():
        with torch.no_grad():
            return function(*args)

    def gradient():
        leaves = [x.detach().requires_grad_() for x in args]
        found = function(*leaves)
        found.backward()
        return found, [x.grad for x in leaves]

    return value, gradient


def seed_balls(x, c):
    """Equation 1 as written: a softmax of minus squared distances."""
    squares = ((x[:, None] - c[None]) ** 2).sum(-1)
    return entropy(jax.nn.softmax(-SHARPNESS * squares, axis=1).mean(0), jnp.log)


def torch_balls(x, c):
    """One product: |x|^2 cancels in the softmax."""
    scores = 2 * SHARPNESS * x @ c.T - SHARPNESS * (c * c).sum(1)
    return entropy(torch.softmax(scores, 1).mean(0), torch.log)


def torch_balls_turned(x, c):
    """The same with one row an anchor."""
    scores = 2 * SHARPNESS * c @ x.T - SHARPNESS * (c * c).sum(1)[:, None]
    return entropy(torch.softmax(scores, 0).mean(1), torch.log)


CELLS = np.array([[cell >> t & 1 for t in range(HALFSPACES)] for cell in range(2**HALFSPACES)], bool)


def seed_halfspaces(x, w, b):
    """The normalised product of appendix F.1 for every cell."""
    inside = jax.nn.sigmoid((x @ w.T - b) / TEMPERATURE)
    shares = jnp.where(CELLS[None], inside[:, None], 1 - inside[:, None]).prod(-1)
    return entropy((shares / shares.sum(1, keepdims=True)).mean(0), jnp.log)


def torch_halfspaces(x, w, b):
    """The softmax that the product is: scores times the table of cells."""
    scores = (x @ w.T - b) / TEMPERATURE @ torch.tensor(CELLS.T, dtype=x.dtype)
    return entropy(torch.softmax(scores, 1).mean(0), torch.log)


def as_float(value) -> float:
    """A scalar of JAX or torch."""
    return float(value.detach() if hasattr(value, "detach") else value)


def balls():
    rng = np.random.default_rng(0)
    x, c = (rng.random((n, 2)).astype(np.float32) for n in (POINTS, ANCHORS))
    exact = ((x[:, None].astype(float) - c[None]) ** 2).sum(-1)
    shares = np.exp(-SHARPNESS * (exact - exact.min(1, keepdims=True)))
    truth = entropy((shares / shares.sum(1, keepdims=True)).mean(0), np.log)
    runs = {"ours": with_jax(ball_partition, x, c), "seed": with_jax(seed_balls, x, c)}
    # as users call it: the value by itself, the gradient inside a program of JAX
    given = jnp.asarray(x), jnp.asarray(c)
    runs["ours"] = (lambda: ball_partition(*given)), runs["ours"][1]
    if torch is not None:
        runs |= {"torch": with_torch(torch_balls, x, c), "torch turned": with_torch(torch_balls_turned, x, c)}
    return runs, truth, POINTS * ANCHORS


def halfspaces():
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(CUT_POINTS, 2)).astype(np.float32), rng.normal(size=(HALFSPACES, 2)).astype(np.float32)
    b = (0.3 * rng.normal(size=HALFSPACES)).astype(np.float32)
    z = (x.astype(float) @ w.T - b) / TEMPERATURE
    shares = np.where(CELLS[None], 1 / (1 + np.exp(-z))[:, None], 1 / (1 + np.exp(z))[:, None]).prod(-1)
    truth = entropy(shares.mean(0), np.log)
    runs = {"ours": with_jax(halfspace_partition, x, w, b), "seed": with_jax(seed_halfspaces, x, w, b)}
    if torch is not None:
        runs["torch"] = with_torch(torch_halfspaces, x, w, b)
    return runs, truth, 2 * CUT_POINTS * HALFSPACES


# Times --------------------------------------------------------------------------------------------------------------


def compare(runs: dict, truth: float, gradient: bool, rounds: int) -> dict[str, float]:
    """Milliseconds of every way, after its value was checked."""
    runs = {name: pair[gradient] for name, pair in runs.items()}
    for name, run in runs.items():
        found = run()
        found = as_float(found[0] if gradient else found)
        if not abs(found - truth) < ALLOWED:
            raise SystemExit(f"{name} gives {found}, and float64 {truth}")
    return {name: 1e3 * seconds for name, seconds in interleave(runs, rounds).items()}


def headline(rounds: int) -> list[Row]:
    """The rows of the table of targets."""
    exponentials = exponential_rate(rounds, "float32")
    rows = []
    for name, peer, goals, (runs, truth, calls) in (
        (f"ball_partition, n = {POINTS:,}, k = {ANCHORS}", "torch", (3, 2.5), balls()),
        (f"2^{HALFSPACES} halfspace cells, n = {CUT_POINTS:,}", "seed", (10, 50), halfspaces()),
    ):
        for gradient, goal in zip((False, True), goals, strict=True):
            found = compare(
                {k: v for k, v in runs.items() if k == "ours" or k.startswith(peer)}, truth, gradient, rounds
            )
            mine = found.pop("ours") / 1e3
            theirs = min(found.values()) / 1e3 if found else None
            best = calls * (1 + gradient) / exponentials
            work = f"{name}, {'value and gradient' if gradient else 'value'}"
            rows.append(Row(work, "seed, jitted" if peer == "seed" else peer, mine, theirs, goal, limit=best))
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    exponentials = exponential_rate(rounds, "float32")
    cases = {
        f"balls, n = {POINTS:,}, k = {ANCHORS}, d = 2": balls(),
        f"all 2^{HALFSPACES} halfspace cells, n = {CUT_POINTS:,}, d = 2": halfspaces(),
    }
    rows = []
    for name, (runs, truth, calls) in cases.items():
        for gradient in (False, True):
            # Shihab et al.'s gradient of the cells takes a hundred times as long as all others together
            slow = {key: pair for key, pair in runs.items() if key == "seed" and gradient and "cells" in name}
            found = compare({key: pair for key, pair in runs.items() if key not in slow}, truth, gradient, rounds)
            found |= compare(slow, truth, gradient, 2) if slow else {}
            mine = found.pop("ours")
            peers = [value for key, value in found.items() if key.startswith("torch")]
            times = ", ".join(f"{value:.2f}" for value in peers) or "not installed"
            ratio = f"{min(peers) / mine:.1f}" if peers else "-"
            # every exponential once for the value and once more for the gradient
            limit = 1e3 * calls * (1 + gradient) / exponentials
            rows.append(
                [name, "value and gradient" if gradient else "value", f"{mine:.2f}", times, ratio,
                 f"{found['seed']:.1f}", f"{found['seed'] / mine:.0f}", f"{limit:.2f}"]
            )  # fmt: skip
    header = ["case", "work", "ours ms", "torch ms", "torch / ours", "seed ms", "seed / ours", "exponentials alone ms"]
    print(table(header, rows), "", machine(("numpy", "jax", "torch")), sep="\n")


if __name__ == "__main__":
    main()
