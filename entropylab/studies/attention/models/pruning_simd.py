"""Answers and zeros of pruned vision transformers on a processor: thirty-two images in the lanes of one value.

What all thresholds have in common, up to the first layer's attention, is made once. From there on everything that
belongs to thirty-two images stays in the first two caches, where XLA writes and reads every table of attention some
ten times. Image after image the arithmetic is that of `pruned.maps`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from entropylab.kernels.compilation import njit
from entropylab.kernels.simd import rows
from entropylab.kernels.simd.f32 import F32_LANES, add, broadcast, div, fma, load, mul, offset_pointer, store
from entropylab.kernels.simd.ops import data_pointer
from entropylab.kernels.simd.parallel import parallel_for
from entropylab.studies.attention.models.transformer import Size
from entropylab.studies.attention.models.transformer_simd import (
    HIDDEN,
    WIDE,
    Block,
    matvec,
    matvec_eight,
    norm,
    residual_mlp,
)

HEADS = Size._field_defaults["heads"]
DEPTH = WIDE // HEADS
SCORES = 16  # ten digits, and columns that are never the largest: a product makes eight columns at a time


class Head(NamedTuple):
    """The last norm and the scores' columns (models, entries)."""

    scale: np.ndarray
    shift: np.ndarray
    head: np.ndarray
    head_shift: np.ndarray


class FirstLayers(NamedTuple):
    """Models before anything is pruned: tokens, attention and values of the first layer, images in lanes.

    (groups, tokens, width, lanes), (groups, heads, tokens, tokens, lanes) and (groups, heads, tokens, width / heads,
    lanes); all groups of one model come before those of the next. The last group of a model repeats its first images.
    """

    tokens: np.ndarray
    attention: np.ndarray
    values: np.ndarray
    blocks: tuple[Block, Block]
    ends: Head


