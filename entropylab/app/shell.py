"""The shell of one user's app: navigation, URL, keys, help. Pages keep their state while others are shown."""

from __future__ import annotations

import logging
from urllib.parse import parse_qsl, urlencode

import panel as pn

from entropylab import device
from entropylab.app import theme as app_theme
from entropylab.app.browser import BrowserBridge
from entropylab.app.components.elements import ScrollIntoView
from entropylab.app.components.icons import icon
from entropylab.app.help import THEMES, help_html
from entropylab.app.home import Home
from entropylab.app.scheduling import warmup
from entropylab.app.styles import REDUCED_MOTION_CSS, html, row
from entropylab.app.tab import TabController, hideable_names
from entropylab.resources import find_namesake
from entropylab.studies.pages import PAGES
from entropylab.studies.rendering.units import UNITS

log = logging.getLogger(__name__)


def serve() -> None:
    """Serve the app in the current session of a Panel server."""
    if namesake := find_namesake():
        log.warning(namesake)
    pn.extension()
    # A session that begins without a page request would load its styles from a content delivery network.
    pn.state.curdoc.template_variables.setdefault("dist_url", "static/extensions/panel/")
    device.configure()
    warmup.freeze_gc()
    shell = Shell(pn.state.location.search if pn.state.location else "")
    # Warming up starts after the first page is loaded, so that the two do not compete for the processor.
    pn.state.onload(warmup.start_warmup)
    shell.page.servable()


