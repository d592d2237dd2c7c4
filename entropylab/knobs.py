"""Knob: the one declaration of a parameter that widget, flag, URL, cache key, docs and tests read."""

from __future__ import annotations

import dataclasses
import math
import numbers
from dataclasses import dataclass
from typing import Any, Literal

_LEVELS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Knob:
    """What may be turned: its symbol, its range, what it means and which way is harder.

    `default` fixes the type: bool, int, float, str, or a tuple of str for a knob that holds a set. Numbers
    lie in [low, high]. `stops` are the choices of a text knob or a set (without commas there), or the slider
    positions of an integer one (sizes move on few stops). A text knob without stops holds places: points of a
    picture that were moved, written "index:x:y" and separated by blanks, their coordinates in [low, high], or
    "none". With a `side` it holds an image of side x side levels from 0 to `high`, row by row from the top, a
    character for each (0 to 9, then a to z), or "none", which is also the image without ink.
    `harder` says in which direction a soft quantity approaches its hard twin.
    """

    symbol: str
    meaning: str
    default: bool | int | float | str | tuple[str, ...]
    low: float | None = None
    high: float | None = None
    stops: tuple = ()
    scale: Literal["linear", "log"] = "linear"
    harder: Literal["up", "down"] | None = None
    unit: str = ""
    name: str = ""
    side: int = 0

    def __post_init__(self):
        if not (self.symbol.isascii() and self.symbol.isprintable()):
            raise ValueError(
                f"a knob's symbol must be printable ASCII, LaTeX: got {self.symbol!r}; write it as a raw string."
            )
        if self.kind == "integer" and self.stops and self.low is None:
            object.__setattr__(self, "low", self.stops[0])
            object.__setattr__(self, "high", self.stops[-1])
        if self.kind in ("integer", "number", "places", "image") and (self.low is None or self.high is None):
            raise ValueError(f"a numeric knob needs a range: got low={self.low}, high={self.high} for {self.symbol}")
        self.check(self.default)

    @property
    def kind(self) -> Literal["flag", "choice", "places", "image", "set", "integer", "number"]:
        """Which sort of value the knob holds."""
        if isinstance(self.default, str) and not self.stops:
            return "image" if self.side else "places"
        return {bool: "flag", str: "choice", tuple: "set", int: "integer", float: "number"}[type(self.default)]

    @property
    def label(self) -> str:
        """The name in words, as a screen shows it."""
        return self.name.replace("_", " ")

    @property
    def domain(self) -> str:
        """The allowed values in words, for messages and documentation."""
        if self.kind == "flag":
            return "true or false"
        if self.kind in ("choice", "set"):
            return ("one of " if self.kind == "choice" else "one or more of ") + ", ".join(self.stops)
        if self.kind == "places":
            return f"none, or points as index:x:y, x and y from {self.low:g} to {self.high:g}, separated by blanks"
        if self.kind == "image":
            ends = f"0 to {_LEVELS[int(self.high)]}"
            return f"none, or {self.side} x {self.side} characters from {ends}, one for the ink of each cell"
        what = "a whole number" if self.kind == "integer" else "a number"
        return f"{what} from {self.low:g} to {self.high:g}"

    def check(self, value: Any) -> Any:
        """`value` in the knob's type; raises ValueError naming the knob, the domain and what came."""
        problem = ValueError(f"{self.name or self.symbol} must be {self.domain}: got {value!r}.")
        if getattr(value, "ndim", None) == 0:  # a scalar of NumPy or JAX
            value = value.item()
        if self.kind == "flag":
            if not isinstance(value, bool):
                raise problem
            return value
        if self.kind == "choice":
            if not isinstance(value, str) or value not in self.stops:
                raise problem
            return value
        if self.kind == "places":
            try:
                moved = parse_points(value)
            except (AttributeError, TypeError, ValueError):
                raise problem from None
            if not all(i >= 0 and all(self.low <= z <= self.high for z in at) for i, at in moved.items()):
                raise problem
            return format_points(moved)
        if self.kind == "image":
            if not isinstance(value, str):
                raise problem
            if value != "none" and (len(value) != self.side**2 or set(value) - set(_LEVELS[: int(self.high) + 1])):
                raise problem
            return "none" if set(value) == {"0"} else str(value)
        if self.kind == "set":
            known = isinstance(value, (tuple, list)) and all(isinstance(v, str) and v in self.stops for v in value)
            if not known or not value:
                raise problem
            return tuple(stop for stop in self.stops if stop in value)  # one order: equal sets are equal questions
        # the range first: it is False for NaN, and no number in it is too large for a float
        if isinstance(value, bool) or not isinstance(value, numbers.Real) or not self.low <= value <= self.high:
            raise problem
        if self.kind == "integer":
            if value != int(value):
                raise problem
            return int(value)
        return float(value) + 0.0  # -0.0 becomes 0.0: equal questions are written alike

    def parse(self, text: str) -> Any:
        """The value written in `text` (a URL or a command-line flag); raises ValueError as `check` does."""
        if self.kind in ("choice", "places", "image"):
            return self.check(text)
        if self.kind == "set":
            return self.check(tuple(part.strip() for part in text.split(",")))
        if self.kind == "flag":
            return self.check({"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text))
        try:
            number = float(text)
        except ValueError:
            number = text
        return self.check(number)

    def write(self, value: Any) -> str:
        """`value` as text that `parse` reads back to the same value."""
        if self.kind == "set":
            return ",".join(value)
        return str(value).lower() if self.kind == "flag" else str(value)

    # A slider moves over positions: equal steps of the value, of its logarithm, or from stop to stop.

    @property
    def positions(self) -> tuple[float, float, float]:
        """First position, last position and step of a slider for this knob."""
        if self.stops:
            return 0.0, float(len(self.stops) - 1), 1.0
        if self.scale == "log":
            return math.log10(self.low), math.log10(self.high), 0.01
        step = 1.0 if self.kind == "integer" else (self.high - self.low) / 200
        return float(self.low), float(self.high), step

    def position(self, value: float) -> float:
        """Where a slider stands for `value` (the nearest stop when the value lies between stops)."""
        if self.stops:
            if self.kind == "choice":
                return float(self.stops.index(value))
            # asinh is a logarithm that also knows 0
            return float(min(range(len(self.stops)), key=lambda i: abs(math.asinh(self.stops[i]) - math.asinh(value))))
        return math.log10(value) if self.scale == "log" else float(value)

    def moved(self, value: str, index: int, x: float, y: float) -> str:
        """The places `value` with one point at (x, y), or at the nearest allowed place."""
        at = tuple(min(max(float(f"{z:.4g}"), self.low), self.high) for z in (x, y))
        return format_points({**parse_points(value), index: at})

    def at(self, position: float) -> Any:
        """The value at a slider position, in three significant digits on a logarithmic scale."""
        if self.stops:
            return self.stops[int(round(position))]
        value = float(f"{10**position:.3g}") if self.scale == "log" else float(f"{position:.6g}")
        value = min(max(value, self.low), self.high)
        return int(round(value)) if self.kind == "integer" else value


def parse_points(text: str) -> dict[int, tuple[float, float]]:
    """Moved points by their index, as a knob of places writes them; raises ValueError for any other text."""
    found = {}
    if not text:
        raise ValueError
    for word in text.split() if text != "none" else ():
        index, x, y = word.split(":")
        found[int(index)] = float(x), float(y)
    return found


def parse_pixel_levels(image: str) -> list[int]:
    """The levels of an image that is not "none", row by row from the top, as a knob of images writes them."""
    return [_LEVELS.index(character) for character in image]


def format_levels(image) -> str:
    """Whole levels from 0 to 35, row by row, as a knob of images reads them."""
    return "".join(_LEVELS[level] for level in image)


def format_points(moved: dict[int, tuple[float, float]]) -> str:
    """One text for equal places: equal questions are written alike."""
    return " ".join(f"{i}:{x + 0.0:g}:{y + 0.0:g}" for i, (x, y) in sorted(moved.items())) or "none"


def knob(declaration: Knob, **changes: Any) -> Any:
    """A dataclass field that carries `declaration`; `changes` overrides its parts (default, range, meaning)."""
    declaration = dataclasses.replace(declaration, **changes)
    return dataclasses.field(default=declaration.default, metadata={"knob": declaration})


# Knobs that more than one estimator or page turns. Seeds clash on which way is hard; `harder` settles it.
TEMPERATURE = Knob(
    r"T", "Steepness of the sigmoid that stands for the step at 1/2: low is smooth, high is a hard threshold.",
    10.0, 0.5, 100.0, scale="log", harder="up", name="temperature",
)  # fmt: skip
BANDWIDTH = Knob(
    r"\sigma", "Width of the Gaussian that counts two patterns as equal: narrow counts only exact repeats.",
    0.5, 0.02, 5.0, scale="log", harder="down", name="bandwidth",
)  # fmt: skip
NEIGHBOURS = Knob(
    r"k", "Which nearest neighbour sets the local scale: more neighbours, less variance and more bias.",
    3, stops=(1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100), name="k",
)  # fmt: skip
BINS = Knob(
    r"B", "Bins on every axis: few smear the density, many leave one point to a bin.",
    20, stops=(2, 3, 5, 8, 10, 15, 20, 30, 50, 100, 200, 500), name="bins",
)  # fmt: skip
SEED = Knob(
    r"\mathrm{seed}", "Seed of every random draw: the same seed gives the same numbers.", 0, 0, 9999, name="seed"
)
