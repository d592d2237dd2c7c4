"""Soft pattern entropy of n patterns: ours against the note's code, torch and KeOps, against the machine, in memory.

python benchmarks/pairwise.py [--rounds 3] [--large]     (about 3 minutes; --large adds n = 100,000)

Single core, float32, interleaved, median process-CPU time of the rounds. torch and KeOps take part where they
can be imported; the note's code where a call takes seconds, its gradient where its n x n x d array stays below 8 GB.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys

from timing import Row, added_memory, interleave, machine, pin, table

pin()

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from powers import rates  # noqa: E402

from entropylab.numerics.kernel_sums.curves import log_kernel_sums_curve  # noqa: E402
from entropylab.numerics.kernel_sums.pairwise import log_kernel_sums  # noqa: E402

try:
    import torch
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)
try:
    from pykeops.torch import LazyTensor
except ImportError:
    LazyTensor = None

SIZES, WIDTHS = (1_000, 10_000), (2, 64, 512)
CHUNK = 2048  # rows of torch at a time: the fastest of 512 to 8192 here, and what keeps it from swapping
ROOM = 8e9
PATIENCE = 1e10  # differences that the note's code may take
KEOPS_WIDEST = 64  # wider formulas compile for minutes
BANDWIDTHS = 64


def patterns(n: int, d: int) -> np.ndarray:
    """Decided states: bits with a tenth of jitter."""
    rng = np.random.default_rng([n, d])
    return np.abs(rng.integers(0, 2, (n, d)) - 0.1 * rng.random((n, d))).astype(np.float32)


def scale_of(d: int) -> float:
    """1 / (2 sigma^2) at which patterns neither all match nor all differ: sigma^2 = d / 4."""
    return 2.0 / d


# The same entropy, four times -------------------------------------------------------------------------------------


def with_jax(entropy, x, scale, gradient):
    """A call of `entropy(x, scale)` compiled by JAX, with its gradient where asked."""
    run = jax.jit(jax.value_and_grad(entropy) if gradient else entropy)
    x = jnp.asarray(x)
    return lambda: jax.block_until_ready(run(x, scale))


def ours(x, scale, gradient):
    """Streamed tiles, each pair once: compiled for the host, or, with the gradient, by JAX."""
    if not gradient:
        x = jnp.asarray(x)
        return lambda: math.log(len(x)) - log_kernel_sums(x, scale).mean()
    return with_jax(lambda x, scale: jnp.log(x.shape[0]) - log_kernel_sums(x, scale).mean(), x, scale, gradient)


def seed(x, scale, gradient):
    """The code of the note on reproducibility entropy, compiled."""

    def entropy(x, scale):
        squares = jnp.sum((x[:, None] - x[None]) ** 2, axis=-1)
        return jnp.log(len(x)) - jax.scipy.special.logsumexp(-scale * squares, axis=-1).mean()

    differences = x.shape[0] ** 2 * x.shape[1]
    if differences > PATIENCE or (gradient and 4 * differences > ROOM):
        return None
    return with_jax(entropy, x, scale, gradient)


def with_torch(total, x, gradient):
    """A call of `total(points)`, the sum of the rows' values."""
    x = torch.from_numpy(x)

    def run():
        points = x.clone().requires_grad_(gradient)
        value = math.log(len(points)) - total(points) / len(points)
        if not gradient:
            return value.item()
        value.backward()
        return value.item(), points.grad

    return run


def by_torch(x, scale, gradient):
    """Expanded squares, a chunk of rows at a time."""
    if torch is None:
        return None

    def total(points):
        squares, found = (points * points).sum(1), 0.0
        for start in range(0, len(points), CHUNK):
            rows = points[start : start + CHUNK]
            distances = (squares[start : start + CHUNK, None] + squares[None] - 2 * rows @ points.T).clamp_min(0)
            found = found + torch.logsumexp(-scale * distances, 1).sum()
        return found

    return with_torch(total, x, gradient)


