"""PageView: one page in one user's browser: session, form, figures, numbers, formula, busy and error states."""

from __future__ import annotations

import asyncio
from html import escape
from urllib.parse import urlencode

import panel as pn
import xarray as xr
from panel.io import hold

from entropylab import device
from entropylab.app import export, theme
from entropylab.app.components.elements import LiveHtml
from entropylab.app.components.form import Form
from entropylab.app.components.icons import icon
from entropylab.app.components.sortable_table import LiveTable
from entropylab.app.defaults import default_parts
from entropylab.app.figures.dragging import drag_callback
from entropylab.app.figures.live import LiveView
from entropylab.app.scheduling.scheduler import StageScheduler
from entropylab.app.scheduling.viewport import ViewportScheduler
from entropylab.app.session import Session
from entropylab.app.styles import column, grid, html
from entropylab.studies.core.page_spec import TabSpec
from entropylab.studies.core.question import Question
from entropylab.studies.rendering.mathml import mathml
from entropylab.studies.rendering.metrics import format_metric
from entropylab.studies.rendering.units import in_units

EAGER_FIGURES = 2  # figures rendered with the page; the others when they come near the window
DISCONNECT_S = 10.0  # seconds without acknowledgement after which a browser counts as closed


class PageView:
    """Builds the parts of a page: `form`, `figures`, `numbers`, `formula`, `status`, `progress`."""

    def __init__(
        self,
        spec: TabSpec,
        question: Question | None = None,
        units: str = "nats",
        hidden: frozenset[str] = frozenset(),
    ):
        self.spec, self.units, self.hidden = spec, units, hidden
        self._waiting = False
        self.session = Session(question or spec.question())
        self._document = pn.state.curdoc
        self.scheduler = self._engine()
        self._live = False  # nothing computed yet: the figures show the stored answer
        start = spec.question()
        parts = default_parts(spec)
        self.scheduler.preload(start, parts)
        variables = {reading.variable for reading in spec.readings}
        self._metric_stages = frozenset(name for name, part in parts.items() if variables & part.keys())
        self._words: dict[str, str] = {}
        answer = self._answer(start, {stage.name for stage in spec.experiment.stages})
        self.views = [
            LiveView(
                view,
                answer,
                drag_callback(view, self.session, self._with_lock),
                is_rendered=place < EAGER_FIGURES or not self._served,
            )
            for place, view in enumerate(self._without_hidden(spec.views))
        ]
        self.tables = [LiveTable(view, answer) for view in self._without_hidden(spec.tables)]
        self.form = Form(self.session, self._groups(), spec.idle, hidden)
        self.numbers, self.formula, self.status = (LiveHtml(sizing_mode="stretch_width", margin=0) for _ in range(3))
        self._bar = theme.LinearProgress(variant="determinate", value=0, sizing_mode="stretch_width", margin=(14, 8))
        stop = theme.Button(label="Stop", icon=icon("stop"), size="small", variant="outlined", margin=0)
        stop.on_click(lambda event: self.scheduler.stop())
        self.progress = pn.Row(self._bar, stop, sizing_mode="stretch_width", margin=0, visible=False)
        cards = [(view, self._card(view, "card", "picture")) for view in self.views]
        broad = [(table, self._card(table, "card", "broad")) for table in self.tables]
        order = cards + broad if spec.tables_below else broad + cards
        self.viewport = ViewportScheduler([view for view, _ in order], answer, self._with_lock)
        self.figures = grid(*(card for _, card in order), self.viewport.observer)
        self._update_readouts(answer)
        self.session.param.watch(self._on_question, "question")
        # Before the page is loaded nothing can be drawn under its lock, and a callback given then may be lost.
        self._loaded = False
        pn.state.onload(self._begin)
        if self._served:
            pn.state.on_session_destroyed(lambda context: (self.scheduler.stop(), self.viewport.close()))

    def code(self) -> str:
        """Python code that reproduces the numbers on the screen."""
        return export.python_code(self.spec, self.session.question)

    def set_question(self, question: Question) -> None:
        """Commit the question of a preset."""
        self.session.commit(question)

    def rerender(self) -> None:
        """Replace the figures by copies while the page is hidden."""
        for view in self.views:
            view.rerender()

    def set_units(self, units: str) -> None:
        """Show entropies in nats or bits."""
        self.units = units
        self._draw(self._shown, self._fresh)

    @property
    def answer(self) -> xr.Dataset:
        """The answer on the screen, in nats, without stages in progress."""
        known = [part for name, part in self.scheduler.parts.items() if name in self._fresh]
        return self.spec.experiment.combine(self._shown, known)

    @property
    def _served(self) -> bool:
        """Whether a server shows the page; a notebook has no session."""
        return self._document is not None and self._document.session_context is not None

    def _engine(self):
        visible = lambda: self.viewport.stages | self._metric_stages  # noqa: E731
        return StageScheduler(self.spec.experiment, self._on_answer, self._fail, self._busy, self._progress, visible)

    def _groups(self):
        return self.spec.groups

    def _cost(self):
        return f"computed in {1e3 * self.scheduler.seconds:.0f} ms"

    def _answer(self, question, fresh):
        self._shown, self._fresh = question, frozenset(fresh)
        return in_units(self.answer, self.units)

    def _without_hidden(self, views):
        """`views` except those hidden as figure.NAME."""
        return [view for view in views if f"figure.{view.name}" not in self.hidden]

    def _begin(self):
        self._loaded = True
        if self.session.question != self._shown:
            self._on_question(None)

    def _on_question(self, event):
        if self._loaded:
            self.scheduler.submit(self.session.question)

    async def _on_answer(self, question, parts, fresh):
        """Draw under the document's lock and wait until it is done, so that answers do not queue."""
        self._live = True
        if not self._served:
            self._draw(question, fresh)
            return
        done = asyncio.get_running_loop().create_future()

        def draw():
            try:
                self._draw(question, fresh)
                done.set_result(None)
            except Exception as error:
                done.set_exception(error)

        self._document.add_next_tick_callback(draw)
        await asyncio.wait([done], timeout=DISCONNECT_S)
        if done.done():
            done.result()

    def _draw(self, question, fresh):
        answer = self._answer(question, fresh)
        with hold():
            self.viewport.draw(answer, fresh)
            self._update_readouts(answer)

    def _update_readouts(self, answer):
        self.numbers.html = "".join(self._number(reading, answer) for reading in self.spec.readings).join(
            (
                f'<div class="numbers" data-shows="{escape(urlencode(self._shown.write()))}"'
                f' data-answers="{escape(urlencode(self._complete()))}">',
                "</div>",
            )
        )
        try:
            lines = "".join(f"<div>{mathml(line)}</div>" for line in self.spec.formula(answer))
        except (AttributeError, KeyError):
            if self._fresh.issuperset(stage.name for stage in self.spec.experiment.stages):
                raise
        else:  # a formula of a stage in progress is updated later
            self.formula.html = f'<div class="formula" tabindex="0" role="group" aria-label="formula">{lines}</div>'
        cost = self._cost() if self._live else "stored answer to the default question"
        self.status.html = f'<div class="status">{cost} · {device.describe()} · {device.dtype()}</div>'

    def _number(self, reading, answer):
        """HTML of a number; while its stage is in progress the last text is shown, faint."""
        known = reading.variable in answer and (reading.error is None or reading.error in answer)
        if known:
            self._words[reading.name] = format_metric(reading, answer)
        classes = ["number", *(() if known else ["stale"])]
        if self._words[reading.name] == reading.absent:
            classes.append("absent")
        return (
            f'<div class="{" ".join(classes)}" style="border-color:{reading.color or "#88888888"}">'
            f'<span class="name" title="{escape(reading.about)}">{reading.name}</span>'
            f'<span class="value">{self._words[reading.name]}</span></div>'
        )

    def _complete(self) -> dict[str, str]:
        """The question that every number on the screen answers; empty while stages are in progress."""
        done = self._fresh.issuperset(stage.name for stage in self.spec.experiment.stages)
        return {**self._shown.write(), "units": self.units} if done else {}

    def _fail(self, message):
        self._with_lock(lambda: setattr(self.session, "message", message))

    def _busy(self, busy):
        if busy != self._waiting:
            self._waiting = busy
            self._with_lock(lambda: setattr(self.viewport.observer, "waiting", busy))

    def _progress(self, share):
        shown = share is not None
        if shown or self.progress.visible:
            self._with_lock(lambda: self._show_progress(share))

    def _show_progress(self, share):
        self.progress.visible = share is not None
        self._bar.value = round(100 * (share or 0))

    def _with_lock(self, change):
        if self._served:
            self._document.add_next_tick_callback(change)
        else:
            change()

    @staticmethod
    def _card(view: LiveView | LiveTable, *classes: str):
        key = "".join(f"<span style='--of:{color}'>{escape(name)}</span> " for name, color in view.view.key.items())
        title = html(
            f"<h2 class='title'>{view.view.title}</h2><p>{view.view.about}</p>"
            + (f"<p class='key'>{key}</p>" if key else "")
        )
        message = (view.message,) if isinstance(view, LiveView) else ()
        return column(title, view.pane, *message, css_classes=list(classes))
