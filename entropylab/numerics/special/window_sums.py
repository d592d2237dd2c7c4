"""Sums over the windows of ranks of a sorted sample: O(n m) work in O(n) memory, a loop over the distance in rank."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def window_sums(x, m):
    """sum_j j x_(i+j) and sum_j (x_(i+j) - mean)^2 over j = -m..m, indices held at the ends."""
    return _forward(x, m)[0]


def scaled_window_sums(x, scales, m):
    """`window_sums` with the i-th pair in units of 1 / s_i and 1 / s_i^2, `scales` (n,); without derivative."""
    return _forward(x, m, scales)[0]


@partial(jax.jit, static_argnums=1)
def _forward(x, m, scales=None):
    n = x.shape[0]
    padded = jnp.pad(x, m, mode="edge")

    def add(j, sums):
        cross, first, second = sums
        # Differences from x_(i) itself: nothing cancels, wherever the data lie.
        up = _times(jax.lax.dynamic_slice(padded, (m + j,), (n,)) - x, scales)
        down = _times(jax.lax.dynamic_slice(padded, (m - j,), (n,)) - x, scales)
        return cross + j * (up - down), first + (up + down), second + (up**2 + down**2)

    cross, first, second = jax.lax.fori_loop(1, m + 1, add, (jnp.zeros_like(x),) * 3)
    return (cross, second - first**2 / (2 * m + 1)), (x, first / (2 * m + 1))


@partial(jax.jit, static_argnums=0)
def _backward(m, known, cotangents):
    """Every window gives j a_i + 2 b_i (x_(i+j) - mean_i) to the value at i + j, a and b the cotangents."""
    x, offset = known
    a, b = cotangents
    n = x.shape[0]
    padded = jnp.pad(x, m, mode="edge")
    centre = x + offset

    def add(j, total):
        pull = j.astype(x.dtype) * a + 2 * b * (jax.lax.dynamic_slice(padded, (m + j,), (n,)) - centre)
        here = jax.lax.dynamic_slice(total, (m + j,), (n,))
        return jax.lax.dynamic_update_slice(total, here + pull, (m + j,))

    total = jax.lax.fori_loop(-m, m + 1, add, jnp.zeros_like(padded))
    inside = total[m : n + m]
    return (inside.at[0].add(total[:m].sum()).at[-1].add(total[n + m :].sum()),)


def _times(x, scales):
    return x if scales is None else x * scales


window_sums.defvjp(_forward, _backward)
