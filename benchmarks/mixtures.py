"""Bounds on the entropy of a Gaussian mixture: ours against mixentropy (NumPy and torch), the machine, and in memory.

python benchmarks/mixtures.py [--rounds 7]     (about 3 minutes; memory is read from Linux's /proc)

Single core, float64, interleaved, median process-CPU time of the rounds. mixentropy takes part where it can be
imported, its torch half where torch can. Its torch functions squeeze a batch of one away, so they are given two
copies of the mixture and their time is halved. Values and gradients must agree, to 1e-9 with NumPy and to 1e-6
with torch (whose pi is a float32 there), or the script fails.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from timing import Row, added_memory, interleave, machine, pin, table

pin()

import jax  # noqa: E402
import numpy as np  # noqa: E402
from powers import rates  # noqa: E402

from entropylab.device import configure  # noqa: E402
from entropylab.estimators.mixtures.estimates import Mixture, mixture_elk, mixture_pairwise  # noqa: E402

try:
    from mixentropy.np import elk_estimator as np_elk
    from mixentropy.np import pairwise_dist_estimator as np_pairwise
except ImportError:
    np_elk = np_pairwise = None
try:
    import torch
    from mixentropy.pth import elk_estimator as torch_elk
    from mixentropy.pth import pairwise_dist_estimator as torch_pairwise
except ImportError:
    torch = None
else:
    torch.set_num_threads(1)

BOUNDS = {
    "kl": lambda m: mixture_pairwise(m, divergence="kl"),
    "bhattacharyya": lambda m: mixture_pairwise(m, divergence="chernoff"),
    "elk": mixture_elk,
}
SIZES = ((200, 5), (400, 10))
AGREE = {"mixentropy numpy": 1e-9, "mixentropy torch": 1e-6}


def parts(k: int, d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, centers and covariances: Wishart matrices with a floor, so that no inverse is a matter of luck."""
    rng = np.random.default_rng([k, d])
    factors = rng.normal(size=(k, d, d)) / np.sqrt(d)
    return np.full(k, 1 / k), rng.normal(size=(k, d)), factors @ factors.transpose(0, 2, 1) + 0.5 * np.eye(d)


# The same bound, three times ----------------------------------------------------------------------------------------


def ours(bound: str, arrays, gradient: bool):
    """As users call it; the gradient, compiled by JAX, is in weights, centers and covariances."""
    mixture = Mixture(*arrays)
    run = jax.jit(jax.value_and_grad(BOUNDS[bound])) if gradient else BOUNDS[bound]
    return lambda: jax.block_until_ready(run(mixture))


def by_numpy(bound: str, arrays, gradient: bool):
    """mixentropy.np, which has no gradient."""
    if np_elk is None or gradient:
        return None
    if bound == "elk":
        return lambda: np_elk.estimate(*arrays)
    return lambda: np_pairwise.estimate(*arrays, dist="kl" if bound == "kl" else "chernoff")


def by_torch(bound: str, arrays, gradient: bool):
    """mixentropy.pth on two copies."""
    if torch is None:
        return None
    tensors = [torch.from_numpy(np.stack([a, a])).requires_grad_(gradient) for a in arrays]
    knobs = {} if bound == "elk" else {"dist": "kl" if bound == "kl" else "chernoff"}
    estimate = torch_elk.estimate if bound == "elk" else torch_pairwise.estimate

    def run():
        with torch.set_grad_enabled(gradient):
            values = estimate(*tensors, elem="gauss", **knobs)
        if not gradient:
            return float(values[0])
        for tensor in tensors:
            tensor.grad = None
        values.sum().backward()
        return values[0].item(), tuple(tensor.grad[0].numpy() for tensor in tensors)

    return run


WAYS = {"ours": ours, "mixentropy numpy": by_numpy, "mixentropy torch": by_torch}
SHARE = {"mixentropy torch": 0.5}  # of its time that one mixture costs


def ready(bound: str, k: int, d: int, gradient: bool) -> dict:
    """Every way that takes part."""
    runs = {name: way(bound, parts(k, d), gradient) for name, way in WAYS.items()}
    return {name: run for name, run in runs.items() if run is not None}


