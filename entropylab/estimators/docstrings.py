"""Docstrings of estimators: the card adds its knobs, formula, bias, cost and source to the text of the function."""

from __future__ import annotations

import inspect
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from entropylab.resources import REFERENCES

if TYPE_CHECKING:
    from entropylab.estimators.card import Card

SECTIONS = ("Parameters", "Returns", "Raises", "Warns", "Notes", "References", "Examples")
PLACES = ("journal", "booktitle", "publisher", "howpublished", "school")
_TYPES = {"flag": "bool", "integer": "int", "number": "float"}
_ACCENTS = {'"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "v": "\u030c", "c": "\u0327", "~": "\u0303"}


def complete_docstring(text: str | None, card: Card) -> str | None:
    """The numpydoc docstring `text` with what the card knows; unchanged where it has no section `Parameters`.

    Knobs that `text` does not describe enter `Parameters`, formula, bias, cost and the hard counterpart enter `Notes`,
    and the source becomes `References`.
    """
    parts = split_sections(text or "")
    if "Parameters" not in parts:
        return text
    described = set(re.findall(r"^(\w+(?:, \w+)*) :", parts["Parameters"], re.M))
    described = {name for names in described for name in names.split(", ")}
    entries = [_knob_entry(card, name) for name in card.knobs if name not in described]
    parts["Parameters"] = "\n".join([parts["Parameters"], *entries])
    facts = [f"Bias: {card.bias}.", f"Cost: {card.cost}."]
    if card.twin:
        facts.append(f"Hard counterpart: `{card.twin}`.")
    notes = [f".. math:: {card.formula}", *filter(None, [parts.get("Notes")]), "\n".join(facts)]
    parts["Notes"] = "\n\n".join(notes)
    parts["References"] = f".. [1] {citation(card.reference)}"
    return join_sections(parts)


def split_sections(text: str) -> dict[str, str]:
    """The sections of a numpydoc docstring by name; the summary and its paragraphs are called ""."""
    pieces = re.split(r"^(\w+)\n-+\n", inspect.cleandoc(text), flags=re.M)
    return {name: body.strip("\n") for name, body in zip(["", *pieces[1::2]], pieces[::2], strict=True)}


def join_sections(parts: dict[str, str]) -> str:
    """A docstring from its sections, in the order of numpydoc."""
    titled = [f"{name}\n{'-' * len(name)}\n{parts[name]}" for name in SECTIONS if name in parts]
    return "\n\n".join([parts[""], *titled]) + "\n"


def _knob_entry(card: Card, name: str) -> str:
    knob, default = card.knobs[name], card.parameters[name].default
    kind = "{" + ", ".join(map(repr, knob.stops)) + "}" if knob.kind == "choice" else _TYPES.get(knob.kind, "str")
    harder = {"up": " Higher is harder.", "down": " Lower is harder."}.get(knob.harder, "")
    return f"{name} : {kind}, default {default!r}\n    {knob.meaning}{harder}"


@cache
def citation(key: str) -> str:
    """Authors, year, title and place of the entry `key` of the bibliography in one line; the key where it has none."""
    entry = _entries().get(key)
    if entry is None:
        return key
    found = re.findall(r"(\w+)\s*=\s*\{((?:[^{}]|\{[^{}]*\})*)\}", entry)
    fields = {name: _plain(value) for name, value in found}
    names = [" ".join(reversed(name.split(", "))) for name in fields.get("author", "").split(" and ")]
    authors = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    place = next((fields[name] for name in PLACES if name in fields), "")
    numbers = ", ".join(fields[name] for name in ("volume", "pages") if name in fields)
    where = " ".join(filter(None, [place, numbers]))
    return ". ".join(filter(None, [f"{authors} ({fields['year']})".strip(), fields["title"], where])) + "."


@cache
def _entries() -> dict[str, str]:
    entries = re.split(r"\n(?=@)", REFERENCES.read_text(encoding="utf-8"))
    return {match[1]: entry for entry in entries if (match := re.match(r"@\w+\{([^,]+),", entry.strip()))}


def _plain(value: str) -> str:
    """A BibTeX value without braces, accents as letters."""
    accented = re.sub(r"\{?\\([\"'`^vc~])\{?(\w)\}?\}?", lambda m: m[2] + _ACCENTS[m[1]], value)
    return " ".join(unicodedata.normalize("NFC", re.sub(r"[{}]", "", accented)).replace("--", "-").split())