def by_keops(x, scale, gradient):
    """KeOps' symbolic tensors, reduced by compiled C++."""
    if LazyTensor is None or x.shape[1] > KEOPS_WIDEST:
        return None

    def total(points):
        distances = ((LazyTensor(points[:, None]) - LazyTensor(points[None])) ** 2).sum(-1)
        return (-scale * distances).logsumexp(1).sum()

    return with_torch(total, x, gradient)


WAYS = {"ours": ours, "seed": seed, "torch": by_torch, "KeOps": by_keops}


def ready(n: int, d: int, gradient: bool) -> dict:
    """Every way that takes part at this size."""
    x, found = patterns(n, d), {}
    for name, way in WAYS.items():
        run = way(x, scale_of(d), gradient)
        if run is not None:
            found[name] = run
    return found


def entropy_of(result) -> float:
    """The value in what a way returns."""
    return float(result[0] if isinstance(result, tuple) else result)


# The machine ------------------------------------------------------------------------------------------------------


def limit(n: int, d: int, gradient: bool, products: float, exponentials: float) -> float:
    """Seconds that the arithmetic alone takes: every unordered pair once, two more products for the gradient."""
    pairs = n * (n + 1) / 2
    once = pairs * (d / products + 1 / exponentials)
    return once if not gradient else 2 * once + 2 * pairs * d / products


def peak(way: str, n: int, d: int, gradient: bool) -> str:
    """Megabytes that a call adds to a fresh process: its workspace, without compiling."""
    order = [sys.executable, __file__, "--peak", way, str(n), str(d), str(int(gradient))]
    done = subprocess.run(order, capture_output=True, text=True)
    return done.stdout.split()[-1] if done.returncode == 0 else "failed"


def measure_peak(way: str, n: int, d: int, gradient: bool) -> None:
    """Print what `peak` reads."""
    print(added_memory(WAYS[way](patterns(n, d), scale_of(d), gradient)))


# Tables -----------------------------------------------------------------------------------------------------------


def times(rounds: int, products: float, exponentials: float) -> str:
    """Milliseconds of ours, how many times longer the others take, and how near the machine's limit ours is."""
    rows = []
    for n in SIZES:
        for d in WIDTHS:
            for gradient in (False, True):
                runs = ready(n, d, gradient)
                values = [entropy_of(run()) for run in runs.values()]
                least = interleave(runs, rounds)
                mine = least["ours"]
                others = [f"{least[name] / mine:.1f}" if name in least else "-" for name in list(WAYS)[1:]]
                share = limit(n, d, gradient, products, exponentials) / mine
                rows.append(
                    [f"{n:,}", str(d), "gradient" if gradient else "value", f"{1e3 * mine:.2f}", *others,
                     f"{100 * share:.0f} %", f"{max(values) - min(values):.0e}"]
                )  # fmt: skip
                print(*rows[-1], sep="  ", file=sys.stderr)  # the table follows when all is done
    header = ["n", "d", "work", "ours ms", *(f"{name} / ours" for name in list(WAYS)[1:]), "of the limit", "differ by"]
    return table(header, rows)


def memory() -> str:
    """Peak megabytes of every way at n = 10,000, d = 64."""
    here = {name: ready(64, 64, False).get(name) for name in WAYS}
    rows = []
    for gradient in (False, True):
        found = []
        for name, run in here.items():
            told = name == "seed" and gradient
            found.append("-" if run is None else "needs 26 GB" if told else peak(name, 10_000, 64, gradient))
        rows.append(["gradient" if gradient else "value", *found])
    return table(["10,000 x 64, added MB", *WAYS], rows)


