"""Soft against hard reproducibility entropy of a batch of patterns, over temperature and bandwidth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import xarray as xr

from entropylab.estimators.patterns.curves import (
    leakage_entropy,
    soft_match_curve,
    soft_match_errors,
    soft_match_gradients,
    soft_match_map,
    soft_match_temperatures,
)
from entropylab.estimators.patterns.entropy import distinct_patterns, pattern_entropy
from entropylab.knobs import BANDWIDTH, SEED, TEMPERATURE, Knob, knob
from entropylab.numerics.discrete.relaxations import leakage_probability
from entropylab.problems.patterns import DATA, pattern_states
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.experiment import Experiment, stage
from entropylab.studies.core.question import Question

SIZES = (64, 128, 256, 512, 1024, 2048, 4096)
SHOWN = 128  # rows of a picture: more than a screen shows, few enough to send at every move
TEMPERATURES = np.geomspace(TEMPERATURE.low, TEMPERATURE.high, 25)
BANDWIDTHS = np.geomspace(BANDWIDTH.low, BANDWIDTH.high, 33)
MAP_TEMPERATURES = np.geomspace(TEMPERATURE.low, TEMPERATURE.high, 20)
MAP_BANDWIDTHS = np.geomspace(BANDWIDTH.low, BANDWIDTH.high, 20)


@dataclass(frozen=True, repr=False)
class Patterns(Question):
    """Which batch of patterns, and how softly it is looked at."""

    data: str = knob(Knob("X", "Where the patterns come from.", "cells", stops=DATA))
    temperature: float = knob(TEMPERATURE)
    bandwidth: float = knob(BANDWIDTH)
    samples: int = knob(Knob("n", "Patterns in the batch: no entropy estimate can exceed log n.", 512, stops=SIZES))
    cells: int = knob(Knob("d", "Cells of a pattern, where the data do not fix them.", 16, stops=(2, 4, 8, 16, 32, 64)))
    prototypes: int = knob(
        Knob("m", "Patterns before noise: without noise the entropy is about log m.", 8, stops=(1, 2, 4, 8, 16, 32, 64))
    )
    noise: float = knob(Knob("p", "Probability that a cell flips (automaton: at every step).", 0.01, 0.0, 0.5))
    spread: float = knob(
        Knob("w", "How far cells stray from 0 and 1: above one half some cross the threshold.", 0.2, 0.0, 1.0)
    )
    seed: int = knob(SEED)


BATCH = ("data", "samples", "cells", "prototypes", "noise", "spread", "seed")
OVER = "1.96 standard errors over samples"


@stage(*BATCH, "temperature", "bandwidth")
def entropies(knobs) -> xr.Dataset:
    """Both entropies at the chosen temperature and bandwidth, and what the batch looks like there."""
    states, order, distinct = _batch(*_batch_knobs(knobs))
    softness = {"temperature": knobs.temperature, "bandwidth": knobs.bandwidth}
    found = soft_match_errors(states, **softness)
    n = len(states)
    shown = order[np.linspace(0, n - 1, min(n, SHOWN)).round().astype(int)]
    soft = 1 / (1 + np.exp(-knobs.temperature * (states[shown] - 0.5)))
    squares = (soft**2).sum(1)[:, None] + (soft**2).sum(1)[None] - 2 * soft @ soft.T
    counts = {kind: n * np.exp(-found[kind][shown]) for kind in ("surprise", "hard_surprise")}
    kappa, width = float(leakage_probability(knobs.temperature, knobs.bandwidth)), states.shape[1]
    leaked = leakage_entropy(states, **softness) if knobs.spread == 0 else np.nan
    decided = np.abs(states - 0.5).mean(1)
    jackknife = "1.96 standard errors, infinitesimal jackknife over samples"
    return xr.Dataset(
        {
            "soft": ((), found["soft"], entropy_attributes("soft entropy", interval=jackknife)),
            "soft_error": ((), found["soft_error"], entropy_attributes("standard error of the soft entropy")),
            "hard": ((), found["hard"], entropy_attributes("hard entropy", interval=jackknife)),
            "hard_error": ((), found["hard_error"], entropy_attributes("standard error of the hard entropy")),
            "gap": ((), found["gap"], entropy_attributes("soft minus hard entropy", interval=jackknife)),
            "gap_error": ((), found["gap_error"], entropy_attributes("standard error of the gap")),
            "ceiling": ((), np.log(n), entropy_attributes("log n")),
            "leaked": ((), leaked, entropy_attributes("soft entropy by the leakage formula")),
            "leakage": ((), kappa, attributes("leakage of one cell")),
            "margin": ((), decided.mean(), attributes("mean distance of a state from 1/2", interval=OVER)),
            "margin_error": ((), decided.std(ddof=1) / np.sqrt(n), attributes("standard error of that distance")),
            "distinct": ((), distinct, attributes("distinct patterns")),
            "pattern": (("row", "cell"), soft, attributes("soft pattern")),
            "kernel": (
                ("row", "column"),
                np.exp(-np.maximum(squares, 0) / (2 * knobs.bandwidth**2)),
                attributes("kernel"),
            ),
            "soft_count": ("row", counts["surprise"], attributes("soft count", "samples")),
            "hard_count": ("row", counts["hard_surprise"], attributes("hard count", "samples")),
            "kernel_at_distance": (
                "hamming",
                kappa ** np.arange(width + 1.0),
                attributes("kernel at Hamming distance"),
            ),
            "pairs_at_distance": (
                "hamming",
                _distances(states[shown]),
                attributes("share of pairs at Hamming distance"),
            ),
        },
    )


@stage(*BATCH, "temperature")
def over_bandwidth(knobs) -> xr.Dataset:
    """Soft entropy over bandwidth at the chosen temperature: one pass of distances for all bandwidths."""
    states, *_ = _batch(*_batch_knobs(knobs))
    soft, error = soft_match_curve(states, temperature=knobs.temperature, bandwidths=BANDWIDTHS)
    return xr.Dataset(
        {
            "soft_over_bandwidth": ("bandwidth", soft, entropy_attributes("soft entropy")),
            "error_over_bandwidth": ("bandwidth", error, entropy_attributes("standard error of the soft entropy")),
        },
        coords={"bandwidth": ("bandwidth", BANDWIDTHS, attributes("bandwidth"))},
    )


@stage(*BATCH, "bandwidth")
def over_temperature(knobs) -> xr.Dataset:
    """Soft entropy over temperature at the chosen bandwidth."""
    states, *_ = _batch(*_batch_knobs(knobs))
    soft, error = soft_match_temperatures(states, temperatures=TEMPERATURES, bandwidth=knobs.bandwidth)
    return xr.Dataset(
        {
            "soft_over_temperature": ("temperature", soft, entropy_attributes("soft entropy")),
            "error_over_temperature": ("temperature", error, entropy_attributes("standard error of the soft entropy")),
        },
        coords={"temperature": ("temperature", TEMPERATURES, attributes("temperature"))},
    )


@stage(*BATCH, "bandwidth")
def steepness(knobs) -> xr.Dataset:
    """The size of the soft entropy's gradient over temperature at the chosen bandwidth."""
    states, *_ = _batch(*_batch_knobs(knobs))
    gradient = soft_match_gradients(states, temperatures=TEMPERATURES, bandwidth=knobs.bandwidth)
    return xr.Dataset(
        {"gradient": ("temperature", gradient, entropy_attributes("root mean square of n dH/ds"))},
        coords={"temperature": ("temperature", TEMPERATURES, attributes("temperature"))},
    )


