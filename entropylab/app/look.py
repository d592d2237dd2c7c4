"""The lab's own style sheet and the panes that wear it."""

from __future__ import annotations

from pathlib import Path

import panel as pn

SHEET = (Path(__file__).parents[2] / "assets" / "theme" / "theme.css").read_text()


def html(text: str = "", **options) -> pn.pane.HTML:
    """A pane of HTML in the house style, as wide as there is room."""
    return pn.pane.HTML(text, stylesheets=[SHEET], **{"sizing_mode": "stretch_width", "margin": 0, **options})


def column(*children, **options) -> pn.Column:
    """A column in the house style, as wide as there is room."""
    return pn.Column(*children, stylesheets=[SHEET], **{"sizing_mode": "stretch_width", "margin": 0, **options})


def grid(*children, **options) -> pn.Column:
    """Cards that fill the width with as many columns as fit."""
    return column(*children, css_classes=["figures"], **options)