def sweep_times(rounds: int, mapped: bool = False) -> list[float]:
    """Seconds of a value at one bandwidth, of the curve over 64, and, asked for, of 64 mapped by vmap."""
    x = jnp.asarray(patterns(2048, 32))
    scales = jnp.geomspace(0.01, 10.0, BANDWIDTHS, dtype=jnp.float32)
    single = jax.jit(lambda x, scale: log_kernel_sums(x, scale).mean())
    curve = jax.jit(lambda x, scales: log_kernel_sums_curve(x, scales).mean(1))
    runs = {
        "one": lambda: single(x, scales[9]).block_until_ready(),
        "curve": lambda: curve(x, scales).block_until_ready(),
    }
    found = list(interleave(runs, rounds).values())
    if mapped:  # apart: it takes so much memory that whatever runs after it finds its own gone
        each = jax.jit(jax.vmap(lambda x, scale: log_kernel_sums(x, scale).mean(), (None, 0)))
        found += interleave({"vmap": lambda: each(x, scales).block_until_ready()}, rounds).values()
    return found


def sweep(rounds: int) -> str:
    """What a curve over the bandwidth costs, in values at one bandwidth."""
    found = sweep_times(rounds, mapped=True)
    rows = [
        [name, f"{1e3 * seconds:.1f}", f"{seconds / found[0]:.1f}"]
        for name, seconds in zip(("one", "curve", "vmap"), found, strict=True)
    ]
    return table([f"2,048 x 32, {BANDWIDTHS} bandwidths", "ms", "in single values"], rows)


def large() -> str:
    """100,000 patterns of 64 cells: seconds of process-CPU time and added megabytes."""
    least = interleave({"value": ours(patterns(100_000, 64), scale_of(64), False)}, 1)
    return f"100,000 x 64: value in {least['value']:.1f} s, {peak('ours', 100_000, 64, False)} MB added"


def headline(rounds: int) -> list[Row]:
    """The rows of the table of targets."""
    n, d = 10_240, 64
    products, exponentials = rates(rounds, "float32")
    rows = []
    for gradient in (False, True):
        goals = {"torch": 5} if gradient else {"torch": 8, "seed": 15, "KeOps": 30}
        runs = {name: run for name, run in ready(n, d, gradient).items() if name == "ours" or name in goals}
        seconds = interleave(runs, rounds)
        values = [entropy_of(run()) for name, run in runs.items() if name in ("ours", "torch")]
        assert max(values) - min(values) < 1e-4, values
        best = limit(n, d, gradient, products, exponentials)
        for name, goal in goals.items():
            told = "seed, jitted" if name == "seed" else name
            memory = None
            if name == "torch" and torch is not None:
                memory = int(peak("ours", n, d, gradient)), int(peak("torch", n, d, gradient))
            work = f"soft_match {'value and gradient' if gradient else 'value'}, N = {n:,}, D = {d}"
            rows.append(Row(work, told, seconds["ours"], seconds.get(name), goal, limit=best, memory=memory))
    one, curve = sweep_times(rounds)
    rows.append(Row("64 bandwidths, N = 2,048, D = 32, JAX", "one of ours", curve, one, 20, cost=True))
    return rows


def headline_large(rounds: int) -> list[Row]:
    """100,000 patterns: no peer is waited for."""
    n, d = 100_000, 64
    seconds = interleave({"ours": ours(patterns(n, d), scale_of(d), False)}, 1)["ours"]
    best = limit(n, d, False, *rates(rounds, "float32"))
    memory = int(peak("ours", n, d, False)), None
    return [Row(f"soft_match value, N = {n:,}, D = {d}", "-", seconds, None, None, limit=best, memory=memory)]


def main() -> None:
    """Print the tables."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--large", action="store_true", help="also 100,000 patterns")
    arguments.add_argument("--peak", nargs=4, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.peak:
        way, n, d, gradient = given.peak
        measure_peak(way, int(n), int(d), gradient == "1")
        return
    print(machine(("numpy", "jax", "torch", "pykeops")))
    products, exponentials = rates(given.rounds, "float32")
    print(f"one core: {2e-9 * products:.0f} Gflop/s of matrix product, {1e-9 * exponentials:.2f} G exponentials/s\n")
    print(times(given.rounds, products, exponentials), memory(), sweep(given.rounds), sep="\n\n")
    if given.large:
        print("\n" + large())


if __name__ == "__main__":
    main()