def agree(runs: dict, gradient: bool) -> None:
    """Demand the same value and gradient of all ways."""
    results = {name: run() for name, run in runs.items()}
    mine = jax.tree.leaves(results.pop("ours"))
    for name, theirs in results.items():
        for a, b in zip(mine, jax.tree.leaves(theirs), strict=True):
            gap = np.abs(np.asarray(a) - np.asarray(b)).max()
            if not gap <= AGREE[name]:
                raise SystemExit(f"{name} and ours differ by {gap:g}.")


# The machine --------------------------------------------------------------------------------------------------------


def limit(bound: str, k: int, d: int, gradient: bool, products: float, exponentials: float) -> float:
    """Seconds that the arithmetic takes at full speed.

    KL: one product of width d (d + 1) / 2 + d + 1, two more for its gradient. Others: L D L' of every unordered
    pair, d (d + 1) (d + 2) / 6 multiply-adds, and its inverse, d^3 / 2, for the gradient.
    """
    width = d * (d + 1) / 2 + d + 1
    if bound == "kl":
        return k * k * (width * (3 if gradient else 1) / products + 1 / exponentials)
    each = d * (d + 1) * (d + 2) / 6 + (d**3 / 2 if gradient else 0)
    return k * k / 2 * each / products + k * k / exponentials


def peak(way: str, bound: str, k: int, d: int, gradient: bool) -> str:
    """Megabytes that a second call adds to a fresh process: its workspace, without compiling."""
    command = [sys.executable, __file__, "--peak", way, bound, str(k), str(d), str(int(gradient))]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "failed"


def report_peak(way: str, bound: str, k: str, d: str, gradient: str) -> None:
    """Print what `peak` reads."""
    print(added_memory(WAYS[way](bound, parts(int(k), int(d)), bool(int(gradient)))))


def headline(rounds: int) -> list[Row]:
    """The rows of the table of targets: the faster of mixentropy's two halves."""
    configure("float64", cache=False)
    products, exponentials = rates(rounds, "float64")
    k, d = SIZES[-1]
    goals = {("kl", False): 150, ("kl", True): 70}
    rows = []
    for bound in BOUNDS:
        for gradient in (False, True):
            runs = ready(bound, k, d, gradient)
            agree(runs, gradient)
            seconds = {name: t * SHARE.get(name, 1.0) for name, t in interleave(runs, rounds).items()}
            mine = seconds.pop("ours")
            name = min(seconds, key=seconds.get) if seconds else "mixentropy"
            memory = tuple(int(peak(way, bound, k, d, gradient)) for way in ("ours", name)) if seconds else None
            rows.append(
                Row(
                    f"mixture {bound} {'value and gradient' if gradient else 'value'}, K = {k}, d = {d}", name, mine,
                    seconds.get(name), goals.get((bound, gradient), 10 if gradient else 50),
                    limit=limit(bound, k, d, gradient, products, exponentials), memory=memory,
                )
            )  # fmt: skip
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peak", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    configure("float64", cache=False)
    if options.peak:
        return report_peak(*options.peak)
    products, exponentials = rates(options.rounds, "float64")
    rows = []
    for k, d in SIZES:
        for bound in BOUNDS:
            for gradient in (False, True):
                runs = ready(bound, k, d, gradient)
                agree(runs, gradient)
                least = interleave(runs, options.rounds)
                least = {name: seconds * SHARE.get(name, 1.0) for name, seconds in least.items()}
                mine = least["ours"]
                best = limit(bound, k, d, gradient, products, exponentials)
                cells = [f"{bound}{' gradient' if gradient else ''}", f"{k}", f"{d}", f"{1e3 * mine:.2f}"]
                for name in list(WAYS)[1:]:
                    told = f"{1e3 * least[name]:.0f} ({least[name] / mine:.0f}x)" if name in least else "-"
                    cells.append(told)
                cells += [f"{1e3 * best:.2f} ({best / mine:.0%})"]
                cells += [" / ".join(peak(name, bound, k, d, gradient) for name in runs) if (k, d) == SIZES[1] else "-"]
                rows.append(cells)
    header = ["bound", "K", "d", "ours ms", *(f"{name} ms" for name in list(WAYS)[1:]), "limit ms", "peak MB"]
    print(table(header, rows))
    print(f"\n{machine(('numpy', 'jax', 'torch', 'mixentropy'))}")


if __name__ == "__main__":
    main()
