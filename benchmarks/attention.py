"""Row entropies of attention from queries and keys, streamed: ours against torch and the plain formula in JAX.

python benchmarks/attention.py [--rounds 7]

Single core, float32, interleaved, median process-CPU time of the rounds; the gradient is in queries and keys. torch
takes part where it can be imported, in three ways to write the entropy; the fastest counts.
"""

from __future__ import annotations

import argparse
import math

from timing import Row, interleave, machine, pin, table

pin()

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from partitions import as_float, with_jax, with_torch  # noqa: E402
from powers import rates  # noqa: E402

from entropylab import attention_entropy_from_qk  # noqa: E402

try:
    import torch
except ImportError:
    torch = None

WIDTH = 64
SIZES = (512, 2048)
ALLOWED = 1e-5


# The same mean entropy, several times -------------------------------------------------------------------------------


def ours(q, k):
    return attention_entropy_from_qk(q, k).mean()


def ours_causal(q, k):
    return attention_entropy_from_qk(q, k, causal=True).mean()


def plain(q, k):
    """The table of weights, and its entropy."""
    weights = jax.nn.softmax(q @ k.T / math.sqrt(WIDTH), axis=1)
    return -(weights * jnp.log(weights)).sum(1).mean()


def by_logarithms(q, k):
    logs = torch.log_softmax(q @ k.T / math.sqrt(WIDTH), 1)
    return -(logs.exp() * logs).sum(1).mean()


def by_weights(q, k):
    weights = torch.softmax(q @ k.T / math.sqrt(WIDTH), 1)
    return -torch.xlogy(weights, weights).sum(1).mean()


def by_moments(q, k):
    scores = q @ k.T / math.sqrt(WIDTH)
    return (torch.logsumexp(scores, 1) - (torch.softmax(scores, 1) * scores).sum(1)).mean()


def truth_of(q, k) -> float:
    """The mean entropy in float64."""
    scores = q.astype(float) @ k.T.astype(float) / math.sqrt(WIDTH)
    scores -= scores.max(1, keepdims=True)
    weights = np.exp(scores)
    total = weights.sum(1)
    return float((np.log(total) - (weights * scores).sum(1) / total).mean())


def headline(rounds: int) -> list[Row]:
    """The rows of the table of targets."""
    products, exponentials = rates(rounds, "float32")
    n = SIZES[-1]
    rng = np.random.default_rng(0)
    q, k = (rng.normal(size=(n, WIDTH)).astype(np.float32) for _ in range(2))
    pairs = {"ours": with_jax(ours, q, k)}
    if torch is not None:
        pairs |= {f"torch {way.__name__}": with_torch(way, q, k) for way in (by_logarithms, by_weights, by_moments)}
    rows = []
    for gradient, goal in ((False, 2.5), (True, 2.4)):
        found = interleave({name: pair[gradient] for name, pair in pairs.items()}, rounds)
        mine = found.pop("ours")
        best = n * n * (WIDTH * (1 + 3 * gradient) / products + (1 + gradient) / exponentials)
        work = f"attention_entropy_of {'value and gradient' if gradient else 'value'}, N = {n:,}, d = {WIDTH}"
        rows.append(Row(work, "torch", mine, min(found.values()) if found else None, goal, limit=best))
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    products, exponentials = rates(rounds, "float32")
    rows = []
    for n in SIZES:
        rng = np.random.default_rng(0)
        q, k = (rng.normal(size=(n, WIDTH)).astype(np.float32) for _ in range(2))
        truth = truth_of(q, k)
        runs = {"ours": with_jax(ours, q, k), "plain": with_jax(plain, q, k)}
        if torch is not None:
            ways = (by_logarithms, by_weights, by_moments)
            runs |= {f"torch {way.__name__}": with_torch(way, q, k) for way in ways}
        causal = with_jax(ours_causal, q, k)
        for gradient in (False, True):
            calls = {name: pair[gradient] for name, pair in runs.items()}
            for name, run in calls.items():
                found = as_float(run()[0] if gradient else run())
                if not abs(found - truth) < ALLOWED:
                    raise SystemExit(f"{name} gives {found}, and float64 {truth}")
            least = interleave({**calls, "causal": causal[gradient]}, rounds)
            mine = 1e3 * least["ours"]
            peers = [1e3 * seconds for name, seconds in least.items() if name.startswith("torch")]
            # scores once, and for the gradient once more with two products that carry it back
            limit = 1e3 * n * n * (WIDTH * (1 + 3 * gradient) / products + (1 + gradient) / exponentials)
            rows.append(
                [f"{n}", "value and gradient" if gradient else "value", f"{mine:.2f}",
                 f"{min(peers):.2f}" if peers else "not installed", f"{min(peers) / mine:.1f}" if peers else "-",
                 f"{1e3 * least['plain'] / mine:.1f}", f"{1e3 * least['causal']:.2f}", f"{limit:.2f}"]
            )  # fmt: skip
    header = ["N", "work", "ours ms", "torch ms", "torch / ours", "plain JAX / ours", "causal ms", "limit ms"]
    print(table(header, rows), "", f"d = {WIDTH}; " + machine(("numpy", "jax", "torch")), sep="\n")


if __name__ == "__main__":
    main()