def to_simd_layout(table: np.ndarray) -> np.ndarray:
    """(models, n, ...) as (groups, ..., lanes) in float32."""
    models, n = table.shape[:2]
    groups = -(-n // F32_LANES)
    filled = np.take(np.asarray(table, np.float32), np.arange(groups * F32_LANES) % n, axis=1)
    apart = filled.reshape(models * groups, F32_LANES, *table.shape[2:])
    return np.ascontiguousarray(np.moveaxis(apart, 1, -1))


def stack_first_layers(weights: dict, tokens, attention, values) -> FirstLayers:
    """From the weights of several models, and what their first layers hold (models, n, ...)."""
    flat = lambda table: np.ascontiguousarray(np.asarray(table, np.float32).reshape(len(table), -1))  # noqa: E731
    blocks = tuple(Block(*(flat(weights["blocks"][name][:, number]) for name in Block._fields)) for number in range(2))
    head, shift = (np.asarray(weights[name], np.float32) for name in ("head", "head_shift"))
    more = SCORES - head.shape[-1]
    ends = Head(
        flat(weights["norm_scale"]), flat(weights["norm_shift"]), flat(np.pad(head, ((0, 0), (0, 0), (0, more)))),
        flat(np.pad(shift, ((0, 0), (0, more)), constant_values=-np.inf)),
    )  # fmt: skip
    return FirstLayers(to_simd_layout(tokens), to_simd_layout(attention), to_simd_layout(values), blocks, ends)


def scores_and_zeros(
    start: FirstLayers, kind: int, k, threshold: float, keep: int, n: int
) -> tuple[Float[np.ndarray, "models n classes"], Float[np.ndarray, " models"]]:
    """Scores of every image, and the share of zeros among all attention weights of a model.

    `kind` is the map's number in `attention_terms.MAPS`, `k` (models,) what the map "top-k" keeps.
    """
    models, groups, tokens = len(k), len(start.tokens), start.tokens.shape[1]
    scores, left = np.empty((groups, SCORES, F32_LANES), np.float32), np.empty((groups, F32_LANES), np.float32)
    asked = kind, np.asarray(k, np.int64), float(threshold), min(int(keep), tokens)

    def some_groups(first, last):
        room = np.empty(((4 * tokens + 2) * WIDE + HIDDEN + 2 * tokens) * F32_LANES, np.float32)
        _groups(
            first, last, groups // models, tokens, start.tokens, start.attention, start.values, *start.blocks,
            start.ends, *asked, room, scores, left,
        )  # fmt: skip

    parallel_for(some_groups, groups, 4)
    of_images = lambda table: np.moveaxis(table, -1, 1).reshape(models, -1, *table.shape[1:-1])[:, :n]  # noqa: E731
    weights = 2 * HEADS * tokens * tokens
    return of_images(scores), 1 - of_images(left).mean(1, dtype=np.float64) / weights


@njit(cache=True, nogil=True)
def _groups(
    first, last, of_model, n, tokens, attention, values, before, after, ends, kind, k, threshold, keep, own, scores,
    left,
):  # fmt: skip
    """Fill in the scores, and how many weights stay, of the groups from `first` to `last`; `own` is room to work in."""
    stream = data_pointer(own)
    part = offset_pointer(stream, n * WIDE * F32_LANES)
    mixed = offset_pointer(part, 3 * n * WIDE * F32_LANES)
    spare = offset_pointer(mixed, WIDE * F32_LANES)
    row = offset_pointer(spare, (WIDE + HIDDEN) * F32_LANES)
    room = offset_pointer(row, n * F32_LANES)
    for group in range(first, last):
        m, count = group // of_model, broadcast(0.0)
        token = offset_pointer(data_pointer(tokens), group * n * WIDE * F32_LANES)
        table = offset_pointer(data_pointer(attention), group * HEADS * n * n * F32_LANES)
        value = offset_pointer(data_pointer(values), group * HEADS * n * DEPTH * F32_LANES)
        for i in range(n):
            for h in range(HEADS):
                seen = offset_pointer(table, (h * n + i) * n * F32_LANES)
                count = add(count, rows.prune(seen, row, n, threshold, keep, room))
                _attend(
                    offset_pointer(mixed, h * DEPTH * F32_LANES),
                    row,
                    n,
                    offset_pointer(value, h * n * DEPTH * F32_LANES),
                    DEPTH,
                )
            at = i * WIDE * F32_LANES
            residual_mlp(offset_pointer(stream, at), offset_pointer(token, at), mixed, spare, before, m)
            norm(spare, offset_pointer(stream, at), after.norm1_scale, after.norm1_shift, m)
            matvec(offset_pointer(part, 3 * at), spare, after.qkv, after.qkv_shift, m, WIDE, 3 * WIDE)
        for h in range(HEADS):
            keys = offset_pointer(part, (WIDE + h * DEPTH) * F32_LANES)
            for i in range(n):
                _products(row, offset_pointer(part, (3 * i * WIDE + h * DEPTH) * F32_LANES), keys, n)
                if kind == 1:
                    rows.sparsemax(row, n)
                elif kind == 2:
                    rows.entmax15(row, n)
                else:
                    rows.softmax(row, n)
                if kind == 3:
                    rows.prune(row, row, n, 0.0, k[m], room)
                    rows.normalize_rows(row, n)
                count = add(count, rows.prune(row, row, n, threshold, keep, room))
                if i == 0:
                    _attend(
                        offset_pointer(mixed, h * DEPTH * F32_LANES),
                        row,
                        n,
                        offset_pointer(keys, WIDE * F32_LANES),
                        3 * WIDE,
                    )
        residual_mlp(stream, stream, mixed, spare, after, m)
        norm(spare, stream, ends.scale, ends.shift, m)
        matvec(
            offset_pointer(data_pointer(scores), group * SCORES * F32_LANES),
            spare,
            ends.head,
            ends.head_shift,
            m,
            WIDE,
            SCORES,
        )
        store(data_pointer(left), group * F32_LANES, count)


@njit(cache=True, nogil=True)
def _attend(out, row, n, values, step):
    """Values that lie `step` lanes apart, weighted by a row over its sum."""
    a = b = c = d = e = f = g = h = whole = broadcast(0.0)
    for j in range(n):
        w, at = load(row, j * F32_LANES), j * step * F32_LANES
        whole = add(whole, w)
        a, b = fma(a, w, load(values, at)), fma(b, w, load(values, at + F32_LANES))
        c, d = fma(c, w, load(values, at + 2 * F32_LANES)), fma(d, w, load(values, at + 3 * F32_LANES))
        e, f = fma(e, w, load(values, at + 4 * F32_LANES)), fma(f, w, load(values, at + 5 * F32_LANES))
        g, h = fma(g, w, load(values, at + 6 * F32_LANES)), fma(h, w, load(values, at + 7 * F32_LANES))
    part = div(broadcast(1.0), whole)
    matvec_eight(out, mul(a, part), mul(b, part), mul(c, part), mul(d, part),
           mul(e, part), mul(f, part), mul(g, part), mul(h, part))  # fmt: skip


@njit(cache=True, nogil=True)
def _products(row, query, keys, n):
    """Scores of one query with all keys."""
    a, b, c, d = load(query, 0), load(query, F32_LANES), load(query, 2 * F32_LANES), load(query, 3 * F32_LANES)
    e, f, g, h = (
        load(query, 4 * F32_LANES),
        load(query, 5 * F32_LANES),
        load(query, 6 * F32_LANES),
        load(query, 7 * F32_LANES),
    )
    scale = broadcast(1 / math.sqrt(DEPTH))
    for j in range(n):
        at = 3 * j * WIDE * F32_LANES
        s, t = mul(a, load(keys, at)), mul(b, load(keys, at + F32_LANES))
        s, t = fma(s, c, load(keys, at + 2 * F32_LANES)), fma(t, d, load(keys, at + 3 * F32_LANES))
        s, t = fma(s, e, load(keys, at + 4 * F32_LANES)), fma(t, f, load(keys, at + 5 * F32_LANES))
        s, t = fma(s, g, load(keys, at + 6 * F32_LANES)), fma(t, h, load(keys, at + 7 * F32_LANES))
        store(row, j * F32_LANES, mul(add(s, t), scale))
