"""The catalogue: every problem by its name, built when it is first asked for."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping

from entropylab.problems.entries import ENTRIES
from entropylab.problems.problem import Problem

__all__ = ["PROBLEMS", "problem", "problems"]

Builder = Callable[[str], Problem]


class Catalogue(Mapping[str, Problem]):
    """Name -> Problem; a problem is built at its first look-up and kept, its name is known without building."""

    def __init__(self, groups: Mapping[str, Mapping[str, Builder]]):
        self._groups = groups
        self._builders = {name: build for group in groups.values() for name, build in group.items()}
        self._built: dict[str, Problem] = {}

    def __getitem__(self, name: str) -> Problem:
        if name not in self._built:
            self._built[name] = self._builders[name](name)
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._builders)

    def __len__(self) -> int:
        return len(self._builders)

    def __contains__(self, name: object) -> bool:
        return name in self._builders

    def names(self, quantity: str | None = None) -> tuple[str, ...]:
        """Names of the problems of a quantity, or of all; raises ValueError for a quantity that none has."""
        if quantity is None:
            return tuple(self)
        if quantity not in self._groups:
            raise ValueError(f"no problem has quantity={quantity!r}; choose one of {', '.join(self._groups)}.")
        return tuple(self._groups[quantity])


PROBLEMS = Catalogue(ENTRIES)


def problem(name: str) -> Problem:
    """The problem of that name; raises ValueError with the nearest names where there is none."""
    if name not in PROBLEMS:
        near = difflib.get_close_matches(str(name), PROBLEMS, n=5, cutoff=0.4)
        told = f"did you mean {', '.join(near)}?" if near else f"see the {len(PROBLEMS)} names in PROBLEMS."
        raise ValueError(f"there is no problem {name!r}; {told}")
    return PROBLEMS[name]


def problems(*, quantity: str | None = None, takes: str | None = None, tag: str | None = None) -> tuple[Problem, ...]:
    """All problems of a quantity, for estimators of a kind (`takes`), with a tag; all of them unless told.

    Builds what it returns, mixtures in a second or two; `PROBLEMS.names(quantity)` lists names at no cost.
    Errors: ValueError for a quantity that no problem has, and for a kind or tag that none of that quantity has.
    """
    chosen = tuple(PROBLEMS[name] for name in PROBLEMS.names(quantity))
    if takes is not None:
        chosen = _with("takes", takes, chosen, lambda one: (one.takes,))
    if tag is not None:
        chosen = _with("tag", tag, chosen, lambda one: one.tags)
    return chosen


def _with(what: str, asked: str, chosen: tuple[Problem, ...], has: Callable) -> tuple[Problem, ...]:
    found = tuple(one for one in chosen if asked in has(one))
    if not found:
        choices = ", ".join(sorted({value for one in chosen for value in has(one)}))
        raise ValueError(f"none of {len(chosen)} problems has {what}={asked!r}; choose one of {choices}.")
    return found
