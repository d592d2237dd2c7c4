"""Rates of one thread, in the cache: products, and exponentials by the faster of XLA and our own powers of two."""

from __future__ import annotations

import numpy as np
from numba import njit
from timing import interleave

from entropylab.kernels.simd import exp2, f32, ops

NUMBERS = 1 << 16  # of XLA's tile
PASSES = 50
SMALL = 2048  # of ours


def rates(rounds: int, kind: str) -> tuple[float, float]:
    """Multiply-adds and exponentials a second in `kind` "float32" or "float64"."""
    import jax
    import jax.numpy as jnp

    a = jnp.ones((1024, 1024), kind)
    product = jax.jit(lambda a: a @ a)
    seconds = interleave({"product": lambda: product(a).block_until_ready()}, 3 * rounds)["product"]
    return 1024**3 / seconds, exponentials(3 * rounds, kind)


def exponentials(rounds: int, kind: str) -> float:
    """Exponentials a second in `kind`; both ways add up what they raise."""
    import jax
    import jax.numpy as jnp

    tile, numbers = jnp.linspace(-9, 0, NUMBERS, dtype=kind), np.linspace(0, 9, SMALL, dtype=kind)
    again = jax.jit(lambda t: jax.lax.fori_loop(0, PASSES, lambda i, s: s + jnp.exp(t - s * 1e-30).sum(), t[0] * 0))
    ours, times = _CLOCKS[kind], PASSES * NUMBERS // SMALL
    runs = {"XLA": lambda: again(tile).block_until_ready(), "ours": lambda: ours(numbers, times)}
    return PASSES * NUMBERS / min(interleave(runs, rounds).values())


def _clock(width, to_minus):
    @njit(nogil=True)
    def powers(numbers, times):
        found = ops.load(ops.data_pointer(numbers), 0)
        for _ in range(times):
            for i in range(0, len(numbers), width):
                found = ops.add(found, to_minus(ops.load(ops.data_pointer(numbers), i)))
        return ops.reduce_add(found)

    return powers


_CLOCKS = {
    "float32": _clock(f32.F32_LANES, f32.exp2_neg),
    "float64": _clock(ops.F64_LANES, exp2.exp2_neg_v),
}
