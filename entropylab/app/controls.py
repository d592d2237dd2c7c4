"""Controls: one knob as a slider with a number box, a picker or a switch, bound to a session both ways."""

from __future__ import annotations

from contextlib import contextmanager

import panel as pn
from bokeh.models import CustomJSTickFormatter

from entropylab.app import material
from entropylab.app.drawing import Drawing
from entropylab.app.elements import Undoing
from entropylab.app.history import Session
from entropylab.app.look import html
from entropylab.knobs import Knob
from entropylab.views.mathematics import symbol


class Control:
    """The widgets of one knob. `show` follows the question; what the user turns goes to the session."""

    def __init__(self, session: Session, name: str, knob: Knob):
        self.session, self.name, self.knob = session, name, knob
        self._quiet = False
        self._error = False
        make = {
            "choice": self._picker, "set": self._chooser, "flag": self._switch, "places": self._entry,
            "image": self._square,
        }.get(knob.kind, self._slider)  # fmt: skip
        self.widgets = make()
        back = f"Reset {knob.label} to {knob.write(knob.default)}"
        self._back = Undoing(label=back, clicked=self._reset, width=24, margin=(14, 4, 0, 0))
        self.view = pn.Row(*self.widgets, self._back, sizing_mode="stretch_width", margin=0)

    @property
    def value(self):
        """The knob's value in the session's question."""
        return getattr(self.session.question, self.name)

    def show(self, idle: bool) -> None:
        """Show the question's value; `idle` greys a knob that does nothing at present."""
        with self._silence():
            if not self.session.message:
                self._complain(False)
            self._show()
        self._back.active = self.value != self.knob.default
        for widget in self.widgets:
            widget.disabled = idle

    def _show(self):
        knob, value = self.knob, self.value
        if knob.kind in ("choice", "flag", "set"):
            self.main.value = list(value) if knob.kind == "set" else value
            return
        if knob.kind == "image":
            self.main.levels = value
            return
        if knob.kind != "places" and knob.at(self.main.value) != value:
            self.main.value = knob.position(value)
        if self.box.value != knob.write(value) and not self._error:
            self.box.value = knob.write(value)

    def _slider(self):
        knob = self.knob
        start, end, step = knob.positions
        self.main = material.hasten(
            material.FloatSlider(
                label=knob.label, start=start, end=end, step=step, value=knob.position(self.value), show_value=False,
                format=CustomJSTickFormatter(code=_javascript(knob)), description=knob.meaning, size="small",
                sizing_mode="stretch_width", margin=(2, 4, 2, 8),
            )
        )  # fmt: skip
        self.box = material.TextInput(
            label=symbol(knob.symbol), value=knob.write(self.value), size="small", variant="outlined",
            width=84 if len(knob.write(knob.high)) < 8 else 108, margin=(6, 8, 2, 4),
            sx={"& input": {"padding": "8.5px 4px 8.5px 9px", "fontSize": "0.95rem"}},
        )  # fmt: skip
        self.main.param.watch(self._moved, "value")
        self.main.param.watch(self._rested, "value_throttled")
        self.box.param.watch(self._entered, "value")
        return [self.main, self.box]

    def _entry(self):
        self.main = None
        self.box = material.TextInput(
            label=self.knob.label, value=self.value, description=self.knob.meaning, size="small", variant="outlined",
            sizing_mode="stretch_width", margin=(6, 8, 2, 8),
        )  # fmt: skip
        self.box.param.watch(self._entered, "value")
        return [self.box]

    def _picker(self):
        options = list(self.knob.stops)
        self.main = material.Select(
            label=self.knob.label, options=options, value=self.value, size="small", description=self.knob.meaning,
            sizing_mode="stretch_width", margin=(6, 8),
        )  # fmt: skip
        self.main.param.watch(self._chosen, "value")
        return [self.main]

    def _chooser(self):
        self.main = material.MultiChoice(
            label=self.knob.label, options=list(self.knob.stops), value=list(self.value),
            description=self.knob.meaning, sizing_mode="stretch_width", margin=(6, 8),
        )  # fmt: skip
        self.main.param.watch(self._chosen, "value")
        return [self.main]

    def _switch(self):
        self.main = material.Checkbox(label=self.knob.label, value=self.value, description=self.knob.meaning)
        self.main.param.watch(self._chosen, "value")
        return [self.main]

    def _square(self):
        self.main = Drawing(
            levels=self.value, side=self.knob.side, most=int(self.knob.high), label=self.knob.label,
            meaning=self.knob.meaning, drawn=self._drawn, failed=self.session.complain, sizing_mode="stretch_width",
            margin=(6, 8),
        )  # fmt: skip
        self.main.param.watch(lambda event: self._quiet or self._inked(event.new), "levels")
        return [self.main]

    def _inked(self, levels):
        self.session.move(**{self.name: levels})

    def _drawn(self, levels):
        self._inked(levels)
        self.session.settle()

    def _moved(self, event):
        if not self._quiet:
            self._complain(False)
            self.session.move(**{self.name: self.knob.at(event.new)})

    def _rested(self, event):
        # Panel reports the resting place even when Python moved the slider; only a user's move differs.
        if not self._quiet and event.new is not None:
            self.session.settle()

    def _chosen(self, event):
        if self._quiet:
            return
        self.session.message = ""
        try:
            self.session.settle(self.session.question.replace(**{self.name: event.new}))
        except ValueError as error:  # an emptied set
            self.session.message = str(error)

    def _reset(self):
        self._complain(False)
        self.session.reset(self.name)

    def _entered(self, event):
        if not self._quiet:
            self._complain(True)  # so that what was typed stays where it is, unless it is understood
            self.session.enter(self.name, event.new)
            self.show(self.box.disabled)

    def _complain(self, wrong):
        self._error = wrong
        if self.widgets[-1] is not self.main:
            self.box.error_state = wrong

    @contextmanager
    def _silence(self):
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before


class Form:
    """All knobs of a page in groups, following its session."""

    def __init__(self, session: Session, groups: dict[str, tuple[str, ...]], idle, hidden: frozenset[str]):
        knobs = type(session.question).knobs()
        missing = set(knobs) - {name for names in groups.values() for name in names}
        if missing:
            raise ValueError(f"the page groups leave out the knobs {sorted(missing)}")
        self.session, self._idle = session, idle
        self.controls = {name: Control(session, name, knob) for name, knob in knobs.items()}
        self.view = pn.Column(sizing_mode="stretch_width", margin=0)
        for title, names in groups.items():
            shown = [self.controls[name].view for name in names if name not in hidden]
            if shown:
                self.view.extend([html(f"<h2 class='group'>{title}</h2>", margin=(8, 8, 0, 8)), *shown])
        session.param.watch(lambda *events: self.follow(), ["question", "message"])
        self.follow()

    def follow(self) -> None:
        """Show the session's question on every control."""
        idle = self._idle(self.session.question)
        for name, control in self.controls.items():
            control.show(name in idle)


def _javascript(knob: Knob) -> str:
    """What a screen reader and the slider's bubble say at a position: the value there."""
    if knob.stops:
        return f"return String({list(knob.stops)}[Math.round(tick)])"
    if knob.scale == "log":
        return "return String(Number(Math.pow(10, tick).toPrecision(3)))"
    return "return String(Number(tick.toPrecision(6)))"
