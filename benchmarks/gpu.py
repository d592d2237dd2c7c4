"""Soft match on the device that JAX finds: value and gradient against torch on the same device and data.

python benchmarks/gpu.py
Wall-clock medians of interleaved rounds, each waited for; on a CPU it runs small sizes through the same code.
"""

from __future__ import annotations

import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np
from timing import machine, version

from entropylab import device
from entropylab.numerics.kernel_sums.pairwise import log_kernel_sums
from entropylab.numerics.kernel_sums.sharded import log_kernel_sums_sharded

try:
    import torch
except ImportError:
    torch = None

ROUNDS = 7
CHUNK = 8192


def medians(callables: dict) -> dict[str, float]:
    """Median wall-clock seconds of each callable over interleaved rounds, after one call each."""
    times = {name: [] for name in callables}
    for run in callables.values():
        run()
    for _ in range(ROUNDS):
        for name, run in callables.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def torch_forward(x, scale):
    """Chunked rows in torch: the best of what its users write."""
    squares = (x * x).sum(1)
    total = 0.0
    for start in range(0, len(x), CHUNK):
        part = x[start : start + CHUNK]
        distances = (part * part).sum(1)[:, None] + squares[None] - 2 * part @ x.T
        total = total + torch.logsumexp(-scale * distances.clamp_min(0), 1).sum()
    return total / len(x)


def main() -> None:
    """Print the table."""
    device.configure(precision="float32", cache=False)
    accelerated = jax.default_backend() != "cpu"
    value = jax.jit(lambda x: log_kernel_sums(x, 2.0).mean())
    gradient = jax.jit(jax.value_and_grad(lambda x: log_kernel_sums(x, 2.0).mean()))
    print(f"{device.describe()}; {machine()}; torch {version('torch')}\n")
    print("| N | D | work | ours ms | torch ms | torch / ours | difference |\n|---|---|---|---|---|---|---|")
    for n, d in (
        ((10_000, 64), (100_000, 64), (100_000, 3), (300_000, 64)) if accelerated else ((1_000, 64), (1_000, 3))
    ):
        host = (np.random.default_rng(0).random((n, d)) > 0.5).astype(np.float32)
        host += 0.05 * np.random.default_rng(1).standard_normal((n, d)).astype(np.float32)
        x = jnp.asarray(host)
        runs = {
            "value": lambda x=x: value(x).block_until_ready(),
            "value and gradient": lambda x=x: jax.block_until_ready(gradient(x)),
        }
        if torch is not None:
            torch.backends.cuda.matmul.allow_tf32 = False
            t = torch.tensor(host, device="cuda" if accelerated else "cpu")

            def finish():
                if accelerated:
                    torch.cuda.synchronize()

            def forward(t=t):
                with torch.no_grad():
                    torch_forward(t, 2.0)
                finish()

            def backward(t=t):
                leaf = t.detach().requires_grad_()
                torch_forward(leaf, 2.0).backward()
                finish()

            runs["torch value"] = forward
            if n <= 20_000:  # autograd keeps every chunk: n^2 floats several times over
                runs["torch value and gradient"] = backward
        found = medians(runs)
        apart = abs(float(value(x)) - float(torch_forward(t, 2.0))) if torch is not None else float("nan")
        if len(jax.devices()) > 1:
            across = jax.jit(lambda x: log_kernel_sums_sharded(x, 2.0).mean())
            several = medians({"across": lambda x=x, run=across: run(x).block_until_ready()})["across"]
            gap = abs(float(value(x)) - float(across(x)))
            count = len(jax.devices())
            print(f"| {n} | {d} | value on {count} devices | {1e3 * several:.2f} | - | - | {gap:.0e} |", flush=True)
        for work in ("value", "value and gradient"):
            peer = found.get(f"torch {work}", float("nan"))
            ours = found[work]
            print(
                f"| {n} | {d} | {work} | {1e3 * ours:.2f} | {1e3 * peer:.2f} | {peer / ours:.1f} | {apart:.0e} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