@stage(*BATCH)
def bias_map(knobs) -> xr.Dataset:
    """Soft minus hard entropy over temperature and bandwidth."""
    states, *_ = _batch(*_batch_knobs(knobs))
    soft = soft_match_map(states, temperatures=MAP_TEMPERATURES, bandwidths=MAP_BANDWIDTHS)
    gap = soft - pattern_entropy(states)
    return xr.Dataset(
        {"bias": (("map_temperature", "map_bandwidth"), gap, entropy_attributes("soft minus hard entropy"))},
        coords={
            "map_temperature": ("map_temperature", MAP_TEMPERATURES, attributes("temperature")),
            "map_bandwidth": ("map_bandwidth", MAP_BANDWIDTHS, attributes("bandwidth")),
        },
    )


def _distances(states):
    """Share of the pairs of different rows at every Hamming distance of their hard patterns, 0 to d."""
    signs = np.where(states >= 0.5, 1.0, -1.0)
    width = states.shape[1]
    pairs = np.triu_indices(len(signs), 1)
    distance = np.rint((width - signs @ signs.T) / 2).astype(int)[pairs]
    return np.bincount(distance, minlength=width + 1) / len(distance)


def _batch_knobs(knobs):
    return tuple(getattr(knobs, name) for name in BATCH)


@lru_cache(maxsize=32)
def _batch(*values) -> tuple[np.ndarray, np.ndarray, int]:
    """The states of a batch, the order that puts equal patterns side by side, and how many differ."""
    states = pattern_states(**dict(zip(BATCH, values, strict=True)))
    _, inverse, counts = distinct_patterns(states)
    return states, np.lexsort((inverse, -counts[inverse])), len(counts)


patterns = Experiment(
    "patterns",
    Patterns,
    "Soft against hard reproducibility entropy over temperature and bandwidth.",
    stages=(
        entropies,
        over_bandwidth,
        over_temperature,
        steepness,
        bias_map,
    ),
)
