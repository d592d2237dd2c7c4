"""TabController: the tools common to all pages: presets, lessons, undo, animation, downloads."""

from __future__ import annotations

import panel as pn

from entropylab.app import export, theme
from entropylab.app.animation import Animation
from entropylab.app.browser import BrowserBridge
from entropylab.app.components.elements import CardGrid, Tabs, Toast
from entropylab.app.components.icons import icon
from entropylab.app.defaults import thumbnails
from entropylab.app.page import PageView
from entropylab.app.styles import column, html
from entropylab.app.training_view import TrainView
from entropylab.studies.core.page_spec import PageSpec, TabSpec
from entropylab.studies.core.question import Question
from entropylab.studies.rendering.units import UNITS

SMALL = {"size": "small", "variant": "outlined", "margin": 4}

PARTS = ("lead", "tabs", "toolbar", "presets", "lesson", "numbers", "formula", "progress", "figures", "status")
SIDEBAR_PARTS = ("knobs", "sweep", "files")


def hideable_names(spec: TabSpec) -> frozenset[str]:
    """Names that `?hide=` accepts on a tab: its parts, its knobs, and figure.NAME for figures and tables."""
    figures = (f"figure.{view.name}" for view in (*spec.views, *spec.tables))
    return frozenset((*PARTS, *SIDEBAR_PARTS, *spec.question.knobs(), *figures))


