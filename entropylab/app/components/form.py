"""Form: the knobs of a page, bound to a session in both directions."""

from __future__ import annotations

import panel as pn

from entropylab.app.components.drawing import Drawing
from entropylab.app.components.elements import ResetButton
from entropylab.app.components.knob_panel import KnobPanel, describe
from entropylab.app.session import Session


class Form:
    """The knobs of a page in groups: input updates the session, and the session updates the widgets.

    An invalid text stays in its box until the session takes another question or message.
    """

    def __init__(self, session: Session, groups: dict[str, tuple[str, ...]], idle, hidden: frozenset[str]):
        self.session, self._idle = session, idle
        self._knobs = type(session.question).knobs()
        missing = set(self._knobs) - {name for names in groups.values() for name in names}
        if missing:
            raise ValueError(f"the page groups leave out the knobs {sorted(missing)}")
        self._invalid: dict[str, str] = {}  # knob -> invalid text
        self._panels: list[tuple[KnobPanel, list[str]]] = []
        self._drawings: list[tuple[str, Drawing, ResetButton]] = []
        self.view = pn.Column(sizing_mode="stretch_width", margin=0)
        rows: list[dict] = []
        for title, names in groups.items():
            shown = [name for name in names if name not in hidden]
            if shown:
                rows.append({"heading": title})
            for name in shown:
                if self._knobs[name].kind == "image":
                    self._push(rows)
                    rows = []
                    self._add_drawing(name)
                else:
                    rows.append(describe(self._knobs[name]))
        self._push(rows)
        session.param.watch(lambda *events: self.sync(), ["question", "message"])
        self.sync()

    def sync(self) -> None:
        """Show the question of the session in every widget."""
        if not self.session.message:
            self._invalid.clear()
        idle = self._idle(self.session.question)
        for panel, names in self._panels:
            panel.show({name: self._state(name, name in idle) for name in names})
        for name, drawing, reset in self._drawings:
            drawing.levels, drawing.disabled = self._value(name), name in idle
            reset.active = self._value(name) != self._knobs[name].default

    def _value(self, name):
        return getattr(self.session.question, name)

    def _state(self, name, idle):
        knob, value = self._knobs[name], self._value(name)
        state = {"idle": idle, "moved": value != knob.default}
        if knob.kind in ("choice", "flag", "set"):
            return state | {"value": list(value) if knob.kind == "set" else value}
        state |= {"text": self._invalid.get(name, knob.write(value)), "wrong": name in self._invalid}
        return state if knob.kind == "places" else state | {"position": knob.position(value)}

    def _push(self, rows):
        if rows:
            panel = KnobPanel(rows=rows, on_event=self._on_event, sizing_mode="stretch_width", margin=0)
            self._panels.append((panel, [row["name"] for row in rows if "name" in row]))
            self.view.append(panel)

    def _on_event(self, name, act, value):
        {
            "turn": self._on_input,
            "rest": self._on_change,
            "enter": self._on_commit,
            "choose": self._on_select,
            "reset": self._reset,
        }[act](name, value)
        self.sync()  # acknowledges the event even if nothing changed

    def _on_input(self, name, position):
        self._invalid.pop(name, None)
        self.session.update(**{name: self._knobs[name].at(position)})

    def _on_change(self, name, position):
        self._on_input(name, position)
        self.session.commit()

    def _on_commit(self, name, text):
        self._invalid[name] = text  # until it is parsed
        self.session.commit_text(name, text)

    def _on_select(self, name, value):
        self.session.message = ""
        try:
            self.session.commit(self.session.question.replace(**{name: value}))
        except ValueError as error:  # an emptied set
            self.session.message = str(error)

    def _reset(self, name, _=None):
        self._invalid.pop(name, None)
        self.session.reset(name)

    def _add_drawing(self, name):
        knob = self._knobs[name]
        drawing = Drawing(
            levels=self._value(name), side=knob.side, most=int(knob.high), label=knob.label, meaning=knob.meaning,
            drawn=lambda levels: (self._set_drawing(name, levels), self.session.commit()),
            failed=self.session.report_error, sizing_mode="stretch_width", margin=(6, 8),
        )  # fmt: skip
        drawing.param.watch(lambda event: self._set_drawing(name, event.new), "levels")
        reset = ResetButton(
            label=describe(knob)["reset"], clicked=lambda: self._reset(name), width=24, margin=(14, 4, 0, 0)
        )
        self._drawings.append((name, drawing, reset))
        self.view.append(pn.Row(drawing, reset, sizing_mode="stretch_width", margin=0))

    def _set_drawing(self, name, levels):
        if levels != self._value(name):
            self.session.update(**{name: levels})
