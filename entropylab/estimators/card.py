"""The estimator's card and the catalogue of all cards: what an estimator computes, from what, and how it errs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, ParamSpec, Protocol, TypeVar

from entropylab.estimators.docstrings import complete_docstring
from entropylab.knobs import Knob
from entropylab.numerics.validation.check import check_knob_types
from entropylab.numerics.validation.tracing import keep_float64, refuse_tracers, return_float

Takes = Literal[
    "counts",  # (m,) non-negative integers
    "labels",  # x (n,), y (n,)
    "labels given",  # x (n,), y (n,), given (n,)
    "states",  # (n, d) in [0, 1]
    "samples",  # (n,) or (n, d)
    "samples reference",  # x (n, d), reference (m, d)
    "pair",  # x (n, dx), y (n, dy)
    "pair given",  # x, y, given
    "sample labels",  # x (n, d), labels (n,)
    "list",  # a sequence of (n, d_i)
    "mixture",
    "points",  # (n, d) geometry
    "points anchors",
    "points halfspaces",
    "points boxes",  # points (n, d), lows (m, d), highs (m, d)
    "rows",  # (..., n) probabilities
]
Law = Literal["differential", "invariant", "none"]


@dataclass(frozen=True)
class Card:
    """One estimator as the README, the app, the command line, the contract tests and the benchmarks see it.

    `law` says what scaling the data does: "differential" (h(aX) = h(X) + d log a), "invariant", or "none".
    `bias` is one phrase: the sign of the error and what it grows with. `twin` names the hard estimator
    that a soft one approaches when its knobs move the way `Knob.harder` says.
    """

    name: str
    function: Callable = field(repr=False)
    quantity: str
    takes: Takes
    formula: str
    reference: str
    bias: str
    cost: str
    differentiable: bool
    kind: Literal["traced", "host"]
    law: Law
    twin: str | None
    knobs: Mapping[str, Knob]
    aliases: tuple[str, ...]
    posterior: Callable | None = field(default=None, repr=False)

    @property
    def resampling(self) -> Literal["posterior", "subsampling", "bootstrap"]:
        """Where an interval for this estimator comes from.

        A bootstrap repeats samples, and repeats lie at distance 0 from each other: whatever looks at distances
        between real-valued samples (neighbours, spacings, kernels) needs subsamples without repeats instead.
        """
        if self.posterior is not None:
            return "posterior"
        real = self.takes in ("samples", "samples reference", "pair", "pair given", "sample labels", "list")
        return "subsampling" if real and {"k", "window", "bandwidth"} & set(self.parameters) else "bootstrap"

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the data it is given, in order."""
        arguments = inspect.signature(self.function).parameters.values()
        return tuple(p.name for p in arguments if p.kind is not inspect.Parameter.KEYWORD_ONLY)

    @property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The keyword-only arguments: the knobs, and those no slider turns."""
        arguments = inspect.signature(self.function).parameters
        return {name: p for name, p in arguments.items() if p.kind is inspect.Parameter.KEYWORD_ONLY}

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return inspect.getdoc(self.function).splitlines()[0]


P = ParamSpec("P")
R = TypeVar("R", covariant=True)


class Estimator(Protocol[P, R]):
    """A function under its card; `local` gives the per-sample values whose mean is the estimate, where it has them."""

    card: Card
    local: Callable
    __name__: str

    def __call__(self, *arguments: P.args, **knobs: P.kwargs) -> R: ...


CATALOGUE: dict[str, Card] = {}


def estimator(
    *,
    quantity: str,
    takes: Takes,
    formula: str,
    reference: str,
    bias: str,
    cost: str,
    differentiable: bool,
    kind: Literal["traced", "host"],
    law: Law = "none",
    relaxes: str | None = None,
    knobs: Mapping[str, Knob] | None = None,
    aliases: tuple[str, ...] = (),
    local: Callable | None = None,
    posterior: Callable | None = None,
) -> Callable[[Callable[P, R]], Estimator[P, R]]:
    """Decorator that gives a function its card and enters it in the catalogue.

    `local` is the function of the same arguments that returns the per-sample values whose mean is the
    estimate; it becomes `<estimator>.local`. `posterior` is the function of the same arguments that returns
    the standard deviation of the quantity given the data, where the estimator is Bayesian.
    """

    def enter(function: Callable[P, R]) -> Estimator[P, R]:
        name = function.__name__
        if name in CATALOGUE:
            raise ValueError(f"two estimators are called {name}; rename one.")
        parameters = inspect.signature(function).parameters
        for knob_name, declared in (knobs or {}).items():
            if knob_name not in parameters:
                raise ValueError(f"{name} has no argument {knob_name}, but its card declares that knob.")
            if not declared.name:
                raise ValueError(f"the knob {knob_name} of {name} needs its name.")
        guard = keep_float64 if kind == "traced" or differentiable else refuse_tracers
        function = return_float(guard(check_knob_types(function)))
        function.card = CATALOGUE[name] = Card(
            name, function, quantity, takes, formula, reference, bias, cost,
            differentiable, kind, law, relaxes, dict(knobs or {}), tuple(aliases), posterior,
        )  # fmt: skip
        function.__doc__ = complete_docstring(function.__doc__, function.card)
        if local is not None:
            function.local = guard(local)
        return function

    return enter
