"""Form: all knobs of a page, bound to a session both ways."""

from __future__ import annotations

import panel as pn

from entropylab.app.board import Board, row
from entropylab.app.drawing import Drawing
from entropylab.app.elements import Undoing
from entropylab.app.history import Session


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
        self._boards: list[tuple[Board, list[str]]] = []
        self._squares: list[tuple[str, Drawing, Undoing]] = []
        self.view = pn.Column(sizing_mode="stretch_width", margin=0)
        rows: list[dict] = []
        for title, names in groups.items():
            shown = [name for name in names if name not in hidden]
            if shown:
                rows.append({"heading": title})
            for name in shown:
                if self._knobs[name].kind == "image":
                    self._put(rows)
                    rows = []
                    self._square(name)
                else:
                    rows.append(row(self._knobs[name]))
        self._put(rows)
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

    def _put(self, rows):
        if rows:
            board = Board(rows=rows, heard=self._heard, sizing_mode="stretch_width", margin=0)
            self._boards.append((board, [each["name"] for each in rows if "name" in each]))
            self.view.append(board)

    def _heard(self, name, act, value):
        {
            "turn": self._turn, "rest": self._rest, "enter": self._enter, "choose": self._choose, "reset": self._reset,
        }[act](name, value)  # fmt: skip
        self.follow()  # what was heard is said even if nothing has changed

    def _turn(self, name, position):
        self._wrong.pop(name, None)
        self.session.move(**{name: self._knobs[name].at(position)})

    def _rest(self, name, position):
        self._turn(name, position)
        self.session.settle()

    def _enter(self, name, text):
        self._wrong[name] = text  # stays where it is, unless it is understood
        self.session.enter(name, text)

    def _choose(self, name, value):
        self.session.message = ""
        try:
            self.session.settle(self.session.question.replace(**{name: value}))
        except ValueError as error:  # an emptied set
            self.session.message = str(error)

    def _reset(self, name, _=None):
        self._wrong.pop(name, None)
        self.session.reset(name)

    def _square(self, name):
        knob = self._knobs[name]
        square = Drawing(
            levels=self._value(name), side=knob.side, most=int(knob.high), label=knob.label, meaning=knob.meaning,
            drawn=lambda levels: (self._inked(name, levels), self.session.settle()),
            failed=self.session.complain, sizing_mode="stretch_width", margin=(6, 8),
        )  # fmt: skip
        square.param.watch(lambda event: self._inked(name, event.new), "levels")
        back = Undoing(label=row(knob)["reset"], clicked=lambda: self._reset(name), width=24, margin=(14, 4, 0, 0))
        self._squares.append((name, square, back))
        self.view.append(pn.Row(square, back, sizing_mode="stretch_width", margin=0))

    def _inked(self, name, levels):
        if levels != self._value(name):
            self.session.move(**{name: levels})