class TabController:
    """One tab of a page with its tools. The shell shows `main` and `sidebar`.

    `on_state` is called at every change, `on_tab` with the name of the tab that the user selects.
    """

    def __init__(
        self, page: PageSpec, question: Question, units: str, hidden: frozenset[str], browser: BrowserBridge, on_state,
        tab: str = "explore", on_tab=None,
    ):  # fmt: skip
        self.page, self.tab, self.spec = page, tab, page.tabs[tab]
        self.hidden, self.browser, self._on_state = hidden, browser, on_state
        spec = self.spec
        self.view = (TrainView if spec is page.train else PageView)(spec, question, units, hidden)
        self.session = self.view.session
        if spec is page.train:
            self.animation, aside, run = self.view, (), [("progress", self.view.player)]
        else:
            self.animation = Animation(self.session, page.sweep)
            aside, run = [("sweep", self.animation.view)], []
        tabs = [("tabs", Tabs(names=[*page.tabs], shown=tab, chosen=on_tab, sizing_mode="stretch_width", margin=0))]
        self.lesson, self.step = None, 0
        self._lesson = self._lesson_panel()
        self._toast = Toast(width=0, height=0, margin=0)
        self.sidebar = [
            part
            for name, part in (("knobs", self.view.form.view), *aside, ("files", self._files()))
            if name not in hidden
        ]
        parts = (
            ("lead", html(f"<h1>{spec.title}</h1><p class='lead'>{spec.lead}</p>")),
            *(tabs if on_tab and len(page.tabs) > 1 else ()), ("toolbar", self._toolbar()),
            ("presets", self._presets()), ("lesson", self._lesson), *run, ("numbers", self.view.numbers),
            ("formula", self.view.formula), ("progress", self.view.progress),
            ("figures", self.view.figures), ("status", self.view.status),
        )  # fmt: skip
        self.main = column(
            *(part for name, part in parts if name not in hidden), self._toast, margin=12, styles={"gap": "12px"}
        )
        self.session.param.watch(lambda event: self._on_commit(), "committed")
        self.session.param.watch(lambda event: self.notify(""), "question")  # the last message is outdated
        self.session.param.watch(lambda event: self.notify(event.new, error=True), "message")
        self._on_commit(quiet=True)

    @property
    def url_parameters(self) -> dict[str, str]:
        """The keys that identify this tab in a URL or a file."""
        return {"page": self.page.name} | ({} if self.spec is self.page else {"tab": self.tab})

    def notify(self, text: str, error: bool = False, code: str = "") -> None:
        """Show a message at the bottom of the window; an empty text hides it."""
        self._toast.show(text, error, code)

    def handle_key(self, key: str) -> None:
        """Run the action of a key; see `KEYS`."""
        {
            "z": self.session.undo, "Z": self.session.redo, "r": self.session.reset, "R": self.session.reset,
            " ": self.animation.toggle, "ArrowRight": lambda: self.animation.step(1),
            "ArrowLeft": lambda: self.animation.step(-1),
        }.get(key, lambda: None)()  # fmt: skip

    def state(self) -> dict[str, str]:
        """URL parameters that restore this tab as it is."""
        state = {**self.url_parameters, "units": self.view.units, **self.session.committed.write()}
        if self.lesson:
            state.update(lesson=str(self.spec.lessons.index(self.lesson) + 1), step=str(self.step + 1))
        if self.hidden:
            state["hide"] = ",".join(sorted(self.hidden))
        return state

    def set_units(self, units: str) -> None:
        """Show entropies in nats or bits."""
        self._units.value = units

    def start_lesson(self, number: int, step: int, question: Question | None = None) -> None:
        """Go to a step of a lesson, at its question or another; both numbers count from 0."""
        self.lesson = self.spec.lessons[number]
        self.step = step
        step = self.lesson.steps[self.step]
        self._back.disabled = self.step == 0
        self._next.disabled = self.step == len(self.lesson.steps) - 1
        name = f"{self.lesson.name} · {self.step + 1} of {len(self.lesson.steps)}"
        self._lesson_text.object = f"<h2 class='title'>{name}</h2><p class='lead'>{step.text}</p>"
        self._lesson.visible = True
        self.session.commit(question or step.question)
        self._on_state(self)

    def end_lesson(self) -> None:
        """Close the lesson."""
        if self.lesson:
            self.lesson = None
            self._lesson.visible = False
            self._on_state(self)

    def _lesson_panel(self):
        self._lesson_text = html()
        self._back = theme.Button(label="Back", size="small")
        self._next = theme.Button(label="Next", size="small")
        close = theme.Button(label="End lesson", size="small", variant="text")
        number = lambda: self.spec.lessons.index(self.lesson)  # noqa: E731
        self._back.on_click(lambda event: self.start_lesson(number(), self.step - 1))
        self._next.on_click(lambda event: self.start_lesson(number(), self.step + 1))
        close.on_click(lambda event: self.end_lesson())
        return column(self._lesson_text, pn.Row(self._back, self._next, close), visible=False, css_classes=["card"])

    def _on_commit(self, quiet=False):
        undo, redo = self.session.undo_depth
        self._undo.disabled, self._redo.disabled = undo == 0, redo == 0
        if not quiet:
            self._on_state(self)

    def _toolbar(self):
        def button(label, name, act):
            button = theme.Button(label=label, icon=icon(name), size="small", variant="text", margin=(0, 4, 0, 0))
            button.on_click(lambda event: act())
            return button

        self._undo = button("Undo", "undo", self.session.undo)
        self._redo = button("Redo", "redo", self.session.redo)
        self._units = theme.Select(
            label="units", options=list(UNITS), value=self.view.units, size="small", width=92, margin=0
        )
        self._units.param.watch(lambda event: (self.view.set_units(event.new), self._on_state(self)), "value")
        tools = [
            self._undo, self._redo, button("Reset", "reset", self.session.reset),
            button("Share", "link", self._share), button("Copy as code", "code", self._code),
        ]  # fmt: skip
        if self.spec.lessons:
            tools.append(button("Lesson", "lesson", lambda: self.start_lesson(0, 0)))
        return pn.FlexBox(*tools, self._units, align_items="center", sizing_mode="stretch_width", margin=0)

    def _presets(self):
        drawn = thumbnails(self.spec.name)[1:] or [""] * len(self.spec.presets)
        cards = [
            {"svg": svg, "name": preset.name, "why": preset.why}
            for svg, preset in zip(drawn, self.spec.presets, strict=True)
        ]
        choose = lambda index: self.view.set_question(self.spec.presets[index].question)  # noqa: E731
        return CardGrid(cards=cards, chosen=choose, sizing_mode="stretch_width", margin=0)

    def _files(self):
        name = self.spec.name

        def file(label, ending, make):
            return theme.FileDownload(
                callback=make, filename=f"{name}.{ending}", label=label, icon=icon("download"), **SMALL
            )

        def figures(format):
            button = theme.Button(label=f"Figures {format.upper()}", icon=icon("image"), **SMALL)

            def save(event):
                self.view.viewport.draw_deferred()
                views = [view for view in self.view.views if view.is_rendered and not view.absent]
                self.browser.save([(view.figure.id, f"{name}-{view.view.name}") for view in views], format)

            button.on_click(save)
            return button

        upload = theme.FileInput(
            accept=".json", label="Open state", variant="outlined", margin=4,
            sx={"fontSize": "0.8125rem", "padding": "3px 9px", "& svg": {"fontSize": "18px !important"}},
        )  # fmt: skip
        upload.param.watch(self._open, "value", onlychanged=False)  # the same file may be opened twice
        return pn.Column(
            html("<h2 class='group'>Files</h2>", margin=(8, 8, 0, 8)),
            pn.FlexBox(
                file("Data CSV", "csv", lambda: export.csv(self.view.answer)),
                file("Data NetCDF", "nc", lambda: export.netcdf(self.view.answer)),
                figures("png"), figures("svg"),
                file("State", "json", self._state_json),
                upload, margin=(0, 4),
            ),
            sizing_mode="stretch_width", margin=0,
        )  # fmt: skip

    def _state_json(self):
        return export.state_json(self.url_parameters, self.session.question, self.view.units)

    def _open(self, event):
        try:
            state = export.parse_state(event.new)
        except ValueError as error:
            self.notify(str(error), error=True)
            return
        parameters = {key: state.pop(key) for key in ("page", "tab") if key in state}
        units = state.pop("units", "nats")
        if parameters != self.url_parameters:
            where = ", tab ".join(parameters.values())
            self.notify(f"this state belongs to the page {where}: open it there.", error=True)
            return
        question, messages = self.spec.question.read(state, self.session.question)
        self.session.commit(question)
        if units in UNITS:
            self.set_units(units)
        else:
            messages.append(f"units must be nats or bits: got {units}.")
        self.notify(" ".join(messages), error=True)

    def _share(self):
        self._on_state(self, copy=True)
        self.notify("The address of this picture is in the address bar, and copied where the browser allows it.")

    def _code(self):
        text = self.view.code()
        self.browser.copy(text)
        self.notify("Copied; it gives the same numbers in a notebook:", code=text)
