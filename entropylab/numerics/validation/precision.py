"""The precision that JAX computes in."""

from __future__ import annotations

import contextlib

import jax


def float64() -> contextlib.AbstractContextManager:
    """A context in which JAX computes in float64, for this thread; free where it does so by default."""
    if jax.config.jax_enable_x64:
        return contextlib.nullcontext()
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    from jax.experimental import enable_x64  # where JAX kept it before 0.8

    return enable_x64(True)
