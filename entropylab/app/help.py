"""The help dialog: keys, knobs, numbers, and the parameters of a link."""

from __future__ import annotations

from html import escape

from entropylab.app.browser import KEYS
from entropylab.app.tab import TabController, hideable_names
from entropylab.studies.rendering.units import UNITS

THEMES = ("light", "dark")


def help_html(controller: TabController | None) -> str:
    """HTML of the help for a tab; None for the home page."""
    parts = {"Keys": KEYS}
    if controller:
        spec = controller.spec
        knobs = spec.question.knobs().values()
        parts |= {
            "Knobs": {knob.label: f"{knob.meaning} It is {knob.domain}." for knob in knobs},
            "Numbers": {reading.name: reading.about for reading in spec.readings},
            "In a link": {
                "hide": "takes parts of the page away; separated by commas: " + ", ".join(sorted(hideable_names(spec))),
                "lesson, step": "open a lesson at a step, both counted from 1",
                "units": " or ".join(UNITS),
                "theme": " or ".join(THEMES),
            },
        }
    tables = "".join(f"<h3>{title}</h3>{_table(rows)}" for title, rows in parts.items())
    # a scrolling region must be focusable
    return f"<div tabindex='0' role='region' aria-label='keys and knobs'>{tables}</div>"


def _table(rows):
    lines = "".join(f"<tr><th scope='row'>{name}</th><td>{escape(text)}</td></tr>" for name, text in rows.items())
    return f"<table class='help'>{lines}</table>"
