"""The shell: one user's app. Navigation, the address, keys, help; each page keeps its state while others show."""

from __future__ import annotations

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
from entropylab.studies.pages import PAGES
from entropylab.studies.rendering.units import UNITS


def serve() -> app_theme.Page:
    """The whole app for one user."""
    device.configure()
    warmup.freeze_gc()
    shell = Shell(pn.state.location.search if pn.state.location else "")
    # The first picture comes first: warming up would race it for the processor.
    pn.state.onload(warmup.start_warmup)
    return shell.page


class Shell:
    """Shows home or a page, and keeps the address telling the whole state."""

    def __init__(self, search: str = ""):
        self.browser = BrowserBridge(on_message=self._on_message)
        self.desks: dict[tuple[str, str], TabController] = {}
        self._tabs: dict[str, str] = {}  # page -> the tab that was open last
        self.desk: TabController | None = None
        self.help = app_theme.Dialog(title="Keys and knobs", width_option="sm", close_on_click=True)
        self._finder = ScrollIntoView()
        self._buttons = {name: self._link(name, title) for name, title in self._titles().items()}
        self.page = app_theme.Page(
            title="EntropyLab",
            header=[row(*self._buttons.values(), self._help_button(), self._finder, css_classes=["nav"])],
            sidebar_width=320, sidebar_resizable=False,  # its handle has no role and is deaf to keys
            busy_indicator=None, theme_config=app_theme.THEME, site_url="?page=home", stylesheets=[REDUCED_MOTION_CSS],
        )  # fmt: skip
        app_theme.disable_global_spinner(self.page)
        self._main = pn.Column(sizing_mode="stretch_width", margin=0)
        self.page.main = [self._main, self.browser, self.help]
        self._home: Home | None = None
        self.page.param.watch(lambda event: self._update_url(self.desk), "dark_theme")
        self.open(search)

    def open(self, search: str, step: bool = False) -> None:
        """Show what an address asks for; every key is checked alone, and what is wrong is said."""
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
        self._update_url(self.desk, step=step)
        if messages and self.desk:
            self.desk.say(" ".join(messages), error=True)
        elif messages:
            self.home.say(" ".join(messages))

    def go(self, name: str, tab: str | None = None) -> None:
        """Show a page, or one of its tabs, as its user left it."""
        tab = tab or self._tabs.get(name, "explore")
        if name == "home":
            self._show_home()
            self._update_url(None, step=True)
        elif (name, tab) not in self.desks:
            self.open("?" + urlencode({"page": name} if tab == "explore" else {"page": name, "tab": tab}), step=True)
        else:
            self._show(self.desks[name, tab])
            self._update_url(self.desk, step=True)

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
        here = None
        if lesson is not None:
            here = spec.lesson_step(lesson, step)
            if here is None:
                messages.append(f"there is no lesson {lesson}, step {step}: left out.")
        question, unread = spec.question.read(keys, here.question if here else None)
        messages += unread
        desk = self.desks.get((name, tab))
        if desk is None or desk.hidden != hidden:
            turn = lambda other: self.go(name, other)  # noqa: E731
            desk = TabController(page, question, units, hidden, self.browser, self._update_url, tab, turn)
            self.desks[name, tab] = desk
        else:
            desk.set_units(units)
            desk.session.commit(question)
        self._show(desk)
        if here:
            desk.start_lesson(int(lesson) - 1, int(step) - 1, question)
        else:
            desk.end_lesson()
        return messages

    def _show(self, desk):
        if desk is not self.desk:
            self._change(desk, desk.main, desk.sidebar)
        self._tabs[desk.page.name] = desk.tab
        self._highlight(desk.page.name)

    def _show_home(self):
        self._change(None, self.home.view, [])
        self._highlight("home")

    def _change(self, desk, main, sidebar):
        left, self.desk = self.desk, desk
        self._layout(main, sidebar)
        if left in self.desks.values():
            left.view.rerender()

    def _layout(self, main, sidebar):
        # A persistent drawer keeps its room even when it holds nothing; a temporary one does not.
        self.page.param.update(
            sidebar=sidebar,
            sidebar_variant="auto" if sidebar else "temporary",
            sidebar_open=bool(sidebar) and not self.browser.narrow,
        )
        self._main.objects = [main]

    @property
    def home(self) -> Home:
        """The home page, built when it is first shown."""
        self._home = self._home or Home(self.go)
        return self._home

    def _update_url(self, desk, step=False, copy=False):
        """Let the address say the whole state; news of a page that is not shown is nobody's."""
        if desk is not self.desk:
            return
        told = desk.state() if desk else {"page": "home"}
        search = "?" + urlencode({**told, "theme": "dark"} if self.page.dark_theme else told)
        self.browser.address(search, f"{desk.page.title} · EntropyLab" if desk else "EntropyLab", step)
        if copy and pn.state.location:
            place = pn.state.location
            self.browser.copy(f"{place.protocol}//{place.hostname}:{place.port}{place.pathname}{search}")

    def _on_message(self, message):
        if "search" in message:
            self.open(message["search"])
        elif message.get("key") == "?":
            self._open_help()
        elif self.desk:
            self.desk.key(message["key"])

    def _open_help(self):
        self.help.objects = [html(help_html(self.desk))]
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
        button.on_click(lambda event: self.go(name))
        return button

    def _highlight(self, name):
        for other, button in self._buttons.items():
            button.variant = "outlined" if other == name else "text"
        self._finder.index = list(self._buttons).index(name)

    @staticmethod
    def _titles():
        return {"home": "Home", **{name: page.title for name, page in PAGES.items()}}
