"""Session: the one state of a page, its question, with undo and redo."""

from __future__ import annotations

import param

from entropylab.experiments.question import Question

KEPT = 200


class Session(param.Parameterized):
    """What one user asks on one page.

    `question` is the single source of truth: widgets, address and pictures follow it. While a slider is
    dragged the question `move`s; when it comes to rest it is `settle`d, which is one step of undo.
    """

    question = param.ClassSelector(class_=Question, doc="what is asked now")
    settled = param.ClassSelector(class_=Question, doc="what was asked when the last change came to rest")
    message = param.String(default="", doc="what was wrong with the last entry; empty when nothing")

    def __init__(self, question: Question):
        super().__init__(question=question, settled=question)
        self._past: list[Question] = []
        self._future: list[Question] = []

    def move(self, **knobs) -> None:
        """Ask with some knobs changed, without making a step of undo."""
        self._ask(question=self.question.replace(**knobs))

    def settle(self, question: Question | None = None) -> None:
        """Make the present (or the given) question a step of undo."""
        question = question or self.question
        if question != self.settled:
            self._past = [*self._past[-KEPT:], self.settled]
            self._future.clear()
            self._become(question)

    def undo(self) -> None:
        """Walk back one step; a drag that has not come to rest is settled first, so that it can be redone."""
        self.settle()
        if self._past:
            self._future.append(self.settled)
            self._become(self._past.pop())

    def redo(self) -> None:
        """Take the last undo back."""
        if self._future:
            self._past.append(self.settled)
            self._become(self._future.pop())

    def reset(self, *names: str) -> None:
        """Put the named knobs, or all, back to their defaults."""
        default = type(self.question)()
        self.message = ""
        self.settle(self.question.replace(**{name: getattr(default, name) for name in names}) if names else default)

    def enter(self, name: str, text: str) -> None:
        """Take a typed value: a bad one leaves the question as it is and becomes the message."""
        question, messages = type(self.question).read({name: text}, self.question)
        if messages:
            self.complain(" ".join(messages))
        else:
            self.message = ""
            self.settle(question)

    def complain(self, message: str) -> None:
        """Say what was wrong with the last entry; the same mistake twice is said twice."""
        self.message = message
        self.param.trigger("message")

    @property
    def steps(self) -> tuple[int, int]:
        """How many steps undo and redo can go."""
        return len(self._past), len(self._future)

    def _become(self, question):
        self._ask(question=question, settled=question)

    def _ask(self, **asked):
        self.param.update(message="", **asked)  # a new question leaves the last complaint behind
