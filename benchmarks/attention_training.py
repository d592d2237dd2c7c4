"""Training steps with every attention map and penalty against dense ones, and the parts of the ball entropy.

python benchmarks/attention_training.py
The seed claims a training 1.8 times as fast (table 5), 8 to 18 % slower (table 8), and 58 % of the entropy's time in
pairwise distances (table 15). The limit is 1: a penalty is computed beside all that dense attention computes.
"""

from __future__ import annotations

import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np

from entropylab import device
from entropylab.estimators.partitions import ball_memberships
from entropylab.models import image_training, language, trained, vit
from entropylab.numerics import simplex
from entropylab.problems.digit_images import image_fold

ROUNDS = 7


def median_ms(run, steps: int) -> tuple[float, float]:
    """Median and spread over rounds of the milliseconds of a step."""
    run()
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        jax.block_until_ready(run())
        times.append(1e3 * (time.perf_counter() - begun) / steps)
    return statistics.median(times), (max(times) - min(times)) / 2


def main() -> None:
    device.configure()
    fold = image_fold("digits", 0)
    data = image_training.images(vit.patches(fold.images), fold.labels.astype(np.int32))
    image, text = image_training.begin(0, 17), language.begin(0)
    print(f"{'method':16} {'image step [ms]':>18} {'ratio':>6} {'text step [ms]':>18} {'tokens/s':>9} {'ratio':>6}")
    dense = None
    for name, method in trained.METHODS.items():
        pictures = median_ms(lambda m=method: image_training.advance(image, data, m, 700, 20)[0].weights["head"], 20)
        letters = median_ms(lambda m=method: language.advance(text, m._replace(k=32), 300, 4)[0].weights["head"], 4)
        dense = dense or (pictures[0], letters[0])
        speed = language.LENGTH * language.BATCH / letters[0] * 1e3
        print(f"{name:16} {pictures[0]:9.2f} ± {pictures[1]:5.2f} {dense[0] / pictures[0]:7.2f} {letters[0]:10.1f} ± "
              f"{letters[1]:5.1f} {speed:9.0f} {dense[1] / letters[0]:6.2f}")  # fmt: skip
    profile()


def profile(n: int = 256, k: int = 16, rows: int = 32) -> None:
    """Table 15: shares of the ball entropy of `rows` maps of n x n, its distances and their softmax included."""
    rng = np.random.default_rng(0)
    positions, anchors = jnp.asarray(rng.random((n, 2))), jnp.asarray(rng.random((k, 2)))
    weights = jax.nn.softmax(jnp.asarray(rng.normal(size=(rows, n, n))), -1)
    shares = ball_memberships(positions, anchors, sharpness=5.0)
    pool = jax.jit(lambda w, p: w @ p)
    pooled = pool(weights, shares)
    entropy = jax.jit(simplex.entropy)
    parts = {
        "distances and softmax (once for all maps)": lambda: ball_memberships(positions, anchors, sharpness=5.0),
        "mass over balls": lambda: pool(weights, shares),
        "entropy": lambda: entropy(pooled),
    }
    times = {name: median_ms(run, 1)[0] for name, run in parts.items()}
    print(f"\nball entropy of {rows} maps of {n} x {n}, {k} balls")
    for name, took in times.items():
        print(f"{name:44} {took:8.3f} ms {took / sum(times.values()):6.0%}")


if __name__ == "__main__":
    main()
