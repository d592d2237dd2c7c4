"""Pages and single views inside a notebook, offline: `page("patterns")`, `view("patterns", "bias")`."""

from __future__ import annotations

import panel as pn

from entropylab import device
from entropylab.app.browser import BrowserBridge
from entropylab.app.figures.live import LiveView
from entropylab.app.tab import TabController
from entropylab.studies.core.page_spec import PageSpec
from entropylab.studies.core.question import Question
from entropylab.studies.pages import PAGES


def page(
    name: str, question: Question | None = None, units: str = "nats", hide: tuple[str, ...] = (), tab: str = "explore"
) -> pn.Row:
    """The page `name`, live, as one object to display; `hide` and `tab` as in the address of the app.

    Errors: ValueError for a name that is no page or tab. Call `pn.extension(inline=True)` first when offline.
    """
    device.configure()
    spec = _spec(name)
    if tab not in spec.tabs:
        raise ValueError(f"{name} has no tab {tab}: it has {', '.join(spec.tabs)}.")
    hidden, question = frozenset(hide) | {"files"}, question or spec.tabs[tab].question()
    controller = TabController(spec, question, units, hidden, BrowserBridge(), lambda tab, copy=False: None, tab)
    sidebar = pn.Column(*controller.sidebar, width=330, margin=0)
    main = pn.Column(controller.main, controller.browser, sizing_mode="stretch_width")
    return pn.Row(sidebar, main, sizing_mode="stretch_width")


def view(name: str, view_name: str, question: Question | None = None) -> pn.pane.Bokeh:
    """One figure of the page `name`, answering `question`.

    Errors: ValueError for names that are no page or view.
    """
    spec = _spec(name)
    views = {view.name: view for view in spec.views}
    if view_name not in views:
        raise ValueError(f"{name} has no view {view_name}: it has {', '.join(views)}.")
    return LiveView(views[view_name], spec.experiment(question or spec.question())).pane


def _spec(name: str) -> PageSpec:
    if name not in PAGES:
        raise ValueError(f"there is no page {name}: there are {', '.join(PAGES)}.")
    return PAGES[name]
