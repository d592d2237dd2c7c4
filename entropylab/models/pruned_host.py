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
from numba import njit

from entropylab.models.lane_layers import HIDDEN, WIDE, Block, columns, eight, finish, norm
from entropylab.models.transformer import Size
from entropylab.numerics import lane_rows
from entropylab.numerics.lanes import address
from entropylab.numerics.short_lanes import (
    WIDTH,
    add,
    beyond,
    fused,
    load,
    product,
    quotient,
    splat,
    store,
)
from entropylab.numerics.threads import share

HEADS = Size._field_defaults["heads"]
DEPTH = WIDE // HEADS
SCORES = 16  # ten digits, and columns that are never the largest: a product makes eight columns at a time


class Ends(NamedTuple):
    """The last norm and the scores' columns (models, entries)."""

    scale: np.ndarray
    shift: np.ndarray
    head: np.ndarray
    head_shift: np.ndarray


class Begun(NamedTuple):
    """Models before anything is pruned: tokens, attention and values of the first layer, images in lanes.

    (groups, tokens, width, lanes), (groups, heads, tokens, tokens, lanes) and (groups, heads, tokens, width / heads,
    lanes); all groups of one model come before those of the next. The last group of a model repeats its first images.
    """

    tokens: np.ndarray
    attention: np.ndarray
    values: np.ndarray
    blocks: tuple[Block, Block]
    ends: Ends


