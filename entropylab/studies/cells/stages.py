"""Cellular automata trained to repeat their pattern by descending its soft entropy (reproducibility note)."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from jax import lax

from entropylab.estimators.patterns.curves import soft_match_map
from entropylab.estimators.patterns.entropy import pattern_entropy
from entropylab.knobs import BANDWIDTH, TEMPERATURE
from entropylab.studies.cells.loss import loss
from entropylab.studies.cells.measures import CURVES, LN2, compute_measures
from entropylab.studies.cells.parameters import LIVE, Cells
from entropylab.studies.cells.rule import Environment, Rule, apply, init
from entropylab.studies.core.attributes import attributes, entropy_attributes
from entropylab.studies.core.training import Training

EVERY = 10  # steps between two measurements
HELD_OUT_RUNS = 512  # held-out runs of the system at every measurement
SHOWN = 64  # of which a picture shows these
MAPPED = 128  # and these make the map of the bias
BINS = 20
MAP_TEMPERATURES = np.geomspace(TEMPERATURE.low, TEMPERATURE.high, 14)
MAP_BANDWIDTHS = np.geomspace(BANDWIDTH.low, BANDWIDTH.high, 14)
ANNEALED = 0.8  # share of the run after which temperature and bandwidth stay
OPTIMISER = optax.chain(optax.clip_by_global_norm(1.0), optax.scale_by_adam())


class TrainingState(NamedTuple):
    """The state of a run: steps done, rule, Adam's moments, training loss of every step, measurements so far."""

    step: int
    rule: Rule
    moments: Any
    losses: tuple[float, ...]
    curves: tuple[tuple[float, ...], ...]


class LiveParameters(NamedTuple):
    """The live knobs as traced numbers, and the world."""

    temperature: Any
    rise: Any
    bandwidth: Any
    narrowing: Any
    diversity: Any
    binariser: Any
    rate: Any
    world: Environment


def annealed(question: Cells, step):
    """Temperature and bandwidth at a step: geometric over the first 80 % of the run, then constant."""
    share = np.minimum(1.0, np.asarray(step) / (ANNEALED * question.steps))
    return question.temperature * question.rise**share, question.bandwidth * question.narrowing**-share


def start(question: Cells) -> TrainingState:
    """A random rule, measured."""
    rule = init(_key(question, 0))
    state = TrainingState(0, rule, OPTIMISER.init(rule), (), ())
    return state._replace(curves=(_curves(state, question),))


def advance(state: TrainingState, question: Cells, steps: int) -> TrainingState:
    """`steps` (at most EVERY) descents; fresh noise at every step, drawn from the seed and the step's number."""
    shape = (question.batch, question.cells, question.gradient)
    rule, moments, losses = _train(
        state.rule,
        state.moments,
        _key(question, 1),
        np.float32(question.steps),
        state.step,
        steps,
        _live_parameters(question),
        *shape,
    )
    losses = tuple(np.asarray(losses)[:steps].tolist())
    state = TrainingState(state.step + steps, rule, moments, state.losses + losses, state.curves)
    if not np.isfinite(losses).all():
        raise ValueError(f"the loss is no number any more before step {state.step}: lower the rate, then restart.")
    if state.step % EVERY == 0:
        state = state._replace(curves=(*state.curves, _curves(state, question)))
    return state


