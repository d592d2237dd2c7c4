"""Transformer blocks in plain pytrees, in float32: every attention map is returned, and may be changed before use."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

EPSILON = 1e-5  # below the variance of a layer norm: keeps a constant row finite


class Size(NamedTuple):
    """What fixes the shapes of a transformer, and so what is compiled."""

    tokens: int
    inputs: int
    classes: int
    width: int = 32
    layers: int = 2
    heads: int = 4
    hidden: int = 64


def normals(keys: jax.Array, *wanted: tuple[float, tuple[int, ...]]) -> list[jax.Array]:
    """A table of normal numbers for each key: (standard deviation, shape) of each.

    They are those of `jax.random.normal` in the table's own shape, whose digits do not depend on the shape; its
    program is compiled once instead of for every shape.
    """
    most = max(math.prod(shape) for _, shape in wanted)
    drawn = jax.vmap(lambda key: jax.random.normal(key, (most,), jnp.float32))(keys)
    drawn = lax.optimization_barrier(drawn)  # a product joined with it would round otherwise
    return [scale * row[: math.prod(shape)].reshape(shape) for row, (scale, shape) in zip(drawn, wanted, strict=True)]


def init_blocks(key, size: Size) -> dict[str, jax.Array]:
    """Random weights of all blocks, layers first; a projection keeps the variance of what it reads."""
    layers, width, hidden = size.layers, size.width, size.hidden
    planned = lambda rows, columns: (rows**-0.5, (layers, rows, columns))  # noqa: E731
    flat = lambda columns, value: jnp.full((layers, columns), value, jnp.float32)  # noqa: E731
    qkv, mix, inner, outer = normals(
        jax.random.split(key, 4), planned(width, 3 * width), planned(width, width), planned(width, hidden),
        planned(hidden, width),
    )  # fmt: skip
    return {
        "norm1_scale": flat(width, 1), "norm1_shift": flat(width, 0),
        "qkv": qkv, "qkv_shift": flat(3 * width, 0),
        "mix": mix, "mix_shift": flat(width, 0),
        "norm2_scale": flat(width, 1), "norm2_shift": flat(width, 0),
        "inner": inner, "inner_shift": flat(hidden, 0),
        "outer": outer, "outer_shift": flat(width, 0),
    }  # fmt: skip


def norm(x, scale, shift):
    """Layer norm of the last axis."""
    centred = x - x.mean(-1, keepdims=True)
    return centred * lax.rsqrt((centred**2).mean(-1, keepdims=True) + EPSILON) * scale + shift


def apply_blocks(blocks, x, heads: int, rows: Callable, causal: bool = False):
    """Tokens (b, n, width) after all blocks, and the attention (layers, b, heads, n, n) that they used.

    `rows` maps scores to attention weights: a softmax, a sparse one, either with pruning after it. `causal` sets the
    scores of later tokens to -inf before.
    """

    def block(x, w):
        attention, values = attend(x, w, heads, rows, causal)
        return residual_mlp(x, attention @ values, w), attention

    return lax.scan(block, x, blocks)


def prepend_class_token(blocks, x, heads: int, rows: Callable):
    """Token 0 (b, 1, width) after all blocks, and all attention: `apply_blocks` without what token 0 does not read."""
    x, attention = apply_blocks(jax.tree.map(lambda w: w[:-1], blocks), x, heads, rows)
    last = layer(blocks, -1)
    table, values = attend(x, last, heads, rows)
    return residual_mlp(x[:, :1], table[..., :1, :] @ values, last), jnp.concatenate([attention, table[None]])


def layer(blocks, number: int) -> dict[str, jax.Array]:
    """The weights of one block."""
    return {name: w[number] for name, w in blocks.items()}


def attend(x, w, heads, rows, causal=False):
    """Of one block: attention (b, heads, n, n) and values (b, heads, n, width / heads)."""
    b, n, width = x.shape
    parts = norm(x, w["norm1_scale"], w["norm1_shift"]) @ w["qkv"] + w["qkv_shift"]
    q, k, v = jnp.moveaxis(parts.reshape(b, n, 3, heads, width // heads), (2, 3), (0, 2))
    scores = (q @ jnp.swapaxes(k, -1, -2)) * (width // heads) ** -0.5
    later = jnp.arange(n)[None, :] > jnp.arange(n)[:, None]
    return rows(jnp.where(later, -jnp.inf, scores) if causal else scores), v


def residual_mlp(x, mixed, w):
    """Tokens after what their heads have read (b, heads, n, width / heads) and after the hidden layer."""
    x = x + jnp.moveaxis(mixed, 1, 2).reshape(x.shape) @ w["mix"] + w["mix_shift"]
    inner = jax.nn.gelu(norm(x, w["norm2_scale"], w["norm2_shift"]) @ w["inner"] + w["inner_shift"])
    return x + inner @ w["outer"] + w["outer_shift"]
