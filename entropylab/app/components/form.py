"""Form: all knobs of a page, bound to a session both ways."""

from __future__ import annotations

import panel as pn

from entropylab.app.components.drawing import Drawing
from entropylab.app.components.elements import ResetButton
from entropylab.app.components.knob_panel import KnobPanel, describe
from entropylab.app.session import Session


class Form:
    """All knobs of a page in groups. What a user turns goes to the session, and what the session asks is shown.

    A text that was not understood stays in its box until the session takes another question or message.
    """

    def __init__(self, session: Session, groups: dict[str, tuple[str, ...]], idle, hidden: frozenset[str]):
        self.session, self._idle = session, idle
        self._knobs = type(session.question).knobs()
        missing = set(self._knobs) - {name for names in groups.values() for name in names}
        if missing:
            raise ValueError(f"the page groups leave out the knobs {sorted(missing)}")
        self._wrong: dict[str, str] = {}  # knob -> what was entered and not understood
        self._boards: list[tuple[KnobPanel, list[str]]] = []
        self._squares: list[tuple[str, Drawing, ResetButton]] = []
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
        session.param.watch(lambda *events: self.follow(), ["question", "message"])
        self.follow()

    def follow(self) -> None:
        """Show the session's question on every knob."""
        if not self.session.message:
            self._wrong.clear()
        idle = self._idle(self.session.question)
        for board, names in self._boards:
            board.show({name: self._state(name, name in idle) for name in names})
        for name, square, back in self._squares:
            square.levels, square.disabled = self._value(name), name in idle
            back.active = self._value(name) != self._knobs[name].default

    def _value(self, name):
        return getattr(self.session.question, name)

    def _state(self, name, idle):
        knob, value = self._knobs[name], self._value(name)
        told = {"idle": idle, "moved": value != knob.default}
        if knob.kind in ("choice", "flag", "set"):
            return told | {"value": list(value) if knob.kind == "set" else value}
        told |= {"text": self._wrong.get(name, knob.write(value)), "wrong": name in self._wrong}
        return told if knob.kind == "places" else told | {"position": knob.position(value)}

    def _push(self, rows):
        if rows:
            board = KnobPanel(rows=rows, heard=self._on_event, sizing_mode="stretch_width", margin=0)
            self._boards.append((board, [each["name"] for each in rows if "name" in each]))
            self.view.append(board)

    def _on_event(self, name, act, value):
        {
            "turn": self._on_input,
            "rest": self._on_change,
            "enter": self._on_commit,
            "choose": self._on_select,
            "reset": self._reset,
        }[act](name, value)
        self.follow()  # what was heard is said even if nothing has changed

    def _on_input(self, name, position):
        self._wrong.pop(name, None)
        self.session.update(**{name: self._knobs[name].at(position)})

    def _on_change(self, name, position):
        self._on_input(name, position)
        self.session.commit()

    def _on_commit(self, name, text):
        self._wrong[name] = text  # stays where it is, unless it is understood
        self.session.enter(name, text)

    def _on_select(self, name, value):
        self.session.message = ""
        try:
            self.session.commit(self.session.question.replace(**{name: value}))
        except ValueError as error:  # an emptied set
            self.session.message = str(error)

    def _reset(self, name, _=None):
        self._wrong.pop(name, None)
        self.session.reset(name)

    def _add_drawing(self, name):
        knob = self._knobs[name]
        square = Drawing(
            levels=self._value(name), side=knob.side, most=int(knob.high), label=knob.label, meaning=knob.meaning,
            drawn=lambda levels: (self._set_drawing(name, levels), self.session.commit()),
            failed=self.session.report_error, sizing_mode="stretch_width", margin=(6, 8),
        )  # fmt: skip
        square.param.watch(lambda event: self._set_drawing(name, event.new), "levels")
        back = ResetButton(
            label=describe(knob)["reset"], clicked=lambda: self._reset(name), width=24, margin=(14, 4, 0, 0)
        )
        self._squares.append((name, square, back))
        self.view.append(pn.Row(square, back, sizing_mode="stretch_width", margin=0))

    def _set_drawing(self, name, levels):
        if levels != self._value(name):
            self.session.update(**{name: levels})
