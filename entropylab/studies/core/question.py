"""Question: a frozen set of knobs. Hashable (cache key), printable (code), addressable (URL), settable (flags)."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from entropylab.knobs import Knob


@dataclass(frozen=True)
class Question:
    """Base of every question; a subclass declares fields with `knob(...)` and is checked when made."""

    def __post_init__(self):
        for name, declared in self.knobs().items():
            object.__setattr__(self, name, declared.check(getattr(self, name)))

    @classmethod
    def knobs(cls) -> dict[str, Knob]:
        """The knob of every field, by name, in order."""
        return {
            field.name: dataclasses.replace(field.metadata["knob"], name=field.name)
            for field in dataclasses.fields(cls)
        }

    @classmethod
    def read(cls, texts: Mapping[str, str], base: Self | None = None) -> tuple[Self, list[str]]:
        """The question that `texts` (URL or file) asks, and one message for every key that had to be left out.

        Keys are read one by one: a bad value keeps `base`'s (the default's) and drops no other.
        """
        declared, values, messages = cls.knobs(), {}, []
        for name, text in texts.items():
            if name not in declared:
                messages.append(f"{name} is not a knob of {cls.__name__}: it was left out.")
                continue
            try:
                values[name] = declared[name].parse(str(text))
            except ValueError as error:
                kept = getattr(base or cls(), name)
                messages.append(f"{error} {name} stays at {declared[name].write(kept)}.")
        return dataclasses.replace(base or cls(), **values), messages

    def write(self) -> dict[str, str]:
        """Every knob as text that `read` turns back into this question."""
        return {name: declared.write(getattr(self, name)) for name, declared in self.knobs().items()}

    def replace(self, **changes) -> Self:
        """This question with some knobs at other values."""
        return dataclasses.replace(self, **changes)

    def changed(self) -> dict[str, object]:
        """The knobs that differ from their defaults."""
        return {name: getattr(self, name) for name, k in self.knobs().items() if getattr(self, name) != k.default}

    def __repr__(self):
        told = ", ".join(f"{name}={value!r}" for name, value in self.changed().items())
        return f"{type(self).__name__}({told})"

    def json(self) -> str:
        """The question as JSON, with its name."""
        return json.dumps({"question": type(self).__name__, **dataclasses.asdict(self)}, indent=1)
