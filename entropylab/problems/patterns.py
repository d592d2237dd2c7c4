"""Batches of pattern states in [0, 1]: real digit images, prototype cells, cellular-automaton runs."""

from __future__ import annotations

from functools import cache

import numpy as np

DATA = ("cells", "digits", "patches 2x2", "patches 3x3", "patches 4x4", "automaton")
RULE = 110  # Wolfram's number of the automaton: 110 neither dies out nor fills up
STEPS = 32


def pattern_states(
    data: str, *, samples: int, cells: int, prototypes: int, noise: float, spread: float, seed: int
) -> np.ndarray:
    """States (samples, cells) in [0, 1], float64: binary patterns, some cells flipped, then spread inwards.

    `noise` is the probability that a cell flips (for the automaton: at every step of the run).
    `spread` draws every cell from a width of that size at its end of [0, 1]; 0 leaves exact bits, above
    1/2 some cells cross the threshold. `cells` and `prototypes` matter where the data set does not fix them.
    Errors: ValueError for unknown data, sizes below 1, noise or spread outside [0, 1], and more samples than a real
    data set holds.
    """
    _check(samples=samples, cells=cells, prototypes=prototypes, noise=noise, spread=spread)
    rng = np.random.default_rng(seed)
    if data == "cells":
        bits = rng.integers(0, 2, (prototypes, cells))[rng.integers(0, prototypes, samples)]
    elif data == "automaton":
        bits = _automaton(rng, samples, cells, noise)
    elif data in DATA:
        bits = _digits(rng, data, samples)
    else:
        raise ValueError(f"data must be one of {', '.join(DATA)}: got {data!r}.")
    if data != "automaton":
        bits = bits ^ (rng.random(bits.shape) < noise)
    inward = spread * rng.random(bits.shape)
    return np.where(bits, 1 - inward, inward)


def _check(noise, spread, **sizes):
    for name, size in sizes.items():
        if size != int(size) or size < 1:
            raise ValueError(f"{name} must be a whole number above 0: got {size!r}.")
    for name, share in {"noise": noise, "spread": spread}.items():
        if not 0 <= share <= 1:
            raise ValueError(f"{name} must lie in [0, 1]: got {share!r}.")


def pattern_width(data: str, cells: int) -> int:
    """How many cells a pattern of `data` has."""
    return {"digits": 64, "patches 2x2": 4, "patches 3x3": 9, "patches 4x4": 16}.get(data, cells)


@cache
def _images() -> np.ndarray:
    """scikit-learn's digits (1797, 8, 8) as bits: ink above half of full intensity."""
    from sklearn.datasets import load_digits

    return (load_digits().images > 8).astype(np.int64)


def _digits(rng, data, samples):
    images = _images()
    side = 8 if data == "digits" else int(data[-1])
    patches = np.lib.stride_tricks.sliding_window_view(images, (side, side), axis=(1, 2)).reshape(-1, side * side)
    if samples > len(patches):
        raise ValueError(f"{data} holds {len(patches)} patterns: got samples={samples}; lower samples.")
    return patches[rng.permutation(len(patches))[:samples]]


def _automaton(rng, samples, cells, noise):
    """Every run starts from the same single cell on a ring; `noise` flips cells at every step."""
    rule = np.array([(RULE >> i) & 1 for i in range(8)])
    state = np.zeros((samples, cells), dtype=np.int64)
    state[:, cells // 2] = 1
    for _ in range(STEPS):
        state = rule[4 * np.roll(state, 1, 1) + 2 * state + np.roll(state, -1, 1)]
        state = state ^ (rng.random(state.shape) < noise)
    return state
