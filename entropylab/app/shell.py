"""The shell around every page: navigation, address, undo, presets, keys, theme."""

from __future__ import annotations

import panel as pn

from entropylab import device
from entropylab.app import engine, material
from entropylab.app.browser import Browser
from entropylab.app.look import column, html
from entropylab.app.page import PageView
from entropylab.app.pages import PAGES


def serve() -> material.Page:
    """The whole app for one user."""
    device.configure()
    shell = Shell()
    # The first picture comes first: warming up would race it for the processor and for imports.
    pn.state.onload(engine.warm)
    return shell.page


class Shell:
    """One user's app: the current page, and everything that all pages share."""

    def __init__(self):
        view = PageView(PAGES["patterns"])
        self.browser = Browser()
        self.page = material.Page(
            title="EntropyLab",
            sidebar=[view.form.view],
            main=[
                column(
                    html(f"<p class='lead'>{view.spec.lead}</p>"),
                    view.numbers,
                    view.formula,
                    view.figures,
                    view.status,
                    self.browser,
                    margin=12,
                    styles={"gap": "12px"},
                )
            ],
        )