def in_lanes(table: np.ndarray) -> np.ndarray:
    """(models, n, ...) as (groups, ..., lanes) in float32."""
    models, n = table.shape[:2]
    groups = -(-n // WIDTH)
    filled = np.take(np.asarray(table, np.float32), np.arange(groups * WIDTH) % n, axis=1)
    apart = filled.reshape(models * groups, WIDTH, *table.shape[2:])
    return np.ascontiguousarray(np.moveaxis(apart, 1, -1))


def begun(weights: dict, tokens, attention, values) -> Begun:
    """From the weights of several models, and what their first layers hold (models, n, ...)."""
    flat = lambda table: np.ascontiguousarray(np.asarray(table, np.float32).reshape(len(table), -1))  # noqa: E731
    blocks = tuple(Block(*(flat(weights["blocks"][name][:, number]) for name in Block._fields)) for number in range(2))
    head, shift = (np.asarray(weights[name], np.float32) for name in ("head", "head_shift"))
    more = SCORES - head.shape[-1]
    ends = Ends(
        flat(weights["norm_scale"]), flat(weights["norm_shift"]), flat(np.pad(head, ((0, 0), (0, 0), (0, more)))),
        flat(np.pad(shift, ((0, 0), (0, more)), constant_values=-np.inf)),
    )  # fmt: skip
    return Begun(in_lanes(tokens), in_lanes(attention), in_lanes(values), blocks, ends)


def scores_and_zeros(
    start: Begun, kind: int, k, threshold: float, keep: int, n: int
) -> tuple[Float[np.ndarray, "models n classes"], Float[np.ndarray, " models"]]:
    """Scores of every image, and the share of zeros among all attention weights of a model.

    `kind` is the map's number in `attention_terms.MAPS`, `k` (models,) what the map "top-k" keeps.
    """
    models, groups, tokens = len(k), len(start.tokens), start.tokens.shape[1]
    scores, left = np.empty((groups, SCORES, WIDTH), np.float32), np.empty((groups, WIDTH), np.float32)
    asked = kind, np.asarray(k, np.int64), float(threshold), min(int(keep), tokens)

    def some_groups(first, last):
        room = np.empty(((4 * tokens + 2) * WIDE + HIDDEN + 2 * tokens) * WIDTH, np.float32)
        _groups(
            first, last, groups // models, tokens, start.tokens, start.attention, start.values, *start.blocks,
            start.ends, *asked, room, scores, left,
        )  # fmt: skip

    share(some_groups, groups, 4)
    of_images = lambda table: np.moveaxis(table, -1, 1).reshape(models, -1, *table.shape[1:-1])[:, :n]  # noqa: E731
    weights = 2 * HEADS * tokens * tokens
    return of_images(scores), 1 - of_images(left).mean(1, dtype=np.float64) / weights


@njit(cache=True, nogil=True)
def _groups(
    first, last, of_model, n, tokens, attention, values, before, after, ends, kind, k, threshold, keep, own, scores,
    left,
):  # fmt: skip
    """Fill in the scores, and how many weights stay, of the groups from `first` to `last`; `own` is room to work in."""
    stream = address(own)
    part = beyond(stream, n * WIDE * WIDTH)
    mixed = beyond(part, 3 * n * WIDE * WIDTH)
    spare = beyond(mixed, WIDE * WIDTH)
    row = beyond(spare, (WIDE + HIDDEN) * WIDTH)
    room = beyond(row, n * WIDTH)
    for group in range(first, last):
        m, count = group // of_model, splat(0.0)
        token = beyond(address(tokens), group * n * WIDE * WIDTH)
        table = beyond(address(attention), group * HEADS * n * n * WIDTH)
        value = beyond(address(values), group * HEADS * n * DEPTH * WIDTH)
        for i in range(n):
            for h in range(HEADS):
                seen = beyond(table, (h * n + i) * n * WIDTH)
                count = add(count, lane_rows.prune(seen, row, n, threshold, keep, room))
                _mix(beyond(mixed, h * DEPTH * WIDTH), row, n, beyond(value, h * n * DEPTH * WIDTH), DEPTH)
            at = i * WIDE * WIDTH
            finish(beyond(stream, at), beyond(token, at), mixed, spare, before, m)
            norm(spare, beyond(stream, at), after.norm1_scale, after.norm1_shift, m)
            columns(beyond(part, 3 * at), spare, after.qkv, after.qkv_shift, m, WIDE, 3 * WIDE)
        for h in range(HEADS):
            keys = beyond(part, (WIDE + h * DEPTH) * WIDTH)
            for i in range(n):
                _products(row, beyond(part, (3 * i * WIDE + h * DEPTH) * WIDTH), keys, n)
                if kind == 1:
                    lane_rows.sparsemax(row, n)
                elif kind == 2:
                    lane_rows.entmax15(row, n)
                else:
                    lane_rows.softmax(row, n)
                if kind == 3:
                    lane_rows.prune(row, row, n, 0.0, k[m], room)
                    lane_rows.share(row, n)
                count = add(count, lane_rows.prune(row, row, n, threshold, keep, room))
                if i == 0:
                    _mix(beyond(mixed, h * DEPTH * WIDTH), row, n, beyond(keys, WIDE * WIDTH), 3 * WIDE)
        finish(stream, stream, mixed, spare, after, m)
        norm(spare, stream, ends.scale, ends.shift, m)
        columns(beyond(address(scores), group * SCORES * WIDTH), spare, ends.head, ends.head_shift, m, WIDE, SCORES)
        store(address(left), group * WIDTH, count)


@njit(cache=True, nogil=True)
def _mix(out, row, n, values, step):
    """Values that lie `step` lanes apart, weighted by a row over its sum."""
    a = b = c = d = e = f = g = h = whole = splat(0.0)
    for j in range(n):
        w, at = load(row, j * WIDTH), j * step * WIDTH
        whole = add(whole, w)
        a, b = fused(a, w, load(values, at)), fused(b, w, load(values, at + WIDTH))
        c, d = fused(c, w, load(values, at + 2 * WIDTH)), fused(d, w, load(values, at + 3 * WIDTH))
        e, f = fused(e, w, load(values, at + 4 * WIDTH)), fused(f, w, load(values, at + 5 * WIDTH))
        g, h = fused(g, w, load(values, at + 6 * WIDTH)), fused(h, w, load(values, at + 7 * WIDTH))
    part = quotient(splat(1.0), whole)
    eight(out, product(a, part), product(b, part), product(c, part), product(d, part),
           product(e, part), product(f, part), product(g, part), product(h, part))  # fmt: skip


@njit(cache=True, nogil=True)
def _products(row, query, keys, n):
    """Scores of one query with all keys."""
    a, b, c, d = load(query, 0), load(query, WIDTH), load(query, 2 * WIDTH), load(query, 3 * WIDTH)
    e, f, g, h = load(query, 4 * WIDTH), load(query, 5 * WIDTH), load(query, 6 * WIDTH), load(query, 7 * WIDTH)
    scale = splat(1 / math.sqrt(DEPTH))
    for j in range(n):
        at = 3 * j * WIDE * WIDTH
        s, t = product(a, load(keys, at)), product(b, load(keys, at + WIDTH))
        s, t = fused(s, c, load(keys, at + 2 * WIDTH)), fused(t, d, load(keys, at + 3 * WIDTH))
        s, t = fused(s, e, load(keys, at + 4 * WIDTH)), fused(t, f, load(keys, at + 5 * WIDTH))
        s, t = fused(s, g, load(keys, at + 6 * WIDTH)), fused(t, h, load(keys, at + 7 * WIDTH))
        store(row, j * WIDTH, product(add(s, t), scale))