def picture(state: TrainingState, question: Cells) -> xr.Dataset:
    """What there is to see: held-out runs of the rule as it stands, and the curves up to here."""
    temperature, bandwidth = annealed(question, state.step)
    # Without a cue a ring cannot tell where a pattern begins: two shifts, or all 0 and all 1, cost log 2 at least.
    bound = 1 - 1 / question.cells if question.geometry == "ring" and question.cue == 0 else 1.0
    path = np.asarray(apply(state.rule, _key(question, 2), HELD_OUT_RUNS, question.cells, _world(question)), np.float64)
    curves, scalars, patterns = compute_measures(path[-1], float(temperature), float(bandwidth))
    marks = np.arange(0, question.steps + 1, EVERY)
    known = np.full((len(CURVES), len(marks)), np.nan)
    known[:, : len(state.curves)] = np.transpose(state.curves)
    losses = np.full(question.steps, np.nan)
    losses[: state.step] = state.losses
    temperatures, bandwidths = annealed(question, marks)
    seen = path[-1][:MAPPED]
    bias = soft_match_map(seen, temperatures=MAP_TEMPERATURES, bandwidths=MAP_BANDWIDTHS) - pattern_entropy(seen)
    over = {name: ("mark", known[i], attributes) for i, (name, attributes) in enumerate(CURVES.items())}
    return xr.Dataset(
        {
            "step": ((), state.step, attributes("step", "steps")),
            "length": ((), question.steps, attributes("steps of the run", "steps")),
            "temperature_now": ((), temperature, attributes("temperature")),
            "bandwidth_now": ((), bandwidth, attributes("bandwidth")),
            "bound": ((), bound, attributes("largest U [bits a cell]")),
            "least_loss": ((), -LN2 * question.diversity, entropy_attributes("least loss a cell")),
            "loss": ("descent", losses, entropy_attributes("training loss a cell")),
            "space_time": (("time", "cell"), path[:, 0], attributes("state")),
            "pattern": (("row", "cell"), path[-1][patterns.order[:SHOWN]], attributes("state")),
            "share": ("rank", patterns.shares, attributes("share of held-out runs")),
            "share_error": ("rank", patterns.errors, attributes("standard error of the share")),
            "density": (
                "bin",
                np.histogram(path[-1], BINS, (0, 1))[0] * BINS / path[-1].size,
                attributes("density of states"),
            ),
            "bias": (("map_temperature", "map_bandwidth"), bias, entropy_attributes("soft minus hard entropy")),
            **{f"{name}_curve": entry for name, entry in over.items()},
            **scalars,
        },
        coords={
            "mark": ("mark", marks.astype(float), attributes("step", "steps")),
            "temperature_path": ("mark", temperatures, attributes("temperature")),
            "bandwidth_path": ("mark", bandwidths, attributes("bandwidth")),
            "map_temperature": ("map_temperature", MAP_TEMPERATURES, attributes("temperature")),
            "map_bandwidth": ("map_bandwidth", MAP_BANDWIDTHS, attributes("bandwidth")),
        },
    )


cells = Training(
    "cells", Cells, "Cells that learn to repeat themselves: soft reproducibility entropy as a training loss.",
    start=start, advance=advance, picture=picture, length=lambda question: question.steps, live=LIVE, every=EVERY,
)  # fmt: skip


def held_out(rule: Rule, question: Cells, runs: int) -> np.ndarray:
    """Final states (runs, d) of the rule under noise that no training step and no picture has seen."""
    return np.asarray(apply(rule, _key(question, 3), runs, question.cells, _world(question))[-1], np.float64)


def _curves(state, question):
    temperature, bandwidth = annealed(question, state.step)
    states = np.asarray(
        apply(state.rule, _key(question, 2), HELD_OUT_RUNS, question.cells, _world(question))[-1], np.float64
    )
    return compute_measures(states, float(temperature), float(bandwidth))[0]


def _key(question, use):
    """Separate streams: 0 the first rule, 1 the training noise, 2 the held-out noise on show, 3 for reports."""
    return jax.random.fold_in(jax.random.key(question.seed), use)


def _world(question):
    ring, blind = question.geometry == "ring", question.sensing == "mean of both"
    return Environment(*(np.float32(number) for number in (ring, blind, question.noise, question.cue)))


def _live_parameters(question):
    names = LiveParameters._fields[:-1]
    return LiveParameters(*(np.float32(getattr(question, name)) for name in names), _world(question))


@partial(jax.jit, static_argnames=("batch", "cells", "gradient"))
def _train(rule, moments, key, length, first, steps, turned, batch, cells, gradient):
    """The rule and Adam's moments `steps` (traced, at most EVERY) later, and the loss of each step."""

    def cost(rule, step, share):
        noise, draws = jax.random.split(jax.random.fold_in(key, step))
        states = apply(rule, noise, batch, cells, turned.world)[-1]
        ramp = jnp.minimum(1.0, share / ANNEALED)
        temperature = turned.temperature * turned.rise**ramp
        bandwidth = turned.bandwidth * turned.narrowing**-ramp
        return loss(states, draws, temperature, bandwidth, turned.diversity, turned.binariser, gradient)

    def descend(i, carry):
        rule, moments, losses = carry
        share = (first + i).astype(jnp.float32) / length
        value, slope = jax.value_and_grad(cost)(rule, first + i, share)
        update, moments = OPTIMISER.update(slope, moments, rule)
        rate = turned.rate * 0.5 * (1 + jnp.cos(jnp.pi * share))
        rule = jax.tree.map(lambda weight, move: (weight - rate * move).astype(weight.dtype), rule, update)
        return rule, moments, losses.at[i].set(value)

    return lax.fori_loop(0, steps, descend, (rule, moments, jnp.zeros(EVERY, jnp.float32)))
