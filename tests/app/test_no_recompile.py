"""Turning a page's sliders compiles nothing once their positions were visited: values are data, not shapes.

Dimension d and the number of halfspaces m are left out: they are the shapes of points and of cells.
"""

import jax
import pytest

from entropylab.studies.pages import PAGES

pytestmark = pytest.mark.slow

SHAPES = {"dimension", "cells", "halfspaces"}
# Sizes that compute in milliseconds; every program is the one of the larger sizes.
SMALL = {
    "patterns": {"samples": 64},
    "bias": {"samples": 50, "replicates": 5, "draws": 1e4},
    "mixtures": {"components": 5, "dimension": 2, "draws": 256},
    "information": {"samples": 50, "replicates": 5, "images": 50},
    "partitions": {"samples": 100},
    "hulls": {"samples": 30},
    "attention": {},
}
COMPILED = []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, seconds, **kw: COMPILED.append(event) if event.endswith("backend_compile_duration") else None
)


def positions(knob, value):
    """Two other positions of a slider: for an integer the stops beside `value`, for a number a third and two thirds."""
    if knob.kind == "number":
        return [knob.low + share * (knob.high - knob.low) for share in (0.3, 0.6)]
    if knob.stops:
        at = knob.stops.index(value)
        return [knob.stops[i] for i in (at - 1, at + 1) if 0 <= i < len(knob.stops)]
    return [value + step for step in (1, 2) if value + step <= knob.high]


def turned(question, share):
    """`question` with every number slider at another place."""
    knobs = {name: knob for name, knob in question.knobs().items() if knob.kind == "number"}
    return question.replace(**{name: knob.low + share * (knob.high - knob.low) for name, knob in knobs.items()})


@pytest.mark.filterwarnings("ignore::entropylab.numerics.validation.check.EstimateWarning")
@pytest.mark.parametrize("name", PAGES)
def test_sliders_compile_nothing(name):
    page = PAGES[name]
    base = page.question().replace(**SMALL[name])
    sliders = {n: k for n, k in base.knobs().items() if k.kind in ("integer", "number") and n not in SHAPES}

    def ask(question):
        for stage in page.experiment.stages:
            stage(question)

    def walk(question, which):
        for slider in which:
            for value in positions(sliders[slider], getattr(base, slider)):
                ask(question.replace(**{slider: value}))

    ask(base)
    walk(base, [n for n, k in sliders.items() if k.kind == "integer"])
    before = len(COMPILED)
    walk(turned(base, 0.45), sliders)
    assert len(COMPILED) == before, f"{len(COMPILED) - before} programs were compiled"
    jax.jit(lambda x: x + len(COMPILED))(1.0)
    assert len(COMPILED) > before  # the counter does count
