"""Table: an answer in rows, for a screen that sorts it and for a notebook that prints it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Cell:
    """What is written, what it is sorted by (the text where there is no number), and a colour to tell it by."""

    text: str
    value: float | None = None
    color: str = ""


@dataclass(frozen=True)
class Table:
    """Heads and rows in the order of first sight; `marked` are the rows that stand out, `notes` go below."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    marked: frozenset[int] = frozenset()
    about: str = ""
    notes: tuple[str, ...] = ()

    def plain(self) -> list[dict]:
        """The rows as JSON, for a browser."""
        return [
            {
                "marked": index in self.marked,
                "cells": [{"text": c.text, "value": c.value, "color": c.color} for c in row],
            }
            for index, row in enumerate(self.rows)
        ]

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(text)}</th>" for text in self.heads)
        body = ""
        for index, row in enumerate(self.rows):
            weight = "bold" if index in self.marked else "normal"
            cells = "".join(
                f'<td style="text-align:left{";border-left:4px solid " + c.color if c.color else ""}">'
                f"{escape(c.text)}</td>"
                for c in row
            )
            body += f'<tr style="font-weight:{weight}">{cells}</tr>'
        below = "".join(f"<p><small>{escape(note)}</small></p>" for note in self.notes)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"
