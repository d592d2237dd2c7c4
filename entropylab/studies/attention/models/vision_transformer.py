"""A small vision transformer: square patches and a class token in, scores and every attention map out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from entropylab.studies.attention.models.transformer import Size, init_blocks, norm, normals, prepend_class_token

PATCH = 2  # pixels along a side of a patch
HEADS = Size._field_defaults["heads"]


def size(side: int, classes: int = 10) -> Size:
    """Shapes for images of `side` x `side` pixels."""
    return Size(tokens=(side // PATCH) ** 2 + 1, inputs=PATCH * PATCH, classes=classes)


def patches(images: np.ndarray) -> np.ndarray:
    """Images (b, side, side) as patches (b, (side / 2)^2, 4), row by row, in float32."""
    b, side, _ = images.shape
    cut = images.reshape(b, side // PATCH, PATCH, side // PATCH, PATCH).swapaxes(2, 3)
    return np.ascontiguousarray(cut.reshape(b, -1, PATCH * PATCH), dtype=np.float32)


@partial(jax.jit, static_argnames="size")
def init(key, size: Size, place=0.5) -> dict:
    """Random weights: a table of arrays, those of the blocks under "blocks".

    `place` is the standard deviation of the position embedding; 0.5 is about that of an embedded patch.
    """
    *keys, e = jax.random.split(key, 5)
    patch, first, places, head = normals(
        jnp.stack(keys), (size.inputs**-0.5, (size.inputs, size.width)), (0.5, (size.width,)),
        (place, (size.tokens, size.width)), (size.width**-0.5, (size.width, size.classes)),
    )  # fmt: skip
    return {
        "patch": patch,
        "patch_shift": jnp.zeros(size.width, jnp.float32),
        "class": first,
        "place": places,
        "norm_scale": jnp.ones(size.width, jnp.float32),
        "norm_shift": jnp.zeros(size.width, jnp.float32),
        "head": head,
        "head_shift": jnp.zeros(size.classes, jnp.float32),
        "blocks": init_blocks(e, size),
    }


def apply(weights: dict, patches, rows: Callable = jax.nn.softmax, heads: int = HEADS):
    """Scores (b, classes) of images cut into `patches` (b, n - 1, 4), and attention (layers, b, heads, n, n).

    Token 0 is the class token. `rows` maps attention scores to weights.
    """
    x, attention = prepend_class_token(weights["blocks"], embed(weights, patches), heads, rows)
    return scores(weights, x), attention


def embed(weights, patches):
    """The class token and the patches, each where it stands: (b, n, width)."""
    x = patches @ weights["patch"] + weights["patch_shift"]
    first = jnp.broadcast_to(weights["class"], (x.shape[0], 1, x.shape[2]))
    return jnp.concatenate([first, x], axis=1) + weights["place"]


def scores(weights, x):
    """Scores (b, classes) by the class token of x (b, n, width) after all blocks."""
    last = norm(x[:, 0], weights["norm_scale"], weights["norm_shift"])
    return last @ weights["head"] + weights["head_shift"]