class Shell:
    """Shows the home page or a study page, and keeps the full state in the URL."""

    def __init__(self, search: str = ""):
        self.browser = BrowserBridge(on_message=self._on_message)
        self.controllers: dict[tuple[str, str], TabController] = {}
        self._tabs: dict[str, str] = {}  # page -> its last open tab
        self.controller: TabController | None = None
        self.help = app_theme.Dialog(title="Keys and knobs", width_option="sm", close_on_click=True)
        self._finder = ScrollIntoView()
        self._buttons = {name: self._link(name, title) for name, title in self._titles().items()}
        self.page = app_theme.Page(
            title="EntropyLab",
            header=[row(*self._buttons.values(), self._help_button(), self._finder, css_classes=["nav"])],
            sidebar_width=320, sidebar_resizable=False,  # its handle has no role and no keyboard access
            busy_indicator=None, theme_config=app_theme.THEME, site_url="?page=home", stylesheets=[REDUCED_MOTION_CSS],
        )  # fmt: skip
        app_theme.disable_global_spinner(self.page)
        self._main = pn.Column(sizing_mode="stretch_width", margin=0)
        self.page.main = [self._main, self.browser, self.help]
        self._home: Home | None = None
        self.page.param.watch(lambda event: self._update_url(self.controller), "dark_theme")
        self.open(search)

    def open(self, search: str, step: bool = False) -> None:
        """Open the state of a URL; each key is checked by itself and errors are shown."""
        keys = dict(parse_qsl(search.lstrip("?"), keep_blank_values=True))
        name, messages = keys.pop("page", "home"), []
        if name not in self._titles():
            messages.append(f"there is no page {name}: got page={name}, have {', '.join(self._titles())}.")
            name = "home"
        theme = keys.pop("theme", None)
        if theme in THEMES:
            self.page.dark_theme = theme == "dark"
        elif theme is not None:
            messages.append(f"theme must be light or dark: got {theme}; it stays as it is.")
        if name == "home":
            self._show_home()
        else:
            messages += self._open_page(name, keys)
        self._update_url(self.controller, step=step)
        if messages and self.controller:
            self.controller.notify(" ".join(messages), error=True)
        elif messages:
            self.home.set_message(" ".join(messages))

    def navigate(self, name: str, tab: str | None = None) -> None:
        """Show a page or one of its tabs in its last state."""
        tab = tab or self._tabs.get(name, "explore")
        if name == "home":
            self._show_home()
            self._update_url(None, step=True)
        elif (name, tab) not in self.controllers:
            self.open("?" + urlencode({"page": name} if tab == "explore" else {"page": name, "tab": tab}), step=True)
        else:
            self._show(self.controllers[name, tab])
            self._update_url(self.controller, step=True)

    def _open_page(self, name, keys):
        page, messages = PAGES[name], []
        tab = keys.pop("tab", "explore")
        if tab not in page.tabs:
            messages.append(f"{name} has no tab {tab}: it has {', '.join(page.tabs)}.")
            tab = "explore"
        spec = page.tabs[tab]
        units = keys.pop("units", "nats")
        if units not in UNITS:
            messages.append(f"units must be nats or bits: got {units}; units stays nats.")
            units = "nats"
        hidden = frozenset(filter(None, keys.pop("hide", "").split(",")))
        if unknown := hidden - hideable_names(spec):
            messages.append(f"hide knows no {', '.join(sorted(unknown))}: left out.")
            hidden -= unknown
        lesson, step = keys.pop("lesson", None), keys.pop("step", "1")
        lesson_step = None
        if lesson is not None:
            lesson_step = spec.lesson_step(lesson, step)
            if lesson_step is None:
                messages.append(f"there is no lesson {lesson}, step {step}: left out.")
        question, errors = spec.question.read(keys, lesson_step.question if lesson_step else None)
        messages += errors
        controller = self.controllers.get((name, tab))
        if controller is None or controller.hidden != hidden:
            on_tab = lambda other: self.navigate(name, other)  # noqa: E731
            controller = TabController(page, question, units, hidden, self.browser, self._update_url, tab, on_tab)
            self.controllers[name, tab] = controller
        else:
            controller.set_units(units)
            controller.session.commit(question)
        self._show(controller)
        if lesson_step:
            controller.start_lesson(int(lesson) - 1, int(step) - 1, question)
        else:
            controller.end_lesson()
        return messages

    def _show(self, controller):
        if controller is not self.controller:
            self._change(controller, controller.main, controller.sidebar)
        self._tabs[controller.page.name] = controller.tab
        self._highlight(controller.page.name)

    def _show_home(self):
        self._change(None, self.home.view, [])
        self._highlight("home")

    def _change(self, controller, main, sidebar):
        previous, self.controller = self.controller, controller
        self._layout(main, sidebar)
        if previous in self.controllers.values():
            previous.view.rerender()

    def _layout(self, main, sidebar):
        # A persistent drawer takes space even when empty; a temporary one does not.
        self.page.param.update(
            sidebar=sidebar,
            sidebar_variant="auto" if sidebar else "temporary",
            sidebar_open=bool(sidebar) and not self.browser.narrow,
        )
        self._main.objects = [main]

    @property
    def home(self) -> Home:
        """The home page, built when it is first shown."""
        self._home = self._home or Home(self.navigate)
        return self._home

    def _update_url(self, controller, step=False, copy=False):
        """Write the full state to the URL; updates from hidden tabs are ignored."""
        if controller is not self.controller:
            return
        state = controller.state() if controller else {"page": "home"}
        search = "?" + urlencode({**state, "theme": "dark"} if self.page.dark_theme else state)
        self.browser.set_url(search, f"{controller.page.title} · EntropyLab" if controller else "EntropyLab", step)
        if copy and pn.state.location:
            url = pn.state.location
            self.browser.copy(f"{url.protocol}//{url.hostname}:{url.port}{url.pathname}{search}")

    def _on_message(self, message):
        if "search" in message:
            self.open(message["search"])
        elif message.get("key") == "?":
            self._open_help()
        elif self.controller:
            self.controller.handle_key(message["key"])

    def _open_help(self):
        self.help.objects = [html(help_html(self.controller))]
        self.help.open = True

    def _help_button(self):
        button = app_theme.Button(
            label="Help", icon=icon("help"), variant="text", size="small", color="light", margin=0
        )
        button.on_click(lambda event: self._open_help())
        return button

    def _link(self, name, title):
        button = app_theme.Button(
            label=title, variant="text", size="small", color="light", margin=0,
            sx={"minWidth": 0, "paddingInline": 1.25},
        )  # fmt: skip
        button.on_click(lambda event: self.navigate(name))
        return button

    def _highlight(self, name):
        for other, button in self._buttons.items():
            button.variant = "outlined" if other == name else "text"
        self._finder.index = list(self._buttons).index(name)

    @staticmethod
    def _titles():
        return {"home": "Home", **{name: page.title for name, page in PAGES.items()}}
