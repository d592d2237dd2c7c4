"""The lab's own style sheet and the panes that wear it."""

from __future__ import annotations

import panel as pn

from entropylab.resources import PACKAGE

STYLESHEET = (PACKAGE / "app" / "theme.css").read_text(encoding="utf-8")

# For those whom motion makes ill.
REDUCED_MOTION_CSS = (
    "@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }"
)


def html(text: str = "", **options) -> pn.pane.HTML:
    """A pane of HTML in the house style, as wide as there is room."""
    return pn.pane.HTML(text, stylesheets=[STYLESHEET], **{"sizing_mode": "stretch_width", "margin": 0, **options})


def column(*children, **options) -> pn.Column:
    """A column in the house style, as wide as there is room."""
    return pn.Column(*children, stylesheets=[STYLESHEET], **{"sizing_mode": "stretch_width", "margin": 0, **options})


def row(*children, **options) -> pn.Row:
    """A row in the house style."""
    return pn.Row(*children, stylesheets=[STYLESHEET], **{"margin": 0, **options})


def grid(*children, **options) -> pn.Column:
    """Cards that fill the width with as many columns as fit."""
    return column(*children, css_classes=["figures"], **options)
